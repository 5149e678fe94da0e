"""`fleet device repower`: power-cycle a hung device over its switch's port, as a repair."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from fleet.cli.context import Context, pass_ctx
from fleet.cli.device_unlock import device_of
from fleet.cli.kit import argument, command, option
from fleet.cli.render import visible
from fleet.model.errors import ConsentNeeded
from fleet.model.exitcodes import ExitCode
from fleet.model.text import Text, text

if TYPE_CHECKING:
    from fleet.app.repower import Outlook, Repowered


@command(
    "repower",
    help=text(
        "Switch the power of a hung device's port off and on again; journalled.\n\n"
        "The port is the one that `via` and `via_port` name, over the switch's\n"
        "POWER-ETHERNET-MIB. Ends when the device answers again as itself (exit 0) or\n"
        "does not (5). A port that is found off is only switched on.",
        "将故障设备所接端口断电后重新供电；记入日志。\n\n"
        "端口由 via 与 via_port 指明，经交换机的 POWER-ETHERNET-MIB 操作。\n"
        "设备重新应答且身份相符则退出码 0，否则为 5。端口已断电时只恢复供电。",
    ),
)
@argument("device_id", metavar="ID", help=text("The device's id.", "设备编号。"))
@option(
    "--off",
    "off_s",
    type=click.FloatRange(1, 60),
    default=5.0,
    show_default=True,
    help=text("Seconds without power.", "断电秒数。"),
)
@option(
    "--wait",
    "answer_s",
    type=click.FloatRange(1, 900),
    default=180.0,
    show_default=True,
    help=text("Seconds to wait for its answer.", "等待设备应答的秒数。"),
)
@option("--yes", is_flag=True, help=text("Do not ask.", "不再询问。"))
@pass_ctx
def repower(ctx: Context, device_id: str, off_s: float, answer_s: float, yes: bool) -> None:
    """Repower one device."""
    from fleet.app import repower as app_repower
    from fleet.cli.running import run_async
    from fleet.wiring.build import open_app

    with open_app(ctx.city_dir, ctx.state_dir) as app:
        device = device_of(app, device_id)
        seen, signals = run_async(lambda _: app_repower.look(app, device))
        if seen is None:
            ctx.exit(signals.code)
            return
        _consent(ctx, yes, seen, off_s)
        done, signals = run_async(lambda _: app_repower.repower(app, seen, off_s, answer_s))
        if done is None:
            ctx.exit(signals.code)
            return
    if ctx.json:
        ctx.out_json(done.model_dump(mode="json"))
    else:
        _show(ctx, done)
    ctx.exit(ExitCode.OK if done.answered else ExitCode.PARTIAL)


def _consent(ctx: Context, yes: bool, seen: Outlook, off_s: float) -> None:
    state = text("answers now", "目前有应答") if seen.answers else text("is silent", "无应答")
    ctx.say(
        text(
            "{d} {s}; it hangs on port {p} of {w} (power: {x})",
            "{d} {s}；接在 {w} 的端口 {p}（供电状态：{x}）",
            d=seen.device.id,
            s=state,
            p=seen.port.port,
            w=seen.switch.id,
            x=seen.port.detection,
        )
    )
    question = (
        text("Switch that port off for {o:g} s?", "将该端口断电 {o:g} 秒？", o=off_s)
        if seen.port.enabled
        else text("Switch that port on?", "恢复该端口供电？")
    )
    if not yes and not ctx.confirm(question):
        raise ConsentNeeded(
            text("nothing was switched", "未做任何操作"),
            text("agree, or call with --yes", "请同意，或加 --yes"),
        )


def _show(ctx: Context, done: Repowered) -> None:
    if done.answered:
        line = text(
            "{d}: answers again after {s:g} s",
            "{d}：{s:g} 秒后恢复应答",
            d=done.device,
            s=done.after_s,
        )
    else:
        why = text("it is silent", "无应答")
        if done.fault is not None:
            why = Text(en=done.fault.en, zh=done.fault.zh)
        line = text(
            "{d}: its port was off and is on again; {w}",
            "{d}：端口已断电并恢复供电；{w}",
            d=done.device,
            w=why,
        )
    ctx.out(visible(ctx.render(line)))
