"""A plan for a person: per compound and stage, every field before → after, equal ones folded."""

from __future__ import annotations

from collections.abc import Iterator

from fleet.app.consent import CONSENTS
from fleet.cli.context import Context
from fleet.cli.progress import stage_name
from fleet.cli.render import padded
from fleet.model.change import DeviceWork, Fidelity, FieldChange
from fleet.model.device import FieldValue
from fleet.model.fleet import City
from fleet.model.plan import Plan, PlanNeed
from fleet.model.text import Text, text
from fleet.plan.seal import fingerprint

_MARK = {Fidelity.EXACT: " ", Fidelity.PREDICTED: "~", Fidelity.UNKNOWN: "?"}


def show_plan(ctx: Context, plan: Plan, city: City | None = None) -> None:
    """The whole plan to stdout."""
    names = {c.id: c.name for c in city.compounds()} if city is not None else {}
    for line in _servers(ctx, plan):
        ctx.out(line)
    for wave in plan.waves:
        for compound in wave.compounds:
            works = [w for w in plan.works if w.compound == compound]
            canary = text(", canary", "，先行") if wave.number == 1 else Text(en="", zh="")
            ctx.out(
                text(
                    "{c}{n}  (wave {w}{k})",
                    "{c}{n}（第 {w} 批{k}）",
                    c=ctx.style(compound, bold=True),
                    n=f" {names[compound]}" if compound in names else "",
                    w=wave.number,
                    k=canary,
                )
            )
            for line in _compound(ctx, works):
                ctx.out(line)
    for device, fault in plan.faults.items():
        why = ctx.render(Text(en=fault.en, zh=fault.zh))
        ctx.out(f"! {device} [{fault.code}]: {why}")
        if fault.fix_en:
            ctx.out(f"    → {ctx.render(Text(en=fault.fix_en, zh=fault.fix_zh))}")
    for need in plan.needs:
        ctx.out(f"! {ctx.render(_need(need))}")
    for note in plan.notes:
        ctx.out(f"· {ctx.render(note)}")
    ctx.out(summary(plan))


def _need(need: PlanNeed) -> Text:
    """What a device's change needs, with the words that consent to it."""
    if need.kind not in CONSENTS:
        return text("{d}: {w}", "{d}：{w}", d=need.device, w=need.text)
    return text(
        "{d} needs --accept {k}: {w}",
        "{d} 需要 --accept {k}：{w}",
        d=need.device,
        k=need.kind,
        w=need.text,
    )


def summary(plan: Plan) -> Text:
    """One sentence: how much changes, and the plan's fingerprint."""
    servers = sum(c.action != "same" for s in plan.stacks for c in s.changes)
    if plan.empty:
        return text("Nothing to do.", "无需变更。")
    return text(
        "Plan: {d} devices, {f} fields, {s} requests; {v} server resources. Fingerprint {p}",
        "计划：设备 {d} 台，字段 {f} 个，请求 {s} 次；服务器资源 {v} 项。指纹 {p}",
        d=len(plan.works),
        f=sum(len(s.changes) for w in plan.works for s in w.steps),
        s=sum(len(w.steps) for w in plan.works),
        v=servers,
        p=fingerprint(plan)[:12],
    )


def _servers(ctx: Context, plan: Plan) -> Iterator[str]:
    for stack in plan.stacks:
        if not stack.dirty:
            continue
        yield ctx.style(stack.stack, bold=True)
        folded: dict[tuple[str, str], list[str]] = {}
        for change in stack.changes:
            if change.action != "same":
                folded.setdefault((change.action, change.type), []).append(change.name)
        for (action, kind), names in sorted(folded.items()):
            who = names[0] if len(names) == 1 else f"×{len(names)}"
            yield f"  {action:<8} {kind} {who}"


def _compound(ctx: Context, works: list[DeviceWork]) -> Iterator[str]:
    for stage in dict.fromkeys(w.stage for w in works):
        yield f"  {ctx.render(stage_name(stage.value))}"
        folded: dict[tuple[str, str, str, str], list[str]] = {}
        for work in works:
            if work.stage is not stage:
                continue
            for step in work.steps:
                for change in step.changes:
                    key = (
                        change.field,
                        _values(ctx, change),
                        work.target.driver,
                        _MARK[change.fidelity],
                    )
                    folded.setdefault(key, []).append(work.target.device)
        for (name, values, driver, mark), devices in sorted(folded.items()):
            who = devices[0] if len(devices) == 1 else f"×{len(devices)}"
            many = ctx.render(text(" devices", " 台")) if len(devices) > 1 else ""
            yield f"  {mark} {name:<20} {padded(values, 44)} {driver:<6} {who}{many}"


def _values(ctx: Context, change: FieldChange) -> str:
    if change.secret is not None:
        before = f"v{change.before_version}" if change.before_version else "–"
        return ctx.render(
            text("{b} → v{a} (secret)", "{b} → v{a}（密）", b=before, a=change.secret.version)
        )
    return f"{_value(change.before)} → {_value(change.after)}"


def _value(value: FieldValue) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        shown = ", ".join(value)
        return f"[{shown}]" if len(shown) < 40 else f"[{value[0]} … ×{len(value)}]"
    return "–" if value in (None, "") else str(value)
