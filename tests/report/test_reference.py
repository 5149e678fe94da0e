"""docs/reference/monthly-report.md names what the report has."""

from __future__ import annotations

import re

from fleet.report.figures import figures
from fleet.report.sections import HEADINGS
from fleet.report.sheets import sheets
from tests.inventory.cities import EXAMPLE
from tests.report.test_figures import full

PAGE = (EXAMPLE.parents[1] / "docs/reference/monthly-report.md").read_text(encoding="utf-8")


def test_every_family_of_figures_is_explained() -> None:
    """By its own name, or by the family's where there are many."""
    named = set(re.findall(r"`([a-z_.]+?)(?:\.…)?`", PAGE))

    for figure in figures(full()):
        assert figure.id in named or figure.id.split(".")[0] in named, figure.id


def test_every_sheet_and_every_section_is_named() -> None:
    """In the words that the files have."""
    for sheet in sheets(full()):
        assert sheet.name.zh in PAGE
    for heading in HEADINGS:
        assert heading in PAGE or heading.isascii()
