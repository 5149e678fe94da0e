"""The terms of a district's monthly report, from city.yaml and district.yaml; the nearer wins."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta, timezone

from fleet.inventory.bound import Bound
from fleet.inventory.scope import Scope, unresolved
from fleet.model.diagnostic import Position
from fleet.model.report import PlannedWindow, ReportTerms
from fleet.model.text import text

# Asia/Shanghai; China has had no summer time since 1991.
_SHANGHAI = timezone(timedelta(hours=8))


def report_of(city: Bound | None, district: Bound | None, scope: Scope) -> ReportTerms:
    """The terms in force in a district; a window that is no time is noted and left out."""
    given: dict[str, object] = {}
    for level in (city, district):
        for name in ("from_day", "due_day", "recipient", "issuer"):
            if level is not None and name in level.values:
                given[name] = level.values[name]
    windows = district.children("windows") if district is not None else []
    found = [w for b in windows if (w := _window(b, scope)) is not None]
    return ReportTerms.model_validate({**given, "windows": tuple(found)})


def check_windows(district: Bound | None, known: Iterable[str], scope: Scope) -> None:
    """Every compound of a window must be one of the district's."""
    names = list(known)
    for window in district.children("windows") if district is not None else []:
        for compound, place in window.placed("compounds"):
            if compound not in names:
                unresolved(scope, place, "report.windows.compounds", compound, names)


def _window(bound: Bound, scope: Scope) -> PlannedWindow | None:
    if not all(name in bound.values for name in ("from", "to", "reason")):
        return None
    begin = _instant(bound.need("from"), bound.place("from"), scope)
    end = _instant(bound.need("to"), bound.place("to"), scope)
    if begin is None or end is None:
        return None
    if end <= begin:
        scope.note(
            "window",
            bound.place("to"),
            text("the window ends before it begins", "时段的结束早于开始"),
            text("give a later end", "请填写更晚的结束时间"),
            field="report.windows.to",
        )
        return None
    return PlannedWindow(
        begin=begin, end=end, reason=bound.need("reason"), compounds=tuple(bound.texts("compounds"))
    )


def _instant(local: str, place: Position, scope: Scope) -> str | None:
    try:
        at = datetime.strptime(local, "%Y-%m-%d %H:%M").replace(tzinfo=_SHANGHAI).astimezone(UTC)
    except (ValueError, OverflowError):
        scope.note(
            "window",
            place,
            text("{t} is not on the calendar", "{t} 不是有效的时间", t=local),
            text("write it like 2026-11-20 22:30", "请写成 2026-11-20 22:30"),
            field="report.windows",
        )
        return None
    return at.strftime("%Y-%m-%dT%H:%M:%S.000Z")
