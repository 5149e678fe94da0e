"""Choosing compounds and devices by `--target`."""

from __future__ import annotations

from collections.abc import Sequence
from fnmatch import fnmatchcase

from fleet.model.device import Device
from fleet.model.errors import UsageError
from fleet.model.fleet import City, Compound
from fleet.model.text import text


def select(city: City, targets: Sequence[str]) -> list[tuple[Compound, list[Device]]]:
    """Compounds with their chosen devices; without targets, all.

    A target is a glob over compound ids (all of its devices) or over device ids.

    Raises:
        UsageError: a target matches nothing.
    """
    for target in targets:
        names = [c.id for c in city.compounds()] + [d.id for d in city.devices()]
        if not any(fnmatchcase(name, target) for name in names):
            raise UsageError(
                text(
                    "--target {t} matches no compound and no device",
                    "--target {t} 没有匹配任何小区或设备",
                    t=target,
                ),
                text("see: fleet status", "请看：fleet status"),
            )
    chosen = []
    for compound in city.compounds():
        whole = not targets or any(fnmatchcase(compound.id, t) for t in targets)
        devices = [
            d for d in compound.devices if whole or any(fnmatchcase(d.id, t) for t in targets)
        ]
        if devices or whole:
            chosen.append((compound, devices))
    return chosen
