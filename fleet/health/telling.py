"""Which alarms have to be told, by which route, and when a failed try is repeated.

One message a cause: an alarm is told once when it is raised and once when it is over; devices that
join it later, or an alarm that a wider one swallowed, are no news. What is acknowledged or silenced
is not told. All of it follows from the journal, so a restarted collector goes on where the last one
ended: a try whose outcome nobody wrote down is repeated under the same key.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import NamedTuple

from fleet.health.times import seconds
from fleet.ports.health import Alarm
from fleet.ports.journal import Draft, Record
from fleet.ports.tell import Event

TELLING, TOLD, UNTOLD = "alarm.telling", "alarm.told", "alarm.untold"
KINDS = (TELLING, TOLD, UNTOLD)
BACKOFF_S, BACKOFF_MAX_S = 15.0, 900.0
# An alarm that is over for so long is no news, whether or not it could be told.
STALE_S = 86_400.0


class Due(NamedTuple):
    """One message that has to go out now; `attempt` counts from 1."""

    route: str
    event: Event
    alarm: Alarm
    attempt: int


def telling(due: Due) -> Draft:
    """A message is about to be handed over."""
    data = {"route": due.route, "event": due.event, "attempt": due.attempt}
    return Draft(kind=TELLING, subject=due.alarm.id, data=data)


def told(due: Due, evidence: str) -> Draft:
    """The receiver said that it has the message."""
    data = {"route": due.route, "event": due.event, "attempt": due.attempt, "evidence": evidence}
    return Draft(kind=TOLD, subject=due.alarm.id, data=data)


def untold(due: Due, why: str) -> Draft:
    """A try failed; it will be repeated."""
    data = {"route": due.route, "event": due.event, "attempt": due.attempt, "why": why}
    return Draft(kind=UNTOLD, subject=due.alarm.id, data=data)


def backoff(failures: int) -> float:
    """Seconds to wait after so many failures in a row: 15 s doubled, at most 15 min."""
    return min(BACKOFF_S * 2 ** min(failures - 1, 10), BACKOFF_MAX_S) if failures > 0 else 0.0


@dataclass
class _Try:
    attempts: int = 0
    last: float = 0.0
    done: bool = False


@dataclass
class RouteState:
    """How a route fares: when it last worked and failed, and how often in a row it failed."""

    failures: int = 0
    failed: float | None = None
    worked: float | None = None
    why: str = ""


@dataclass
class Ledger:
    """What the journal says was told; grows by `learn`."""

    _tries: dict[tuple[str, str, str], _Try] = field(default_factory=dict)
    _routes: dict[str, RouteState] = field(default_factory=dict)

    def learn(self, record: Record) -> None:
        """Take one record of the three kinds into account."""
        route, event = str(record.data["route"]), str(record.data["event"])
        entry = self._tries.setdefault((route, record.subject, event), _Try())
        state = self._routes.setdefault(route, RouteState())
        at = seconds(record.at)
        entry.last = at
        if record.kind == TELLING:
            entry.attempts += 1
        elif record.kind == TOLD:
            entry.done = True
            state.failures, state.worked, state.why = 0, at, ""
        else:
            state.failures, state.failed = state.failures + 1, at
            state.why = str(record.data["why"])

    def route(self, name: str) -> RouteState:
        """How a route fares."""
        return self._routes.get(name, RouteState())

    def forget(self, alarms: Iterable[str]) -> None:
        """Keep only what concerns these alarms, so that memory stays bounded."""
        kept = set(alarms)
        self._tries = {k: v for k, v in self._tries.items() if k[1] in kept}

    def due(self, route: str, alarms: Sequence[Alarm], now: float) -> list[Due]:
        """Messages that have to go out by a route now, the least tried first, then the oldest."""
        state = self.route(route)
        if state.failed is not None and now < state.failed + backoff(state.failures):
            return []
        found = [d for a in alarms if (d := self._due(route, a, alarms, now)) is not None]
        return sorted(found, key=lambda d: (d.attempt, d.alarm.begun, d.alarm.id))

    def pending(self, route: str, alarms: Sequence[Alarm], now: float) -> int:
        """How many messages wait, those that are not to be repeated yet included."""
        return sum(self._wanted(route, a, alarms, now) is not None for a in alarms)

    def _due(self, route: str, alarm: Alarm, alarms: Sequence[Alarm], now: float) -> Due | None:
        event = self._wanted(route, alarm, alarms, now)
        if event is None:
            return None
        entry = self._tries.get((route, alarm.id, event), _Try())
        if entry.attempts and now < entry.last + backoff(entry.attempts):
            return None
        return Due(route, event, alarm, entry.attempts + 1)

    def _wanted(
        self, route: str, alarm: Alarm, alarms: Sequence[Alarm], now: float
    ) -> Event | None:
        if alarm.acknowledged is not None or alarm.silenced_until is not None:
            return None
        raised = self._tries.get((route, alarm.id, "raised"), _Try())
        if alarm.ended is None:
            return None if raised.done else "raised"
        over = self._tries.get((route, alarm.id, "over"), _Try())
        if over.done or not raised.attempts or now - seconds(alarm.ended) > STALE_S:
            return None
        return None if swallowed(alarm, alarms) else "over"


def swallowed(alarm: Alarm, alarms: Iterable[Alarm]) -> bool:
    """Whether an alarm ended because a wider one that stood then has it behind itself."""
    if alarm.ended is None:
        return False
    end = seconds(alarm.ended)
    mine = {alarm.subject, *alarm.behind}
    return any(
        wider.id != alarm.id
        and wider.compound == alarm.compound
        and mine <= {wider.subject, *wider.behind}
        and (wider.ended is None or seconds(wider.ended) > end)
        for wider in alarms
    )


def wanted_by(only: Sequence[str], alarm: Alarm) -> bool:
    """Whether a route's globs let an alarm through; none: all do."""
    names = (alarm.id, alarm.subject, alarm.compound, alarm.kind)
    return not only or any(fnmatchcase(name, glob) for glob in only for name in names)


def replay(records: Mapping[str, Iterable[Record]]) -> Ledger:
    """The ledger of a journal's records, by kind."""
    ledger = Ledger()
    for record in sorted((r for found in records.values() for r in found), key=lambda r: r.seq):
        ledger.learn(record)
    return ledger
