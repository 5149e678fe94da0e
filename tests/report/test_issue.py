"""Issuing: the time is journalled with the first issue, and the same facts give the same bytes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from fleet.adapters.documents import OfficeWriter
from fleet.app.report import ReportDesk, files, gaps, issue, monthly
from fleet.journal import HashJournal
from fleet.model.errors import UsageError
from fleet.model.fleet import City
from fleet.ports.health import Alarm, Connectivity, HealthInterval
from fleet.ports.journal import Draft
from tests.journal.memory import MemoryStore
from tests.report.small import district, seen

OCTOBER, NOVEMBER = "2026-10", "2026-11"


class Clock:
    """A wall clock that a test sets."""

    def __init__(self, now: str) -> None:
        self.time = now

    def now(self) -> str:
        """The time that was set."""
        return self.time

    def boot(self) -> float:
        """Not asked for by a report."""
        return 0.0

    async def sleep(self, seconds: float) -> None:
        """A report never waits."""
        raise AssertionError(seconds)


class History:
    """Implements HealthHistory: one device that was online, and what it was asked for."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str]] = []

    def intervals(
        self, begin: str, end: str, devices: Sequence[str] | None = None
    ) -> Iterator[HealthInterval]:
        """One hour online of the two that are known."""
        self.asked.append((begin, end))
        yield seen("a-cam-1", "online", "00:00", "01:00")
        yield seen("a-cam-1", "offline", "01:00", "02:00")

    def connectivity(self, begin: str, end: str) -> Mapping[str, Connectivity]:
        """Nine of ten."""
        return {"a-cam-1": Connectivity(device="a-cam-1", answered=9, tried=10)}

    def alarms(self, begin: str, end: str) -> Sequence[Alarm]:
        """None."""
        return ()

    def latest(self) -> Mapping[str, HealthInterval]:
        """Not asked for by a report."""
        raise AssertionError


def desk(now: str, texts: Mapping[str, str] | None = None) -> ReportDesk:
    """A desk over a journal in memory and the small district; `texts` by path."""
    clock = Clock(now)
    found = texts or {}
    return ReportDesk(
        city=City(code="340700", name="铜陵市", districts=(district(),)),
        journal=HashJournal(MemoryStore(), clock),
        clock=clock,
        writer=OfficeWriter(),
        read=lambda path: found.get(path.as_posix()),
    )


def issued(at: ReportDesk, month: str, as_of: str | None = None) -> Mapping[str, bytes]:
    """Make, journal and write one report."""
    return files(at, issue(at, monthly(at, "340705", month, as_of)), "zh")


def records(at: ReportDesk) -> list[tuple[str, str]]:
    """Month and time of every issue in the journal."""
    return [(r.data["month"], r.data["as_of"]) for r in at.journal.records(kind="report.issued")]


def later(at: ReportDesk, now: str) -> ReportDesk:
    """The same desk at another time."""
    return replace(at, clock=Clock(now))


def test_the_same_facts_give_the_same_bytes_ever_after() -> None:
    """Days later, without --as-of: the time of the first issue, one record, equal bytes."""
    first = desk("2026-11-25T02:00:00.123Z")

    before = issued(first, NOVEMBER)
    after = issued(later(first, "2026-12-24T09:00:00.000Z"), NOVEMBER)

    assert before == after
    assert set(before) == {
        f"monthly-340705-2026-11.{ending}" for ending in ("docx", "xlsx", "json")
    }
    assert records(first) == [(NOVEMBER, "2026-11-25T02:00:00Z")]


def test_another_time_that_is_asked_for_is_another_issue() -> None:
    """--as-of holds for that call; without it the first issue counts again."""
    first = desk("2026-11-25T02:00:00Z")
    before = issued(first, NOVEMBER)

    other = issued(first, NOVEMBER, "2026-11-27")

    assert other != before
    assert records(first) == [
        (NOVEMBER, "2026-11-25T02:00:00Z"),
        (NOVEMBER, "2026-11-26T16:00:00Z"),
    ]
    assert issued(later(first, "2026-12-01T00:00:00Z"), NOVEMBER) == before
    assert issued(first, NOVEMBER, "2026-11-27") == other
    assert len(records(first)) == 2


def test_other_facts_are_another_issue_with_a_time_of_its_own() -> None:
    """A mended text file: the report is issued anew."""
    first = desk("2026-11-25T02:00:00Z")
    issued(first, NOVEMBER)

    text = {"340705-x/monthly.zh.txt": "# 主要做法\n新的做法。\n"}
    mended = replace(first, clock=Clock("2026-11-26T02:00:00Z"), read=lambda p: text.get(str(p)))
    made = monthly(mended, "340705", NOVEMBER, None)

    assert made.as_of == "2026-11-26T02:00:00Z"
    assert made.facts.sections.practices == ("新的做法。",)


def test_a_draft_is_no_issue() -> None:
    """An open period leaves nothing in the journal and its facts end now."""
    open_ = desk("2026-11-20T00:00:00Z")

    made = issue(open_, monthly(open_, "340705", NOVEMBER, None))

    assert not made.closed
    assert made.facts.until == "2026-11-20T00:00:00Z"
    assert records(open_) == []


def test_next_month_is_compared_with_this_one() -> None:
    """The record of the issue is the baseline."""
    first = desk("2026-10-25T02:00:00Z")
    issued(first, OCTOBER)

    made = monthly(later(first, "2026-11-25T02:00:00Z"), "340705", NOVEMBER, None)

    assert made.facts.baseline is not None
    assert (made.facts.baseline.month, made.facts.baseline.record) == (OCTOBER, 1)
    assert made.facts.baseline.figures["compounds.total"] == "2"


def test_a_rollout_after_the_period_changes_nothing() -> None:
    """A closed month stays as it is, whatever is done later."""
    first = desk("2026-11-25T02:00:00Z")
    before = issued(first, NOVEMBER)

    data = {"compounds": ["alpha"]}
    first.journal.append([Draft(kind="rollout.started", rollout="r9", data=data)])

    assert issued(later(first, "2026-11-30T00:00:00Z"), NOVEMBER) == before


def test_the_history_is_asked_for_the_period() -> None:
    """Closed: the whole period; open: until now; and what it tells becomes the rates."""
    history = History()
    closed = replace(desk("2026-11-25T02:00:00Z"), history=history)

    made = monthly(closed, "340705", NOVEMBER, None)
    monthly(later(closed, "2026-11-10T00:00:00Z"), "340705", NOVEMBER, None)

    assert history.asked == [
        ("2026-10-24T16:00:00Z", "2026-11-24T16:00:00Z"),
        ("2026-10-24T16:00:00Z", "2026-11-10T00:00:00Z"),
    ]
    assert str(made.figure("rate.online").value) == "1/2"
    assert str(made.figure("rate.connectivity").value) == "9/10"


def test_the_months_own_text_is_preferred() -> None:
    """monthly-2026-11.zh.txt before monthly.zh.txt; what is empty is told."""
    both = desk(
        "2026-11-25T02:00:00Z",
        {
            "340705-x/monthly.zh.txt": "# 主要做法\n每月。\n",
            "340705-x/monthly-2026-11.zh.txt": "# 主要做法\n本月。\n",
        },
    )

    made = monthly(both, "340705", NOVEMBER, None)

    assert made.facts.sections.practices == ("本月。",)
    missing = gaps(made, "zh")
    assert missing is not None
    assert "存在问题、下一步打算" in missing.zh
    assert "340705-x/monthly-2026-11.zh.txt" in missing.zh


def test_no_text_at_all_says_where_it_would_be_looked_for() -> None:
    """The usual name, in the district's folder."""
    made = monthly(desk("2026-11-25T02:00:00Z"), "340705", NOVEMBER, None)

    missing = gaps(made, "zh")

    assert missing is not None
    assert str(Path("340705-x") / "monthly.zh.txt") in missing.zh


@pytest.mark.parametrize(
    ("code", "month", "as_of"),
    [
        ("340799", NOVEMBER, None),
        ("340705", "2026-13", None),
        ("340705", "2027-05", None),
        ("340705", NOVEMBER, "2026-10-01"),
        ("340705", NOVEMBER, "2026-12-01"),
        ("340705", NOVEMBER, "soon"),
    ],
)
def test_what_cannot_be_meant(code: str, month: str, as_of: str | None) -> None:
    """No such district or month, a period not begun, a time that lies ahead of an open one."""
    with pytest.raises(UsageError):
        monthly(desk("2026-11-20T00:00:00Z"), code, month, as_of)


def test_a_later_time_of_a_closed_period_may_be_asked_for() -> None:
    """How late the report would be on that day."""
    made = monthly(desk("2026-11-25T02:00:00Z"), "340705", NOVEMBER, "2026-11-30")

    assert made.late_days == 5
