"""Times for people: in the machine's own time zone, as short as they can be."""

from __future__ import annotations

from datetime import datetime, timedelta, tzinfo


def local(stamp: str, zone: tzinfo | None = None) -> datetime:
    """An RFC 3339 time in `zone` (None: the machine's)."""
    return datetime.fromisoformat(stamp.replace("Z", "+00:00")).astimezone(zone)


def short(stamp: str, now: datetime, zone: tzinfo | None = None) -> str:
    """`14:07:03` for a time of the last day, else `11-24 14:07`; empty for no time."""
    if not stamp:
        return ""
    at = local(stamp, zone)
    if abs(now - at) < timedelta(hours=20):
        return at.strftime("%H:%M:%S")
    return at.strftime("%m-%d %H:%M")


def lasting(seconds: float) -> str:
    """A length of time: `37s`, `4m05s`, `2h11m`."""
    whole = int(seconds)
    if whole < 60:
        return f"{whole}s"
    if whole < 3600:
        return f"{whole // 60}m{whole % 60:02d}s"
    return f"{whole // 3600}h{whole % 3600 // 60:02d}m"
