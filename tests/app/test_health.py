"""The collector over devices that fail, change and refuse: it never harms and never guesses."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from fleet.adapters.health import SqlHealth
from fleet.app.health import Collector
from fleet.app.health_poll import Lateness, Poller
from fleet.health.history import History
from fleet.health.times import seconds, stamp
from fleet.model.collector import CollectorConfig
from fleet.model.device import DeviceKind
from fleet.model.errors import SecretError, StoreError, TooSlow
from fleet.model.fleet import Recorder
from fleet.model.observation import Fault
from fleet.model.secret import SecretRef
from fleet.model.text import text
from fleet.ports.health_store import Trap
from fleet.ports.reach import Reached, Way
from fleet.rollout import records
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


@dataclass
class FakeReach:
    """A network on which every way to a platform has the same fate."""

    way: Way = "answers"
    asked: list[tuple[str, int]] = field(default_factory=list)

    async def tcp(self, address: str, port: int, timeout_s: float = 3.0) -> Reached:
        """Nobody asks for it here."""
        raise AssertionError("not asked for")

    async def sip(self, address: str, port: int, timeout_s: float = 3.0) -> Reached:
        """The fate, after a moment."""
        await asyncio.sleep(0)
        self.asked.append((address, port))
        return Reached(way=self.way)


@dataclass
class Up:
    """A collector at work on a world."""

    world: World
    collector: Collector
    store: SqlHealth
    work: asyncio.Task[None]
    stop: asyncio.Event
    reach: FakeReach

    @property
    def history(self) -> History:
        """As a reader sees it."""
        return History(self.store, self.wall)

    def wall(self) -> float:
        """The world's wall clock."""
        return seconds(self.world.clock.now())

    async def until(self, done: Callable[[], object]) -> None:
        """Let the collector's sleeps move the world's time on, until `done()`."""
        for _ in range(3000):
            if done():
                return
            await asyncio.sleep(0.004)
        raise AssertionError("it did not come to that")

    def state(self, name: str) -> str:
        """A device's state and its cause."""
        found = self.history.latest().get(name)
        return "" if found is None else f"{found.state} {found.cause}".strip()

    def alarms(self) -> set[str]:
        """What stands."""
        now = self.wall()
        rows = self.store.alarms(now, now + 1)
        return {f"{r.kind} {r.subject}" for r in rows if r.ended is None}


@asynccontextmanager
async def watching(w: World, way: Way = "answers") -> AsyncIterator[Up]:
    """A collector that polls once in 30 s of the world's time."""
    reach = FakeReach(way)
    store = SqlHealth.in_folder(w.folder)
    config = CollectorConfig(city_dir=str(w.folder), state_dir=str(w.folder), poll_s=30.0)
    collector = Collector(w.app(), store, config, lambda: seconds(w.clock.now()), reach)
    stop = asyncio.Event()
    work = asyncio.create_task(collector.run(stop))
    up = Up(w, collector, store, work, stop, reach)
    try:
        yield up
    finally:
        stop.set()
        await asyncio.gather(work, return_exceptions=True)
        store.close()


async def test_everybody_is_seen_at_the_start(tmp_path: Path) -> None:
    """Goal: one login each, all online."""
    w = world(cameras(2, 3), tmp_path)
    async with watching(w) as up:
        await up.until(lambda: len(up.history.latest()) == 6)

        assert {up.state(d) for d in w.devices} == {"online"}
    assert {d.wrong_logins for d in w.devices.values()} == {0}


async def test_a_device_falls_and_comes_back(tmp_path: Path) -> None:
    """Goal: interval and alarm, begun and ended; the others are untouched."""
    w = world(cameras(1, 3), tmp_path)
    async with watching(w) as up:
        await up.until(lambda: len(up.history.latest()) == 3)
        w.devices["c1-cam-1"].unreachable = True
        await up.until(lambda: up.alarms() == {"device_unreachable c1-cam-1"})
        assert up.state("c1-cam-1") == "offline unreachable"
        w.devices["c1-cam-1"].unreachable = False
        await up.until(lambda: not up.alarms())

        begin, end = stamp(0), stamp(up.wall() + 1)
        shape = [i.state for i in up.history.intervals(begin, end, ["c1-cam-1"])]
        assert shape == ["online", "offline", "online"]


async def test_a_compound_that_is_cut_off_is_one_alarm(tmp_path: Path) -> None:
    """Goal: folded, the other compound is not concerned."""
    w = world(cameras(2, 4), tmp_path)
    async with watching(w) as up:
        await up.until(lambda: len(up.history.latest()) == 8)
        for name, one in w.devices.items():
            one.unreachable = name.startswith("c1")
        await up.until(up.alarms)
        await up.until(lambda: up.alarms() == {"compound_unreachable c1"})

        raised = {a.kind for a in up.history.alarms(stamp(0), stamp(up.wall() + 1))}
    assert "compound_unreachable" in raised


async def test_a_wrong_password_is_tried_once_and_journalled(tmp_path: Path) -> None:
    """Goal: one attempt, parked for half an hour also by a new collector; unknown, not offline."""
    w = world(cameras(1, 1), tmp_path)
    w.devices["c1-cam-1"].password = "changed by hand"
    async with watching(w) as up:
        await up.until(lambda: up.state("c1-cam-1") == "unknown login_budget")
        assert up.alarms() == {"login_refused c1-cam-1"}
    async with watching(w) as up:
        await up.until(lambda: up.state("c1-cam-1") == "unknown login_budget")
        later = w.clock.seconds + 600
        await up.until(lambda: w.clock.seconds > later)

    assert w.devices["c1-cam-1"].wrong_logins == 1
    assert [r.subject for r in w.journal.kinds(records.REFUSED)] == ["c1-cam-1"]
    counts = up.history.connectivity(stamp(0), stamp(up.wall() + 86400))
    assert counts["c1-cam-1"].tried == 1


async def test_a_device_under_change_is_left_alone(tmp_path: Path) -> None:
    """Goal: a permitted write that is not settled keeps the collector away; settled, it looks."""
    w = world(cameras(1, 2), tmp_path)
    w.journal.append([records.intent("r", "c1-cam-1", "c1-cam-1/01-time", 1.0, "boot")])
    async with watching(w) as up:
        await up.until(lambda: up.state("c1-cam-2") == "online")
        assert w.devices["c1-cam-1"].logins == 0
        assert "c1-cam-1" not in up.history.latest()
        w.journal.append([records.settled("r", "c1-cam-1", "c1-cam-1/01-time", "done")])
        await up.until(lambda: up.state("c1-cam-1") == "online")


async def test_a_password_that_changes_under_our_login_parks_nobody(tmp_path: Path) -> None:
    """Goal: refused while a change began meanwhile: not journalled, so that the rollout goes on."""
    w = world(cameras(1, 1), tmp_path)
    w.devices["c1-cam-1"].password = "the new one"
    app = w.app()
    poller = Poller(app, FakeReach(), 5.0, lambda: 0.0)
    driver = w.drivers["isapi"]
    session = driver.session

    @asynccontextmanager
    async def changing(*args: object, **more: object) -> AsyncIterator[object]:
        w.journal.append([records.intent("r", "c1-cam-1", "c1-cam-1/05-user", 1.0, "boot")])
        async with session(*args, **more) as opened:
            yield opened

    driver.session = changing
    (place,) = w.city.compounds()

    assert await poller.look(place, place.devices[0]) is None
    assert w.journal.kinds(records.REFUSED) == []


async def test_the_proven_password_is_used_from_the_moment_it_is_proven(tmp_path: Path) -> None:
    """Goal: no restart and no wrong login between one version and the next."""
    w = world(cameras(1, 1), tmp_path)
    ref = SecretRef(source="generated", name="device/c1-cam-1/admin", version=2)
    async with watching(w) as up:
        await up.until(lambda: up.state("c1-cam-1") == "online")
        w.devices["c1-cam-1"].password = value_of(ref)
        w.journal.append([records.proven("r", "c1-cam-1", "admin_password", ref, "login")])
        before = w.devices["c1-cam-1"].logins
        await up.until(lambda: w.devices["c1-cam-1"].logins > before + 1)

    assert w.wrong_logins() == {}


async def test_a_recorders_registration_is_taken_from_the_registrar(tmp_path: Path) -> None:
    """Goal: not registered is an alarm of its own; the recorder itself is online."""
    nvr = recorder("c1-nvr-1")
    listed = Recorder(device="c1-nvr-1", channel_ids=("34070500001310000001",))
    town = city([compound("c1", [nvr], uplink(), recorders=[listed])], platform=True)
    w = world(town, tmp_path)
    async with watching(w) as up:
        await up.until(up.alarms)

        assert up.alarms() == {"uplink_unregistered c1-nvr-1"}
        assert up.state("c1-nvr-1") == "online"


async def test_another_device_at_the_address_is_offline_with_its_cause(tmp_path: Path) -> None:
    """Goal: the pinned device is not there, whatever answers."""
    w = world(cameras(1, 2), tmp_path)
    w.devices["c1-cam-1"].serial = "somebody else"
    async with watching(w) as up:
        await up.until(lambda: up.alarms() == {"wrong_identity c1-cam-1"})
        assert up.state("c1-cam-1") == "offline wrong_identity"


async def test_a_device_without_a_driver_here_is_unknown(tmp_path: Path) -> None:
    """Goal: a driver that is not installed says nothing about the device."""
    w = world(city([compound("c1", [device("c1-x-1", driver="onvif")])]), tmp_path)
    async with watching(w) as up:
        await up.until(lambda: up.state("c1-x-1") == "unknown no_driver")


async def test_what_was_seen_survives_the_collector(tmp_path: Path) -> None:
    """Goal: a new one goes on with the same intervals; the time between is unknown."""
    w = world(cameras(1, 1), tmp_path)
    async with watching(w) as up:
        later = w.clock.seconds + 100
        await up.until(lambda: w.clock.seconds > later)
    await w.clock.sleep(500.0)
    async with watching(w) as up:
        await up.until(lambda: up.state("c1-cam-1") == "online")
        found = list(up.history.intervals(stamp(0), stamp(up.wall() + 1)))

    assert [i.state for i in found] == ["online", "unknown", "online"]
    assert found[1].cause == "unwatched"


async def test_a_full_disk_ends_the_collector(tmp_path: Path) -> None:
    """Goal: nothing is watched unrecorded; the error is the store's."""
    w = world(cameras(1, 1), tmp_path)
    async with watching(w) as up:
        await up.until(lambda: up.state("c1-cam-1") == "online")

        def full(_batch: object) -> None:
            raise StoreError(text("full", "满"))

        up.store.write = full
        with pytest.raises(StoreError):
            await up.work


async def test_a_login_that_cannot_be_resolved_blinds_one_device_only(tmp_path: Path) -> None:
    """Goal: a closed vault is unknown with its cause: no login, no alarm, no end of the service."""
    w = world(cameras(1, 1), tmp_path)

    def missing(_ref: object) -> object:
        raise SecretError(text("not there", "没有"))

    w.secrets.resolve = missing
    async with watching(w) as up:
        await up.until(lambda: up.state("c1-cam-1") == "unknown no_secret")
        assert up.alarms() == set()
    assert w.devices["c1-cam-1"].logins == 0


async def test_a_notification_is_stored_counted_and_hurries_the_device(tmp_path: Path) -> None:
    """Goal: by engine id or by an address that only one device has; else it is a stranger's."""
    gate = device("c1-gate-1", DeviceKind.GATE, address="127.9.9.9", engine_id="80000001AB")
    w = world(city([compound("c1", [gate, device("c1-cam-1"), device("c1-cam-2")])]), tmp_path)

    def trap(key: str, source: str, engine_id: str = "", oid: str = "1.3.6.1.4.1.9.1") -> Trap:
        return Trap(key=key, at=up.wall(), source=source, version="v3", kind="inform", oid=oid,
                    engine_id=engine_id)  # fmt: skip

    async with watching(w) as up:
        await up.until(lambda: up.state("c1-gate-1") == "online")
        up.collector.heard([trap("1", "10.0.0.1", "80000001ab"), trap("2", "127.9.9.9")])
        up.collector.heard([trap("1", "10.0.0.1", "80000001ab"), trap("3", "127.34.1.1")])
        await up.until(lambda: up.alarms() == {"trap:1.3.6.1.4.1.9.1 c1-gate-1"})

        assert up.store.counters() == {"informs": 3, "repeats": 1}
        assert list(up.store.strangers()) == ["v3 127.34.1.1: no device watched here"]
    async with watching(w) as up:
        await up.until(up.alarms)
        assert up.alarms() == {"trap:1.3.6.1.4.1.9.1 c1-gate-1"}, "heard before the restart"


async def test_our_own_lateness_proves_nothing(tmp_path: Path) -> None:
    """Goal: a time-out while this process had no time is no look at all; without it, it is one."""
    w = world(cameras(1, 1), tmp_path)
    poller = Poller(w.app(), FakeReach(), 0.4, lambda: 0.0)
    (place,) = w.city.compounds()

    async def slow(_device: object) -> None:
        await asyncio.sleep(0.19)
        raise TooSlow("c1-cam-1", text("slow", "慢"))

    poller._ask = slow
    found = await poller.look(place, place.devices[0])
    poller.lateness._late_at = float("inf")
    late = await poller.look(place, place.devices[0])

    assert found is not None
    assert (found.state, found.cause, found.answered) == ("offline", "too_slow", False)
    assert late is None


async def test_lateness_is_noticed() -> None:
    """Goal: a loop that was held up for a second is told, one that was not is not."""
    late = Lateness()
    watch = asyncio.create_task(late.watch(0.01))
    await asyncio.sleep(0.05)
    began = time.monotonic()
    time.sleep(0.6)  # noqa: ASYNC251 - holding the loop up is the point
    await asyncio.sleep(0.05)
    watch.cancel()

    assert late.since(began)
    assert not late.since(time.monotonic())


def test_faults_of_logins_keep_the_devices_word() -> None:
    """Goal: the record of a refusal has what the device told of its tries."""
    draft = records.refused("d", Fault(code="login_refused", en="x", zh="x", attempts_left=4))

    assert draft.data == {"attempts_left": 4}
