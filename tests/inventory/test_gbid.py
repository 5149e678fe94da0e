"""GB/T 28181 ids: their parts, and everything that can be wrong with one."""

from __future__ import annotations

from pathlib import Path

import pytest

from fleet.inventory import gbid, load
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

DIVISION = "340705"


def test_parts() -> None:
    """Centre, industry, type, network, serial, as annex E cuts them."""
    assert gbid.GbId("34070501", "01", "132", "7", "000001") == gbid.parse("34070501011327000001")


@pytest.mark.parametrize("value", ["", "1" * 19, "1" * 21, "3407050101132700000a", "３" * 20])
def test_what_is_no_id(value: str) -> None:
    """20 ASCII digits, nothing else; full-width digits are none."""
    with pytest.raises(ValueError, match="20 digits"):
        gbid.parse(value)


@pytest.mark.parametrize(
    ("value", "codes"),
    [
        ("34070501011327000001", []),
        ("34070599591317999999", []),
        ("34020000001320000001", ["gb-id-sample"]),
        ("34072201011327000001", ["gb-id-division"]),
        ("34070501012007000001", ["gb-id-type"]),
        ("34070501301327000001", ["gb-id-industry"]),
        ("34072201302007000001", ["gb-id-division", "gb-id-type", "gb-id-industry"]),
    ],
)
def test_faults(value: str, codes: list[str]) -> None:
    """Each part has its own fault, and all of them are told."""
    found = list(gbid.faults(value, DIVISION, gbid.CAMERA_TYPES))

    assert codes == [code for code, _, _ in found]


@pytest.mark.parametrize(
    ("division", "fits"),
    [("340705", True), ("340700", True), ("340000", True), ("340722", False), ("340800", False)],
)
def test_a_division_covers_what_lies_below_it(division: str, fits: bool) -> None:
    """A city's code ends in 00 and is a prefix of its districts' codes."""
    codes = [c for c, _, _ in gbid.faults("34070501011327000001", division, ("132",))]

    assert fits is ("gb-id-division" not in codes)


@pytest.mark.parametrize(
    ("device", "type_", "fits"),
    [
        ("x-cam-01", "131", True),
        ("x-cam-01", "132", True),
        ("x-cam-01", "121", True),
        ("x-cam-01", "200", False),
        ("x-cam-01", "118", False),
        ("x-door-01", "142", True),
        ("x-door-01", "143", True),
        ("x-door-01", "141", False),
        ("x-gate-01", "142", True),
        ("x-gate-01", "124", True),
        ("x-gate-01", "141", False),
        ("x-gate-01", "123", False),
        ("x-nvr-01", "118", True),
        ("x-nvr-01", "111", False),
    ],
)
def test_the_type_is_the_devices_kind(tmp_path: Path, device: str, type_: str, fits: bool) -> None:
    """Kind by kind; the small city's gate closes a pedestrian entrance."""
    changed = line(device, gb_id=f'"3407050101{type_}7000777"')

    found = loaded(tmp_path, devices=devices(**{device.replace("-", "_"): changed}))

    if fits:
        assert errors(found) == []
    else:
        assert ("gb-id-type", device, "gb_id") == (
            only(found).code,
            only(found).device,
            only(found).field,
        )


@pytest.mark.parametrize(
    ("kind", "type_", "fits"),
    [
        ("vehicle", "141", True),
        ("vehicle", "123", True),
        ("vehicle", "142", False),
        ("mixed", "142", True),
        ("mixed", "141", True),
    ],
)
def test_a_gates_type_follows_its_entrance(
    tmp_path: Path, kind: str, type_: str, fits: bool
) -> None:
    """Vehicle barriers are 141 or 123, and a mixed entrance may have either sort."""
    entrances = f"entrances: [{{id: east, name: E, kind: {kind}, gates: [x-gate-01]}}]\n"
    gate = line("x-gate-01", gb_id=f'"3407050101{type_}7000061"')

    found = loaded(tmp_path, entrances=entrances, devices=devices(x_gate_01=gate))

    assert ([] if fits else ["gb-id-type"]) == [e.code for e in errors(found)]


@pytest.mark.parametrize(("type_", "fits"), [("132", True), ("121", True), ("131", False)])
def test_a_camera_that_drives_a_barrier(tmp_path: Path, type_: str, fits: bool) -> None:
    """A plate camera is an IP camera or a video checkpoint."""
    camera = line("x-cam-01", gb_id=f'"3407050101{type_}7000001"', settings="{barrier_mode: auto}")

    found = loaded(tmp_path, devices=devices(x_cam_01=camera))

    assert ([] if fits else ["gb-id-type"]) == [e.code for e in errors(found)]


def test_a_vendors_sample_is_refused_with_its_place(tmp_path: Path) -> None:
    """The id from the manual, at the value."""
    camera = line("x-cam-01", gb_id='"34020000001320000001"')
    sections = {"devices": devices(x_cam_01=camera)}

    finding = only(loaded(tmp_path, **sections))

    assert finding.code == "gb-id-sample"
    assert place(compound(**sections), '"34020000001320000001"') == at(finding)


def test_a_spare_id_is_a_cameras_id_of_this_district(tmp_path: Path) -> None:
    """Spare channels are judged like cameras."""
    recorder = line("x-nvr-01", spare_ids='["34072201011187000901"]')

    found = loaded(tmp_path, devices=devices(x_nvr_01=recorder))

    assert sorted(e.code for e in errors(found)) == ["gb-id-division", "gb-id-type"]
    assert {"spare_ids"} == {e.field for e in errors(found)}


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("34070500002000000001", "34070500001180000001", "gb-id-type"),
        ("34070500002000000001", "34072200002000000001", "gb-id-division"),
        ('server_domain: "3407050000"', 'server_domain: "3407220000"', "gb-domain"),
    ],
)
def test_the_platforms_own_id(tmp_path: Path, old: str, new: str, code: str) -> None:
    """Type 200, the district's division, and a domain that is its beginning."""
    files = {f"{FOLDER}/district.yaml": DISTRICT.replace(old, new)}

    found = load(write(tmp_path, files))

    assert code in [e.code for e in errors(found)]


@pytest.mark.parametrize(
    "camera", ["34070501011187000001", "34070501011327000901", "34070500002000000001"]
)
def test_ids_are_unique_in_the_fleet(tmp_path: Path, camera: str) -> None:
    """A recorder's, a spare channel's and a platform's id are all taken."""
    found = loaded(tmp_path, devices=devices(x_cam_01=line("x-cam-01", gb_id=f'"{camera}"')))

    assert "duplicate-id" in [e.code for e in errors(found)]


def test_an_id_taken_in_another_district(tmp_path: Path) -> None:
    """Uniqueness spans districts; the second file names the first place."""
    other = (
        DISTRICT.replace("340705", "340722")
        .replace("铜官区", "枞阳县")
        .replace("127.0.0", "127.0.9")
    )
    files = {
        "340722-zongyang/district.yaml": other,
        "340722-zongyang/y.yaml": compound().replace("x-", "y-").replace("id: x,", "id: y,"),
    }
    found = load(write(tmp_path, {"city.yaml": CITY, X: compound()} | files))

    duplicates = [e for e in errors(found) if e.code == "duplicate-id" and e.field == "gb_id"]

    assert len(duplicates) == 4
    assert all(FOLDER in e.summary.en for e in duplicates)
