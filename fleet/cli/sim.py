"""`fleet sim`: simulated devices on loopback, up and down, watched, tampered with and broken."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from fleet.cli.context import Context, pass_ctx
from fleet.cli.kit import Command, argument, group, option
from fleet.cli.render import width
from fleet.model.text import Text, text

Teller = Callable[[str, str, int], None]
Answer = dict[str, Any]
_STEPS = {
    "starting": text("starting {name} ({n} devices)", "正在启动 {name}（{n} 台设备）"),
    "up": text("{name} is up ({n} devices listen)", "{name} 已启动（{n} 台设备在监听）"),
    "already": text("{name} is up already ({n} devices)", "{name} 已在运行（{n} 台设备）"),
    "ended": text("{name} ended (pid {n})", "{name} 已结束（pid {n}）"),
}
_COUNTERS = {
    "sessions": text("sessions", "会话"),
    "logins": text("logins", "登录"),
    "failed_logins": text("failed", "失败"),
    "reads": text("reads", "读"),
    "writes": text("writes", "写"),
}

_DEVICE = argument("device", help=text("The device's id.", "设备编号。"))


@group("sim", help=text("Simulated devices on loopback.", "本机回环上的模拟设备。"))
def sim() -> None:
    """Group of the simulator's verbs."""


def _teller(ctx: Context) -> Teller:
    def tell(step: str, name: str, number: int) -> None:
        words = _STEPS[step]
        ctx.say(text(words.en, words.zh, name=name, n=number))

    return tell


@sim.command(
    "up",
    cls=Command,
    text_help=text(
        "Start the devices of the inventory; returns when all of them listen.\n\n"
        "What they store survives `sim down`; --fresh takes all of them out of their boxes again.",
        "启动清单中的全部设备，全部开始监听后返回。\n\n"
        "设备存储的内容在 `sim down` 后保留；--fresh 让全部设备恢复出厂状态。",
    ),
)
@option("--fresh", is_flag=True, help=text("From the factory state.", "从出厂状态开始。"))
@option(
    "--lockout",
    "lockout_s",
    type=click.FloatRange(min=0.1, max=86400),
    default=1800.0,
    show_default=True,
    metavar="SECONDS",
    help=text(
        "How long five wrong logins lock a device.", "连续五次登录失败后设备锁定的时长（秒）。"
    ),
)
@option(
    "--trial-scale",
    "trial_scale",
    type=click.FloatRange(min=0.001, max=1),
    default=0.1,
    show_default=True,
    metavar="FACTOR",
    help=text(
        "How many minutes a minute of a switch's trial takes.",
        "交换机试运行的一分钟实际持续多少分钟。",
    ),
)
@pass_ctx
def up(ctx: Context, fresh: bool, lockout_s: float, trial_scale: float) -> None:
    """Start the devices of the inventory."""
    from fleet.wiring.build import load_city
    from fleet.wiring.sim import bring_up

    city = load_city(ctx.city_dir)
    count = bring_up(
        ctx.city_dir,
        city,
        ctx.state_dir,
        lockout_s=lockout_s,
        trial_scale=trial_scale,
        fresh=fresh,
        progress=_teller(ctx),
    )
    if ctx.json:
        ctx.out_json({"ok": True, "devices": count})
    else:
        ctx.out(text("{n} devices are up", "{n} 台设备已启动", n=count))


@sim.command(
    "down",
    cls=Command,
    text_help=text("End all simulated devices.", "结束全部模拟设备。"),
)
@pass_ctx
def down(ctx: Context) -> None:
    """End all simulated devices and prove it."""
    from fleet.wiring.sim import simulators

    with simulators(ctx.state_dir) as running:
        count = running.down(_teller(ctx))
    if ctx.json:
        ctx.out_json({"ok": True, "processes": count})
    else:
        ctx.out(text("{n} processes ended, none is left", "已结束 {n} 个进程，无残留", n=count))


@sim.command(
    "stats",
    cls=Command,
    text_help=text(
        "Each device's counters: sessions, logins, wrong ones, reads, writes.",
        "各设备的计数：会话、登录、失败登录、读、写。",
    ),
)
@pass_ctx
def stats(ctx: Context) -> None:
    """Show each device's counters."""
    from fleet.wiring.sim import simulators

    with simulators(ctx.state_dir) as running:
        found = running.stats()
    if ctx.json:
        ctx.out_json(found)
        return
    wide = max((len(device) for device in found), default=0)
    words = [ctx.render(word) for word in _COUNTERS.values()]
    heads = "  ".join(" " * (8 - width(word)) + word for word in words)
    ctx.out(f"{'':{wide}}  {heads}")
    for device, counted in found.items():
        cells = "  ".join(f"{counted[name]:>8}" for name in _COUNTERS)
        ctx.out(f"{device:{wide}}  {cells}")


@sim.command(
    "log",
    cls=Command,
    text_help=text(
        "A device's write log: each stored change and each secret that arrived, in order.",
        "设备的写入日志：按顺序列出每次存储变更和收到的密钥。",
    ),
)
@_DEVICE
@pass_ctx
def log(ctx: Context, device: str) -> None:
    """Show a device's write log; names and counts, never values."""
    from fleet.wiring.sim import simulators

    with simulators(ctx.state_dir) as running:
        entries = running.log(device)
    if ctx.json:
        ctx.out_json(entries)
        return
    for entry in entries:
        times = f"  #{entry['received']}" if entry["received"] is not None else ""
        ctx.out(f"{entry['seq']:>4}  {entry['time']}  {entry['field']}{times}")


@sim.command(
    "tamper",
    cls=Command,
    text_help=text(
        "Change a stored value as by hand: `fleet sim tamper DOOR auth_ways card,face`.\n\n"
        "Neither logged nor counted; the values are the inventory's. Entries of a switch's "
        "lists are divided by semicolons, and -KEY takes one out: "
        '`fleet sim tamper SWITCH vlans "100 cameras;-200"`.',
        "像现场人员一样修改存储值：`fleet sim tamper DOOR auth_ways card,face`。\n\n"
        "不记录也不计数；取值与清单一致。交换机列表的各项以分号分隔，-KEY 删除一项："
        '`fleet sim tamper SWITCH vlans "100 cameras;-200"`。',
    ),
)
@_DEVICE
@argument(
    "field",
    help=text("A field of the inventory, like open_time_s.", "清单中的字段，如 open_time_s。"),
)
@argument(
    "value",
    help=text(
        "As it would stand in YAML; a list with commas.", "与 YAML 中写法一致；列表用逗号分隔。"
    ),
)
@pass_ctx
def tamper(ctx: Context, device: str, field: str, value: str) -> None:
    """Change a stored value as by hand."""
    _ask(ctx, device, {"verb": "tamper", "field": field, "value": value})
    ctx.say(text("{d}: {f} changed by hand", "{d}：已手动修改 {f}", d=device, f=field))


@sim.command(
    "fault",
    cls=Command,
    text_help=text(
        "Give a device a fault; `none` takes all of them.\n\n"
        "keep-nothing      says yes and stores nothing\n"
        "refuse            says no to every write\n"
        "slow SECONDS      answers late\n"
        "late SECONDS      takes a write into its queue, applies and answers later\n"
        "drop BYTES        breaks the line after so many bytes of an answer\n"
        "reboot [before|after]  the next write makes it reboot, before or after storing\n"
        "swap-identity     has another serial number or engine id\n"
        "factory-new       is as out of its box: no password, factory settings\n"
        "basic-only        offers only Basic login\n"
        "clock SECONDS     its clock is ahead by so many seconds (negative: behind)\n"
        "hang              answers nothing until its power is switched off and on\n"
        "mute              a recorder: registers, and sends no keepalives\n"
        "nat SECONDS       a recorder: behind a router that forgets it after so many seconds\n\n"
        "Of switches and routers alone:\n\n"
        "cut-path [new|all]  a change of VLANs, uplinks, addresses or routes shuts out new\n"
        "                  connections, or silences all, until it is taken back\n"
        "other-trial       VRP8: somebody else's trial is under way\n"
        "ask               asks at the first change of a session\n"
        "slow-prompt [SECONDS]  every prompt comes late\n"
        "new-host-key      shows another SSH host key\n"
        "close-amid [edit|before|after]  closes the session once: after a line of a change,\n"
        "                  or before or after a commit takes effect\n"
        "reboot now        restarts at once from what was saved",
        "为设备设置故障；`none` 清除全部故障。\n\n"
        "keep-nothing      应答成功但不保存\n"
        "refuse            拒绝所有写入\n"
        "slow SECONDS      延迟应答\n"
        "late SECONDS      写入先入队，过后才生效并应答\n"
        "drop BYTES        应答发出若干字节后断开连接\n"
        "reboot [before|after]  下次写入时重启，保存之前或之后\n"
        "swap-identity     序列号或引擎 ID 变为另一台\n"
        "factory-new       出厂状态：无口令、出厂设置\n"
        "basic-only        仅提供 Basic 登录\n"
        "clock SECONDS     时钟超前若干秒（负数为落后）\n"
        "hang              不再应答，直到断电重启\n"
        "mute              录像机：注册但不发送保活\n"
        "nat SECONDS       录像机：位于地址转换之后，若干秒无报文即无法从外部到达\n\n"
        "仅用于交换机和路由器：\n\n"
        "cut-path [new|all]  VLAN、上联口、地址或路由一经变更，即拒绝新连接，\n"
        "                  或使全部连接无响应，直到变更被撤回\n"
        "other-trial       VRP8：另一会话正在试运行\n"
        "ask               每个会话首次修改时提问\n"
        "slow-prompt [SECONDS]  提示符延迟出现\n"
        "new-host-key      出示另一个 SSH 主机密钥\n"
        "close-amid [edit|before|after]  关闭会话一次：修改一行之后，\n"
        "                  或提交生效之前、之后\n"
        "reboot now        立即按已保存的配置重启",
    ),
)
@_DEVICE
@argument("kind", help=text("One of the faults above, or none.", "上列故障之一，或 none。"))
@argument("value", required=False, help=text("Seconds, bytes, or when.", "秒数、字节数或时机。"))
@pass_ctx
def fault(ctx: Context, device: str, kind: str, value: str | None) -> None:
    """Give a device a fault, or take all of them."""
    answer = _ask(ctx, device, {"verb": "fault", "fault": kind, "value": value})
    if ctx.json:
        ctx.out_json({"device": device, "faults": answer["faults"]})
        return
    ctx.say(_fault_words(device, kind, value))


def _fault_words(device: str, kind: str, value: str | None) -> Text:
    if kind == "none":
        return text("{d}: no faults any more", "{d}：已清除全部故障", d=device)
    shown = f"{kind} {value}" if value else kind
    return text("{d}: fault {k}", "{d}：已设置故障 {k}", d=device, k=shown)


def _ask(ctx: Context, device: str, question: dict[str, str | None]) -> Answer:
    from fleet.wiring.sim import simulators

    with simulators(ctx.state_dir) as running:
        return running.ask(running.process_of(device), {**question, "device": device})
