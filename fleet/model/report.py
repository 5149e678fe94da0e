"""What a city or district says about its monthly report (clause 21 of 铜公通〔2021〕123号)."""

from __future__ import annotations

from pydantic import Field

from fleet.model.base import Frozen


class PlannedWindow(Frozen):
    """Planned work from `begin` to `end` (UTC, RFC 3339, `Z`), which no rate counts.

    `compounds` empty: every compound of the district.
    """

    begin: str
    end: str
    reason: str
    compounds: tuple[str, ...] = ()


class ReportTerms(Frozen):
    """When a report's period begins and is due, who sends it and who receives it.

    A period runs from `from_day` 00:00 of one month to the day before it, 24:00, of the next one,
    Asia/Shanghai; `from_day` 1 is the calendar month. The report is due on the first `due_day`
    after the period's end. Empty texts: made from the names of the city and the district.
    """

    from_day: int = Field(25, ge=1, le=28)
    due_day: int = Field(25, ge=1, le=28)
    recipient: str = "市公安局"
    issuer: str = ""
    windows: tuple[PlannedWindow, ...] = ()
