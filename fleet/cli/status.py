"""`fleet status`: devices, alarms, rollouts and uplinks on one page; no device is logged in to."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import TYPE_CHECKING

from fleet.cli.context import Context, pass_ctx
from fleet.cli.kit import TARGET, command, option
from fleet.model.text import Text, join, text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fleet.app.status import DeviceStatus, UplinkStatus
    from fleet.app.words import Evidenced
    from fleet.model.observation import Registration
    from fleet.ports.health import Alarm, HealthState
    from fleet.wiring.history import StatusView

STATE_WORDS: dict[HealthState, Text] = {
    "online": text("online", "在线"),
    "offline": text("offline", "离线"),
    "unknown": text("unknown", "未知"),
}
_ALARMS_SHOWN = 10
_BLANK = Text(en="", zh="")


@command(
    "status",
    help=text(
        "The fleet on one page: devices, alarms, last rollout, every uplink from both sides.\n\n"
        "Devices are shown as the collector last saw them; without one they are `unknown`.\n"
        "A side that does not tell is `unknown`; nothing is assumed.",
        "一页看全局：设备、告警、最近一次下发、每条上联的双方状态。\n\n"
        "设备状态取自采集服务最近所见；没有采集服务则为“未知”。\n无法得知的一方显示“未知”，不作推测。",
    ),
)
@TARGET
@option(
    "--ask",
    is_flag=True,
    help=text("Log in to the recorders and ask them too.", "登录录像机并询问其自身状态。"),
)
@pass_ctx
def status(ctx: Context, targets: tuple[str, ...], ask: bool) -> None:
    """Show the status."""
    from fleet.app.select import select
    from fleet.app.status import devices
    from fleet.app.words import evidenced
    from fleet.wiring.history import open_status

    with open_status(ctx.city_dir, ctx.state_dir) as view:
        found = _uplinks(ctx, view, targets, ask)
        if found is None:
            return
        looks = {} if view.history is None else view.history.looks()
        seen = devices(view.city, view.history, looks, view.now(), targets)
        alarms = view.desk.alarms() if view.desk is not None else []
        chosen = [compound for compound, _ in select(view.city, targets)]
        rates = evidenced(view.city, chosen, view.history, view.taken, view.now())
        if ctx.json:
            ctx.out_json(_page(view, found, seen, alarms, rates))
        else:
            _show(ctx, view, found, seen, alarms, rates)


def _uplinks(
    ctx: Context, view: StatusView, targets: tuple[str, ...], ask: bool
) -> list[UplinkStatus] | None:
    """Every uplink; None when interrupted."""
    from fleet.app.status import uplinks, uplinks_from_above

    if not ask:
        return asyncio.run(uplinks_from_above(view.city, view.upper, targets))
    # Only a run that may take long needs our signal rules, and all that comes with them.
    from fleet.cli.running import run_async
    from fleet.wiring.build import open_app

    with open_app(ctx.city_dir, ctx.state_dir) as app:
        found, signals = run_async(lambda _: uplinks(app, targets))
    if found is None:
        ctx.exit(signals.code)
    return found


def _rollout(view: StatusView) -> tuple[str, str] | None:
    from fleet.rollout.state import rollouts

    known = [] if view.journal is None else rollouts(view.journal)
    return (known[-1].id, known[-1].status(view.processes)) if known else None


def _page(
    view: StatusView,
    found: Sequence[UplinkStatus],
    seen: Sequence[DeviceStatus],
    alarms: Sequence[Alarm],
    rates: Evidenced,
) -> dict[str, object]:
    last = _rollout(view)
    counts = Counter(d.state for d in seen)
    history = view.history
    return {
        "city": view.city.code,
        "compounds": [
            {
                "id": c.id,
                "name": c.name,
                "devices": len(c.devices),
                "health": _counts(Counter(d.state for d in seen if d.compound == c.id)),
            }
            for c in view.city.compounds()
        ],
        "rollout": {"id": last[0], "status": last[1]} if last is not None else None,
        "uplinks": [_json(u) for u in found],
        "health": {
            "watching": history is not None and history.fresh(),
            "beat_age_s": None if history is None else history.beat_age_s(),
            "collectors": {} if history is None else dict(history.beats()),
            **_counts(counts),
            "devices": [d.model_dump(mode="json") for d in seen],
        },
        "evidence": rates.model_dump(mode="json"),
        "alarms": [a.model_dump(mode="json") for a in alarms],
    }


def _counts(counts: Counter[HealthState]) -> dict[str, int]:
    return {state: counts[state] for state in STATE_WORDS}


def _show(
    ctx: Context,
    view: StatusView,
    found: Sequence[UplinkStatus],
    seen: Sequence[DeviceStatus],
    alarms: Sequence[Alarm],
    rates: Evidenced,
) -> None:
    from fleet.cli.alarms import line
    from fleet.cli.evidence import lines

    for said in (*_watching(view), *lines(rates)):
        ctx.out(said)
    for compound in view.city.compounds():
        mine = Counter(d.state for d in seen if d.compound == compound.id)
        counts = [
            text("{n} {w}", "{w} {n}", n=mine[state], w=word)
            for state, word in STATE_WORDS.items()
            if mine[state]
        ]
        ctx.out(
            text(
                "{i} {n}: {d} devices{c}",
                "{i} {n}：设备 {d} 台{c}",
                i=compound.id,
                n=compound.name,
                d=len(compound.devices),
                c=text("; {c}", "；{c}", c=join(counts, ", ")) if counts else _BLANK,
            )
        )
        for up in found:
            if up.compound == compound.id:
                ctx.out("  " + ctx.render(_line(up)))
    # What is silenced is counted, not told: that is what its reason in the journal is for.
    loud = [a for a in alarms if a.silenced_until is None]
    for alarm in loud[:_ALARMS_SHOWN]:
        ctx.out("! " + line(ctx, alarm))
    if hidden := len(alarms) - min(len(loud), _ALARMS_SHOWN):
        ctx.out(
            text(
                "{n} more alarms, {s} of them silenced: fleet alarms list",
                "另有 {n} 条告警（其中静默 {s} 条）：fleet alarms list",
                n=hidden,
                s=len(alarms) - len(loud),
            )
        )
    if (last := _rollout(view)) is not None:
        from fleet.cli.running import STATUS_TEXT

        ctx.out(
            text(
                "last rollout {r}: {s}", "最近一次下发 {r}：{s}", r=last[0], s=STATUS_TEXT[last[1]]
            )
        )


def _watching(view: StatusView) -> list[Text]:
    """One line where all collectors fare alike, else one a district; silence is told."""
    beats = {} if view.history is None else view.history.beats()
    if view.history is None or not beats:
        return [
            text(
                "no collector has run here: states are unknown (fleet collector run)",
                "此处未运行过采集服务：设备状态未知（fleet collector run）",
            )
        ]
    if view.history.fresh() and {d.code for d in view.city.districts} <= set(beats):
        oldest = max(beats.values())
        return [text("watched, last sign {a:.0f} s ago", "监视中，{a:.0f} 秒前有心跳", a=oldest)]
    found = []
    for district in view.city.districts:
        age = beats.get(district.code)
        if age is None:
            found.append(text("{d}: never watched", "{d}：从未监视", d=district.code))
        elif view.history.holds(age):
            found.append(
                text("{d}: watched, last sign {a:.0f} s ago", "{d}：监视中，{a:.0f} 秒前有心跳",
                     d=district.code, a=age)
            )  # fmt: skip
        else:
            found.append(
                text(
                    "{d}: not watched: the collector's last sign was {a:.0f} s ago",
                    "{d}：未在监视：采集服务最近心跳在 {a:.0f} 秒前",
                    d=district.code,
                    a=age,
                )
            )
    return found


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
        "{d} ({g}): registrar says {u}{a}; recorder says {l}; catalog: {c}; "
        "last keepalive by the recorder's own count: {k}",
        "{d}（{g}）：注册服务称{u}{a}；录像机称{l}；目录：{c}；录像机自计的最近保活：{k}",
        d=up.device,
        g=up.gb_id,
        u=_word(up.registrar),
        a=_age(up.registrar),
        l=_word(up.recorder),
        c=catalog,
        # No firmware that we know tells it: named as unknown, and not left out.
        k=text("unknown", "未知")
        if up.recorder.keepalive_age_s is None
        else text("{s:.0f} s ago", "{s:.0f} 秒前", s=up.recorder.keepalive_age_s),
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
