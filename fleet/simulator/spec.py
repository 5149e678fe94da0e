"""What a simulator process is told: its devices, with credentials in derived forms only."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

Kind = Literal["camera", "door", "recorder", "gate", "upper", "switch", "router"]
Personality = Literal["a", "b"]
# The command languages of simulated switches and routers.
PLATFORMS = frozenset({"huawei_vrpv8", "hp_comware"})
_SERVER_NAME = {
    "camera": "IP Camera",
    "door": "Access Control",
    "recorder": "Network Video Recorder",
}


@dataclass(frozen=True, slots=True)
class SnmpKeys:
    """Keys of one SNMPv3 user, localized to one engine id (RFC 3414, 2.6); all in hex."""

    engine_id: str
    auth: str
    priv: str


@dataclass(frozen=True, slots=True)
class DeviceSpec:
    """One device. No field holds a password.

    `ha1` is MD5(user:realm:password) in hex for HTTP (RFC 7616, 3.4.2). `keys` are a gate's for its
    own engine id, `other_keys` for the id it has under the fault swap-identity. `accounts` of an
    `upper` maps a recorder's id to its HA1 (realm = `domain`). `channels` counts a recorder's rows.
    A switch or router has a `platform` ("huawei_vrpv8", "hp_comware") and a `login`, the password
    in the form of `login_of`; `behind` are the devices on its ports (port, device id), and a trial
    of a minute takes `trial_scale` minutes. With an `snmp_port` it also has an SNMPv3 agent there,
    user `snmp_user` and `keys`, which switches the power of its ports.
    """

    id: str
    kind: Kind
    address: str
    port: int
    serial: str
    personality: Personality
    name: str = ""
    user: str = "admin"
    ha1: str = ""
    keys: SnmpKeys | None = None
    other_keys: SnmpKeys | None = None
    barrier: bool = False
    channels: int = 0
    gb_id: str = ""
    domain: str = ""
    accounts: dict[str, str] = field(default_factory=dict)
    platform: str = ""
    login: str = ""
    behind: tuple[tuple[str, str], ...] = ()
    trial_scale: float = 1.0
    snmp_port: int = 0
    snmp_user: str = ""

    @property
    def realm(self) -> str:
        """The device's digest realm."""
        return realm_of(self.kind, self.id)


@dataclass(frozen=True, slots=True)
class ProcessSpec:
    """The devices of one process; `lockout_s` is how long five wrong logins lock a device."""

    name: str
    devices: tuple[DeviceSpec, ...]
    lockout_s: float = 1800.0

    def to_json(self) -> str:
        """The spec as one JSON document, the same bytes for the same spec."""
        return json.dumps(asdict(self), ensure_ascii=False, sort_keys=True)


def from_json(document: str) -> ProcessSpec:
    """Read what `to_json` wrote.

    Raises:
        ValueError, KeyError, TypeError: it is something else.
    """
    raw: dict[str, Any] = json.loads(document)
    devices = tuple(_device(d) for d in raw["devices"])
    return ProcessSpec(raw["name"], devices, float(raw["lockout_s"]))


def _device(raw: dict[str, Any]) -> DeviceSpec:
    keys = {k: SnmpKeys(**raw[k]) if raw[k] else None for k in ("keys", "other_keys")}
    behind = tuple((port, device) for port, device in raw["behind"])
    return DeviceSpec(**{**raw, **keys, "behind": behind})


def personality_of(device: str) -> Personality:
    """The firmware a device has where nobody says: half of them each, the same every time."""
    return "a" if chance(device, "personality", 2) == 0 else "b"


def chance(device: str, about: str, sides: int) -> int:
    """A number in 0..sides-1 that is always the same for a device and a topic."""
    return int.from_bytes(hashlib.sha256(f"{device}/{about}".encode()).digest()[:4], "big") % sides


def realm_of(kind: str, device: str) -> str:
    """The digest realm, as such devices have it: `IP Camera(C1234)`."""
    return f"{_SERVER_NAME.get(kind, 'Device')}(C{1000 + chance(device, 'realm', 9000)})"


def login_of(device: str, password: str) -> str:
    """A switch's password in the form that is kept, in hex (RFC 8018, PBKDF2 with SHA-256).

    The salt is the device's id, so that the same password gives the same spec.
    """
    return hashlib.pbkdf2_hmac("sha256", password.encode(), device.encode(), 10_000).hex()


def serial_of(device: str) -> str:
    """A serial number for a device whose inventory pins none."""
    return f"SIM{chance(device, 'serial', 10**9):09}"


def other_serial(serial: str) -> str:
    """The serial number under the fault swap-identity: the same model, another unit."""
    digit = "7" if serial[-1:] != "7" else "3"
    return f"{serial[:-1]}{digit}"


def engine_id_of(device: str) -> str:
    """An engine id in hex for a gate whose inventory pins none (RFC 3411, 5: octets, format 5)."""
    return "80007ed905" + hashlib.sha256(f"{device}/engine".encode()).hexdigest()[:16]


def other_engine_id(engine_id: str) -> str:
    """The engine id under the fault swap-identity."""
    return "80007ed905" + hashlib.sha256(f"{engine_id}/other".encode()).hexdigest()[:16]
