"""A compound whose head is faulty is still read to its end."""

from __future__ import annotations

from pathlib import Path

import pytest

from fleet.inventory import load
from fleet.inventory.load import Loaded
from fleet.model.diagnostic import Diagnostic
from tests.inventory.cities import FOLDER, X, compound, devices, errors, line, write

HEADS = {
    "no category": ("compound: {id: x, name: X, built_year: 2024}\n", "missing-field"),
    "a wrong category": (
        "compound: {id: x, name: X, category: nw, built_year: 2024}\n",
        "wrong-type",
    ),
    "no id": ("compound: {name: X, category: new, built_year: 2024}\n", "missing-field"),
    "a wrong id": ("compound: {id: X Y, name: X, category: new, built_year: 2024}\n", "wrong-type"),
    "no head at all": ("", "missing-field"),
    "a head that is a list": ("compound: [x]\n", "wrong-type"),
}


def read(root: Path, head: str, **sections: str) -> Loaded:
    """The small city with another head of its compound."""
    return load(write(root, {X: compound(compound=head, **sections)}))


@pytest.mark.parametrize("symptom", HEADS)
def test_a_faulty_head_hid_every_other_fault_of_its_file(tmp_path: Path, symptom: str) -> None:
    """Symptom: after the id was corrected the next run brought the faults of its devices."""
    head, code = HEADS[symptom]
    broken = devices(
        x_cam_01=line("x-cam-01", area="nowhere", address="127.0.1.300"),
        x_door_01=line("x-door-01", gb_id='"34020000001420000041"'),
        x_nvr_01=line("x-nvr-01", channels="[x-cam-77]"),
    )

    found = {d.code for d in errors(read(tmp_path, head, devices=broken))}

    assert {code, "no-reference", "wrong-type", "gb-id-sample"} <= found


@pytest.mark.parametrize("symptom", HEADS)
def test_a_faulty_head_is_the_only_fault_of_a_sound_rest(tmp_path: Path, symptom: str) -> None:
    """Goal: what stands in for the head is never blamed, and no compound is made of it."""
    head, code = HEADS[symptom]
    found = read(tmp_path, head)

    assert {d.code for d in errors(found)} == {code}
    assert found.city is None
    assert found.sound is not None
    assert list(found.sound.compounds()) == []


def test_two_files_without_an_id_are_not_the_same_compound(tmp_path: Path) -> None:
    """Goal: no id is no id twice; devices that are given twice are told."""
    nameless = compound(compound=HEADS["no id"][0])
    found = load(write(tmp_path, {X: nameless, f"{FOLDER}/y.yaml": nameless}))

    assert {d.field for d in errors(found) if d.code == "duplicate-id"} == {
        "id", "serial", "engine_id", "gb_id", "spare_ids",
    }  # fmt: skip


def test_the_drivers_look_at_the_devices_of_a_faulty_file(tmp_path: Path) -> None:
    """Goal: values that cannot be written are told in the same run, too."""
    seen: list[str] = []

    def check(device: object) -> list[Diagnostic]:
        seen.append(str(getattr(device, "id", "")))
        return []

    load(write(tmp_path, {X: compound(compound=HEADS["no category"][0])}), check)

    assert sorted(seen) == ["x-cam-01", "x-door-01", "x-gate-01", "x-nvr-01"]
