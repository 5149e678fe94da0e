"""What an ISAPI session writes: in place, once, and what it makes of the answer."""

from __future__ import annotations

import json
from collections.abc import Mapping

import pytest

from fleet.model.device import DeviceKind, FieldValue
from fleet.model.errors import (
    LoginBudgetSpent,
    WriteRefused,
)
from fleet.model.secret import Secret
from tests.drivers import golden
from tests.drivers.conftest import Isapi
from tests.drivers.isapi_device import Device, running

NEW_PASSWORD = "New-pass-2"


SIP_PASSWORD = "Sip-pass-3"


Case = tuple[DeviceKind, str, Mapping[str, FieldValue | Secret], str, tuple[tuple[str, str], ...]]


CAMERA, DOOR, RECORDER = DeviceKind.CAMERA, DeviceKind.DOOR, DeviceKind.RECORDER


EDITS: dict[str, Case] = {
    "time zone": (
        CAMERA,
        "time",
        {"time_zone": "UTC+08:00"},
        golden.TIME,
        (("MMT-6:30:00", "CST-8:00:00"),),
    ),
    "time mode": (
        CAMERA,
        "time",
        {"time_mode": "ntp"},
        golden.TIME,
        ((">manual<", ">NTP<"),),
    ),
    "ntp by another address": (
        CAMERA,
        "ntp",
        {"ntp_server": "10.34.0.2", "ntp_port": 1123},
        golden.NTP,
        (("10.0.0.1", "10.34.0.2"), (">123<", ">1123<")),
    ),
    "ntp by name": (
        CAMERA,
        "ntp",
        {"ntp_server": "ntp.tl.example"},
        golden.NTP,
        (
            (">ipaddress<", ">hostname<"),
            ("<ipAddress>10.0.0.1</ipAddress>", "<hostName>ntp.tl.example</hostName>"),
        ),
    ),
    "ntp by IPv6": (
        CAMERA,
        "ntp",
        {"ntp_server": "fd00::1"},
        golden.NTP,
        (("<ipAddress>10.0.0.1</ipAddress>", "<ipv6Address>fd00::1</ipv6Address>"),),
    ),
    "channel name in Chinese": (
        CAMERA,
        "channel",
        {"channel_name": "东门 & <入口>"},
        golden.CHANNEL,
        (("Camera 01", "东门 &amp; &lt;入口&gt;"),),
    ),
    "overlay switched on": (
        CAMERA,
        "osd",
        {"osd_text": "东门"},
        golden.OVERLAY,
        ((">false<", ">true<"), ("<displayText/>", "<displayText>东门</displayText>")),
    ),
    "cloud off": (
        CAMERA,
        "cloud",
        {"cloud_enabled": False},
        golden.CLOUD,
        (("<enabled>true", "<enabled>false"),),
    ),
    "barrier": (
        CAMERA,
        "barrier",
        {"barrier_open_s": 8, "barrier_mode": "auto"},
        golden.BARRIER,
        ((">5<", ">8<"), (">keepOpen<", ">auto<")),
    ),
    "password": (
        CAMERA,
        "user",
        {"admin_password": Secret(NEW_PASSWORD)},
        golden.USERS,
        (("</userName>\n", f"</userName>\n<password>{NEW_PASSWORD}</password>\n"),),
    ),
    "door": (
        DOOR,
        "door",
        {"open_duration_s": 7},
        golden.DOOR,
        ((">5<", ">7<"),),
    ),
}


@pytest.mark.parametrize("personality", ["a", "b"])
@pytest.mark.parametrize("edit", EDITS)
async def test_an_edit_changes_the_wanted_nodes_and_no_other_byte(
    isapi: Isapi, edit: str, personality: str
) -> None:
    """Goal: namespace, order, attributes, comments and unknown nodes go back as they came."""
    kind, resource, values, path, changes = EDITS[edit]
    documents = golden.camera(personality) | golden.reader(personality)
    async with (
        running(Device(dict(documents))) as device,
        isapi.session(device, kind) as session,
    ):
        await session.write(resource, values)

    expected = documents[path].decode()
    for before, after in changes:
        assert before in expected
        expected = expected.replace(before, after)
    (put,) = device.of("PUT")
    assert expected == put.body.decode()
    assert path == put.target
    assert put.headers["content-type"] == "application/xml"


async def test_what_was_written_reads_back(isapi: Isapi) -> None:
    """Goal: both directions of every value agree."""
    wanted: dict[str, dict[str, FieldValue]] = {
        "time": {"time_mode": "platform", "time_zone": "UTC-03:30"},
        "ntp": {"ntp_server": "a.example", "ntp_port": 7},
        "channel": {"channel_name": "西门"},
        "osd": {"osd_text": "西门 2"},
        "cloud": {"cloud_enabled": False},
        "barrier": {"barrier_open_s": 60, "barrier_mode": "keep_closed"},
    }
    async with running(Device(golden.camera("b"))) as device:
        async with isapi.session(device) as session:
            for resource, values in wanted.items():
                await session.write(resource, values)
        async with isapi.session(device) as session:
            reading = await session.read()

    assert {k: v for values in wanted.values() for k, v in values.items()} == reading.fields


async def test_a_verify_mode_is_changed_in_json_in_place(isapi: Isapi) -> None:
    """Goal: JSON keeps its order and unknown keys; ways are a set."""
    async with (
        running(Device(golden.reader("a"))) as device,
        isapi.session(device, DOOR) as session,
    ):
        await session.write("reader", {"auth_ways": ["face", "card"]})
        reading = await session.read(["reader"])

    (put,) = device.of("PUT")
    assert put.headers["content-type"] == "application/json"
    expected = json.loads(golden.READER)
    expected["CardReaderCfg"]["defaultVerifyMode"] = "cardOrFace"
    assert json.dumps(expected) == json.dumps(json.loads(put.body))
    assert reading.fields["auth_ways"] == ["card", "face"]


GB: dict[str, FieldValue | Secret] = {
    "gb_enabled": True,
    "gb_server_id": "34070500002000000009",
    "gb_server_domain": "3407050000",
    "gb_server_address": "127.34.0.5",
    "gb_server_port": 15060,
    "gb_device_id": "34070500001180000002",
    "gb_expires_s": 86400,
    "gb_keepalive_s": 30,
    "gb_keepalive_count": 5,
}


@pytest.mark.parametrize("personality", ["a", "b"])
async def test_the_gb_node_is_written_in_the_place_of_its_firmware(
    isapi: Isapi, personality: str
) -> None:
    """Goal: one PUT with all nine fields and the password; the mask is never sent back."""
    async with (
        running(Device(golden.recorder(personality))) as device,
        isapi.session(device, RECORDER) as session,
    ):
        await session.write("gb28181", GB | {"gb_password": Secret(SIP_PASSWORD)})
        reading = await session.read(["gb28181"])

    (put,) = device.of("PUT")
    assert (golden.SIP if personality == "a" else golden.SERVICE) == put.target
    assert reading.fields == GB
    assert f"<password>{SIP_PASSWORD}</password>".encode() in put.body
    assert b"***" not in put.body
    assert b"<vendorStream>0</vendorStream>" in put.body


async def test_a_masked_password_is_left_out_when_there_is_no_new_one(isapi: Isapi) -> None:
    """Goal: sending the mask back would set it as the password."""
    async with (
        running(Device(golden.recorder("a"))) as device,
        isapi.session(device, RECORDER) as session,
    ):
        await session.write("gb28181", {"gb_expires_s": 7200})

    (put,) = device.of("PUT")
    expected = golden.gb28181_a().decode().replace(">3600<", ">7200<")
    assert expected.replace("<password>******</password>\n", "\n") == put.body.decode()


async def test_a_new_password_stands_behind_the_user_it_belongs_to(isapi: Isapi) -> None:
    """Goal: a hidden node is made where the firmware's schema has it."""
    async with (
        running(Device(golden.recorder("b"))) as device,
        isapi.session(device, RECORDER) as session,
    ):
        await session.write("gb28181", {"gb_password": Secret(SIP_PASSWORD)})

    (put,) = device.of("PUT")
    assert (
        f"</deviceID>\n<password>{SIP_PASSWORD}</password>\n<registerExpires>".encode() in put.body
    )


IDS = [f"3407050000132000000{n}" for n in range(1, 6)]


@pytest.mark.parametrize("personality", ["a", "b"])
@pytest.mark.parametrize("count", [1, 2, 3, 5])
async def test_channel_ids_are_set_as_a_whole_list(
    isapi: Isapi, personality: str, count: int
) -> None:
    """Goal: surplus rows go, missing ones are made with the next number."""
    async with (
        running(Device(golden.recorder(personality))) as device,
        isapi.session(device, RECORDER) as session,
    ):
        await session.write("channels", {"gb_channel_ids": IDS[:count]})
        reading = await session.read(["channels"])

    (put,) = device.of("PUT")
    number = b"id" if personality == "a" else b"channelNo"
    assert IDS[:count] == reading.fields["gb_channel_ids"]
    assert all(b"<%s>%d</%s>" % (number, n + 1, number) in put.body for n in range(count))
    assert b"<%s>%d</%s>" % (number, count + 1, number) not in put.body


async def test_a_user_document_of_another_user_is_not_written(isapi: Isapi) -> None:
    """Goal: never the password of somebody else."""
    documents = golden.camera("a") | {golden.USERS: golden.user("a", "operator")}
    async with running(Device(documents)) as device, isapi.session(device) as session:
        with pytest.raises(WriteRefused, match="operator"):
            await session.write("user", {"admin_password": Secret(NEW_PASSWORD)})

    assert not device.of("PUT")


async def test_firmware_that_hides_its_users_gets_a_document_of_its_own_namespace(
    isapi: Isapi,
) -> None:
    """Goal: a password can be set where users/1 cannot be read."""
    documents = golden.camera("b")
    del documents[golden.USERS]
    async with running(Device(documents)) as device, isapi.session(device) as session:
        await session.write("user", {"admin_password": Secret(NEW_PASSWORD)})

    (put,) = device.of("PUT")
    assert put.body.decode().endswith(
        f'<User xmlns="{golden.NAMESPACE["b"]}" version="2.0"><id>1</id><userName>admin</userName>'
        f"<password>{NEW_PASSWORD}</password></User>"
    )


async def test_after_a_password_write_the_old_login_is_never_tried_again(isapi: Isapi) -> None:
    """Goal: reading on with the old password would be a wrong login."""
    async with running(Device(golden.camera("a"))) as device:
        async with isapi.session(device) as session:
            await session.write("user", {"admin_password": Secret(NEW_PASSWORD)})
            device.password = NEW_PASSWORD
            with pytest.raises(LoginBudgetSpent, match="own write"):
                await session.read()
        async with isapi.session(device, password=NEW_PASSWORD) as session:
            assert await session.prove_login()

    assert device.wrong_logins == 0
