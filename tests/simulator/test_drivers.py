"""The product's own drivers against the simulated devices: two sets of tables that must agree."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from fleet.drivers.isapi.driver import IsapiDriver
from fleet.drivers.snmp.driver import SnmpDriver
from fleet.model.change import Target
from fleet.model.device import DeviceKind, FieldValue
from fleet.model.errors import (
    LoginRefused,
    NotActivated,
    SchemeMismatch,
    Unreachable,
    WriteRefused,
    WrongIdentity,
)
from fleet.model.secret import Secret
from fleet.ports.driver import Credential
from fleet.simulator.spec import DeviceSpec, Personality
from tests.simulator.kit import (
    AUTH,
    PASSWORD,
    PRIV,
    USER,
    fields,
    running,
    running_gate,
    running_recorder,
    spec_of,
)

BOTH: list[Personality] = ["a", "b"]
CAMERA: dict[str, dict[str, FieldValue]] = {
    "time": {"time_mode": "ntp", "time_zone": "UTC+05:30"},
    "ntp": {"ntp_server": "127.0.0.9", "ntp_port": 1123},
    "channel": {"channel_name": "东门 <1> & 2"},
    "osd": {"osd_text": "东门 01"},
    "cloud": {"cloud_enabled": False},
    "barrier": {"barrier_open_s": 9, "barrier_mode": "auto"},
}
DOOR: dict[str, dict[str, FieldValue]] = {
    "time": {"time_mode": "platform", "time_zone": "UTC-03:30"},
    "ntp": {"ntp_server": "ntp.example.org", "ntp_port": 124},
    "door": {"open_duration_s": 12},
    "reader": {"auth_ways": ["card", "password"]},
}
RECORDER: dict[str, dict[str, FieldValue]] = {
    "time": {"time_mode": "ntp", "time_zone": "UTC+05:30"},
    "ntp": {"ntp_server": "127.0.0.9", "ntp_port": 1123},
    "cloud": {"cloud_enabled": False},
    "channels": {"gb_channel_ids": [f"340705010113270000{n:02}" for n in range(1, 7)]},
    "gb28181": {
        "gb_server_id": "34070500002000000001", "gb_server_domain": "3407050000",
        "gb_server_address": "127.0.0.9", "gb_server_port": 15060,
        "gb_device_id": "34070501011187000001", "gb_expires_s": 86400, "gb_keepalive_s": 30,
        "gb_keepalive_count": 5,
    },
}  # fmt: skip
GATE: dict[str, FieldValue] = {
    "open_time_s": 8, "close_delay_s": 4, "auth_ways": ["card", "qr"], "forced_open_alarm": True,
    "contact": "物业", "location": "East gate",
}  # fmt: skip


def target(spec: DeviceSpec, **pins: Any) -> Target:
    """The device as the inventory would name it."""
    driver = "snmp" if spec.kind == "gate" else "isapi"
    return Target(
        device=spec.id, kind=DeviceKind(spec.kind), driver=driver, address=spec.address,
        port=spec.port, **pins,
    )  # fmt: skip


def login(password: str = PASSWORD) -> Credential:
    """The bootstrap login of an HTTP device."""
    return Credential(USER, password=Secret(password))


def keys() -> Credential:
    """The login of a gate."""
    return Credential(USER, auth=Secret(AUTH), priv=Secret(PRIV))


@pytest.mark.parametrize("personality", BOTH)
@pytest.mark.parametrize(("kind", "wanted"), [("camera", CAMERA), ("door", DOOR)])
async def test_a_driver_reads_and_writes_all(
    tmp_path: Path,
    kind: Any,
    wanted: dict[str, dict[str, FieldValue]],
    personality: Personality,
) -> None:
    """What the driver reads is what the device stores, before and after each resource's write."""
    spec = spec_of(kind, personality)
    async with running(spec, tmp_path) as device:
        async with IsapiDriver().session(target(spec, serial=spec.serial), login()) as session:
            assert dict((await session.read()).fields) == device.values()
            for resource, values in wanted.items():
                await session.write(resource, values)
        async with IsapiDriver().session(target(spec), login()) as session:
            after = dict((await session.read()).fields)
        flat = {f: v for values in wanted.values() for f, v in values.items()}
        assert after == device.values() == flat
        assert fields(device) == list(flat)


@pytest.mark.parametrize("personality", BOTH)
async def test_a_driver_writes_a_recorder(tmp_path: Path, personality: Personality) -> None:
    """Both places of the uplink's node are found, and more channels than the factory had."""
    spec = spec_of("recorder", personality)
    async with running_recorder(spec, tmp_path) as device:
        async with IsapiDriver().session(target(spec), login()) as session:
            for resource, values in RECORDER.items():
                await session.write(resource, values)
            reading = await session.read()
        flat = {f: v for values in RECORDER.values() for f, v in values.items()}
        assert {**flat, "gb_enabled": False} == dict(reading.fields) == device.values()
        assert reading.registered is (None if personality == "a" else False)
        assert sorted(fields(device)) == sorted(flat)


@pytest.mark.parametrize("personality", BOTH)
async def test_a_driver_writes_a_gate(tmp_path: Path, personality: Personality) -> None:
    """One SET with all fields; read back the same, logged once each."""
    spec = spec_of("gate", personality)
    assert spec.keys is not None
    pinned = target(spec, engine_id=spec.keys.engine_id)
    async with running_gate(spec, tmp_path) as device:
        async with SnmpDriver().session(pinned, keys()) as session:
            await session.write("gate", GATE)
            reading = await session.read()
        assert dict(reading.fields) == device.values() == GATE
        assert (reading.identity.serial, fields(device)) == (spec.serial, list(GATE))


@pytest.mark.parametrize("personality", BOTH)
async def test_a_driver_changes_a_password(tmp_path: Path, personality: Personality) -> None:
    """Written once, proved with the new one, refused with the old one; a tells the tries left."""
    spec = spec_of("camera", personality)
    async with running(spec, tmp_path) as device:
        async with IsapiDriver().session(target(spec), login()) as session:
            await session.write("user", {"admin_password": Secret("Fresh-9876")})
        async with IsapiDriver().session(target(spec), login("Fresh-9876")) as session:
            assert await session.prove_login() is True
        async with IsapiDriver().session(target(spec), login()) as session:
            assert await session.prove_login() is False
            assert await session.attempts_left() == (4 if personality == "a" else None)
        assert fields(device) == ["admin_password"]
        assert device.store.stats()["failed_logins"] == 1


@pytest.mark.parametrize(
    ("fault", "value", "error"),
    [
        ("refuse", "", WriteRefused),
        ("drop", "30", Unreachable),
        ("reboot", "before", Unreachable),
        ("swap-identity", "", WrongIdentity),
        ("factory-new", "", NotActivated),
        ("basic-only", "", SchemeMismatch),
    ],
)
async def test_each_fault_has_its_error(
    tmp_path: Path, fault: str, value: str, error: type[Exception]
) -> None:
    """The driver names what is wrong, nothing is written, and no login is wasted."""
    spec = spec_of("camera")
    async with running(spec, tmp_path) as device:
        await device.set_fault(fault, value)
        with pytest.raises(error):
            async with IsapiDriver().session(target(spec, serial=spec.serial), login()) as session:
                await session.write("channel", {"channel_name": "x"})
        assert fields(device) == []
        assert device.store.stats()["failed_logins"] == 0


async def test_a_wrong_login_is_one(tmp_path: Path) -> None:
    """The driver asks once and stops."""
    spec = spec_of("door")
    async with running(spec, tmp_path) as device:
        with pytest.raises(LoginRefused):
            async with IsapiDriver().session(target(spec), login("Wrong-123")) as session:
                await session.identify()
        assert device.store.stats()["failed_logins"] == 1


async def test_a_gate_with_another_engine_is_the_wrong_one(tmp_path: Path) -> None:
    """Found before anything is written."""
    spec = spec_of("gate")
    assert spec.keys is not None
    async with running_gate(spec, tmp_path) as device:
        await device.set_fault("swap-identity", "")
        with pytest.raises(WrongIdentity):
            async with SnmpDriver().session(
                target(spec, engine_id=spec.keys.engine_id), keys()
            ) as session:
                await session.write("gate", {"contact": "x"})
        assert fields(device) == []
