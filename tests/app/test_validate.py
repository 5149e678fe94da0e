"""The verdict over a city: which exit code, what is counted, and rules over what is sound."""

from __future__ import annotations

from pathlib import Path

import pytest

from fleet.app.validate import Verdict, validate
from fleet.model.diagnostic import Diagnostic, Severity
from fleet.model.exitcodes import ExitCode
from fleet.model.text import text
from tests.inventory.cities import CITY, DISTRICT, FOLDER, X, compound, devices, line, write

D = f"{FOLDER}/district.yaml"
OLD = "compound: {id: x, name: X, category: existing, built_year: 2010}\n"
FACE = "settings: {door: {auth_ways: [face]}}\n"
CLEAR = "logins: {camera: {password: Tr0ub4dor}}\n"
# what is written → exit code, codes of the files' faults, codes of the rules' findings
CITIES: list[tuple[str, dict[str, str], ExitCode, set[str], set[str]]] = [
    ("clean", {}, ExitCode.OK, set(), set()),
    ("a warning of a rule", {X: compound(compound=OLD, centre="")}, ExitCode.OK, set(),
     {"CENTRE-15"}),
    ("an error of a rule", {X: compound(centre="")}, ExitCode.POLICY, set(), {"CENTRE-15"}),
    ("an error of a rule in an old compound", {X: compound(compound=OLD, settings=FACE)},
     ExitCode.POLICY, set(), {"BIOMETRIC-14"}),
    ("a warning of the files", {"city.yaml": CITY + "secrets: {vault: v.yaml}\n"}, ExitCode.OK,
     {"no-reference"}, set()),
    ("a warning of the files and an error of a rule",
     {"city.yaml": CITY + "secrets: {vault: v.yaml}\n", X: compound(centre="")},
     ExitCode.POLICY, {"no-reference"}, {"CENTRE-15"}),
    ("a fault", {X: compound(centre="centre: 1\n")}, ExitCode.INVENTORY, {"wrong-type"}, set()),
    ("a fault and a secret in clear", {X: compound(centre="centre: 1\n", logins=CLEAR)},
     ExitCode.INVENTORY, {"wrong-type"}, {"SECRET-18"}),
    ("a fault in the city and a secret in clear",
     {"city.yaml": CITY + "x: 1\n", X: compound(logins=CLEAR)},
     ExitCode.INVENTORY, {"unknown-field"}, {"SECRET-18"}),
    ("a fault in the district and a broken rule",
     {D: DISTRICT + "x: 1\n", X: compound(centre="")}, ExitCode.INVENTORY, {"unknown-field"},
     set()),
    ("a secret in clear", {X: compound(logins=CLEAR)}, ExitCode.POLICY, set(), {"SECRET-18"}),
    ("a phone number in a remark", {X: compound() + "# 13800138000\n"}, ExitCode.POLICY, set(),
     {"RESIDENT-18"}),
    ("a city file that cannot be read", {"city.yaml": "city: {\n"}, ExitCode.INVENTORY,
     {"truncated"}, set()),
]  # fmt: skip


@pytest.mark.parametrize("case", CITIES, ids=[c[0] for c in CITIES])
def test_the_verdict(
    tmp_path: Path, case: tuple[str, dict[str, str], ExitCode, set[str], set[str]]
) -> None:
    """3 before 4 before 0; warnings count for none; both sorts of finding in one run."""
    _, files, code, inventory, policy = case

    verdict = validate(write(tmp_path, files))

    assert verdict.exit_code is code
    assert {f.code for f in verdict.inventory} == inventory
    assert {f.code for f in verdict.policy} == policy
    assert verdict.findings == verdict.inventory + verdict.policy


def test_sound_neighbours_are_judged(tmp_path: Path) -> None:
    """A faulty compound does not hide what its neighbour breaks; both are told in one run."""
    other = compound(centre="").replace("x-", "y-").replace("id: x,", "id: y,")
    other = other.replace("127.0.1", "127.0.2").replace("3407050101", "3407050201")
    other = other.replace("serial: ", "serial: Y").replace("80007ed90501", "80007ed90502")
    files = {f"{FOLDER}/y.yaml": other, X: compound(centre="centre: 1\n")}

    verdict = validate(write(tmp_path, files))

    assert [f.compound for f in verdict.policy] == ["y"]
    assert (verdict.compounds, verdict.devices) == (1, 4)
    assert verdict.exit_code is ExitCode.INVENTORY


@pytest.mark.parametrize("lines", [1, 3, 4])
def test_what_was_looked_at_is_counted(tmp_path: Path, lines: int) -> None:
    """Compounds and devices, so that an empty run cannot be taken for a clean one."""
    extra = {
        f"x_cam_{n:02}": line(
            "x-cam-01", id=f"x-cam-{n:02}", address=f"127.0.1.{20 + n}", serial=f"C{n}",
            gb_id=f'"340705010113270000{n:02}"',
        )
        for n in range(2, 1 + lines)
    }  # fmt: skip

    verdict = validate(write(tmp_path, {X: compound(devices=devices(**extra))}))

    assert (verdict.compounds, verdict.devices) == (1, 3 + lines)


def test_a_folder_without_a_city(tmp_path: Path) -> None:
    """Nothing there: one fault, nothing counted."""
    verdict = validate(tmp_path)

    assert [f.code for f in verdict.findings] == ["no-city"]
    assert (verdict.compounds, verdict.devices) == (0, 0)
    assert verdict.exit_code is ExitCode.INVENTORY


def _finding(severity: Severity) -> Diagnostic:
    return Diagnostic(code="c", severity=severity, summary=text("s", "摘"), fix=text("f", "办"))


@pytest.mark.parametrize(
    ("inventory", "policy", "code"),
    [
        ("", "", ExitCode.OK),
        ("i", "i", ExitCode.OK),
        ("w", "", ExitCode.OK),
        ("", "w", ExitCode.OK),
        ("w", "ww", ExitCode.OK),
        ("", "e", ExitCode.POLICY),
        ("w", "we", ExitCode.POLICY),
        ("e", "", ExitCode.INVENTORY),
        ("we", "e", ExitCode.INVENTORY),
        ("iwe", "iwe", ExitCode.INVENTORY),
    ],
)
def test_severities_and_exit_codes(inventory: str, policy: str, code: ExitCode) -> None:
    """Each mixture, and how many of each severity there are."""
    by_letter = {"i": Severity.INFO, "w": Severity.WARNING, "e": Severity.ERROR}
    verdict = Verdict(
        inventory=tuple(_finding(by_letter[c]) for c in inventory),
        policy=tuple(_finding(by_letter[c]) for c in policy),
    )

    assert verdict.exit_code is code
    for letter, severity in by_letter.items():
        assert verdict.count(severity) == (inventory + policy).count(letter)
