"""What stands behind the online figures: whose word each device's is, and what is only declared.

Only measured and site-signed words count as verified; the others are shown beside them and never
mixed in. Compounds that nobody manages by this product yet are what people declare, and no more.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from fleet.model.evidence import Evidence
from fleet.model.text import Text, text
from fleet.report import words
from fleet.report.facts import Facts, Told
from fleet.report.figure import Evidence as Share
from fleet.report.figure import Figure, percent
from fleet.report.period import local
from fleet.report.rows import Row, RowSheet

_ONE = Fraction(1)
EVIDENCE: dict[Evidence, Text] = {
    Evidence.MEASURED: text("measured", "系统实测"),
    Evidence.SITE_SIGNED: text("site-signed", "站点签名"),
    Evidence.PLATFORM_EXPORTED: text("platform-exported", "平台导出"),
    Evidence.DECLARED: text("declared", "人工填报"),
}
NOBODY_TELLS = text("nobody tells anything verified", "没有任何经核实的数据")


def figures(facts: Facts) -> Iterator[Figure]:
    """Devices by whose word counts, the verified and the told rate, and what is declared."""
    telling = [t for t in facts.told if rate(t) is not None]
    for kind in (Evidence.MEASURED, Evidence.SITE_SIGNED, Evidence.PLATFORM_EXPORTED):
        label = text("devices: {e}", "设备：{e}", e=EVIDENCE[kind])
        own = tuple(Share("told", t.device, _ONE) for t in telling if t.evidence is kind)
        yield Figure(f"evidence.{kind.value}", label, "count", "told", own)
    known = {t.device for t in telling}
    silent = sorted(d.id for c in facts.district.compounds for d in c.devices if d.id not in known)
    yield Figure(
        "evidence.silent",
        text("devices of which nobody tells", "设备：无任何数据"),
        "count",
        "told",
        tuple(Share("devices", device, _ONE) for device in silent),
    )
    verified = [t for t in telling if t.evidence.verified]
    for name, label, rows in (
        ("rate.online.verified", text("online rate, verified", "在线率（已核实）"), verified),
        ("rate.online.told", text("online rate, as told", "在线率（含未核实）"), telling),
    ):
        shares = tuple(Share("told", t.device, r, _ONE) for t in rows if (r := rate(t)) is not None)
        yield Figure(name, label, "rate", "told", shares, NOBODY_TELLS)
    declared = facts.district.declared
    for name, label, number in (
        ("declared.compounds", text("compounds only declared", "仅填报的小区"), "one"),
        ("declared.devices", text("devices only declared", "仅填报的设备"), "devices"),
        ("declared.online", text("of these said to be online", "其中据报在线"), "online"),
    ):
        counts = {
            c.compound: 1 if number == "one" else c.devices if number == "devices" else c.online
            for c in declared
        }
        parts = tuple(
            Share("declared", i, Fraction(n)) for i, n in sorted(counts.items()) if n is not None
        )
        yield Figure(name, label, "count", "declared", parts)


def rate(told: Told) -> Fraction | None:
    """Online of told time, or the newest word on a moment; None where neither is told."""
    whole = told.online_ms + told.offline_ms
    if whole:
        return Fraction(told.online_ms, whole)
    return None if told.online is None else Fraction(told.online)


def sheets(facts: Facts) -> tuple[RowSheet, RowSheet]:
    """Every device's word with its source, and every declared compound with its line."""
    return _told(facts), _declared(facts)


def _told(facts: Facts) -> RowSheet:
    columns = (
        (text("device", "设备"), 20),
        (text("compound", "小区"), 16),
        (text("evidence", "数据来源"), 14),
        (text("verified", "已核实"), 8),
        (text("online, s", "在线（秒）"), 12),
        (text("offline, s", "离线（秒）"), 12),
        (text("online rate", "在线率"), 10),
        (text("source", "出处"), 44),
        (text("as of (Asia/Shanghai)", "截至（北京时间）"), 22),
    )
    rows = tuple(
        Row(
            t.device,
            (
                t.compound,
                EVIDENCE[t.evidence],
                words.YES if t.evidence.verified else words.NO,
                t.online_ms // 1000,
                t.offline_ms // 1000,
                words.UNKNOWN if (share := rate(t)) is None else percent(share),
                "; ".join(t.sources),
                f"{local(t.as_of):%Y-%m-%d %H:%M:%S}",
            ),
        )
        for t in sorted(facts.told, key=lambda t: t.device)
    )
    return RowSheet("told", text("evidence", "数据来源"), columns, rows)


def _declared(facts: Facts) -> RowSheet:
    columns = (
        (text("id", "编号"), 16),
        (text("name", "名称"), 22),
        (text("devices", "设备数"), 10),
        (text("said to be online", "据报在线数"), 12),
        (text("days of recording", "录像保存天数"), 12),
        (text("as of", "填报日期"), 14),
        (text("line", "出处"), 44),
    )
    rows = tuple(
        Row(
            c.compound,
            (
                c.name,
                c.devices,
                words.UNKNOWN if c.online is None else c.online,
                words.UNKNOWN if c.retention_days is None else f"{c.retention_days:g}",
                # Declared for a day, which ends at its midnight.
                f"{local(c.origin.as_of):%Y-%m-%d %H:%M}",
                c.origin.source,
            ),
        )
        for c in sorted(facts.district.declared, key=lambda c: c.compound)
    )
    return RowSheet("declared", text("declared compounds", "填报小区"), columns, rows)
