"""The book and the history over the real store: looks in, figures out, kills in between."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from fleet.adapters.health import SqlHealth
from fleet.health.alarms import (
    CLOCK,
    COMPOUND,
    DEVICE,
    FLAPPING,
    REFUSED,
    UNREGISTERED,
    Place,
)
from fleet.health.book import Book, Look
from fleet.health.history import History
from fleet.health.rates import ClockOffset
from fleet.health.times import stamp
from fleet.ports.health import HealthInterval, HealthState

T0 = 1_800_000_000.0
POLL = 60.0
PLACES = [Place("a", "c"), Place("b", "c"), Place("x", "d")]


class Site:
    """A collector that can be killed: book and store, with time under control."""

    def __init__(self, folder: Path, places: list[Place] | None = None) -> None:
        self.store = SqlHealth.in_folder(folder)
        self.places = PLACES if places is None else places
        self.now = T0
        self.start()

    def start(self) -> None:
        """A new process takes up what is stored."""
        self.book = Book(self.places, POLL, clock_limit_s=60.0)
        self.book.resume(
            self.store.opens(),
            self.store.facts(),
            self.store.alarms(self.now, self.now + 1),
            self.now,
        )

    def look(
        self, device: str, state: HealthState = "online", cause: str = "", **more: object
    ) -> None:
        """One look, now."""
        answered: bool | None = {"online": True, "offline": False, "unknown": True}[state]
        look = {"answered": answered, **more}
        self.book.see(Look(device, self.now, state, cause, **look))

    def round(self, down: tuple[str, ...] = (), wait: float = POLL) -> None:
        """Look at everybody, and store it."""
        for place in self.places:
            if place.device in down:
                self.look(place.device, "offline", "unreachable")
            else:
                self.look(place.device)
        self.tick()
        self.now += wait

    def tick(self) -> None:
        """Store."""
        self.store.write(self.book.tick(self.now))

    def standing(self) -> set[str]:
        """Alarms that stand."""
        rows = self.store.alarms(self.now, self.now + 1)
        return {f"{r.kind} {r.subject}" for r in rows if r.ended is None}

    @property
    def history(self) -> History:
        """As a reader sees it now."""
        return History(self.store, lambda: self.now)

    def states(self, device: str, begin: float = T0, end: float = T0 + 1e6) -> list[HealthInterval]:
        """A device's intervals."""
        return list(self.history.intervals(stamp(begin), stamp(end), [device]))


@contextmanager
def site(folder: Path, places: list[Place] | None = None) -> Iterator[Site]:
    """A site that is closed afterwards."""
    made = Site(folder, places)
    try:
        yield made
    finally:
        made.store.close()


def shape(found: list[HealthInterval]) -> list[tuple[str, str, str | None]]:
    """State, begin and end."""
    return [(i.state, i.begin, i.end) for i in found]


def test_a_device_goes_down_and_comes_back(tmp_path: Path) -> None:
    """Goal: three intervals, an alarm that begins at the fall and ends with the repair."""
    with site(tmp_path) as s:
        s.round()
        fell = s.now
        s.round(down=("a",))
        s.round(down=("a",))
        assert s.standing() == {f"{DEVICE} a"}
        back = s.now
        s.round()

        assert shape(s.states("a")) == [
            ("online", stamp(T0), stamp(fell)),
            ("offline", stamp(fell), stamp(back)),
            ("online", stamp(back), None),
        ]
        assert s.standing() == set()
        (alarm,) = s.history.alarms(stamp(T0), stamp(s.now))
        assert (alarm.begun, alarm.ended) == (stamp(fell), stamp(back))


def test_a_whole_compound_raises_one_alarm_and_its_rest_its_own(tmp_path: Path) -> None:
    """Goal: folded while all are down; when one comes back the others are told by themselves."""
    with site(tmp_path) as s:
        s.round()
        s.round(down=("a", "b"))
        s.round(down=("a", "b"))
        assert s.standing() == {f"{COMPOUND} c"}
        s.round(down=("b",))
        assert s.standing() == {f"{DEVICE} b"}


def test_a_killed_collectors_dead_time_is_unknown_and_its_alarm_goes_on(tmp_path: Path) -> None:
    """Goal: stored intervals stand, dead time is unknown, the standing alarm keeps its id."""
    with site(tmp_path) as s:
        s.round(down=("a",))
        s.round(down=("a",))
        s.round(down=("a",))
        (before,) = s.history.alarms(stamp(s.now), stamp(s.now + 1))
        last = s.now - POLL
        s.now += 5000
        s.start()
        s.tick()
        assert s.standing() == {f"{DEVICE} a"}, "blindness ends nothing"
        again = s.now
        s.round(down=("a",))

        assert shape(s.states("a")) == [
            ("offline", stamp(T0), stamp(last)),
            ("unknown", stamp(last), stamp(again)),
            ("offline", stamp(again), None),
        ]
        (after,) = s.history.alarms(stamp(s.now), stamp(s.now + 1))
        assert (after.id, after.begun) == (before.id, before.begun)


def test_a_short_death_leaves_no_gap(tmp_path: Path) -> None:
    """Goal: a restart within two polls is no gap in watching."""
    with site(tmp_path) as s:
        s.round(wait=100.0)
        s.start()
        s.round()

        assert shape(s.states("a")) == [("online", stamp(T0), None)]


def test_a_reader_sees_a_dead_collector_without_its_help(tmp_path: Path) -> None:
    """Goal: nobody has to write `unknown` for it to be read; fresh says so too."""
    with site(tmp_path) as s:
        s.round(wait=10.0)
        assert s.history.fresh()
        assert s.history.latest()["a"].state == "online"
        s.now += 1000.0

        assert not s.history.fresh()
        assert s.history.latest()["a"].state == "unknown"
        assert shape(s.states("a")) == [("unknown", stamp(T0), None)]
        assert s.history.beat_age_s() == pytest.approx(1010.0)


def test_intervals_are_cut_to_the_period(tmp_path: Path) -> None:
    """Goal: a period of the past has an end, and what began before begins with it."""
    with site(tmp_path) as s:
        for _ in range(10):
            s.round()
        begin, end = T0 + 30, T0 + 90

        assert shape(s.states("a", begin, end)) == [("online", stamp(begin), stamp(end))]
        assert s.states("a", T0 - 100, T0) == []
        everybody = [i.device for i in s.history.intervals(stamp(begin), stamp(end))]
        assert everybody == ["a", "b", "x"]


def test_retired_devices_end_and_new_ones_begin(tmp_path: Path) -> None:
    """Goal: an inventory that changed leaves no interval open for ever."""
    with site(tmp_path) as s:
        s.round()
        s.round()
        s.places = [Place("a", "c"), Place("new", "c")]
        s.start()
        s.round()

        assert set(s.history.latest()) == {"a", "new"}
        assert shape(s.states("x")) == [("online", stamp(T0), stamp(T0 + POLL))]


def test_marks_begin_and_end_and_outlast_a_restart(tmp_path: Path) -> None:
    """Goal: registration, clock and login alarms; a side that does not tell changes nothing."""
    with site(tmp_path) as s:
        s.look("a", registered=False, keepalive_age_s=None)
        s.look("b", clock=ClockOffset(75.0, 1.0))
        s.look("x", "unknown", "login_refused")
        s.tick()
        marked = {f"{UNREGISTERED} a", f"{CLOCK} b", f"{REFUSED} x"}
        assert s.standing() == marked

        s.start()
        s.look("a", registered=None)
        s.look("x", "unknown", "login_budget", answered=None)
        s.tick()
        assert s.standing() == marked

        s.look("a", registered=True, keepalive_age_s=3.0)
        s.look("b", clock=ClockOffset(60.5, 1.0))
        s.look("x")
        s.tick()
        assert s.standing() == set()
        facts = {(f.subject, f.name): dict(f.value) for f in s.store.facts()}
        assert facts["a", "registration"] == {"registered": True, "keepalive_age_s": 3.0}
        assert facts["b", "clock"] == {"offset_s": 60.5, "error_s": 1.0}


def test_flapping_is_one_alarm_also_over_a_restart(tmp_path: Path) -> None:
    """Goal: ups and downs raise `flapping` and not a fall each; a new process goes on damping."""
    with site(tmp_path) as s:
        for n in range(8):
            s.round(down=("a",) if n % 2 else ())
        assert s.standing() == {f"{FLAPPING} a"}
        s.start()
        s.round(down=("a",))
        s.round(down=("a",))
        assert s.standing() == {f"{FLAPPING} a"}
        for _ in range(30):
            s.round()
        assert s.standing() == set()
        assert len(s.history.alarms(stamp(T0), stamp(s.now))) <= 3


def test_polls_are_counted_by_civil_day(tmp_path: Path) -> None:
    """Goal: successes and tests; who was not tried is in neither."""
    with site(tmp_path) as s:
        s.round()
        s.round(down=("a",))
        s.look("b", "unknown", "login_budget", answered=None)
        s.tick()
        counts = s.history.connectivity(stamp(T0 - 86400), stamp(T0 + 86400))

        assert (counts["a"].answered, counts["a"].tried) == (1, 2)
        assert (counts["b"].answered, counts["b"].tried) == (2, 2)
        assert s.history.connectivity(stamp(T0 + 86400), stamp(T0 + 10 * 86400)) == {}


def test_notifications_stand_for_a_while_and_good_news_not_at_all(tmp_path: Path) -> None:
    """Goal: a forced door is an alarm for a quarter of an hour, a restart of the gate is none."""
    with site(tmp_path) as s:
        s.book.trap("a", "1.3.6.1.4.1.32473.28181.1.4.1", s.now)
        s.book.trap("b", "1.3.6.1.6.3.1.1.5.1", s.now)
        s.tick()
        assert s.standing() == {"trap:1.3.6.1.4.1.32473.28181.1.4.1 a"}
        s.now += 901
        s.tick()
        assert s.standing() == set()


def test_counters_and_strangers_add_up(tmp_path: Path) -> None:
    """Goal: what the receiver counts is stored with the tick and goes on after a restart."""
    with site(tmp_path) as s:
        s.book.count("socket_drops", 3)
        s.book.stranger("127.0.0.1: unknown_community")
        s.tick()
        s.start()
        s.book.count("socket_drops", 4)
        s.book.stranger("127.0.0.1: unknown_community", 2)
        s.tick()

        assert s.store.counters() == {"socket_drops": 7}
        assert s.store.strangers() == {"127.0.0.1: unknown_community": 3}


def test_two_collectors_share_one_history_and_leave_each_others_alone(tmp_path: Path) -> None:
    """Goal: each district has its own beat; neither ends, forgets or mends what the other keeps."""
    one = site(tmp_path, [Place("a", "c")])
    with one as first:
        first.book = Book(first.places, POLL, 60.0, ("340705",), frozenset({"x", "d"}))
        first.look("a", "offline", "unreachable")
        first.tick()
        first.now += POLL
        first.look("a", "offline", "unreachable")
        first.tick()
        second = Site(tmp_path, [Place("x", "d")])
        second.now = first.now
        second.book = Book(second.places, POLL, 60.0, ("340722",), frozenset({"a", "c"}))
        second.book.resume(
            second.store.opens(), second.store.facts(), second.store.alarms(0, 1e12), second.now
        )
        second.look("x")
        second.tick()
        second.store.close()
        assert {o.device for o in first.store.opens()} == {"a", "x"}
        assert first.standing() == {f"{DEVICE} a"}
        assert first.history.beats() == {"340705": 0.0, "340722": 0.0}
        assert first.history.fresh()
        first.now += 3 * POLL
        first.tick()
        assert first.history.beats() == {"340705": 0.0, "340722": 3 * POLL}
        assert not first.history.fresh(), "one of the two is silent"


def test_a_scope_that_is_gone_from_the_inventory_is_forgotten(tmp_path: Path) -> None:
    """Goal: a retired district's last beat does not call the fleet unwatched for ever."""
    with site(tmp_path) as s:
        s.book = Book(s.places, POLL, 60.0, ("340705", "340722"))
        s.tick()
        s.now += 10 * POLL
        s.book = Book(s.places, POLL, 60.0, ("340705",))
        s.book.retire(s.store.meta(), {"340705"})
        s.tick()
        assert s.history.beats() == {"340705": 0.0}
        assert s.history.fresh()


def test_a_tick_stores_what_changed_and_nothing_else(tmp_path: Path) -> None:
    """Goal: the cost of a tick is what was seen, and a lapse is stored once."""
    with site(tmp_path) as s:
        s.look("a")
        assert [o.device for o in s.book.tick(s.now).opened] == ["a"]
        assert s.book.tick(s.now + 1).opened == []
        s.look("b")
        lapsed = s.book.tick(s.now + 1000)
        assert [(o.device, o.state) for o in lapsed.opened] == [("a", "unknown"), ("b", "unknown")]
        assert s.book.tick(s.now + 2000).opened == []
