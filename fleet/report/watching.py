"""From health intervals to what a report says of each device, planned windows taken out.

Definitions of domain.md §2.4: online time is cumulated from intervals, not sampled; time in which
nobody watched is unknown and belongs to neither side.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

from fleet.model.fleet import Compound, District
from fleet.model.report import PlannedWindow
from fleet.ports.health import Alarm, Connectivity, HealthInterval
from fleet.report.facts import AlarmFact, Watched
from fleet.report.period import Period, instant

_Span = tuple[int, int]


def watched(
    district: District,
    period: Period,
    until: str,
    intervals: Iterable[HealthInterval],
    counts: Mapping[str, Connectivity],
    alarms: Sequence[AlarmFact],
) -> tuple[Watched, ...]:
    """One value for each device of the district, in the order of their ids."""
    seen: dict[str, list[HealthInterval]] = {}
    for interval in intervals:
        seen.setdefault(interval.device, []).append(interval)
    standing = {device for a in alarms if a.ended is None for device in (a.subject, *a.behind)}
    whole = (ms(period.begin), ms(until))
    found = []
    for compound in district.compounds:
        planned = _planned(district.report.windows, compound, whole)
        for device in compound.devices:
            own = sorted(seen.get(device.id, ()), key=lambda i: (instant(i.begin), i.state))
            found.append(_device(device.id, own, whole, planned, counts, device.id in standing))
    return tuple(sorted(found, key=lambda w: w.device))


def alarms_of(district: District, until: str, alarms: Iterable[Alarm]) -> tuple[AlarmFact, ...]:
    """The district's alarms; one that ended at `until` or later still stands in this report."""
    compounds = {c.id for c in district.compounds}
    found = [
        AlarmFact(
            id=a.id,
            kind=a.kind,
            subject=a.subject,
            compound=a.compound,
            begun=a.begun,
            ended=a.ended if a.ended is not None and ms(a.ended) < ms(until) else None,
            behind=tuple(sorted(a.behind)),
        )
        for a in alarms
        if a.compound in compounds
    ]
    return tuple(sorted(found, key=lambda a: (a.begun, a.id)))


def _device(
    device: str,
    intervals: Sequence[HealthInterval],
    whole: _Span,
    planned: Sequence[_Span],
    counts: Mapping[str, Connectivity],
    alarmed: bool,
) -> Watched:
    spans = [(i.state, _cut(_span(i, whole), whole)) for i in intervals]
    length = {
        state: sum(_outside(s, planned) for st, s in spans if st == state)
        for state in ("online", "offline")
    }
    planned_ms = sum(b - a for a, b in planned)
    count = counts.get(device, Connectivity(device=device, answered=0, tried=0))
    known = [state for state, _ in spans if state != "unknown"]
    return Watched(
        device=device,
        online_ms=length["online"],
        offline_ms=length["offline"],
        unknown_ms=whole[1] - whole[0] - planned_ms - length["online"] - length["offline"],
        planned_ms=planned_ms,
        answered=count.answered,
        tried=count.tried,
        intact=known[-1] == "online" and not alarmed if known else None,
        repairs_ms=_repairs(spans, planned),
        intervals=tuple(intervals),
    )


def _repairs(spans: Sequence[tuple[str, _Span]], planned: Sequence[_Span]) -> tuple[int, ...]:
    """Lengths of the faults that ended: offline, and online at once after it."""
    faults = []
    for (state, span), (following, after) in pairwise(spans):
        if state == "offline" and following == "online" and span[1] == after[0]:
            length = _outside(span, planned)
            if length:
                faults.append(length)
    return tuple(faults)


def _planned(
    windows: Iterable[PlannedWindow], compound: Compound, whole: _Span
) -> tuple[_Span, ...]:
    """The planned windows of a compound within the period, merged, so that none counts twice."""
    spans = sorted(
        _cut((ms(w.begin), ms(w.end)), whole)
        for w in windows
        if not w.compounds or compound.id in w.compounds
    )
    merged: list[_Span] = []
    for begin, end in spans:
        if merged and begin <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        elif begin < end:
            merged.append((begin, end))
    return tuple(merged)


def _outside(span: _Span, planned: Iterable[_Span]) -> int:
    """How much of a span lies outside the planned windows."""
    inside = sum(max(0, min(span[1], b) - max(span[0], a)) for a, b in planned)
    return span[1] - span[0] - inside


def _span(interval: HealthInterval, whole: _Span) -> _Span:
    return (ms(interval.begin), whole[1] if interval.end is None else ms(interval.end))


def _cut(span: _Span, whole: _Span) -> _Span:
    begin = min(max(span[0], whole[0]), whole[1])
    return (begin, max(begin, min(span[1], whole[1])))


def ms(at: str) -> int:
    """Milliseconds since 1970-01-01 UTC, whole, so that sums do not depend on their order."""
    return round(instant(at).timestamp() * 1000)
