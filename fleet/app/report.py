"""Make a district's monthly report: gather the facts, settle its time, journal the issue.

The time of a report is journalled when these very facts are first issued, so that the same facts
give the same bytes ever after. A draft (the period is still open) is no issue.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from fleet.app.words import row, settled
from fleet.health.times import seconds, stamp
from fleet.model.errors import UsageError
from fleet.model.fleet import City, District
from fleet.model.text import Lang, Text, text
from fleet.policy import judge
from fleet.ports.clock import Clock
from fleet.ports.documents import DocumentWriter
from fleet.ports.health import HealthHistory
from fleet.ports.health_figures import FigureRows
from fleet.ports.journal import Journal
from fleet.report import changes, watching
from fleet.report.book import workbook
from fleet.report.document import document
from fleet.report.facts import Facts, Sections, Told
from fleet.report.monthly import Monthly, body, remembered
from fleet.report.period import Period, instant, moment, parse_as_of, period_of, previous_month, utc
from fleet.report.sections import names, parse

NO_COLLECTOR = text("no collector has kept a health history here", "本系统没有采集服务的健康记录")


@dataclass(frozen=True)
class ReportDesk:
    """What a report is made from; without a history every rate is unknown, and says so.

    `read` gives a text file beside the inventory by its path from the city's folder, or None.
    """

    city: City
    journal: Journal
    clock: Clock
    writer: DocumentWriter
    read: Callable[[Path], str | None]
    history: HealthHistory | None = None
    taken: FigureRows | None = None


def monthly(
    desk: ReportDesk, district: str, month: str, as_of: str | None, lang: Lang = "zh"
) -> Monthly:
    """The report as it would be issued now, or as of a time; nothing is journalled.

    Raises:
        UsageError: district, month or time cannot be meant.
        InventoryError: the text file beside the inventory cannot be used.
    """
    where = _district(desk.city, district)
    now = utc(instant(desk.clock.now()))
    period = period_of(month, where.report)
    at = now if as_of is None else parse_as_of(as_of)
    _possible(period, at, now)
    report = Monthly(facts=_facts(desk, where, period, at, lang), as_of=at)
    if as_of is None and report.closed:
        issues = desk.journal.records(kind=changes.ISSUED, subject=district)
        first = changes.first_issue(issues, district, month, report.facts_digest)
        if first is not None:
            return replace(report, as_of=first)
    return report


def issue(desk: ReportDesk, report: Monthly) -> Monthly:
    """Journal the issue of a report of a closed period, once for these facts and this time.

    Of two processes that issue at once, the first record counts for both.
    """
    if not report.closed:
        return report
    code, month = report.facts.district.code, report.facts.period.month
    known = [
        r.data["as_of"]
        for r in desk.journal.records(kind=changes.ISSUED, subject=code)
        if r.data["month"] == month and r.data["facts"] == report.facts_digest
    ]
    if report.as_of not in known:
        desk.journal.append(
            [
                changes.issued(
                    report.facts.district,
                    month,
                    report.as_of,
                    report.facts_digest,
                    remembered(report),
                )
            ]
        )
    return report


def files(desk: ReportDesk, report: Monthly, lang: Lang) -> Mapping[str, bytes]:
    """File name → bytes of the three files."""
    name = report.name(lang)
    data = json.dumps(body(report, lang), ensure_ascii=False, indent=1, sort_keys=True) + "\n"
    return {
        f"{name}.docx": desk.writer.docx(document(report, lang)),
        f"{name}.xlsx": desk.writer.xlsx(workbook(report, lang)),
        f"{name}.json": data.encode(),
    }


def gaps(report: Monthly, lang: Lang) -> Text | None:
    """Which of the parts that people write are empty; None where all are written."""
    sections = report.facts.sections
    named = {
        text("what was done", "主要做法"): sections.practices,
        text("problems", "存在问题"): sections.problems,
        text("next steps", "下一步打算"): sections.next_steps,
    }
    empty = [heading for heading, written in named.items() if not written]
    if not empty:
        return None
    usual = names(report.facts.period.month, lang)[1]
    file = sections.file or f"{report.facts.district.folder}/{usual}"
    return text(
        "not written yet: {n}; write them in {f}",
        "尚未填写：{z}；请写入 {f}",
        n=", ".join(t.en for t in empty),
        z="、".join(t.zh for t in empty),
        f=file,
    )


def _district(city: City, code: str) -> District:
    found = {d.code: d for d in city.districts}
    if code not in found:
        known = ", ".join(f"{d.code} {d.name}" for d in city.districts)
        raise UsageError(
            text("there is no district {c}", "没有区县 {c}", c=code),
            text("known: {k}", "已有：{k}", k=known),
        )
    return found[code]


def _possible(period: Period, at: str, now: str) -> None:
    """A report is of a period that has begun; nobody reports on what has not happened yet.

    Raises:
        UsageError: it has not begun at that time, or the time lies ahead in an open period.
    """
    if not period.begun(at):
        raise UsageError(
            text(
                "the period of {m} begins on {b}, after {a}",
                "{m} 的统计期自{b}开始，晚于{a}",
                m=period.month,
                b=moment(period.begin),
                a=moment(at),
            )
        )
    if instant(at) > instant(now) and not period.closed(now):
        raise UsageError(
            text(
                "the period of {m} is open until {e}; a later time cannot be told yet",
                "{m} 的统计期至{e}结束，尚不能出具其后时间的报告",
                m=period.month,
                e=moment(period.end),
            ),
            text("leave out --as-of for a draft", "不加 --as-of 可得到草稿"),
        )


def _facts(desk: ReportDesk, district: District, period: Period, at: str, lang: Lang) -> Facts:
    until = period.until(at)
    journal = desk.journal
    issues = journal.records(kind=changes.ISSUED, subject=district.code)
    baseline = changes.baseline_of(issues, district.code, previous_month(period.month))
    records = [r for kind in changes.EVENTS for r in journal.records(kind=kind)]
    compounds = {c.id for c in district.compounds}
    folder = f"{district.folder}/"
    facts = Facts(
        city=desk.city.name,
        city_code=desk.city.code,
        district=district,
        period=period,
        until=until,
        findings=tuple(
            f
            for f in judge(desk.city)
            if f.compound in compounds or (f.position and f.position.file.startswith(folder))
        ),
        changes=(
            *changes.events(records, district, period, until),
            *changes.differences(district, baseline),
        ),
        baseline=baseline,
        sections=_sections(desk, district, period.month, lang),
        unwatched=NO_COLLECTOR if desk.history is None else None,
    )
    if desk.history is not None:
        facts = _watched(desk.history, facts)
    return facts.model_copy(update={"told": _told(desk.taken, facts)})


def _told(taken: FigureRows | None, facts: Facts) -> tuple[Told, ...]:
    """Whose word on each device counts; measured time is that of the rates, without windows."""
    period = (stamp(seconds(facts.period.begin)), stamp(seconds(facts.until)))
    places = {d.id: c.id for c in facts.district.compounds for d in c.devices}
    measured = [
        row(w.device, places[w.device], period, period[1], w.online_ms / 1000, w.offline_ms / 1000)
        for w in facts.watched
        if w.online_ms + w.offline_ms
    ]
    found = settled(measured, taken, facts.district.compounds, *period)
    return tuple(
        Told(
            device=w.device,
            compound=w.compound,
            evidence=w.evidence,
            sources=w.sources,
            as_of=w.as_of,
            online_ms=round(w.online_s * 1000),
            offline_ms=round(w.offline_s * 1000),
            online=w.online,
        )
        for _, w in sorted(found.items())
    )


def _watched(history: HealthHistory, facts: Facts) -> Facts:
    district, period, until = facts.district, facts.period, facts.until
    devices = [d.id for c in district.compounds for d in c.devices]
    alarms = watching.alarms_of(district, until, history.alarms(period.begin, until))
    seen = watching.watched(
        district,
        period,
        until,
        history.intervals(period.begin, until, devices),
        history.connectivity(period.begin, until),
        alarms,
    )
    return facts.model_copy(update={"alarms": alarms, "watched": seen})


def _sections(desk: ReportDesk, district: District, month: str, lang: Lang) -> Sections:
    for name in names(month, lang):
        path = Path(district.folder) / name
        content = desk.read(path)
        if content is not None:
            return parse(content, path.as_posix())
    return Sections(file="")
