"""A district belongs to its city by the first digits of its code (GB/T 2260)."""

from __future__ import annotations

from pathlib import Path

import pytest

from fleet.inventory import load
from fleet.model.diagnostic import Diagnostic, Severity
from tests.inventory.cities import CITY, FOLDER, write


def findings(root: Path, city: str) -> list[Diagnostic]:
    """What is said of divisions where the city of district 340705 has this code."""
    found = load(write(root, {"city.yaml": CITY.replace("340700", city)}))
    return [d for d in found.diagnostics if d.code == "division"]


@pytest.mark.parametrize("city", ["340700", "340799", "340000"])
def test_a_district_of_its_city_is_well(tmp_path: Path, city: str) -> None:
    """Four digits, and two where the whole is a province or a municipality like Beijing."""
    assert findings(tmp_path, city) == []


@pytest.mark.parametrize("city", ["350100", "340100", "350000"])
def test_a_district_of_another_city_is_a_warning(tmp_path: Path, city: str) -> None:
    """Named at the district's code; a warning, since codes of divisions do change."""
    (found,) = findings(tmp_path, city)

    assert found.severity is Severity.WARNING
    assert str(found.position).startswith(f"{FOLDER}/district.yaml:1:")
    assert found.summary.en == f"district 340705 is not of city {city}"
    assert found.summary.zh == f"区县 340705 不属于城市 {city}"
