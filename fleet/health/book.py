"""The collector's book: looks go in, one batch a tick comes out; no I/O and no clock of its own.

All of it can be made anew from what was stored, so a killed collector loses what it had seen since
its last tick and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from fleet.health.alarms import (
    CATALOG,
    CLOCK,
    FLAPPING,
    REFUSED,
    UNREGISTERED,
    Facts,
    Known,
    Place,
    Wanted,
    reconcile,
    wanted,
)
from fleet.health.flapping import WINDOW_POLLS, Flaps
from fleet.health.intervals import HOLD_POLLS, lapse, observe
from fleet.health.rates import ClockOffset
from fleet.health.times import day_of
from fleet.ports.health import HealthState
from fleet.ports.health_store import BEAT, POLL, AlarmRow, Batch, FactRow, OpenRow, PollRow

# Causes of a look that say that the login was refused, now or within the last half hour.
REFUSALS = frozenset({"login_refused", "login_budget"})
# SNMPv2-MIB: coldStart, warmStart, linkUp say that something is well again.
GOOD_NEWS = frozenset({f"1.3.6.1.6.3.1.1.5.{n}" for n in (1, 2, 4)})
TRAP_HOLD_S = 900.0


@dataclass(frozen=True)
class Look:
    """One look at one device.

    `answered` None: it was not tried (its login is parked), so it counts in no connectivity.
    `registered` is the upper side's word on a recorder, None where it was not asked or cannot tell;
    `catalog` how many of its channels the upper side lacks and how many it has too many.
    `retention_days` is how far back its recordings reach. `rtt_s` is a round trip to an upper
    platform. All of them None: not told.
    """

    device: str
    at: float
    state: HealthState
    cause: str = ""
    answered: bool | None = True
    clock: ClockOffset | None = None
    registered: bool | None = None
    keepalive_age_s: float | None = None
    catalog: tuple[int, int] | None = None
    retention_days: float | None = None
    rtt_s: float | None = None


class Book:
    """See the module. `poll_s` sets how long a look holds and when a fall counts.

    `scopes` are the districts it is kept for. `others` are devices and compounds of the inventory
    that are not its own: another collector may write them into the same history.
    """

    def __init__(
        self,
        places: Sequence[Place],
        poll_s: float,
        clock_limit_s: float,
        scopes: Sequence[str] = ("",),
        others: frozenset[str] = frozenset(),
    ) -> None:
        self._places = list(places)
        self._scopes = tuple(scopes)
        self._others = others
        self._devices = {p.device for p in places}
        self._poll_s = poll_s
        self._clock_limit_s = clock_limit_s
        self._going: dict[str, OpenRow] = {}
        self._touched: set[str] = set()
        self._known: dict[str, Known] = {}
        self._marks: dict[str, dict[str, float]] = {
            kind: {} for kind in (UNREGISTERED, CATALOG, CLOCK, REFUSED)
        }
        self._traps: list[tuple[str, str, float]] = []
        self._flaps = Flaps(WINDOW_POLLS * poll_s)
        self._standing: dict[str, AlarmRow] = {}
        self._batch = Batch()

    @property
    def hold_s(self) -> float:
        """How long a look holds."""
        return HOLD_POLLS * self._poll_s

    def resume(
        self,
        opens: Iterable[OpenRow],
        facts: Iterable[FactRow],
        standing: Iterable[AlarmRow],
        now: float,
    ) -> None:
        """Take up what an earlier collector stored; devices that are no longer there are ended."""
        for row in opens:
            if row.device in self._devices:
                self._going[row.device] = row
                continue
            if row.device in self._others:
                continue
            # Retired: its last interval ends with the last look, and nothing is open any more.
            self._batch.closed += lapse(row, row.seen + self.hold_s + 1, self.hold_s).closed
            self._batch.forget.append(row.device)
        for fact in facts:
            if fact.name == "known" and fact.subject in self._devices:
                state: Literal["online", "offline"] = (
                    "online" if fact.value["state"] == "online" else "offline"
                )
                self._known[fact.subject] = Known(state, fact.at, str(fact.value["cause"]))
        for alarm in standing:
            if alarm.ended is None and alarm.compound not in self._others:
                self._standing[alarm.id] = alarm
                if alarm.kind in self._marks and alarm.subject in self._devices:
                    self._marks[alarm.kind][alarm.subject] = alarm.begun
        flapped = [a.subject for a in self._standing.values() if a.kind == FLAPPING]
        self._flaps.resume([d for d in flapped if d in self._devices], now)

    def retire(self, meta: Iterable[str], known: Iterable[str]) -> None:
        """Forget the numbers of scopes that are no longer `known`: nobody will write them again."""
        kept = {f"{kind}{scope}" for kind in (BEAT, POLL) for scope in known}
        self._batch.retire = sorted(set(meta) - kept)

    def see(self, look: Look) -> None:
        """Take one look into account; times of one device never go back."""
        before = self._going.get(look.device)
        kept = observe(before, look.device, look.at, look.state, look.cause, self.hold_s)
        self._batch.closed += kept.closed
        self._going[look.device] = kept.going
        self._touched.add(look.device)
        if look.answered is not None:
            day, answered = day_of(look.at), int(look.answered)
            self._batch.polls.append(PollRow(look.device, day, answered, 1))
        if look.state != "unknown":
            self._learn(look, look.state)
        self._mark(REFUSED, look, look.cause in REFUSALS)
        self._mark(UNREGISTERED, look, None if look.registered is None else not look.registered)
        if look.registered is not None:
            self._fact(
                look,
                "registration",
                registered=look.registered,
                keepalive_age_s=look.keepalive_age_s,
            )
        if look.catalog is not None:
            missing, extra = look.catalog
            self._mark(CATALOG, look, bool(missing or extra))
            self._fact(look, "catalog", missing=missing, extra=extra)
        if look.retention_days is not None:
            self._fact(look, "retention", days=round(look.retention_days, 2))
        if look.rtt_s is not None:
            self._fact(look, "line", rtt_s=round(look.rtt_s, 4))
        if look.clock is not None:
            off, error = look.clock
            self._mark(CLOCK, look, abs(off) - error > self._clock_limit_s)
            self._fact(look, "clock", offset_s=round(off, 3), error_s=round(error, 3))

    def knows(self, device: str) -> bool:
        """Whether a state of it was ever told, by this collector or one before it."""
        return device in self._known

    def trap(self, device: str, oid: str, at: float) -> None:
        """A notification of a known device; good news raise no alarm."""
        if oid not in GOOD_NEWS:
            self._traps.append((device, oid, at))

    def count(self, name: str, times: int = 1) -> None:
        """Raise a counter by `times`."""
        self._batch.add[name] = self._batch.add.get(name, 0) + times

    def stranger(self, who: str, times: int = 1) -> None:
        """A sender could not be understood."""
        self._batch.strangers[who] = self._batch.strangers.get(who, 0) + times

    def tick(self, now: float) -> Batch:
        """All that has to be stored now; the book begins the next batch."""
        for device, going in self._going.items():
            kept = lapse(going, now, self.hold_s)
            if kept.going is not going:
                self._batch.closed += kept.closed
                self._going[device] = kept.going
                self._touched.add(device)
        changed = reconcile(self._standing.values(), self._wanted(now), now)
        for row in changed:
            if row.ended is None:
                self._standing[row.id] = row
            else:
                self._standing.pop(row.id, None)
        batch, self._batch = self._batch, Batch()
        batch.alarms = changed
        # Only what changed: a tick costs what was seen, not what there is.
        batch.opened = [self._going[device] for device in sorted(self._touched)]
        self._touched.clear()
        for scope in self._scopes:
            batch.meta |= {f"{BEAT}{scope}": now, f"{POLL}{scope}": self._poll_s}
        batch.at = now
        return batch

    def _wanted(self, now: float) -> list[Wanted]:
        self._traps = [t for t in self._traps if now - t[2] <= TRAP_HOLD_S]
        facts = Facts(
            known=self._known,
            flapping=self._flaps.flapping(now),
            unregistered=self._marks[UNREGISTERED],
            catalogs=self._marks[CATALOG],
            clocks=self._marks[CLOCK],
            refused=self._marks[REFUSED],
            traps=self._traps,
        )
        return wanted(self._places, facts, now, self._poll_s)

    def _fact(self, look: Look, name: str, **value: float | bool | None) -> None:
        self._batch.facts.append(FactRow(look.device, name, look.at, value))

    def _learn(self, look: Look, state: Literal["online", "offline"]) -> None:
        before = self._known.get(look.device)
        if before is not None and (before.state, before.cause) == (state, look.cause):
            return
        if before is not None and before.state != state:
            self._flaps.changed(look.device, look.at)
        same = before is not None and before.state == state
        since = before.since if same and before is not None else look.at
        self._known[look.device] = Known(state, since, look.cause)
        value = {"state": state, "cause": look.cause}
        self._batch.facts.append(FactRow(look.device, "known", since, value))

    def _mark(self, kind: str, look: Look, stands: bool | None) -> None:
        """Set or clear a mark with the time since when; None says nothing."""
        if stands:
            self._marks[kind].setdefault(look.device, look.at)
        elif stands is not None:
            self._marks[kind].pop(look.device, None)
