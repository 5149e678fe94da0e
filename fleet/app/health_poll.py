"""One look at one device: who it is, and the cheapest read; what came of it is a state.

Watching never harms: the login comes from what the journal proves at this moment, one refused login
parks the device for half an hour, and a device under change is left alone, because its password may
be the very thing that changes. A switch or router is asked by one SNMP PDU where it has an agent,
else only for its SSH host key: that takes no login and none of its few terminal lines, and tells
that it answers, but not who it is.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from typing import NamedTuple

from fleet.app.context import App
from fleet.health.book import Look
from fleet.health.rates import ClockOffset, clock_offset
from fleet.model.device import Device, DeviceKind
from fleet.model.errors import (
    DeviceError,
    LoginBudgetSpent,
    LoginRefused,
    MalformedReply,
    NotActivated,
    SchemeMismatch,
    SecretError,
)
from fleet.model.fleet import Compound, Uplink
from fleet.model.observation import Registration
from fleet.plan.steps import target_of
from fleet.ports.driver import Session, ShowsHostKey
from fleet.ports.health import TellsRecordings, TellsTime
from fleet.ports.reach import Reach
from fleet.rollout import records
from fleet.rollout.catalog import compare_catalog
from fleet.rollout.credentials import LEARNED, Credentials, Proven
from fleet.rollout.faults import fault_of

AT_ONCE = 16
_DEADLINE_MAX_S = 10.0
# An event loop this late says that it is we who had no time, not the device.
_LATE_S = 0.5
_NEAR_DEADLINE = 0.8
_LINE_DEADLINE_S = 3.0
# How long a recorder's word on its oldest recording holds: a search is no light read.
_RECORDINGS_EVERY_S = 3600.0
_DAY_S = 86400.0
_SNMP = "snmp"
# The device answers, and what it does for its compound cannot be told without a login.
log = logging.getLogger("collector")
_CANNOT_TELL = (LoginRefused, LoginBudgetSpent, NotActivated, SchemeMismatch)


class Tail:
    """The journal as far as watching needs it, read on at every look: proofs, refusals, intents."""

    def __init__(self, app: App) -> None:
        self._journal = app.journal
        self._seq = 0
        self.proven = Proven()
        self._open: dict[str, set[str]] = {}
        self._changes: dict[str, int] = {}

    def catch_up(self) -> None:
        """Read what came since.

        Raises:
            StoreError: the journal cannot be read.
        """
        for record in self._journal.records(after=self._seq):
            self._seq = record.seq
            if record.kind in LEARNED:
                self.proven.learn(record)
            elif record.kind == records.INTENT:
                self._open.setdefault(record.subject, set()).add(str(record.data["step"]))
                self._changes[record.subject] = record.seq
            elif record.kind == records.SETTLED:
                self._open.get(record.subject, set()).discard(str(record.data["step"]))
                self._changes[record.subject] = record.seq

    def under_change(self, device: str) -> bool:
        """Whether a write to the device was permitted and is not settled."""
        return bool(self._open.get(device))

    def changes(self, device: str) -> int:
        """Grows with every change of the device."""
        return self._changes.get(device, 0)


class Lateness:
    """When this process itself last got no time; a device's silence then proves nothing."""

    def __init__(self) -> None:
        self._late_at = float("-inf")

    async def watch(self, every_s: float = 0.1) -> None:
        """Sleep and see by how much too late it woke; until cancelled."""
        while True:
            before = time.monotonic()
            await asyncio.sleep(every_s)
            now = time.monotonic()
            if now - before - every_s >= _LATE_S:
                self._late_at = now

    def since(self, began: float) -> bool:
        """Whether we were late at any time after `began` (monotonic seconds)."""
        return self._late_at >= began


class _Told(NamedTuple):
    """What a device said of itself."""

    clock: ClockOffset | None = None
    retention_days: float | None = None


class Poller:
    """Looks at devices; `wall` is seconds since 1970."""

    def __init__(self, app: App, reach: Reach, poll_s: float, wall: Callable[[], float]) -> None:
        self._app = app
        self._reach = reach
        self._searched: dict[str, float] = {}
        self._wall = wall
        # Two looks that both run into the deadline must lie within the hold of two polls.
        self._deadline_s = min(_DEADLINE_MAX_S, poll_s / 2)
        self._tail = Tail(app)
        self._credentials = Credentials(app.secrets, self._tail.proven)
        self._gate = asyncio.Semaphore(AT_ONCE)
        self.lateness = Lateness()

    async def look(self, compound: Compound, device: Device) -> Look | None:
        """Look at one device; None where nothing can be said: it is under change, or we were late.

        A login that cannot be resolved is unknown too, by that cause: the vault may be closed.

        Raises:
            StoreError: the journal cannot be read, or a refused login not be written.
        """
        if device.driver not in self._app.drivers:
            return Look(device.id, self._wall(), "unknown", "no_driver", answered=None)
        async with self._gate:
            self._tail.catch_up()
            if self._tail.under_change(device.id):
                return None
            changes, began = self._tail.changes(device.id), time.monotonic()
            try:
                self._tail.proven.check_budget(device.id, self._app.clock.now())
                told = await self._ask(device)
            except SecretError as error:
                log.warning("%s: %s", device.id, error)
                return Look(device.id, self._wall(), "unknown", "no_secret", answered=None)
            except DeviceError as error:
                waited = time.monotonic() - began
                if waited >= _NEAR_DEADLINE * self._deadline_s and self.lateness.since(began):
                    return None
                return self._failed(device, error, changes)
        above, catalog = await self._upper(compound, device)
        return Look(
            device.id,
            self._wall(),
            "online",
            clock=told.clock,
            retention_days=told.retention_days,
            registered=above.registered,
            keepalive_age_s=above.keepalive_age_s,
            catalog=catalog,
        )

    async def line(self, name: str, uplink: Uplink, answered_before: bool) -> Look:
        """Look at the way to an upper platform: one SIP OPTIONS and whatever comes back.

        A platform that never answered a stranger may be one that does not: its silence is unknown.
        """
        sent = time.monotonic()
        address, port = uplink.server_address, uplink.server_port
        got = await self._reach.sip(address, port, min(_LINE_DEADLINE_S, self._deadline_s))
        if got.way == "answers":
            return Look(name, self._wall(), "online", rtt_s=time.monotonic() - sent)
        if got.way == "silent" and not answered_before:
            return Look(name, self._wall(), "unknown", "never_answered", answered=None)
        return Look(name, self._wall(), "offline", got.way, answered=False)

    async def _ask(self, device: Device) -> _Told:
        driver, target = self._app.drivers[device.driver], target_of(device)
        if device.snmp_port is not None and device.login.auth is not None:
            driver = self._app.drivers[_SNMP]
            target = target.model_copy(update={"driver": _SNMP, "port": device.snmp_port})
        elif isinstance(driver, ShowsHostKey):
            await driver.host_key(target, self._deadline_s)
            return _Told()
        login = self._credentials.login(device.id, device.login)
        async with driver.session(target, login, self._deadline_s) as session:
            await session.identify()
            return _Told(await self._clock(session), await self._retention(device, session))

    async def _clock(self, session: Session) -> ClockOffset | None:
        if not isinstance(session, TellsTime):
            return None
        sent = self._wall()
        told = await session.device_time()
        return None if told is None else clock_offset(sent, self._wall(), told)

    async def _retention(self, device: Device, session: Session) -> float | None:
        now = self._wall()
        due = now - self._searched.get(device.id, float("-inf")) >= _RECORDINGS_EVERY_S
        if device.kind is not DeviceKind.RECORDER or not due:
            return None
        self._searched[device.id] = now
        if not isinstance(session, TellsRecordings):
            return None
        try:
            since = await session.recorded_since()
        except MalformedReply as error:
            # What it says of its disks is nonsense; that it answers stands.
            log.warning("%s: %s", device.id, error)
            return None
        return None if since is None else max(0.0, now - since) / _DAY_S

    def _failed(self, device: Device, error: DeviceError, changes: int) -> Look | None:
        if isinstance(error, LoginRefused):
            self._tail.catch_up()
            if self._tail.changes(device.id) != changes:
                # The password was changed between our reading of the journal and the login: the
                # old one was refused, and parking the device would stop that rollout.
                return None
            self._app.journal.append([records.refused(device.id, fault_of(error))])
        if isinstance(error, _CANNOT_TELL):
            tried = None if isinstance(error, LoginBudgetSpent) else True
            return Look(device.id, self._wall(), "unknown", error.code, answered=tried)
        return Look(device.id, self._wall(), "offline", error.code, answered=False)

    async def _upper(
        self, compound: Compound, device: Device
    ) -> tuple[Registration, tuple[int, int] | None]:
        """The upper side's word on a recorder, and how its catalog differs from the inventory."""
        own = compound.uplink is not None and compound.uplink.source == "platform"
        gb_id = str(device.settings.get("gb_device_id") or device.gb_id or "")
        if device.kind is not DeviceKind.RECORDER or not own:
            return Registration(gb_id=gb_id, source="registrar"), None
        told = await self._app.upper.registration(compound.district, gb_id)
        listed = next((r for r in compound.recorders if r.device == device.id), None)
        if listed is None or told.catalog is None:
            return told, None
        gap = compare_catalog(listed.channel_ids, listed.spare_ids, told.catalog)
        return told, (len(gap.missing), len(gap.extra))
