"""`fleet alarms routes|test`: how each route out fares, and one message to try it with."""

from __future__ import annotations

import asyncio

from fleet.cli.alarms import alarms
from fleet.cli.context import Context, pass_ctx
from fleet.cli.kit import Command, argument, nearest
from fleet.cli.render import visible
from fleet.model.errors import UsageError
from fleet.model.text import Text, text

_BLANK = Text(en="", zh="")


@alarms.command(
    "routes",
    cls=Command,
    text_help=text(
        "How each route out fares: last success, last failure, messages waiting.",
        "各发送途径的状况：最近成功、最近失败、待发消息数。",
    ),
)
@pass_ctx
def routes(ctx: Context) -> None:
    """List the routes."""
    from fleet.health.times import stamp
    from fleet.wiring.tell import open_teller

    with open_teller(ctx.city_dir, ctx.state_dir) as (app, teller):
        found = [
            {
                "route": name,
                "by": app.city.alarms.routes[name].by,
                "worked": None if state.worked is None else stamp(state.worked),
                "failed": None if state.failed is None else stamp(state.failed),
                "failures": state.failures,
                "why": state.why,
                "waiting": waiting,
            }
            for name, (state, waiting) in teller.states().items()
        ]
    if ctx.json:
        ctx.out_json(found)
        return
    for one in found:
        why = text(
            "; {n} failures in a row: {w}",
            "；连续失败 {n} 次：{w}",
            n=one["failures"],
            w=one["why"],
        )
        line = text(
            "{r} ({b}): last told {t}, waiting {n}{w}",
            "{r}（{b}）：最近发出 {t}，待发 {n}{w}",
            r=one["route"],
            b=one["by"],
            t=one["worked"] or text("never", "从未"),
            n=one["waiting"],
            w=why if one["failures"] else _BLANK,
        )
        ctx.out(visible(ctx.render(line)))
    if not found:
        ctx.say(
            text(
                "no routes: alarms are only listed (city.yaml, alarms.routes)",
                "没有发送途径：告警仅列出（见 city.yaml 的 alarms.routes）",
            )
        )


@alarms.command(
    "test",
    cls=Command,
    text_help=text(
        "Send one message by a route now; exit code 5 where it fails.",
        "立即经某途径发送一条测试消息；失败则退出码 5。",
    ),
)
@argument("route", help=text("A route's name in city.yaml.", "city.yaml 中的途径名称。"))
@pass_ctx
def test(ctx: Context, route: str) -> None:
    """Try a route."""
    from fleet.wiring.tell import open_teller

    with open_teller(ctx.city_dir, ctx.state_dir) as (app, teller):
        known = list(app.city.alarms.routes)
        if route not in known:
            raise UsageError(
                text(
                    "no such route: {r}{h}",
                    "没有这个发送途径：{r}{h}",
                    r=route,
                    h=nearest(route, known),
                ),
                text("see: fleet alarms routes", "请看：fleet alarms routes"),
            )
        evidence = asyncio.run(teller.test(route))
    if ctx.json:
        ctx.out_json({"route": route, "evidence": evidence})
    ctx.say(text("told by {r}: {e}", "已经由 {r} 发出：{e}", r=route, e=visible(evidence)))
