"""A rollout from end to end: waves, stages, limits, stops, broken trees, resume.

Devices are fakes with state; the permit server and the worker are real and speak over a real
socket, and the journal is the real hash chain over memory.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from fleet.model.device import DeviceKind
from fleet.model.fleet import RolloutLimits
from fleet.rollout.progress import Event
from tests.support.fakes_city import (
    Recorder,
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
from tests.support.fakes_runs import assert_permitted

ALL = RolloutLimits(tolerated_failures=9)


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
