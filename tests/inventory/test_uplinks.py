"""The uplink: whose platform, and what a recorder's gb_* settings follow from."""

from __future__ import annotations

from pathlib import Path

import pytest

from fleet.inventory import load
from tests.inventory.cities import (
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

NVR = "x-nvr-01"
OPERATOR = (
    "uplink: {source: operator, server_id: '34070000002000000001', server_domain: '3407000000',"
    " server_address: police.example, server_port: 5060, password: 'secret://vault/police',"
    " expires_s: 3600}\n"
)


def test_a_recorder_on_the_districts_platform(tmp_path: Path) -> None:
    """Every gb_* field, from the platform, the uplink's defaults and the channels."""
    found = loaded(tmp_path)

    recorder = device(found, NVR)

    gb = {n: v for n, v in recorder.settings.items() if n.startswith("gb_")}
    assert gb == {
        "gb_enabled": True,
        "gb_server_id": "34070500002000000001",
        "gb_server_domain": "3407050000",
        "gb_server_address": "127.0.0.1",
        "gb_server_port": 15060,
        "gb_device_id": "34070501011187000001",
        "gb_expires_s": 86400,
        "gb_keepalive_s": 60,
        "gb_keepalive_count": 3,
        "gb_channel_ids": ["34070501011327000001", "34070501011327000901"],
    }
    assert str(recorder.secrets["gb_password"]) == "secret://generated/sip/34070501011187000001"


def test_the_origins_are_the_uplink_and_the_channel_list(tmp_path: Path) -> None:
    """A derived value points to what it was derived from."""
    origins = device(loaded(tmp_path), NVR).origins
    text = compound()

    for field, needle in (
        ("gb_server_id", "{source: platform}"),
        ("gb_password", "{source: platform}"),
        ("gb_channel_ids", "[x-cam-01]"),
        ("gb_device_id", '"34070501011187000001"'),
    ):
        found = origins[field][0]
        assert (X, *place(text, needle)) == (found.file, found.line, found.column), field


def test_the_recorders_channels_are_kept_apart(tmp_path: Path) -> None:
    """Cameras, their ids in order, and the declared spare ones: what a catalog is compared with."""
    (recorder,) = loaded(tmp_path).require().compound("x").recorders

    assert recorder.device == NVR
    assert recorder.channels == ("x-cam-01",)
    assert recorder.channel_ids == ("34070501011327000001",)
    assert recorder.spare_ids == ("34070501011327000901",)


def test_one_of_the_platforms_addresses_may_be_chosen(tmp_path: Path) -> None:
    """The second address, and none that the platform has not."""
    good = loaded(tmp_path / "a", uplink="uplink: {source: platform, server_address: 127.0.0.2}\n")
    bad = loaded(tmp_path / "b", uplink="uplink: {source: platform, server_address: 127.0.0.3}\n")

    assert device(good, NVR).settings["gb_server_address"] == "127.0.0.2"
    finding = only(bad)
    assert (finding.code, finding.field) == ("no-reference", "uplink.server_address")
    assert "127.0.0.1, 127.0.0.2" in finding.fix.en


def test_an_operators_platform(tmp_path: Path) -> None:
    """All as given; the password is the one in the vault, and the uplink's model carries it."""
    found = loaded(tmp_path, uplink=OPERATOR)

    recorder = device(found, NVR)
    uplink = found.require().compound("x").uplink

    assert uplink is not None
    assert (uplink.source, str(uplink.password)) == ("operator", "secret://vault/police")
    assert recorder.settings["gb_server_address"] == "police.example"
    assert recorder.settings["gb_expires_s"] == 3600
    assert str(recorder.secrets["gb_password"]) == "secret://vault/police"


def test_an_operators_password_may_differ_by_recorder(tmp_path: Path) -> None:
    """A placeholder in the reference is filled for each recorder."""
    text = OPERATOR.replace("vault/police", "vault/police/{gb_id}")

    recorder = device(loaded(tmp_path, uplink=text), NVR)

    assert str(recorder.secrets["gb_password"]) == "secret://vault/police/34070501011187000001"


def test_a_new_version_of_the_password(tmp_path: Path) -> None:
    """Rotation is one edit of the uplink."""
    uplink = "uplink: {source: platform, password: 'secret://generated/sip/{gb_id}?version=2'}\n"

    ref = device(loaded(tmp_path, uplink=uplink), NVR).secrets["gb_password"]

    assert (ref.name, ref.version) == ("sip/34070501011187000001", 2)


def test_settings_below_the_uplink_win(tmp_path: Path) -> None:
    """A recorder may differ in one field, or leave one unmanaged."""
    lines = devices(x_nvr_01=line(NVR, settings="{gb_keepalive_s: 30, gb_expires_s: null}"))

    recorder = device(loaded(tmp_path, devices=lines), NVR)

    assert recorder.settings["gb_keepalive_s"] == 30
    assert "gb_expires_s" not in recorder.settings
    assert len(recorder.origins["gb_keepalive_s"]) == 2


def test_an_uplink_of_the_district_serves_its_compounds(tmp_path: Path) -> None:
    """Inherited whole; the compound's own replaces it."""
    district = DISTRICT + "uplink: {source: platform, keepalive_s: 20}\n"
    inherited = load(
        write(tmp_path / "a", {f"{FOLDER}/district.yaml": district, X: compound(uplink="")})
    )
    replaced = load(write(tmp_path / "b", {f"{FOLDER}/district.yaml": district}))

    assert device(inherited, NVR).settings["gb_keepalive_s"] == 20
    assert f"{FOLDER}/district.yaml" == device(inherited, NVR).origins["gb_keepalive_s"][0].file
    assert device(replaced, NVR).settings["gb_keepalive_s"] == 60


def test_without_an_uplink_nothing_is_derived(tmp_path: Path) -> None:
    """No uplink is the rules' matter, not the reader's."""
    recorder = device(loaded(tmp_path, uplink=""), NVR)

    assert not [n for n in recorder.settings if n.startswith("gb_")]
    assert "gb_password" not in recorder.secrets


def test_a_platform_that_the_district_has_not(tmp_path: Path) -> None:
    """The uplink refers to nothing."""
    district = DISTRICT[: DISTRICT.index("platform:")]

    finding = only(load(write(tmp_path, {f"{FOLDER}/district.yaml": district})))

    assert (finding.code, finding.field) == ("no-reference", "uplink.source")


@pytest.mark.parametrize("field", ["server_id", "server_domain", "server_port", "password"])
def test_what_an_operator_must_give(tmp_path: Path, field: str) -> None:
    """An uplink of another's platform is complete or refused."""
    parts = [p for p in OPERATOR.removeprefix("uplink: {").split(", ") if not p.startswith(field)]
    text = "uplink: {" + ", ".join(parts)
    text = text if text.endswith("}\n") else text + "}\n"

    found = loaded(tmp_path, uplink=text)

    assert (field, "missing-field") in [(d.field, d.code) for d in found.diagnostics]


def test_a_camera_without_an_id_cannot_be_a_channel(tmp_path: Path) -> None:
    """The channel list needs ids; the camera is named."""
    found = loaded(tmp_path, devices=devices(x_cam_01=line("x-cam-01", gb_id="null")))

    finding = only(found)

    assert (finding.code, finding.device, finding.field) == ("no-reference", NVR, "channels")
    assert "x-cam-01" in finding.summary.en


@pytest.mark.parametrize("given", [{"channels": "[]", "spare_ids": "[]"}, {"channels": "[]"}, {}])
def test_a_recorder_with_no_channels_kept_its_old_ones(
    tmp_path: Path, given: dict[str, str]
) -> None:
    """Symptom: an empty list counted as unmanaged, so old ids stayed and `drift` never ended."""
    parts = line(NVR, channels="[]", spare_ids="[]").replace(", channels: []", "")
    bare = parts.replace(", spare_ids: []", "").rstrip("}")
    own = "".join([bare, *(f", {k}: {v}" for k, v in given.items()), "}"])

    recorder = device(loaded(tmp_path, devices=devices(x_nvr_01=own)), NVR)

    assert recorder.settings["gb_channel_ids"] == []
    assert recorder.origins["gb_channel_ids"][0].line > 1


def test_spare_ids_alone_are_the_channels(tmp_path: Path) -> None:
    """Goal: an empty list of cameras still reports the free ids."""
    own = line(NVR, channels="[]")

    recorder = device(loaded(tmp_path, devices=devices(x_nvr_01=own)), NVR)

    assert recorder.settings["gb_channel_ids"] == ["34070501011327000901"]


def test_without_an_uplink_the_channels_are_unmanaged(tmp_path: Path) -> None:
    """Goal: nothing is derived where nothing is reported."""
    recorder = device(loaded(tmp_path, uplink=""), NVR)

    assert "gb_channel_ids" not in recorder.settings
