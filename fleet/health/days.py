"""Our own history as figures of whole civil days: what a site signs and the centre sets beside it.

Seconds and not intervals travel: a day of a device is one small row, and rows of several origins
can be weighed against each other (health/evidence.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from fleet.health.history import History
from fleet.health.rates import device_times, repairs
from fleet.health.times import day_begin, day_of, seconds, stamp
from fleet.model.evidence import Origin
from fleet.model.health import DeviceFigures, Repair
from fleet.ports.health_store import FactRow

# How far back a fault may have begun whose repair falls into the period.
_LOOK_BACK_DAYS = 90


class _Facts(NamedTuple):
    clock: FactRow | None = None
    registration: FactRow | None = None
    catalog: FactRow | None = None
    retention: FactRow | None = None


def day_figures(
    history: History, members: Mapping[str, str], begin: str, end: str, origin: Origin
) -> list[DeviceFigures]:
    """One row a device of `members` (device → compound) and civil day that begins in [begin, end).

    A day that still runs is told up to `origin.as_of`; the rest of it stays untold, and a later
    row of the same day replaces it. The newest words (clock, registration, catalog, retention) go
    with the day in which they were said.
    """
    now = seconds(origin.as_of)
    days = range(day_of(seconds(begin) - 1) + 1, day_of(min(seconds(end), now) - 0.001) + 1)
    if not days:
        return []
    back = stamp(day_begin(days[0] - _LOOK_BACK_DAYS))
    last = stamp(min(day_begin(days[-1] + 1), now))
    ended = repairs(history.intervals(back, last, sorted(members)))
    facts = _facts(history, members)
    return [row for day in days for row in _day(history, members, day, origin, ended, facts)]


def _day(
    history: History,
    members: Mapping[str, str],
    day: int,
    origin: Origin,
    ended: Mapping[str, tuple[Repair, ...]],
    facts: Mapping[str, _Facts],
) -> list[DeviceFigures]:
    first, whole = stamp(day_begin(day)), stamp(day_begin(day + 1))
    last = min(whole, origin.as_of)
    times = device_times(
        history.intervals(first, last, sorted(members)), first, last, list(members)
    )
    counts = history.connectivity(first, whole)
    found = []
    for device, compound in sorted(members.items()):
        time, count = times[device], counts.get(device)
        row: dict[str, object] = {
            "device": device,
            "compound": compound,
            "begin": first,
            "end": whole,
            "origin": origin,
            "online_s": round(time.online_s, 3),
            "offline_s": round(time.offline_s, 3),
            "repairs": tuple(r for r in ended.get(device, ()) if first <= r.ended < whole),
            **({} if count is None else {"answered": count.answered, "tried": count.tried}),
            **_words(facts.get(device, _Facts()), day),
        }
        found.append(DeviceFigures.model_validate(row))
    return found


def _facts(history: History, members: Mapping[str, str]) -> dict[str, _Facts]:
    found: dict[str, _Facts] = {}
    for fact in history.facts():
        if fact.subject in members and fact.name in _Facts._fields:
            before = found.get(fact.subject, _Facts())
            found[fact.subject] = before._replace(**{fact.name: fact})
    return found


def _words(facts: _Facts, day: int) -> dict[str, object]:
    """The fields of a row that are the newest word on something, where it was said on that day."""
    said: dict[str, object] = {}
    for fact, names in (
        (facts.clock, {"clock_offset_s": "offset_s", "clock_error_s": "error_s"}),
        (
            facts.registration,
            {"registered": "registered", "keepalive_age_s": "keepalive_age_s"},
        ),
        (facts.catalog, {"catalog_missing": "missing", "catalog_extra": "extra"}),
        (facts.retention, {"retention_days": "days"}),
    ):
        if fact is not None and day_of(fact.at) == day:
            for ours, theirs in names.items():
                said[ours] = fact.value.get(theirs)
    return said
