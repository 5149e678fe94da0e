"""Desired against observed, field by field."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from fleet.model.base import Frozen
from fleet.model.change import Fidelity, FieldChange
from fleet.model.device import Device, FieldValue
from fleet.model.links import canonical_links, concerning
from fleet.model.observation import Reading
from fleet.model.secret import SecretRef
from fleet.model.text import Text, text
from fleet.ports.driver import Resource

_WAYS = ("card", "id_card", "face", "fingerprint", "iris", "password", "qr", "plate")


class DeviceDiff(Frozen):
    """A device's changes by field, and what can be neither read nor written, as notes."""

    changes: Mapping[str, FieldChange]
    notes: tuple[Text, ...] = ()


def canonical_value(field: str, value: FieldValue, wanted: FieldValue = None) -> FieldValue:
    """A value in the one form in which it is compared: ways through a door are a set.

    Of an additive list of a link only what `wanted` manages counts (model/links.py).
    """
    if field == "auth_ways" and isinstance(value, list):
        ways = {"+".join(sorted(way.split("+"), key=_rank)) for way in value}
        return sorted(ways, key=lambda way: [_rank(part) for part in way.split("+")])
    return concerning(field, canonical_links(field, value), wanted)


def _rank(way: str) -> int:
    return _WAYS.index(way) if way in _WAYS else len(_WAYS)


def diff_device(
    device: Device,
    reading: Reading,
    resources: Sequence[Resource],
    proven: Mapping[str, SecretRef],
) -> DeviceDiff:
    """Compare one device's managed fields with what was read.

    Args:
        device: the wanted state.
        reading: what the device said.
        resources: what its driver can read and write.
        proven: per write-only field, the reference (with version) the journal proves on it.
    """
    specs = {spec.name: spec for resource in resources for spec in resource.fields}
    changes: dict[str, FieldChange] = {}
    notes: list[Text] = []
    for field, wanted in device.settings.items():
        spec = specs.get(field)
        if spec is None or not spec.writable:
            notes.append(_unwritable(device, field))
        elif field not in reading.fields:
            notes.append(_absent(device, field))
        else:
            after = canonical_value(field, wanted)
            before = canonical_value(field, reading.fields[field], after)
            if before != after:
                fidelity = Fidelity.EXACT if spec.exact else Fidelity.PREDICTED
                changes[field] = FieldChange(
                    field=field, before=before, after=after, fidelity=fidelity
                )
    for field, ref in device.secrets.items():
        if field not in specs:
            notes.append(_unwritable(device, field))
        elif (known := proven.get(field)) != ref:
            changes[field] = FieldChange(
                field=field,
                fidelity=Fidelity.UNKNOWN,
                secret=ref,
                before_version=known.version if known else None,
            )
    return DeviceDiff(changes=changes, notes=tuple(notes))


def managed_values(device: Device, reading: Reading) -> dict[str, FieldValue]:
    """The observed values of a device's managed, readable fields: what a plan is sealed to."""
    return {
        field: canonical_value(field, reading.fields[field], wanted)
        for field, wanted in device.settings.items()
        if field in reading.fields
    }


def _unwritable(device: Device, field: str) -> Text:
    return text(
        "{d}: no driver can write {f}; set it by hand or leave it out",
        "{d}：驱动无法写入 {f}；请手工设置或删除该字段",
        d=device.id,
        f=field,
    )


def _absent(device: Device, field: str) -> Text:
    return text(
        "{d}: this firmware does not have {f}; it stays as it is",
        "{d}：该固件没有 {f}，保持原状",
        d=device.id,
        f=field,
    )
