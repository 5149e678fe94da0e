"""Permits for a plain `ansible-playbook`: the same journal, leases and limits; no waves."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from fleet.app.serve import serve_plan
from fleet.model.errors import LockHeld, StalePlan, UsageError
from fleet.model.fleet import RolloutLimits
from fleet.model.plan import Plan
from fleet.rollout.run import Result
from fleet.rollout.serve import ServedRollout
from fleet.rollout.state import rollouts
from fleet.rollout.worker import Worker
from tests.support.fakes_city import World, cameras, city, compound, device, uplink, world
from tests.support.fakes_devices import Fault
from tests.support.fakes_plans import planned

PARENT = 4242
ALL = RolloutLimits(tolerated_failures=9)


class Served:
    """A served plan with the playbook's part played by the test: a worker a compound and stage."""

    def __init__(self, w: World, compounds: Sequence[str] = ("c1",)) -> None:
        self.w = w
        self.compounds = compounds
        self.told: list[tuple[str, str]] = []
        self.rollouts: list[ServedRollout] = []
        self.over = asyncio.Event()

    async def play(
        self, plan: Plan | None = None, before: Callable[[], None] | None = None
    ) -> Result:
        """Serve, drive all devices, and end the playbook's process."""
        made = plan or (await planned(self.w)).plan
        app = self.w.app()
        outside = self.w.processes.me().model_copy(update={"pid": PARENT, "start": 999})
        identify = app.processes.identify
        app.processes.identify = lambda pid: outside if pid == PARENT else identify(pid)  # type: ignore[method-assign]  # a stand-in
        ready = asyncio.Event()

        def tell(path: str, name: str) -> None:
            self.told.append((path, name))
            ready.set()

        serving = asyncio.create_task(
            serve_plan(app, made, PARENT, lambda _: None, tell, self.rollouts.append)
        )
        waiting = asyncio.create_task(ready.wait())
        await asyncio.wait({serving, waiting}, return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()
        if self.told:
            if before is not None:
                before()
            for name in self.compounds:
                worker = Worker(self.w.drivers, self.w.clock, self.w.processes.me())
                await worker.run(self.told[0][0], name, "cameras")
            self.w.processes.dead.add(999)
        return await serving


async def test_a_played_playbook_ends_as_done(tmp_path: Path) -> None:
    """All steps written under permits, journalled as a rollout like any other."""
    w = world(cameras(2, 2, ALL), tmp_path)

    result = await Served(w, ["c1", "c2"]).play()

    assert (result.status, result.left) == ("done", 0)
    assert len(w.written()) == len(set(w.written())) == 8
    assert len(w.journal.kinds("step.intent")) == 8
    assert rollouts(w.journal)[-1].ended == "done"
    assert w.leases.mine == set()
    assert list(w.folder.glob("*.sock")) == []


async def test_a_playbook_that_leaves_a_compound_out_is_interrupted(tmp_path: Path) -> None:
    """What is left can be resumed by fleet itself."""
    w = world(cameras(2, 2, ALL), tmp_path)

    result = await Served(w, ["c1"]).play()

    assert (result.status, result.left) == ("interrupted", 4)
    assert rollouts(w.journal)[-1].resumable(w.processes)


async def test_a_failed_device_makes_it_partial_and_not_interrupted(tmp_path: Path) -> None:
    """Its own steps are left, but nobody was kept from anything."""
    w = world(cameras(1, 3, ALL), tmp_path)
    w.devices["c1-cam-2"].faults.append(Fault("refuse"))

    result = await Served(w).play()

    assert (result.status, list(result.failed)) == ("partial", ["c1-cam-2"])


async def test_the_threshold_holds_without_waves(tmp_path: Path) -> None:
    """Every device is bad and none is tolerated: one permit."""
    w = world(cameras(1, 4), tmp_path)
    for one in w.devices.values():
        one.faults.append(Fault("refuse"))

    result = await Served(w).play()

    assert result.status == "halted"
    assert len(w.written()) == 1


@pytest.mark.parametrize(("why", "status"), [("pause", "paused"), ("interrupt", "interrupted")])
async def test_a_stop_grants_nothing_more(tmp_path: Path, why: str, status: str) -> None:
    """Asked for before the playbook's first wish."""
    w = world(cameras(1, 2), tmp_path)
    served = Served(w)

    result = await served.play(before=lambda: served.rollouts[0].stop(why))

    assert (result.status, w.written()) == (status, [])


async def test_a_stop_while_servers_come_up_holds_for_the_devices(tmp_path: Path) -> None:
    """It is not forgotten when the permits begin."""
    w = world(city([compound("c1", [device("c1-cam-1")], uplink())], platform=True), tmp_path)
    served = Served(w)
    w.engine.during_up = lambda: served.rollouts[0].stop("interrupt")

    result = await served.play()

    assert (result.status, w.written()) == ("interrupted", [])


async def test_a_stale_plan_is_not_served(tmp_path: Path) -> None:
    """As in apply: refused before the socket exists."""
    w = world(cameras(1, 1), tmp_path)
    plan = (await planned(w)).plan
    w.devices["c1-cam-1"].fields["osd_text"] = "other"
    served = Served(w)

    with pytest.raises(StalePlan):
        await served.play(plan)

    assert (served.told, rollouts(w.journal)) == ([], [])


async def test_a_held_lease_is_not_served(tmp_path: Path) -> None:
    """Somebody acts on the compound."""
    w = world(cameras(1, 1), tmp_path)
    plan = (await planned(w)).plan
    w.leases.held["compound/c1"] = "zhang"

    with pytest.raises(LockHeld):
        await Served(w).play(plan)


async def test_there_must_be_somebody_to_serve(tmp_path: Path) -> None:
    """No such process: a usage error."""
    w = world(cameras(1, 1), tmp_path)
    plan = (await planned(w)).plan

    with pytest.raises(UsageError, match="no process 1"):
        await serve_plan(w.app(), plan, 1, lambda _: None, lambda _p, _r: None, lambda _: None)
