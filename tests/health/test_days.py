"""Our own history as rows of civil days: what they tell, and what they leave untold."""

from __future__ import annotations

from pathlib import Path

import pytest

from fleet.health.days import day_figures
from fleet.health.evidence import settle
from fleet.health.rates import ClockOffset
from fleet.health.times import day_begin, day_of, stamp
from fleet.model.evidence import Evidence, Origin
from fleet.model.health import DeviceFigures, Repair
from tests.health.test_book import POLL, T0, Site, site

DAY = day_of(T0)
BEGIN, END = day_begin(DAY), day_begin(DAY + 1)


def told(where: Site, begin: float, end: float, now: float) -> list[DeviceFigures]:
    """The rows of the devices of one compound, as of `now`."""
    where.now = now
    members = {p.device: p.compound for p in where.places if p.compound == "c"}
    origin = Origin(evidence=Evidence.SITE_SIGNED, source="site", as_of=stamp(now))
    return day_figures(where.history, members, stamp(begin), stamp(end), origin)


def see(where: Site, device: str, at: float, online: bool = True, **more: object) -> None:
    """One look, stored."""
    where.now = at
    where.look(device, "online" if online else "offline", "" if online else "unreachable", **more)
    where.tick()


def test_a_day_tells_its_seconds_and_counts(tmp_path: Path) -> None:
    """Goal: online, offline and nothing for the unwatched, with the counts and the repair."""
    with site(tmp_path) as where:
        for number in range(10):
            see(where, "a", BEGIN + 3600 + number * POLL, online=number not in (3, 4))
        rows = told(where, BEGIN, END, END + 1)
    cam = next(r for r in rows if r.device == "a")
    assert (cam.begin, cam.end) == (stamp(BEGIN), stamp(END))
    assert (cam.online_s, cam.offline_s) == (7 * POLL, 2 * POLL)
    assert (cam.answered, cam.tried) == (8, 10)
    assert cam.repairs == (Repair(ended=stamp(BEGIN + 3600 + 5 * POLL), lasted_s=2 * POLL),)
    recorder = next(r for r in rows if r.device == "b")
    assert (recorder.online_s, recorder.tried, recorder.clock_offset_s) == (0.0, None, None)


def test_a_running_day_is_told_up_to_now_and_replaced_later(tmp_path: Path) -> None:
    """Goal: the same day told twice is one row, the later one, and never the future."""
    with site(tmp_path) as where:
        see(where, "a", BEGIN)
        see(where, "a", BEGIN + POLL)
        early = told(where, BEGIN, END, BEGIN + POLL)
        see(where, "a", BEGIN + 2 * POLL)
        late = told(where, BEGIN, END, BEGIN + 2 * POLL)
    first = next(r for r in early if r.device == "a")
    second = next(r for r in late if r.device == "a")
    assert (first.online_s, second.online_s) == (POLL, 2 * POLL)
    assert (first.begin, first.end) == (second.begin, second.end)
    word = settle([*late, *early], stamp(BEGIN), stamp(END))["a"]
    assert word.online_s == 2 * POLL
    assert word.unknown_s == END - BEGIN - 2 * POLL


def test_days_are_civil_and_whole(tmp_path: Path) -> None:
    """Goal: a period that begins amid a day tells the days that begin in it, none twice."""
    with site(tmp_path) as where:
        see(where, "a", END - POLL)
        see(where, "a", END)
        see(where, "a", END + POLL)
        rows = told(where, BEGIN + 1, END + 86400, END + 86400)
        assert {r.begin for r in rows} == {stamp(END)}
        both = [r for r in told(where, BEGIN, END + 86400, END + 2 * POLL) if r.device == "a"]
        assert [r.online_s for r in both] == [POLL, 2 * POLL]
        assert told(where, END, BEGIN, END) == []


def test_a_fault_of_yesterday_has_its_whole_length_today(tmp_path: Path) -> None:
    """Goal: the repair is told on the day it ended, and nowhere else."""
    with site(tmp_path) as where:
        for number in range(6):
            see(where, "a", END - 2 * POLL + number * POLL, online=number >= 4)
        rows = [r for r in told(where, BEGIN, END + 86400, END + 9000) if r.device == "a"]
    assert [len(r.repairs) for r in rows] == [0, 1]
    assert rows[1].repairs[0].lasted_s == pytest.approx(4 * POLL)


def test_the_newest_words_go_with_their_day(tmp_path: Path) -> None:
    """Goal: a clock read today says nothing of yesterday."""
    with site(tmp_path) as where:
        see(where, "a", END - POLL)
        see(where, "a", END + POLL, clock=ClockOffset(2.5, 0.5))
        rows = [r for r in told(where, BEGIN, END + 86400, END + POLL) if r.device == "a"]
        see(where, "b", END + POLL, registered=True, keepalive_age_s=12.0)
        recorder = told(where, END, END + 86400, END + POLL)[-1]
    assert [(r.clock_offset_s, r.clock_error_s) for r in rows] == [(None, None), (2.5, 0.5)]
    assert (recorder.device, recorder.registered) == ("b", True)
    assert recorder.keepalive_age_s == 12.0
