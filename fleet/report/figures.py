"""Every figure of the report, each with the rows that it is the sum of.

Definitions are those of domain.md §2.4 (indicator catalogue of a police video situation system)
and of the clauses of 铜公通〔2021〕123号; every function names its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction

from fleet.model.device import Device, DeviceKind
from fleet.model.diagnostic import Severity
from fleet.model.text import Text, text
from fleet.report import told, words
from fleet.report.facts import Facts, Watched
from fleet.report.figure import Evidence, Figure, Source
from fleet.report.items import CLAUSES, items
from fleet.report.sheets import change_key, clause_order, numbered

_ONE = Fraction(1)
_MS_PER_HOUR = 3_600_000
# Settled, and not as sealed.
_BAD = frozenset({"failed", "stale", "in_doubt"})
NOBODY_WATCHED = text("no device was watched in this period", "本统计期内没有任何设备被观测到")


def figures(facts: Facts) -> tuple[Figure, ...]:
    """All figures, in the order of the report."""
    return (
        *_compounds(facts),
        *_devices(facts),
        *_completion(facts),
        *_health(facts),
        *told.figures(facts),
        *_findings(facts),
        *_changes(facts),
    )


def _count(
    name: str, label: Text, sheet: str, keys: Iterable[str], source: Source = "declared"
) -> Figure:
    evidence = tuple(Evidence(sheet, key, _ONE) for key in sorted(keys))
    return Figure(name, label, "count", source, evidence)


def _share(
    name: str, label: Text, sheet: str, rows: Iterable[tuple[str, bool]], why: Text
) -> Figure:
    evidence = tuple(Evidence(sheet, key, Fraction(done), _ONE) for key, done in sorted(rows))
    return Figure(name, label, "rate", "declared", evidence, why)


def _compounds(facts: Facts) -> Iterator[Figure]:
    """Clauses 1 to 4: compounds by category and stage."""
    found = facts.district.compounds
    stage = {c.id: c.site.stage.value if c.site.stage else words.UNSTATED for c in found}
    yield _count("compounds.total", text("compounds", "小区"), "compounds", stage)
    for category in words.CATEGORY:
        own = [c.id for c in found if c.site.category is category]
        label = text("compounds: {c}", "小区：{c}", c=words.CATEGORY[category])
        yield _count(f"compounds.{category.value}", label, "compounds", own)
        for name, shown in words.STAGE.items():
            both = text("{a}, {b}", "{a}，{b}", a=label, b=shown)
            keys = [i for i in own if stage[i] == name]
            yield _count(f"compounds.{category.value}.{name}", both, "compounds", keys)
    for name, shown in words.STAGE.items():
        label = text("compounds: {s}", "小区：{s}", s=shown)
        keys = [i for i, s in stage.items() if s == name]
        yield _count(f"compounds.stage.{name}", label, "compounds", keys)


def _devices(facts: Facts) -> Iterator[Figure]:
    """Devices by type."""
    found = [d for c in facts.district.compounds for d in c.devices]
    yield _count("devices.total", text("devices", "设备"), "devices", [d.id for d in found])
    for kind in DeviceKind:
        own = [d.id for d in found if d.kind is kind]
        yield _count(f"devices.{kind.value}", words.KIND[kind], "devices", own)


def _completion(facts: Facts) -> Iterator[Figure]:
    """Clauses 6 to 16: what is built of what the notice asks for (completion rate)."""
    found = items(facts.district.compounds)
    none = text("no compound is declared", "没有已填报的小区")
    label = text("completion", "建设完成率")
    yield _share("completion.total", label, "items", [(i.key, i.done) for i in found], none)
    for kind, (_, shown) in CLAUSES.items():
        own = [(i.key, i.done) for i in found if i.kind == kind]
        label = text("completion: {k}", "完成率：{k}", k=shown)
        yield _share(f"completion.{kind}", label, "items", own, none)
    faulty = {f.compound for f in facts.findings}
    clean = [(c.id, c.id not in faulty) for c in facts.district.compounds]
    label = text("compounds without findings", "无检查发现的小区占比")
    yield _share("completion.clean", label, "compounds", clean, none)


def _health(facts: Facts) -> Iterator[Figure]:
    """Online, connectivity and integrity rates (domain.md §2.4)."""
    why = facts.unwatched or NOBODY_WATCHED
    yield _rate("rate.online", text("online rate", "设备在线率"), map(_online, facts.watched), why)
    yield _rate(
        "rate.connectivity",
        text("connectivity", "连通率"),
        ((w, Fraction(w.answered), Fraction(w.tried)) for w in facts.watched if w.tried),
        why,
    )
    yield _rate(
        "rate.intact",
        text("devices intact at the end", "设备完好率（期末）"),
        ((w, Fraction(w.intact), _ONE) for w in facts.watched if w.intact is not None),
        why,
    )
    yield _annotation(facts)
    yield _rate(
        "rate.watched",
        text("share of the time that was watched", "观测覆盖率"),
        ((w, Fraction(w.online_ms + w.offline_ms), Fraction(_expected(w))) for w in facts.watched),
        why,
    )
    yield _repair(facts)
    yield _count(
        "alarms.total", text("alarms", "告警"), "alarms", [a.id for a in facts.alarms], "measured"
    )


def _online(watched: Watched) -> tuple[Watched, Fraction, Fraction]:
    """在线率: the mean over devices of online time / time; time nobody watched is left out."""
    known = watched.online_ms + watched.offline_ms
    if not known:
        return watched, Fraction(0), Fraction(0)
    return watched, Fraction(watched.online_ms, known), _ONE


def _annotation(facts: Facts) -> Figure:
    """标注完好率: cameras with id, place, channel name and text on the picture, as declared."""
    cameras = [
        d for c in facts.district.compounds for d in c.devices if d.kind is DeviceKind.CAMERA
    ]
    return _share(
        "rate.annotation",
        text("cameras fully annotated (declared)", "标注完好率（台账）"),
        "devices",
        [(d.id, _annotated(d)) for d in cameras],
        text("no camera is declared", "没有已填报的摄像机"),
    )


def _annotated(device: Device) -> bool:
    named = all(device.settings.get(f) for f in ("channel_name", "osd_text"))
    return named and bool(device.gb_id and device.area)


def _repair(facts: Facts) -> Figure:
    """平均修复时间: mean over faults that ended of the time from offline to online again."""
    label = text("mean repair time", "平均修复时间")
    evidence = tuple(
        Evidence("online", w.device, Fraction(sum(w.repairs_ms), _MS_PER_HOUR), Fraction(n))
        for w in sorted(facts.watched, key=lambda w: w.device)
        if (n := len(w.repairs_ms))
    )
    none = text("no fault ended in this period", "本统计期内没有结束的故障")
    return Figure("time.repair", label, "hours", "measured", evidence, facts.unwatched or none)


def _expected(watched: Watched) -> int:
    return watched.online_ms + watched.offline_ms + watched.unknown_ms


def _rate(
    name: str, label: Text, rows: Iterable[tuple[Watched, Fraction, Fraction]], why: Text
) -> Figure:
    ordered = sorted(rows, key=lambda r: r[0].device)
    evidence = tuple(Evidence("online", w.device, part, whole) for w, part, whole in ordered)
    return Figure(name, label, "rate", "measured", evidence, why)


def _findings(facts: Facts) -> Iterator[Figure]:
    """Findings by severity, clause and department (clause 19)."""
    found = numbered(facts)
    yield _count("findings.total", text("findings", "检查发现"), "findings", [k for k, _ in found])
    for severity in (Severity.ERROR, Severity.WARNING):
        own = [k for k, f in found if f.severity is severity]
        label = text("findings: {s}", "检查发现：{s}", s=words.SEVERITY[severity])
        yield _count(f"findings.{severity.value}", label, "findings", own)
    for clause in sorted({f.clause or "-" for _, f in found}, key=clause_order):
        own = [k for k, f in found if (f.clause or "-") == clause]
        label = text("findings: clause {c}", "检查发现：第{c}条", c=clause)
        yield _count(f"findings.clause.{clause}", label, "findings", own)
    for owner, shown in words.OWNER.items():
        own = [k for k, f in found if f.owner == owner]
        label = text("findings: {o}", "检查发现：{o}", o=shown)
        yield _count(f"findings.owner.{owner}", label, "findings", own)


def _changes(facts: Facts) -> Iterator[Figure]:
    """What the journal says of the period."""
    steps = [c for c in facts.changes if c.kind == "step"]
    of = {
        "changes.rollouts": (
            text("rollouts", "配置下发"),
            [c.record for c in facts.changes if c.kind == "rollout_started"],
        ),
        "changes.done": (
            text("settings written and proved", "已验证的设备配置写入"),
            [c.record for c in steps if c.outcome == "done"],
        ),
        "changes.bad": (
            text("settings that failed or are in doubt", "失败或存疑的设备配置写入"),
            [c.record for c in steps if c.outcome in _BAD],
        ),
    }
    for name, (label, records) in of.items():
        keys = [change_key(r, "") for r in records]
        yield _count(name, label, "changes", keys, "journal")
    touched = {c.compound for c in steps if c.outcome == "done"}
    label = text("compounds with changed devices", "设备配置有变更的小区")
    yield _count("changes.compounds", label, "compounds", touched, "journal")
    for kind in ("compound_added", "compound_removed", "compound_changed"):
        own = [change_key(c.record, c.compound) for c in facts.changes if c.kind == kind]
        yield _count(f"changes.{kind}", words.CHANGE[kind], "changes", own, "journal")
