"""The tables of the written report; every number in them is a figure or a row of the workbook."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from fleet.model.device import DeviceKind
from fleet.model.document import Table
from fleet.model.text import Lang, Text, join, text
from fleet.report import words
from fleet.report.figure import change, shown
from fleet.report.items import CLAUSES
from fleet.report.monthly import Monthly
from fleet.report.period import local
from fleet.report.sheets import clause_order, numbered

# What a letter shows of a long list; the workbook has all of it.
ROWS_MAX = 20
_COMPARED = (
    "compounds.total",
    "devices.total",
    "completion.total",
    "rate.online",
    "rate.connectivity",
    "rate.intact",
    "findings.total",
    "findings.error",
)
_HEALTH = (
    "rate.online",
    "rate.connectivity",
    "rate.intact",
    "rate.annotation",
    "rate.watched",
    "time.repair",
    "alarms.total",
)


def compounds(report: Monthly, lang: Lang) -> Table:
    """Compounds by category and stage."""
    total = text("all", "合计")
    header = [text("category", "类别"), *words.STAGE.values(), total]
    rows = []
    for category, called in words.CATEGORY.items():
        names = [f"compounds.{category.value}.{s}" for s in words.STAGE]
        shown = [_shown(report, n, lang) for n in (*names, f"compounds.{category.value}")]
        rows.append((called.render(lang), *shown))
    names = [f"compounds.stage.{s}" for s in words.STAGE]
    rows.append(
        (total.render(lang), *(_shown(report, n, lang) for n in (*names, "compounds.total")))
    )
    return _table(header, rows, lang, (29, 11, 12, 15, 12, 11, 10), right=(1, 2, 3, 4, 5, 6))


def devices(report: Monthly, lang: Lang) -> Table:
    """Devices by type, for each compound and in all."""
    total = text("all", "合计")
    header = [text("compound", "小区"), *words.KIND.values(), total]
    rows = []
    for compound in sorted(report.facts.district.compounds, key=lambda c: c.id)[:ROWS_MAX]:
        counts = [sum(d.kind is k for d in compound.devices) for k in DeviceKind]
        rows.append((compound.name, *(str(n) for n in (*counts, len(compound.devices)))))
    names = [*(f"devices.{k.value}" for k in DeviceKind), "devices.total"]
    rows.append((total.render(lang), *(_shown(report, n, lang) for n in names)))
    return _table(header, rows, lang, (24, 11, 12, 15, 11, 9, 11, 7), right=(1, 2, 3, 4, 5, 6, 7))


def completion(report: Monthly, lang: Lang) -> Table:
    """What is built of what each clause asks for."""
    header = [
        text("clause", "条款"),
        text("required", "建设内容"),
        text("built/required", "已建/应建"),
        text("rate", "完成率"),
    ]
    rows = []
    for kind, (clause, what) in CLAUSES.items():
        figure = report.figure(f"completion.{kind}")
        rows.append((clause, what.render(lang), figure.quotient, figure.shown.render(lang)))
    total = report.figure("completion.total")
    rows.append(("", text("all", "合计").render(lang), total.quotient, total.shown.render(lang)))
    return _table(header, rows, lang, (12, 46, 22, 20), right=(2, 3))


def health(report: Monthly, lang: Lang) -> Table:
    """Online, connectivity and integrity rates, with what each rests on."""
    header = [text("figure", "指标"), text("value", "数值"), text("evidence", "数据来源")]
    rows = []
    for name in _HEALTH:
        figure = report.figure(name)
        source = words.SOURCE[figure.source]
        if name == "alarms.total" and report.facts.unwatched is not None:
            rows.append((figure.label.render(lang), words.UNKNOWN.render(lang), ""))
            continue
        known = "" if figure.value is None else source.render(lang)
        rows.append((figure.label.render(lang), figure.shown.render(lang), known))
    return _table(header, rows, lang, (50, 25, 25), right=(1,))


def windows(report: Monthly, lang: Lang) -> Table:
    """Planned work that no rate counts."""
    sheet = next(s for s in report.sheets if s.id == "windows")
    header = [name for name, _ in sheet.columns[1:]]
    names = {c.id: c.name for c in report.facts.district.compounds}
    rows = []
    for row in sheet.rows[:ROWS_MAX]:
        _, begin, end, where, reason = (str(cell) for cell in row.shown(lang))
        told = join([_same(names.get(c, c)) for c in where.split(", ")], ", ").render(lang)
        rows.append((begin, end, told, reason))
    return _table(header, rows, lang, (24, 24, 24, 28))


def compared(report: Monthly, lang: Lang) -> Table:
    """The main figures against the last report; unknown on either side is said so."""
    header = [
        text("figure", "指标"),
        text("last report", "上期"),
        text("this report", "本期"),
        text("change", "增减"),
    ]
    before = report.facts.baseline.figures if report.facts.baseline is not None else {}
    rows = []
    for name in _COMPARED:
        figure, value = report.figure(name), report.figure(name).value
        last = Fraction(before[name]) if name in before else None
        rows.append(
            (
                figure.label.render(lang),
                words.UNKNOWN.render(lang)
                if last is None
                else shown(last, figure.unit).render(lang),
                figure.shown.render(lang),
                change(last, value, figure.unit).render(lang)
                if last is not None and value is not None
                else "—",
            )
        )
    return _table(header, rows, lang, (40, 20, 20, 20), right=(1, 2, 3))


def rollouts(report: Monthly, lang: Lang) -> Table:
    """Rollouts that began in the period, with their end if it fell into it."""
    header = [
        text("begun (Asia/Shanghai)", "开始时间"),
        text("compounds", "涉及小区"),
        text("settings written", "写入数"),
        text("end", "结果"),
    ]
    changes = sorted(report.facts.changes, key=lambda c: c.record)
    names = {c.id: c.name for c in report.facts.district.compounds}
    ends = {c.rollout: c.outcome for c in changes if c.kind == "rollout_ended"}
    rows = []
    for begun in [c for c in changes if c.kind == "rollout_started"][:ROWS_MAX]:
        done = sum(
            c.kind == "step" and c.outcome == "done" and c.rollout == begun.rollout for c in changes
        )
        end = (
            words.word(words.OUTCOME, ends[begun.rollout])
            if begun.rollout in ends
            else text("not ended in the period", "期末未结束")
        )
        where = [_same(names.get(c, c)) for c in begun.compound.split()]
        rows.append(
            (
                f"{local(begun.at):%Y-%m-%d %H:%M}",
                join(where, ", ").render(lang),
                str(done),
                end.render(lang),
            )
        )
    return _table(header, rows, lang, (26, 36, 14, 24), right=(2,))


def by_clause(report: Monthly, lang: Lang) -> Table:
    """Findings by clause and severity, with the department and the compounds."""
    header = [
        text("clause", "条款"),
        text("department", "责任部门"),
        text("errors", "不符合"),
        text("warnings", "待完善"),
        text("compounds", "涉及小区"),
    ]
    found = [f for _, f in numbered(report.facts)]
    rows = []
    for clause in sorted({f.clause or "-" for f in found}, key=clause_order):
        own = [f for f in found if (f.clause or "-") == clause]
        owners = [words.word(words.OWNER, o) for o in sorted({f.owner or "" for f in own})]
        severities = [f.severity.value for f in own]
        rows.append(
            (
                clause,
                join(owners, ", ").render(lang),
                str(severities.count("error")),
                str(severities.count("warning")),
                _compounds(report, {f.compound for f in own if f.compound}, lang),
            )
        )
    return _table(header, rows, lang, (10, 24, 12, 12, 42), right=(2, 3))


def by_department(report: Monthly, lang: Lang) -> Table:
    """Findings by the department that follows them up (clause 19)."""
    header = [text("department", "责任部门"), text("findings", "检查发现")]
    rows = [
        (who.render(lang), _shown(report, f"findings.owner.{owner}", lang))
        for owner, who in words.OWNER.items()
    ]
    return _table(header, rows, lang, (70, 30), right=(1,))


def measures(report: Monthly, lang: Lang) -> int:
    """How many different measures the findings ask for."""
    return len(_folded(report, lang))


def remediation(report: Monthly, lang: Lang) -> Table:
    """What is to be done: equal measures folded, with department and compounds."""
    header = [
        text("no.", "序号"),
        text("problem", "问题"),
        text("measure", "整改措施"),
        text("department", "责任部门"),
        text("compounds", "小区"),
    ]
    rows = [
        (str(n), problem, measure, owner, _compounds(report, where, lang))
        for n, ((problem, measure, owner), where) in enumerate(_folded(report, lang).items(), 1)
    ][:ROWS_MAX]
    return _table(header, rows, lang, (8, 28, 32, 16, 16))


def _folded(report: Monthly, lang: Lang) -> dict[tuple[str, str, str], set[str]]:
    """Problem, measure and department → compounds."""
    folded: dict[tuple[str, str, str], set[str]] = {}
    for _, finding in numbered(report.facts):
        owner = words.word(words.OWNER, finding.owner or "").render(lang)
        key = (finding.summary.render(lang), finding.fix.render(lang), owner)
        where = folded.setdefault(key, set())
        if finding.compound is not None:
            where.add(finding.compound)
    return folded


def _compounds(report: Monthly, found: set[str], lang: Lang) -> str:
    names = {c.id: c.name for c in report.facts.district.compounds}
    return join([_same(names.get(c, c)) for c in sorted(found)], ", ").render(lang)


def _table(
    header: Sequence[Text],
    rows: Sequence[tuple[str, ...]],
    lang: Lang,
    widths: tuple[int, ...],
    right: tuple[int, ...] = (),
) -> Table:
    return Table(
        header=tuple(h.render(lang) for h in header),
        rows=tuple(rows),
        widths=widths,
        right=right,
    )


def _shown(report: Monthly, name: str, lang: Lang) -> str:
    return report.figure(name).shown.render(lang)


def _same(name: str) -> Text:
    return Text(en=name, zh=name)
