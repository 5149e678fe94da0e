"""Behind every figure: rows whose shares add up to it, with the events of each."""

from __future__ import annotations

from fractions import Fraction

import pytest

from fleet.model.errors import UsageError
from fleet.report.facts import Watched
from fleet.report.figures import figures
from fleet.report.monthly import Monthly
from fleet.report.trace import find, trace
from tests.report.small import seen
from tests.report.test_figures import full

REPORT = Monthly(full(), "2026-11-25T01:00:00Z")


@pytest.mark.parametrize("name", [f.id for f in figures(full())])
def test_the_rows_of_a_trace_add_up_to_the_figure(name: str) -> None:
    """From the printed shares alone, as a reader with a calculator would do it."""
    figure = find(REPORT, name)
    rows = trace(REPORT, figure, "zh")

    part = sum((Fraction(r.part) for r in rows), Fraction(0))
    whole = sum((Fraction(r.whole) for r in rows), Fraction(0))

    expected = part if figure.unit == "count" else part / whole if whole else None
    assert figure.value == expected
    assert len({(r.sheet, r.key) for r in rows}) == len(rows)


def test_a_row_is_told_by_its_columns() -> None:
    """The sheet and its columns in the reader's language."""
    (row,) = trace(REPORT, find(REPORT, "findings.error"), "zh")

    assert row.sheet == "检查发现"
    assert row.cells["规则"] == "SECRET-18"
    assert row.cells["责任部门"] == "公安"


def test_the_intervals_behind_a_rate() -> None:
    """Each with its times in Shanghai; one that goes on says so."""
    watched = Watched(
        device="a-cam-1",
        online_ms=1,
        intervals=(
            seen("a-cam-1", "online", "00:00", "06:00"),
            seen("a-cam-1", "offline", "06:00", None),
        ),
    )
    report = Monthly(full(watched=(watched,)), "2026-11-25T01:00:00Z")

    (row,) = trace(report, find(report, "rate.online"), "zh")

    assert row.events == (
        "11-01 08:00:00 → 11-01 14:00:00  在线",
        "11-01 14:00:00 → 至今  离线",
    )


def test_the_journal_records_behind_a_changed_compound() -> None:
    """Only the steps that are proved done."""
    (row,) = trace(REPORT, find(REPORT, "changes.compounds"), "en")

    assert row.key == "alpha"
    assert [e.split()[0] for e in row.events] == ["J4"]


def test_a_figure_that_is_not_there() -> None:
    """The nearest ones are named."""
    with pytest.raises(UsageError) as caught:
        find(REPORT, "rate.onlin")

    assert caught.value.fix is not None
    assert "rate.online" in caught.value.fix.en
