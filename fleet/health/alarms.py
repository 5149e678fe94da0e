"""Which alarms stand, from what is known of every device: one alarm a cause, never one a device.

Folding, the widest cause first: all devices of a compound unreachable at once are one alarm of the
compound; a switch unreachable together with all that hangs on it is one of the switch, and so is an
unmanaged one, which nobody can ask, when everything behind it falls silent; a recorder unreachable
together with all of its cameras is one of the recorder. A recorder that is unreachable is not
called unregistered as well. A device in *unknown* counts as what it was last known to be, so our
own blindness raises and ends nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Literal, NamedTuple

from fleet.ports.health_store import AlarmRow

COMPOUND = "compound_unreachable"
SWITCH = "switch_unreachable"
RECORDER = "recorder_unreachable"
DEVICE = "device_unreachable"
FLAPPING = "flapping"
UNREGISTERED = "uplink_unregistered"
UPLINK = "uplink_unreachable"
CATALOG = "catalog_mismatch"
CLOCK = "clock_offset"
REFUSED = "login_refused"
TRAP = "trap"
# Causes that say "nobody answers there"; any other cause is an alarm of its own kind.
SILENT_CAUSES = frozenset({"unreachable", "too_slow"})
_FOLD_LEAST = 2


class Place(NamedTuple):
    """A device in its compound; `behind` are the devices that a recorder or a switch serves.

    `mute`: a switch without a management side, of which nothing is ever known by itself. `line`: no
    device but the way to an upper platform, `behind` being compounds.
    """

    device: str
    compound: str
    behind: tuple[str, ...] = ()
    switch: bool = False
    mute: bool = False
    line: bool = False


class Known(NamedTuple):
    """What a device was last known to be, and since when."""

    state: Literal["online", "offline"]
    since: float
    cause: str = ""


class Wanted(NamedTuple):
    """An alarm that should stand."""

    kind: str
    subject: str
    compound: str
    begun: float
    behind: tuple[str, ...] = ()


@dataclass
class Facts:
    """All that alarms are made of.

    `unregistered`, `catalogs` and `clocks` map devices to the time since when; `refused` are those
    whose login was refused; `traps` are (device, object id, time) that still count.
    """

    known: Mapping[str, Known]
    flapping: Mapping[str, float] = field(default_factory=dict)
    unregistered: Mapping[str, float] = field(default_factory=dict)
    catalogs: Mapping[str, float] = field(default_factory=dict)
    clocks: Mapping[str, float] = field(default_factory=dict)
    refused: Mapping[str, float] = field(default_factory=dict)
    traps: Sequence[tuple[str, str, float]] = ()


def wanted(places: Sequence[Place], facts: Facts, now: float, confirm_s: float) -> list[Wanted]:
    """The alarms that should stand now.

    A fall counts after `confirm_s` (one poll), so that every device behind the same cause was
    looked at once before the first alarm is raised.
    """
    found: list[Wanted] = []
    by_compound: dict[str, list[Place]] = {}
    for place in places:
        if place.line:
            found += _line(place, facts, now, confirm_s)
            continue
        by_compound.setdefault(place.compound, []).append(place)
    for compound, members in by_compound.items():
        found += _compound(compound, members, facts, now, confirm_s)
        found += _others(compound, members, facts)
    return found


def _compound(
    compound: str, members: list[Place], facts: Facts, now: float, confirm_s: float
) -> Iterable[Wanted]:
    down = _down(members, facts)
    if not down or now - min(down.values()) < confirm_s:
        return
    known = [p.device for p in members if p.device in facts.known]
    if len(known) >= _FOLD_LEAST and len(down) == len(known):
        yield Wanted(COMPOUND, compound, compound, min(down.values()), tuple(sorted(down)))
        return
    folded: set[str] = set()
    # A switch that hangs on another one has fewer devices behind it, and comes after it.
    for place in sorted(members, key=lambda p: (not p.switch, -len(p.behind))):
        served = [d for d in place.behind if d in facts.known]
        seen_down = place.device in down or (place.mute and len(served) >= _FOLD_LEAST)
        if place.device in folded or not (served and seen_down and all(d in down for d in served)):
            continue
        begun = min(down[d] for d in (place.device, *served) if d in down)
        kind = SWITCH if place.switch else RECORDER
        yield Wanted(kind, place.device, compound, begun, tuple(sorted(set(served) - folded)))
        folded |= {place.device, *served}
    for device, since in down.items():
        if device in folded or device in facts.flapping or now - since < confirm_s:
            continue
        yield Wanted(DEVICE, device, compound, since)


def _down(members: list[Place], facts: Facts) -> dict[str, float]:
    """Those of whom nothing comes back, with the time since when."""
    return {
        p.device: k.since
        for p in members
        if (k := facts.known.get(p.device)) is not None
        and k.state == "offline"
        and k.cause in SILENT_CAUSES
    }


def _line(place: Place, facts: Facts, now: float, confirm_s: float) -> Iterable[Wanted]:
    known = facts.known.get(place.device)
    flapping = facts.flapping.get(place.device)
    if flapping is not None:
        yield Wanted(FLAPPING, place.device, place.compound, flapping, place.behind)
    elif known is not None and known.state == "offline" and now - known.since >= confirm_s:
        yield Wanted(UPLINK, place.device, place.compound, known.since, place.behind)


def _others(compound: str, members: list[Place], facts: Facts) -> Iterable[Wanted]:
    devices = {p.device for p in members}
    for device in sorted(devices):
        known = facts.known.get(device)
        if known is not None and known.state == "offline" and known.cause not in SILENT_CAUSES:
            yield Wanted(known.cause or DEVICE, device, compound, known.since)
    for kind, by_device in (
        (FLAPPING, facts.flapping),
        (UNREGISTERED, facts.unregistered),
        (CATALOG, facts.catalogs),
        (CLOCK, facts.clocks),
        (REFUSED, facts.refused),
    ):
        # Who cannot be reached is told once: that it is not registered either is the same cause.
        told = devices - set(_down(members, facts)) if kind == UNREGISTERED else devices
        for device in sorted(told & set(by_device)):
            yield Wanted(kind, device, compound, by_device[device])
    first: dict[tuple[str, str], float] = {}
    for device, oid, at in facts.traps:
        if device in devices:
            first[device, oid] = min(at, first.get((device, oid), at))
    for (device, oid), at in sorted(first.items()):
        yield Wanted(f"{TRAP}:{oid}", device, compound, at)


def reconcile(standing: Iterable[AlarmRow], should: Iterable[Wanted], now: float) -> list[AlarmRow]:
    """The rows that change: new alarms, alarms with others behind them, alarms that are over.

    An alarm keeps its id and begin for as long as its kind and subject stay.
    """
    open_now = {(row.kind, row.subject): row for row in standing if row.ended is None}
    changed: list[AlarmRow] = []
    for want in should:
        row = open_now.pop((want.kind, want.subject), None)
        if row is None:
            changed.append(
                AlarmRow(
                    alarm_id(want), want.kind, want.subject, want.compound, want.begun, None,
                    want.behind,
                )
            )  # fmt: skip
        elif row.behind != want.behind:
            changed.append(row._replace(behind=want.behind))
    changed += [row._replace(ended=max(now, row.begun)) for row in open_now.values()]
    return changed


def alarm_id(want: Wanted) -> str:
    """Eight letters that a person can type, the same for the same alarm."""
    text = f"{want.kind}\n{want.subject}\n{want.begun:.3f}"
    return sha256(text.encode()).hexdigest()[:8]
