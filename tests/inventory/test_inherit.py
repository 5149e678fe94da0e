"""Inheritance city → district → compound → group → device, and where each value comes from."""

from __future__ import annotations

from pathlib import Path

import pytest

from fleet.inventory import Loaded, load
from fleet.model.diagnostic import Position
from tests.inventory.cities import (
    CITY,
    DISTRICT,
    FOLDER,
    X,
    compound,
    device,
    devices,
    line,
    loaded,
    only,
    place,
    write,
)

CAM = "x-cam-01"
LEVELS = ("city", "district", "compound", "group", "device")


def _city(root: Path, *levels: str) -> tuple[Loaded, dict[str, str]]:
    """A city that sets the camera's ntp_port at each of `levels`, to 1001, 1002 …"""
    value = {level: f"{{ntp_port: {1001 + LEVELS.index(level)}}}" for level in levels}

    def section(level: str) -> str:
        return f"settings: {{camera: {value[level]}}}\n" if level in value else ""

    group = (
        f"groups: {{g: {{settings: {{camera: {value['group']}}}}}}}\n"
        if "group" in value
        else ("groups: {g: {}}\n")
    )
    extra = {"group": "g"} | ({"settings": value["device"]} if "device" in value else {})
    files = {
        "city.yaml": CITY.replace("UTC+08:00,", "UTC+08:00, ntp_port: 1001,")
        if "city" in value
        else CITY,
        f"{FOLDER}/district.yaml": DISTRICT + section("district"),
        X: compound(
            settings=section("compound"), groups=group, devices=devices(x_cam_01=line(CAM, **extra))
        ),
    }  # fmt: skip
    return load(write(root, files)), files


@pytest.mark.parametrize("count", range(1, 6))
def test_the_nearest_level_wins(tmp_path: Path, count: int) -> None:
    """Set at the first `count` levels, the last of them is in force; all are remembered."""
    found, files = _city(tmp_path, *LEVELS[:count])

    camera = device(found, CAM)

    assert 1000 + count == camera.settings["ntp_port"]
    assert count == len(camera.origins["ntp_port"])
    traces = found.traces[CAM]["ntp_port"]
    assert list(reversed(LEVELS[:count])) == [t.level for t in traces]
    assert list(range(1000 + count, 1000, -1)) == [t.value for t in traces]
    for position, trace in zip(camera.origins["ntp_port"], traces, strict=True):
        needle = str(trace.value)
        assert (position.line, position.column) == place(files[position.file], needle)


@pytest.mark.parametrize("skipped", LEVELS[1:4])
def test_a_level_that_says_nothing_is_passed_over(tmp_path: Path, skipped: str) -> None:
    """A gap in the chain hides nothing above it."""
    found, _ = _city(tmp_path, *(level for level in LEVELS[:4] if level != skipped))

    assert skipped not in [t.level for t in found.traces[CAM]["ntp_port"]]
    assert len(device(found, CAM).origins["ntp_port"]) == 3


def test_unset_is_unmanaged(tmp_path: Path) -> None:
    """A field that nobody mentions is in neither settings, secrets nor origins."""
    camera = device(loaded(tmp_path), CAM)

    assert "osd_text" not in camera.settings
    assert "osd_text" not in camera.origins
    assert {"time_zone"} == set(camera.settings)
    assert {"admin_password"} == set(camera.secrets)


def test_null_takes_a_field_out_of_management(tmp_path: Path) -> None:
    """What a level above sets is unmanaged again, and the place that says so is the origin."""
    lines = devices(x_cam_01=line(CAM, settings="{time_zone: null, admin_password: ~}"))

    found = loaded(tmp_path, devices=lines)

    camera = device(found, CAM)
    assert "time_zone" not in camera.settings
    assert "admin_password" not in camera.secrets
    assert camera.origins["time_zone"][0].file == X
    assert camera.origins["time_zone"][1].file == "city.yaml"
    assert found.traces[CAM]["time_zone"][0].unmanaged


def test_a_value_below_null_is_managed_again(tmp_path: Path) -> None:
    """Null is one level's word, not the last one."""
    found = loaded(
        tmp_path,
        settings="settings: {camera: {time_zone: null}}\n",
        devices=devices(x_cam_01=line(CAM, settings="{time_zone: UTC+09:00}")),
    )

    assert device(found, CAM).settings["time_zone"] == "UTC+09:00"


def test_false_and_zero_are_values(tmp_path: Path) -> None:
    """Only null un-manages: false and 0 are wanted states."""
    found = loaded(
        tmp_path,
        settings="settings:\n  camera: {cloud_enabled: false}\n  gate: {close_delay_s: 0}\n",
    )

    assert device(found, CAM).settings["cloud_enabled"] is False
    assert device(found, "x-gate-01").settings["close_delay_s"] == 0


def test_a_list_replaces_the_list_above(tmp_path: Path) -> None:
    """Lists are not merged."""
    found = loaded(
        tmp_path,
        devices=devices(x_door_01=line("x-door-01", settings="{auth_ways: [card, password]}")),
    )

    assert device(found, "x-door-01").settings["auth_ways"] == ["card", "password"]


def test_settings_of_one_kind_do_not_reach_another(tmp_path: Path) -> None:
    """The city's cameras have a time zone, its doors do not."""
    found = loaded(tmp_path)

    assert "time_zone" not in device(found, "x-door-01").settings


def test_references_are_filled_for_each_device(tmp_path: Path) -> None:
    """{device} and {gb_id} in one inherited reference."""
    found = loaded(
        tmp_path,
        settings="settings: {camera: {admin_password: 'secret://vault/{device}/{gb_id}?version=3'}}\n",
    )

    ref = device(found, CAM).secrets["admin_password"]

    assert str(ref) == "secret://vault/x-cam-01/34070501011327000001?version=3"
    assert ref.version == 3


def test_a_reference_that_needs_an_id_the_device_has_not(tmp_path: Path) -> None:
    """The device is named, and the level where the reference stands."""
    found = loaded(
        tmp_path,
        settings="settings: {door: {admin_password: 'secret://vault/{gb_id}'}}\n",
        devices=devices(x_door_01=line("x-door-01", gb_id="null")),
    )

    finding = only(found)

    assert (
        finding.code,
        finding.device,
        finding.field,
    ) == ("no-reference", "x-door-01", "admin_password")


def test_logins_are_inherited_part_by_part(tmp_path: Path) -> None:
    """The user comes from the city, the password from the device's own line."""
    found = loaded(
        tmp_path,
        devices=devices(x_cam_01=line(CAM, login="{password: 'secret://vault/own'}")),
    )

    login = device(found, CAM).login

    assert login.user == "admin"
    assert str(login.password) == "secret://vault/own"
    assert [t.level for t in found.traces[CAM]["login.password"]] == ["device", "city"]


def test_a_gate_logs_in_by_its_keys(tmp_path: Path) -> None:
    """SNMPv3 has two keys and no password."""
    login = device(loaded(tmp_path), "x-gate-01").login

    assert (login.user, login.password) == ("fleet", None)
    assert [
        str(login.auth),
        str(login.priv),
    ] == ["secret://vault/gate/auth", "secret://vault/gate/priv"]


def test_a_device_without_login_is_told_what_is_missing(tmp_path: Path) -> None:
    """Each missing part is named with the key to give it by."""
    city = CITY.replace('gate: {user: fleet, auth: "secret://vault/gate/auth", priv', "gate: {priv")

    found = load(write(tmp_path, {"city.yaml": city}))

    missing = [d for d in found.diagnostics if d.code == "no-login"]
    assert {"login.user", "login.auth"} == {d.field for d in missing}
    assert {"x-gate-01"} == {d.device for d in missing}
    assert "logins.gate.auth" in missing[-1].fix.en + missing[0].fix.en


def test_an_unknown_group_is_a_reference_to_nothing(tmp_path: Path) -> None:
    """The nearest group is named."""
    found = loaded(
        tmp_path,
        groups="groups: {entrances: {}}\n",
        devices=devices(x_cam_01=line(CAM, group="entrance")),
    )

    finding = only(found)

    assert (finding.code, finding.field) == ("no-reference", "group")
    assert finding.fix.en == "did you mean entrances?"


def test_the_driver_is_the_kinds_usual_one_or_the_named_one(tmp_path: Path) -> None:
    """ISAPI for cameras, doors and recorders, SNMP for gates."""
    found = loaded(tmp_path, devices=devices(x_cam_01=line(CAM, driver="onvif")))

    drivers = {d.id: d.driver for d in found.require().devices()}

    assert (drivers) == {
        "x-nvr-01": "isapi",
        "x-cam-01": "onvif",
        "x-door-01": "isapi",
        "x-gate-01": "snmp",
    }


def test_identity_and_place_are_kept(tmp_path: Path) -> None:
    """Pinned identities, engine ids in lower case, and the line of the device."""
    found = loaded(
        tmp_path, devices=devices(x_gate_01=line("x-gate-01", engine_id='"80007ED90502"'))
    )

    gate, camera = device(found, "x-gate-01"), device(found, CAM)

    assert (gate.engine_id, gate.serial) == ("80007ed90502", None)
    assert (camera.serial, camera.engine_id) == ("C1", None)
    assert isinstance(camera.position, Position)
    assert camera.position.file == X
