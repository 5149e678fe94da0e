"""Clause 18: suspects become findings of the right rule, with no value in them."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import pytest

from fleet.inventory import load
from fleet.model.diagnostic import Position, Severity
from fleet.model.suspect import ResidentSuspicion, SecretSuspicion, Suspect
from fleet.policy import judge, judge_suspects
from tests.inventory.cities import CITY, X, compound, write


def _suspect(what: str, **more: str) -> Suspect:
    place = Position(file="f.yaml", line=2, column=3)
    return Suspect.model_validate({"what": what, "position": place, **more})


@pytest.mark.parametrize("what", get_args(SecretSuspicion))
def test_secrets(what: str) -> None:
    """Each sort is an error of SECRET-18 for the police's data security."""
    (finding,) = judge_suspects([_suspect(what, key="password", device="d", compound="c")])

    assert (
        finding.code,
        finding.severity,
        finding.owner,
    ) == ("SECRET-18", Severity.ERROR, "police")
    assert (finding.compound, finding.device, finding.field) == ("c", "d", "password")
    assert "{" not in finding.summary.en + finding.summary.zh


@pytest.mark.parametrize("what", get_args(ResidentSuspicion))
def test_residents(what: str) -> None:
    """Each sort is an error of RESIDENT-18; the way out names git's history."""
    (finding,) = judge_suspects([_suspect(what)])

    assert (finding.code, finding.severity) == ("RESIDENT-18", Severity.ERROR)
    assert "history" in finding.fix.en


def test_a_key_with_braces_is_shown_as_it_is() -> None:
    """A hostile key is text, never a format."""
    (finding,) = judge_suspects([_suspect("plaintext", key="pass{0}word{device}")])

    assert "pass{0}word{device}" in finding.summary.en


@pytest.mark.parametrize("category", ["new", "existing", "old"])
def test_no_category_softens_them(tmp_path: Path, category: str) -> None:
    """An old compound's password in git is as public as a new one's."""
    year = {"new": 2024, "existing": 2010, "old": 1990}[category]
    head = f"compound: {{id: x, name: X, category: {category}, built_year: {year}, "
    text = compound(
        compound=head + "renovation_plan: true}\n",
        logins="logins: {camera: {password: hunter22}}\n",
    )

    found = [f for f in judge(load(write(tmp_path, {X: text})).require()) if f.code == "SECRET-18"]

    assert [f.severity for f in found] == [Severity.ERROR]
    assert "hunter22" not in found[0].model_dump_json()


def test_a_secret_above_the_compounds(tmp_path: Path) -> None:
    """city.yaml belongs to no compound, and is judged all the same."""
    city = CITY.replace('"secret://vault/bootstrap/door"', "admin12345")

    found = judge(load(write(tmp_path, {"city.yaml": city})).require())

    assert [(f.code, f.position.file if f.position else "", f.compound) for f in found] == [
        ("SECRET-18", "city.yaml", None)
    ]
    assert "default password" in found[0].summary.en


def test_findings_come_in_the_order_of_the_files() -> None:
    """Sorted by file, line and column."""

    def make(line: int) -> Suspect:
        return Suspect(what="mobile", position=Position(file="f.yaml", line=line))

    found = judge_suspects([make(9), make(1), make(5)])

    assert [f.position.line for f in found if f.position] == [1, 5, 9]
