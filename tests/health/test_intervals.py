"""Intervals: whatever is seen, whenever the collector dies, they cover exactly and never lie."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import NamedTuple

from hypothesis import given
from hypothesis import strategies as st

from fleet.health.intervals import UNWATCHED, lapse, observe
from fleet.ports.health import HealthState
from fleet.ports.health_store import OpenRow, SpanRow

HOLD = 120.0
STATES: tuple[HealthState, ...] = ("online", "offline", "unknown")


class Step(NamedTuple):
    """`wait` seconds pass; then a look (`state`), a beat that looks at nothing, or a kill."""

    wait: float
    what: str
    state: HealthState


# Waits on both sides of the hold, and none at all.
# Binary fractions, so that sums are exact in any order.
waits = st.sampled_from([0.0, 0.5, 30.0, 60.0, 119.75, 120.0, 120.25, 200.0, 4000.0])
steps = st.lists(
    st.builds(
        Step, waits, st.sampled_from(["look", "look", "look", "beat", "kill"]),
        st.sampled_from(STATES),
    ),
    max_size=40,
)  # fmt: skip


class Kept(NamedTuple):
    """All that the rule made of a history."""

    closed: tuple[SpanRow, ...]
    going: OpenRow | None
    looks: tuple[tuple[float, HealthState], ...]
    end: float


def lived(history: Sequence[Step]) -> Kept:
    """Run a history; a kill loses nothing that was stored, and the next collector goes on."""
    now = 1000.0
    closed: list[SpanRow] = []
    going: OpenRow | None = None
    looks: list[tuple[float, HealthState]] = []
    for step in history:
        now += step.wait
        if step.what == "look":
            kept = observe(going, "d", now, step.state, "", HOLD)
            looks.append((now, step.state))
        elif going is not None and step.what == "beat":
            kept = lapse(going, now, HOLD)
        else:
            continue
        closed += kept.closed
        going = kept.going
    if going is not None:
        kept = lapse(going, now, HOLD)
        closed += kept.closed
        going = kept.going
    return Kept(tuple(closed), going, tuple(looks), now)


def state_at(kept: Kept, at: float) -> HealthState:
    """What the intervals say of a moment."""
    found = [s.state for s in kept.closed if s.begin <= at < s.end]
    if kept.going is not None and kept.going.begin <= at:
        found.append(kept.going.state)
    assert len(found) == 1, f"{len(found)} intervals at {at}"
    return found[0]


def truth_at(kept: Kept, at: float) -> HealthState:
    """The definition, written anew: a look holds until the next, and never past the hold."""
    seen = [(t, s) for t, s in kept.looks if t <= at]
    following = [t for t, _ in kept.looks if t > at]
    last, state = seen[-1]
    until = following[0] if following else kept.end
    return state if until - last <= HOLD else "unknown"


@given(steps)
def test_intervals_cover_exactly_from_the_first_look_on(history: list[Step]) -> None:
    """Goal: no hole, no overlap, no empty or reversed interval, whatever happens."""
    kept = lived(history)

    if not kept.looks:
        assert kept.going is None
        assert kept.closed == ()
        return
    assert kept.going is not None
    edges = [(s.begin, s.end) for s in kept.closed] + [(kept.going.begin, None)]
    assert edges[0][0] == kept.looks[0][0]
    assert all(begin < end for begin, end in edges[:-1] if end is not None)
    assert all(a[1] == b[0] for a, b in itertools.pairwise(edges))


@given(steps)
def test_each_moment_is_what_the_definition_says(history: list[Step]) -> None:
    """Goal: at every edge and between, the state equals an independent definition; unknown exactly
    where nobody looked for longer than the hold."""
    kept = lived(history)
    if not kept.looks or kept.going is None:
        return
    edges = sorted({t for t, _ in kept.looks} | {s.end for s in kept.closed} | {kept.going.begin})
    moments = [*edges, *((a + b) / 2 for a, b in itertools.pairwise(edges))]

    for at in moments:
        if at < kept.end:
            assert state_at(kept, at) == truth_at(kept, at)


@given(steps, st.integers(0, 40))
def test_a_kill_changes_nothing_that_is_told(history: list[Step], where: int) -> None:
    """Goal: beats and kills at any place leave the same intervals as looks alone."""
    with_kill = [*history[:where], Step(0.0, "kill", "online"), *history[where:]]
    alone: list[Step] = []
    carried = 0.0
    for step in history:
        carried += step.wait
        if step.what == "look":
            alone.append(step._replace(wait=carried))
            carried = 0.0
    alone.append(Step(carried, "beat", "online"))

    assert told(lived(with_kill)) == told(lived(alone))


def told(kept: Kept) -> list[tuple[str, float, float | None]]:
    """The intervals without bookkeeping, neighbours of the same state joined."""
    rows: list[tuple[str, float, float | None]] = [(s.state, s.begin, s.end) for s in kept.closed]
    if kept.going is not None:
        rows.append((kept.going.state, kept.going.begin, None))
    joined: list[tuple[str, float, float | None]] = []
    for row in rows:
        if joined and joined[-1][0] == row[0]:
            joined[-1] = (row[0], joined[-1][1], row[2])
        else:
            joined.append(row)
    return joined


def test_a_look_at_an_earlier_time_does_not_overlap() -> None:
    """Goal: a clock that was set back makes no interval of negative length."""
    first = observe(None, "d", 1000.0, "online", "", HOLD)
    second = observe(first.going, "d", 900.0, "offline", "unreachable", HOLD)

    assert second.closed == ()
    assert second.going == OpenRow("d", "offline", 1000.0, "unreachable", 1000.0)


def test_a_new_cause_begins_a_new_interval() -> None:
    """Goal: offline for another reason is told apart."""
    first = observe(None, "d", 0.0, "offline", "unreachable", HOLD)
    second = observe(first.going, "d", 60.0, "offline", "wrong_identity", HOLD)

    assert [(s.begin, s.end, s.cause) for s in second.closed] == [(0.0, 60.0, "unreachable")]
    assert second.going.cause == "wrong_identity"


def test_our_own_dead_time_says_so() -> None:
    """Goal: the interval of a dead collector names its cause and begins at the last look."""
    first = observe(None, "d", 0.0, "online", "", HOLD)
    second = observe(first.going, "d", 60.0, "online", "", HOLD)
    kept = lapse(second.going, 1000.0, HOLD)

    assert [(s.state, s.begin, s.end) for s in kept.closed] == [("online", 0.0, 60.0)]
    assert (kept.going.state, kept.going.begin, kept.going.cause) == ("unknown", 60.0, UNWATCHED)
    assert lapse(kept.going, 5000.0, HOLD).closed == ()
