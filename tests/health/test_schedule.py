"""The schedule and the times: everybody in turn, evenly, the same after a restart."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleet.health.schedule import Schedule, phase
from fleet.health.times import Timeline, day_of, seconds, stamp

DEVICES = [f"c{n % 7}-cam-{n}" for n in range(200)]


def test_everybody_is_due_at_the_start() -> None:
    """Goal: what happened while nobody watched is found at once."""
    schedule = Schedule(DEVICES, 60.0, 12345.0)

    assert sorted(DEVICES) == sorted(schedule.due(12345.0))
    assert schedule.due(12345.0) == []


@given(st.lists(st.floats(0.05, 45.0), min_size=40, max_size=120), st.floats(0, 1e6))
def test_nobody_waits_longer_than_a_period_and_nobody_comes_twice(
    waits: list[float], start: float
) -> None:
    """Goal: however unevenly the caller comes round, each device is due once a period."""
    period = 60.0
    schedule = Schedule(DEVICES[:20], period, start)
    asked: dict[str, list[float]] = {d: [] for d in DEVICES[:20]}
    now = start
    for wait in [0.0, *waits]:
        now += wait
        for device in schedule.due(now):
            asked[device].append(now)

    longest = max(waits)
    for times in asked.values():
        gaps = [b - a for a, b in itertools.pairwise([*times, now])]
        assert all(gap <= period + longest + 1e-6 for gap in gaps)
        # The first turn comes early, to reach the device's own place in the period.
        between = [b - a for a, b in itertools.pairwise(times)][1:]
        assert all(gap >= period - longest - 1e-6 for gap in between)


def test_turns_are_spread_evenly() -> None:
    """Goal: no tenth of the period has more than double its share."""
    tenths = [int(phase(d) * 10) for d in DEVICES]

    assert max(tenths.count(n) for n in range(10)) <= 2 * len(DEVICES) / 10
    assert all(0 <= phase(d) < 1 for d in DEVICES)


def test_a_hurried_device_is_next_and_then_in_its_turn() -> None:
    """Goal: who has something to say is looked at now; a stranger is not taken in."""
    schedule = Schedule(["a", "b"], 60.0, 0.0)
    schedule.due(0.0)
    schedule.hurry("a", 1.0)
    schedule.hurry("stranger", 1.0)

    assert schedule.wait(1.0) == 0.0
    assert schedule.due(1.0) == ["a"]
    assert sorted(schedule.due(61.0)) == ["a", "b"]


def test_an_empty_schedule_waits() -> None:
    """Goal: a district without devices is no endless loop."""
    schedule = Schedule([], 60.0, 0.0)

    assert schedule.due(100.0) == []
    assert schedule.wait(100.0) == 60.0


@given(st.integers(0, 4_000_000_000_000).map(lambda ms: ms / 1000))
def test_stamps_keep_the_millisecond(at: float) -> None:
    """Goal: seconds to text and back."""
    assert seconds(stamp(at)) == pytest.approx(at, abs=1e-6)
    assert stamp(at).endswith("Z")


def test_days_begin_at_midnight_in_china() -> None:
    """Goal: 16:00 UTC is the next civil day."""
    before, after = seconds("2026-11-24T15:59:59Z"), seconds("2026-11-24T16:00:00Z")

    assert day_of(after) == day_of(before) + 1
    assert seconds("2026-11-25T00:00:00+08:00") == after
    assert seconds("2026-11-24T16:00:00") == after


@given(st.lists(st.tuples(st.floats(-5000, 5000), st.floats(0, 100)), max_size=30))
def test_the_timeline_never_goes_back(moves: list[tuple[float, float]]) -> None:
    """Goal: the wall clock may jump anywhere; time goes on, at least by the boot clock."""
    wall, boot = 1000.0, 0.0
    line = Timeline(wall, boot)
    last = line.at(wall, boot)
    for jump, passed in moves:
        wall, boot = wall + jump + passed, boot + passed
        now = line.at(wall, boot)
        assert now >= last + passed - 1e-6
        assert now >= wall
        last = now


def test_a_timeline_goes_on_from_what_was_told_before_a_restart() -> None:
    """Goal: a clock that was set back during our death does not rewrite what was stored."""
    line = Timeline(500.0, 0.0, told=900.0)

    assert line.at(500.0, 10.0) == 910.0
