"""What the notice asks each compound to have, one item each, and whether it is there.

An item is done exactly where the rule of its clause (fleet.policy.rules) finds no fault with it;
a section that declares nothing counts as one missing item, as that rule has it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from fleet.model.base import Frozen
from fleet.model.device import Device, DeviceKind
from fleet.model.fleet import Compound
from fleet.model.text import Text, text

CLAUSES: dict[str, tuple[str, Text]] = {
    "perimeter": ("6-7", text("perimeter segments protected", "周界防护")),
    "entrance": ("8", text("entrances with a gate or barrier", "出入口门禁（道闸）")),
    "area": ("11", text("areas with a camera", "重点区域视频监控")),
    "unit_door": ("13", text("unit doors with a reader", "单元门及通道门禁")),
    "centre": ("15", text("monitoring centres on duty", "监控中心及值班")),
    "uplink": ("16", text("links to the Xueliang platform", "雪亮工程实时对接")),
}
_NOTHING = text("none declared", "未填报")


class Item(Frozen):
    """One thing of one compound: a segment, an entrance, an area, a door, a centre, a link."""

    kind: str
    compound: str
    id: str
    name: Text
    done: bool

    @property
    def key(self) -> str:
        """Its name in the workbook and in a trace."""
        return f"{self.compound}/{self.kind}/{self.id}"


def items(compounds: Iterable[Compound]) -> tuple[Item, ...]:
    """Every item, by compound, clause and id."""
    found = [item for c in compounds for item in _items(c)]
    order = list(CLAUSES)
    return tuple(sorted(found, key=lambda i: (i.compound, order.index(i.kind), i.id)))


def _items(compound: Compound) -> Iterator[Item]:
    site, own = compound.site, {d.id: d for d in compound.devices}
    seen = {d.area for d in compound.devices if d.kind is DeviceKind.CAMERA}
    yield from _section(
        compound,
        "perimeter",
        ((s.id, s.id, bool(s.physical or s.electronic)) for s in site.perimeter),
    )
    yield from _section(
        compound, "entrance", ((e.id, e.name, bool(e.gates)) for e in site.entrances)
    )
    yield from _section(compound, "area", ((a.id, a.name, a.id in seen) for a in site.areas))
    yield from _section(
        compound,
        "unit_door",
        ((d.id, d.name, _opens(own.get(d.reader or ""))) for d in site.unit_doors),
    )
    centre = site.centre
    yield Item(
        kind="centre",
        compound=compound.id,
        id="centre",
        name=_same(centre.room) if centre else _NOTHING,
        done=centre is not None and centre.shifts >= 1 and centre.staff_per_shift >= 1,
    )
    yield Item(
        kind="uplink",
        compound=compound.id,
        id="uplink",
        name=_same(compound.uplink.server_domain) if compound.uplink else _NOTHING,
        done=compound.uplink is not None and bool(compound.recorders),
    )


def _section(compound: Compound, kind: str, found: Iterable[tuple[str, str, bool]]) -> list[Item]:
    made = [
        Item(kind=kind, compound=compound.id, id=i, name=_same(name), done=done)
        for i, name, done in found
    ]
    return made or [Item(kind=kind, compound=compound.id, id="-", name=_NOTHING, done=False)]


def _opens(reader: Device | None) -> bool:
    """Whether there is a reader and something that opens it, as far as that is declared."""
    return reader is not None and reader.settings.get("auth_ways") != []


def _same(name: str) -> Text:
    return Text(en=name, zh=name)
