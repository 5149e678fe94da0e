"""ISAPI devices over real sockets: reading, writing in place, the log, factory-new, HTTP itself."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from fleet.protocols.digest import ha1
from fleet.simulator.errors import SimError
from fleet.simulator.isapi import http, tables
from fleet.simulator.spec import Kind, Personality, other_serial
from tests.simulator.kit import PASSWORD, Broken, Client, away_and_back, fields, running, spec_of

INFO = "/ISAPI/System/deviceInfo"
BOTH: list[Personality] = ["a", "b"]
NAMESPACE = {
    "a": "http://www.hikvision.com/ver20/XMLSchema",
    "b": "http://www.isapi.org/ver20/XMLSchema",
}


@pytest.mark.parametrize("personality", BOTH)
@pytest.mark.parametrize("kind", ["camera", "door", "recorder"])
async def test_every_page_is_readable(tmp_path: Path, kind: Kind, personality: Personality) -> None:
    """Each stored document and deviceInfo come in the personality's namespace."""
    spec = spec_of(kind, personality)
    client = Client(spec)
    async with running(spec, tmp_path):
        for path in (INFO, *tables.pages(spec)):
            got = await client.get(path)
            assert got.status == 200, path
            if path == tables.READER:
                assert json.loads(got.body)["CardReaderCfg"]["enable"] is True
            else:
                assert NAMESPACE[personality] in got.text
        assert (await client.get(INFO)).node("serialNumber") == spec.serial


@pytest.mark.parametrize("personality", BOTH)
@pytest.mark.parametrize("kind", ["camera", "door", "recorder"])
async def test_the_same_document_written_back_changes_nothing(
    tmp_path: Path, kind: Kind, personality: Personality
) -> None:
    """GET and PUT of every page: OK each time, and the write log stays empty."""
    spec = spec_of(kind, personality)
    client = Client(spec)
    async with running(spec, tmp_path) as device:
        for path in tables.pages(spec):
            got = await client.edit(path)
            assert got.status == 200, (path, got)
        assert fields(device) == []


WRITES: list[tuple[Kind, Personality, str, tuple[str, str], list[str]]] = [
    ("camera", "a", tables.CHANNEL, ("Camera 01", "东门 01"), ["channel_name"]),
    ("camera", "b", tables.BARRIER, (">15<", ">8<"), ["barrier_open_s"]),
    ("camera", "a", tables.BARRIER, ("keepOpen", "auto"), ["barrier_mode"]),
    ("camera", "a", tables.CLOUD, ("<enabled>true", "<enabled>false"), ["cloud_enabled"]),
    ("door", "a", tables.DOOR, (">3<", ">9<"), ["open_duration_s"]),
    ("door", "b", tables.TIME, ("manual", "NTP"), ["time_mode"]),
    ("recorder", "a", tables.SIP, (">3600<", ">86400<"), ["gb_expires_s"]),
    ("recorder", "b", tables.SERVICE, (">60<", ">30<"), ["gb_keepalive_s"]),
    (
        "recorder",
        "a",
        tables.SIP_INFO,
        ("34020000001320000002", "34070501011327000002"),
        ["gb_channel_ids"],
    ),
]


@pytest.mark.parametrize(("kind", "personality", "path", "change", "wanted"), WRITES)
async def test_a_write_is_stored_logged_and_survives(
    tmp_path: Path,
    kind: Kind,
    personality: Personality,
    path: str,
    change: tuple[str, str],
    wanted: list[str],
) -> None:
    """One changed field is one entry; after a restart value, log and unknown nodes are there."""
    spec = spec_of(kind, personality)
    client = Client(spec)
    async with running(spec, tmp_path) as device:
        before = (await client.get(path)).text
        assert (await client.edit(path, change)).status == 200
        assert fields(device) == wanted
    async with running(spec, tmp_path) as device:
        client.challenge = None
        after = (await client.get(path)).text
        assert fields(device) == wanted
    mark = before.partition("<factoryMark>")[2].partition("<")[0]
    assert change[1] in after
    assert f"<factoryMark>{mark}<" in after


async def test_two_fields_in_one_request_are_two_entries(tmp_path: Path) -> None:
    """Each changed field has its own entry, in the order of the document's table."""
    spec = spec_of("camera", "a", "cam-with-gmt")
    client = Client(spec)
    async with running(spec, tmp_path) as device:
        zone = (await client.get(tables.TIME)).node("timeZone")
        got = await client.edit(tables.TIME, ("manual", "NTP"), (str(zone), "CST-9:00:00"))
        assert got.status == 200
        assert fields(device) == ["time_mode", "time_zone"]


async def test_the_cloud_switch_of_b_needs_a_reboot(tmp_path: Path) -> None:
    """It answers statusCode 7, stores at once, and has it pending until it starts again."""
    spec = spec_of("camera", "b")
    client = Client(spec)
    async with running(spec, tmp_path) as device:
        got = await client.edit(tables.CLOUD, ("<enabled>true", "<enabled>false"))
        assert (got.status, got.node("statusCode")) == (200, "7")
        assert got.node("subStatusCode") == "rebootRequired"
        assert device.values()["cloud_enabled"] is False
        assert device.store.kept.pending == ("cloud_enabled",)
        again = await client.edit(tables.CLOUD)
        assert again.node("statusCode") == "1"


async def test_a_reboot_by_request(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The device answers, goes away, comes back at the same address, and nothing is pending."""
    monkeypatch.setattr("fleet.simulator.faults.REBOOT_S", 0.5)
    spec = spec_of("camera", "b")
    client = Client(spec)
    async with running(spec, tmp_path) as device:
        await client.edit(tables.CLOUD, ("<enabled>true", "<enabled>false"))
        assert (await client.ask("PUT", "/ISAPI/System/reboot")).status == 200
        await away_and_back(client)
        assert (await client.get(INFO)).status == 200
        assert device.store.kept.pending == ()


@pytest.mark.parametrize("personality", BOTH)
async def test_a_new_password_is_in_force_at_once(tmp_path: Path, personality: Personality) -> None:
    """The old one is refused, the new one works, its HA1 alone is kept, its arrival is logged."""
    spec = spec_of("camera", personality)
    new = "Fresh-9876"
    async with running(spec, tmp_path) as device:
        got = await Client(spec).edit(
            tables.USER, ("</userName>", f"</userName><password>{new}</password>")
        )
        assert got.status == 200
        assert (await Client(spec).get(INFO)).status == 401
        assert (await Client(spec, password=new).get(INFO)).status == 200
        assert [(e.field, e.received) for e in device.store.kept.log] == [("admin_password", 1)]
        assert device.store.kept.ha1 == ha1(spec.user, spec.realm, new)
    kept = (tmp_path / f"{spec.id}.json").read_text()
    assert new not in kept
    assert PASSWORD not in kept


async def test_the_same_password_again_is_another_arrival(tmp_path: Path) -> None:
    """A write-only element that arrives is logged each time, changed or not."""
    spec = spec_of("camera")
    put = ("</userName>", f"</userName><password>{PASSWORD}</password>")
    async with running(spec, tmp_path) as device:
        for _ in range(2):
            assert (await Client(spec).edit(tables.USER, put)).status == 200
        assert [e.received for e in device.store.kept.log] == [1, 2]


@pytest.mark.parametrize("weak", ["short1", "alllowercase", "Admin-1234", "x" * 17 + "1", "******"])
async def test_a_weak_password_is_refused(tmp_path: Path, weak: str) -> None:
    """Six, one kind of character, the user's name inside, too long: statusCode 6, nothing kept."""
    spec = spec_of("camera")
    async with running(spec, tmp_path) as device:
        got = await Client(spec).edit(
            tables.USER, ("</userName>", f"</userName><password>{weak}</password>")
        )
        assert (got.status, got.node("statusCode")) == (400, "6")
        assert fields(device) == []
        assert (await Client(spec).get(INFO)).status == 200


@pytest.mark.parametrize("personality", BOTH)
async def test_refusals_name_the_node(tmp_path: Path, personality: Personality) -> None:
    """Out of its limits: statusCode 6, badParameters, the node in errorMsg, nothing kept."""
    spec = spec_of("door", personality)
    async with running(spec, tmp_path) as device:
        got = await Client(spec).edit(tables.DOOR, (">3<", ">999<"))
        assert fields(device) == []
    assert (got.status, got.node("statusCode"), got.node("subStatusCode")) == (
        400,
        "6",
        "badParameters",
    )
    assert "openDuration" in (got.node("errorMsg") or "")


async def test_json_is_refused_in_json(tmp_path: Path) -> None:
    """A reader's refusal is a ResponseStatus in the form of the request."""
    spec = spec_of("door")
    async with running(spec, tmp_path):
        got = await Client(spec).ask("PUT", tables.READER, b"{}")
    told = json.loads(got.body)
    assert (told["statusCode"], told["subStatusCode"]) == (6, "badJsonContent")
    assert "json" in got.header("content-type")


@pytest.mark.parametrize("body", [b"", b"<x", b"<x/>", b"\x00", b"{}"])
async def test_nonsense_is_invalid_content(tmp_path: Path, body: bytes) -> None:
    """statusCode 6 for whatever is no such document."""
    spec = spec_of("camera")
    async with running(spec, tmp_path) as device:
        got = await Client(spec).ask("PUT", tables.CHANNEL, body)
        assert fields(device) == []
    assert got.node("statusCode") == "6"


@pytest.mark.parametrize("method", ["GET", "PUT"])
async def test_an_unknown_path_is_not_supported(tmp_path: Path, method: str) -> None:
    """404 with ResponseStatus notSupport; it is no read."""
    spec = spec_of("camera")
    async with running(spec, tmp_path) as device:
        got = await Client(spec).ask(method, "/ISAPI/Nothing/Here")
        assert device.store.stats()["reads"] == 0
    assert (got.status, got.node("subStatusCode")) == (404, "notSupport")


@pytest.mark.parametrize(
    ("method", "path"), [("POST", tables.TIME), ("DELETE", tables.USER), ("PUT", INFO)]
)
async def test_a_method_that_a_page_has_not(tmp_path: Path, method: str, path: str) -> None:
    """405 methodNotAllowed."""
    spec = spec_of("camera")
    async with running(spec, tmp_path):
        got = await Client(spec).ask(method, path)
    assert (got.status, got.node("subStatusCode")) == (405, "methodNotAllowed")


async def test_each_personality_has_its_own_uplink_node(tmp_path: Path) -> None:
    """What the one has, the other answers with notSupport."""
    for personality, foreign in (("a", tables.SERVICE), ("b", tables.SIP)):
        spec = spec_of("recorder", personality)  # type: ignore[arg-type]  # literals
        async with running(spec, tmp_path):
            got = await Client(spec).get(foreign)
            assert (got.status, got.node("subStatusCode")) == (404, "notSupport")
        (tmp_path / f"{spec.id}.json").unlink()


async def test_the_clock_is_shown_in_its_zone(tmp_path: Path) -> None:
    """localTime carries the offset of timeZone; writing an old localTime back does no harm."""
    spec = spec_of("camera")
    client = Client(spec)
    async with running(spec, tmp_path) as device:
        await device.tamper("time_zone", "UTC-03:30")
        told = (await client.get(tables.TIME)).node("localTime") or ""
        assert told.endswith("-03:30")
        assert (await client.edit(tables.TIME)).status == 200
        assert fields(device) == []


async def test_tampering_is_seen_and_not_counted(tmp_path: Path) -> None:
    """A value changed by hand is read over the network; log and counters know nothing of it."""
    spec = spec_of("door")
    client = Client(spec)
    async with running(spec, tmp_path) as device:
        await device.tamper("auth_ways", "face,card")
        await device.tamper("open_duration_s", "33")
        assert device.values()["auth_ways"] == ["card", "face"]
        assert fields(device) == []
        assert device.store.stats() == dict.fromkeys(device.store.stats(), 0)
        assert (await client.get(tables.DOOR)).node("openDuration") == "33"
        assert (
            json.loads((await client.get(tables.READER)).body)["CardReaderCfg"]["defaultVerifyMode"]
            == "cardOrFace"
        )


@pytest.mark.parametrize(
    ("field", "words", "code"),
    [
        ("auth_way", "face", "unknown-field"),
        ("channel_name", "x", "unknown-field"),
        ("auth_ways", "nose", "bad-value"),
        ("open_duration_s", "0", "bad-value"),
        ("open_duration_s", "soon", "bad-value"),
        ("time_zone", "Beijing", "bad-value"),
        ("admin_password", "Secret-12", "unknown-field"),
    ],
)
async def test_tampering_is_judged(tmp_path: Path, field: str, words: str, code: str) -> None:
    """No field of this device, or no value of this field: named, nothing changed."""
    spec = spec_of("door")
    async with running(spec, tmp_path) as device:
        before = device.values()
        with pytest.raises(SimError) as refused:
            await device.tamper(field, words)
        assert device.values() == before
    assert refused.value.code == code


async def test_a_number_may_be_a_name(tmp_path: Path) -> None:
    """`12` and `true` are fine names for a channel."""
    spec = spec_of("camera")
    async with running(spec, tmp_path) as device:
        for name in ("12", "true"):
            await device.tamper("channel_name", name)
            assert device.values()["channel_name"] == name


async def test_keep_alive_and_limits(tmp_path: Path) -> None:
    """One connection carries many requests; a body past the limit is 413 and ends it."""
    spec = spec_of("camera")
    async with running(spec, tmp_path) as device:
        reader, writer = await asyncio.open_connection(spec.address, spec.port)
        ask = b"GET /SDK/activateStatus HTTP/1.1\r\nHost: x\r\n\r\n"
        for _ in range(3):
            writer.write(ask)
            head = await reader.readuntil(b"\r\n\r\n")
            assert head.startswith(b"HTTP/1.1 200")
            length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r")[0])
            assert b"<Activated>true" in await reader.readexactly(length)
        assert device.store.stats()["sessions"] == 1
        big = http.BODY_MAX + 1
        writer.write(b"PUT /x HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % big)
        writer.write(b"x" * big)
        assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 413")
        writer.close()


@pytest.mark.parametrize(
    "nonsense", [b"\x16\x03\x01\x02\x00\x01", b"GET\r\n\r\n", b"A" * 20000 + b"\r\n\r\n"]
)
async def test_what_is_no_http_breaks_only_its_own_line(tmp_path: Path, nonsense: bytes) -> None:
    """The connection ends; the device goes on."""
    spec = spec_of("camera")
    async with running(spec, tmp_path):
        reader, writer = await asyncio.open_connection(spec.address, spec.port)
        writer.write(nonsense)
        try:
            got = await asyncio.wait_for(reader.read(), 5)
        except ConnectionError:
            got = b""
        writer.close()
        assert b" 200" not in got
        assert (await Client(spec).get(INFO)).status == 200


async def test_too_many_connections_are_turned_away(tmp_path: Path) -> None:
    """The 65th is closed at once; when others leave there is room again."""
    spec = spec_of("camera")
    async with running(spec, tmp_path):
        held = [
            await asyncio.open_connection(spec.address, spec.port)
            for _ in range(http.CONNECTIONS_MAX)
        ]
        await asyncio.sleep(0.1)
        with pytest.raises((OSError, Broken)):
            await Client(spec).raw("GET", "/SDK/activateStatus")
        for _, writer in held:
            writer.close()
        await asyncio.sleep(0.1)
        assert (await Client(spec).raw("GET", "/SDK/activateStatus")).status == 200


async def test_a_full_disk_is_no_yes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What cannot be stored is not answered with OK, and is not in force."""

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    spec = spec_of("camera")
    client = Client(spec)
    async with running(spec, tmp_path) as device:
        document = (await client.get(tables.CHANNEL)).text.replace("Camera 01", "x")
        with monkeypatch.context() as broken:
            broken.setattr("fleet.simulator.store.write_whole", full)
            with pytest.raises((OSError, Broken)):
                await client.ask("PUT", tables.CHANNEL, document.encode())
        assert device.values()["channel_name"] == "Camera 01"


async def test_another_unit_of_the_same_model(tmp_path: Path) -> None:
    """swap-identity changes the serial number and only that; none brings the own one back."""
    spec = spec_of("camera")
    client = Client(spec)
    async with running(spec, tmp_path) as device:
        own = await client.get(INFO)
        await device.set_fault("swap-identity", "")
        other = await client.get(INFO)
        await device.set_fault("none", "")
        back = await client.get(INFO)
    assert other.node("serialNumber") == other_serial(spec.serial) != spec.serial
    assert other.node("model") == own.node("model")
    assert back.body == own.body
