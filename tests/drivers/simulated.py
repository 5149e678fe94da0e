"""One simulated device in this process, a session with it, and what each kind is asked to keep."""

from __future__ import annotations

import hashlib
import itertools
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Literal, get_args

from fleet.drivers.registry import drivers
from fleet.model.change import Target
from fleet.model.device import DeviceKind, FieldValue
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
