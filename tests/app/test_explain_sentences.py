"""Explaining a subject: every line of a device and a compound, and errors that help."""

from __future__ import annotations

from pathlib import Path

import pytest

from fleet.app.explain import Explanation, Said, explain
from fleet.model.errors import UsageError
from fleet.model.exitcodes import ExitCode
from fleet.model.text import text
from tests.inventory.cities import CITY, FOLDER, X, compound, devices, line, place, write

CAM = "x-cam-01"


@pytest.fixture
def city(tmp_path: Path) -> Path:
    """A city in which one field has a word at each level."""
    return write(
        tmp_path,
        {
            "city.yaml": CITY.replace("UTC+08:00,", "UTC+08:00, ntp_port: 1,"),
            X: compound(
                settings="settings: {camera: {ntp_port: 2, osd_text: 东门}}\n",
                groups="groups: {g: {settings: {camera: {ntp_port: 3, osd_text: null}}}}\n",
                devices=devices(x_cam_01=line(CAM, group="g", settings="{ntp_port: 4}")),
            ),
        },
    )


def rows(found: Explanation) -> dict[str, list[tuple[str, str, str]]]:
    """Each field's words: level, value, place; the one in force first."""
    return {
        f.field: [
            (s.level.en, s.shown.en, str(s.position) if s.position else "")
            for s in (f.winner, *f.overridden)
        ]
        for f in found.fields
    }


def test_every_level_is_told(city: Path) -> None:
    """The nearest first, each with its place, and a null as what it is."""
    told = rows(explain(city, CAM))
    content = (city / X).read_text()

    def at(needle: str) -> str:
        return f"{X}:{place(content, needle)[0]}:{place(content, needle)[1]}"

    assert told["ntp_port"] == [
        ("device", "4", at("4}}")),
        ("group", "3", at("3, osd_text")),
        ("compound", "2", at("2, osd_text")),
        ("city", "1", "city.yaml:8:44"),
    ]
    assert told["osd_text"] == [
        ("group", "unmanaged", at("null")),
        ("compound", "东门", at("东门")),
    ]


def test_facts_of_the_line(city: Path) -> None:
    """What only the device's own line says, login and settings beside it."""
    found = explain(city, CAM)
    told = rows(found)

    assert (found.subject, found.name, found.kind, found.compound) == (CAM, "Road", "camera", "x")
    assert [told[n][0][:2] for n in ("address", "port", "serial", "area", "group")] == [
        ("device", "127.0.1.11"),
        ("device", "8080"),
        ("device", "C1"),
        ("device", "road"),
        ("device", "g"),
    ]
    assert told["login.user"][0][:2] == ("city", "admin")
    assert told["login.password"][0][:2] == ("city", "secret://vault/bootstrap/camera")
    assert told["admin_password"][0][1] == "secret://generated/device/x-cam-01/admin"
    assert "login.auth" not in told
    assert set(found.unmanaged).isdisjoint(told)
    assert "channel_name" in found.unmanaged


def test_a_recorder_tells_what_follows_from_its_uplink(city: Path) -> None:
    """Derived values name the uplink as their level, in both languages."""
    found = explain(city, "x-nvr-01", "gb_server_address")

    (field,) = found.fields
    assert (field.winner.level.en, field.winner.level.zh) == ("from the uplink", "由上联推导")
    assert field.winner.value == "127.0.0.1"
    assert field.meaning == text("address of the upper platform", "上级平台地址")


def test_every_line_of_a_compound(city: Path) -> None:
    """The facts of the site and the uplink, each with its place."""
    found = explain(city, "x")

    assert (found.kind, found.name) == ("compound", "X")
    told = {f.field: f.winner.shown.en for f in found.fields}
    assert told == {
        "category": "new",
        "built_year": "2024",
        "district": "340705",
        "areas": "road",
        "perimeter": "north",
        "entrances": "east",
        "unit_doors": "u1",
        "devices": "x-nvr-01, x-cam-01, x-door-01, x-gate-01",
        "uplink.source": "platform",
        "uplink.server_id": "34070500002000000001",
        "uplink.server_domain": "3407050000",
        "uplink.server_address": "127.0.0.1",
        "uplink.server_port": "15060",
        "uplink.expires_s": "86400",
        "uplink.keepalive_s": "60",
        "uplink.keepalive_count": "3",
    }
    assert {f.winner.level.zh for f in found.fields} == {"小区"}
    assert all(f.winner.position is not None for f in found.fields)
    assert not any("password" in f.field for f in found.fields)


def test_a_bare_compound(tmp_path: Path) -> None:
    """Without sections and uplink: nothing is invented."""
    bare = "compound: {id: x, name: X, category: new, built_year: 2024}\ndevices: []\n"

    told = {f.field: f.winner for f in explain(write(tmp_path, {X: bare}), "x").fields}

    assert told["devices"].value == []
    assert told["devices"].position is None
    assert not any(name.startswith("uplink.") for name in told)


@pytest.mark.parametrize(
    ("subject", "field", "en", "zh", "fix_en", "fix_zh"),
    [
        ("x-cam-02", None, "no such device or compound: x-cam-02",
         "没有这个设备或小区：x-cam-02", "did you mean x-cam-01?", "是否想用 x-cam-01？"),
        ("zzzz", None, "no such device or compound: zzzz", "没有这个设备或小区：zzzz",
         "known: x-nvr-01, x-cam-01, x-door-01, x-gate-01, x",
         "已有：x-nvr-01, x-cam-01, x-door-01, x-gate-01, x"),
        (CAM, "osd_txt", "no such field: osd_txt", "没有这个字段：osd_txt",
         "did you mean osd_text?", "是否想用 osd_text？"),
        ("x", "uplink.port", "no such field: uplink.port", "没有这个字段：uplink.port",
         "did you mean uplink.server_port?", "是否想用 uplink.server_port？"),
        ("", None, "no such device or compound: ", "没有这个设备或小区：",
         "known: x-nvr-01, x-cam-01, x-door-01, x-gate-01, x",
         "已有：x-nvr-01, x-cam-01, x-door-01, x-gate-01, x"),
    ],
)  # fmt: skip
def test_what_is_not_there(
    city: Path, subject: str, field: str | None, en: str, zh: str, fix_en: str, fix_zh: str
) -> None:
    """A usage error with the nearest name, or with all that there are."""
    with pytest.raises(UsageError) as raised:
        explain(city, subject, field)

    assert (raised.value.summary.en, raised.value.summary.zh) == (en, zh)
    assert raised.value.fix is not None
    assert (raised.value.fix.en, raised.value.fix.zh) == (fix_en, fix_zh)
    assert raised.value.exit_code is ExitCode.USAGE


@pytest.mark.parametrize("field", ["channel_name", "time_mode", "barrier_mode"])
def test_a_field_that_nobody_manages(city: Path, field: str) -> None:
    """It is a field all the same: unmanaged, without a word of anybody."""
    found = explain(city, CAM, field)

    assert (found.fields, found.unmanaged) == ((), (field,))


@pytest.mark.parametrize(
    ("value", "en", "zh"),
    [
        (None, "unmanaged", "未托管"),
        (True, "true", "true"),
        (False, "false", "false"),
        (0, "0", "0"),
        (15060, "15060", "15060"),
        ("东门", "东门", "东门"),
        (["card", "face+card"], "card, face+card", "card, face+card"),
        ("{a}", "{a}", "{a}"),
        (["{0}"], "{0}", "{0}"),
    ],
)
def test_how_a_value_reads(value: object, en: str, zh: str) -> None:
    """Only what is unmanaged has words of its own in each language."""
    said = Said(level=text("city", "市"), value=value).shown

    assert (said.en, said.zh) == (en, zh)


def test_the_districts_word_is_called_so(tmp_path: Path) -> None:
    """A level between city and compound."""
    root = write(tmp_path)
    path = root / FOLDER / "district.yaml"
    path.write_text(path.read_text() + "settings: {camera: {time_zone: UTC+09:00}}\n")

    (field,) = explain(root, CAM, "time_zone").fields

    assert [(s.level.zh, s.value) for s in (field.winner, *field.overridden)] == [
        ("区县", "UTC+09:00"),
        ("市", "UTC+08:00"),
    ]
