"""Times between the two forms in use: RFC 3339 at the border, seconds inside."""

from __future__ import annotations

from datetime import UTC, datetime

# Civil days are counted in China Standard Time, which has had no summer time since 1991.
_EAST_S = 8 * 3600
_DAY_S = 86400


def seconds(stamp: str) -> float:
    """RFC 3339 → seconds since 1970-01-01 UTC; a stamp without a zone is UTC.

    Raises:
        ValueError: it is no such stamp.
    """
    found = datetime.fromisoformat(stamp.replace("Z", "+00:00"))
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()


def stamp(at: float) -> str:
    """Seconds → UTC, RFC 3339 with milliseconds and `Z`."""
    moment = datetime.fromtimestamp(round(at, 3), UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def day_of(at: float) -> int:
    """The civil day (UTC+08:00) of a moment, as days since 1970-01-01."""
    return int((at + _EAST_S) // _DAY_S)


def day_begin(day: int) -> float:
    """When a civil day (as `day_of` counts) begins, in seconds since 1970-01-01 UTC."""
    return float(day * _DAY_S - _EAST_S)


class Timeline:
    """Wall time that never goes back, whatever somebody does to the clock.

    While the wall clock stands behind what was already told, time goes on by the boot clock; once
    the wall clock is ahead, it is believed. A jump ahead is then a gap in our watching, as it is.
    """

    def __init__(self, wall: float, boot: float, told: float = 0.0) -> None:
        self._told = max(wall, told)
        self._boot = boot

    def at(self, wall: float, boot: float) -> float:
        """The time to put on what is seen now."""
        self._told = max(wall, self._told + max(0.0, boot - self._boot))
        self._boot = max(boot, self._boot)
        return self._told
