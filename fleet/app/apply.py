"""Applying a sealed plan, and taking up a rollout whose process ended or died."""

from __future__ import annotations

import secrets as random
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass

from fleet.app.compose import moved_fields, seals
from fleet.app.consent import check_consents
from fleet.app.context import App
from fleet.app.observe import observe
from fleet.app.select import select
from fleet.model.errors import (
    AlteredPlan,
    EngineError,
    FleetError,
    LockHeld,
    StalePlan,
    UnfinishedRollout,
    UsageError,
)
from fleet.model.plan import Plan
from fleet.model.text import join, text
from fleet.plan.canonical import canonical_bytes
from fleet.plan.document import from_document, to_document
from fleet.plan.platform import needs_stack
from fleet.plan.seal import stale_reasons
from fleet.rollout import records
from fleet.rollout.progress import Listener
from fleet.rollout.prove import RegistrationProof
from fleet.rollout.run import Result, Rollout
from fleet.rollout.state import RolloutState, rollout, unfinished
from fleet.rollout.tools import Tools
from fleet.rollout.verify import Verifier

OnRollout = Callable[[Rollout], None]


@dataclass(frozen=True)
class Terms:
    """On which terms a rollout runs.

    `accepted` are the kinds of need that the operator consents to. With `waits` the process waits
    for approvals; without, it ends as "waiting" and is taken up once they are there.
    """

    accepted: frozenset[str] = frozenset()
    waits: bool = False


NO_TERMS = Terms()


async def check_fresh(app: App, plan: Plan) -> None:
    """Compare a plan with the inventory, the code and the devices as they are now.

    Raises:
        StalePlan: something differs; every reason is named and nothing was written.
        AlteredPlan: the plan is for another city.
    """
    if plan.city != app.city.code:
        raise AlteredPlan(
            text(
                "the plan is for city {p}, this is {c}",
                "计划属于城市 {p}，当前为 {c}",
                p=plan.city,
                c=app.city.code,
            )
        )
    if plan.observed_at is not None:
        raise StalePlan(
            text(
                "the plan was made from an observation and is for review alone",
                "该计划依据观测生成，仅供评审",
            ),
            text(
                "fleet apply FILE plans again and runs the content that was reviewed",
                "fleet apply FILE 会重新计划并执行评审过的内容",
            ),
        )
    compounds = {c.id: c for c in app.city.compounds()}
    inventory = {c: compounds[c].content for c in plan.seal.inventory if c in compounds}
    reasons = stale_reasons(plan.seal, inventory, app.code, {})
    if not reasons:
        devices = [d for d in app.city.devices() if d.id in plan.seal.observed]
        seen = await observe(app, devices)
        now = seals(app.proven(), devices, seen)
        moved = moved_fields(plan, devices, seen)
        reasons = stale_reasons(plan.seal, inventory, app.code, now, moved)
    if reasons:
        raise StalePlan(
            text("the plan is stale: {why}", "计划已过期：{why}", why=join(reasons)),
            text("nothing was written; plan again", "未写入任何内容；请重新生成计划"),
        )


async def apply_plan(
    app: App,
    plan: Plan,
    listener: Listener,
    on_rollout: OnRollout,
    fresh: bool = True,
    undo_of: str = "",
    terms: Terms = NO_TERMS,
) -> Result:
    """Run a plan as a new rollout.

    Args:
        app: the city.
        plan: sealed.
        listener: hears progress.
        on_rollout: gets the running rollout, to stop it.
        fresh: whether to check first that the plan still fits (a plan made this moment does).
        undo_of: the rollout that this one undoes.
        terms: what the operator consented to, and whether to wait for approvals.

    Raises:
        ConsentNeeded: the plan needs a consent that is not among the terms.
        LockHeld: somebody else acts on one of the compounds or stacks.
        UnfinishedRollout: an earlier rollout must be resumed or aborted first.
        StalePlan: see `check_fresh`.
    """
    with start(app, plan, "apply", undo_of, terms) as begin:
        if fresh:
            await check_fresh(app, plan)
        running = Rollout(plan, begin(), tools_of(app, listener), terms.waits)
        on_rollout(running)
        return await running.run()


@contextmanager
def start(
    app: App, plan: Plan, purpose: str, undo_of: str = "", terms: Terms = NO_TERMS
) -> Iterator[Callable[[], RolloutState]]:
    """Hold the leases; the yielded function journals the start once all checks are passed.

    Raises:
        ConsentNeeded: as in apply.
        LockHeld, UnfinishedRollout: as in apply.
        SecretError: a secret that a grant will need cannot be resolved.
    """
    check_consents(plan, terms.accepted)
    with _hold(app, plan, purpose):
        _nothing_unfinished(app, plan, undo_of)

        def begin() -> RolloutState:
            _resolve_all(app, plan)
            rollout_id = _new_id(app)
            app.plans.put(rollout_id, canonical_bytes(to_document(plan)))
            me, given = app.processes.me(), terms.accepted
            began = records.started(rollout_id, plan, me, app.actor, undo_of, given)
            app.journal.append([began])
            return _known(rollout(app.journal, rollout_id))

        yield begin


async def resume(
    app: App,
    rollout_id: str,
    listener: Listener,
    on_rollout: OnRollout,
    waits: bool = False,
) -> Result:
    """Take up a rollout that was paused, interrupted, failed, or whose process died.

    Raises:
        LockHeld: its process lives, or somebody else acts on its compounds.
        UsageError: it ended and cannot be taken up.
        SecretError: a secret that a grant will need cannot be resolved.
        EngineError: a process of its old tree cannot be ended.
    """
    state = _known(rollout(app.journal, rollout_id))
    plan = from_document(app.plans.get(rollout_id))
    with _hold(app, plan, "resume"):
        if not state.resumable(app.processes):
            raise _not_resumable(app, state)
        prove_dead(app, state)
        _resolve_all(app, plan)
        app.journal.append([records.resumed(rollout_id, app.processes.me(), app.actor)])
        now = _known(rollout(app.journal, rollout_id))
        running = Rollout(plan, now, tools_of(app, listener), waits)
        on_rollout(running)
        return await running.run()


def prove_dead(app: App, state: RolloutState) -> None:
    """End what a dead rollout left running, and prove it gone, before anything is decided.

    Raises:
        EngineError: a process cannot be ended; it is named.
    """
    for process in state.processes:
        if app.processes.alive(process) and not app.processes.end(process, 0.0):
            raise EngineError(
                text(
                    "process {p} of rollout {r} still runs and cannot be ended",
                    "下发 {r} 的进程 {p} 仍在运行且无法结束",
                    p=process.pid,
                    r=state.id,
                )
            )


def tools_of(app: App, listener: Listener) -> Tools:
    """What a rollout needs, out of the app."""
    return Tools(
        journal=app.journal,
        clock=app.clock,
        processes=app.processes,
        drivers=app.drivers,
        runner=app.runner,
        engine=app.engine,
        credentials=app.credentials(),
        proof=RegistrationProof.of(app.city, app.upper, app.clock),
        verifier=Verifier(app.city, app.upper, app.clock),
        socket_dir=app.socket_dir,
        listener=listener,
    )


def leases_of(app: App, targets: Sequence[str]) -> list[str]:
    """The leases of an apply that plans by itself: its compounds, and the stacks they need."""
    compounds = [c for c, _ in select(app.city, targets)]
    needed = {c.district for c in compounds if needs_stack(c) or not targets}
    stacks = [d.code for d in app.city.districts if d.platform is not None and d.code in needed]
    return [f"compound/{c.id}" for c in compounds] + [f"stack/{code}" for code in stacks]


def _hold(app: App, plan: Plan, purpose: str) -> AbstractContextManager[None]:
    compounds = [c for wave in plan.waves for c in wave.compounds]
    names = [f"compound/{c}" for c in compounds]
    names += [f"stack/{s.spec.district}" for s in plan.stacks if s.dirty]
    return app.hold(names, purpose)


def _nothing_unfinished(app: App, plan: Plan, undo_of: str) -> None:
    compounds = [c for wave in plan.waves for c in wave.compounds]
    state = unfinished(app.journal, app.processes, compounds)
    if state is not None and state.id != undo_of:
        raise UnfinishedRollout(
            text(
                "rollout {r} of {a} since {t} is unfinished ({s})",
                "{a} 自 {t} 起的下发 {r} 尚未结束（{s}）",
                r=state.id,
                a=state.actor,
                t=state.started_at,
                s=state.status(app.processes),
            ),
            text(
                "fleet rollout resume {r}   or   fleet rollout abort {r}",
                "fleet rollout resume {r}   或   fleet rollout abort {r}",
                r=state.id,
            ),
        )


def _resolve_all(app: App, plan: Plan) -> None:
    """Every secret that a grant will need resolves now, before anything is written."""
    credentials = app.credentials()
    for work in plan.works:
        credentials.login(work.target.device, work.login)
        for step in work.steps:
            credentials.values(step)


def _not_resumable(app: App, state: RolloutState) -> FleetError:
    status = state.status(app.processes)
    if status == "running":
        return LockHeld(
            text(
                "rollout {r} runs: {a}, pid {p} on {h}",
                "下发 {r} 正在运行：{a}，进程 {p}，主机 {h}",
                r=state.id,
                a=state.actor,
                p=state.caller.pid,
                h=state.caller.host,
            )
        )
    return UsageError(
        text("rollout {r} has ended ({s})", "下发 {r} 已结束（{s}）", r=state.id, s=status),
        text(
            "plan again, or: fleet rollout retry {r}",
            "请重新计划，或 fleet rollout retry {r}",
            r=state.id,
        ),
    )


def _known(state: RolloutState | None) -> RolloutState:
    if state is None:
        raise UsageError(
            text("no such rollout", "没有这次下发"),
            text("see: fleet rollout list", "请看：fleet rollout list"),
        )
    return state


def _new_id(app: App) -> str:
    """Sortable by time and unique: r20261124T104500-3f9c."""
    stamp = app.clock.now()[:19].replace("-", "").replace(":", "")
    return f"r{stamp}-{random.token_hex(2)}"
