"""Where each value of a device or a compound comes from, and what it overrides."""

from __future__ import annotations

from pathlib import Path

from fleet.inventory import Loaded, load
from fleet.inventory.layers import LEVELS, Trace
from fleet.inventory.scope import nearest
from fleet.inventory.shapes.meaning import MEANING
from fleet.model.base import Frozen
from fleet.model.device import Device
from fleet.model.diagnostic import Position
from fleet.model.errors import UsageError
from fleet.model.fleet import Compound
from fleet.model.settings import SETTINGS_OF
from fleet.model.text import Text, text


class Said(Frozen):
    """One level's word: a value, a reference, or (with neither) that the field is unmanaged."""

    level: Text
    value: object = None
    position: Position | None = None

    @property
    def shown(self) -> Text:
        """The value as a person reads it."""
        if self.value is None:
            return text("unmanaged", "未托管")
        if isinstance(self.value, bool):
            return text("true", "true") if self.value else text("false", "false")
        value = self.value
        return text(
            "{v}", "{v}", v=", ".join(map(str, value)) if isinstance(value, list) else value
        )


class Explained(Frozen):
    """One field: what is in force, and what was overridden, the nearest first."""

    field: str
    winner: Said
    overridden: tuple[Said, ...] = ()
    meaning: Text | None = None


class Explanation(Frozen):
    """All that is known of a subject; `unmanaged` are settings that nobody mentions."""

    subject: str
    name: str
    kind: str
    compound: str
    position: Position | None
    fields: tuple[Explained, ...]
    unmanaged: tuple[str, ...] = ()


def explain(city_dir: Path, subject: str, field: str | None = None) -> Explanation:
    """Explain a device or a compound, or one field of it.

    Raises:
        InventoryError: the city has faults.
        UsageError: no such device, compound or field; the nearest known one is named.
    """
    loaded = load(city_dir)
    city = loaded.require()
    device = next((d for d in city.devices() if d.id == subject), None)
    if device is not None:
        found = _device(device, loaded)
    else:
        compound = next((c for c in city.compounds() if c.id == subject), None)
        if compound is None:
            known = [d.id for d in city.devices()] + [c.id for c in city.compounds()]
            raise _unknown("device or compound", "设备或小区", subject, known)
        found = _compound(compound)
    return found if field is None else _only(found, field)


def _device(device: Device, loaded: Loaded) -> Explanation:
    traces = loaded.traces.get(device.id, {})
    fields = tuple(
        Explained(
            field=name,
            winner=_said(told[0]),
            overridden=tuple(_said(t) for t in told[1:]),
            meaning=MEANING.get(name),
        )
        for name, told in traces.items()
    )
    known = SETTINGS_OF[device.kind].model_fields
    return Explanation(
        subject=device.id,
        name=device.name,
        kind=device.kind.value,
        compound=device.compound,
        position=device.position,
        fields=fields,
        unmanaged=tuple(n for n in known if n not in traces),
    )


def _said(trace: Trace) -> Said:
    value: object = str(trace.secret) if trace.secret is not None else trace.value
    return Said(level=LEVELS[trace.level], value=value, position=trace.position)


def _compound(compound: Compound) -> Explanation:
    own = LEVELS["compound"]
    site = compound.site
    told: list[tuple[str, object, Position | None]] = [
        ("category", site.category.value, compound.position),
        ("built_year", site.built_year, compound.position),
        ("district", compound.district, compound.position),
        ("areas", [a.id for a in site.areas], _first(site.areas)),
        ("perimeter", [s.id for s in site.perimeter], _first(site.perimeter)),
        ("entrances", [e.id for e in site.entrances], _first(site.entrances)),
        ("unit_doors", [d.id for d in site.unit_doors], _first(site.unit_doors)),
        ("devices", [d.id for d in compound.devices], _first(compound.devices)),
    ]
    if compound.unmanaged:
        mute = [switch.id for switch in compound.unmanaged]
        told.append(("unmanaged", mute, _first(compound.unmanaged)))
    if compound.uplink is not None:
        values = compound.uplink.model_dump(mode="json", exclude={"position", "password"})
        told += [(f"uplink.{n}", v, compound.uplink.position) for n, v in values.items()]
    return Explanation(
        subject=compound.id,
        name=compound.name,
        kind="compound",
        compound=compound.id,
        position=compound.position,
        fields=tuple(
            Explained(field=n, winner=Said(level=own, value=v, position=p)) for n, v, p in told
        ),
    )


def _first(items: tuple[object, ...]) -> Position | None:
    place = getattr(items[0], "position", None) if items else None
    return place if isinstance(place, Position) else None


def _only(found: Explanation, field: str) -> Explanation:
    fields = tuple(f for f in found.fields if f.field == field)
    if fields:
        return found.model_copy(update={"fields": fields, "unmanaged": ()})
    if field in found.unmanaged:
        return found.model_copy(update={"fields": (), "unmanaged": (field,)})
    known = [f.field for f in found.fields] + list(found.unmanaged)
    raise _unknown("field", "字段", field, known)


def _unknown(what_en: str, what_zh: str, name: str, known: list[str]) -> UsageError:
    close = nearest(name, known)
    return UsageError(
        text("no such {w}: {n}", "没有这个{w}：{n}", w=Text(en=what_en, zh=what_zh), n=name),
        text("did you mean {c}?", "是否想用 {c}？", c=close)
        if close
        else text("known: {k}", "已有：{k}", k=", ".join(known[:20])),
    )
