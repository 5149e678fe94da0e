"""Inheritance: the values that a device's settings have at each level, the nearest one wins."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from fleet.inventory.bound import Bound, Template
from fleet.inventory.scope import Scope
from fleet.model.base import Frozen
from fleet.model.device import DeviceKind, FieldValue
from fleet.model.diagnostic import Position
from fleet.model.secret import SecretRef
from fleet.model.text import Text, text

LEVELS: Mapping[str, Text] = {
    "city": text("city", "市"),
    "district": text("district", "区县"),
    "uplink": text("from the uplink", "由上联推导"),
    "compound": text("compound", "小区"),
    "group": text("group", "分组"),
    "device": text("device", "设备"),
}


class Trace(Frozen):
    """One level's word on one field; with neither value nor secret it says: unmanaged."""

    level: str
    position: Position
    value: FieldValue = None
    secret: SecretRef | None = None

    @property
    def unmanaged(self) -> bool:
        """Whether this level takes the field out of management."""
        return self.value is None and self.secret is None


@dataclass(frozen=True)
class Layer:
    """What one level says: settings and logins, each by device kind."""

    level: str
    settings: Bound | None = None
    logins: Bound | None = None


@dataclass(frozen=True)
class Subject:
    """The device for which references are filled."""

    id: str
    kind: DeviceKind
    gb_id: str | None


def layer(level: str, file: Bound | None) -> Layer:
    """The layer of an object that has `settings` and `logins`."""
    if file is None:
        return Layer(level)
    return Layer(level, file.child("settings"), file.child("logins"))


def reference_of(
    template: Template, subject: Subject, place: Position, scope: Scope, field: str
) -> SecretRef | None:
    """One device's reference; None, noted, where it wants a GB id that the device does not have."""
    uri = template.uri.replace("{device}", subject.id)
    if "{gb_id}" in uri:
        if subject.gb_id is None:
            if subject.kind is DeviceKind.RECORDER:
                return None  # Its gb_id is required and was noted as missing.
            scope.note(
                "no-reference",
                place,
                text("{u} needs the device's gb_id", "{u} 需要设备的 gb_id", u=template.uri),
                text(
                    "give {d} a gb_id, or use {{device}}",
                    "请为 {d} 填写 gb_id，或改用 {{device}}",
                    d=subject.id,
                ),
                field=field,
            )
            return None
        uri = uri.replace("{gb_id}", subject.gb_id)
    return SecretRef.parse(uri)


def traces_of(
    level: str, settings: Bound | None, subject: Subject, scope: Scope
) -> dict[str, Trace]:
    """What one level says about each field of one device; literals for secrets are left out."""
    if settings is None:
        return {}
    found = {name: Trace(level=level, position=settings.place(name)) for name in settings.nulls}
    for name in settings.values:
        value = settings.setting(name)
        if isinstance(value, Template):
            place = settings.place(name)
            if value.uri and (ref := reference_of(value, subject, place, scope, name)):
                found[name] = Trace(level=level, position=place, secret=ref)
        else:
            found[name] = Trace(level=level, position=settings.place(name), value=value)
    return found


def merge(levels: Iterable[Mapping[str, Trace]]) -> dict[str, tuple[Trace, ...]]:
    """All traces of each field, the winning one first; `levels` go from the outermost inwards."""
    merged: dict[str, tuple[Trace, ...]] = {}
    for level in levels:
        for name, trace in level.items():
            merged[name] = (trace, *merged.get(name, ()))
    return merged


def kind_of(by_kind: Bound | None, kind: DeviceKind) -> Bound | None:
    """What a mapping by device kind says for one kind."""
    return by_kind.child(kind.value) if by_kind is not None else None
