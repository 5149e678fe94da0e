"""One monthly report, made of its facts and of the time at which it is issued."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from fleet.model.fleet import District
from fleet.model.text import Lang, Text, text
from fleet.plan.canonical import digest
from fleet.report.facts import Facts
from fleet.report.figure import Figure
from fleet.report.figures import figures
from fleet.report.period import moment
from fleet.report.rows import RowSheet
from fleet.report.sheets import sheets


@dataclass(frozen=True)
class Monthly:
    """The report of `facts` as of a time (UTC, RFC 3339)."""

    facts: Facts
    as_of: str

    @cached_property
    def figures(self) -> tuple[Figure, ...]:
        """Every figure, in the order of the report."""
        return figures(self.facts)

    @cached_property
    def sheets(self) -> tuple[RowSheet, ...]:
        """Every row behind the figures."""
        return sheets(self.facts)

    @cached_property
    def facts_digest(self) -> str:
        """sha256 over everything the report tells, its time of issue left out."""
        return digest(facts_body(self, "zh") | {"en": facts_body(self, "en")})

    @property
    def closed(self) -> bool:
        """Whether the period was over at that time; else this is a draft."""
        return self.facts.period.closed(self.as_of)

    @property
    def late_days(self) -> int:
        """Days after the day on which it was due."""
        return self.facts.period.late_days(self.as_of)

    @property
    def issuer(self) -> str:
        """Who signs."""
        return issuer(self.facts.city, self.facts.district)

    def figure(self, name: str) -> Figure:
        """One figure by its id; KeyError if there is none."""
        return {f.id: f for f in self.figures}[name]

    def name(self, lang: Lang) -> str:
        """The files' name without an ending."""
        tail = "" if lang == "zh" else f".{lang}"
        return f"monthly-{self.facts.district.code}-{self.facts.period.month}{tail}"

    def state(self) -> Text | None:
        """That the period is still open, or that the report is late; None where all is well."""
        period = self.facts.period
        if not self.closed:
            return text(
                "DRAFT: the period is not closed yet; it ends on {e}. Figures are as of {a}; this "
                "is not the report of the month.",
                "【草稿】本统计期尚未结束，将于{e}结束；以下数据截至{a}，不作为正式报告。",
                e=moment(period.end),
                a=moment(self.as_of),
            )
        if self.late_days:
            return text(
                "This report was due by {d:%Y-%m-%d}; as of {a} it is {n} {u} late.",
                "本报告应于{y}年{m}月{t}日前报送，截至{a}已逾期{n}日。",
                d=period.due,
                y=period.due.year,
                m=period.due.month,
                t=period.due.day,
                a=moment(self.as_of),
                n=self.late_days,
                u="day" if self.late_days == 1 else "days",
            )
        return None


def issuer(city: str, district: District) -> str:
    """The county's bureau, or the city bureau's branch in a district, unless the inventory says."""
    if district.report.issuer:
        return district.report.issuer
    if district.name.endswith("区"):
        return f"{city}公安局{district.name.removesuffix('区')}分局"
    return f"{district.name}公安局"


def facts_body(report: Monthly, lang: Lang) -> dict[str, object]:
    """All that the report tells but its time of issue, as JSON values in one language."""
    facts = report.facts
    window = facts.period
    return {
        "report": "monthly",
        "lang": lang,
        "city": {"code": facts.city_code, "name": facts.city},
        "district": {"code": facts.district.code, "name": facts.district.name},
        "recipient": facts.district.report.recipient,
        "issuer": report.issuer,
        "period": {
            "month": window.month,
            "begin": window.begin,
            "end": window.end,
            "due": window.due.isoformat(),
            "facts_until": facts.until,
        },
        "sections": {
            name: list(getattr(facts.sections, name))
            for name in ("practices", "problems", "next_steps", "remediation")
        },
        "figures": [_figure(f, lang) for f in report.figures],
        "baseline": None
        if facts.baseline is None
        else {"month": facts.baseline.month, "journal_record": facts.baseline.record},
        "sheets": {s.id: _sheet(s, lang) for s in report.sheets},
    }


def body(report: Monthly, lang: Lang) -> dict[str, object]:
    """The whole report as JSON values: the facts, and what its time of issue makes of them."""
    state = report.state()
    return facts_body(report, lang) | {
        "as_of": report.as_of,
        "closed": report.closed,
        "late_days": report.late_days if report.closed else None,
        "state": state.render(lang) if state is not None else None,
        "facts": report.facts_digest,
    }


def remembered(report: Monthly) -> Mapping[str, str]:
    """Each known figure as an exact fraction: what next month's report is compared with."""
    return {f.id: str(f.value) for f in report.figures if f.value is not None}


def _figure(figure: Figure, lang: Lang) -> dict[str, object]:
    value = figure.value
    why = figure.why if value is None else None
    return {
        "id": figure.id,
        "label": figure.label.render(lang),
        "shown": figure.shown.render(lang),
        "unit": figure.unit,
        "value": None if value is None else str(value),
        "source": figure.source,
        "why": why.render(lang) if why is not None else None,
        "evidence": [
            {"sheet": e.sheet, "key": e.key, "part": str(e.part), "whole": str(e.whole)}
            for e in figure.evidence
        ],
    }


def _sheet(sheet: RowSheet, lang: Lang) -> dict[str, object]:
    return {
        "name": sheet.name.render(lang),
        "columns": [c.render(lang) for c, _ in sheet.columns],
        "rows": [list(row.shown(lang)) for row in sheet.rows],
    }
