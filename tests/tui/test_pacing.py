"""Live frames wait for the terminal; what answers a key never does."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from fleet.rollout import records
from fleet_tui.pacing import LEAST_S, PART, SILENT_S, Pace
from tests.tui.drive import driven
from tests.tui.scene import SECOND


def test_no_frame_before_the_answer_and_then_not_at_once() -> None:
    """Four round trips of rest."""
    pace = Pace()
    assert pace.ready(0.0)
    pace.asked(10.0)
    assert not pace.ready(10.9)
    pace.answered(11.0)
    assert pace.round_trip_s == 1.0
    assert not pace.ready(14.9) and pace.ready(15.0)


def test_a_fast_link_is_used_four_times_a_second() -> None:
    """A millisecond of round trip is no reason for a thousand frames."""
    pace = Pace()
    pace.asked(1.0)
    pace.answered(1.001)
    assert not pace.ready(1.001 + LEAST_S - 0.01) and pace.ready(1.002 + LEAST_S)


def test_a_silent_terminal_freezes_nothing() -> None:
    """After some seconds it is drawn on all the same."""
    pace = Pace()
    pace.asked(1.0)
    assert not pace.ready(1.0 + SILENT_S - 0.1) and pace.ready(1.0 + SILENT_S)
    pace.answered(0.0)


def test_an_answer_to_nobodys_question_changes_nothing() -> None:
    """Terminals answer other questions too."""
    pace = Pace()
    pace.answered(5.0)
    assert pace.ready(0.0) and pace.round_trip_s == 0.0


@given(st.lists(st.floats(0.001, 4.0), min_size=1, max_size=20))
def test_at_most_a_fifth_of_the_time_is_spent_sending(trips: list[float]) -> None:
    """Whatever the link does, from the second frame on."""
    pace = Pace()
    now = sending = 0.0
    for trip in trips:
        pace.asked(now)
        now += trip
        sending += trip
        pace.answered(now)
        now += max(LEAST_S, PART * trip)
        assert pace.ready(now + 1e-6)
    assert sending <= now / (1 + PART) * 1.0001


async def test_a_held_frame_is_sent_later_and_keys_are_answered_meanwhile() -> None:
    """While the terminal is silent a new record waits; the cursor moves; then it is drawn."""
    async with driven() as at:
        at.app.pace.asked(at.app.seconds())
        at.scene.write(records.ended(SECOND, "halted"))
        await at.until(lambda: at.app.picture.facts.status(SECOND) == "halted")
        await at.pilot.pause(0.4)
        assert "halted" not in at.text().split("events")[0]
        await at.press("down")
        assert "2/5" in at.lines()[-1]
        at.app.pace.answered(at.app.seconds())
        await at.until(lambda: "halted" in at.text())
