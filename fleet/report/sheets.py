"""Every row behind every figure, by sheet; a row's key is what a figure's evidence points to."""

from __future__ import annotations

from fractions import Fraction

from fleet.model.diagnostic import Diagnostic
from fleet.model.text import Text, text
from fleet.report import told, words
from fleet.report.facts import Facts
from fleet.report.figure import percent
from fleet.report.items import CLAUSES, items
from fleet.report.period import instant, local
from fleet.report.rows import Row, RowCell, RowSheet


def sheets(facts: Facts) -> tuple[RowSheet, ...]:
    """All sheets, in the order in which the workbook shows them."""
    return (
        _compounds(facts),
        _items(facts),
        _devices(facts),
        _findings(facts),
        _changes(facts),
        _online(facts),
        _alarms(facts),
        _windows(facts),
        *told.sheets(facts),
    )


def numbered(facts: Facts) -> tuple[tuple[str, Diagnostic], ...]:
    """Findings with their keys, by clause, compound, place and text."""
    ordered = sorted(
        facts.findings,
        key=lambda f: (
            clause_order(f.clause or ""),
            f.compound or "",
            f.position.file if f.position else "",
            (f.position.line, f.position.column) if f.position else (0, 0),
            f.code,
            f.device or "",
            f.summary.en,
        ),
    )
    return tuple((f"F{n:04d}", f) for n, f in enumerate(ordered, 1))


def clause_order(clause: str) -> tuple[int, str]:
    """Clauses in the order of their numbers: 6-7 before 11."""
    digits = clause.split("-", maxsplit=1)[0]
    return (int(digits) if digits.isdigit() else 999, clause)


def _compounds(facts: Facts) -> RowSheet:
    columns = (
        (text("id", "编号"), 16),
        (text("name", "名称"), 22),
        (text("category", "类别"), 22),
        (text("stage", "建设阶段"), 14),
        (text("year built", "建成年份"), 10),
        (text("households", "户数"), 8),
        (text("devices", "设备数"), 8),
        (text("findings", "检查发现"), 10),
        (text("address", "地址"), 34),
    )
    found = []
    for c in sorted(facts.district.compounds, key=lambda c: c.id):
        stage = words.STAGE[c.site.stage.value if c.site.stage else words.UNSTATED]
        about = sum(f.compound == c.id for f in facts.findings)
        cells: tuple[RowCell, ...] = (
            c.name,
            words.CATEGORY[c.site.category],
            stage,
            c.site.built_year,
            c.site.households,
            len(c.devices),
            about,
            c.site.address,
        )
        found.append(Row(c.id, cells))
    return RowSheet("compounds", text("compounds", "小区"), columns, tuple(found))


def _items(facts: Facts) -> RowSheet:
    columns = (
        (text("key", "编号"), 34),
        (text("compound", "小区"), 16),
        (text("clause", "条款"), 8),
        (text("what", "建设项"), 22),
        (text("name", "名称"), 26),
        (text("done", "已建成"), 8),
    )
    rows = tuple(
        Row(
            i.key,
            (
                i.compound,
                CLAUSES[i.kind][0],
                CLAUSES[i.kind][1],
                i.name,
                words.YES if i.done else words.NO,
            ),
        )
        for i in items(facts.district.compounds)
    )
    return RowSheet("items", text("required items", "建设项"), columns, rows)


def _devices(facts: Facts) -> RowSheet:
    columns = (
        (text("id", "编号"), 20),
        (text("compound", "小区"), 16),
        (text("type", "类型"), 16),
        (text("name", "名称"), 26),
        (text("GB/T 28181 id", "国标编码"), 24),
        (text("area", "位置"), 16),
        (text("shown name and text on the picture", "标注（通道名称、画面文字）"), 26),
    )
    found = [d for c in facts.district.compounds for d in c.devices]
    rows = tuple(
        Row(
            d.id,
            (
                d.compound,
                words.KIND[d.kind],
                d.name,
                d.gb_id,
                d.area,
                " / ".join(
                    str(d.settings[f]) for f in ("channel_name", "osd_text") if d.settings.get(f)
                ),
            ),
        )
        for d in sorted(found, key=lambda d: d.id)
    )
    return RowSheet("devices", text("devices", "设备"), columns, rows)


def _findings(facts: Facts) -> RowSheet:
    columns = (
        (text("key", "编号"), 8),
        (text("rule", "规则"), 16),
        (text("clause", "条款"), 8),
        (text("severity", "程度"), 10),
        (text("department", "责任部门"), 16),
        (text("compound", "小区"), 16),
        (text("device", "设备"), 18),
        (text("finding", "发现"), 46),
        (text("what to do", "整改措施"), 46),
    )
    rows = tuple(
        Row(
            key,
            (
                f.code,
                f.clause or "",
                words.SEVERITY[f.severity],
                words.word(words.OWNER, f.owner or ""),
                f.compound,
                f.device,
                f.summary,
                f.fix,
            ),
        )
        for key, f in numbered(facts)
    )
    return RowSheet("findings", text("findings", "检查发现"), columns, rows)


def _changes(facts: Facts) -> RowSheet:
    columns = (
        (text("key", "编号"), 12),
        (text("journal record", "日志序号"), 10),
        (text("time (Asia/Shanghai)", "时间（北京时间）"), 22),
        (text("change", "变更"), 20),
        (text("compound", "小区"), 18),
        (text("device", "设备"), 20),
        (text("step", "步骤"), 28),
        (text("outcome", "结果"), 22),
        (text("rollout", "下发编号"), 28),
    )
    rows = tuple(
        Row(
            change_key(c.record, c.compound if c.kind.startswith("compound_") else ""),
            (
                c.record,
                f"{local(c.at):%Y-%m-%d %H:%M:%S}" if c.at else "",
                words.CHANGE[c.kind],
                c.compound,
                c.device,
                c.step,
                words.word(words.OUTCOME, c.outcome),
                c.rollout,
            ),
        )
        for c in sorted(facts.changes, key=lambda c: (c.record, c.compound))
    )
    return RowSheet("changes", text("changes", "变更"), columns, rows)


def change_key(record: int, compound: str) -> str:
    """A change's key: its journal record, and the compound where a record proves several."""
    return f"J{record}/{compound}" if compound else f"J{record}"


def _online(facts: Facts) -> RowSheet:
    columns = (
        (text("device", "设备"), 20),
        (text("online, s", "在线（秒）"), 12),
        (text("offline, s", "离线（秒）"), 12),
        (text("not watched, s", "未观测（秒）"), 12),
        (text("planned work, s", "计划检修（秒）"), 14),
        (text("online rate", "在线率"), 10),
        (text("polls answered", "应答次数"), 10),
        (text("polls tried", "探测次数"), 10),
        (text("intact at the end", "期末完好"), 14),
        (text("faults repaired", "修复次数"), 10),
        (text("repair time, s", "修复用时（秒）"), 14),
    )
    rows = []
    for w in sorted(facts.watched, key=lambda w: w.device):
        known = w.online_ms + w.offline_ms
        share = _share(w.online_ms, known)
        intact = words.UNKNOWN if w.intact is None else words.YES if w.intact else words.NO
        seconds = [n // 1000 for n in (w.online_ms, w.offline_ms, w.unknown_ms, w.planned_ms)]
        repaired = sum(w.repairs_ms) // 1000
        cells = (*seconds, share, w.answered, w.tried, intact, len(w.repairs_ms), repaired)
        rows.append(Row(w.device, cells))
    return RowSheet("online", text("online", "在线"), columns, tuple(rows))


def _share(part: int, whole: int) -> Text | str:
    return percent(Fraction(part, whole)) if whole else words.UNKNOWN


def _alarms(facts: Facts) -> RowSheet:
    columns = (
        (text("id", "编号"), 26),
        (text("alarm", "告警"), 18),
        (text("subject", "对象"), 20),
        (text("compound", "小区"), 16),
        (text("begun (Asia/Shanghai)", "开始（北京时间）"), 22),
        (text("ended", "结束"), 22),
        (text("devices behind it", "涉及设备数"), 12),
    )
    rows = tuple(
        Row(
            a.id,
            (
                a.kind,
                a.subject,
                a.compound,
                f"{local(a.begun):%Y-%m-%d %H:%M:%S}",
                f"{local(a.ended):%Y-%m-%d %H:%M:%S}"
                if a.ended
                else text("standing", "期末未恢复"),
                len(a.behind),
            ),
        )
        for a in sorted(facts.alarms, key=lambda a: (a.begun, a.id))
    )
    return RowSheet("alarms", text("alarms", "告警"), columns, rows)


def _windows(facts: Facts) -> RowSheet:
    columns = (
        (text("key", "编号"), 8),
        (text("from (Asia/Shanghai)", "开始（北京时间）"), 20),
        (text("to", "结束"), 20),
        (text("compounds", "小区"), 24),
        (text("reason", "事由"), 40),
    )
    first, last = instant(facts.period.begin), instant(facts.until)
    inside = [
        w
        for w in facts.district.report.windows
        if instant(w.begin) < last and instant(w.end) > first
    ]
    ordered = sorted(inside, key=lambda w: (w.begin, w.end, w.reason, w.compounds))
    rows = tuple(
        Row(
            f"W{n}",
            (
                f"{local(w.begin):%Y-%m-%d %H:%M}",
                f"{local(w.end):%Y-%m-%d %H:%M}",
                ", ".join(w.compounds) or text("all", "全部"),
                w.reason,
            ),
        )
        for n, w in enumerate(ordered, 1)
    )
    return RowSheet("windows", text("planned work", "计划检修"), columns, rows)
