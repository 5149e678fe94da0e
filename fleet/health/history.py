"""What the collector kept, as its readers see it: intervals of a period, counts, alarms, states."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from fleet.health.intervals import HOLD_POLLS, lapse
from fleet.health.times import day_of, seconds, stamp
from fleet.ports.health import Alarm, Connectivity, HealthInterval
from fleet.ports.health_store import BEAT, POLL, AlarmRow, FactRow, HealthRows, OpenRow, SpanRow

_DEFAULT_POLL_S = 60.0


class History:
    """Implements `fleet.ports.health.HealthHistory` over a store; `wall` gives seconds since 1970.

    An interval that goes on is judged when it is read: where the collector has not looked for
    longer than two polls, it ended with the last look, and from there on all is unknown.
    """

    def __init__(self, store: HealthRows, wall: Callable[[], float]) -> None:
        self._store = store
        self._wall = wall

    def intervals(
        self, begin: str, end: str, devices: Sequence[str] | None = None
    ) -> Iterator[HealthInterval]:
        """See HealthHistory."""
        first, last = seconds(begin), seconds(end)
        going = {o.device: o for o in self._store.opens()}
        now, hold_s = self._wall(), self._hold_s()
        wanted = None if devices is None else set(devices)

        def tail(name: str) -> Iterator[HealthInterval]:
            opened = going.pop(name, None)
            return iter(()) if opened is None else _tail(opened, now, hold_s, first, last)

        device = ""
        for span in self._store.spans(first, last, devices):
            if device and span.device != device:
                yield from tail(device)
            device = span.device
            yield _cut(span, first, last)
        if device:
            yield from tail(device)
        for name in sorted(going):
            if wanted is None or name in wanted:
                yield from tail(name)

    def connectivity(self, begin: str, end: str) -> Mapping[str, Connectivity]:
        """See HealthHistory; a civil day (UTC+08:00) belongs to the period that holds its begin."""
        first, last = seconds(begin), seconds(end)
        found: dict[str, Connectivity] = {}
        for row in self._store.polls(day_of(first - 1) + 1, day_of(last - 1)):
            before = found.get(row.device)
            found[row.device] = Connectivity(
                device=row.device,
                answered=row.answered + (before.answered if before else 0),
                tried=row.tried + (before.tried if before else 0),
            )
        return found

    def alarms(self, begin: str, end: str) -> Sequence[Alarm]:
        """See HealthHistory; what people said of them is in the journal (health/words.py)."""
        return [_alarm(row) for row in self._store.alarms(seconds(begin), seconds(end))]

    def latest(self) -> Mapping[str, HealthInterval]:
        """See HealthHistory."""
        now, hold_s = self._wall(), self._hold_s()
        found = {}
        for opened in self._store.opens():
            going = lapse(opened, now, hold_s).going
            found[going.device] = HealthInterval(
                device=going.device, state=going.state, begin=stamp(going.begin), cause=going.cause
            )
        return found

    def looks(self) -> Mapping[str, str]:
        """When each device was last looked at."""
        return {o.device: stamp(o.seen) for o in self._store.opens()}

    def facts(self) -> Sequence[FactRow]:
        """The newest word on everything: registration, clock, catalog, retention."""
        return self._store.facts()

    def beats(self) -> Mapping[str, float]:
        """Seconds since each collector's last sign of life, by scope (a district's code)."""
        now = self._wall()
        return {
            key.removeprefix(BEAT): max(0.0, now - at)
            for key, at in sorted(self._store.meta().items())
            if key.startswith(BEAT)
        }

    def fresh(self) -> bool:
        """Whether every collector gave a sign of life within the last two polls; false for none."""
        ages = self.beats().values()
        return bool(ages) and all(self.holds(age) for age in ages)

    def holds(self, age_s: float) -> bool:
        """Whether a sign of life of that age is within the last two polls."""
        return age_s <= self._hold_s()

    def beat_age_s(self) -> float | None:
        """The oldest of `beats`; None if there never was a collector."""
        return max(self.beats().values(), default=None)

    def _hold_s(self) -> float:
        # One hold for all: a reader must not call unknown what a slower collector still holds.
        told = [v for k, v in self._store.meta().items() if k.startswith(POLL)]
        return HOLD_POLLS * max(told, default=_DEFAULT_POLL_S)


def _tail(
    opened: OpenRow, now: float, hold_s: float, first: float, last: float
) -> Iterator[HealthInterval]:
    """The interval that goes on, as far as it touches the period."""
    closed, going = lapse(opened, now, hold_s)
    for span in closed:
        if span.begin < last and span.end > first:
            yield _cut(span, first, last)
    if going.begin < last:
        yield HealthInterval(
            device=going.device,
            state=going.state,
            begin=stamp(max(first, going.begin)),
            end=stamp(last) if now >= last else None,
            cause=going.cause,
        )


def _cut(span: SpanRow, first: float, last: float) -> HealthInterval:
    return HealthInterval(
        device=span.device,
        state=span.state,
        begin=stamp(max(first, span.begin)),
        end=stamp(min(last, span.end)),
        cause=span.cause,
    )


def _alarm(row: AlarmRow) -> Alarm:
    return Alarm(
        id=row.id,
        kind=row.kind,
        subject=row.subject,
        compound=row.compound,
        begun=stamp(row.begun),
        ended=None if row.ended is None else stamp(row.ended),
        behind=row.behind,
    )
