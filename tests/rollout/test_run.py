"""A rollout from end to end: waves, stages, limits, stops, broken trees, resume.

Devices are fakes with state; the permit server and the worker are real and speak over a real
socket, and the journal is the real hash chain over memory.
"""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from fleet.app.apply import resume
from fleet.app.rollouts import request
from fleet.model.device import DeviceKind
from fleet.model.errors import EngineError, StoreError
from fleet.model.fleet import RolloutLimits
from fleet.rollout.progress import Event
from fleet.rollout.run import Result, Rollout
from fleet.rollout.state import rollout, rollouts
from tests.support.fakes_city import (
    Recorder,
    World,
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

ALL = RolloutLimits(tolerated_failures=9)


async def resumed(w: World) -> Result:
    """Take the newest rollout up, as another process would."""
    return await resume(w.app(), rollouts(w.journal)[-1].id, lambda _: None, lambda _: None)


def assert_permitted(w: World) -> None:
    """Each write that reached a device has an intent of its own before it, and none is left over.

    The intents of the records and the writes on the devices are one list in one order.
    """
    open_intents: list[str] = []
    for what, subject in w.trace.events:
        if what == "step.intent":
            open_intents.append(subject)
        elif what == "step.settled" and subject in open_intents:
            open_intents.remove(subject)
        elif what == "write":
            name, resource = subject.split("/")
            mine = [s for s in open_intents if s.startswith(name) and s.endswith(resource)]
            assert mine, f"{subject} was written without an open intent"


async def test_everything_is_done_in_its_order(tmp_path: Path) -> None:
    """Servers first, then the canary to its end, and in each wave stage by stage."""
    nvr = recorder("c1-nvr-1")
    channels = tuple(nvr.settings["gb_channel_ids"])
    town = city(
        [
            compound(
                "c1",
                [nvr, device("c1-cam-1"), device("c1-door-1", DeviceKind.DOOR),
                 device("c1-gate-1", DeviceKind.GATE)],
                uplink(),
                recorders=[Recorder(device="c1-nvr-1", channel_ids=channels)],
            ),
            compound("c2", [device("c2-cam-1")]),
        ],
        platform=True,
    )  # fmt: skip
    w = world(town, tmp_path)

    result = await applied(w)

    assert (result.status, result.left, result.failed) == ("done", 0, {})
    told = [e for e in w.trace.events if e[0] in ("engine up", "stage", "wave.started")]
    assert told == [
        ("engine up", "340705"),
        ("wave.started", ""), ("stage", "cameras"), ("stage", "verify"),
        ("wave.started", ""), ("stage", "gates"), ("stage", "doors"), ("stage", "cameras"),
        ("stage", "uplink"), ("stage", "verify"),
    ]  # fmt: skip
    assert_permitted(w)
    assert w.devices["c1-nvr-1"].fields["gb_enabled"] is True
    assert w.journal.verify() == len(w.journal.store.kept)


async def test_a_second_plan_after_it_is_empty(tmp_path: Path) -> None:
    """What was applied is what was wanted: nothing more is sent."""
    w = world(cameras(2, 2, ALL), tmp_path)
    await applied(w)
    before = w.written()

    again = (await planned(w)).plan

    assert again.empty
    assert w.written() == before


async def test_a_hundred_devices_go_through_every_stage(tmp_path: Path) -> None:
    """Forty at once in one wave: all written, all read again, none lost on the way."""
    w = world(cameras(1, 100, RolloutLimits(in_flight=40)), tmp_path)

    result = await applied(w)

    assert (result.status, result.left, result.failed) == ("done", 0, {})
    assert len(w.journal.kinds("device.verified")) == 100


async def test_no_step_is_written_twice_in_an_undisturbed_run(tmp_path: Path) -> None:
    """Each changed resource reaches its device once."""
    w = world(cameras(2, 3, ALL), tmp_path)
    await applied(w)

    assert len(w.written()) == len(set(w.written())) == 12


async def test_a_failure_within_the_threshold_lets_the_others_finish(tmp_path: Path) -> None:
    """One refusing device: partial, named with its own error, the rest done."""
    w = world(cameras(2, 2, ALL), tmp_path)
    w.devices["c1-cam-2"].faults.append(Fault("refuse"))

    result = await applied(w)

    assert result.status == "partial"
    assert {d: f.code for d, f in result.failed.items() if f} == {"c1-cam-2": "write_refused"}
    assert all(w.devices[d].fields["osd_text"] == "东门" for d in ("c1-cam-1", "c2-cam-1"))
    assert_permitted(w)


async def test_the_threshold_halts_before_the_next_wave(tmp_path: Path) -> None:
    """No failure tolerated, and the canary fails: halted, no other compound was touched."""
    w = world(cameras(3, 1), tmp_path)
    w.devices["c1-cam-1"].faults.append(Fault("refuse"))

    result = await applied(w)

    assert result.status == "halted"
    assert [d.id for d in w.devices.values() if d.writes] == ["c1-cam-1"]
    assert w.trace.of("step.intent") == ["c1-cam-1/01-time"]


async def test_within_a_wave_nothing_is_granted_past_the_threshold(tmp_path: Path) -> None:
    """Six bad devices in one wave and none tolerated: one permit, not six."""
    w = world(cameras(1, 6), tmp_path)
    for one in w.devices.values():
        one.faults.append(Fault("keeps_nothing"))

    result = await applied(w)

    assert result.status == "halted"
    assert len(w.trace.of("step.intent")) == len(w.written()) == 1
    assert [f.code for f in result.failed.values() if f] == ["not_kept"]


@pytest.mark.parametrize(
    ("how", "status", "code", "value"),
    [
        ("refuse", "partial", "write_refused", ""),
        ("keeps_nothing", "partial", "not_kept", ""),
        ("break_before", "partial", "unreachable", ""),
        ("break_after", "done", None, "东门"),
    ],
)
async def test_each_fault_ends_as_what_the_device_shows(
    tmp_path: Path, how: str, status: str, code: str | None, value: str
) -> None:
    """A broken line is no verdict: the device is looked at, and never sent to again."""
    w = world(cameras(1, 2, ALL), tmp_path)
    w.devices["c1-cam-1"].faults.append(Fault(how, "osd"))

    result = await applied(w)

    assert result.status == status
    fault = result.failed.get("c1-cam-1")
    assert (fault.code if fault else None) == code
    assert w.devices["c1-cam-1"].fields["osd_text"] == value
    assert w.written().count("c1-cam-1/osd") == 1
    assert w.devices["c1-cam-2"].fields["osd_text"] == "东门"


async def test_a_request_applied_after_its_line_broke_is_waited_for(tmp_path: Path) -> None:
    """The device applies it 1.9 s later: done, not failed, and not written again."""
    w = world(cameras(1, 1), tmp_path)
    w.devices["c1-cam-1"].faults.append(Fault("late", "osd", late_s=1.9))

    result = await applied(w)

    assert result.status == "done"
    assert w.written().count("c1-cam-1/osd") == 1
    settled = [r.data for r in w.journal.kinds("step.settled")]
    assert settled[-1]["evidence"] == "readback"


async def test_a_device_that_goes_blind_after_a_write_is_in_doubt(tmp_path: Path) -> None:
    """Nobody can tell: named as such, and no other device is affected."""
    w = world(cameras(1, 2, ALL), tmp_path)
    w.devices["c1-cam-1"].faults.append(Fault("blind", "time", late_s=3600))

    result = await applied(w)

    assert result.status == "partial"
    (last,) = [r.data for r in w.journal.kinds("step.settled") if r.subject == "c1-cam-1"]
    assert last["outcome"] == "in_doubt"
    assert w.devices["c1-cam-2"].fields["osd_text"] == "东门"


async def test_a_device_found_stale_is_untouched_and_the_others_go_on(tmp_path: Path) -> None:
    """Somebody changes a device between the first write and its own: its failure alone."""
    w = world(cameras(1, 2, ALL), tmp_path)

    def meddle(event: Event) -> None:
        if event.kind == "stage" and event.stage == "cameras":
            w.devices["c1-cam-2"].fields["time_mode"] = "platform"

    result = await applied(w, listener=meddle)

    assert {d: f.code for d, f in result.failed.items() if f} == {"c1-cam-2": "stale"}
    assert w.devices["c1-cam-2"].writes == []
    assert w.devices["c1-cam-1"].fields["osd_text"] == "东门"


async def test_a_swapped_device_is_never_written(tmp_path: Path) -> None:
    """Another serial number answers at the address: its own error, nothing sent."""
    w = world(cameras(1, 2, ALL), tmp_path)

    def swap(event: Event) -> None:
        if event.kind == "wave":
            w.devices["c1-cam-2"].serial = "S-of-another"

    result = await applied(w, listener=swap)

    assert {d: f.code for d, f in result.failed.items() if f} == {"c1-cam-2": "wrong_identity"}
    assert w.devices["c1-cam-2"].writes == []


async def test_what_changes_after_its_write_is_found_by_verify(tmp_path: Path) -> None:
    """The verify stage reads every written field once more."""
    w = world(cameras(1, 2, ALL), tmp_path)

    def meddle(event: Event) -> None:
        if event.kind == "stage" and event.stage == "verify":
            w.devices["c1-cam-2"].fields["osd_text"] = "other"

    result = await applied(w, listener=meddle)

    assert (result.status, list(result.failed)) == ("partial", ["c1-cam-2"])
    problems = {r.subject: r.data["problems"] for r in w.journal.kinds("device.verified")}
    assert problems["c1-cam-1"] == []
    assert "osd_text" in problems["c1-cam-2"][0]


async def test_a_login_refused_in_verify_is_not_tried_again_by_the_next_plan(
    tmp_path: Path,
) -> None:
    """Somebody changes a password between write and verify: one wrong login, over restarts."""
    w = world(cameras(1, 2, ALL), tmp_path)

    def meddle(event: Event) -> None:
        if event.kind == "stage" and event.stage == "verify":
            w.devices["c1-cam-2"].password = "changed by hand"

    result = await applied(w, listener=meddle)
    again = await planned(w)

    assert list(result.failed) == ["c1-cam-2"]
    assert w.wrong_logins() == {"c1-cam-2": 1}
    assert again.plan.faults["c1-cam-2"].code == "login_budget"


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
