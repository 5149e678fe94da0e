"""The figures that police IT tracks, computed from intervals and counts (domain.md §2.4).

Time in which nobody watched is *unknown*: it is in no numerator and no denominator, and each figure
says how much of it there was.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from fleet.health.times import seconds, stamp
from fleet.model.base import Frozen
from fleet.model.health import Repair
from fleet.ports.health import Connectivity, HealthInterval


class DeviceTime(Frozen):
    """Seconds of one device in a period; the three add up to the period."""

    online_s: float = 0.0
    offline_s: float = 0.0
    unknown_s: float = 0.0

    @property
    def rate(self) -> float | None:
        """Online of watched time; None where nobody watched."""
        watched = self.online_s + self.offline_s
        return self.online_s / watched if watched > 0 else None


class OnlineRate(Frozen):
    """The online rate of several devices.

    `rate` leaves unknown time out; `least` counts it as offline and `most` as online, so the truth
    lies between them. `unwatched` are devices of which nothing is known in the whole period.
    """

    rate: float | None
    least: float | None
    most: float | None
    devices: int
    unwatched: tuple[str, ...] = ()


class RepairTime(Frozen):
    """Faults that ended in a period; `open_ended` ended while nobody watched, so are not timed."""

    mean_s: float | None
    faults: int
    open_ended: int = 0


class ClockOffset(NamedTuple):
    """A device's clock against ours: positive is ahead; the truth is within ± `error_s`."""

    offset_s: float
    error_s: float


def device_times(
    intervals: Iterable[HealthInterval], begin: str, end: str, devices: Sequence[str]
) -> dict[str, DeviceTime]:
    """Seconds by state of each of `devices` in [begin, end); what no interval covers is unknown.

    `intervals` are cut to the period already; one that goes on (`end` None) reaches its end.
    """
    first, last = seconds(begin), seconds(end)
    found: dict[str, dict[str, float]] = {d: defaultdict(float) for d in devices}
    for interval in intervals:
        if interval.device in found:
            until = last if interval.end is None else min(last, seconds(interval.end))
            length = until - max(first, seconds(interval.begin))
            found[interval.device][interval.state] += max(0.0, length)
    return {
        device: DeviceTime(
            online_s=by["online"],
            offline_s=by["offline"],
            unknown_s=max(0.0, last - first - by["online"] - by["offline"]),
        )
        for device, by in found.items()
    }


def online_rate(times: Mapping[str, DeviceTime]) -> OnlineRate:
    """在线率: the mean over devices of cumulative online time / 24 h per day.

    Source: indicator catalogue of a police video situation system (domain.md §2.4: "mean over
    devices of cumulative online time / 24 h per day, so keep intervals, not samples"). A device's
    24 h are reduced by the time in which nobody watched it; `least` is the rate with the full 24 h.
    """
    rates = [t.rate for t in times.values()]
    known = [r for r in rates if r is not None]
    shares = [
        (t.online_s / whole, (t.online_s + t.unknown_s) / whole)
        for t in times.values()
        if (whole := t.online_s + t.offline_s + t.unknown_s) > 0
    ]
    return OnlineRate(
        rate=_mean(known),
        least=_mean([least for least, _ in shares]),
        most=_mean([most for _, most in shares]),
        devices=len(times),
        unwatched=tuple(sorted(d for d, t in times.items() if t.rate is None)),
    )


def connectivity(counts: Iterable[Connectivity]) -> float | None:
    """连通率: successes / tests over all devices together; None without a test.

    Source: the same catalogue (domain.md §2.4: "connectivity = successes / tests").
    """
    known = list(counts)
    tried = sum(c.tried for c in known)
    return sum(c.answered for c in known) / tried if tried else None


def repairs(intervals: Iterable[HealthInterval]) -> dict[str, tuple[Repair, ...]]:
    """Faults that ended, by device: a device's offline time up to its next online time.

    Where unknown time lies between them nobody saw the repair, so it is counted and not timed.
    Intervals come by device and time, uncut at their begin, so that a fault which began before the
    period has its whole length.
    """
    by_device: dict[str, list[HealthInterval]] = defaultdict(list)
    for interval in intervals:
        by_device[interval.device].append(interval)
    found: dict[str, tuple[Repair, ...]] = {}
    for device, series in by_device.items():
        since: float | None = None
        blind = False
        ended: list[Repair] = []
        for interval in series:
            if interval.state == "offline":
                since = seconds(interval.begin) if since is None else since
            elif interval.state == "unknown":
                blind = since is not None
            elif since is not None:
                lasted = None if blind else round(seconds(interval.begin) - since, 3)
                ended.append(Repair(ended=stamp(seconds(interval.begin)), lasted_s=lasted))
                since, blind = None, False
        found[device] = tuple(ended)
    return found


def mean_repair_time(intervals: Iterable[HealthInterval]) -> RepairTime:
    """平均修复时间: mean over ended faults of the time from offline to online again.

    Source: columns of the monthly maintenance report (domain.md §2.4). See `repairs`.
    """
    ended = [one for mine in repairs(intervals).values() for one in mine]
    timed = [one.lasted_s for one in ended if one.lasted_s is not None]
    return RepairTime(mean_s=_mean(timed), faults=len(ended), open_ended=len(ended) - len(timed))


def clock_offset(
    sent: float, received: float, told: float, resolution_s: float = 1.0
) -> ClockOffset:
    """A device's clock offset, compensated for the round trip.

    Source: the offset of RFC 5905 §8 with one device timestamp: told − (sent + received) / 2, in
    error by at most half the round trip. A device that tells whole seconds has cut its fraction
    off, so half a `resolution_s` is added to the offset, and as much to the error.
    """
    half = resolution_s / 2
    return ClockOffset(told + half - (sent + received) / 2, max(0.0, received - sent) / 2 + half)


def _mean(values: Sequence[float]) -> float | None:
    return sum(values) / len(values) if values else None
