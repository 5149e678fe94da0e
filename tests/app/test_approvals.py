"""Waves that wait: stopped before, approved by name, gone on with by whoever is there."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from fleet.app.apply import Terms, apply_plan, resume
from fleet.app.rollouts import abort_dead, approve, find, request, undo
from fleet.model.errors import UnfinishedRollout, UsageError
from fleet.model.fleet import Approval, RolloutLimits
from fleet.rollout.progress import Event
from fleet.rollout.run import Result
from fleet.rollout.state import rollouts
from tests.support.fakes_city import World, cameras, world
from tests.support.fakes_plans import applied, planned
from tests.support.fakes_runs import assert_permitted, resumed


def town(folder: Path, when: Approval = "after_canary", compounds: int = 3) -> World:
    """Compounds of one camera, a wave each."""
    limits = RolloutLimits(approve=when, wave_size=1, canary="c1")
    return world(cameras(compounds, 1, limits), folder)


def compounds(w: World) -> list[str]:
    """Compounds that were written to, in order."""
    return list(dict.fromkeys(n.split("-")[0] for n in w.written()))


async def test_the_canary_runs_and_the_next_wave_waits(tmp_path: Path) -> None:
    """Status "waiting"; the journal says for which wave, and nothing of it was touched."""
    w = town(tmp_path)

    result = await applied(w)

    assert (result.status, compounds(w)) == ("waiting", ["c1"])
    state = rollouts(w.journal)[-1]
    assert (state.ended, state.waits_for()) == ("waiting", 2)
    assert state.resumable(w.processes)


async def test_an_approval_is_journalled_and_a_resume_goes_on_to_the_end(tmp_path: Path) -> None:
    """Who approved which wave of which plan; only the wave after the canary waits."""
    w = town(tmp_path)
    first = await applied(w)
    app = w.app()

    number = approve(app, find(app, None, only="waiting"))
    result = await resume(w.app(), first.rollout, lambda _: None, lambda _: None)

    assert number == 2
    assert (result.status, compounds(w)) == ("done", ["c1", "c2", "c3"])
    (record,) = w.journal.kinds("rollout.approved")
    (started,) = w.journal.kinds("rollout.started")
    assert dict(record.data) == {"wave": 2, "actor": "tester", "plan": started.data["plan"]}
    assert_permitted(w)


async def test_a_resume_without_an_approval_waits_again(tmp_path: Path) -> None:
    """Nobody gets round it by resuming; it is asked for once."""
    w = town(tmp_path)
    await applied(w)

    result = await resumed(w)

    assert (result.status, compounds(w)) == ("waiting", ["c1"])
    assert len(w.journal.kinds("rollout.waiting")) == 1


async def test_every_wave_waits_by_itself(tmp_path: Path) -> None:
    """An approval is for one wave."""
    w = town(tmp_path, "every_wave")
    await applied(w)
    approve(w.app(), rollouts(w.journal)[-1])
    second = await resumed(w)

    assert (second.status, compounds(w)) == ("waiting", ["c1", "c2"])
    assert rollouts(w.journal)[-1].waits_for() == 3


async def test_never_is_the_default(tmp_path: Path) -> None:
    """A fleet that declares nothing runs as ever."""
    w = town(tmp_path, "never")

    assert (await applied(w)).status == "done"


async def test_a_process_that_waits_goes_on_by_itself(tmp_path: Path) -> None:
    """With `waits` it stays; somebody else's approval reaches it over the journal."""
    w = town(tmp_path)
    run, _ = await _waiting(w)

    assert rollouts(w.journal)[-1].ended == ""
    approve(w.app(), rollouts(w.journal)[-1])
    result = await run

    assert (result.status, compounds(w)) == ("done", ["c1", "c2", "c3"])


@pytest.mark.parametrize(("verb", "status"), [("pause", "paused"), ("abort", "aborted")])
async def test_a_waiting_process_can_be_stopped(tmp_path: Path, verb: str, status: str) -> None:
    """Waiting is no deafness."""
    w = town(tmp_path)
    run, app = await _waiting(w)

    assert request(app, rollouts(w.journal)[-1], verb)
    result = await run

    assert (result.status, compounds(w)) == (status, ["c1"])


async def test_a_process_that_died_waiting_is_approved_and_taken_up(tmp_path: Path) -> None:
    """Its approval was asked for in the journal, so it can be given there."""
    w = town(tmp_path)
    run, _ = await _waiting(w)
    w.journal.fail_at = w.journal.appends + 1  # it cannot even say that it ends
    run.cancel()
    await asyncio.gather(run, return_exceptions=True)
    w.mend()
    state = rollouts(w.journal)[-1]
    assert state.status(w.processes) == "died"

    approve(w.app(), state)
    result = await resumed(w)

    assert (result.status, compounds(w)) == ("done", ["c1", "c2", "c3"])


async def test_an_approval_that_nobody_asked_for_is_refused(tmp_path: Path) -> None:
    """Neither before the canary ended nor twice nor after the end."""
    w = town(tmp_path)
    await applied(w)
    approve(w.app(), rollouts(w.journal)[-1])

    with pytest.raises(UsageError):
        approve(w.app(), rollouts(w.journal)[-1])
    await resumed(w)
    with pytest.raises(UsageError):
        approve(w.app(), rollouts(w.journal)[-1])


async def test_a_waiting_rollout_stands_in_the_way_of_another(tmp_path: Path) -> None:
    """Approve, or abort it first: two plans must not interleave."""
    w = town(tmp_path)
    await applied(w)

    with pytest.raises(UnfinishedRollout):
        await applied(w, (await planned(w)).plan)
    await abort_dead(w.app(), rollouts(w.journal)[-1])
    assert rollouts(w.journal)[-1].waits_for() is None
    assert (await applied(w, (await planned(w)).plan)).status == "waiting"


async def test_a_failed_canary_asks_for_no_approval(tmp_path: Path) -> None:
    """What is halted is not waiting."""
    w = town(tmp_path)
    plan = (await planned(w)).plan
    w.devices["c1-cam-1"].unreachable = True

    result = await apply_plan(w.app(), plan, lambda _: None, lambda _: None, fresh=False)

    assert result.status == "halted"
    assert w.journal.kinds("rollout.waiting") == []


async def test_an_undo_waits_for_nobody(tmp_path: Path) -> None:
    """What is wanted back is wanted now."""
    w = town(tmp_path)
    first = await applied(w)
    approve(w.app(), rollouts(w.journal)[-1])
    await resume(w.app(), first.rollout, lambda _: None, lambda _: None)

    result = await undo(w.app(), find(w.app(), first.rollout), lambda _: None, lambda _: None)

    assert result is not None
    assert result.status == "done"


async def _waiting(w: World) -> tuple[asyncio.Task[Result], object]:
    """Start an apply that waits in its process, up to where it waits."""
    plan = (await planned(w)).plan
    asked = asyncio.Event()

    def heard(event: Event) -> None:
        if event.kind == "waiting" and event.detail == "approval":
            asked.set()

    app = w.app()
    run = asyncio.create_task(apply_plan(app, plan, heard, lambda _: None, terms=Terms(waits=True)))
    async with asyncio.timeout(10):
        await asked.wait()
    return run, app
