"""`fleet device pin`: look at a switch's host key, vouch for it, get the line for the inventory."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fleet.cli.context import Context, pass_ctx
from fleet.cli.device_unlock import device_of
from fleet.cli.kit import argument, command, option
from fleet.model.errors import ConsentNeeded
from fleet.model.exitcodes import ExitCode
from fleet.model.text import text

if TYPE_CHECKING:
    from fleet.app.pin import ShownKey
    from fleet.model.device import Device


@command(
    "pin",
    help=text(
        "Show the SSH host key of a switch or router and print the line that pins it.\n\n"
        "Compare the fingerprint with what the device itself shows on its console; your yes goes\n"
        "into the journal with your name. The YAML is yours: add the line and commit it. Nothing\n"
        "is logged in to. Exit 5 when the device cannot be reached.",
        "显示交换机或路由器的 SSH 主机密钥，并给出用于登记的一行。\n\n"
        "请与设备控制台显示的指纹核对；确认将记入日志并署名。清单由您维护：请加入该行并提交。\n"
        "不会登录设备。无法访问时退出码为 5。",
    ),
)
@argument("device_id", metavar="ID", help=text("The device's id.", "设备编号。"))
@option("--yes", is_flag=True, help=text("Do not ask: it was compared.", "已核对，不再询问。"))
@pass_ctx
def pin(ctx: Context, device_id: str, yes: bool) -> None:
    """Show one device's host key and vouch for it."""
    from fleet.app.pin import shown_key, take
    from fleet.cli.running import run_async
    from fleet.wiring.build import open_app

    with open_app(ctx.city_dir, ctx.state_dir) as app:
        device = device_of(app, device_id)
        shown, signals = run_async(lambda _: shown_key(app, device))
        if shown is None:
            ctx.exit(signals.code)
            return
        if not shown.same:
            _vouch(ctx, yes, device, shown)
            take(app, device, shown.key)
    _tell(ctx, device, shown)
    ctx.exit(ExitCode.OK)


def _vouch(ctx: Context, yes: bool, device: Device, shown: ShownKey) -> None:
    if shown.pinned is not None:
        ctx.say(
            text(
                "! another key is pinned: {p}; has the device been replaced?",
                "! 已登记的是另一密钥：{p}；设备是否更换过？",
                p=shown.pinned,
            )
        )
    question = text(
        "{d} at {a}:{p} shows {f}. Does the device itself show the same?",
        "{d}（{a}:{p}）的指纹为 {f}。设备自身显示的是否相同？",
        d=device.id,
        a=device.address,
        p=device.port,
        f=shown.key.fingerprint,
    )
    if not yes and not ctx.confirm(question):
        ctx.say(question)
        raise ConsentNeeded(
            text("nobody vouched for the key; nothing was taken", "未得到确认，未采用该密钥"),
            text("compare it on the device, then answer y, or give --yes", "请在设备上核对后确认"),
        )


def _tell(ctx: Context, device: Device, shown: ShownKey) -> None:
    line = f'host_key: "{shown.key.line}"'
    place = device.position
    where = f"{place.file}:{place.line}" if place is not None else ""
    if ctx.json:
        ctx.out_json(
            {
                "device": device.id,
                "fingerprint": shown.key.fingerprint,
                "host_key": shown.key.line,
                "pinned": shown.same,
                "place": where or None,
            }
        )
    elif shown.same:
        ctx.out(
            text(
                "{d}: {f} is the pinned key",
                "{d}：{f} 即已登记的密钥",
                d=device.id,
                f=shown.key.fingerprint,
            )
        )
    else:
        ctx.say(text("put this into {w}:", "请写入 {w}：", w=where or device.id))
        ctx.out(line)
