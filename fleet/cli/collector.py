"""`fleet collector`: the collector of a site that stands alone, and how it fares."""

from __future__ import annotations

import asyncio
import logging
import signal
import sys
from typing import TYPE_CHECKING

import click

from fleet.cli.context import Context, pass_ctx
from fleet.cli.kit import Command, group, option
from fleet.model.collector import CollectorConfig
from fleet.model.exitcodes import ExitCode
from fleet.model.text import Text, text

if TYPE_CHECKING:
    from fleet.ports.health_store import HealthRows

_DEFAULTS = CollectorConfig(city_dir="", state_dir="")
# What a counter of the receiver counts, in the order of their weight.
COUNTER_WORDS = {
    "traps": text("traps heard", "收到的 trap"),
    "informs": text("informs heard and answered", "收到并应答的 inform"),
    "repeats": text("repeats recognised", "识别出的重复"),
    "storm_repeats": text("repeats counted in a storm", "风暴中计数的重复"),
    "socket_drops": text("lost in the kernel (read too late)", "内核丢弃（读取不及时）"),
    "queue_drops": text("lost in our queue", "本机队列丢弃"),
    "unknown_engine": text("of an unknown engine", "未知引擎"),
    "unknown_user": text("of an unknown user", "未知用户"),
    "unknown_community": text("of an unknown community", "未知团体名"),
    "wrong_key": text("with a wrong key", "密钥错误"),
    "outside_time_window": text("outside the time window", "超出时间窗"),
    "malformed": text("malformed", "格式错误"),
}


_NEVER: dict[str, object] = {
    "beat_age_s": None,
    "fresh": False,
    "collectors": {},
    "octets": 0,
    "counters": {},
    "strangers": {},
}


@group("collector", help=text("Watch devices and keep their health.", "监视设备并保存健康状况。"))
def collector() -> None:
    """Group of the collector's verbs."""


@collector.command(
    "run",
    cls=Command,
    text_help=text(
        "Watch until Ctrl-C: poll every device, receive notifications, keep intervals.\n\n"
        "For a site that stands alone; beside a registrar the district's stack does it.",
        "持续监视，按 Ctrl-C 结束：轮询设备、接收告警通知、保存在线区间。\n\n用于独立站点。",
    ),
)
@option("--district", metavar="CODE", help=text("Only this district.", "只监视该区县。"))
@option(
    "--compound",
    "compounds",
    multiple=True,
    metavar="ID",
    help=text(
        "Only this compound (repeatable); also one that its site watches.",
        "只监视该小区（可重复）；包括由现场监测的小区。",
    ),
)
@option(
    "--poll",
    "poll_s",
    type=click.FloatRange(0.2, 3600),
    default=_DEFAULTS.poll_s,
    show_default=True,
    help=text("Seconds between two looks at a device.", "两次查看同一设备的间隔秒数。"),
)
@option(
    "--listen",
    "addresses",
    multiple=True,
    metavar="ADDRESS",
    help=text(
        "Receive SNMP notifications on this address of ours (repeatable).",
        "在本机该地址接收 SNMP 告警通知（可重复）。",
    ),
)
@option(
    "--trap-port",
    type=click.IntRange(1, 65535),
    default=_DEFAULTS.trap_port,
    show_default=True,
    help=text("The UDP port for notifications.", "接收告警通知的 UDP 端口。"),
)
@option(
    "--community",
    metavar="REFERENCE",
    help=text(
        "Take v2c notifications of this community (secret://…); without it, only v3.",
        "接受该团体名（secret://…）的 v2c 通知；不给则只接受 v3。",
    ),
)
@option(
    "--keep-days",
    type=click.IntRange(1),
    default=_DEFAULTS.keep_days,
    show_default=True,
    help=text("Days of history.", "历史保留天数。"),
)
@option(
    "--max-mb",
    type=click.IntRange(1),
    default=_DEFAULTS.max_mb,
    show_default=True,
    help=text("Most of history, in MiB.", "历史占用上限（MiB）。"),
)
@pass_ctx
def run(
    ctx: Context,
    district: str | None,
    compounds: tuple[str, ...],
    poll_s: float,
    addresses: tuple[str, ...],
    trap_port: int,
    community: str | None,
    keep_days: int,
    max_mb: int,
) -> None:
    """Run the collector in the foreground."""
    from fleet.wiring.health import collect

    config = CollectorConfig(
        city_dir=str(ctx.city_dir),
        state_dir=str(ctx.state_dir),
        district=district,
        compounds=compounds,
        poll_s=poll_s,
        trap_addresses=addresses,
        trap_port=trap_port,
        community=community,
        keep_days=keep_days,
        max_mb=max_mb,
    )
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(message)s")
    heard: list[int] = []

    async def main() -> None:
        stop = asyncio.Event()

        def hear(number: int) -> None:
            heard.append(number)
            stop.set()

        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, hear, number)
        await collect(config, stop, lambda places: ctx.say(_ready(places)))

    asyncio.run(main())
    if heard:
        by_term = heard[0] == signal.SIGTERM
        ctx.exit(ExitCode.TERMINATED if by_term else ExitCode.INTERRUPTED)


def _ready(places: list[tuple[str, int]]) -> Text:
    shown = ", ".join(f"{address}:{port}" for address, port in places)
    where = text(", notifications on {p}", "，在 {p} 接收告警通知", p=shown) if shown else ""
    return text(
        "watching{w}; Ctrl-C ends it", "正在监视{w}；按 Ctrl-C 结束", w=where or Text(en="", zh="")
    )


@collector.command(
    "status",
    cls=Command,
    text_help=text(
        "Its last sign of life, what it heard and what it lost.", "最近心跳、收到与丢失的通知。"
    ),
)
@pass_ctx
def status(ctx: Context) -> None:
    """Show how the collector fares."""
    from fleet.wiring.history import open_store

    with open_store(ctx.state_dir) as store:
        if store is None:
            ctx.say(text("no collector ever ran here", "此处从未运行过采集服务"))
            if ctx.json:
                ctx.out_json(_NEVER)
            return
        _show(ctx, store)


def _show(ctx: Context, store: HealthRows) -> None:
    from fleet.wiring.history import history_of

    history = history_of(store)
    age, counters, strangers = history.beat_age_s(), store.counters(), store.strangers()
    if ctx.json:
        ctx.out_json(
            {
                "beat_age_s": age,
                "fresh": history.fresh(),
                "collectors": dict(history.beats()),
                "octets": store.size(),
                "counters": dict(counters),
                "strangers": dict(strangers),
            }
        )
        return
    for scope, beat in history.beats().items():
        ctx.out(text("{d}: last sign of life {s:.0f} s ago", "{d}：最近心跳 {s:.0f} 秒前",
                     d=scope, s=beat))  # fmt: skip
    alive = text("watching", "监视中") if history.fresh() else text("not running", "未运行")
    ctx.out(
        text("{a}; history {m:.1f} MiB", "{a}；历史 {m:.1f} MiB", a=alive, m=store.size() / 2**20)
    )
    for name, words in COUNTER_WORDS.items():
        if count := counters.get(name):
            ctx.out(f"  {count:>8}  {ctx.render(words)}")
    for name in sorted(set(counters) - set(COUNTER_WORDS)):
        ctx.out(f"  {counters[name]:>8}  {name}")
    if strangers:
        ctx.out(text("not understood:", "无法识别的来源："))
        for who, count in strangers.items():
            ctx.out(f"  {count:>8}  {who}")
