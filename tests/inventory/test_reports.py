"""The terms of the monthly report: inherited city → district, windows in Shanghai's time."""

from __future__ import annotations

from pathlib import Path

import pytest

from fleet.inventory import Loaded, load
from fleet.model.compound import Lifecycle
from fleet.model.report import PlannedWindow, ReportTerms
from tests.inventory.cities import CITY, DISTRICT, FOLDER, X, compound, errors, only, write

FILE = f"{FOLDER}/district.yaml"


def read(root: Path, district: str = "", city: str = "") -> Loaded:
    """The small city with a line added to each of the two files."""
    return load(write(root, {"city.yaml": CITY + city, FILE: DISTRICT + district}))


def terms(found: Loaded) -> ReportTerms:
    """What the one district's report goes by."""
    return found.require().districts[0].report


def test_without_a_word_the_notice_holds(tmp_path: Path) -> None:
    """From the 25th, due on the 25th, to the city's bureau (clause 21)."""
    assert terms(read(tmp_path)) == ReportTerms(
        from_day=25, due_day=25, recipient="市公安局", issuer="", windows=()
    )


def test_the_nearer_word_wins_field_by_field(tmp_path: Path) -> None:
    """The city sets two, the district replaces one of them."""
    found = read(
        tmp_path,
        district="report: {due_day: 3, issuer: 某分局}\n",
        city="report: {from_day: 1, due_day: 5, recipient: 铜陵市公安局}\n",
    )

    assert terms(found) == ReportTerms(
        from_day=1, due_day=3, recipient="铜陵市公安局", issuer="某分局"
    )


def test_windows_are_told_in_shanghai_and_kept_in_utc(tmp_path: Path) -> None:
    """22:30 there is 14:30 UTC; midnight there is the day before."""
    found = read(
        tmp_path,
        "report:\n  windows:\n"
        "    - {from: 2026-11-20 22:30, to: 2026-11-21 00:00, reason: 割接, compounds: [x]}\n"
        "    - {from: 2026-11-22 00:00, to: 2026-11-22 06:00, reason: 停电}\n",
    )

    assert terms(found).windows == (
        PlannedWindow(
            begin="2026-11-20T14:30:00.000Z",
            end="2026-11-20T16:00:00.000Z",
            reason="割接",
            compounds=("x",),
        ),
        PlannedWindow(
            begin="2026-11-21T16:00:00.000Z", end="2026-11-21T22:00:00.000Z", reason="停电"
        ),
    )


@pytest.mark.parametrize(
    ("window", "code"),
    [
        ("{from: 2026-02-30 10:00, to: 2026-03-01 10:00, reason: x}", "window"),
        ("{from: 2026-11-20 25:00, to: 2026-11-21 10:00, reason: x}", "window"),
        ("{from: 2026-11-20 10:00, to: 2026-11-20 10:00, reason: x}", "window"),
        ("{from: 2026-11-20, to: 2026-11-21 10:00, reason: x}", "wrong-type"),
        ("{from: 2026-11-20 10:00, to: 2026-11-21 10:00}", "missing-field"),
        (
            "{from: 2026-11-20 10:00, to: 2026-11-21 10:00, reason: x, compounds: [y]}",
            "no-reference",
        ),
    ],
)
def test_a_window_that_cannot_be_is_a_fault(tmp_path: Path, window: str, code: str) -> None:
    """Not on the calendar, backwards, incomplete, or of a compound that is not there."""
    fault = only(read(tmp_path, f"report: {{windows: [{window}]}}\n"))

    assert fault.code == code
    assert fault.position is not None
    assert fault.position.file == FILE


@pytest.mark.parametrize("line", ["{from_day: 29}", "{due_day: 0}", "{windows: []}", "{day: 1}"])
def test_what_a_city_may_not_say(tmp_path: Path, line: str) -> None:
    """Days that some month lacks; planned work belongs to a district."""
    assert len(errors(read(tmp_path, city=f"report: {line}\n"))) == 1


@pytest.mark.parametrize("stage", [None, *Lifecycle])
def test_a_compounds_stage(tmp_path: Path, stage: Lifecycle | None) -> None:
    """Clause 4: told or not told, never assumed."""
    said = f", stage: {stage.value}" if stage else ""
    head = f"compound: {{id: x, name: X, category: new, built_year: 2024{said}}}\n"

    found = load(write(tmp_path, {X: compound(compound=head)})).require()

    assert found.compound("x").site.stage is stage
