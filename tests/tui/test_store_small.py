"""The store's small parts: views, times, fields, a rollout's progress, a plan's review."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleet.model.errors import FleetError
from fleet.rollout.state import rollouts
from fleet_tui.store import when
from fleet_tui.store.facts import Facts
from fleet_tui.store.fields import field_rows, shown
from fleet_tui.store.health import Health, UnknownHealth
from fleet_tui.store.picture import Picture
from fleet_tui.store.progress import Progress, eta_s
from fleet_tui.store.review import amounts, folds
from fleet_tui.store.states import State
from fleet_tui.store.view import View
from tests.support.fakes_plans import full_plan
from tests.tui.scene import FIRST, NOW, SECOND, ZONE, busy, plan_over


@given(st.lists(st.integers(), unique=True, max_size=30), st.integers(2, 5))
def test_a_view_finds_every_key_that_it_shows(keys: list[int], each: int) -> None:
    """After filtering and sorting; what is filtered out has no place."""
    view: View[int] = View()
    view.choose(keys, lambda k: k % each == 0, lambda k: -k)
    assert view.keys == sorted((k for k in keys if k % each == 0), reverse=True)
    assert [view.place(k) for k in view.keys] == list(range(len(view)))
    assert all(view.place(k) is None for k in keys if k % each)
    assert view.place(None) is None


def test_times_are_short_and_local() -> None:
    """The clock for today, the date for older; nothing for nothing."""
    now = NOW.astimezone(ZONE)
    assert when.short("2026-11-24T02:05:06.123Z", now, ZONE) == "10:05:06"
    assert when.short("2026-11-20T20:05:06.123Z", now, ZONE) == "11-21 04:05"
    assert when.short("", now, ZONE) == ""


@pytest.mark.parametrize(
    ("seconds", "said"), [(0, "0s"), (59.9, "59s"), (245, "4m05s"), (7860, "2h11m")]
)
def test_lengths_of_time(seconds: float, said: str) -> None:
    """As short as they can be."""
    assert when.lasting(seconds) == said


def test_fields_of_a_device_before_and_after() -> None:
    """Never read, as wanted, differing, a proven version, and one that nobody manages."""
    scene = busy()
    facts = Facts()
    facts.take(scene.records(0, 1000))
    camera = next(d for d in scene.city.devices() if d.id == "cuihu-cam-3")
    fresh = {f.name: f.mark for f in field_rows(camera, None)}
    assert set(fresh.values()) == {"?"} and "admin_password" in fresh
    known = {f.name: f for f in field_rows(camera, facts.devices[camera.id])}
    assert known["time_mode"].mark == "." and known["time_mode"].by == SECOND
    secret = known["admin_password"]
    assert (secret.mark, secret.wanted, secret.seen, secret.by) == ("#", "v2", "v2", "login")
    assert secret.ref == "secret://generated/device/cuihu-cam-3/admin?version=2"
    newer = camera.secrets["admin_password"].model_copy(update={"version": 3})
    rotated = camera.model_copy(update={"secrets": {"admin_password": newer}})
    due = {f.name: f for f in field_rows(rotated, facts.devices[camera.id])}["admin_password"]
    assert (due.mark, due.wanted, due.seen) == ("~", "v3", "v2")
    assert known["osd_text"].places == ("340705-tongguan/cuihu.yaml:40:9", "city.yaml:12:3")
    wanted = camera.model_copy(update={"settings": {"osd_text": "西门"}})
    other = {f.name: f for f in field_rows(wanted, facts.devices[camera.id])}
    assert (other["osd_text"].mark, other["osd_text"].seen) == ("~", "东门")
    assert other["time_mode"].mark == " " and other["time_mode"].wanted == ""


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (True, "true"),
        (False, "false"),
        (None, "-"),
        ("", "-"),
        (7, "7"),
        (["a", "b"], "a, b"),
        ([], "[]"),
    ],
)
def test_values_as_people_read_them(value: object, said: str) -> None:
    """Every kind of value that a field may have."""
    assert shown(value) == said  # type: ignore[arg-type]  # the table is of objects


def test_progress_agrees_with_the_records() -> None:
    """Taken in piece by piece or at once, its sums are those of the rollout's own state."""
    scene = busy()
    state = next(s for s in rollouts(scene.journal) if s.id == SECOND)
    plan = scene.plans[SECOND]
    whole, pieces = Progress(plan), Progress(plan)
    whole.update(state)
    partial = Facts()
    while taken := scene.records(partial.seq, 2):
        partial.take(taken)
        if SECOND in partial.rollouts:
            pieces.update(partial.rollouts[SECOND])
    assert pieces.waves == whole.waves
    done, failed, left = state.counts(plan)
    assert sum(w.done for w in whole.waves) == done
    assert whole.steps - done == left
    assert len(set().union(*(w.failed for w in whole.waves))) == failed == 2
    assert [w.steps for w in whole.waves] == [11, 22, 22]
    assert all(sum(p.steps for p in w.stages.values()) == w.steps for w in whole.waves)
    assert list(whole.waves[0].stages) == ["gates", "doors", "cameras", "uplink"]
    assert whole.open_devices(state) == ["wusong-cam-4"]


def test_the_radius_of_each_act() -> None:
    """Abort leaves the rest unwritten, retry takes the failed, undo what was done."""
    scene = busy()
    state = next(s for s in rollouts(scene.journal) if s.id == SECOND)
    progress = Progress(scene.plans[SECOND])
    progress.update(state)
    assert progress.radius("abort", state).steps == progress.steps - len(state.done())
    assert progress.radius("retry", state).devices == ("wusong-door-2", "wusong-nvr-5")
    assert progress.radius("undo", state).compounds == ("cuihu", "wusong")
    assert progress.radius("undo", state).steps == len(state.done())


def test_time_to_go() -> None:
    """Only where something moves and something is left."""
    assert eta_s(30, 1.5) == 20
    assert eta_s(30, 0) is None and eta_s(0, 2) is None


def test_a_plan_is_counted_and_folded() -> None:
    """Equal changes of one stage are one line with all its devices; no secret's value exists."""
    plan = plan_over(busy().city)
    sums = amounts(plan)
    assert (sums.devices, sums.requests, sums.secrets) == (25, 55, 20)
    found = list(folds(plan))
    cameras = [f for f in found if f.compound == "cuihu" and f.stage == "cameras"]
    assert [(f.field, f.before, f.after, len(f.devices)) for f in cameras] == [
        ("time_mode", "manual", "ntp", 2),
        ("osd_text", "-", "东门", 2),
        ("admin_password", "v1", "v2", 2),
    ]
    assert sum(len(f.devices) for f in found) == sums.fields == 55
    assert {f.wave for f in found} == {1, 2, 3}


def test_a_plan_with_servers_and_faults_is_counted() -> None:
    """Every kind of content that a plan may have."""
    sums = amounts(full_plan())
    assert (sums.servers, sums.unread, sums.secrets) == (4, 1, 1)
    assert [f.mark for f in folds(full_plan())] == [" ", " ", " ", "?"]


def test_without_a_source_health_is_unknown() -> None:
    """And says so, instead of being assumed."""
    assert UnknownHealth().changes() == {}
    assert UnknownHealth().of(["a"]) == {"a": Health("unknown")}


class Sick:
    """A health source with one offline device."""

    def changes(self) -> dict[str, Health]:
        """One device is gone."""
        return {
            "cuihu-cam-3": Health("offline", "2026-11-24T02:00:00Z", "measured"),
            "nobody": Health(),
        }

    def of(self, devices: list[str]) -> dict[str, Health]:
        """The same."""
        return {d: h for d, h in self.changes().items() if d in devices}


def test_a_health_source_plugs_in() -> None:
    """Its word shows on the device and counts in the compound; unknown devices do no harm."""
    picture = Picture.of(busy().city, Sick())
    picture.healths()
    row = picture.table.row("cuihu-cam-3")
    assert row is not None and picture.table.state(row) is State.OFFLINE
    assert picture.table.worst(0) is State.OFFLINE
    assert picture.health_of("cuihu-cam-3").evidence == "measured"
    assert picture.health_of("cuihu-cam-4").word == "unknown"


def test_the_picture_of_a_busy_city() -> None:
    """Rollouts by compound, findings by compound, registrations by recorder."""
    scene = busy()
    picture = Picture.of(scene.city)
    assert picture.take(scene.records(0, 1000)) == picture.facts.seq
    picture.found(scene.findings())
    last = picture.last_rollout("wusong")
    assert last is not None and last.id == SECOND != FIRST
    assert picture.severities("wusong") == (0, 1) and picture.severities("lianhu") == (1, 0)
    assert [u.device for u in picture.uplinks_of(0)] == ["cuihu-nvr-5"]
    link = picture.uplinks_of(0)[0]
    version = picture.version
    picture.heard(link, scene.registrations[link.gb_id], NOW.timestamp())
    assert picture.registered(0) == (1, 0, 1) and picture.version > version
    row = picture.table.row(link.device)
    assert row is not None
    gone = scene.registrations[link.gb_id].model_copy(update={"registered": False})
    picture.heard(link, gone, (NOW + timedelta(seconds=5)).timestamp())
    assert picture.table.state(row) is State.OFFLINE
    assert picture.registered(0) == (0, 1, 1)


def test_a_recorder_that_never_registered_is_not_offline() -> None:
    """Before the first rollout nothing is expected of it."""
    scene = busy()
    picture = Picture.of(scene.city)
    link = picture.uplinks_of(2)[0]
    silent = next(iter(scene.registrations.values())).model_copy(update={"registered": False})
    picture.heard(link, silent, NOW.timestamp())
    row = picture.table.row(link.device)
    assert row is not None and picture.table.state(row) is State.UNKNOWN


def test_a_plan_that_is_not_there_is_an_error_of_ours() -> None:
    """Screens show it; they do not break."""
    with pytest.raises(FleetError):
        busy().plan_of("nobody")


@given(count=st.integers(0, 50), key=st.integers(-5, 60))
def test_all_rows_in_their_own_order_are_found_as_in_a_list(count: int, key: int) -> None:
    """Property: a range of rows answers as the list of them would, without being one."""
    plain: View[int] = View()
    plain.choose(list(range(count)))
    whole: View[int] = View()
    whole.choose(range(count))
    assert isinstance(whole.keys, range)
    assert list(whole.keys) == plain.keys
    assert len(whole) == len(plain)
    assert whole.place(key) == plain.place(key)
    whole.choose(range(count), fits=lambda row: row % 2 == 0)
    assert whole.keys == [row for row in range(count) if row % 2 == 0]
