"""What an ISAPI session reads, on both firmware families."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from fleet.model.device import DeviceKind
from fleet.model.errors import MalformedReply, Unreachable, WriteRefused
from fleet.model.observation import Identity
from tests.drivers import golden
from tests.drivers.conftest import Isapi
from tests.drivers.isapi_device import Device, http, running

BOTH = pytest.mark.parametrize("personality", ["a", "b"])


@BOTH
async def test_a_camera_reads_canonical_on_both_families(isapi: Isapi, personality: str) -> None:
    """Goal: every readable camera field, canonical, whatever the namespace."""
    async with (
        running(Device(golden.camera(personality))) as device,
        isapi.session(device) as session,
    ):
        reading = await session.read()

    assert reading.fields == {
        "time_mode": "manual",
        "time_zone": "UTC+06:30",
        "ntp_server": "10.0.0.1",
        "ntp_port": 123,
        "channel_name": "Camera 01",
        "osd_text": "",
        "cloud_enabled": True,
        "barrier_open_s": 5,
        "barrier_mode": "keep_open",
    }
    assert Identity(serial=golden.SERIAL, model="DS-2CD3T47", firmware="V5.7.3") == reading.identity
    assert reading.registered is None
    assert reading.reboot_pending == ()


@BOTH
async def test_a_door_reader_reads_its_ways_from_json(isapi: Isapi, personality: str) -> None:
    """Goal: XML and JSON documents of one device make one reading."""
    async with (
        running(Device(golden.reader(personality))) as device,
        isapi.session(device, DeviceKind.DOOR) as session,
    ):
        reading = await session.read()

    assert reading.fields["auth_ways"] == ["card+face"]
    assert reading.fields["open_duration_s"] == 5


async def test_a_recorder_of_family_a_does_not_tell_its_registration(isapi: Isapi) -> None:
    """Goal: what cannot be read is unknown, and no other family's page is asked for."""
    async with (
        running(Device(golden.recorder("a"))) as device,
        isapi.session(device, DeviceKind.RECORDER) as session,
    ):
        reading = await session.read(["channels", "gb28181"])

    assert reading.fields == {
        "gb_channel_ids": ["34070500001320000001", "34070500001320000002"],
        "gb_enabled": False,
        "gb_server_id": "34070000002000000001",
        "gb_server_domain": "3407000000",
        "gb_server_address": "10.0.0.9",
        "gb_server_port": 5060,
        "gb_device_id": "34070500001180000001",
        "gb_expires_s": 3600,
        "gb_keepalive_s": 60,
        "gb_keepalive_count": 3,
    }
    assert reading.registered is None
    assert not [s for s in device.seen if "GB28181Service" in s.target]


@pytest.mark.parametrize(
    ("word", "registered"),
    [("online", True), ("offline", False), ("registering", None), ("", None)],
)
async def test_a_recorder_of_family_b_tells_its_registration(
    isapi: Isapi, word: str, registered: bool | None
) -> None:
    """Goal: the recorder's own word, from the page that only this family has; else unknown."""
    documents = golden.recorder("b")
    documents[f"{golden.SERVICE}/status"] = golden.register_status(word)
    async with (
        running(Device(documents)) as device,
        isapi.session(device, DeviceKind.RECORDER) as session,
    ):
        reading = await session.read()

    assert registered is reading.registered
    assert reading.fields["gb_server_id"] == "34070000002000000001"
    assert reading.fields["gb_channel_ids"] == ["34070500001320000001", "34070500001320000002"]


async def test_the_place_found_by_probe_is_remembered_in_the_session(isapi: Isapi) -> None:
    """Goal: the other family's path is asked for once, not at each read."""
    async with (
        running(Device(golden.recorder("b"))) as device,
        isapi.session(device, DeviceKind.RECORDER) as session,
    ):
        await session.read(["gb28181"])
        await session.read(["gb28181"])

    assert sum(s.target == golden.SIP for s in device.seen) == 1
    assert sum(s.target == golden.SERVICE for s in device.seen) == 2


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (404, b"<html>none</html>"),
        (
            403,
            b"<ResponseStatus><statusCode>4</statusCode><statusString>Invalid Operation"
            b"</statusString><subStatusCode>notSupport</subStatusCode></ResponseStatus>",
        ),
        (
            200,
            b"<ResponseStatus><statusCode>4</statusCode>"
            b"<subStatusCode>notSupport</subStatusCode></ResponseStatus>",
        ),
        (403, b'{"statusCode":4,"statusString":"x","subStatusCode":"notSupport"}'),
    ],
)
async def test_what_a_firmware_lacks_is_absent(isapi: Isapi, status: int, body: bytes) -> None:
    """Goal: every way in which firmware says "I do not have that" makes absent fields."""
    device = Device(golden.camera("a"), answers={golden.BARRIER: (status, body)})
    async with running(device), isapi.session(device) as session:
        reading = await session.read()

    assert "barrier_mode" not in reading.fields
    assert reading.fields["channel_name"] == "Camera 01"


async def test_a_node_that_a_firmware_lacks_is_an_absent_field(isapi: Isapi) -> None:
    """Goal: absent, not empty and not an error."""
    documents = golden.camera("a")
    documents[golden.TIME] = documents[golden.TIME].replace(
        b"<timeZone>MMT-6:30:00</timeZone>\n", b""
    )
    async with running(Device(documents)) as device, isapi.session(device) as session:
        reading = await session.read(["time"])

    assert reading.fields == {"time_mode": "manual"}


async def test_only_the_named_resources_are_asked_for(isapi: Isapi) -> None:
    """Goal: reading one resource costs one document beside the identity."""
    async with running(Device(golden.camera("a"))) as device, isapi.session(device) as session:
        await session.read(["osd"])

    assert [
        "/SDK/activateStatus",
        golden.INFO.replace(golden.INFO, "/ISAPI/Security/userCheck"),
        golden.INFO,
        golden.OVERLAY,
    ] == [s.target for s in device.seen]


async def test_reading_a_password_resource_gives_the_identity_alone(isapi: Isapi) -> None:
    """Goal: a write-only resource can be named and has no fields."""
    async with running(Device(golden.camera("a"))) as device, isapi.session(device) as session:
        reading = await session.read(["user"])

    assert reading.fields == {}
    assert reading.identity.serial == golden.SERIAL


async def test_an_unknown_resource_is_refused_before_anything_is_sent(isapi: Isapi) -> None:
    """Goal: a caller's mistake has a name."""
    async with running(Device(golden.camera("a"))) as device, isapi.session(device) as session:
        with pytest.raises(WriteRefused, match="no such resource"):
            await session.read(["gate"])


async def test_an_overlay_that_is_switched_off_reads_as_empty(isapi: Isapi) -> None:
    """Goal: what is not on the picture is not reported as being there."""
    documents = golden.camera("a")
    documents[golden.OVERLAY] = golden.overlay("a", "false", "东门")
    async with running(Device(documents)) as device, isapi.session(device) as session:
        off = await session.read(["osd"])
        device.documents[golden.OVERLAY] = golden.overlay("a", "true", "东门")
        on = await session.read(["osd"])

    assert off.fields["osd_text"] == ""
    assert on.fields["osd_text"] == "东门"


@pytest.mark.parametrize(
    ("node", "inner", "server"),
    [
        ("hostname", b"<hostName>ntp.example</hostName>", "ntp.example"),
        ("ipaddress", b"<ipAddress/><ipv6Address>::1</ipv6Address>", "::1"),
        ("hostname", b"<hostName>a.example</hostName><ipAddress>10.1.1.1</ipAddress>", "a.example"),
        ("ipaddress", b"<hostName>a.example</hostName><ipAddress>10.1.1.1</ipAddress>", "10.1.1.1"),
    ],
)
async def test_the_address_node_in_force_is_read(
    isapi: Isapi, node: str, inner: bytes, server: str
) -> None:
    """Goal: firmware that keeps several address nodes is read by its addressing type."""
    documents = golden.camera("a")
    documents[golden.NTP] = (
        documents[golden.NTP]
        .replace(b"<ipAddress>10.0.0.1</ipAddress>", inner)
        .replace(b">ipaddress<", f">{node}<".encode())
    )
    async with running(Device(documents)) as device, isapi.session(device) as session:
        reading = await session.read(["ntp"])

    assert server == reading.fields["ntp_server"]


ODD = {
    "another document": b"<Other/>",
    "not XML": b"hello",
    "empty": b"",
    "cut in the middle": golden.time("a")[:150],
    "a node twice": golden.time("a").replace(b"<timeMode>", b"<timeMode>NTP</timeMode><timeMode>"),
    "nodes instead of text": golden.time("a").replace(b">manual<", b"><x/><"),
    "a declared encoding": golden.time("a").replace(b"UTF-8", b"UTF-16"),
    "bytes that are not UTF-8": golden.time("a").replace(b"manual", b"\xff\xfe"),
    "an entity bomb": b'<!DOCTYPE Time [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><Time>&b;</Time>',
    "an outside entity": b'<!DOCTYPE Time [<!ENTITY a SYSTEM "file:///etc/passwd">]><Time>&a;</Time>',
    "nested ten thousand deep": b"<Time>" + b"<a>" * 10000 + b"</a>" * 10000 + b"</Time>",
}


@pytest.mark.parametrize("symptom", ODD)
async def test_an_odd_document_is_malformed_and_named(isapi: Isapi, symptom: str) -> None:
    """Goal: hostile and broken documents are one named error that says which page."""
    device = Device(golden.camera("a") | {golden.TIME: ODD[symptom]})
    async with running(device), isapi.session(device) as session:
        with pytest.raises(MalformedReply, match=golden.TIME) as caught:
            await session.read(["time"])

    assert "root:" not in str(caught.value)
    assert "无法理解" in caught.value.summary.zh


ODD_JSON = {
    "not JSON": b"{",
    "a list": b"[]",
    "no reader": b"{}",
    "reader is a list": b'{"CardReaderCfg": []}',
    "mode is a number": b'{"CardReaderCfg": {"defaultVerifyMode": 7}}',
    "a key twice": b'{"CardReaderCfg": {"defaultVerifyMode": "face", "defaultVerifyMode": "card"}}',
    "not a number": b'{"CardReaderCfg": {"x": NaN}}',
    "nested deep": b'{"CardReaderCfg": ' + b"[" * 100000 + b"]" * 100000 + b"}",
    "not UTF-8": b'{"CardReaderCfg": {"defaultVerifyMode": "\xff"}}',
    "a number of ten thousand digits": b'{"CardReaderCfg": {"x": ' + b"9" * 10000 + b"}}",
}


@pytest.mark.parametrize("symptom", ODD_JSON)
async def test_an_odd_json_document_is_malformed(isapi: Isapi, symptom: str) -> None:
    """Goal: the same for the JSON half of the protocol."""
    device = Device(golden.reader("a") | {golden.CARD_READER: ODD_JSON[symptom]})
    async with running(device), isapi.session(device, DeviceKind.DOOR) as session:
        with pytest.raises(MalformedReply, match="CardReaderCfg"):
            await session.read(["reader"])


@pytest.mark.parametrize("status", [301, 400, 403, 500])
async def test_another_status_is_malformed_and_told(isapi: Isapi, status: int) -> None:
    """Goal: no redirect is followed, and the number is in the text."""
    device = Device(golden.camera("a"), answers={golden.TIME: (status, b"no")})
    async with running(device), isapi.session(device) as session:
        with pytest.raises(MalformedReply, match=str(status)):
            await session.read(["time"])


@pytest.mark.parametrize("page", [golden.TIME, "/SDK/activateStatus", "/ISAPI/Security/userCheck"])
async def test_a_busy_device_may_be_asked_again_later(isapi: Isapi, page: str) -> None:
    """Goal: 503 is retryable, by the caller, whichever page says it."""
    device = Device(golden.camera("a"), answers={page: (503, b"")})
    async with running(device), isapi.session(device) as session:
        with pytest.raises(Unreachable, match="busy") as caught:
            await session.read(["time"])

    assert caught.value.retryable


RAW = {
    "a head over the limit": b"HTTP/1.1 200 OK\r\nX: " + b"x" * 40000 + b"\r\n\r\n",
    "a body over the limit": b"HTTP/1.1 200 OK\r\nContent-Length: 900000\r\n\r\n" + b"x" * 900000,
    "a coded body": http(200, b"\x1f\x8b", "Content-Encoding: gzip"),
    "no HTTP at all": b"SSH-2.0-OpenSSH_9.2\r\n\r\n\r\n",
    "a switch of protocols": b"HTTP/1.1 101 Switching\r\nUpgrade: x\r\n\r\n",
    "interim answers without end": b"HTTP/1.1 102 Wait\r\n\r\n" * 50,
    "two lengths": b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
    "a negative length": b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
    "a broken chunk": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n",
}


@pytest.mark.parametrize("symptom", RAW)
async def test_an_answer_that_is_no_http_is_malformed(isapi: Isapi, symptom: str) -> None:
    """Goal: limits hold before parsing, and each breach is the same named error."""
    device = Device(golden.camera("a"))
    device.raw = lambda seen: RAW[symptom] if seen.target == golden.TIME else None
    async with running(device), isapi.session(device) as session:
        with pytest.raises(MalformedReply):
            await session.read(["time"])


@pytest.mark.parametrize("keep", [0, 5, 20, 60, 200])
async def test_a_line_cut_in_the_middle_of_an_answer_is_unreachable(
    isapi: Isapi, keep: int
) -> None:
    """Goal: a broken line is not taken for a broken device."""
    whole = http(200, golden.time("a"))
    device = Device(golden.camera("a"))
    device.raw = lambda seen: whole[:keep] if seen.target == golden.TIME else None
    async with running(device), isapi.session(device) as session:
        with pytest.raises(Unreachable, match="ended"):
            await session.read(["time"])


async def test_a_chunked_answer_is_read_like_any_other(isapi: Isapi) -> None:
    """Goal: both body framings of HTTP/1.1 work (RFC 9112, 7.1)."""
    body = golden.time("a")
    chunks = b"".join(
        b"%x\r\n%s\r\n" % (len(part), part) for part in (body[:7], body[7:100], body[100:])
    )
    device = Device(golden.camera("a"))
    device.raw = lambda seen: (
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks + b"0\r\n\r\n"
        if seen.target == golden.TIME
        else None
    )
    async with running(device), isapi.session(device) as session:
        reading = await session.read(["time"])

    assert reading.fields["time_zone"] == "UTC+06:30"


@BOTH
async def test_a_device_tells_its_clock_in_one_request(isapi: Isapi, personality: str) -> None:
    """Goal: the moment in seconds, whatever its zone; after the login a single GET, so that the
    round trip can be measured; and it is asked afresh each time."""
    camera = Device(golden.camera(personality))
    async with running(camera) as device, isapi.session(device) as session:
        await session.identify()
        before = len(camera.seen)
        first = await session.device_time()
        asked = camera.seen[before:]
        await session.device_time()

    assert first == datetime(2026, 11, 24, 3, 30, tzinfo=UTC).timestamp()
    assert [(s.method, s.target) for s in asked] == [("GET", "/ISAPI/System/time")]
    assert len(camera.seen) == before + 2


async def test_a_clock_without_an_offset_is_local_time_of_its_zone(isapi: Isapi) -> None:
    """Goal: older firmware leaves the offset out of `localTime`."""
    documents = golden.camera("a")
    documents[golden.TIME] = documents[golden.TIME].replace(b"10:00:00+06:30", b"10:00:00")
    async with running(Device(documents)) as device, isapi.session(device) as session:
        told = await session.device_time()

    assert told == datetime(2026, 11, 24, 3, 30, tzinfo=UTC).timestamp()


@pytest.mark.parametrize("odd", [b"half past ten", b"2026-13-01T00:00:00"])
async def test_a_clock_that_is_none_is_an_answer_not_understood(isapi: Isapi, odd: bytes) -> None:
    """Goal: never a guess."""
    documents = golden.camera("a")
    documents[golden.TIME] = documents[golden.TIME].replace(b"2026-11-24T10:00:00+06:30", odd)
    async with running(Device(documents)) as device, isapi.session(device) as session:
        with pytest.raises(MalformedReply):
            await session.device_time()


async def test_firmware_without_a_clock_tells_none(isapi: Isapi) -> None:
    """Goal: absent is None, not an error."""
    documents = golden.camera("a")
    del documents[golden.TIME]
    async with running(Device(documents)) as device, isapi.session(device) as session:
        assert await session.device_time() is None
