"""The collector: polls every device in its turn, hears notifications, keeps the book.

Each tick is one durable transaction. What was seen since the last tick is lost by a kill, and the
next collector finds out by looking: at start every device is due at once.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable
from functools import partial

from fleet.app.context import App
from fleet.app.health_poll import Poller
from fleet.health.alarms import Place
from fleet.health.book import Book
from fleet.health.schedule import Schedule
from fleet.health.times import Timeline
from fleet.model.collector import CollectorConfig
from fleet.model.device import LINK_KINDS, Device
from fleet.model.fleet import City, Compound, Uplink
from fleet.ports.health_store import BEAT, HealthStore, Trap
from fleet.ports.reach import Reach

_TICK_MIN_S = 0.02
_TICK_MAX_S = 1.0
_PRUNE_EVERY_S = 3600.0
_PRUNE_TRAPS = 2000
log = logging.getLogger("collector")


def watched(city: City, config: CollectorConfig) -> list[Compound]:
    """The compounds to watch; one that its own site watches is left out unless it is named."""
    return [
        c
        for c in city.compounds()
        if (config.district is None or c.district == config.district)
        and (c.id in config.compounds if config.compounds else c.watched_by != "site")
    ]


def places(compounds: Iterable[Compound]) -> list[Place]:
    """Every device with what stands behind it, unmanaged switches, and ways to upper platforms."""
    found = []
    for compound in compounds:
        served = {r.device: r.channels for r in compound.recorders}
        hanging = _hanging(compound)
        for device in compound.devices:
            switch = device.kind in LINK_KINDS
            behind = hanging.get(device.id, ()) if switch else served.get(device.id, ())
            found.append(Place(device.id, compound.id, tuple(behind), switch=switch))
        found += [
            Place(s.id, compound.id, tuple(hanging.get(s.id, ())), switch=True, mute=True)
            for s in compound.unmanaged
        ]
    return found


def lines(compounds: Iterable[Compound]) -> dict[str, tuple[Uplink, Place]]:
    """The ways to upper platforms, by name: one a district and server, with those who need it."""
    found: dict[str, tuple[Uplink, Place]] = {}
    for compound in sorted(compounds, key=lambda c: c.id):
        if (up := compound.uplink) is None:
            continue
        name = f"uplink:{compound.district}:{up.server_address}:{up.server_port}"
        before = found[name][1] if name in found else Place(name, compound.id, line=True)
        found[name] = (up, before._replace(behind=(*before.behind, compound.id)))
    return found


def _hanging(compound: Compound) -> dict[str, list[str]]:
    """The devices behind each switch, directly or through others."""
    via = {d.id: d.via for d in compound.devices} | {s.id: s.via for s in compound.unmanaged}
    found: dict[str, list[str]] = {}
    for device in compound.devices:
        up, seen = device.via, {device.id}
        while up is not None and up not in seen:
            found.setdefault(up, []).append(device.id)
            seen.add(up)
            up = via.get(up)
    return found


def scopes(city: City, config: CollectorConfig) -> tuple[str, ...]:
    """The districts whose history a collector writes; one collector writes each."""
    if config.district is not None:
        return (config.district,)
    named = {c.district for c in city.compounds() if c.id in config.compounds}
    return tuple(sorted(named or {d.code for d in city.districts}))


class Collector:
    """Watches one city or district; `wall` is seconds since 1970, the app's clock gives boot time.

    One of them writes a state folder; the caller holds the lease.
    """

    def __init__(
        self,
        app: App,
        store: HealthStore,
        config: CollectorConfig,
        wall: Callable[[], float],
        reach: Reach,
    ) -> None:
        self._app = app
        self._store = store
        self._poll_s = config.poll_s
        compounds = watched(app.city, config)
        self._devices = {d.id: (c, d) for c in compounds for d in c.devices}
        self._lines = lines(compounds)
        self._senders = _senders(d for _, d in self._devices.values())
        mine = [*places(compounds), *(place for _, place in self._lines.values())]
        everybody = {n for c in app.city.compounds() for n in (c.id, *(d.id for d in c.devices))}
        everybody |= set(lines(app.city.compounds()))
        own = scopes(app.city, config)
        self._book = Book(
            mine,
            config.poll_s,
            config.clock_limit_s,
            own,
            frozenset(everybody - {p.device for p in mine} - {c.id for c in compounds}),
        )
        self._book.retire(store.meta(), {d.code for d in app.city.districts})
        last = max((store.meta().get(f"{BEAT}{scope}", 0.0) for scope in own), default=0.0)
        self._line = Timeline(wall(), app.clock.boot(), last)
        self._wall = wall
        self._poller = Poller(app, reach, config.poll_s, self.now)
        self._schedule = Schedule([*self._devices, *self._lines], config.poll_s, app.clock.boot())
        self._busy: dict[str, asyncio.Task[None]] = {}
        self._failure: BaseException | None = None
        self._pruned = float("-inf")
        self._traps_since_prune = 0

    def now(self) -> float:
        """The collector's time: wall time that never goes back."""
        return self._line.at(self._wall(), self._app.clock.boot())

    async def run(self, stop: asyncio.Event) -> None:
        """Watch until `stop` is set; ends with a tick, so that nothing seen is lost.

        Raises:
            StoreError: the history or the journal cannot be written; nothing is watched unrecorded.
        """
        now = self.now()
        self._book.resume(
            self._store.opens(), self._store.facts(), self._store.alarms(now, now + 1), now
        )
        self._recall(now)
        lateness = asyncio.create_task(self._poller.lateness.watch())
        try:
            while not stop.is_set() and self._failure is None:
                self._start_due()
                self.tick()
                wait = min(self._schedule.wait(self._app.clock.boot()), self._poll_s / 2)
                await self._rest(stop, min(max(wait, _TICK_MIN_S), _TICK_MAX_S))
        finally:
            work = [lateness, *self._busy.values()]
            for task in work:
                task.cancel()
            await asyncio.gather(*work, return_exceptions=True)
        if self._failure is not None:
            raise self._failure
        self.tick()

    def tick(self) -> None:
        """Store what was seen; now and then enforce the bounds."""
        now = self.now()
        self._store.write(self._book.tick(now))
        if now - self._pruned >= _PRUNE_EVERY_S or self._traps_since_prune >= _PRUNE_TRAPS:
            self._pruned, self._traps_since_prune = now, 0
            gone = self._store.prune(now)
            log.info("history: %d octets, %d rows dropped", self._store.size(), gone)

    def heard(self, traps: list[Trap]) -> None:
        """Store notifications durably; only after this may an inform be answered.

        Raises:
            StoreError: they are not stored.
        """
        fresh = self._store.add_traps(traps)
        self._traps_since_prune += len(traps)
        for trap, new in zip(traps, fresh, strict=True):
            self._book.count(f"{trap.kind}s" if new else "repeats")
            device = self.sender(trap)
            if device is None:
                self._book.stranger(f"{trap.version} {trap.source}: no device watched here")
            elif new:
                self._book.trap(device, trap.oid, trap.at)
                # It has something to say: look at it now, not in its turn.
                self._schedule.hurry(device, self._app.clock.boot())

    def sender(self, trap: Trap) -> str | None:
        """The device that sent it: by engine id, else by address where only one device has it."""
        return self._senders.get(trap.engine_id) or self._senders.get(trap.source)

    def count(self, name: str, times: int) -> None:
        """Raise a counter of the receiver."""
        self._book.count(name, times)

    def stranger(self, who: str, times: int) -> None:
        """Somebody could not be understood."""
        self._book.stranger(who, times)

    async def _rest(self, stop: asyncio.Event, seconds: float) -> None:
        """Wait for `stop`, but no longer than `seconds`."""
        waits = [
            asyncio.create_task(stop.wait()),
            asyncio.create_task(self._app.clock.sleep(seconds)),
        ]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in waits:
                task.cancel()

    def _recall(self, now: float) -> None:
        for trap in self._store.traps(1000, after=now - 900):
            device = self.sender(trap)
            if device is not None:
                self._book.trap(device, trap.oid, trap.at)

    def _start_due(self) -> None:
        for name in self._schedule.due(self._app.clock.boot()):
            if name not in self._busy:
                task = asyncio.create_task(self._look(name))
                self._busy[name] = task
                task.add_done_callback(partial(self._looked, name))

    async def _look(self, name: str) -> None:
        if name in self._lines:
            uplink, _ = self._lines[name]
            self._book.see(await self._poller.line(name, uplink, self._book.knows(name)))
            return
        look = await self._poller.look(*self._devices[name])
        if look is not None:
            self._book.see(look)

    def _looked(self, name: str, task: asyncio.Task[None]) -> None:
        del self._busy[name]
        # Kept for `run`, which ends with it: a collector that cannot record must not go on.
        if not task.cancelled() and self._failure is None:
            self._failure = task.exception()


def _senders(devices: Iterable[Device]) -> dict[str, str]:
    """Engine ids and addresses that belong to exactly one device."""
    found: dict[str, str | None] = {}
    for device in devices:
        for name in (device.address, (device.engine_id or "").lower()):
            if name:
                found[name] = None if name in found else device.id
    return {name: device for name, device in found.items() if device is not None}
