"""What an ISAPI session writes: in place, once, and what it makes of the answer."""

from __future__ import annotations

import json
from collections.abc import Mapping

import pytest

from fleet.model.device import DeviceKind, FieldValue
from fleet.model.errors import (
    LoginBudgetSpent,
    LoginRefused,
    MalformedReply,
    Unreachable,
    WriteRefused,
)
from fleet.model.secret import Secret
from tests.drivers import golden
from tests.drivers.conftest import Isapi
from tests.drivers.isapi_device import OK_STATUS, Device, http, running

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


UNSETTABLE: dict[str, tuple[DeviceKind, str, dict[str, FieldValue | Secret], str]] = {
    "no verify mode": (DOOR, "reader", {"auth_ways": ["plate"]}, "auth_ways"),
    "no ways at all": (DOOR, "reader", {"auth_ways": []}, "auth_ways"),
    "ways as text": (DOOR, "reader", {"auth_ways": "card"}, "auth_ways"),
    "a zone by name": (CAMERA, "time", {"time_zone": "Asia/Shanghai"}, "time_zone"),
    "a zone too far east": (CAMERA, "time", {"time_zone": "UTC+19:00"}, "time_zone"),
    "an unknown mode": (CAMERA, "barrier", {"barrier_mode": "ajar"}, "barrier_mode"),
    "a number as text": (CAMERA, "barrier", {"barrier_open_s": "8"}, "barrier_open_s"),
    "a bool as number": (CAMERA, "barrier", {"barrier_open_s": True}, "barrier_open_s"),
    "a number as bool": (CAMERA, "cloud", {"cloud_enabled": 1}, "cloud_enabled"),
    "a control character": (CAMERA, "channel", {"channel_name": "a\x00b"}, "channel_name"),
    "a secret where none is": (CAMERA, "channel", {"channel_name": Secret("x")}, "channel_name"),
    "an open password": (CAMERA, "user", {"admin_password": "x"}, "admin_password"),
    "a password XML cannot hold": (
        CAMERA,
        "user",
        {"admin_password": Secret("a\x01b")},
        "admin_password",
    ),
    "ids as text": (RECORDER, "channels", {"gb_channel_ids": "3407"}, "gb_channel_ids"),
    "an id XML cannot hold": (RECORDER, "channels", {"gb_channel_ids": ["\x02"]}, "gb_channel_ids"),
    "a field of another resource": (CAMERA, "osd", {"ntp_port": 1}, "ntp_port"),
    "no such resource": (DOOR, "osd", {"osd_text": "x"}, ""),
}


@pytest.mark.parametrize("symptom", UNSETTABLE)
async def test_what_cannot_be_written_is_refused_before_it_is_sent(
    isapi: Isapi, symptom: str
) -> None:
    """Goal: a value without a form in the protocol names its field; no PUT leaves."""
    kind, resource, values, field = UNSETTABLE[symptom]
    documents = golden.camera("a") | golden.reader("a") | golden.recorder("a")
    async with running(Device(documents)) as device, isapi.session(device, kind) as session:
        with pytest.raises(WriteRefused) as caught:
            await session.write(resource, values)

    assert (field or None) == caught.value.field
    assert not device.of("PUT")


@pytest.mark.parametrize(
    ("path", "node", "resource", "values"),
    [
        (golden.TIME, b"<timeZone>MMT-6:30:00</timeZone>\n", "time", {"time_zone": "UTC+08:00"}),
        (golden.NTP, b"<ipAddress>10.0.0.1</ipAddress>\n", "ntp", {"ntp_server": "10.0.0.2"}),
        (golden.NTP, b"<portNo>123</portNo>\n", "ntp", {"ntp_port": 5}),
        (golden.OVERLAY, b"<displayText/>\n", "osd", {"osd_text": "x"}),
    ],
)
async def test_a_field_that_the_firmware_lacks_is_refused_and_not_invented(
    isapi: Isapi, path: str, node: bytes, resource: str, values: dict[str, FieldValue]
) -> None:
    """Goal: an unknown node would be ignored by the device and reported as kept by nobody."""
    documents = golden.camera("a")
    assert node in documents[path]
    documents[path] = documents[path].replace(node, b"")
    async with running(Device(documents)) as device, isapi.session(device) as session:
        with pytest.raises(WriteRefused, match="this firmware has no") as caught:
            await session.write(resource, values)

    assert next(iter(values)) == caught.value.field
    assert not device.of("PUT")


async def test_a_resource_that_the_firmware_lacks_is_refused(isapi: Isapi) -> None:
    """Goal: a plain camera has no barrier to set up."""
    documents = golden.camera("a")
    del documents[golden.BARRIER]
    async with running(Device(documents)) as device, isapi.session(device) as session:
        with pytest.raises(WriteRefused, match="does not have it") as caught:
            await session.write("barrier", {"barrier_open_s": 3})

    assert caught.value.field == "barrier_open_s"


def refusal(code: int, subcode: str, message: str = "") -> bytes:
    """A ResponseStatus that says no."""
    return (
        OK_STATUS.replace(b">1<", f">{code}<".encode())
        .replace(b">OK<", b">Invalid Content<")
        .replace(
            b"<subStatusCode>ok</subStatusCode>",
            f"<subStatusCode>{subcode}</subStatusCode><errorMsg>{message}</errorMsg>".encode(),
        )
    )


@pytest.mark.parametrize(
    ("answer", "field"),
    [
        ((400, refusal(6, "badXmlContent", "registrarPort")), "gb_server_port"),
        (
            (200, refusal(6, "badParameters", "heartbeatCount out of range 3-10")),
            "gb_keepalive_count",
        ),
        ((400, refusal(6, "invalidExpires", "")), "gb_expires_s"),
        ((400, refusal(6, "badParameters", "expires heartbeatTime")), None),
        ((403, refusal(4, "lowPrivilege", "")), None),
        (
            (400, b'{"statusCode":6,"statusString":"x","subStatusCode":"y","errorMsg":"authID"}'),
            "gb_device_id",
        ),
        ((403, b"<html>forbidden</html>"), None),
    ],
)
async def test_a_refusal_names_the_field_that_the_device_names(
    isapi: Isapi, answer: tuple[int, bytes], field: str | None
) -> None:
    """Goal: the device's words are kept, and its node is told as our field."""
    async with (
        running(Device(golden.recorder("a"), put_answer=answer)) as device,
        isapi.session(device, RECORDER) as session,
    ):
        with pytest.raises(WriteRefused) as caught:
            await session.write("gb28181", GB)

    assert field == caught.value.field
    assert len(device.of("PUT")) == 1


async def test_reboot_required_is_a_yes_that_a_later_read_reports(isapi: Isapi) -> None:
    """Goal: statusCode 7 is done, and the session remembers what waits for the reboot."""
    answer = 200, OK_STATUS.replace(b">1<", b">7<").replace(b">OK<", b">Reboot Required<")
    async with (
        running(Device(golden.camera("b"), put_answer=answer)) as device,
        isapi.session(device) as session,
    ):
        await session.write("cloud", {"cloud_enabled": False})
        reading = await session.read(["cloud"])

    assert reading.reboot_pending == ("cloud_enabled",)
    assert reading.fields["cloud_enabled"] is False


@pytest.mark.parametrize(
    "answer",
    [
        (200, b""),
        (200, b"<html/>"),
        (500, b"oops"),
        (200, b"<ResponseStatus/>"),
        (200, b"<ResponseStatus><statusCode>yes</statusCode></ResponseStatus>"),
        (200, b'{"status": 1}'),
    ],
)
async def test_an_answer_to_a_write_that_says_nothing_is_malformed(
    isapi: Isapi, answer: tuple[int, bytes]
) -> None:
    """Goal: not understood is neither yes nor no."""
    async with (
        running(Device(golden.camera("a"), put_answer=answer)) as device,
        isapi.session(device) as session,
    ):
        with pytest.raises(MalformedReply):
            await session.write("osd", {"osd_text": "x"})

    assert len(device.of("PUT")) == 1


async def test_a_put_is_never_sent_twice_wherever_the_answer_is_cut(isapi: Isapi) -> None:
    """Goal: at each byte offset of the answer the line breaks, and one PUT was received.

    Method: one session a cut, on one device; a whole answer is the control.
    """
    whole = len(http(200, OK_STATUS))
    async with running(Device(golden.camera("a"))) as device:
        for cut in range(whole):
            device.seen.clear()
            device.cut_put_at = cut
            async with isapi.session(device) as session:
                with pytest.raises(Unreachable):
                    await session.write("osd", {"osd_text": f"cut {cut}"})
            assert len(device.of("PUT")) == 1, cut
        device.seen.clear()
        device.cut_put_at = whole
        async with isapi.session(device) as session:
            await session.write("osd", {"osd_text": "whole"})

    assert len(device.of("PUT")) == 1


async def test_a_login_refused_at_the_write_is_not_repeated(isapi: Isapi) -> None:
    """Goal: a password changed by somebody between GET and PUT costs one attempt."""
    async with running(Device(golden.camera("a"))) as device, isapi.session(device) as session:
        await session.read(["osd"])
        device.raw = lambda seen: _change_password(device, seen.target, seen.method)
        with pytest.raises(LoginRefused):
            await session.write("osd", {"osd_text": "x"})
        with pytest.raises(LoginRefused):
            await session.write("osd", {"osd_text": "x"})

    assert len(device.of("PUT")) == 1


def _change_password(device: Device, target: str, method: str) -> bytes | None:
    if method == "PUT":
        device.seen[-1].login = "wrong"
        return http(401, b"", 'WWW-Authenticate: Digest realm="x", nonce="y", qop="auth"')
    return None
