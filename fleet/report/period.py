"""Which days a monthly report is about, when it is due, and how late it is.

Clause 21 of 铜公通〔2021〕123号: in writing to the city's bureau by the 25th of each month. All
arithmetic is on the calendar of Asia/Shanghai; nothing here reads a clock or this machine's zone.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta, timezone

from fleet.model.base import Frozen
from fleet.model.errors import UsageError
from fleet.model.report import ReportTerms
from fleet.model.text import Text, text

# China has had no summer time since 1991, so that no time zone database is needed.
SHANGHAI = timezone(timedelta(hours=8), "Asia/Shanghai")
_MONTH = re.compile(r"(20[0-9]{2})-(0[1-9]|1[0-2])")


class Period(Frozen):
    """The period that ends in `month` (YYYY-MM): [begin, end) in UTC; `due`, a day in Shanghai."""

    month: str
    begin: str
    end: str
    due: date

    def closed(self, as_of: str) -> bool:
        """Whether the period is over at that time (UTC, RFC 3339)."""
        return instant(as_of) >= instant(self.end)

    def begun(self, as_of: str) -> bool:
        """Whether the period has begun at that time."""
        return instant(as_of) > instant(self.begin)

    def until(self, as_of: str) -> str:
        """Where the facts of a report of that time end."""
        return self.end if self.closed(as_of) else as_of

    def late_days(self, as_of: str) -> int:
        """Days since the due day; 0 on the due day itself and before."""
        return max(0, (local(as_of).date() - self.due).days)


def period_of(month: str, terms: ReportTerms) -> Period:
    """The period of a month.

    Raises:
        UsageError: `month` is not YYYY-MM.
    """
    match = _MONTH.fullmatch(month)
    if match is None:
        raise UsageError(
            text("{m} is no month", "{m} 不是有效的月份", m=month),
            text("write it like 2026-11", "请写成 2026-11"),
        )
    first = date(int(match[1]), int(match[2]), 1)
    following = _following(first)
    if terms.from_day == 1:
        begin, end = first, following
    else:
        previous = (first - timedelta(days=1)).replace(day=terms.from_day)
        begin, end = previous, first.replace(day=terms.from_day)
    due = end.replace(day=terms.due_day)
    if due < end:
        due = _following(end.replace(day=1)).replace(day=terms.due_day)
    return Period(month=month, begin=_midnight(begin), end=_midnight(end), due=due)


def previous_month(month: str) -> str:
    """The month before, like 2025-12 for 2026-01."""
    first = date(int(month[:4]), int(month[5:]), 1) - timedelta(days=1)
    return f"{first:%Y-%m}"


def instant(at: str) -> datetime:
    """A time of ours (UTC, RFC 3339, `Z`) as a moment."""
    return datetime.fromisoformat(at.replace("Z", "+00:00"))


def local(at: str) -> datetime:
    """The same moment on a Shanghai clock."""
    return instant(at).astimezone(SHANGHAI)


def utc(at: datetime) -> str:
    """A moment as UTC, RFC 3339, whole seconds: the form in which a report keeps its time."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def parse_as_of(given: str) -> str:
    """A time as a person gives it: a date or a date and time, of Shanghai unless it says its zone.

    Raises:
        UsageError: it is neither.
    """
    try:
        at = datetime.fromisoformat(given.replace("Z", "+00:00"))
    except ValueError:
        raise UsageError(
            text("{t} is no time", "{t} 不是有效的时间", t=given),
            text(
                "write it like 2026-11-25T09:00 (Asia/Shanghai) or 2026-11-25T01:00:00Z",
                "请写成 2026-11-25T09:00（北京时间）或 2026-11-25T01:00:00Z",
            ),
        ) from None
    return utc(at if at.tzinfo is not None else at.replace(tzinfo=SHANGHAI))


def day(at: date) -> Text:
    """A date, as each language writes it."""
    return text(f"{at:%Y-%m-%d}", f"{at.year}年{at.month}月{at.day}日")


def moment(at: str) -> Text:
    """A moment to the minute on a Shanghai clock, as each language writes it."""
    there = local(at)
    return text(
        f"{there:%Y-%m-%d %H:%M}",
        f"{there.year}年{there.month}月{there.day}日{there.hour}时{there.minute:02d}分",
    )


def month_name(month: str) -> Text:
    """A month, as each language writes it."""
    return text(month, f"{int(month[:4])}年{int(month[5:])}月")


def span(period: Period) -> Text:
    """The period's days; its last midnight is 24:00 of the day before."""
    first, last = local(period.begin).date(), local(period.end).date() - timedelta(days=1)
    return text(
        "{a} 00:00 to {b} 24:00 (Asia/Shanghai)", "{a}0时至{b}24时", a=day(first), b=day(last)
    )


def _following(first: date) -> date:
    return (first + timedelta(days=31)).replace(day=1)


def _midnight(at: date) -> str:
    return utc(datetime.combine(at, time(), SHANGHAI))
