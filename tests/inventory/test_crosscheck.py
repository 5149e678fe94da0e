"""Duplicates, and references to nothing: what no single line can show."""

from __future__ import annotations

from pathlib import Path

import pytest

from fleet.inventory import load
from fleet.model.diagnostic import Position
from tests.inventory.cities import (
    CITY,
    DISTRICT,
    FOLDER,
    X,
    at,
    compound,
    devices,
    errors,
    line,
    loaded,
    only,
    place,
    write,
)

OTHER = f"{FOLDER}/y.yaml"


def _second(**fields: str) -> str:
    """A second camera beside the small city's, unlike it in everything but `fields`."""
    own = {
        "id": "x-cam-02",
        "address": "127.0.1.12",
        "serial": "C2",
        "gb_id": '"34070501011327000002"',
    } | fields
    return line("x-cam-01", **own)


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("id", "x-cam-01", "duplicate-id"),
        ("address", "127.0.1.11", "duplicate-address"),
        ("serial", "C1", "duplicate-id"),
        ("gb_id", '"34070501011327000001"', "duplicate-id"),
    ],
)
def test_a_duplicate_names_the_first_place(
    tmp_path: Path, field: str, value: str, code: str
) -> None:
    """The second taker is the fault; where the first stands is in the text."""
    sections = {"devices": devices(x_cam_02=_second(**{field: value}))}

    finding = only(loaded(tmp_path, **sections))

    text = compound(**sections)
    first = place(text, f"{field}: {value}")
    assert (code, field) == (finding.code, finding.field)
    assert f"{X}:{first[0]}:" in finding.summary.en
    assert place(text, value, text.count(value))[0] == at(finding)[0]


def test_each_of_two_lines_with_one_id_is_checked(tmp_path: Path) -> None:
    """The first line's own fault is told too, and references mean the first line."""
    lines = devices(
        x_cam_01=line("x-cam-01", gb_id='"34020000001320000001"'),
        x_2=_second(id="x-cam-01", gb_id="null"),
    )

    found = errors(loaded(tmp_path, devices=lines))

    assert {"gb-id-sample", "duplicate-id"} == {e.code for e in found}


def test_one_address_with_two_ports_is_two_places(tmp_path: Path) -> None:
    """Address and port together must be unique, as with devices behind one host."""
    found = loaded(tmp_path, devices=devices(x_cam_02=_second(address="127.0.1.11", port="8081")))

    assert errors(found) == []


def test_a_device_may_not_sit_on_the_platforms_address(tmp_path: Path) -> None:
    """The registrar's own address and port are taken."""
    found = loaded(tmp_path, devices=devices(x_cam_02=_second(address="127.0.0.2", port="15060")))

    assert only(found).code == "duplicate-address"


def test_engine_ids_are_unique_whatever_their_case(tmp_path: Path) -> None:
    """Two gates with one engine id would be one device."""
    gate = line(
        "x-gate-01",
        id="x-gate-02",
        address="127.0.1.62",
        engine_id='"80007ED90501"',
        gb_id='"34070501011427000062"',
    )

    assert only(loaded(tmp_path, devices=devices(x_gate_02=gate))).field == "engine_id"


@pytest.mark.parametrize(
    ("section", "text", "field"),
    [
        ("areas", "areas:\n  - {id: road, kind: main_road, name: A}\n"
         "  - {id: road, kind: elevator, name: B}\n", "id"),
        ("areas", "areas:\n  - {id: road, kind: main_road, name: A}\n"
         "  - {id: east, kind: elevator, name: B}\n", "id"),
        ("perimeter", "perimeter:\n  - {id: n, length_m: 1, physical: wall}\n"
         "  - {id: n, length_m: 2, physical: wall}\n", "id"),
        ("unit_doors", "unit_doors:\n  - {id: u1, name: A, building: a, reader: x-door-01}\n"
         "  - {id: u1, name: B, building: b, reader: x-door-01}\n", "id"),
    ],
)  # fmt: skip
def test_labels_are_unique_in_a_compound(
    tmp_path: Path, section: str, text: str, field: str
) -> None:
    """Areas and entrances share one space, since a device's area may be either."""
    finding = only(loaded(tmp_path, **{section: text}))

    assert ("duplicate-id", field) == (finding.code, finding.field)


@pytest.mark.parametrize(
    ("sections", "field", "fix"),
    [
        ({"entrances": "entrances: [{id: east, name: E, kind: pedestrian, gates: [x-gate-10]}]\n"},
         "gates", "did you mean x-gate-01?"),
        ({"entrances": "entrances: [{id: east, name: E, kind: pedestrian, gates: [x-nvr-01]}]\n"},
         "gates", "a gate, a door reader"),
        ({"unit_doors": "unit_doors: [{id: u1, name: A, building: a, reader: x-dor-01}]\n"},
         "reader", "did you mean x-door-01?"),
        ({"unit_doors": "unit_doors: [{id: u1, name: A, building: a, reader: x-cam-01}]\n"},
         "reader", "a gate, a door reader"),
        ({"devices": devices(x_nvr_01=line("x-nvr-01", channels="[x-cam-01, x-door-01]"))},
         "channels", "known: x-cam-01"),
        ({"devices": devices(x_cam_01=line("x-cam-01", area="raod"))},
         "area", "did you mean road?"),
    ],
)  # fmt: skip
def test_a_reference_to_nothing(
    tmp_path: Path, sections: dict[str, str], field: str, fix: str
) -> None:
    """Each reference is followed; the nearest name that would fit is offered."""
    finding = only(loaded(tmp_path, **sections))

    assert ("no-reference", field) == (finding.code, finding.field)
    assert fix in finding.fix.en


def test_a_plate_camera_may_close_an_entrance_if_it_drives_a_barrier(tmp_path: Path) -> None:
    """A camera without barrier settings closes nothing."""
    entrances = "entrances: [{id: east, name: E, kind: vehicle, gates: [x-cam-01]}]\n"
    driving = devices(x_cam_01=line("x-cam-01", settings="{barrier_open_s: 5}"))

    assert errors(loaded(tmp_path / "a", entrances=entrances, devices=driving)) == []
    assert only(loaded(tmp_path / "b", entrances=entrances)).field == "gates"


def test_a_canary_that_is_no_compound(tmp_path: Path) -> None:
    """At the canary's value, with the nearest compound."""
    city = CITY + "rollout: {canary: xx}\n"

    finding = only(load(write(tmp_path, {"city.yaml": city})))

    assert Position(file="city.yaml", line=11, column=19) == finding.position
    assert finding.fix.en == "did you mean x?"


def test_a_canary_in_a_file_that_cannot_be_read_is_not_blamed(tmp_path: Path) -> None:
    """One cause, one finding: the broken file."""
    files = {"city.yaml": CITY + "rollout: {canary: x}\n", X: "devices: [\n"}

    assert [e.code for e in errors(load(write(tmp_path, files)))] == ["truncated"]


@pytest.mark.parametrize(
    ("head", "fits"),
    [
        ("category: old, built_year: 1998, renovation_plan: true", True),
        ("category: old, built_year: 2000, renovation_plan: true", True),
        ("category: old, built_year: 2001, renovation_plan: true", False),
        ("category: old, built_year: 1998", False),
        ("category: existing, built_year: 1998", True),
    ],
)
def test_old_is_what_the_notice_calls_old(tmp_path: Path, head: str, fits: bool) -> None:
    """Clause 1: by the end of 2000 and in the plan; it decides how findings count."""
    found = loaded(tmp_path, compound=f"compound: {{id: x, name: X, {head}}}\n")

    assert ([] if fits else ["category"]) == [e.code for e in errors(found)]


def test_two_compounds_of_one_id(tmp_path: Path) -> None:
    """The second file is the fault; its devices are told too."""
    found = load(write(tmp_path, {OTHER: compound()}))

    first = errors(found)[0]
    assert (
        first.code,
        first.field,
        first.position.file if first.position else "",
    ) == ("duplicate-id", "compound.id", OTHER)


def test_two_folders_of_one_district(tmp_path: Path) -> None:
    """A district has one folder."""
    name = "340705-copy/district.yaml"
    platform = DISTRICT.index("platform:")

    found = load(write(tmp_path, {name: DISTRICT[:platform], f"{FOLDER}/z.yml": "x: 1\n"}))

    assert "duplicate-id" in [e.code for e in errors(found)]


def test_a_folder_whose_name_disagrees(tmp_path: Path) -> None:
    """The code in the folder's name is the district's."""
    files = {f"{FOLDER}/district.yaml": DISTRICT.replace('code: "340705"', 'code: "340711"')}

    assert "folder" in [e.code for e in errors(load(write(tmp_path, files)))]


def test_a_district_in_a_folder_without_code(tmp_path: Path) -> None:
    """A folder that looks like a district but would be passed over in silence."""
    found = load(write(tmp_path, {"tongguan/district.yaml": DISTRICT}))

    finding = only(found)
    assert finding.code == "folder"
    assert "340705-tongguan" in finding.fix.en
