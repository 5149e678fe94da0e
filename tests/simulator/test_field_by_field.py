"""Over HTTP, field by field: what a write stores and logs, what tampering does, what is refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from fleet.simulator.errors import SimError
from fleet.simulator.isapi import tables
from fleet.simulator.spec import Kind, Personality
from fleet.simulator.values import Value
from tests.simulator.kit import Broken, Client, fields, open_isapi, running, spec_of

BOTH: list[Personality] = ["a", "b"]
A, B = "34070500002000000001", "34070501011187000001"
CLOCK: list[tuple[str, str, str, Value]] = [
    ("time_mode", tables.TIME, "ntp", "ntp"),
    ("time_zone", tables.TIME, "UTC+09:30", "UTC+09:30"),
    ("ntp_server", tables.NTP, "127.0.0.5", "127.0.0.5"),
    ("ntp_port", tables.NTP, "1123", 1123),
]
GB_NODE = {"a": tables.SIP, "b": tables.SERVICE}
GB_CHANNELS = {"a": tables.SIP_INFO, "b": tables.SERVICE_CHANNELS}


def rows(kind: Kind, firmware: Personality) -> list[tuple[str, str, str, Value]]:
    """Every field of a device: name, page, what a person types for it, what that means."""
    cloud: tuple[str, str, str, Value] = ("cloud_enabled", tables.CLOUD, "false", False)
    if kind == "camera":
        return [
            *CLOCK,
            cloud,
            ("channel_name", tables.CHANNEL, "12", "12"),
            ("osd_text", tables.OVERLAY, "东门", "东门"),
            ("barrier_open_s", tables.BARRIER, "5", 5),
            ("barrier_mode", tables.BARRIER, "keep_closed", "keep_closed"),
        ]
    if kind == "door":
        return [
            *CLOCK,
            ("open_duration_s", tables.DOOR, "7", 7),
            ("auth_ways", tables.READER, "face+card", ["card+face"]),
        ]
    node = GB_NODE[firmware]
    return [
        *CLOCK,
        cloud,
        ("gb_enabled", node, "true", True),
        ("gb_server_id", node, A, A),
        ("gb_server_domain", node, "3407050000", "3407050000"),
        ("gb_server_address", node, "127.0.0.9", "127.0.0.9"),
        ("gb_server_port", node, "15060", 15060),
        ("gb_device_id", node, B, B),
        ("gb_expires_s", node, "86400", 86400),
        ("gb_keepalive_s", node, "30", 30),
        ("gb_keepalive_count", node, "5", 5),
        ("gb_channel_ids", GB_CHANNELS[firmware], f"{A},{B}", [A, B]),
    ]


KINDS: list[Kind] = ["camera", "door", "recorder"]
ALL = [
    (kind, firmware, *row) for kind in KINDS for firmware in BOTH for row in rows(kind, firmware)
]
each = pytest.mark.parametrize(
    ("kind", "firmware", "field", "path", "words", "value"),
    ALL,
    ids=[f"{k}-{p}-{f}" for k, p, f, *_ in ALL],
)


@pytest.mark.parametrize("firmware", BOTH)
@pytest.mark.parametrize("kind", ["camera", "door", "recorder"])
def test_the_table_is_complete(tmp_path: Path, kind: Kind, firmware: Personality) -> None:
    """Each field that a device stores has its row."""
    device = open_isapi(spec_of(kind, firmware), tmp_path)

    assert sorted(device.values()) == sorted(name for name, *_ in rows(kind, firmware))


@each
async def test_tampering_with_each_field(
    tmp_path: Path,
    kind: Kind,
    firmware: Personality,
    field: str,
    path: str,
    words: str,
    value: Value,
) -> None:
    """What is typed is stored with its type; nothing else moves; log and counters keep still."""
    device = open_isapi(spec_of(kind, firmware), tmp_path)
    before = device.values()

    await device.tamper(field, words)

    assert device.values() == before | {field: value}
    assert type(device.values()[field]) is type(value)
    assert fields(device) == []
    assert device.store.stats() == dict.fromkeys(device.store.stats(), 0)
    again = open_isapi(device.spec, tmp_path)
    assert again.values() == device.values()


@each
async def test_writing_each_field(
    tmp_path: Path,
    kind: Kind,
    firmware: Personality,
    field: str,
    path: str,
    words: str,
    value: Value,
) -> None:
    """GET, change one field, PUT: stored, logged once; the same PUT again is no change."""
    spec = spec_of(kind, firmware)
    pages = tables.pages(spec)
    async with running(spec, tmp_path) as device:
        client = Client(spec)
        before = device.values()
        document = (await client.get(path)).text
        typed = words.split(",") if field == "gb_channel_ids" else value
        body = pages[path].change(document, field, typed).encode()

        first = await client.ask("PUT", path, body)
        second = await client.ask("PUT", path, body)

        # Only the new firmware's cloud waits for a reboot.
        code = 7 if field == "cloud_enabled" and firmware == "b" else 1
        assert _code(first.text) == code
        assert _code(second.text) == 1
        assert device.values() == before | {field: value}
        assert fields(device) == [field]
        assert device.store.kept.pending == ((field,) if code == 7 else ())
        stats = device.store.stats()
    assert (stats["logins"], stats["reads"], stats["writes"]) == (1, 1, 1)


@each
async def test_a_refusing_device_keeps_each_field(
    tmp_path: Path,
    kind: Kind,
    firmware: Personality,
    field: str,
    path: str,
    words: str,
    value: Value,
) -> None:
    """Under `refuse` the same PUT answers invalidOperation and nothing is kept or logged."""
    spec = spec_of(kind, firmware)
    async with running(spec, tmp_path) as device:
        await device.set_fault("refuse", "")
        client = Client(spec)
        before = device.values()
        document = (await client.get(path)).text
        typed = words.split(",") if field == "gb_channel_ids" else value
        got = await client.ask("PUT", path, tables.pages(spec)[path].change(
            document, field, typed).encode())  # fmt: skip

        assert (got.status, _code(got.text)) == (403, 4)
        assert "invalidOperation" in got.text
        assert device.values() == before
        assert fields(device) == []


def _code(text: str) -> int:
    """The statusCode of an answer in either form."""
    if text.startswith("{"):
        return int(json.loads(text)["statusCode"])
    return int(text.partition("<statusCode>")[2].partition("<")[0])


BAD = [
    ("camera", "time_mode", "NTP"),
    ("camera", "time_zone", "CST-8:00:00"),
    ("camera", "ntp_server", "a b"),
    ("camera", "ntp_server", "300.1.1"),
    ("camera", "ntp_port", "0"),
    ("camera", "ntp_port", "ntp"),
    ("camera", "cloud_enabled", "off"),
    ("camera", "channel_name", "长" * 33),
    ("camera", "channel_name", "a\0b"),
    ("camera", "osd_text", "长" * 33),
    ("camera", "barrier_open_s", "61"),
    ("camera", "barrier_mode", "keepOpen"),
    ("door", "open_duration_s", "256"),
    ("door", "open_duration_s", "true"),
    ("door", "auth_ways", "knock"),
    ("door", "auth_ways", "card,fingerprint"),
    ("door", "auth_ways", ""),
    ("recorder", "gb_enabled", "1"),
    ("recorder", "gb_server_id", "123"),
    ("recorder", "gb_server_address", "host.example"),
    ("recorder", "gb_server_port", "65536"),
    ("recorder", "gb_device_id", ""),
    ("recorder", "gb_expires_s", "59"),
    ("recorder", "gb_keepalive_s", "3601"),
    ("recorder", "gb_keepalive_count", "256"),
    ("recorder", "gb_channel_ids", "1"),
    ("recorder", "gb_channel_ids", f"{A},{A}"),
    ("recorder", "gb_channel_ids", ",".join(f"3407050101132{n:07}" for n in range(5))),
]


@pytest.mark.parametrize("firmware", BOTH)
@pytest.mark.parametrize(("kind", "field", "words"), BAD)
async def test_tampering_is_judged_for_each_field(
    tmp_path: Path, kind: Kind, firmware: Personality, field: str, words: str
) -> None:
    """A value that the field cannot hold is named with its reason, and nothing is stored."""
    device = open_isapi(spec_of(kind, firmware), tmp_path)
    before = device.values()

    with pytest.raises(SimError) as raised:
        await device.tamper(field, words)

    assert raised.value.code == "bad-value"
    assert raised.value.facts["field"] == field
    assert raised.value.facts["value"] == words
    assert raised.value.facts["why"]
    assert device.values() == before


@pytest.mark.parametrize("firmware", BOTH)
@pytest.mark.parametrize(
    ("kind", "field"),
    [
        ("camera", "gb_enabled"),
        ("camera", "auth_ways"),
        ("camera", "admin_password"),
        ("door", "osd_text"),
        ("door", "cloud_enabled"),
        ("recorder", "gb_password"),
        ("recorder", "channel_name"),
        ("recorder", ""),
    ],
)
async def test_a_field_that_is_not_here(
    tmp_path: Path, kind: Kind, firmware: Personality, field: str
) -> None:
    """Another kind's fields and the write-only ones; what there is, is told."""
    device = open_isapi(spec_of(kind, firmware), tmp_path)

    with pytest.raises(SimError) as raised:
        await device.tamper(field, "1")

    assert raised.value.code == "unknown-field"
    assert raised.value.facts["known"] == list(device.values())


@pytest.mark.parametrize("firmware", BOTH)
@pytest.mark.parametrize("kind", ["camera", "door", "recorder"])
async def test_no_other_page_and_no_other_method(
    tmp_path: Path, kind: Kind, firmware: Personality
) -> None:
    """Pages of other kinds and firmware are notSupport; reading pages cannot be written."""
    spec = spec_of(kind, firmware)
    own = tables.pages(spec)
    everything = {v for v in vars(tables).values() if isinstance(v, str) and v.startswith("/ISAPI")}
    status = tables.SERVICE_STATUS if tables.SERVICE in own else "/ISAPI/System/deviceInfo"
    async with running(spec, tmp_path):
        client = Client(spec)
        for path in sorted(everything - set(own) - {tables.SERVICE_STATUS}):
            for method in ("GET", "PUT"):
                got = await client.ask(method, path, b"<x/>" if method == "PUT" else b"")
                assert (got.status, "notSupport" in got.text) == (404, True), path
        for path in (status, "/ISAPI/System/deviceInfo", "/ISAPI/Security/userCheck"):
            got = await client.ask("PUT", path, b"<x/>")
            assert (got.status, "methodNotAllowed" in got.text) == (405, True), path
        for method in ("POST", "DELETE", "OPTIONS", "PATCH"):
            got = await client.ask(method, tables.TIME)
            assert (got.status, "methodNotAllowed" in got.text) == (405, True), method


async def test_head_breaks_nothing(tmp_path: Path) -> None:
    """HEAD is not spoken: refused like the others, without a body (RFC 9110, 9.3.2)."""
    spec = spec_of("camera", "a")
    async with running(spec, tmp_path):
        client = Client(spec)
        await client.get(tables.TIME)
        client.count += 1
        head = {"Authorization": client.answer("HEAD", tables.TIME)}
        with pytest.raises(Broken) as raised:  # the tests' client wants the body
            await client.raw("HEAD", tables.TIME, headers=head)
        got = raised.value.got
        assert got.startswith(b"HTTP/1.1 405 ")
        assert got.endswith(b"\r\n\r\n")
        assert (await client.get(tables.TIME)).status == 200


async def test_a_page_that_a_later_spec_adds(tmp_path: Path) -> None:
    """A camera that gets a barrier in the inventory keeps its memory and gains the page."""
    spec = spec_of("camera", "a", barrier=False)
    first = open_isapi(spec, tmp_path)
    await first.tamper("channel_name", "东门")
    wider = spec_of("camera", "a", address=spec.address, port=spec.port)

    again = open_isapi(wider, tmp_path)

    assert again.values()["channel_name"] == "东门"
    assert again.values()["barrier_open_s"] == 15
