"""The collector on ways to platforms, switches, catalogs and recordings."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from fleet.app.health import lines, places, scopes, watched
from fleet.app.health_poll import Poller
from fleet.health.alarms import Place
from fleet.health.times import seconds, stamp
from fleet.model.collector import CollectorConfig
from fleet.model.device import DeviceKind
from fleet.model.errors import MalformedReply, Unreachable
from fleet.model.fleet import City, Compound, Recorder, UnmanagedSwitch
from fleet.model.observation import Registration
from fleet.model.text import text
from fleet.ports.driver import HostKey
from tests.app.test_health import FakeReach, watching
from tests.support.fakes_city import World, city, compound, device, recorder, uplink, world

LINE = "uplink:340705:127.34.0.1:5060"
ALL = CollectorConfig(city_dir="/c", state_dir="/s")


def registering(folder: Path, *names: str) -> World:
    """Compounds with a camera each that register at one platform."""
    made = [compound(n, [device(f"{n}-cam-1")], uplink()) for n in names]
    return world(city(made, platform=True), folder)


async def test_a_way_that_answers_is_watched_and_timed(tmp_path: Path) -> None:
    """Goal: one question a server and poll, whatever the number of compounds; its time is kept."""
    async with watching(registering(tmp_path, "c1", "c2")) as up:
        await up.until(lambda: up.state(LINE) == "online")
        assert set(up.reach.asked) == {("127.34.0.1", 5060)}
        (fact,) = [f for f in up.store.facts() if f.name == "line"]
        assert fact.subject == LINE
        counts = up.history.connectivity(stamp(0), stamp(up.wall() + 86400))
        assert counts[LINE].answered == counts[LINE].tried >= 1


async def test_a_way_that_breaks_is_one_alarm_of_both_compounds(tmp_path: Path) -> None:
    """Goal: folded by server; over when it answers again."""
    async with watching(registering(tmp_path, "c1", "c2")) as up:
        await up.until(lambda: up.state(LINE) == "online")
        up.reach.way = "silent"
        await up.until(lambda: up.alarms() == {f"uplink_unreachable {LINE}"})
        assert up.state(LINE) == "offline silent"
        now = up.wall()
        (row,) = up.store.alarms(now, now + 1)
        assert row.behind == ("c1", "c2")
        assert row.compound == "c1"
        up.reach.way = "answers"
        await up.until(lambda: not up.alarms())


async def test_a_platform_that_never_answered_strangers_is_unknown(tmp_path: Path) -> None:
    """Goal: silence of one that may not answer us is no fault; a refusal is one."""
    async with watching(registering(tmp_path, "c1"), way="silent") as up:
        await up.until(lambda: up.state(LINE) == "unknown never_answered")
        assert up.alarms() == set()
        assert LINE not in up.history.connectivity(stamp(0), stamp(up.wall() + 86400))
        up.reach.way = "refused"
        await up.until(lambda: up.alarms() == {f"uplink_unreachable {LINE}"})


async def test_that_it_once_answered_is_known_to_the_next_collector(tmp_path: Path) -> None:
    """Goal: after a restart, silence is a fault, for the way has answered before."""
    w = registering(tmp_path, "c1")
    async with watching(w) as up:
        await up.until(lambda: up.state(LINE) == "online")
    async with watching(w, way="silent") as up:
        await up.until(lambda: up.state(LINE) == "offline silent")


@contextmanager
def keyed(w: World, error: Exception | None = None) -> Iterator[list[str]]:
    """The driver shows host keys, as one of switches does; who was looked at."""
    looked: list[str] = []

    async def host_key(target: object, deadline_s: float = 10.0) -> HostKey:
        looked.append(target.device)
        if error is not None:
            raise error
        return HostKey(line="ssh-ed25519 AAAA", fingerprint="SHA256:x")

    driver = w.drivers["isapi"]
    driver.host_key = host_key
    yield looked
    del driver.host_key


async def test_a_switch_is_looked_at_without_a_login(tmp_path: Path) -> None:
    """Goal: its host key is asked for and nothing else; silence is a fall like any other."""
    w = world(city([compound("c1", [device("c1-sw-1")])]), tmp_path)
    (place,) = w.city.compounds()
    poller = Poller(w.app(), FakeReach(), 5.0, lambda: 0.0)
    with keyed(w) as looked:
        found = await poller.look(place, place.devices[0])
    assert found is not None
    assert (found.state, looked, w.devices["c1-sw-1"].logins) == ("online", ["c1-sw-1"], 0)
    with keyed(w, Unreachable("c1-sw-1", text("no", "无"))):
        found = await poller.look(place, place.devices[0])
    assert found is not None
    assert (found.state, found.cause) == ("offline", "unreachable")


def hung() -> Compound:
    """A camera on an edge switch on a core switch, and a door on one that cannot be managed."""
    core = device("c1-sw-1", DeviceKind.SWITCH, driver="ssh")
    edge = device("c1-sw-2", DeviceKind.SWITCH, driver="ssh").model_copy(update={"via": core.id})
    camera = device("c1-cam-1").model_copy(update={"via": edge.id})
    door = device("c1-door-1", DeviceKind.DOOR).model_copy(update={"via": "c1-sw-x"})
    made = compound("c1", [core, edge, camera, door])
    dumb = UnmanagedSwitch(id="c1-sw-x", name="X", via=edge.id)
    return made.model_copy(update={"unmanaged": (dumb,)})


def test_what_hangs_on_what_is_taken_from_the_inventory() -> None:
    """Goal: through other switches too; an unmanaged switch is a place nobody looks at."""
    found = {p.device: p for p in places([hung()])}
    assert set(found["c1-sw-1"].behind) == {"c1-sw-2", "c1-cam-1", "c1-door-1"}
    assert found["c1-sw-2"].behind == ("c1-cam-1", "c1-door-1")
    assert found["c1-sw-x"] == Place("c1-sw-x", "c1", ("c1-door-1",), switch=True, mute=True)
    assert not found["c1-cam-1"].switch


def test_a_loop_of_switches_ends() -> None:
    """Goal: an inventory that hangs two switches on each other stops no collector."""
    one = device("c1-sw-1", DeviceKind.SWITCH, driver="ssh").model_copy(update={"via": "c1-sw-2"})
    two = device("c1-sw-2", DeviceKind.SWITCH, driver="ssh").model_copy(update={"via": "c1-sw-1"})
    found = {p.device: p.behind for p in places([compound("c1", [one, two])])}
    assert found == {"c1-sw-1": ("c1-sw-2",), "c1-sw-2": ("c1-sw-1",)}


def town() -> City:
    """Two compounds, of which one is watched by its own site."""
    site = compound("c2", [device("c2-cam-1")], uplink("operator"))
    own = site.model_copy(update={"watched_by": "site"})
    return city([compound("c1", [device("c1-cam-1")]), own])


@pytest.mark.parametrize(
    ("change", "ids"),
    [
        ({}, ["c1"]),
        ({"district": "340705"}, ["c1"]),
        ({"district": "340722"}, []),
        ({"compounds": ("c2",)}, ["c2"]),
        ({"compounds": ("c1", "c2")}, ["c1", "c2"]),
    ],
)
def test_a_site_that_watches_itself_is_left_to_it(
    change: dict[str, object], ids: list[str]
) -> None:
    """Goal: the centre leaves it alone, and its own collector names it."""
    config = ALL.model_copy(update=change)
    mine = watched(town(), config)
    assert [c.id for c in mine] == ids
    assert len(lines(mine)) == sum(c.uplink is not None for c in mine)
    assert scopes(town(), config) == ((config.district,) if config.district else ("340705",))


def filming(folder: Path) -> World:
    """A recorder that registers, with one channel of which the platform knows another."""
    listed = Recorder(device="c1-nvr-1", channel_ids=("34070500001310000001",))
    nvr = recorder("c1-nvr-1")
    return world(city([compound("c1", [nvr], uplink(), recorders=[listed])], platform=True), folder)


async def test_a_catalog_that_is_not_the_inventorys_is_an_alarm(tmp_path: Path) -> None:
    """Goal: counted as missing and extra, told once, over when it is right."""
    w = filming(tmp_path)
    channels = ["34070500001310000009"]

    async def registration(district: str, gb_id: str) -> Registration:
        return Registration(
            gb_id=gb_id, source="registrar", registered=True, keepalive_age_s=2.0,
            catalog=tuple(channels),
        )  # fmt: skip

    w.upper.registration = registration
    async with watching(w) as up:
        await up.until(lambda: up.alarms() == {"catalog_mismatch c1-nvr-1"})
        (fact,) = [f for f in up.store.facts() if f.name == "catalog"]
        assert fact.value == {"missing": 1, "extra": 1}
        channels[:] = ["34070500001310000001"]
        await up.until(lambda: not up.alarms())


async def test_how_far_recordings_reach_is_asked_once_an_hour(tmp_path: Path) -> None:
    """Goal: days since the oldest one, where it is told; nonsense and silence stay unknown."""
    w = filming(tmp_path)
    (place,) = w.city.compounds()
    clock = [seconds("2026-11-24T00:00:00Z")]
    poller = Poller(w.app(), FakeReach(), 5.0, lambda: clock[0])
    asked: list[float] = []
    answer: list[float | Exception | None] = [clock[0] - 30.5 * 86400]

    class Tells:
        """A session that tells its oldest recording."""

        async def recorded_since(self) -> float | None:
            asked.append(clock[0])
            if isinstance(answer[0], Exception):
                raise answer[0]
            return answer[0]

    async def told() -> float | None:
        return await poller._retention(place.devices[0], Tells())

    assert await told() == pytest.approx(30.5)
    assert await told() is None, "not again at the next poll"
    clock[0] += 3600
    answer[0] = None
    assert await told() is None
    clock[0] += 3600
    answer[0] = MalformedReply("c1-nvr-1", text("odd", "怪"))
    assert await told() is None
    assert len(asked) == 3
    clock[0] += 3600
    assert await poller._retention(place.devices[0], object()) is None, "firmware without a search"
