"""A switch that takes changes on trial, and the driver that speaks to it: no sockets, no real time.

One trial at a time; unconfirmed it takes the change back when the clock says so; a change of a
field in `cuts` leaves nobody in until then.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from fleet.model.change import Target
from fleet.model.device import DeviceKind, FieldValue
from fleet.model.errors import (
    DeviceAsked,
    NotKept,
    SessionClosed,
    TrialBusy,
    Unreachable,
    WriteRefused,
)
from fleet.model.text import text
from fleet.ports.driver import Credential, HostKey, Need, Resource, Trial, TrialState
from tests.support.fakes_devices import FakeDevice, FakeDriver, FakeSession, resource

LINK = (
    resource(
        "link",
        "sysname",
        "vlans",
        "access_ports",
        "uplink_ports",
        "lldp_enabled",
        "static_routes",
    ),
)
LINK_TABLE: Mapping[DeviceKind, tuple[Resource, ...]] = {
    DeviceKind.SWITCH: LINK,
    DeviceKind.ROUTER: LINK,
}


@dataclass
class FakeLink(FakeDevice):
    """A switch or router; `fields` is what runs.

    `ways` is what goes wrong, each once: refuse, ask, close (after it took the change), busy, wrong
    (keeps another value), lose_confirm (the answer to a confirmation never comes), unsaved.
    `forgets`: it does not tell of trials that are over or of another id.
    """

    ways: list[str] = field(default_factory=list)
    cuts: set[str] = field(default_factory=set)
    forgets: bool = False
    saved: dict[str, FieldValue] = field(default_factory=dict)
    trial: Trial | None = None
    due: float = 0.0
    old: dict[str, FieldValue] = field(default_factory=dict)
    told: dict[str, TrialState] = field(default_factory=dict)
    cut: bool = False

    def __post_init__(self) -> None:
        """What it runs is what it would start with."""
        self.saved = dict(self.fields)

    def wake(self) -> None:
        """Take back what nobody confirmed in time; nobody gets in while the path is cut."""
        if self.trial is not None and self.clock.boot() >= self.due:
            self.undo()
        if self.cut:
            raise Unreachable(self.id, text("no route to it", "没有到设备的路由"))
        super().wake()

    def undo(self) -> None:
        """The trial is over, unconfirmed."""
        if self.trial is not None:
            self.trace.note("undone", self.id)
            self.told[self.trial.id] = "undone"
            self.fields, self.trial, self.cut = dict(self.old), None, False

    def restart(self) -> None:
        """A restart loads what was saved, and knows no trial."""
        self.trial, self.cut, self.fields = None, False, dict(self.saved)

    def once(self, way: str) -> bool:
        """Whether this goes wrong now; it does so once."""
        if way in self.ways:
            self.ways.remove(way)
            return True
        return False

    def state(self, trial_id: str) -> TrialState:
        """What it says of a trial."""
        if self.trial is not None and self.trial.id == trial_id:
            return "open"
        return "unknown" if self.forgets else self.told.get(trial_id, "unknown")

    def take(self, name: str, values: Mapping[str, FieldValue], trial: Trial) -> None:
        """One change on trial arrives."""
        if self.trial is not None or self.once("busy"):
            raise TrialBusy(self.id, text("another trial is under way", "另有试运行"))
        self.trace.note("write", f"{self.id}/{name}")
        self.writes.append((name, tuple(values)))
        if self.once("refuse"):
            raise WriteRefused(self.id, text("unrecognised command", "命令无法识别"))
        if self.once("ask"):
            raise DeviceAsked(self.id, text("it asked: [Y/N]", "设备询问：[Y/N]"))
        self.trial, self.due = trial, self.clock.boot() + trial.seconds
        self.old = dict(self.fields)
        self.store(values)
        if self.once("wrong"):
            self.fields[next(iter(values))] = "something else"
        self.cut = bool(self.cuts & set(values))
        if self.once("close"):
            raise SessionClosed(self.id, text("it hung up", "设备挂断"))


@dataclass
class FakeTrialSession(FakeSession):
    """A conversation with a link; its plain write is nobody's to use."""

    wrote: bool = False

    async def write(self, resource: str, values: Mapping[str, object]) -> None:
        """Refused: a link is written on trial alone."""
        raise AssertionError("a link is written on trial alone")

    async def write_trial(
        self,
        resource: str,
        values: Mapping[str, FieldValue],
        before: Mapping[str, FieldValue],
        trial: Trial,
    ) -> None:
        """Arm the undo, then change."""
        await asyncio.sleep(0)
        self._link.login(self.credential)
        assert set(before) == set(values), "both sides of every field"
        self.wrote = True
        self._link.take(resource, values, trial)
        await asyncio.sleep(0)

    async def trial_state(self, trial_id: str) -> TrialState:
        """What the device says of it."""
        await asyncio.sleep(0)
        self._link.wake()
        return self._link.state(trial_id)

    async def confirm(self, trial_id: str) -> bool:
        """Keep it, from another connection than the one that wrote."""
        await asyncio.sleep(0)
        link = self._link
        link.wake()
        assert not self.wrote, "a change is confirmed over a new connection"
        if link.state(trial_id) != "open":
            return False
        link.trace.note("confirm", f"{link.id} {trial_id}")
        link.told[trial_id], link.trial = "confirmed", None
        if link.once("lose_confirm"):
            raise SessionClosed(link.id, text("it hung up", "设备挂断"))
        return True

    async def save(self) -> None:
        """Make it survive a restart."""
        await asyncio.sleep(0)
        link = self._link
        link.wake()
        if link.once("unsaved"):
            raise NotKept(link.id, text("not saved", "未保存"))
        link.trace.note("save", link.id)
        link.saved = dict(link.fields)

    @property
    def _link(self) -> FakeLink:
        assert isinstance(self.device, FakeLink)
        return self.device


@dataclass
class FakeLinkDriver(FakeDriver):
    """Speaks to the links of one world; `told` is what a plan must show, by device."""

    name: str = "ssh"
    apply_time_max_s: float = 1.0
    write_trial_max_s: float = 20.0
    seconds: int = 60
    told: dict[str, tuple[Need, ...]] = field(default_factory=dict)
    table: Mapping[DeviceKind, tuple[Resource, ...]] = field(default_factory=lambda: LINK_TABLE)
    on_session: list[Exception] = field(default_factory=list)

    def trial_seconds(self, kind: DeviceKind, platform: str | None) -> int:
        """The same for all."""
        return self.seconds

    async def host_key(self, target: Target, deadline_s: float = 10.0) -> HostKey:
        """The key of whoever stands there."""
        await asyncio.sleep(0)
        device = self.devices[target.device]
        device.wake()
        return HostKey(line=f"ssh-ed25519 {device.serial}", fingerprint=f"SHA256:{device.serial}")

    def needs(self, target: Target, fields: Collection[str]) -> tuple[Need, ...]:
        """What was put into its mouth."""
        return self.told.get(target.device, ())

    @asynccontextmanager
    async def session(
        self, target: Target, credential: Credential, deadline_s: float = 15.0
    ) -> AsyncIterator[FakeTrialSession]:
        """Open a session; `on_session` are errors of the next ones."""
        if self.on_session:
            raise self.on_session.pop(0)
        resources = {r.name: r for r in self.resources(target.kind)}
        yield FakeTrialSession(self.devices[target.device], target, credential, resources)
