"""Which days a report is about, when it is due, how late it is: over year ends and time zones."""

from __future__ import annotations

import time
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleet.model.errors import UsageError
from fleet.model.report import ReportTerms
from fleet.report import period as periods
from fleet.report.period import instant, local, parse_as_of, period_of, previous_month, utc

USUAL = ReportTerms()
MONTHS = st.tuples(st.integers(2001, 2098), st.integers(1, 12)).map(lambda p: f"{p[0]}-{p[1]:02}")
TERMS = st.builds(ReportTerms, from_day=st.integers(1, 28), due_day=st.integers(1, 28))


def test_the_usual_period_closes_before_the_report_is_due() -> None:
    """25 October 00:00 to 24 November 24:00 in Shanghai; due on the 25th (clause 21)."""
    found = period_of("2026-11", USUAL)

    assert found.begin == "2026-10-24T16:00:00Z"
    assert found.end == "2026-11-24T16:00:00Z"
    assert found.due == date(2026, 11, 25)


@pytest.mark.parametrize(
    ("month", "terms", "begin", "end", "due"),
    [
        ("2026-01", USUAL, (2025, 12, 25), (2026, 1, 25), (2026, 1, 25)),
        ("2026-12", USUAL, (2026, 11, 25), (2026, 12, 25), (2026, 12, 25)),
        ("2028-03", ReportTerms(from_day=28), (2028, 2, 28), (2028, 3, 28), (2028, 4, 25)),
        ("2026-12", ReportTerms(from_day=1), (2026, 12, 1), (2027, 1, 1), (2027, 1, 25)),
        ("2028-02", ReportTerms(from_day=1), (2028, 2, 1), (2028, 3, 1), (2028, 3, 25)),
        (
            "2026-12",
            ReportTerms(from_day=26, due_day=5),
            (2026, 11, 26),
            (2026, 12, 26),
            (2027, 1, 5),
        ),
    ],
)
def test_periods_by_hand(
    month: str,
    terms: ReportTerms,
    begin: tuple[int, int, int],
    end: tuple[int, int, int],
    due: tuple[int, int, int],
) -> None:
    """Year ends, leap years, the calendar month, and due days that fall into the next month."""
    found = period_of(month, terms)

    assert local(found.begin).date() == date(*begin)
    assert local(found.end).date() == date(*end)
    assert found.due == date(*due)
    assert (local(found.begin).hour, local(found.end).hour) == (0, 0)


@given(month=MONTHS, terms=TERMS)
def test_periods_follow_one_another(month: str, terms: ReportTerms) -> None:
    """No day belongs to two periods or to none, whatever the settings."""
    before, found = period_of(previous_month(month), terms), period_of(month, terms)

    assert before.end == found.begin
    assert 28 <= (instant(found.end) - instant(found.begin)).days <= 31
    assert local(found.end).date() <= found.due <= local(found.end).date() + timedelta(days=31)
    assert found.due.day == terms.due_day
    last = local(found.end) - timedelta(seconds=1)
    assert f"{last:%Y-%m}" == month


@pytest.mark.parametrize("wrong", ["2026-13", "2026-1", "26-11", "2026/11", "", "2026-11-01"])
def test_what_is_no_month(wrong: str) -> None:
    """Refused as a usage error, not guessed."""
    with pytest.raises(UsageError):
        period_of(wrong, USUAL)


def test_closed_at_the_last_midnight_and_not_before() -> None:
    """The second before 24:00 is open, 24:00 is closed."""
    found = period_of("2026-11", USUAL)

    assert not found.closed("2026-11-24T15:59:59Z")
    assert found.closed("2026-11-24T16:00:00Z")
    assert found.until("2026-11-20T00:00:00Z") == "2026-11-20T00:00:00Z"
    assert found.until("2026-12-20T00:00:00Z") == found.end
    assert not found.begun(found.begin)
    assert found.begun("2026-10-24T16:00:01Z")


@pytest.mark.parametrize(
    ("as_of", "days"),
    [
        ("2026-11-25T15:59:59Z", 0),
        ("2026-11-25T16:00:00Z", 1),
        ("2026-11-27T15:59:00Z", 2),
        ("2026-12-25T16:00:00Z", 31),
    ],
)
def test_late_by_the_calendar_of_shanghai(as_of: str, days: int) -> None:
    """The due day itself is in time until its midnight."""
    assert period_of("2026-11", USUAL).late_days(as_of) == days


@pytest.mark.parametrize(
    ("given_time", "expected"),
    [
        ("2026-11-25", "2026-11-24T16:00:00Z"),
        ("2026-11-25 09:30", "2026-11-25T01:30:00Z"),
        ("2026-11-25T09:30:00", "2026-11-25T01:30:00Z"),
        ("2026-11-25T01:30:00Z", "2026-11-25T01:30:00Z"),
        ("2026-11-24T20:30:00-05:00", "2026-11-25T01:30:00Z"),
    ],
)
def test_a_time_without_a_zone_is_of_shanghai(given_time: str, expected: str) -> None:
    """Every way to write one moment gives the same report time."""
    assert parse_as_of(given_time) == expected


def test_what_is_no_time() -> None:
    """Refused with an example."""
    with pytest.raises(UsageError) as caught:
        parse_as_of("tomorrow")

    assert caught.value.fix is not None
    assert "2026-11-25T09:00" in caught.value.fix.zh


@pytest.mark.parametrize(
    "zone", ["UTC", "America/New_York", "Asia/Kathmandu", "Pacific/Kiritimati"]
)
def test_this_machines_zone_does_not_matter(zone: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same period, time and words in every zone."""
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        found = period_of("2026-11", USUAL)
        assert (found.begin, found.end) == ("2026-10-24T16:00:00Z", "2026-11-24T16:00:00Z")
        assert parse_as_of("2026-11-25 09:30") == "2026-11-25T01:30:00Z"
        assert periods.moment("2026-11-24T16:00:00Z").zh == "2026年11月25日0时00分"
    finally:
        monkeypatch.undo()
        time.tzset()


def test_words() -> None:
    """Days and spans as each language writes them; the last midnight is 24:00 of the day before."""
    found = period_of("2026-01", USUAL)

    assert periods.span(found).zh == "2025年12月25日0时至2026年1月24日24时"
    assert periods.span(found).en == "2025-12-25 00:00 to 2026-01-24 24:00 (Asia/Shanghai)"
    assert periods.month_name("2026-01").zh == "2026年1月"
    assert utc(datetime(2026, 1, 2, 3, 4, 5, 999_999, UTC)) == "2026-01-02T03:04:05Z"
