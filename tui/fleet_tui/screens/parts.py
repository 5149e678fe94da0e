"""Lines that several screens show: counts by state, a rollout in a line, an uplink, an event."""

from __future__ import annotations

from collections.abc import Callable, Reversible, Sequence
from itertools import islice
from typing import TYPE_CHECKING

from rich.cells import cell_len

from fleet.app.alarms import meaning
from fleet.app.watch import STATUS_WORDS, word
from fleet.model.observation import Registration
from fleet.model.text import Text, text
from fleet.ports.health import Alarm
from fleet.rollout import records
from fleet_tui.cells import Line
from fleet_tui.look import fit
from fleet_tui.store import when
from fleet_tui.store.facts import Event, seconds
from fleet_tui.store.picture import Uplink
from fleet_tui.store.states import State, face

if TYPE_CHECKING:
    from fleet_tui.app import FleetTui

_PLUMBING = frozenset({records.INTENT, records.TREE, records.PROVEN})
_WEIGHT = {"info": "dim", "good": "good", "warn": "warn", "bad": "bad"}
_WEIGHT_GLYPH = {"info": " ", "good": ".", "warn": "~", "bad": "!"}
STATUS_STYLE = {
    "running": "link",
    "done": "good",
    "partial": "warn",
    "paused": "warn",
    "waiting": "warn",
    "interrupted": "warn",
}


def rule(fleet: FleetTui, title: str, width: int) -> Line:
    """A line across the screen that bears a title."""
    shown = f"{fleet.look.line * 2} {title} " if title else ""
    return [(shown, "head"), (fleet.look.line * max(0, width - cell_len(shown)), "dim")]


def counts_line(fleet: FleetTui, count: Callable[[State], int]) -> Line:
    """` . verified 31  ! failed 2`: worst first, states that nothing is in left out."""
    line: Line = []
    for state in reversed(State):
        if number := count(state):
            shown = face(state)
            line.append(
                (f" {shown.glyph} {shown.word.render(fleet.lang)} {number} ", f"s{state:d}")
            )
    return line or [(" -", "dim")]


def rollout_line(fleet: FleetTui, width: int) -> Line:
    """The newest rollout in one line."""
    facts = fleet.picture.facts
    state = facts.newest()
    if state is None:
        return [(f" {text('no rollout yet', '尚无任何下发').render(fleet.lang)}", "dim")]
    status = facts.status(state.id)
    steps, done, failed = int(state.data["steps"]), len(state.done()), len(state.failed())
    bar = fleet.look.bar(done, steps, 10 if width < 110 else 20)
    line: Line = [
        (f" {state.id} ", "strong"),
        (f"{word(STATUS_WORDS, status).render(fleet.lang)} ", STATUS_STYLE.get(status, "bad")),
        (f"{bar} ", STATUS_STYLE.get(status, "bad")),
        (text("steps {d}/{s} ", "步骤 {d}/{s} ", d=done, s=steps).render(fleet.lang), ""),
    ]
    if failed:
        line.append((text("failed {f} ", "失败 {f} ", f=failed).render(fleet.lang), "bad"))
    if status == "running":
        rate = facts.rate(state.id, fleet.now().timestamp())
        line.append((text("{r:.1f}/s", "{r:.1f}/秒", r=rate).render(fleet.lang), "dim"))
    return line


def alarm_lines(fleet: FleetTui, alarms: Sequence[Alarm]) -> list[Line]:
    """One line a cause: what stands, since when, and how many devices are behind it."""
    return [_alarm(fleet, alarm) for alarm in alarms]


def _alarm(fleet: FleetTui, alarm: Alarm) -> Line:
    since = when.short(alarm.begun, fleet.now(), fleet.zone)
    behind = text("", "")
    if alarm.behind:
        behind = text(", {n} devices behind it", "，涉及设备 {n} 台", n=len(alarm.behind))
    # The long sentence comes last: what a narrow screen cuts is the part known by heart.
    said = text(" since {t}{b}: {w}", " 自 {t}{b}：{w}", t=since, b=behind, w=meaning(alarm.kind))
    return [
        (" X ", f"s{State.OFFLINE:d}"),
        (alarm.subject, "strong"),
        (said.render(fleet.lang), f"s{State.OFFLINE:d}"),
    ]


def uplink_lines(fleet: FleetTui, links: Sequence[Uplink]) -> list[Line]:
    """One line a recorder: what the registrar says, and what the recorder was last seen to hold."""
    if not links:
        return [[(f" {text('no uplink', '无上联').render(fleet.lang)}", "dim")]]
    return [_uplink(fleet, link) for link in links]


def _uplink(fleet: FleetTui, link: Uplink) -> Line:
    heard = fleet.picture.registrations.get(link.device)
    said = heard[0] if heard is not None else None
    up = said.registered if said is not None else None
    style = "dim" if up is None else "good" if up else "bad"
    glyph = {None: "?", True: ".", False: "X"}[up]
    return [
        (f" {glyph} ", style),
        (fit(link.device, 16), "strong"),
        (
            text("registrar: {w} ", "注册服务：{w} ", w=registrar_word(link, said)).render(
                fleet.lang
            ),
            style,
        ),
        (
            text("| recorder: {w}", "| 录像机：{w}", w=recorder_word(fleet, link.device)).render(
                fleet.lang
            ),
            "dim",
        ),
    ]


def registrar_word(link: Uplink, said: Registration | None) -> Text:
    """What the upper side says of a recorder."""
    if not link.asked:
        return text("the operator's platform cannot be asked", "运营方平台无法查询")
    if said is None or said.registered is None:
        return text("unknown", "未知")
    if not said.registered:
        return text("not registered", "未注册")
    parts = text("registered", "已注册")
    if said.keepalive_age_s is not None:
        parts = text(
            "{p}, keepalive {a:.0f}s ago", "{p}，{a:.0f} 秒前保活", p=parts, a=said.keepalive_age_s
        )
    if said.credential_version is not None:
        parts = text("{p}, v{v}", "{p}，v{v}", p=parts, v=said.credential_version)
    return parts


def recorder_word(fleet: FleetTui, device: str) -> Text:
    """What the recorder itself was last seen to hold; it is never asked from here."""
    known = fleet.picture.facts.devices.get(device)
    seen = known.fields.get("gb_enabled") if known is not None else None
    if seen is None:
        return text("unknown", "未知")
    at = when.short(seen.at, fleet.now(), fleet.zone)
    if seen.value is True:
        return text("enabled, read {a}", "已启用，{a} 读得", a=at)
    return text("not enabled, read {a}", "未启用，{a} 读得", a=at)


def newest(events: Reversible[Event], count: int, rollout: str | None = None) -> list[Event]:
    """The newest events that say how something ended; every permit would drown them."""
    told = (e for e in reversed(events) if e.kind not in _PLUMBING and rollout in (None, e.rollout))
    return list(islice(told, max(0, count)))


def event_line(fleet: FleetTui, event: Event, width: int) -> Line:
    """Time, weight, and the sentence."""
    style = _WEIGHT[event.told.weight]
    at = when.short(event.at, fleet.now(), fleet.zone)
    said = event.told.said.render(fleet.lang)
    return [
        (f" {fit(at, 11)} ", "dim"),
        (f"{_WEIGHT_GLYPH[event.told.weight]} ", style),
        (fit(said, max(10, width - 15)), style if event.told.weight in ("bad", "warn") else ""),
    ]


def age(fleet: FleetTui, stamp: str) -> str:
    """How long ago something was, `4m05s`; empty for never."""
    return when.lasting(max(0.0, fleet.now().timestamp() - seconds(stamp))) if stamp else ""
