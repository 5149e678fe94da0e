"""Devices with state, faults and a login, and the driver that speaks to them: no sockets, no time.

The driver keeps the port's contract: it never retries, raises `DeviceError`s only, and a write
reaches a device at most once a call.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from fleet.model.change import Target
from fleet.model.device import DeviceKind, FieldValue
from fleet.model.errors import (
    LoginRefused,
    MalformedReply,
    Unreachable,
    WriteRefused,
    WrongIdentity,
)
from fleet.model.observation import Identity, Reading, Registration
from fleet.model.secret import Secret
from fleet.model.text import text
from fleet.ports.driver import Credential, FieldSpec, Resource
from tests.support.fakes import FakeClock, Trace

PASSWORD = FieldSpec(name="admin_password", readable=False, proof="login")
SIP_PASSWORD = FieldSpec(name="gb_password", readable=False, proof="registration")


def resource(name: str, *fields: str | FieldSpec) -> Resource:
    """A resource of readable, exact fields, or of those given in full."""
    specs = [f if isinstance(f, FieldSpec) else FieldSpec(name=f) for f in fields]
    return Resource(name=name, fields=tuple(specs))


TABLE: Mapping[DeviceKind, tuple[Resource, ...]] = {
    DeviceKind.CAMERA: (
        resource("time", "time_mode", "time_zone"),
        resource("channel", "channel_name"),
        resource("osd", "osd_text"),
        resource("cloud", "cloud_enabled"),
        resource("user", PASSWORD),
    ),
    DeviceKind.DOOR: (
        resource("door", "open_duration_s"),
        resource("reader", "auth_ways"),
        resource("user", PASSWORD),
    ),
    DeviceKind.RECORDER: (
        resource("channels", "gb_channel_ids"),
        resource("gb28181", "gb_enabled", "gb_server_id", "gb_device_id", SIP_PASSWORD),
        resource("user", PASSWORD),
    ),
    DeviceKind.GATE: (
        resource("gate", "open_time_s", FieldSpec(name="close_delay_s", exact=False), "auth_ways"),
    ),
}


@dataclass
class Fault:
    """What goes wrong with writes of one resource (""*"" for any), `times` times.

    `how`: refuse, keeps_nothing, break_before, break_after, late (applies `late_s` after the line
    broke), garbage (applies, and answers what nobody understands), half (applies the first field),
    blind (applies, then cannot be reached for `late_s`).
    """

    how: str
    resource: str = "*"
    times: int = 1_000_000
    late_s: float = 0.0


@dataclass
class FakeDevice:
    """One device: stored values, a password, and everything that ever reached it."""

    id: str
    clock: FakeClock
    trace: Trace
    serial: str
    password: str
    fields: dict[str, FieldValue] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    unreachable: bool = False
    registered: bool | None = None
    secrets: dict[str, str] = field(default_factory=dict)
    wrong_logins: int = 0
    logins: int = 0
    writes: list[tuple[str, tuple[str, ...]]] = field(default_factory=list)
    blind_until: float = 0.0
    pending: list[tuple[float, dict[str, FieldValue | Secret]]] = field(default_factory=list)

    def wake(self) -> None:
        """Apply what was due; fail when nobody can reach it."""
        for due, values in list(self.pending):
            if self.clock.boot() >= due:
                self.pending.remove((due, values))
                self.store(values)
        if self.unreachable or self.clock.boot() < self.blind_until:
            raise Unreachable(self.id, text("no connection", "无法连接"))

    def login(self, credential: Credential) -> None:
        """Check a password as the device does, counting."""
        self.wake()
        given = credential.password or credential.auth
        if given is None or given.reveal() != self.password:
            self.wrong_logins += 1
            raise LoginRefused(self.id, text("login refused", "登录被拒"), attempts_left=4)
        self.logins += 1

    def store(self, values: Mapping[str, FieldValue | Secret]) -> None:
        """Keep values."""
        for name, value in values.items():
            if isinstance(value, Secret):
                self.secrets[name] = value.reveal()
                if name == "admin_password":
                    self.password = value.reveal()
            else:
                self.fields[name] = value

    def receive(self, resource: str, values: Mapping[str, FieldValue | Secret]) -> None:
        """One write request arrives."""
        self.trace.note("write", f"{self.id}/{resource}")
        self.writes.append((resource, tuple(values)))
        fault = next(
            (f for f in self.faults if f.resource in ("*", resource) and f.times > 0), None
        )
        if fault is None:
            self.store(values)
            return
        fault.times -= 1
        if fault.how == "refuse":
            raise WriteRefused(self.id, text("not this value", "不接受该值"))
        if fault.how == "late":
            self.pending.append((self.clock.boot() + fault.late_s, dict(values)))
        elif fault.how == "half":
            first = next(iter(values))
            self.store({first: values[first]})
        elif fault.how in ("break_after", "garbage", "blind"):
            self.store(values)
        if fault.how == "garbage":
            raise MalformedReply(self.id, text("not understood", "无法理解"))
        if fault.how == "blind":
            self.blind_until = self.clock.boot() + fault.late_s
        if fault.how != "keeps_nothing":
            raise Unreachable(self.id, text("the line broke", "连接中断"))


@dataclass
class FakeSession:
    """One conversation; every call yields to the loop, as a socket would."""

    device: FakeDevice
    target: Target
    credential: Credential
    resources: Mapping[str, Resource]

    async def identify(self) -> Identity:
        """Serial first, then the login."""
        await asyncio.sleep(0)
        self.device.wake()
        if self.target.serial not in (None, self.device.serial):
            raise WrongIdentity(self.device.id, text("another device", "不是该设备"))
        self.device.login(self.credential)
        return Identity(serial=self.device.serial)

    async def read(self, resources: Collection[str] | None = None) -> Reading:
        """The readable fields of the named resources."""
        await asyncio.sleep(0)
        self.device.login(self.credential)
        specs = [
            s for n, r in self.resources.items() if resources is None or n in resources
            for s in r.fields
        ]  # fmt: skip
        fields = {
            s.name: self.device.fields[s.name]
            for s in specs
            if s.readable and s.name in self.device.fields
        }
        return Reading(
            identity=Identity(serial=self.device.serial),
            fields=fields,
            registered=self.device.registered,
        )

    async def write(self, resource: str, values: Mapping[str, FieldValue | Secret]) -> None:
        """One request."""
        await asyncio.sleep(0)
        self.device.login(self.credential)
        known = {s.name for s in self.resources[resource].fields if s.writable}
        assert set(values) <= known, "a write carries fields of its resource only"
        self.device.receive(resource, values)
        await asyncio.sleep(0)

    async def prove_login(self) -> bool:
        """Whether the credential is in force."""
        await asyncio.sleep(0)
        try:
            self.device.login(self.credential)
        except LoginRefused:
            return False
        return True

    async def attempts_left(self) -> int | None:
        """Untold."""
        return None


@dataclass
class FakeDriver:
    """Speaks to the devices of one world."""

    devices: Mapping[str, FakeDevice]
    name: str = "isapi"
    apply_time_max_s: float = 2.0
    table: Mapping[DeviceKind, tuple[Resource, ...]] = field(default_factory=lambda: TABLE)

    def resources(self, kind: DeviceKind) -> tuple[Resource, ...]:
        """The resources of a kind in their order."""
        return self.table[kind]

    @asynccontextmanager
    async def session(
        self, target: Target, credential: Credential, deadline_s: float = 15.0
    ) -> AsyncIterator[FakeSession]:
        """Open a session."""
        resources = {r.name: r for r in self.resources(target.kind)}
        yield FakeSession(self.devices[target.device], target, credential, resources)


@dataclass
class FakeUpper:
    """A registrar that sees whoever registers with one of its `accounts` (value → version)."""

    devices: Mapping[str, FakeDevice]
    gb_ids: Mapping[str, str] = field(default_factory=dict)
    accounts: dict[str, int] = field(default_factory=dict)
    tells_version: bool = True
    asked: list[str] = field(default_factory=list)

    async def registration(self, district: str, gb_id: str) -> Registration:
        """What it sees of one recorder."""
        await asyncio.sleep(0)
        self.asked.append(gb_id)
        device = next(self.devices[d] for d, g in self.gb_ids.items() if g == gb_id)
        version = self.accounts.get(device.secrets.get("gb_password", ""))
        on = version is not None and device.fields.get("gb_enabled") is True
        channels = device.fields.get("gb_channel_ids")
        return Registration(
            gb_id=gb_id,
            source="registrar",
            registered=on,
            keepalive_age_s=3.0 if on else None,
            credential_version=version if on and self.tells_version else None,
            catalog=tuple(channels) if on and isinstance(channels, list) else None,
        )

    async def query_catalog(
        self, district: str, gb_id: str, timeout_s: float = 5.0
    ) -> Registration:
        """The same, asked afresh."""
        return await self.registration(district, gb_id)
