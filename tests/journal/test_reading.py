"""Tail and follow over a journal that grows while it is read."""

from __future__ import annotations

from itertools import islice

from fleet.adapters.clock import SystemClock
from fleet.app.journal import follow, tail
from fleet.journal import HashJournal
from fleet.ports.journal import Draft
from tests.journal.memory import MemoryStore


def filled(count: int) -> HashJournal:
    """A journal with records of two rollouts in turn."""
    journal = HashJournal(MemoryStore(), SystemClock())
    for n in range(count):
        journal.append([Draft(kind="k", rollout=f"r-{n % 2}")])
    return journal


def test_tail_is_the_end() -> None:
    """The last ones, in order; all where there are fewer; none of none."""
    assert [r.seq for r in tail(filled(5), 2)] == [4, 5]
    assert [r.seq for r in tail(filled(2), 9)] == [1, 2]
    assert tail(filled(0), 3) == ()
    assert tail(filled(3), 0) == ()


def test_tail_of_a_rollout_counts_its_own() -> None:
    """Records of others do not use up the count."""
    assert [r.seq for r in tail(filled(5), 2, "r-1")] == [2, 4]


def test_follow_waits_only_when_there_is_nothing() -> None:
    """Records that come while waiting are shown once each, in order."""
    journal = filled(3)
    waits = 0

    def wait() -> None:
        nonlocal waits
        waits += 1
        journal.append([Draft(kind="late", rollout="r-1"), Draft(kind="late", rollout="r-0")])

    seen = [r.seq for r in islice(follow(journal, 1, None, wait), 6)]

    assert seen == [2, 3, 4, 5, 6, 7]
    assert waits == 2


def test_follow_of_a_rollout_skips_others() -> None:
    """Only the named rollout's records come, and none twice."""
    journal = filled(2)

    def wait() -> None:
        journal.append([Draft(kind="late", rollout="r-1"), Draft(kind="late", rollout="r-0")])

    assert [r.seq for r in islice(follow(journal, 0, "r-1", wait), 3)] == [2, 3, 5]
