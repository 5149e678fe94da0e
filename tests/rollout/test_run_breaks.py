"""Rollouts that stop or break: requests, signals, killed trees, engines, a failing journal."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path

import pytest

from fleet.app.rollouts import request
from fleet.model.errors import EngineError, StalePlan, StoreError
from fleet.model.fleet import RolloutLimits
from fleet.model.text import text
from fleet.rollout.progress import Event
from fleet.rollout.run import Rollout
from fleet.rollout.state import rollout, rollouts
from tests.support.fakes_city import (
    cameras,
    city,
    compound,
    device,
    recorder,
    uplink,
    world,
)
from tests.support.fakes_devices import Fault
from tests.support.fakes_plans import applied, planned
from tests.support.fakes_runs import assert_permitted, resumed

ALL = RolloutLimits(tolerated_failures=9)


@pytest.mark.parametrize(("verb", "status"), [("pause", "paused"), ("abort", "aborted")])
async def test_a_request_from_another_terminal_is_obeyed(
    tmp_path: Path, verb: str, status: str
) -> None:
    """Journalled by somebody else, heard by the run: what is permitted is finished, no more."""
    w = world(cameras(3, 1), tmp_path)
    other = w.app()

    def ask(event: Event) -> None:
        if event.kind == "wave" and event.wave == 1:
            assert request(other, rollouts(w.journal)[-1], verb)

    result = await applied(w, listener=ask)

    assert result.status == status
    assert result.left > 0
    assert {r.data["step"] for r in w.journal.kinds("step.intent")} == {
        r.data["step"] for r in w.journal.kinds("step.settled")
    }


async def test_a_paused_rollout_is_taken_up_where_it_stopped(tmp_path: Path) -> None:
    """Nothing is written twice over both runs, and all is done at the end."""
    w = world(cameras(3, 2), tmp_path)
    running: list[Rollout] = []

    def stop(event: Event) -> None:
        if event.kind == "settled" and not w.trace.of("stopped"):
            w.trace.note("stopped", "")
            running[0].stop("pause")

    first = await applied(w, listener=stop, on_rollout=running.append)
    second = await resumed(w)

    assert (first.status, second.status, second.left) == ("paused", "done", 0)
    assert 0 < first.done < second.done
    assert len(w.written()) == len(set(w.written())) == second.done
    assert_permitted(w)


async def test_an_interrupt_finishes_what_is_permitted(tmp_path: Path) -> None:
    """First Ctrl-C: the step under way is settled, the next is not begun, and it can go on."""
    w = world(cameras(1, 3), tmp_path)
    running: list[Rollout] = []

    def stop(event: Event) -> None:
        if event.kind == "granted":
            running[0].stop("interrupt")

    result = await applied(w, listener=stop, on_rollout=running.append)

    assert result.status == "interrupted"
    assert (len(w.written()), result.done) == (1, 1)
    assert (await resumed(w)).status == "done"


async def test_cancelling_leaves_a_truthful_state(tmp_path: Path) -> None:
    """Second Ctrl-C: ended as interrupted, an unsettled step stays so and a resume settles it."""
    w = world(cameras(1, 1), tmp_path)
    w.devices["c1-cam-1"].faults.append(Fault("blind", "time", late_s=5, times=1))
    written = w.trace.next("write")
    task = asyncio.create_task(applied(w))
    await written.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    state = rollouts(w.journal)[-1]
    assert state.ended == "interrupted"
    assert list(state.unsettled()) == ["c1-cam-1/01-time"]

    assert (await resumed(w)).status == "done"
    assert w.written().count("c1-cam-1/time") == 1


async def test_a_tree_that_breaks_once_is_run_again(tmp_path: Path) -> None:
    """Killed after its first write: what is open is settled by looking, the rest is done."""
    w = world(cameras(1, 2, ALL), tmp_path)
    w.script.append("dies")

    result = await applied(w)

    assert (result.status, result.left) == ("done", 0)
    assert len(w.written()) == len(set(w.written())) == 4
    assert_permitted(w)


async def test_a_tree_that_breaks_twice_fails_the_rollout(tmp_path: Path) -> None:
    """Not forever: it ends as failed with the tool's last words, and can be resumed."""
    w = world(cameras(1, 3), tmp_path)
    w.script += ["dies", "dies"]

    result = await applied(w)

    assert (result.status, result.detail) == ("failed", "killed in the middle")
    assert len(w.runners[0].calls) == 2

    assert (await resumed(w)).status == "done"
    assert len(w.written()) == len(set(w.written()))


async def test_a_playbook_that_drives_nothing_is_no_success(tmp_path: Path) -> None:
    """The tool says all went well, but no device was asked about: failed, never `done`."""
    w = world(cameras(2, 1), tmp_path)
    w.script += ["idle", "idle"]

    result = await applied(w)

    assert result.status == "failed"
    assert result.left == 4
    assert result.detail == "not driven: c1-cam-1"
    assert [c.compounds for c in w.runners[0].calls] == [("c1",), ("c1",)], "no wave after it"


async def test_a_broken_engine_ends_the_rollout_before_any_device(tmp_path: Path) -> None:
    """Servers come first: their failure is journalled, can be resumed, and nothing was written."""
    nvr = recorder("c1-nvr-1")
    w = world(city([compound("c1", [nvr], uplink())], platform=True), tmp_path)
    plan = (await planned(w)).plan
    w.engine.broken = True

    with pytest.raises(EngineError):
        await applied(w, plan)

    assert rollouts(w.journal)[-1].ended == "failed"
    assert w.written() == []


async def test_a_stack_refused_as_stale_left_its_rollout_running_for_ever(tmp_path: Path) -> None:
    """The engine finds another world than planned: ended as failed, the error told, no write."""
    nvr = recorder("c1-nvr-1")
    w = world(city([compound("c1", [nvr], uplink())], platform=True), tmp_path)
    plan = (await planned(w)).plan

    def stale() -> None:
        raise StalePlan(text("not as previewed", "与预览不同"))

    w.engine.during_up = stale

    with pytest.raises(StalePlan):
        await applied(w, plan)

    assert rollouts(w.journal)[-1].ended == "failed"
    assert w.written() == []


async def test_a_stack_that_is_up_is_not_brought_up_again_by_a_resume(tmp_path: Path) -> None:
    """The resolution record says so."""
    w = world(city([compound("c1", [device("c1-cam-1")])], platform=True), tmp_path)
    w.script += ["dies", "dies"]
    w.devices["c1-cam-1"].faults.append(Fault("blind", "time", late_s=1, times=1))

    await applied(w)
    await resumed(w)

    assert len(w.trace.of("engine up")) == 1


async def test_a_stop_while_servers_come_up_is_not_reported_as_done(tmp_path: Path) -> None:
    """A plan of servers alone, stopped before its second stack: interrupted, not done."""
    town = city([], platform=True)
    other = town.districts[0].model_copy(update={"code": "340722"})
    w = world(town.model_copy(update={"districts": (*town.districts, other)}), tmp_path)
    running: list[Rollout] = []
    w.engine.during_up = lambda: running[0].stop("interrupt")

    result = await applied(w, on_rollout=running.append)

    assert w.trace.of("engine up") == ["340705"]
    assert result.status == "interrupted"


async def test_resume_finds_the_socket_of_a_killed_process(tmp_path: Path) -> None:
    """kill -9 leaves the socket's file behind; a resume listens there all the same."""
    w = world(cameras(1, 2), tmp_path)
    written = w.trace.next("write")
    task = asyncio.create_task(applied(w))
    await written.wait()
    name = next(w.folder.glob("permits-*.sock")).name
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    (w.folder / name).touch()

    assert (await resumed(w)).status == "done"


async def test_the_socket_is_private_and_gone_afterwards(tmp_path: Path) -> None:
    """0600 while it is served; no file is left."""
    w = world(cameras(1, 1), tmp_path)
    modes: set[int] = set()

    def look(event: Event) -> None:
        modes.update(p.stat().st_mode & 0o777 for p in w.folder.glob("permits-*.sock"))

    await applied(w, listener=look)

    assert modes == {0o600}
    assert list(w.folder.glob("*.sock")) == []


async def test_a_failing_journal_stops_all_writing_at_every_point(tmp_path: Path) -> None:
    """The Nth append fails, for every N of a whole run: after it no device is written to.

    Writes permitted by an earlier record may still end; a new one is never begun. The state that
    the journal tells is resumable, and a resume brings the fleet to the plan without a second write
    of anything that is known to be done.
    """
    number = 0
    while True:
        number += 1
        w = world(cameras(2, 2, RolloutLimits(tolerated_failures=1)), tmp_path)
        plan = (await planned(w)).plan
        w.journal.fail_at = w.journal.appends + number
        try:
            result = await applied(w, plan)
        except StoreError:
            pass
        else:
            assert result.status == "done"
            assert not w.trace.of("journal failed")
            break
        failed = next(i for i, e in enumerate(w.trace.events) if e[0] == "journal failed")
        permitted = [s for k, s in w.trace.events[:failed] if k == "step.intent"]
        writes_after = [s for k, s in w.trace.events[failed:] if k == "write"]
        for write in writes_after:
            name, resource = write.split("/")
            assert any(s.startswith(name) and s.endswith(resource) for s in permitted)
        assert len(w.written()) <= len(permitted)
        assert_permitted(w)
        w.mend()
        if rollouts(w.journal):
            assert (await resumed(w)).status == "done"
            assert len(w.written()) == len(set(w.written())) == 8
            assert (await planned(w)).plan.empty
    assert number > 20


async def test_every_event_counts_the_same_steps(tmp_path: Path) -> None:
    """Done and left of each event add up to the plan's steps."""
    w = world(cameras(2, 2, ALL), tmp_path)
    events: list[Event] = []

    await applied(w, listener=events.append)

    counted = [e for e in events if e.kind in ("wave", "stage", "settled", "ended")]
    assert {e.done + e.left for e in counted} == {8}
    assert events[-1].kind == "ended"
    assert [e.wave for e in events if e.kind == "wave"] == [1, 2]


async def test_the_journal_alone_tells_how_it_ended(tmp_path: Path) -> None:
    """The projection agrees with the result."""
    w = world(cameras(1, 2, ALL), tmp_path)
    w.devices["c1-cam-2"].faults.append(Fault("refuse", "osd"))

    result = await applied(w)

    state = rollout(w.journal, result.rollout)
    assert state is not None
    assert state.status(w.processes) == result.status == "partial"
    assert len(state.done()) == result.done
    assert set(state.failed()) == set(result.failed)


async def test_a_second_ctrl_c_while_servers_come_up_stops_the_engine(tmp_path: Path) -> None:
    """Cancelled amid `up`: the engine is told to stop, and then the end is journalled."""
    nvr = recorder("c1-nvr-1")
    w = world(city([compound("c1", [nvr], uplink())], platform=True), tmp_path)
    began, told = threading.Event(), threading.Event()

    def slow() -> None:
        began.set()
        told.wait(10)

    w.engine.during_up = slow
    w.engine.stop = told.set  # type: ignore[method-assign]  # the call ends as the engine does
    task = asyncio.create_task(applied(w))
    await asyncio.to_thread(began.wait, 10)
    assert not told.is_set()

    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    assert told.is_set()
    assert rollouts(w.journal)[-1].ended == "interrupted"
    assert w.written() == []
