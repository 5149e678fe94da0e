"""What an ISAPI write cannot do, and what it makes of each answer; never sent twice."""

from __future__ import annotations

import pytest

from fleet.model.device import DeviceKind, FieldValue
from fleet.model.errors import (
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


CAMERA, DOOR, RECORDER = DeviceKind.CAMERA, DeviceKind.DOOR, DeviceKind.RECORDER


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
