"""`fleet device activate`: the first password of a factory-new device."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fleet.cli.context import Context, pass_ctx
from fleet.cli.device_unlock import device_of
from fleet.cli.kit import argument, command, option
from fleet.cli.render import visible
from fleet.model.errors import ConsentNeeded
from fleet.model.exitcodes import ExitCode
from fleet.model.text import Text, text

if TYPE_CHECKING:
    from fleet.app.activate import Activated
    from fleet.model.device import Device


@command(
    "activate",
    help=text(
        "Give a factory-new device the inventory's bootstrap password; journalled.\n\n"
        "One request, proved by one login. A well-known password is refused (exit 9). The\n"
        "password travels as older firmware wants it, in the document: use a wire of your own.\n"
        "A password of its own comes with the next apply.",
        "为出厂未激活的设备设置清单中的初始口令；记入日志。\n\n"
        "只发送一次，并以一次登录验证。众所周知的口令会被拒绝（退出码 9）。口令按旧固件的方式\n"
        "随文档传输，请在专用网线上操作。设备的独立口令在下次 apply 时设置。",
    ),
)
@argument("device_id", metavar="ID", help=text("The device's id.", "设备编号。"))
@option("--yes", is_flag=True, help=text("Do not ask.", "不再询问。"))
@pass_ctx
def activate(ctx: Context, device_id: str, yes: bool) -> None:
    """Activate one device."""
    from fleet.app import activate as app_activate
    from fleet.cli.running import run_async
    from fleet.wiring.build import open_app

    with open_app(ctx.city_dir, ctx.state_dir) as app:
        device = device_of(app, device_id)
        new, signals = run_async(lambda _: app_activate.is_new(app, device))
        if new:
            _consent(ctx, yes, device)
        if new is None:
            ctx.exit(signals.code)
            return
        done, signals = run_async(lambda _: app_activate.activate(app, device))
        if done is None:
            ctx.exit(signals.code)
            return
    if ctx.json:
        ctx.out_json(done.model_dump(mode="json"))
    else:
        ctx.out(visible(ctx.render(_said(done))))
    ctx.exit(ExitCode.PARTIAL if done.outcome == "in doubt" else ExitCode.OK)


def _consent(ctx: Context, yes: bool, device: Device) -> None:
    where = f"{device.address}:{device.port}"
    question = text(
        "Give the factory-new device at {w} its first password, as {d}?",
        "为 {w} 处的出厂设备（作为 {d}）设置首个口令？",
        w=where,
        d=device.id,
    )
    if not yes and not ctx.confirm(question):
        raise ConsentNeeded(
            text("nothing was activated", "未激活任何设备"),
            text("agree, or call with --yes", "请同意，或加 --yes"),
        )


def _said(done: Activated) -> Text:
    if done.outcome == "nothing to do":
        return text("{d}: it has a password already", "{d}：设备已激活", d=done.device)
    if done.outcome == "activated":
        return text(
            "{d}: activated; it is serial {s}",
            "{d}：已激活；序列号 {s}",
            d=done.device,
            s=done.serial,
        )
    why = Text(en="", zh="")
    if done.fault is not None:
        why = Text(en=done.fault.en, zh=done.fault.zh)
    return text(
        "{d}: nobody knows whether it is activated: {w}",
        "{d}：无法确认是否已激活：{w}",
        d=done.device,
        w=why,
    )
