"""Acting on rollouts from anywhere: list, show, pause, abort, retry, undo."""

from __future__ import annotations

from collections.abc import Sequence

from fleet.app.apply import NO_TERMS, OnRollout, Terms, apply_plan, prove_dead
from fleet.app.compose import seals
from fleet.app.context import App
from fleet.app.observe import observe
from fleet.model.change import DeviceWork, Fidelity, FieldChange, Step
from fleet.model.errors import LockHeld, UsageError
from fleet.model.plan import Plan, Seal
from fleet.model.text import text
from fleet.plan.document import from_document
from fleet.plan.links import needs_of
from fleet.plan.seal import sealed
from fleet.plan.waves import waves
from fleet.rollout import records
from fleet.rollout.progress import Listener
from fleet.rollout.prove import RegistrationProof
from fleet.rollout.run import Result
from fleet.rollout.settle import Settler
from fleet.rollout.state import RolloutState, rollout, rollouts


def find(app: App, rollout_id: str | None, only: str = "") -> RolloutState:
    """The named rollout, or the newest (of those that are `only`: "resumable" or "waiting").

    Raises:
        UsageError: there is none.
    """
    if rollout_id is not None:
        state = rollout(app.journal, rollout_id)
        if state is None:
            raise UsageError(
                text("no such rollout: {r}", "没有这次下发：{r}", r=rollout_id),
                text("see: fleet rollout list", "请看：fleet rollout list"),
            )
        return state
    found = rollouts(app.journal)
    if only == "resumable":
        found = [s for s in found if s.resumable(app.processes)]
    if only == "waiting":
        found = [s for s in found if s.waits_for() is not None] or found[-1:]
    if not found:
        raise UsageError(text("there is no rollout yet", "尚无任何下发"))
    return found[-1]


def request(app: App, state: RolloutState, verb: str) -> bool:
    """Ask a running rollout to pause or abort; False where no process is there to hear it."""
    if state.status(app.processes) != "running":
        return False
    app.journal.append([records.request(state.id, verb, app.actor)])
    return True


def wave_compounds(app: App, rollout_id: str, number: int) -> Sequence[str]:
    """The compounds of one wave of a rollout's plan."""
    plan = from_document(app.plans.get(rollout_id))
    return next(w.compounds for w in plan.waves if w.number == number)


def approve(app: App, state: RolloutState) -> int:
    """Journal that the waiting wave of a rollout is approved; its number.

    The process that waits goes on by itself; an ended or dead one is taken up by a resume.

    Raises:
        UsageError: it waits for nobody's approval.
    """
    number = state.waits_for()
    if number is None:
        raise UsageError(
            text("rollout {r} waits for no approval", "下发 {r} 没有等待批准的批次", r=state.id),
            text("see: fleet rollout show {r}", "请看：fleet rollout show {r}", r=state.id),
        )
    plan = from_document(app.plans.get(state.id))
    app.journal.append([records.approved(state.id, number, plan.seal.digest, app.actor)])
    return number


async def abort_dead(app: App, state: RolloutState) -> dict[str, str]:
    """End a rollout whose process is gone: settle what is open by looking, then close it.

    Returns the outcome of each step that was open. Nothing is written to a device; a change that
    was permitted and stands on trial is kept or waited out, as by a resume.

    Raises:
        LockHeld: somebody acts on its compounds.
    """
    plan = from_document(app.plans.get(state.id))
    names = [f"compound/{c}" for c in state.data["compounds"]]
    with app.leases.hold(names, "abort"):
        prove_dead(app, state)
        proof = RegistrationProof.of(app.city, app.upper, app.clock)
        settler = Settler(state.id, app.journal, app.clock, app.drivers, app.credentials(), proof)
        open_steps = state.unsettled()
        found = await settler.settle(
            [(w, s) for w in plan.works for s in w.steps if s.id in open_steps]
        )
        app.journal.append([records.ended(state.id, "aborted")])
        return {k: v.outcome for k, v in found.items()}


async def undo(
    app: App,
    state: RolloutState,
    listener: Listener,
    on_rollout: OnRollout,
    terms: Terms = NO_TERMS,
) -> Result | None:
    """Put back the recorded values of everything a rollout wrote, as a rollout of its own.

    Activation and passwords are never undone (they would restore a default). None: there is
    nothing to put back.

    Raises:
        ConsentNeeded: putting back needs a consent that is not among the terms.
        LockHeld: the rollout still runs.
        StalePlan: a device no longer stands as the rollout left it.
    """
    if state.status(app.processes) == "running":
        raise LockHeld(
            text(
                "rollout {r} still runs; abort it first", "下发 {r} 仍在运行；请先中止", r=state.id
            )
        )
    # A paused one is closed too: resumed later it would take its undone steps for done.
    if state.resumable(app.processes) or state.unsettled():
        await abort_dead(app, state)
        state = find(app, state.id)
    plan = await undo_plan(app, from_document(app.plans.get(state.id)), state.done())
    if plan.empty:
        return None
    return await apply_plan(
        app, plan, listener, on_rollout, fresh=False, undo_of=state.id, terms=terms
    )


async def undo_plan(app: App, plan: Plan, done: set[str]) -> Plan:
    """The reverse of what was done: readable fields back to their recorded values.

    It waits for nobody's approval: what is undone was wanted back by somebody at the keyboard.
    """
    works = [w for w in (_reversed(work, done) for work in plan.works) if w.steps]
    compounds = list(dict.fromkeys(w.compound for w in works))
    sizes = {c: sum(w.compound == c for w in works) for c in compounds}
    ids = {w.target.device for w in works}
    devices = [d for d in app.city.devices() if d.id in ids]
    seen = await observe(app, devices)
    contents = {c.id: c.content for c in app.city.compounds() if c.id in compounds}
    return sealed(
        Plan(
            city=plan.city,
            created_at=app.clock.now(),
            targets=tuple(compounds),
            limits=plan.limits.model_copy(update={"approve": "never"}),
            waves=tuple(waves(compounds, sizes, plan.limits)),
            works=tuple(works),
            needs=needs_of(app.city, app.drivers, works),
            seal=Seal(
                inventory=contents,
                code=app.code,
                observed=seals(app.proven(), devices, seen),
                commit=app.commit,
            ),
        )
    )


def failed_devices(state: RolloutState) -> Sequence[str]:
    """Devices of a rollout that failed, were stale or are in doubt."""
    return sorted(state.failed())


def to_retry(app: App, state: RolloutState) -> Sequence[str]:
    """What `retry` plans again: devices that failed, were held, or could not even be read.

    A device that has left the inventory since is not meant any more.
    """
    unread = from_document(app.plans.get(state.id)).faults
    known = {d.id for d in app.city.devices()}
    return sorted({*failed_devices(state), *state.held, *unread} & known)


def _reversed(work: DeviceWork, done: set[str]) -> DeviceWork:
    steps = [
        Step(
            id=step.id,
            device=step.device,
            resource=step.resource,
            changes=tuple(
                FieldChange(field=c.field, before=c.after, after=c.before, fidelity=Fidelity.EXACT)
                for c in step.readable
            ),
        )
        for step in work.steps
        if step.id in done and step.readable
    ]
    return work.model_copy(update={"steps": tuple(steps)})
