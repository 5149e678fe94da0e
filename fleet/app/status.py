"""The fleet on one page: rollouts, and every uplink as both sides tell it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from fleet.app.context import App
from fleet.app.observe import observe
from fleet.app.select import select
from fleet.model.device import DeviceKind
from fleet.model.fleet import Compound
from fleet.model.observation import Registration
from fleet.rollout.verify import CatalogDiff, compare_catalog


@dataclass(frozen=True)
class UplinkStatus:
    """One recorder's uplink: what each side says, and its catalog against the inventory."""

    compound: str
    device: str
    gb_id: str
    registrar: Registration
    recorder: Registration
    catalog: CatalogDiff | None


async def uplinks(app: App, targets: tuple[str, ...] = ()) -> list[UplinkStatus]:
    """Ask both sides of every recorder's uplink; what a side cannot tell is None."""
    chosen = [
        (compound, device)
        for compound, devices in select(app.city, targets)
        for device in devices
        if device.kind is DeviceKind.RECORDER
    ]
    seen = await observe(app, [d for _, d in chosen])

    async def one(compound: Compound, device_id: str, gb_id: str) -> UplinkStatus:
        own = compound.uplink is not None and compound.uplink.source == "platform"
        upper = Registration(gb_id=gb_id, source="registrar")
        if own:
            upper = await app.upper.registration(compound.district, gb_id)
        reading = seen[device_id].reading
        lower = Registration(
            gb_id=gb_id,
            source="recorder",
            registered=reading.registered if reading is not None else None,
        )
        listed = next((r for r in compound.recorders if r.device == device_id), None)
        catalog = None
        if listed is not None and upper.catalog is not None:
            catalog = compare_catalog(listed.channel_ids, listed.spare_ids, upper.catalog)
        return UplinkStatus(compound.id, device_id, gb_id, upper, lower, catalog)

    return list(
        await asyncio.gather(
            *(one(c, d.id, str(d.settings.get("gb_device_id") or d.gb_id or "")) for c, d in chosen)
        )
    )
