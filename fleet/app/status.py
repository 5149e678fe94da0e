"""The fleet on one page: devices as the collector last saw them, and uplinks from both sides."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fleet.app.select import select
from fleet.health.times import seconds
from fleet.model.base import Frozen
from fleet.model.device import Device, DeviceKind
from fleet.model.fleet import City, Compound
from fleet.model.observation import DeviceObservation, Registration
from fleet.ports.health import HealthHistory, HealthState
from fleet.ports.upper import UpperSide
from fleet.rollout.catalog import CatalogDiff, compare_catalog

if TYPE_CHECKING:
    from fleet.app.context import App


@dataclass(frozen=True)
class UplinkStatus:
    """One recorder's uplink: what each side says, and its catalog against the inventory."""

    compound: str
    device: str
    gb_id: str
    registrar: Registration
    recorder: Registration
    catalog: CatalogDiff | None


class DeviceStatus(Frozen):
    """One device as the collector last saw it.

    `since` is when the state began and `seen` the last look (RFC 3339); both None: never seen.
    """

    device: str
    compound: str
    state: HealthState = "unknown"
    cause: str = ""
    since: str | None = None
    seen: str | None = None
    seen_age_s: float | None = None


def recorders(city: City, targets: Sequence[str]) -> list[tuple[Compound, Device]]:
    """The chosen compounds' recorders."""
    return [
        (compound, device)
        for compound, devices in select(city, targets)
        for device in devices
        if device.kind is DeviceKind.RECORDER
    ]


async def uplinks(app: App, targets: tuple[str, ...] = ()) -> list[UplinkStatus]:
    """Ask both sides of every recorder's uplink; what a side cannot tell is None."""
    # Only a page that logs in to devices pays for what that takes.
    from fleet.app.observe import observe

    seen = await observe(app, [device for _, device in recorders(app.city, targets)])
    return await uplinks_from_above(app.city, app.upper, targets, seen)


async def uplinks_from_above(
    city: City,
    upper: UpperSide,
    targets: Sequence[str] = (),
    seen: Mapping[str, DeviceObservation] | None = None,
) -> list[UplinkStatus]:
    """Every recorder's uplink as the registrar tells it now.

    `seen` are recorders that were read as well; without it nothing is known of what they say
    themselves, since that would take a login.
    """

    async def one(compound: Compound, device_id: str, gb_id: str) -> UplinkStatus:
        own = compound.uplink is not None and compound.uplink.source == "platform"
        above = Registration(gb_id=gb_id, source="registrar")
        if own:
            above = await upper.registration(compound.district, gb_id)
        found = (seen or {}).get(device_id)
        reading = None if found is None else found.reading
        lower = Registration(
            gb_id=gb_id,
            source="recorder",
            registered=reading.registered if reading is not None else None,
        )
        listed = next((r for r in compound.recorders if r.device == device_id), None)
        catalog = None
        if listed is not None and above.catalog is not None:
            catalog = compare_catalog(listed.channel_ids, listed.spare_ids, above.catalog)
        return UplinkStatus(compound.id, device_id, gb_id, above, lower, catalog)

    return list(
        await asyncio.gather(
            *(
                one(c, d.id, str(d.settings.get("gb_device_id") or d.gb_id or ""))
                for c, d in recorders(city, targets)
            )
        )
    )


def devices(
    city: City,
    history: HealthHistory | None,
    looks: Mapping[str, str],
    now: str,
    targets: Sequence[str] = (),
) -> list[DeviceStatus]:
    """Every chosen device's last known state; without a collector all are unknown.

    `looks` says when each was last looked at (RFC 3339), `now` likewise.
    """
    latest = {} if history is None else history.latest()
    found = []
    for compound, members in select(city, targets):
        for device in members:
            interval, look = latest.get(device.id), looks.get(device.id)
            if interval is None or look is None:
                found.append(DeviceStatus(device=device.id, compound=compound.id))
                continue
            found.append(
                DeviceStatus(
                    device=device.id,
                    compound=compound.id,
                    state=interval.state,
                    cause=interval.cause,
                    since=interval.begin,
                    seen=look,
                    seen_age_s=round(max(0.0, seconds(now) - seconds(look)), 1),
                )
            )
    return found
