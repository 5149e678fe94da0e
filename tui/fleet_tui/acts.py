"""What commands do, and how an act on a rollout is asked for, confirmed, started and reported."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from fleet.app.watch import STATUS_WORDS, VERB_WORDS, word
from fleet.model.errors import FleetError
from fleet.model.text import Text, text
from fleet_tui.feed import Job
from fleet_tui.screens.base import READ_ONLY
from fleet_tui.screens.confirm import Confirm
from fleet_tui.screens.plan import PlanScreen

if TYPE_CHECKING:
    from fleet_tui.app import FleetTui

# In which states of a rollout a verb makes sense.
FITS: Mapping[str, frozenset[str]] = {
    "pause": frozenset({"running"}),
    "approve": frozenset({"waiting", "running", "died"}),
    "resume": frozenset({"paused", "waiting", "interrupted", "failed", "died"}),
    "abort": frozenset({"running", "paused", "waiting", "interrupted", "failed", "died"}),
    "retry": frozenset({"done", "partial", "halted", "aborted"}),
    "undo": frozenset(
        {
            *("done", "partial", "halted", "aborted", "paused"),
            *("waiting", "interrupted", "failed", "died"),
        }
    ),
}


def ask(fleet: FleetTui, verb: str, rollout: str) -> None:
    """Check, confirm where it must be, then act; to stop is never asked twice."""
    why_not = refused(fleet, verb, rollout)
    if why_not is not None:
        fleet.tell(why_not)
        return
    if verb == "pause":
        _do(fleet, verb, rollout)
        return
    progress = fleet.progress.get(rollout)
    if progress is None:
        fleet.need_plan(rollout)
        fleet.tell(
            text("its plan is being read; once more in a moment", "正在读取其计划；请稍后再试")
        )
        return
    radius = progress.radius(verb, fleet.picture.facts.rollouts[rollout])
    if verb in ("retry", "undo") and not radius.devices:
        fleet.tell(text("there is nothing to {v}", "没有可{v}的内容", v=word(VERB_WORDS, verb)))
        return

    def confirmed(yes: bool) -> None:
        if yes:
            _do(fleet, verb, rollout)
        else:
            fleet.tell(text("not done: it was not confirmed", "未执行：没有确认"))

    fleet.push_screen(Confirm(verb, rollout, radius, confirmed))


def report(fleet: FleetTui, verb: str, job: Job) -> None:
    """Say how a started act ended."""
    ended = job.ended()
    if ended is None:
        return
    fleet.jobs = [(v, j) for v, j in fleet.jobs if j is not job]
    code, said = ended
    last = said.splitlines()[-1].strip() if said else ""
    fleet.tell(
        text(
            "{v} ended with {c}: {s}",
            "{v} 已结束，退出码 {c}：{s}",
            v=word(VERB_WORDS, verb),
            c=code,
            s=last,
        ),
        "bar-strong" if code == 0 else "danger",
    )


def refused(fleet: FleetTui, verb: str, rollout: str) -> Text | None:
    """Why an act is not let through now; None where it is."""
    if not fleet.feed.may_write:
        return READ_ONLY
    if rollout not in fleet.picture.facts.rollouts:
        return text("no such rollout: {r}", "没有这次下发：{r}", r=rollout)
    status = fleet.picture.facts.status(rollout)
    if status not in FITS[verb]:
        return text(
            "cannot {v}: the rollout is {s}",
            "无法{v}：该下发{s}",
            v=word(VERB_WORDS, verb),
            s=word(STATUS_WORDS, status),
        )
    if verb == "approve" and fleet.picture.facts.rollouts[rollout].waits_for() is None:
        return text("no wave of it waits for an approval", "没有等待批准的批次")
    return None


def _do(fleet: FleetTui, verb: str, rollout: str) -> None:
    fleet.run_worker(_act(fleet, verb, rollout))


async def _act(fleet: FleetTui, verb: str, rollout: str) -> None:
    label = word(VERB_WORDS, verb)
    try:
        running = fleet.picture.facts.status(rollout) == "running"
        if verb == "pause" or (verb == "abort" and running):
            heard = await asyncio.to_thread(fleet.feed.request, rollout, verb)
            said = text(
                "{v}: asked; it finishes what is permitted",
                "{v}：已请求；将完成已许可的写入",
                v=label,
            )
            if not heard:
                said = text("{v}: nobody is there to hear it", "{v}：没有进程可接收请求", v=label)
        else:
            fleet.jobs.append((verb, await asyncio.to_thread(fleet.feed.start, verb, rollout)))
            said = text("{v}: started", "{v}：已启动", v=label)
    except FleetError as error:
        fleet.tell(error.summary, "danger")
        return
    fleet.tell(said, "bar-strong")


def _overview(fleet: FleetTui, _argument: str) -> None:
    fleet.show("overview")


def _rollout(fleet: FleetTui, argument: str) -> None:
    if argument:
        fleet.show_rollout(argument)
    else:
        fleet.show("rollout")


def _filtered(name: str) -> Callable[[FleetTui, str], None]:
    def do(fleet: FleetTui, argument: str) -> None:
        fleet.show(name)
        screen = fleet.shown
        if screen is not None and argument:
            screen.query_text = argument
            screen.call_after_refresh(screen.choose)

    return do


def _plan(fleet: FleetTui, argument: str) -> None:
    try:
        plan = fleet.feed.plan_file(argument)
    except FleetError as error:
        fleet.tell(error.summary)
        return
    fleet.push_screen(PlanScreen(plan, argument))


def _lang(fleet: FleetTui, argument: str) -> None:
    if argument in ("zh", "en"):
        fleet.switch_language("zh" if argument == "zh" else "en")
    else:
        fleet.tell(text("zh or en", "zh 或 en"))


def _quit(fleet: FleetTui, _argument: str) -> None:
    fleet.exit(0)


def _verb(verb: str) -> Callable[[FleetTui, str], None]:
    def do(fleet: FleetTui, argument: str) -> None:
        newest = fleet.picture.facts.newest()
        rollout = argument or (newest.id if newest is not None else "")
        if not rollout:
            fleet.tell(text("there is no rollout yet", "尚无任何下发"))
            return
        ask(fleet, verb, rollout)

    return do


DOES: Mapping[str, Callable[[FleetTui, str], None]] = {
    "overview": _overview,
    "devices": _filtered("devices"),
    "events": _filtered("events"),
    "findings": _filtered("findings"),
    "help": _filtered("help"),
    "compound": lambda fleet, argument: fleet.show_compound(argument),
    "device": lambda fleet, argument: fleet.show_device(argument),
    "rollout": _rollout,
    "plan": _plan,
    "lang": _lang,
    "quit": _quit,
    **{verb: _verb(verb) for verb in FITS},
}
