"""`fleet status`: compounds, rollouts and uplinks on one page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fleet.cli.context import Context, pass_ctx
from fleet.cli.kit import command
from fleet.cli.plan import TARGET
from fleet.model.text import Text, text

if TYPE_CHECKING:
    from fleet.app.status import UplinkStatus
    from fleet.model.observation import Registration


@command(
    "status",
    help=text(
        "The fleet on one page: compounds, the last rollout, every uplink from both sides.\n\n"
        "A side that does not tell is `unknown`; nothing is assumed.",
        "一页看全局：小区、最近一次下发、每条上联的双方状态。\n\n无法得知的一方显示“未知”，不作推测。",
    ),
)
@TARGET
@pass_ctx
def status(ctx: Context, targets: tuple[str, ...]) -> None:
    """Show the status."""
    from fleet.app.status import uplinks
    from fleet.cli.running import STATUS_TEXT, run_async
    from fleet.rollout.state import rollouts
    from fleet.wiring.build import open_app

    with open_app(ctx.city_dir, ctx.state_dir) as app:
        found, signals = run_async(lambda _: uplinks(app, targets))
        if found is None:
            ctx.exit(signals.code)
            return
        known = rollouts(app.journal)
        last = known[-1] if known else None
        word = last.status(app.processes) if last is not None else ""
        if ctx.json:
            ctx.out_json(
                {
                    "city": app.city.code,
                    "compounds": [
                        {"id": c.id, "name": c.name, "devices": len(c.devices)}
                        for c in app.city.compounds()
                    ],
                    "rollout": {"id": last.id, "status": word} if last is not None else None,
                    "uplinks": [_json(u) for u in found],
                }
            )
            return
        for compound in app.city.compounds():
            ctx.out(
                text(
                    "{i} {n}: {d} devices",
                    "{i} {n}：设备 {d} 台",
                    i=compound.id,
                    n=compound.name,
                    d=len(compound.devices),
                )
            )
            for up in found:
                if up.compound == compound.id:
                    ctx.out("  " + ctx.render(_line(up)))
        if last is not None:
            ctx.out(
                text(
                    "last rollout {r}: {s}", "最近一次下发 {r}：{s}", r=last.id, s=STATUS_TEXT[word]
                )
            )


def _line(up: UplinkStatus) -> Text:
    catalog = text("unknown", "未知")
    if up.catalog is not None:
        catalog = text(
            "missing {m}, extra {e}, declared spare {s}",
            "缺少 {m}，多出 {e}，已声明备用 {s}",
            m=len(up.catalog.missing),
            e=len(up.catalog.extra),
            s=len(up.catalog.spare),
        )
    return text(
        "{d} ({g}): registrar says {u}{a}; recorder says {l}; catalog: {c}",
        "{d}（{g}）：注册服务称{u}{a}；录像机称{l}；目录：{c}",
        d=up.device,
        g=up.gb_id,
        u=_word(up.registrar),
        a=_age(up.registrar),
        l=_word(up.recorder),
        c=catalog,
    )


def _word(side: Registration) -> Text:
    if side.registered is None:
        return text("unknown", "未知")
    return text("registered", "已注册") if side.registered else text("not registered", "未注册")


def _age(side: Registration) -> Text:
    if side.keepalive_age_s is None:
        return Text(en="", zh="")
    return text(
        ", keepalive {a:.0f} s ago, credential v{v}",
        "，{a:.0f} 秒前保活，凭据 v{v}",
        a=side.keepalive_age_s,
        v=side.credential_version,
    )


def _json(up: UplinkStatus) -> dict[str, object]:
    gap = up.catalog
    return {
        "compound": up.compound,
        "device": up.device,
        "gb_id": up.gb_id,
        "registrar": up.registrar.model_dump(mode="json", exclude={"catalog"}),
        "recorder": up.recorder.model_dump(mode="json", exclude={"catalog"}),
        "catalog": None
        if gap is None
        else {"missing": gap.missing, "extra": gap.extra, "spare": gap.spare},
    }
