"""The threshold under any schedule of starts, successes and failures."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleet.model.fleet import RolloutLimits
from fleet.plan.waves import in_flight_max, overshoot_max, waves
from fleet.rollout.book import Book

pytestmark = pytest.mark.property

LIMITS = st.builds(
    RolloutLimits,
    tolerated_failures=st.integers(0, 6),
    in_flight=st.none() | st.integers(1, 12),
)


@given(LIMITS, st.lists(st.tuples(st.booleans(), st.booleans()), max_size=120))
def test_no_schedule_overshoots_the_threshold(
    limits: RolloutLimits, moves: list[tuple[bool, bool]]
) -> None:
    """Start whenever the book allows, end in any order: failures stay within what is accepted."""
    book = Book(limits)
    number = 0
    for start, fails in moves:
        if start and book.may_start():
            book.start(f"d{number}")
            number += 1
        elif book.in_flight:
            book.end(min(book.in_flight), "failed" if fails else "done")
    for device in sorted(book.in_flight):
        book.end(device, "failed")

    most = limits.tolerated_failures + 1
    if limits.in_flight is None:
        assert len(book.failed) <= most
    assert len(book.failed) <= most + overshoot_max(limits)
    assert (book.stop == "threshold") is (len(book.failed) > limits.tolerated_failures)


@given(LIMITS, st.integers(0, 20))
def test_nothing_may_start_past_the_threshold(limits: RolloutLimits, failed: int) -> None:
    """Exactly when more than tolerated failed, the answer is 0."""
    assert (in_flight_max(limits, failed) == 0) is (failed > limits.tolerated_failures)


@given(
    st.lists(st.text("abcdef", min_size=1, max_size=4), unique=True, max_size=25),
    st.integers(1, 7),
    st.none() | st.text("abcdef", min_size=1, max_size=4),
    st.data(),
)
def test_every_compound_is_in_exactly_one_wave(
    compounds: list[str], size: int, canary: str | None, data: st.DataObject
) -> None:
    """All of them, none twice, the first wave single, none larger than declared."""
    sizes = {c: data.draw(st.integers(1, 9)) for c in compounds}
    found = waves(compounds, sizes, RolloutLimits(wave_size=size, canary=canary))

    flat = [c for w in found for c in w.compounds]
    assert sorted(flat) == sorted(compounds)
    assert all(1 <= len(w.compounds) <= size for w in found)
    assert all(len(w.compounds) == 1 for w in found[:1])
    rest = flat[1:]
    assert rest == [c for c in compounds if c in rest]
