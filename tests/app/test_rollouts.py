"""Acting on rollouts from anywhere: find, pause, abort a dead one, retry, undo."""

from __future__ import annotations

from pathlib import Path

import pytest

from fleet.app.rollouts import abort_dead, failed_devices, find, request, undo
from fleet.model.device import DeviceKind
from fleet.model.errors import LockHeld, UsageError
from fleet.model.fleet import City, Recorder, RolloutLimits
from fleet.model.secret import SecretRef
from fleet.plan.document import from_document
from fleet.rollout import records
from fleet.rollout.run import Result, Rollout
from fleet.rollout.state import rollouts
from fleet.rollout.verify import Verifier
from tests.support.fakes import value_of
from tests.support.fakes_city import (
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
REF = SecretRef(source="generated", name="device/c1-cam-1/admin")


async def undone(w: World) -> Result | None:
    """Undo the newest rollout, from another process."""
    app = w.app()
    return await undo(app, rollouts(w.journal)[-1], lambda _: None, lambda _: None)


async def paused(w: World, *targets: str) -> Result:
    """A rollout that was paused after its first step."""
    running: list[Rollout] = []
    return await applied(
        w,
        (await planned(w, *targets)).plan,
        listener=lambda e: running[0].stop("pause") if e.kind == "granted" else None,
        on_rollout=running.append,
    )


async def test_the_newest_is_meant_without_an_id(tmp_path: Path) -> None:
    """Of all, or of those that can be resumed."""
    w = world(cameras(2, 1), tmp_path)
    with pytest.raises(UsageError, match="no rollout yet"):
        find(w.app(), None)
    first = await paused(w, "c1")
    await applied(w, (await planned(w, "c2")).plan)

    assert find(w.app(), None).id == rollouts(w.journal)[-1].id != first.rollout
    assert find(w.app(), None, only="resumable").id == first.rollout
    assert find(w.app(), first.rollout).id == first.rollout
    with pytest.raises(UsageError, match="no such rollout: rX"):
        find(w.app(), "rX")


async def test_nobody_hears_a_request_to_an_ended_rollout(tmp_path: Path) -> None:
    """False, and no record of it."""
    w = world(cameras(1, 1), tmp_path)
    await applied(w)
    before = len(w.journal.store.kept)

    assert not request(w.app(), rollouts(w.journal)[-1], "pause")
    assert len(w.journal.store.kept) == before


async def test_aborting_a_dead_one_settles_by_looking_and_closes_it(tmp_path: Path) -> None:
    """What is open is found out, nothing is written, and the next apply is free."""
    w = world(cameras(1, 2, ALL), tmp_path)
    plan = (await planned(w)).plan
    w.journal.fail_at = w.journal.appends + 6
    with pytest.raises(Exception, match="disk"):
        await applied(w, plan)
    w.mend()
    state = rollouts(w.journal)[-1]
    assert state.status(w.processes) == "died"
    opened = set(state.unsettled())
    before = w.written()

    found = await abort_dead(w.app(), state)

    assert opened
    assert set(found) == opened
    assert w.written() == before
    assert rollouts(w.journal)[-1].ended == "aborted"
    assert (await applied(w)).status == "done"


async def test_aborting_needs_the_lease(tmp_path: Path) -> None:
    """Somebody acts on the same compound."""
    w = world(cameras(1, 1), tmp_path)
    await paused(w)
    w.leases.held["compound/c1"] = "zhang"

    with pytest.raises(LockHeld):
        await abort_dead(w.app(), rollouts(w.journal)[-1])


async def test_retry_means_the_devices_that_failed(tmp_path: Path) -> None:
    """Planned anew, they are written; the others are not touched again."""
    w = world(cameras(1, 3, ALL), tmp_path)
    w.devices["c1-cam-2"].faults.append(Fault("refuse", times=1))
    await applied(w)
    names = failed_devices(rollouts(w.journal)[-1])
    assert names == ["c1-cam-2"]

    again = await applied(w, (await planned(w, *names)).plan)

    assert again.status == "done"
    assert {s.partition("/")[0] for s in w.written()[-2:]} == {"c1-cam-2"}


async def test_undo_puts_back_every_recorded_value(tmp_path: Path) -> None:
    """Under the same protocol, as a rollout of its own that says of what it is the undo."""
    w = world(cameras(2, 2, ALL), tmp_path)
    stood = {d.id: dict(d.fields) for d in w.devices.values()}
    first = await applied(w)

    second = await undone(w)

    assert second is not None
    assert second.status == "done"
    assert {d.id: dict(d.fields) for d in w.devices.values()} == stood
    assert rollouts(w.journal)[-1].data["undo_of"] == first.rollout
    assert len(w.journal.kinds("step.intent")) == 16


def _uplinked() -> City:
    nvr = recorder("c1-nvr-1")
    listed = Recorder(
        device="c1-nvr-1", channels=("c1-cam-1",), channel_ids=("34070500001310000001",)
    )
    return city([compound("c1", [nvr], uplink(), recorders=[listed])], platform=True)


async def test_undo_of_an_uplink_was_blamed_for_the_registration_it_took_away(
    tmp_path: Path,
) -> None:
    """The verify stage judges an uplink only where the plan leaves it as the inventory wants."""
    w = world(_uplinked(), tmp_path)
    first = await applied(w)

    second = await undone(w)

    assert first.status == "done"
    assert second is not None
    assert (second.status, second.failed) == ("done", {})
    assert w.devices["c1-nvr-1"].fields["gb_enabled"] is False


async def test_undo_of_a_recorder_that_left_the_inventory_is_no_internal_error(
    tmp_path: Path,
) -> None:
    """The plan's own words are enough; nobody is asked about a recorder that is not declared."""
    w = world(_uplinked(), tmp_path)
    await applied(w)
    app = w.app()
    verifier = Verifier(app.city.model_copy(update={"districts": ()}), app.upper, w.clock)
    plan = from_document(app.plans.get(rollouts(w.journal)[-1].id))

    assert await verifier.uplink(plan.works[0]) == []


async def test_undo_never_puts_a_password_back(tmp_path: Path) -> None:
    """Readable fields go back; the new password stays in force and stays proven."""
    one = device("c1-cam-1", secrets={"admin_password": REF})
    w = world(city([compound("c1", [one])]), tmp_path)
    await applied(w)
    written = w.written().count("c1-cam-1/user")

    await undone(w)

    assert w.devices["c1-cam-1"].password == value_of(REF)
    assert w.devices["c1-cam-1"].fields["osd_text"] == ""
    assert w.written().count("c1-cam-1/user") == written == 1
    assert w.wrong_logins() == {}


async def test_undo_of_passwords_alone_is_nothing(tmp_path: Path) -> None:
    """There is nothing to put back, and no rollout is made."""
    one = device("c1-cam-1", settings={}, secrets={"admin_password": REF})
    w = world(city([compound("c1", [one])]), tmp_path)
    await applied(w)

    assert await undone(w) is None
    assert len(rollouts(w.journal)) == 1


async def test_undo_touches_only_what_was_done(tmp_path: Path) -> None:
    """A device that refused was never changed, so it is left alone."""
    w = world(cameras(1, 2, ALL), tmp_path)
    w.devices["c1-cam-2"].faults.append(Fault("refuse", times=1))
    await applied(w)
    before = len(w.devices["c1-cam-2"].writes)

    result = await undone(w)

    assert result is not None
    assert (result.status, result.done) == ("done", 2)
    assert len(w.devices["c1-cam-2"].writes) == before


async def test_undo_leaves_what_somebody_changed_since(tmp_path: Path) -> None:
    """Stale in the undo: untouched and named."""
    w = world(cameras(1, 2, ALL), tmp_path)
    await applied(w)
    w.devices["c1-cam-1"].fields["osd_text"] = "by hand"

    result = await undone(w)

    assert result is not None
    assert {d: f.code for d, f in result.failed.items() if f} == {"c1-cam-1": "stale"}
    assert w.devices["c1-cam-1"].fields["osd_text"] == "by hand"
    assert w.devices["c1-cam-2"].fields["osd_text"] == ""


async def test_a_halted_rollout_can_be_undone(tmp_path: Path) -> None:
    """The way out of a bad wave."""
    w = world(cameras(2, 1), tmp_path)
    w.devices["c2-cam-1"].faults.append(Fault("refuse", "osd"))
    first = await applied(w)
    assert first.status == "halted"

    result = await undone(w)

    assert result is not None
    assert result.status == "done"
    assert w.devices["c1-cam-1"].fields["osd_text"] == ""
    assert w.devices["c2-cam-1"].fields["time_mode"] == "manual"


async def test_a_paused_rollout_that_was_undone_is_over(tmp_path: Path) -> None:
    """It can no longer be resumed as if its steps still stood, and the next apply is free."""
    w = world(cameras(1, 2, ALL), tmp_path)
    first = await paused(w)
    assert first.done > 0

    assert (await undone(w)) is not None

    original = find(w.app(), first.rollout)
    assert not original.resumable(w.processes)
    assert (await applied(w)).status == "done"


async def test_a_running_rollout_is_not_undone(tmp_path: Path) -> None:
    """Abort it first."""
    w = world(cameras(1, 1), tmp_path)
    plan = (await planned(w)).plan
    app = w.app()
    w.journal.append([records.started("r1", plan, w.processes.me(), "zhang")])

    with pytest.raises(LockHeld, match="abort it first"):
        await undo(app, rollouts(w.journal)[-1], lambda _: None, lambda _: None)


async def test_undo_of_a_dead_rollout_settles_it_first(tmp_path: Path) -> None:
    """A write that arrived and was never settled is found, and put back too."""
    w = world(cameras(1, 1), tmp_path)
    plan = (await planned(w)).plan
    w.journal.fail_at = w.journal.appends + 6
    with pytest.raises(Exception, match="disk"):
        await applied(w, plan)
    w.mend()
    assert w.devices["c1-cam-1"].fields["time_mode"] == "ntp"

    result = await undone(w)

    assert result is not None
    assert w.devices["c1-cam-1"].fields["time_mode"] == "manual"


async def test_doors_and_gates_go_back_too(tmp_path: Path) -> None:
    """Lists and numbers, over both drivers."""
    town = city(
        [
            compound(
                "c1", [device("c1-door-1", DeviceKind.DOOR), device("c1-gate-1", DeviceKind.GATE)]
            )
        ]
    )
    w = world(town, tmp_path)
    stood = {d.id: dict(d.fields) for d in w.devices.values()}
    await applied(w)
    assert w.devices["c1-gate-1"].fields["auth_ways"] == ["card"]

    await undone(w)

    assert {d.id: dict(d.fields) for d in w.devices.values()} == stood
