"""A figure, with every row and event that it is the sum of."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import get_close_matches

from fleet.model.base import Frozen
from fleet.model.errors import UsageError
from fleet.model.text import Lang, Text, text
from fleet.report.facts import Watched
from fleet.report.figure import Figure
from fleet.report.monthly import Monthly
from fleet.report.period import local


class TraceRow(Frozen):
    """One row behind a figure: its share, its columns by name, and the events behind the row."""

    sheet: str
    key: str
    part: str
    whole: str
    cells: dict[str, str | int | None]
    events: tuple[str, ...] = ()


def find(report: Monthly, name: str) -> Figure:
    """The figure of that id.

    Raises:
        UsageError: there is none; the nearest ones are named.
    """
    known = {f.id: f for f in report.figures}
    if name in known:
        return known[name]
    near = get_close_matches(name, list(known), n=5, cutoff=0.3) or list(known)[:5]
    raise UsageError(
        text("there is no figure {n}", "没有指标 {n}", n=name),
        text("for instance: {k}", "例如：{k}", k=", ".join(near)),
    )


def trace(report: Monthly, figure: Figure, lang: Lang) -> Sequence[TraceRow]:
    """Every row behind a figure; the parts add up to its numerator, the wholes to the other."""
    sheets = {s.id: s for s in report.sheets}
    rows = {(s.id, r.key): r for s in report.sheets for r in s.rows}
    watched = {w.device: w for w in report.facts.watched}
    found = []
    for evidence in figure.evidence:
        sheet = sheets[evidence.sheet]
        columns = [c.render(lang) for c, _ in sheet.columns]
        row = rows[evidence.sheet, evidence.key]
        found.append(
            TraceRow(
                sheet=sheet.name.render(lang),
                key=evidence.key,
                part=str(evidence.part),
                whole=str(evidence.whole),
                cells=dict(zip(columns, row.shown(lang), strict=True)),
                events=tuple(
                    _intervals(watched[evidence.key], lang)
                    if evidence.sheet == "online"
                    else _steps(report, evidence.key)
                    if figure.id == "changes.compounds"
                    else ()
                ),
            )
        )
    return tuple(found)


def _intervals(watched: Watched, lang: Lang) -> Iterator[str]:
    """A device's intervals, as they were kept."""
    for interval in watched.intervals:
        yield _interval(interval.state, interval.begin, interval.end, interval.cause, lang)


def _steps(report: Monthly, compound: str) -> Iterator[str]:
    """A compound's settled steps, each with its record of the journal."""
    for change in report.facts.changes:
        if change.compound == compound and change.outcome == "done":
            yield f"J{change.record} {change.at} {change.step}"


_STATE = {
    "online": text("online", "在线"),
    "offline": text("offline", "离线"),
    "unknown": text("unknown", "未知"),
}


def _interval(state: str, begin: str, end: str | None, cause: str, lang: Lang) -> str:
    until: Text = (
        text(f"{local(end):%m-%d %H:%M:%S}", f"{local(end):%m-%d %H:%M:%S}")
        if end is not None
        else text("now", "至今")
    )
    tail = f" {cause}" if cause else ""
    return (
        f"{local(begin):%m-%d %H:%M:%S} → {until.render(lang)}  {_STATE[state].render(lang)}{tail}"
    )
