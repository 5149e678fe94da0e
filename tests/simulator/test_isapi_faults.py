"""The faults of ISAPI devices, each seen from the other end of the line."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from fleet.simulator import faults
from fleet.simulator.errors import SimError
from fleet.simulator.isapi import tables
from fleet.simulator.isapi.activation import ACTIVATE, ACTIVATE_STATUS
from fleet.simulator.spec import Personality
from tests.simulator.kit import (
    PASSWORD,
    Broken,
    Client,
    away_and_back,
    fields,
    open_isapi,
    running,
    spec_of,
    until,
)

INFO = "/ISAPI/System/deviceInfo"
RENAME = ("Camera 01", "东门 01")
NEW_PASSWORD = ("</userName>", "</userName><password>Fresh-9876</password>")


@pytest.mark.parametrize(
    ("kind", "fault", "given", "stored"),
    [
        ("camera", "refuse", None, ""),
        ("camera", "slow", "1.5", "1.5"),
        ("recorder", "late", "2", "2"),
        ("door", "drop", "100", "100"),
        ("camera", "reboot", None, "after"),
        ("gate", "reboot", "before", "before"),
        ("gate", "swap-identity", None, ""),
    ],
)
def test_a_fault_gets_its_value(kind: str, fault: str, given: str | None, stored: str) -> None:
    """What is stored for each fault, with defaults."""
    assert faults.checked("d", kind, fault, given) == stored


@pytest.mark.parametrize(
    ("kind", "fault", "given", "code"),
    [
        ("camera", "melt", None, "unknown-fault"),
        ("gate", "basic-only", None, "fault-not-here"),
        ("upper", "slow", "1", "fault-not-here"),
        ("camera", "slow", None, "bad-value"),
        ("camera", "late", "-1", "bad-value"),
        ("camera", "drop", "1.5", "bad-value"),
        ("camera", "reboot", "during", "bad-value"),
        ("camera", "refuse", "5", "bad-value"),
    ],
)
def test_a_fault_is_judged(kind: str, fault: str, given: str | None, code: str) -> None:
    """Unknown, impossible here, or with a value it cannot have."""
    with pytest.raises(SimError) as refused:
        faults.checked("d", kind, fault, given)
    assert refused.value.code == code


async def test_keep_nothing(tmp_path: Path) -> None:
    """Yes to everything, and nothing is there afterwards; a secret that arrived is logged."""
    spec = spec_of("camera")
    client = Client(spec)
    async with running(spec, tmp_path) as device:
        await device.set_fault("keep-nothing", "")
        assert (await client.edit(tables.CHANNEL, RENAME)).node("statusCode") == "1"
        assert (await client.get(tables.CHANNEL)).node("name") == "Camera 01"
        assert (await client.edit(tables.USER, NEW_PASSWORD)).node("statusCode") == "1"
        assert (await Client(spec).get(INFO)).status == 200
        assert fields(device) == ["admin_password"]


async def test_keep_nothing_still_refuses_nonsense(tmp_path: Path) -> None:
    """The fault is in what is kept and not in what is understood."""
    spec = spec_of("camera")
    async with running(spec, tmp_path) as device:
        await device.set_fault("keep-nothing", "")
        assert (await Client(spec).ask("PUT", tables.CHANNEL, b"<x/>")).node("statusCode") == "6"


async def test_refuse(tmp_path: Path) -> None:
    """No to every write with statusCode 4; reads go on; none takes it back."""
    spec = spec_of("camera")
    client = Client(spec)
    async with running(spec, tmp_path) as device:
        await device.set_fault("refuse", "")
        got = await client.edit(tables.CHANNEL, RENAME)
        assert (got.status, got.node("statusCode")) == (403, "4")
        assert fields(device) == []
        await device.set_fault("none", "")
        assert (await client.edit(tables.CHANNEL, RENAME)).status == 200
        assert fields(device) == ["channel_name"]


async def test_slow_applies_at_once_and_answers_late(tmp_path: Path) -> None:
    """The value is stored while the client still waits."""
    spec = spec_of("camera")
    client = Client(spec)
    async with running(spec, tmp_path) as device:
        document = (await client.get(tables.CHANNEL)).text.replace(*RENAME)
        await device.set_fault("slow", "0.6")
        waiting = asyncio.create_task(client.ask("PUT", tables.CHANNEL, document.encode()))
        await until(lambda: fields(device) == ["channel_name"])
        assert not waiting.done()
        assert (await waiting).status == 200


async def test_late_applies_also_when_the_sender_is_gone(tmp_path: Path) -> None:
    """The request is queued, its sender dies, and later it is applied all the same, once."""
    spec = spec_of("camera")
    client = Client(spec)
    async with running(spec, tmp_path) as device:
        document = (await client.get(tables.CHANNEL)).text.replace(*RENAME)
        await device.set_fault("late", "0.6")
        waiting = asyncio.create_task(client.ask("PUT", tables.CHANNEL, document.encode()))
        await until(lambda: bool(device._late))
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        assert fields(device) == []
        assert device.values()["channel_name"] == "Camera 01"
        await until(lambda: not device._late)
        assert fields(device) == ["channel_name"]
        assert device.values()["channel_name"] == RENAME[1]


async def test_late_answers_after_applying(tmp_path: Path) -> None:
    """Who waits gets a yes, and the value is there by then."""
    spec = spec_of("camera")
    client = Client(spec)
    async with running(spec, tmp_path) as device:
        document = (await client.get(tables.CHANNEL)).text.replace(*RENAME)
        await device.set_fault("late", "0.2")
        got = await client.ask("PUT", tables.CHANNEL, document.encode())
        assert (got.status, fields(device)) == (200, ["channel_name"])


@pytest.mark.parametrize("size", [0, 1, 25, 120])
async def test_drop(tmp_path: Path, size: int) -> None:
    """Exactly so many bytes of the answer arrive; the write itself is stored."""
    spec = spec_of("camera")
    client = Client(spec)
    async with running(spec, tmp_path) as device:
        document = (await client.get(tables.CHANNEL)).text.replace(*RENAME)
        await device.set_fault("drop", str(size))
        with pytest.raises(Broken) as broken:
            await client.ask("PUT", tables.CHANNEL, document.encode())
        assert fields(device) == ["channel_name"]
    assert len(broken.value.got) == size


@pytest.mark.parametrize(("when", "stored"), [("before", []), ("after", ["channel_name"])])
async def test_reboot_in_the_middle_of_a_write(
    tmp_path: Path, when: str, stored: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """No answer at all, away for a while, then back; only this once; the value by the option."""
    monkeypatch.setattr("fleet.simulator.faults.REBOOT_S", 0.5)
    spec = spec_of("camera")
    client = Client(spec)
    async with running(spec, tmp_path) as device:
        document = (await client.get(tables.CHANNEL)).text.replace(*RENAME)
        await device.set_fault("reboot", when)
        with pytest.raises((Broken, OSError)) as broken:
            await client.ask("PUT", tables.CHANNEL, document.encode())
        if isinstance(broken.value, Broken):
            assert broken.value.got == b""
        await away_and_back(client)
        assert fields(device) == stored
        assert (await client.ask("PUT", tables.CHANNEL, document.encode())).status == 200
        assert fields(device) == ["channel_name"]


async def test_a_rebooting_device_waits_for_its_address(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody took the address meanwhile: it comes back as soon as it can."""
    monkeypatch.setattr("fleet.simulator.faults.REBOOT_S", 0.3)
    spec = spec_of("camera")
    client = Client(spec)
    async with running(spec, tmp_path):
        assert (await client.ask("PUT", "/ISAPI/System/reboot")).status == 200
        await asyncio.sleep(0.2)
        blocker = await asyncio.start_server(lambda _r, w: w.close(), spec.address, spec.port)
        await asyncio.sleep(0.4)
        blocker.close()
        await blocker.wait_closed()
        client.challenge = None
        async with asyncio.timeout(10):
            while True:
                try:
                    assert (await client.get(INFO)).status == 200
                    break
                except (OSError, Broken):
                    await asyncio.sleep(0.05)


@pytest.mark.parametrize("personality", ["a", "b"])
async def test_factory_new_until_activated(tmp_path: Path, personality: Personality) -> None:
    """Not activated, no login possible, factory settings; activation gives it a password."""
    spec = spec_of("camera", personality)
    async with running(spec, tmp_path) as device:
        await Client(spec).edit(tables.CHANNEL, RENAME)
        await device.set_fault("factory-new", "")
        new = await Client(spec).raw("GET", ACTIVATE_STATUS)
        closed = await Client(spec).raw("GET", INFO)
        early = await Client(spec).raw("PUT", tables.CHANNEL, b"<x/>")
        assert new.node("Activated") == "false"
        assert {g.node("subStatusCode") for g in (closed, early)} == {"notActivated"}
        assert device.values()["channel_name"] == "Camera 01"

        body = b"<ActivateInfo><password>Fresh-9876</password></ActivateInfo>"
        assert (await Client(spec).raw("PUT", ACTIVATE, body)).status == 200

        assert (await Client(spec).raw("GET", ACTIVATE_STATUS)).node("Activated") == "true"
        assert (await Client(spec, password="Fresh-9876").get(INFO)).status == 200
        assert (await Client(spec).get(INFO)).status == 401
        assert fields(device) == ["channel_name", "admin_password"]
        assert "factory-new" not in device.store.kept.faults


@pytest.mark.parametrize(
    "body",
    [
        b"<ActivateInfo><password>weak</password></ActivateInfo>",
        b"<ActivateInfo/>",
        b"<Other><password>Fresh-9876</password></Other>",
        b"{}",
    ],
)
async def test_activation_is_judged(tmp_path: Path, body: bytes) -> None:
    """A weak password or another document leaves it factory-new."""
    spec = spec_of("door")
    async with running(spec, tmp_path) as device:
        await device.set_fault("factory-new", "")
        got = await Client(spec).raw("PUT", ACTIVATE, body)
        assert got.node("statusCode") == "6"
        assert not device.store.kept.active


async def test_an_active_device_is_not_activated_again(tmp_path: Path) -> None:
    """Without login the page of activation is closed on an active device."""
    spec = spec_of("door")
    body = b"<ActivateInfo><password>Fresh-9876</password></ActivateInfo>"
    async with running(spec, tmp_path):
        assert (await Client(spec).raw("PUT", ACTIVATE, body)).status == 401
        assert (await Client(spec).get(INFO)).status == 200


async def test_none_makes_a_factory_new_device_what_it_was(tmp_path: Path) -> None:
    """Active again, with the password it had."""
    spec = spec_of("door")
    async with running(spec, tmp_path) as device:
        await device.set_fault("factory-new", "")
        await device.set_fault("none", "")
        assert (await Client(spec, password=PASSWORD).get(INFO)).status == 200


async def test_faults_add_up_and_survive_a_restart(tmp_path: Path) -> None:
    """Two faults at once, still there in the next life, gone with none."""
    spec = spec_of("camera")
    async with running(spec, tmp_path) as device:
        await device.set_fault("refuse", "")
        await device.set_fault("swap-identity", "")
    again = open_isapi(spec, tmp_path)
    assert again.store.kept.faults == {"refuse": "", "swap-identity": ""}
    await again.set_fault("none", "")
    assert open_isapi(spec, tmp_path).store.kept.faults == {}
