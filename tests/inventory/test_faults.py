"""Each kind of fault in a compound's file: its code, its place, its subject, what to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.inventory.cities import X, at, compound, devices, errors, line, loaded, only, place

CAM = "x-cam-01"
# sections or device lines changed → code, text that stands at the fault, field, words of the fix
FAULTS = {
    "a number where a year should be": (
        {"compound": "compound: {id: x, name: X, category: new, built_year: soon}\n"},
        ("wrong-type", "soon", "built_year", "1900 to 2100"),
    ),
    "a quoted number": (
        {"devices": devices(x_cam_01=line(CAM, port='"8080"'))},
        ("wrong-type", '"8080"', "port", "without quotes"),
    ),
    "a port out of bounds": (
        {"devices": devices(x_cam_01=line(CAM, port="65536"))},
        ("wrong-type", "65536", "port", "1 to 65535"),
    ),
    "a boolean of YAML 1.1": (
        {"settings": "settings:\n  camera: {cloud_enabled: off}\n"},
        ("wrong-type", "off", "cloud_enabled", "true or false"),
    ),
    "a quoted boolean": (
        {"settings": "settings:\n  camera: {cloud_enabled: 'true'}\n"},
        ("wrong-type", "'true'", "cloud_enabled", "true or false"),
    ),
    "a text where a list should be": (
        {"settings": "settings:\n  door: {auth_ways: card}\n"},
        ("wrong-type", "card}", "auth_ways", "a list"),
    ),
    "a list where a value should be": (
        {"centre": "centre: {room: [a], shifts: 1}\n"},
        ("wrong-type", "[a]", "room", "a single value"),
    ),
    "a mapping where a list should be": (
        {
            "areas": "areas: {id: road, kind: main_road, name: Main road}\n",
            "devices": devices(x_cam_01=line(CAM, area="east")),
        },
        ("wrong-type", "{id: road", "areas", "a list"),
    ),
    "a value where a mapping should be": (
        {"centre": "centre: Gatehouse\n"},
        ("wrong-type", "Gatehouse", "centre", "a mapping"),
    ),
    "an unknown category": (
        {"compound": "compound: {id: x, name: X, category: newish, built_year: 2024}\n"},
        ("wrong-type", "newish", "category", "did you mean new?"),
    ),
    "an id with capitals": (
        {"compound": "compound: {id: X1, name: X, category: new, built_year: 2024}\n"},
        ("wrong-type", "X1", "id", "lower-case"),
    ),
    "an id that looks like an option": (
        {"compound": "compound: {id: '--force', name: X, category: new, built_year: 2024}\n"},
        ("wrong-type", "'--force'", "id", "lower-case"),
    ),
    "a way through a door that nobody knows": (
        {"settings": "settings:\n  door: {auth_ways: [card, face+karte]}\n"},
        ("wrong-type", "face+karte", "auth_ways", "joined by +"),
    ),
    "an OSD text that is too long": (
        {"devices": devices(x_cam_01=line(CAM, settings="{osd_text: " + "长" * 33 + "}"))},
        ("wrong-type", "长", "osd_text", "32 characters"),
    ),
    "a time zone without its sign": (
        {"settings": "settings:\n  camera: {time_zone: Asia/Shanghai}\n"},
        ("wrong-type", "Asia/Shanghai", "time_zone", "UTC+08:00"),
    ),
    "an address of five numbers": (
        {"devices": devices(x_cam_01=line(CAM, address="127.0.0.1.1"))},
        ("wrong-type", "127.0.0.1.1", "address", "IP address"),
    ),
    "an address with a number too large": (
        {"devices": devices(x_cam_01=line(CAM, address="127.0.0.256"))},
        ("wrong-type", "127.0.0.256", "address", "0 to 255"),
    ),
    "a GB id of 19 digits": (
        {"devices": devices(x_gate_01=line("x-gate-01", gb_id='"3407050101142700006"'))},
        ("wrong-type", '"3407050101142700006"', "gb_id", "20 digits"),
    ),
    "a reference to an unknown store": (
        {"settings": "settings:\n  camera: {admin_password: 'secret://vualt/a'}\n"},
        ("wrong-type", "'secret://vualt/a'", "admin_password", "secret://vault/KEY"),
    ),
    "a reference with a version that is none": (
        {"settings": "settings:\n  camera: {admin_password: 'secret://vault/a?version=0'}\n"},
        ("wrong-type", "'secret://vault/a?version=0'", "admin_password", "version=N"),
    ),
    "a reference with an unknown placeholder": (
        {"settings": "settings:\n  camera: {admin_password: 'secret://vault/{serial}'}\n"},
        ("wrong-type", "'secret://vault/{serial}'", "admin_password", "{device}"),
    ),
    "a mistyped field": (
        {"devices": devices(x_cam_01=line(CAM, settings="{chanel_name: Road}"))},
        ("unknown-field", "chanel_name", "chanel_name", "did you mean channel_name?"),
    ),
    "a port that hides its gate": (
        {"devices": devices(x_gate_01=line("x-gate-01", port="0"))},
        ("wrong-type", "0}", "port", "1 to 65535"),
    ),
    "a kind that hides its camera": (
        {"devices": devices(x_cam_01=line(CAM, kind="camra"))},
        ("wrong-type", "camra", "kind", "did you mean camera?"),
    ),
    "an area of an unknown kind": (
        {"areas": "areas:\n  - {id: road, kind: main_rod, name: Main road}\n"},
        ("wrong-type", "main_rod", "kind", "did you mean main_road?"),
    ),
    "a length that is none": (
        {"perimeter": "perimeter:\n  - {id: north, length_m: long, physical: wall}\n"},
        ("wrong-type", "long", "length_m", "0 to 100000"),
    ),
    "an entrance of an unknown kind": (
        {"entrances": "entrances: [{id: east, name: E, kind: people, gates: [x-gate-01]}]\n"},
        ("wrong-type", "people", "kind", "pedestrian"),
    ),
    "a field of another kind": (
        {"devices": devices(x_cam_01=line(CAM, engine_id='"80007ed90502"'))},
        ("unknown-field", "engine_id", "engine_id", ""),
    ),
    "a setting of another kind": (
        {"settings": "settings:\n  gate: {osd_text: x}\n"},
        ("unknown-field", "osd_text", "osd_text", "known here"),
    ),
    "an unknown section": (
        {"logins": "entrance:\n  - {id: a}\n"},
        ("unknown-field", "entrance:", "entrance", "did you mean entrances?"),
    ),
    "a merge key": (
        {"centre": "centre: {<<: {room: a}, room: b}\n"},
        ("unknown-field", "<<", "<<", "known here"),
    ),
    "a missing name": (
        {"areas": "areas:\n  - {id: road, kind: main_road}\n"},
        ("missing-field", "{id: road", "name", "add name"),
    ),
    "a required field that is null": (
        {"areas": "areas:\n  - {id: road, kind: main_road, name: }\n"},
        ("missing-field", "name: }", "name", "add name"),
    ),
    "a device without a kind": (
        {"devices": devices(x_2="{id: x-2, name: A, address: 127.0.1.2, port: 80}")},
        ("missing-field", "{id: x-2", "kind", "camera"),
    ),
    "a device of an unknown kind": (
        {"devices": devices(x_2="{id: x-2, kind: camara, name: A, address: 127.0.1.2, port: 80}")},
        ("wrong-type", "camara", "kind", "did you mean camera?"),
    ),
    "a recorder without an id": (
        {"devices": devices(x_2=line("x-nvr-01", id="x-2", address="127.0.1.2", serial="R2",
                                     gb_id="", channels="[]", spare_ids="[]"))},
        ("missing-field", "gb_id: ,", "gb_id", "20 digits"),
    ),
    "a null in a list": (
        {"settings": "settings:\n  door: {auth_ways: [card, ~]}\n"},
        ("wrong-type", "~", "auth_ways", "a value"),
    ),
    "a duplicate key": (
        {"centre": "centre: {room: Gatehouse, room: Cellar, shifts: 1}\n"},
        ("duplicate-key", "room: Cellar", "room", "keep one"),
    ),
    "an empty device list": (
        {"devices": "devices:\n"},
        ("missing-field", "devices:", "devices", "one a line"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", FAULTS)
def test_one_fault_is_one_finding(tmp_path: Path, name: str) -> None:
    """A single fault gives a single error, with the place, the field and what to do."""
    sections, (code, needle, field, fix) = FAULTS[name]
    # Devices that the changed section no longer declares must not add faults of their own.
    if name == "an empty device list":
        sections = sections | {"entrances": "", "unit_doors": ""}

    finding = only(loaded(tmp_path, **sections))

    assert code == finding.code
    assert finding.position is not None
    assert finding.position.file == X
    text = compound(**sections)
    assert at(finding) in _places(text, needle)
    assert field == finding.field
    assert fix in finding.fix.en


def _places(text: str, needle: str) -> list[tuple[int, int]]:
    """Every place of a text; the gate of a finding is that it is one of them."""
    return [place(text, needle, n) for n in range(1, text.count(needle) + 1)]


def test_a_finding_names_compound_and_device(tmp_path: Path) -> None:
    """The subject of a reference fault: which compound, which device, which field."""
    sections = {"devices": devices(x_nvr_01=line("x-nvr-01", channels="[x-cam-02]"))}

    finding = only(loaded(tmp_path, **sections))

    assert (finding.compound, finding.device, finding.field) == ("x", "x-nvr-01", "channels")
    assert "x-cam-01" in finding.fix.en


def test_a_value_in_a_message_is_cut(tmp_path: Path) -> None:
    """A value of a thousand characters does not fill the screen."""
    sections = {"settings": f"settings:\n  camera: {{ntp_port: {'9' * 1000}}}\n"}

    finding = only(loaded(tmp_path, **sections))

    assert len(finding.summary.en) < 100


@pytest.mark.parametrize(
    ("sections", "named"),
    [
        ({"devices": devices(x_cam_01=line(CAM, port="none"))}, CAM),
        ({"devices": devices(x_gate_01=line("x-gate-01", prot="1"))}, "x-gate-01"),
        ({"devices": devices(x_cam_01=line(CAM, settings="{osd_text: a, osd_text: b}"))}, CAM),
        ({"devices": "groups: {g: {}}\n" + devices(), "groups": "", "centre": "centre: 1\n"}, None),
    ],
)
def test_a_fault_in_a_device_s_line_names_the_device(
    tmp_path: Path, sections: dict[str, str], named: str | None
) -> None:
    """Wrong type, unknown field, duplicate key; elsewhere the compound alone is named."""
    finding = only(loaded(tmp_path, **sections))

    assert ("x", named) == (finding.compound, finding.device)


def test_texts_exist_in_both_languages(tmp_path: Path) -> None:
    """The Chinese text of every fault above is not the English one."""
    for number, (sections, _) in enumerate(FAULTS.values()):
        for finding in errors(loaded(tmp_path / str(number), **sections)):
            assert finding.fix.zh != finding.fix.en
            assert finding.summary.zh != finding.summary.en or finding.summary.en.isascii()


def test_unquoted_ids_codes_and_numbers_stay_text(tmp_path: Path) -> None:
    """A 20-digit id, a serial `06` and a name `12:30` need no quotes to stay what they are."""
    found = loaded(
        tmp_path,
        devices=devices(
            x_cam_01=line(CAM, gb_id="34070501011327000001", serial="06", name="12:30")
        ),
    )

    camera = next(d for d in found.require().devices() if d.id == CAM)

    assert camera.gb_id == "34070501011327000001"
    assert camera.serial == "06"
    assert camera.name == "12:30"


def test_a_chinese_file_in_block_style_reads_as_the_flow_one(tmp_path: Path) -> None:
    """Style and script of a file do not matter to what it means."""
    flow = loaded(tmp_path / "flow", areas="areas: [{id: 东门, kind: main_road, name: 东门}]\n",
                  devices=devices(x_cam_01=line(CAM, area="东门")))  # fmt: skip
    block = loaded(
        tmp_path / "block",
        areas='areas:\n  - id: "东门"\n    kind: main_road\n    name: >-\n      东门\n',
        devices=devices(x_cam_01=line(CAM, area="东门")),
    )

    one, two = (f.require().compound("x").site.areas[0] for f in (flow, block))

    assert one.model_copy(update={"position": None}) == two.model_copy(update={"position": None})


@pytest.mark.parametrize("ways", ["[crd]", "[crd, fce]"])
def test_a_list_of_faulty_items_alone_is_not_judged_as_empty(tmp_path: Path, ways: str) -> None:
    """One fault an item, and no second one about a value that nobody gave."""
    found = loaded(tmp_path, settings=f"settings:\n  door: {{auth_ways: {ways}}}\n")

    assert {d.code for d in errors(found)} == {"wrong-type"}
    assert len(errors(found)) == ways.count(",") + 1
