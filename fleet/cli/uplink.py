"""`fleet uplink`: why a link to the upper platform is down, and whom to phone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fleet.cli.context import Context, pass_ctx
from fleet.cli.kit import Command, argument, group, nearest
from fleet.cli.render import visible
from fleet.model.errors import UsageError
from fleet.model.exitcodes import ExitCode
from fleet.model.text import Text, text

if TYPE_CHECKING:
    from fleet.app.context import App
    from fleet.app.diagnose import Diagnosis
    from fleet.model.fleet import Compound

_RESULTS = {
    "ok": text("ok", "正常"),
    "warning": text("note", "注意"),
    "fault": text("FAULT", "故障"),
    "unknown": text("unknown", "未知"),
}
_STATES = {
    "healthy": text("{c}: the link is healthy", "{c}：上联正常"),
    "faulty": text("{c}: the link is faulty", "{c}：上联故障"),
    "unknown": text("{c}: nobody tells whether it works", "{c}：无从得知上联是否正常"),
}


@group("uplink", help=text("Links to the upper platform.", "到上级平台的链路。"))
def uplink() -> None:
    """Group of the uplink's verbs."""


@uplink.command(
    "diagnose",
    cls=Command,
    text_help=text(
        "Why a compound's link is down: one cause, its evidence, whom to phone.\n\n"
        "Looks at every recorder from both ends: route, port, login, contact address,\n"
        "keepalive, clock, catalog. Reads only; a platform that is not ours is not asked.\n"
        "Exit code 0: healthy; 5: faulty, or nobody can tell.",
        "小区上联为何中断：给出一个原因、依据和联系对象。\n\n"
        "从两端检查每台录像机：路由、端口、登录、联系地址、保活、时钟、目录。\n"
        "只读；不询问他方平台。退出码 0：正常；5：故障或无从得知。",
    ),
)
@argument("compound_id", metavar="COMPOUND", help=text("The compound's id.", "小区编号。"))
@pass_ctx
def diagnose(ctx: Context, compound_id: str) -> None:
    """Diagnose one compound's uplink."""
    from fleet.app.diagnose import diagnose as look
    from fleet.cli.running import run_async
    from fleet.wiring.diagnose import open_diagnosis

    with open_diagnosis(ctx.city_dir, ctx.state_dir) as (app, reach):
        compound = _compound(app, compound_id)
        found, signals = run_async(lambda _: look(app, reach, compound))
    if found is None:
        ctx.exit(signals.code)
        return
    if ctx.json:
        ctx.out_json(found.model_dump(mode="json"))
    else:
        _show(ctx, found)
    ctx.exit(ExitCode.OK if found.state == "healthy" else ExitCode.PARTIAL)


def _compound(app: App, compound_id: str) -> Compound:
    known = {c.id: c for c in app.city.compounds()}
    if compound_id not in known:
        raise UsageError(
            text(
                "no such compound: {c}{h}", "没有这个小区：{c}{h}",
                c=compound_id, h=nearest(compound_id, list(known)),
            )
        )  # fmt: skip
    return known[compound_id]


def _show(ctx: Context, found: Diagnosis) -> None:
    from fleet.cli.render import padded
    from fleet.health.uplink import STEPS

    for recorder in found.recorders:
        ctx.out(text("{d} ({g})", "{d}（{g}）", d=recorder.device, g=recorder.gb_id))
        for check in recorder.checks:
            name = padded(ctx.render(STEPS[check.step]), 22)
            result = padded(ctx.render(_RESULTS[check.result]), 8)
            ctx.out(visible(f"  {name} {result} {ctx.render(check.said)}"))
    state = _STATES[found.state]
    ctx.out(Text(en=state.en.format(c=found.compound), zh=state.zh.format(c=found.compound)))
    if found.evidence is None or found.phone is None or found.ask is None:
        return
    ctx.out(text("  cause: {c} ({d})", "  原因：{c}（{d}）", c=found.cause,
                 d=", ".join(found.devices)))  # fmt: skip
    ctx.out(visible(ctx.render(text("  evidence: {e}", "  依据：{e}", e=found.evidence))))
    ctx.out(text("  phone: {p}", "  联系：{p}", p=found.phone))
    ctx.out(text("  ask: {a}", "  要求：{a}", a=found.ask))
