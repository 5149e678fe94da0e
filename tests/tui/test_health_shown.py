"""Health and alarms: shown with since when, by what it is known, and folded to their cause."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

import pytest

from fleet.adapters.health import SqlHealth
from fleet.health.alarms import DEVICE, SWITCH
from fleet.model.errors import StoreError
from fleet.model.text import text
from fleet.ports.health_store import AlarmRow, Batch, OpenRow
from fleet.wiring.watch import Watch
from fleet_tui.store.health import Health, Looked
from fleet_tui.store.picture import Picture
from fleet_tui.store.states import State
from tests.support.line import EXAMPLE
from tests.tui.drive import Driver, driven
from tests.tui.scene import Scene, busy
from tests.tui.scenes import alarm, seen, sick, stamp


def state(at: Driver, name: str) -> State:
    """What the table shows of a device."""
    row = at.app.picture.table.row(name)
    assert row is not None
    return at.app.picture.table.state(row)


async def test_an_offline_device_is_offline_on_the_screens() -> None:
    """What the collector says reaches table, heat map, counts and filter."""
    async with driven(sick()) as at:
        await at.until(lambda: state(at, "jinxiu-cam-3") is State.OFFLINE)
        await at.until(lambda: "X offline 1" in at.text())
        heat = next(line for line in at.lines() if line.startswith(" 枞阳县"))
        assert heat.split()[1:] == ["?", "X"]
        await at.press("3", "slash")
        await at.type("state=offline")
        assert len(at.screen.vtable.rows) == 1 and "jinxiu-cam-3" in at.row()


async def test_a_device_tells_since_when_it_is_offline_and_how_that_is_known() -> None:
    """Since, cause, measured, and when the collector looked last: 10:07 less its minutes."""
    async with driven(sick(), size=(120, 36)) as at:
        at.app.show_device("jinxiu-cam-3")
        await at.until(lambda: "health offline" in at.text())
        assert "since 09:55:00, unreachable (measured, looked 10:06:30)" in at.text()
        await at.press("L")
        assert "健康 离线，自 09:55:00，unreachable（实测，10:06:30 查看）" in at.text()


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("jinxiu-gate-1", "health online since 08:37:00 (measured"),
        ("jinxiu-cam-4", "health unknown since 10:04:00 (measured"),
        ("cuihu-cam-3", "health unknown"),
    ],
)
async def test_online_blind_and_never_seen_are_three_words(name: str, words: str) -> None:
    """A gap in the watching is unknown with its begin; one never seen has none."""
    async with driven(sick(), size=(120, 36)) as at:
        await at.until(lambda: state(at, "jinxiu-cam-3") is State.OFFLINE)
        at.app.show_device(name)
        await at.pilot.pause()
        assert words in at.text()
        assert ("since" in at.lines()[2]) == ("since" in words)


async def test_health_never_pushes_off_the_screen_what_it_says_at_80_columns() -> None:
    """An identity however long stands behind it."""
    scene = sick()
    name = "jinxiu-cam-3"
    async with driven(scene) as at:
        device = at.app.picture.device(name)
        assert device is not None
        at.app.picture._devices[name] = device.model_copy(update={"serial": "8" * 64})
        await at.until(lambda: state(at, name) is State.OFFLINE)
        at.app.show_device(name)
        await at.pilot.pause()
        assert "health offline since 09:55:00, unreachable (measured" in at.lines()[2]


async def test_a_device_that_comes_back_is_no_problem_any_more() -> None:
    """Live: the collector's next word replaces the last one."""
    scene = sick()
    async with driven(scene) as at:
        await at.until(lambda: state(at, "jinxiu-cam-3") is State.OFFLINE)
        scene.seen = [seen("jinxiu-cam-3", "online", 0.1)]
        await at.app.read_health()
        assert state(at, "jinxiu-cam-3") is State.UNKNOWN
        assert at.app.picture.health_of("jinxiu-cam-3").word == "online"
        assert at.app.picture.health_of("jinxiu-gate-1") == Health()


async def test_a_dead_switch_is_one_alarm_with_18_devices_behind_it() -> None:
    """One line a cause on the compound and under the overview's cursor; both languages."""
    async with driven(sick()) as at:
        await at.until(lambda: "alarms 2" in at.text())
        await at.press("end")
        line = "X jinxiu-sw-1 since 09:55:00, 18 devices behind it: switch and all"
        assert line in at.text()
        await at.press("enter")
        assert line in at.text()
        await at.press("L")
        assert "自 09:55:00，涉及设备 18 台：交换机及其下联设备均无应答" in at.text()


async def test_an_alarm_of_one_device_names_none_behind_it() -> None:
    """And it stands only in its own compound."""
    async with driven(sick()) as at:
        at.app.show_compound("lianhu")
        await at.until(lambda: "lianhu-gate-1 since 10:03:00: does not answer" in at.text())
        assert "behind" not in at.text() and "jinxiu-sw-1" not in at.text()
        await at.press("escape")
        at.app.show_compound("cuihu")
        await at.pilot.pause()
        assert "does not answer" not in at.text()


async def test_an_alarm_that_ends_leaves_the_screens() -> None:
    """Without a key."""
    scene = sick()
    async with driven(scene) as at:
        await at.until(lambda: "alarms 2" in at.text())
        scene.alarms = scene.alarms[:1]
        await at.app.read_health()
        await at.until(lambda: "alarms 1" in at.text())
        scene.alarms = ()
        await at.app.read_health()
        await at.until(lambda: "alarms" not in at.text())


async def test_many_alarms_leave_room_for_the_devices() -> None:
    """At 80x24 a compound of nine alarms still shows its devices; the count tells the rest."""
    scene = busy()
    scene.alarms = [alarm(DEVICE, f"cuihu-cam-{n}") for n in range(9)]
    async with driven(scene) as at:
        await at.until(lambda: "alarms 9" in at.text())
        await at.press("enter")
        assert at.text().count("does not answer") == 3
        assert all(f"cuihu-{n}" in at.text() for n in ("gate-1", "door-2", "nvr-5"))


async def test_a_history_that_cannot_be_read_is_told_once_and_the_rest_goes_on() -> None:
    """Then it is well again, and a later fault is told again."""
    scene = busy()
    scene.blind = StoreError(text("health.db is of a newer form", "健康历史格式较新"))
    async with driven(scene) as at:
        await at.until(lambda: "health.db is of a newer form" in at.lines()[-1])
        await at.press("down")
        await at.app.read_health()
        assert "newer form" not in at.lines()[-1] and "五松花园" in at.text()
        scene.blind = None
        await at.app.read_health()
        scene.blind = StoreError(text("health.db is of a newer form", "健康历史格式较新"))
        await at.app.read_health()
        await at.until(lambda: "newer form" in at.lines()[-1])


def test_only_what_changed_is_told_on() -> None:
    """The table is not drawn anew for a hundred thousand devices that are as they were."""
    source = Looked()
    source.learn([seen("a-1", "online", 5), seen("a-2", "offline", 5, "unreachable")])
    assert {n: h.word for n, h in source.changes().items()} == {"a-1": "online", "a-2": "offline"}
    assert source.changes() == {}
    source.learn([seen("a-1", "online", 5), seen("a-2", "online", 1)])
    assert list(source.changes()) == ["a-2"]
    source.learn([])
    assert source.changes() == {"a-1": Health(), "a-2": Health()}
    assert source.of(["a-1"]) == {"a-1": Health()}


def test_two_learnings_between_two_looks_lose_nothing() -> None:
    """What changed first and what changed second, each by its last word."""
    source = Looked()
    source.learn([seen("a-1", "online", 5)])
    source.learn([seen("a-1", "offline", 1, "unreachable"), seen("a-2", "online", 1)])
    assert {n: h.word for n, h in source.changes().items()} == {"a-1": "offline", "a-2": "online"}


def test_a_device_never_seen_by_the_collector_stays_unknown() -> None:
    """It is listed without a begin, which is no evidence of anything."""
    source = Looked()
    never = seen("a-1", "unknown", 5).model_copy(update={"since": None, "seen": None})
    source.learn([never])
    assert source.changes() == {} and source.of(["a-1"]) == {"a-1": Health()}


def test_the_worst_of_health_and_journal_is_shown() -> None:
    """A failed write is worse than offline; health that is well hides no failure."""
    scene = busy()
    source = Looked()
    picture = Picture.of(scene.city, source)
    picture.take(scene.records(0, 1000))
    source.learn([seen("wusong-door-2", "offline", 5), seen("cuihu-door-2", "online", 5)])
    picture.healths()
    shown = {}
    for name in ("wusong-door-2", "cuihu-door-2"):
        row = picture.table.row(name)
        assert row is not None
        shown[name] = picture.table.state(row)
    assert shown == {"wusong-door-2": State.FAILED, "cuihu-door-2": State.DIFFERS}


def test_the_same_alarms_again_are_no_news() -> None:
    """The version that drives drawing moves only when an alarm came or went."""
    picture = Picture.of(Scene().city)
    standing = [alarm(SWITCH, "cuihu-sw-1")]
    picture.alarmed(standing)
    version = picture.version
    picture.alarmed(list(standing))
    assert picture.version == version
    picture.alarmed([])
    assert picture.version == version + 1 and picture.alarms_of("cuihu") == []


def test_the_wiring_reads_the_collectors_history_and_makes_none(tmp_path: Path) -> None:
    """Without a collector: nothing, and no folder; with one: states, and the alarms that stand."""
    city = tmp_path / "tongling"
    shutil.copytree(EXAMPLE, city, ignore=shutil.ignore_patterns(".fleet"))
    folder = city / ".fleet"
    watch = Watch(city, folder)
    assert watch.health() == ((), ()) and not folder.exists()
    now = time.time()
    first, second = (d.id for d in list(watch.city.devices())[:2])
    store = SqlHealth.in_folder(folder)
    rows = [
        OpenRow(first, "online", now - 600, "", now),
        OpenRow(second, "offline", now - 60, "unreachable", now),
    ]
    raised = AlarmRow("a1", DEVICE, second, "cuihu", now - 60, None, ())
    over = AlarmRow("a2", DEVICE, first, "cuihu", now - 900, now - 600, ())
    meta = {"beat:340705": now, "poll_s:340705": 60.0}
    store.write(Batch(opened=rows, alarms=[raised, over], meta=meta))
    store.close()
    statuses, alarms = watch.health()
    told = {s.device: (s.state, s.cause) for s in statuses if s.since is not None}
    assert told == {first: ("online", ""), second: ("offline", "unreachable")}
    assert [a.id for a in alarms] == ["a1"]
    watch.close()


def test_a_collector_that_was_killed_leaves_unknown_and_not_online(tmp_path: Path) -> None:
    """The dead time is unknown: what was online an hour ago is not called online now."""
    city = tmp_path / "tongling"
    shutil.copytree(EXAMPLE, city, ignore=shutil.ignore_patterns(".fleet"))
    watch = Watch(city, city / ".fleet")
    name = next(iter(watch.city.devices())).id
    past = time.time() - 3600
    store = SqlHealth.in_folder(city / ".fleet")
    meta = {"beat:340705": past, "poll_s:340705": 60.0}
    store.write(Batch(opened=[OpenRow(name, "online", past - 600, "", past)], meta=meta))
    store.close()
    statuses, _ = watch.health()
    assert next(s for s in statuses if s.device == name).state == "unknown"
    source = Looked()
    source.learn(statuses)
    assert source.of([name])[name].word == "unknown"
    watch.close()


def test_stamps_of_these_tests_are_utc() -> None:
    """What a collector writes ends in Z; the screens show the zone of the reader."""
    assert stamp(7) == "2026-11-24T02:00:00Z"
