"""Whose word on each device counts in a period: our own, a site's, or the upper platform's."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from fleet.health.evidence import Settled, settle, told_rate
from fleet.health.rates import device_times
from fleet.health.times import day_begin, day_of, seconds, stamp
from fleet.model.base import Frozen
from fleet.model.evidence import Evidence, Origin
from fleet.model.fleet import City, Compound
from fleet.model.health import DeviceFigures
from fleet.ports.health import HealthHistory
from fleet.ports.health_figures import FigureRows


def own(
    history: HealthHistory | None, compounds: Iterable[Compound], begin: str, end: str, now: str
) -> list[DeviceFigures]:
    """What our own collector saw in [begin, end), as one row a device; nothing without one."""
    if history is None:
        return []
    places = {d.id: c.id for c in compounds for d in c.devices}
    first, last = _stamp(begin), min(_stamp(end), _stamp(now))
    if last <= first:
        return []
    times = device_times(history.intervals(first, last, sorted(places)), first, last, list(places))
    return [
        row(device, places[device], (first, _stamp(end)), last, time.online_s, time.offline_s)
        for device, time in times.items()
        if time.rate is not None
    ]


def row(
    device: str,
    compound: str,
    period: tuple[str, str],
    as_of: str,
    online_s: float,
    offline_s: float,
) -> DeviceFigures:
    """One measured row."""
    return DeviceFigures(
        device=device,
        compound=compound,
        begin=period[0],
        end=period[1],
        origin=Origin(evidence=Evidence.MEASURED, source="collector", as_of=as_of),
        online_s=online_s,
        offline_s=offline_s,
    )


def settled(
    measured: Iterable[DeviceFigures],
    taken: FigureRows | None,
    compounds: Iterable[Compound],
    begin: str,
    end: str,
) -> Mapping[str, Settled]:
    """The word that counts for each device of these compounds in [begin, end)."""
    first, last = _stamp(begin), _stamp(end)
    known = {d.id for c in compounds for d in c.devices}
    others = [] if taken is None else taken.devices(first, last)
    rows = [*measured, *(r for r in others if r.device in known)]
    return settle(rows, first, last)


class Evidenced(Frozen):
    """The online rate of some compounds on yesterday's and today's civil days, by whose word.

    `devices` counts the devices behind each kind of evidence, `silent` those of which nobody tells;
    `declared_compounds` and what stands there are in neither rate.
    """

    begin: str
    verified: float | None
    told: float | None
    devices: Mapping[Evidence, int]
    silent: int
    declared_compounds: int = 0
    declared_devices: int = 0
    declared_online: int | None = None


def evidenced(
    city: City,
    chosen: Sequence[Compound],
    history: HealthHistory | None,
    taken: FigureRows | None,
    now: str,
) -> Evidenced:
    """What is known of the last two days, and how well."""
    today = day_of(seconds(now))
    begin, end = stamp(day_begin(today - 1)), stamp(day_begin(today + 1))
    words = settled(own(history, chosen, begin, end, now), taken, chosen, begin, end)
    found = told_rate(words, [d.id for c in chosen for d in c.devices])
    districts = {c.district for c in chosen}
    declared = [c for d in city.districts if d.code in districts for c in d.declared]
    online = [c.online for c in declared if c.online is not None]
    return Evidenced(
        begin=begin,
        verified=found.verified,
        told=found.told,
        devices=found.devices,
        silent=found.silent,
        declared_compounds=len(declared),
        declared_devices=sum(c.devices for c in declared),
        declared_online=sum(online) if online else None,
    )


def _stamp(at: str) -> str:
    """The one spelling in which stored stamps sort as time does."""
    return stamp(seconds(at))
