"""A device without a pinned identity is warned of where it stands."""

from __future__ import annotations

from pathlib import Path

import pytest

from fleet.model.diagnostic import Severity
from tests.inventory.cities import LINES, at, compound, devices, line, loaded, place

FIELDS = {n: "engine_id" if "gate" in n else "serial" for n in LINES}


def without(name: str) -> str:
    """A device's line without its identity."""
    marked = line(name, **{FIELDS[name]: "GONE"})
    return marked.replace(f", {FIELDS[name]}: GONE", "")


@pytest.mark.parametrize("name", FIELDS)
def test_a_device_that_can_never_be_managed_passed_validate_in_silence(
    tmp_path: Path, name: str
) -> None:
    """Symptom: no finding, and each plan said that it is another device."""
    section = devices(**{name.replace("-", "_"): without(name)})
    found = loaded(tmp_path, devices=section)
    (finding,) = found.diagnostics

    assert (finding.code, finding.severity) == ("unpinned", Severity.WARNING)
    assert (finding.device, finding.field) == (name, FIELDS[name])
    assert at(finding) == place(compound(devices=section), "{id: " + name)
    assert f"no {FIELDS[name]} is pinned" in finding.summary.en
    assert "fleet plan" in finding.fix.en
    assert "fleet plan" in finding.fix.zh
    assert found.city is not None


def test_a_pinned_city_has_no_warning(tmp_path: Path) -> None:
    """Goal: the warning speaks of lines without an identity only."""
    assert loaded(tmp_path).diagnostics == ()


def test_a_faulty_identity_is_told_once(tmp_path: Path) -> None:
    """Goal: a value of a wrong form is its own fault; that it is missing is not said as well."""
    found = loaded(tmp_path, devices=devices(x_cam_01=line("x-cam-01", serial="'a b'")))

    assert [d.code for d in found.diagnostics] == ["wrong-type"]


def test_an_identity_of_null_is_none(tmp_path: Path) -> None:
    """Goal: `serial: null` pins nothing, so it is warned of like a missing one."""
    found = loaded(tmp_path, devices=devices(x_cam_01=line("x-cam-01", serial="null")))

    assert [d.code for d in found.diagnostics] == ["unpinned"]
