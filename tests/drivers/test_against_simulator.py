"""The drivers against the shipped simulated devices, which share only the wire codecs with them.

What a driver wrote is judged by what the *device* says it stores, by its counters and by its write
log, never by the driver's own reading alone.
"""

from __future__ import annotations

import asyncio
import hashlib
import itertools
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Literal, get_args

import pytest

from fleet.drivers.registry import drivers
from fleet.model.change import Target
from fleet.model.device import DeviceKind, FieldValue
from fleet.model.errors import (
    DeviceError,
    LoginBudgetSpent,
    LoginRefused,
    NotActivated,
    SchemeMismatch,
    TooSlow,
    Unreachable,
    WriteRefused,
    WrongIdentity,
)
from fleet.model.secret import Secret
from fleet.ports.driver import Credential, Session
from fleet.simulator.host import Device, build
from fleet.simulator.keys import localized
from fleet.simulator.places import Places
from fleet.simulator.spec import (
    DeviceSpec,
    Personality,
    SnmpKeys,
    engine_id_of,
    other_engine_id,
    realm_of,
)
from tests.drivers.isapi_device import free_address

Kind = Literal["camera", "door", "recorder", "gate"]
USER, PASSWORD, AUTH, PRIV = "admin", "Right-pass-1", "Auth-phrase-1", "Priv-phrase-2"
SERIAL = "SIM000000042"
NEW_PASSWORD = "New-pass-2"
ALL = [(k, p) for k, p in itertools.product(get_args(Kind), get_args(Personality))]
HTTP = [(k, p) for k, p in ALL if k != "gate"]
IDS = [f"3407050000132000000{n}" for n in range(1, 5)]
COMMON: dict[str, dict[str, FieldValue]] = {
    "time": {"time_mode": "ntp", "time_zone": "UTC+05:30"},
    "ntp": {"ntp_server": "10.34.0.2", "ntp_port": 1123},
}
WANTED: dict[Kind, dict[str, dict[str, FieldValue]]] = {
    "camera": COMMON
    | {
        "channel": {"channel_name": "东门 & 入口"},
        "osd": {"osd_text": "翠湖 东门"},
        "cloud": {"cloud_enabled": False},
        "barrier": {"barrier_open_s": 8, "barrier_mode": "auto"},
    },
    "door": COMMON
    | {"door": {"open_duration_s": 9}, "reader": {"auth_ways": ["card", "password"]}},
    "recorder": COMMON
    | {
        "cloud": {"cloud_enabled": False},
        "channels": {"gb_channel_ids": IDS},
        "gb28181": {
            "gb_enabled": False,
            "gb_server_id": "34070500002000000001",
            "gb_server_domain": "3407050000",
            "gb_server_address": "127.34.0.5",
            "gb_server_port": 15060,
            "gb_device_id": "34070500001180000001",
            "gb_expires_s": 7200,
            "gb_keepalive_s": 30,
            "gb_keepalive_count": 5,
        },
    },
    "gate": {
        "gate": {
            "open_time_s": 7,
            "close_delay_s": 4,
            "auth_ways": ["card", "id_card"],
            "forced_open_alarm": True,
            "contact": "物业",
            "location": "east gate",
        }
    },
}


def spec_of(kind: Kind, personality: Personality, address: str) -> DeviceSpec:
    """A device of the simulator with our login and serial."""
    name = f"sim-{kind}-{personality}"
    engine = engine_id_of(name)
    other = other_engine_id(engine)
    gate = kind == "gate"
    plain = f"{USER}:{realm_of(kind, name)}:{PASSWORD}"
    return DeviceSpec(
        id=name,
        kind=kind,
        address=address,
        port=_free_port(address, socket.SOCK_DGRAM if gate else socket.SOCK_STREAM),
        serial=SERIAL,
        personality=personality,
        user=USER,
        ha1="" if gate else hashlib.md5(plain.encode()).hexdigest(),
        keys=_keys(engine) if gate else None,
        other_keys=_keys(other) if gate else None,
        barrier=kind == "camera",
        channels=3 if kind == "recorder" else 0,
        gb_id="34070500001180000001" if kind == "recorder" else "",
    )


def _keys(engine: str) -> SnmpKeys:
    return SnmpKeys(engine, localized(AUTH, engine), localized(PRIV, engine)[:32])


def _free_port(address: str, kind: socket.SocketKind) -> int:
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind((address, 0))
        port: int = probe.getsockname()[1]
        return port


@asynccontextmanager
async def simulated(folder: Path, kind: Kind, personality: Personality) -> AsyncIterator[Device]:
    """One simulated device in this process, on a socket of its own."""
    places = Places(folder)
    places.devices.mkdir(parents=True, mode=0o700)
    device = build(spec_of(kind, personality, free_address()), places, 1800.0)
    await device.start()
    try:
        yield device
    finally:
        await device.stop()


@asynccontextmanager
async def session(
    device: Device, *, password: str = PASSWORD, auth: str = AUTH, deadline_s: float = 10.0
) -> AsyncIterator[Session]:
    """A session with the driver of the device's kind."""
    spec = device.spec
    gate = spec.kind == "gate"
    target = Target(
        device=spec.id,
        kind=DeviceKind(spec.kind),
        driver="snmp" if gate else "isapi",
        address=spec.address,
        port=spec.port,
        serial=None if gate else spec.serial,
        engine_id=engine_id_of(spec.id) if gate else None,
    )
    login = (
        Credential(USER, auth=Secret(auth), priv=Secret(PRIV))
        if gate
        else Credential(USER, password=Secret(password))
    )
    async with drivers()[target.driver].session(target, login, deadline_s) as opened:
        yield opened


def logged(device: Device) -> list[str]:
    """The fields of the device's write log."""
    return [entry.field for entry in device.store.kept.log]


def failed_logins(device: Device) -> int:
    """Wrong logins as the device counts them."""
    sync = getattr(device, "sync", None)
    if sync is not None:
        sync()
    return device.store.stats()["failed_logins"]


@pytest.mark.parametrize(("kind", "personality"), ALL)
async def test_the_driver_reads_what_the_device_stores(
    tmp_path: Path, kind: Kind, personality: Personality
) -> None:
    """Goal: all readable fields, equal to the device's own view, without writing anything."""
    async with simulated(tmp_path, kind, personality) as device:
        async with session(device) as opened:
            reading = await opened.read()

        assert reading.fields == device.values()
        assert reading.identity.serial == SERIAL
        assert logged(device) == []
        assert failed_logins(device) == 0


@pytest.mark.parametrize(("kind", "personality"), ALL)
async def test_what_is_written_is_stored_once_and_read_back(
    tmp_path: Path, kind: Kind, personality: Personality
) -> None:
    """Goal: every field of every resource arrives, is logged once, and survives a new session."""
    wanted = {f: v for values in WANTED[kind].values() for f, v in values.items()}
    async with simulated(tmp_path, kind, personality) as device:
        before = device.values()
        async with session(device) as opened:
            for resource, values in WANTED[kind].items():
                await opened.write(resource, values)
        async with session(device) as opened:
            reading = await opened.read()

        assert reading.fields == wanted
        assert device.values() == wanted
        changed = sorted(f for f, v in wanted.items() if before[f] != v)
        assert sorted(logged(device)) == changed


@pytest.mark.parametrize(("kind", "personality"), ALL)
async def test_writing_the_same_values_again_changes_nothing(
    tmp_path: Path, kind: Kind, personality: Personality
) -> None:
    """Goal: an edit of equal values is the same document to the device."""
    async with simulated(tmp_path, kind, personality) as device:
        for _ in range(2):
            async with session(device) as opened:
                for resource, values in WANTED[kind].items():
                    await opened.write(resource, values)

        assert len(logged(device)) == len(set(logged(device)))


@pytest.mark.parametrize(("kind", "personality"), HTTP)
async def test_a_password_is_set_and_proved(
    tmp_path: Path, kind: Kind, personality: Personality
) -> None:
    """Goal: one arrival in the log, the new login works, the old one is one refused attempt."""
    async with simulated(tmp_path, kind, personality) as device:
        async with session(device) as opened:
            await opened.write("user", {"admin_password": Secret(NEW_PASSWORD)})
        async with session(device, password=NEW_PASSWORD) as opened:
            assert await opened.prove_login()
            await opened.read()
        async with session(device) as opened:
            assert not await opened.prove_login()
            left = await opened.attempts_left()

        assert logged(device) == ["admin_password"]
        assert failed_logins(device) == 1
        assert left == (4 if personality == "a" else None)


@pytest.mark.parametrize("personality", get_args(Personality))
async def test_the_gb_password_arrives_with_its_node(
    tmp_path: Path, personality: Personality
) -> None:
    """Goal: the write-only field is one arrival; a later edit without it is none."""
    async with simulated(tmp_path, "recorder", personality) as device:
        async with session(device) as opened:
            values = WANTED["recorder"]["gb28181"]
            await opened.write("gb28181", values | {"gb_password": Secret("Sip-pass-3")})
            await opened.write("gb28181", {"gb_expires_s": 9000})

        assert logged(device).count("gb_password") == 1
        assert device.values()["gb_expires_s"] == 9000


async def test_cloud_off_waits_for_a_reboot_on_new_firmware(tmp_path: Path) -> None:
    """Goal: "Reboot Required" is done, stored, and reported by the session that wrote it."""
    async with (
        simulated(tmp_path, "camera", "b") as device,
        session(device) as opened,
    ):
        await opened.write("cloud", {"cloud_enabled": False})
        reading = await opened.read(["cloud"])

    assert reading.fields == {"cloud_enabled": False}
    assert reading.reboot_pending == ("cloud_enabled",)


@pytest.mark.parametrize(("kind", "personality"), ALL)
async def test_a_wrong_login_is_counted_once_by_the_device(
    tmp_path: Path, kind: Kind, personality: Personality
) -> None:
    """Goal: the device's own count of failed logins, after everything that could retry."""
    async with simulated(tmp_path, kind, personality) as device:
        async with session(device, password="Wrong-pass-1", auth="Wrong-phrase") as opened:
            for _ in range(3):
                with pytest.raises(LoginRefused):
                    await opened.read()
            assert not await opened.prove_login()

        assert failed_logins(device) == 1
        assert logged(device) == []


async def test_a_device_with_one_try_left_is_never_locked(tmp_path: Path) -> None:
    """Goal: where the device tells, four refusals are the most that can ever happen."""
    async with simulated(tmp_path, "camera", "a") as device:
        seen: list[type[DeviceError]] = []
        for _ in range(7):
            async with session(device, password="Wrong-pass-1") as opened:
                with pytest.raises(DeviceError) as caught:
                    await opened.identify()
                seen.append(caught.type)
        async with session(device) as opened:
            left = await opened.attempts_left()

        assert seen == [LoginRefused] * 4 + [LoginBudgetSpent] * 3
        assert left == 1
        assert failed_logins(device) == 4


FAULTS: Mapping[str, tuple[str, type[DeviceError]]] = {
    "swap-identity": ("", WrongIdentity),
    "factory-new": ("", NotActivated),
    "basic-only": ("", SchemeMismatch),
    "slow": ("3", TooSlow),
    "drop": ("30", Unreachable),
}


@pytest.mark.parametrize(("kind", "personality"), HTTP)
@pytest.mark.parametrize("fault", FAULTS)
async def test_each_fault_of_an_http_device_has_its_own_error(
    tmp_path: Path, kind: Kind, personality: Personality, fault: str
) -> None:
    """Goal: named by what is wrong; no login is lost and nothing is written."""
    value, error = FAULTS[fault]
    resource, values = next(iter(WANTED[kind].items()))
    async with simulated(tmp_path, kind, personality) as device:
        await device.set_fault(fault, value)
        async with session(device, deadline_s=0.5) as opened:
            with pytest.raises(error):
                await opened.identify()
        async with session(device, deadline_s=0.5) as opened:
            with pytest.raises(error):
                await opened.write(resource, values)

        assert logged(device) == []
        assert failed_logins(device) == 0


@pytest.mark.parametrize("personality", get_args(Personality))
async def test_a_swapped_gate_is_the_wrong_device(tmp_path: Path, personality: Personality) -> None:
    """Goal: another engine id, before any login."""
    async with simulated(tmp_path, "gate", personality) as device:
        await device.set_fault("swap-identity", "")
        async with session(device) as opened:
            with pytest.raises(WrongIdentity, match=engine_id_of(device.spec.id)):
                await opened.read()

        assert failed_logins(device) == 0


@pytest.mark.parametrize(("kind", "personality"), ALL)
async def test_a_device_that_refuses_says_so(
    tmp_path: Path, kind: Kind, personality: Personality
) -> None:
    """Goal: the refusal is a WriteRefused and nothing is kept."""
    resource, values = next(iter(WANTED[kind].items()))
    async with simulated(tmp_path, kind, personality) as device:
        before = device.values()
        await device.set_fault("refuse", "")
        async with session(device) as opened:
            with pytest.raises(WriteRefused):
                await opened.write(resource, values)

        assert device.values() == before
        assert logged(device) == []


@pytest.mark.parametrize(("kind", "personality"), ALL)
async def test_a_device_that_keeps_nothing_reads_back_the_old_value(
    tmp_path: Path, kind: Kind, personality: Personality
) -> None:
    """Goal: the yes is believed by nobody: the reading shows that it was not kept."""
    resource, values = next(iter(WANTED[kind].items()))
    async with simulated(tmp_path, kind, personality) as device:
        async with session(device) as opened:
            before = await opened.read([resource])
        await device.set_fault("keep-nothing", "")
        async with session(device) as opened:
            await opened.write(resource, values)
        async with session(device) as opened:
            after = await opened.read([resource])

    assert after == before


@pytest.mark.parametrize(("kind", "personality"), ALL)
async def test_a_late_device_applies_a_request_once_though_its_sender_gave_up(
    tmp_path: Path, kind: Kind, personality: Personality
) -> None:
    """Goal: TooSlow for the sender; after the delay the value is there, and one write happened."""
    resource, values = next(iter(WANTED[kind].items()))
    async with simulated(tmp_path, kind, personality) as device:
        before = device.values()
        await device.set_fault("late", "1")
        async with session(device, deadline_s=0.7) as opened:
            await opened.read([resource])
            with pytest.raises(TooSlow):
                await opened.write(resource, values)
        await asyncio.sleep(1.0)

        changed = sorted(f for f, v in values.items() if before[f] != v)
        assert {f: device.values()[f] for f in values} == values
        assert sorted(logged(device)) == changed


@pytest.mark.parametrize("kind", ["camera", "gate"])
async def test_a_reboot_during_a_write_ends_in_a_named_error(tmp_path: Path, kind: Kind) -> None:
    """Goal: the line breaks or falls silent; nothing is sent a second time."""
    resource, values = next(iter(WANTED[kind].items()))
    async with simulated(tmp_path, kind, "a") as device:
        await device.set_fault("reboot", "before")
        async with session(device, deadline_s=1.0) as opened:
            await opened.read([resource])
            with pytest.raises((Unreachable, TooSlow)):
                await opened.write(resource, values)

        assert logged(device) == []


@pytest.mark.parametrize(
    ("field", "value"), [("open_time_s", 61), ("close_delay_s", 61), ("open_time_s", 0)]
)
@pytest.mark.parametrize("personality", get_args(Personality))
async def test_a_gate_names_the_field_out_of_its_limits(
    tmp_path: Path, personality: Personality, field: str, value: int
) -> None:
    """Goal: error-index found in the PDU; all of the SET or nothing."""
    async with simulated(tmp_path, "gate", personality) as device:
        before = device.values()
        async with session(device) as opened:
            with pytest.raises(WriteRefused) as caught:
                await opened.write("gate", WANTED["gate"]["gate"] | {field: value})

        assert caught.value.field == field
        assert device.values() == before


@pytest.mark.parametrize("personality", get_args(Personality))
async def test_a_recorder_names_the_field_out_of_its_limits(
    tmp_path: Path, personality: Personality
) -> None:
    """Goal: the node in the device's message becomes our field."""
    async with (
        simulated(tmp_path, "recorder", personality) as device,
        session(device) as opened,
    ):
        with pytest.raises(WriteRefused) as caught:
            await opened.write("gb28181", {"gb_server_port": 70000})

    assert caught.value.field == "gb_server_port"
