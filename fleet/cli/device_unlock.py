"""`fleet device unlock`: an operator corrected the password of a device that refused our login."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fleet.cli.context import Context, pass_ctx
from fleet.cli.kit import argument, command, nearest, option
from fleet.model.errors import ConsentNeeded, UsageError
from fleet.model.text import text

if TYPE_CHECKING:
    from fleet.app.context import App
    from fleet.model.device import Device


@command(
    "unlock",
    help=text(
        "Lift the wait of 30 minutes after a refused login; journalled, with your name.\n\n"
        "Correct the password first (in the vault, or on the device): the next verb that needs\n"
        "the device logs in once with it. Nothing is lifted where another wrong login could lock\n"
        "the device: it says fewer than two tries are left, or three were refused in 30 minutes\n"
        "(exit 5).",
        "解除登录被拒后的 30 分钟等待；记入日志并署名。\n\n"
        "请先更正口令（密码库中或设备上）：下一个需要该设备的命令会用它登录一次。若再错一次可能\n"
        "锁定设备（设备自报剩余不足两次，或 30 分钟内已被拒三次），则不解除（退出码 5）。",
    ),
)
@argument("device_id", metavar="ID", help=text("The device's id.", "设备编号。"))
@option("--yes", is_flag=True, help=text("Do not ask.", "不再询问。"))
@pass_ctx
def unlock(ctx: Context, device_id: str, yes: bool) -> None:
    """Lift one device's wait."""
    from fleet.app import unlock as app_unlock
    from fleet.cli.running import run_async
    from fleet.wiring.build import open_app

    with open_app(ctx.city_dir, ctx.state_dir) as app:
        device = device_of(app, device_id)
        waited = app_unlock.waits(app, device)
        left: int | None = None
        if waited:
            _consent(ctx, yes, device_id)
            left, signals = run_async(lambda _: app_unlock.unlock(app, device))
            if signals.heard:
                ctx.exit(signals.code)
                return
    if ctx.json:
        ctx.out_json({"device": device_id, "lifted": waited, "attempts_left": left})
    elif waited:
        ctx.out(
            text(
                "{d}: the next login is tried at once; look with: fleet drift --target {d}",
                "{d}：下次登录立即尝试；查看：fleet drift --target {d}",
                d=device_id,
            )
        )
    else:
        ctx.out(text("{d}: no wait to lift", "{d}：没有等待需要解除", d=device_id))


def device_of(app: App, name: str) -> Device:
    """The device of that id.

    Raises:
        UsageError: there is none; the nearest is named.
    """
    known = {device.id: device for device in app.city.devices()}
    if name not in known:
        raise UsageError(
            text(
                "no such device: {d}{h}",
                "没有这台设备：{d}{h}",
                d=name,
                h=nearest(name, list(known)),
            )
        )
    return known[name]


def _consent(ctx: Context, yes: bool, device: str) -> None:
    question = text(
        "Has the password of {d} been corrected? One login will be tried with it.",
        "{d} 的口令已更正？将用它尝试登录一次。",
        d=device,
    )
    if not yes and not ctx.confirm(question):
        raise ConsentNeeded(
            text("not confirmed; the wait stays", "未确认，等待仍然有效"),
            text("answer y, or give --yes", "请回答 y，或使用 --yes"),
        )
