"""Devices: what they are, where they stand on the network, and what is wanted of them."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from pydantic import Field

from fleet.model.base import Frozen
from fleet.model.diagnostic import Position
from fleet.model.secret import SecretRef

# A canonical field's value; lists are ordered, `None` means the device does not have it.
FieldValue = str | int | bool | list[str] | None


class DeviceKind(StrEnum):
    """The kinds that have a canonical settings model (model/settings.py)."""

    CAMERA = "camera"
    DOOR = "door"
    GATE = "gate"
    RECORDER = "recorder"
    SWITCH = "switch"
    ROUTER = "router"


# Reached over SSH and changed on trial; all others stand behind them.
LINK_KINDS = frozenset({DeviceKind.SWITCH, DeviceKind.ROUTER})


class Stage(StrEnum):
    """The stages of a wave, in their order; each device kind belongs to one."""

    LINKS = "links"
    GATES = "gates"
    DOORS = "doors"
    CAMERAS = "cameras"
    UPLINK = "uplink"
    VERIFY = "verify"


STAGE_OF: Mapping[DeviceKind, Stage] = {
    DeviceKind.GATE: Stage.GATES,
    DeviceKind.DOOR: Stage.DOORS,
    DeviceKind.CAMERA: Stage.CAMERAS,
    DeviceKind.RECORDER: Stage.UPLINK,
    DeviceKind.SWITCH: Stage.LINKS,
    DeviceKind.ROUTER: Stage.LINKS,
}


class Login(Frozen):
    """How to log in before the fleet has set a password of its own; secrets by reference.

    HTTP devices use `user` and `password`; SNMPv3 ones `user`, `auth` and `priv` (RFC 3414).
    """

    user: str
    password: SecretRef | None = None
    auth: SecretRef | None = None
    priv: SecretRef | None = None


class Device(Frozen):
    """One device with its address, its pinned identity and its wanted, managed fields.

    `settings` holds only managed fields (a field that nobody sets is unmanaged); values are
    literals, `secrets` the write-only ones by reference. `origins` gives each field's places in
    YAML, the winning one first.

    `platform` is the command language of a switch or router, `host_key` the SSH host key it must
    have: a fingerprint "SHA256:…" or an OpenSSH public key "ssh-ed25519 AAAA…". `via` is the switch
    and `via_port` the port of it that this device hangs on. `snmp_port` says that a switch or
    router has an SNMPv3 agent as well, which is asked how it is with `login`'s `auth` and `priv`.
    """

    id: str
    kind: DeviceKind
    driver: str
    compound: str
    name: str
    address: str
    port: int = Field(ge=1, le=65535)
    gb_id: str | None = None
    area: str | None = None
    serial: str | None = None
    engine_id: str | None = None
    platform: str | None = None
    host_key: str | None = None
    via: str | None = None
    via_port: str | None = None
    snmp_port: int | None = Field(None, ge=1, le=65535)
    login: Login
    settings: Mapping[str, FieldValue] = Field(default_factory=dict)
    secrets: Mapping[str, SecretRef] = Field(default_factory=dict)
    origins: Mapping[str, tuple[Position, ...]] = Field(default_factory=dict)
    position: Position | None = None

    @property
    def stage(self) -> Stage:
        """The stage of a wave in which this device is written."""
        return STAGE_OF[self.kind]
