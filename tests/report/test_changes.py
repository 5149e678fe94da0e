"""What the journal says of a period, and what is remembered of an issue for the next one."""

from __future__ import annotations

import random

from fleet.ports.journal import Record
from fleet.report.changes import (
    EVENTS,
    baseline_of,
    differences,
    events,
    first_issue,
    issued,
    states,
)
from fleet.report.facts import Baseline
from fleet.rollout import records as rollout_records
from tests.report.small import END, district, history, period, record


def test_only_this_period_and_this_district() -> None:
    """Record 1 and 2 are before it, 7 and 8 elsewhere."""
    found = events(history(), district(), period(), END)

    assert [(c.record, c.kind, c.compound, c.outcome) for c in found] == [
        (3, "rollout_started", "alpha", ""),
        (4, "step", "alpha", "done"),
        (5, "step", "alpha", "in_doubt"),
        (6, "rollout_ended", "alpha", "partial"),
    ]
    assert found[1].device == "a-door"
    assert found[1].step == "a-door/01-time"


def test_the_order_of_the_records_does_not_matter() -> None:
    """They are put in the journal's own order."""
    shuffled = random.Random(7).sample(history(), len(history()))

    assert events(shuffled, district(), period(), END) == events(
        history(), district(), period(), END
    )


def test_the_kinds_are_those_that_a_rollout_writes() -> None:
    """The room of rollouts is above this one: its words are repeated here and held together."""
    assert EVENTS == (rollout_records.STARTED, rollout_records.ENDED, rollout_records.SETTLED)


def test_the_ends_of_the_period() -> None:
    """Its first moment belongs to it, the moment of its end does not."""
    start = {"compounds": ["alpha"]}
    at = [
        record(1, "2026-10-24T15:59:59.999Z", "rollout.started", rollout="a", data=start),
        record(2, "2026-10-24T16:00:00.000Z", "rollout.started", rollout="b", data=start),
        record(3, "2026-11-24T15:59:59.999Z", "rollout.started", rollout="c", data=start),
        record(4, "2026-11-24T16:00:00.000Z", "rollout.started", rollout="d", data=start),
    ]

    assert [c.rollout for c in events(at, district(), period(), END)] == ["b", "c"]


def test_a_rollout_over_a_periods_begin_is_known_by_its_start() -> None:
    """Its end falls into this period, its start into the last one."""
    both = [
        record(
            1, "2026-10-24T15:00:00Z", "rollout.started", rollout="a", data={"compounds": ["beta"]}
        ),
        record(2, "2026-10-24T17:00:00Z", "rollout.ended", rollout="a", data={"status": "done"}),
    ]

    assert [(c.kind, c.compound) for c in events(both, district(), period(), END)] == [
        ("rollout_ended", "beta")
    ]


def test_compounds_that_came_went_and_changed() -> None:
    """Against the last report, with its record as the proof."""
    last = Baseline(
        month="2026-10",
        record=9,
        figures={},
        compounds={"alpha": "new/under_construction", "gone": "old/unstated"},
    )

    found = differences(district(), last)

    assert {(c.kind, c.compound, c.outcome, c.record) for c in found} == {
        ("compound_changed", "alpha", "new/under_construction → new/accepted", 9),
        ("compound_added", "beta", "old/unstated", 9),
        ("compound_removed", "gone", "old/unstated", 9),
    }
    assert differences(district(), None) == ()


def _issue(seq: int, month: str, as_of: str, facts: str, code: str = "340705") -> Record:
    draft = issued(district(), month, as_of, facts, {"compounds.total": "2"})
    return record(seq, as_of, draft.kind, subject=code, data=draft.data)


def test_an_issue_is_remembered_once_for_its_facts() -> None:
    """The first time counts; other facts, months and districts do not."""
    issues = [
        _issue(4, "2026-11", "2026-11-26T00:00:00Z", "f1"),
        _issue(3, "2026-11", "2026-11-25T00:00:00Z", "f1"),
        _issue(2, "2026-10", "2026-10-25T00:00:00Z", "f1"),
        _issue(1, "2026-11", "2026-11-24T17:00:00Z", "f1", code="340722"),
    ]

    assert first_issue(issues, "340705", "2026-11", "f1") == "2026-11-25T00:00:00Z"
    assert first_issue(issues, "340705", "2026-11", "f2") is None
    assert first_issue(issues, "340711", "2026-11", "f1") is None


def test_the_last_report_is_the_newest_issue_of_its_month() -> None:
    """A corrected report replaces the one before."""
    issues = [
        _issue(5, "2026-10", "2026-10-26T00:00:00Z", "f2"),
        _issue(2, "2026-10", "2026-10-25T00:00:00Z", "f1"),
    ]

    found = baseline_of(issues, "340705", "2026-10")

    assert found is not None
    assert (found.record, found.month) == (5, "2026-10")
    assert found.figures == {"compounds.total": "2"}
    assert (
        found.compounds == states(district()) == {"alpha": "new/accepted", "beta": "old/unstated"}
    )
    assert baseline_of(issues, "340705", "2026-09") is None
