"""One device field by field: what is wanted and from where, what was last read and when."""

from __future__ import annotations

from dataclasses import dataclass

from fleet.model.device import Device, FieldValue
from fleet.model.secret import SecretRef
from fleet_tui.store.facts import DeviceFacts


@dataclass(frozen=True)
class FieldRow:
    """`mark`: `.` as wanted, `~` differs, `?` never read, `#` write-only and proven, ` ` unmanaged.

    A secret's `wanted` and `seen` are versions, `ref` its reference. `places` are the positions in
    YAML, the winning one first.
    """

    name: str
    mark: str
    wanted: str
    seen: str
    at: str
    by: str
    places: tuple[str, ...]
    ref: str = ""


def field_rows(device: Device, known: DeviceFacts | None) -> list[FieldRow]:
    """Managed fields first, in the order of their names, then what was seen beside them."""
    facts = known or DeviceFacts()
    rows = [_readable(device, facts, name) for name in sorted(device.settings)]
    rows += [_secret(device, facts, name) for name in sorted(device.secrets)]
    for name in sorted(set(facts.fields) - set(device.settings)):
        seen = facts.fields[name]
        rows.append(FieldRow(name, " ", "", shown(seen.value), seen.at, seen.rollout, ()))
    return rows


def shown(value: FieldValue) -> str:
    """A value as a person reads it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return ", ".join(value) or "[]"
    return "-" if value is None or value == "" else str(value)


def _readable(device: Device, facts: DeviceFacts, name: str) -> FieldRow:
    wanted = device.settings[name]
    seen = facts.fields.get(name)
    places = tuple(str(p) for p in device.origins.get(name, ()))
    if seen is None:
        return FieldRow(name, "?", shown(wanted), "", "", "", places)
    same = seen.value == wanted
    return FieldRow(
        name, "." if same else "~", shown(wanted), shown(seen.value), seen.at, seen.rollout, places
    )


def _secret(device: Device, facts: DeviceFacts, name: str) -> FieldRow:
    ref = device.secrets[name]
    proven = facts.proven.get(name)
    places = tuple(str(p) for p in device.origins.get(name, ()))
    wanted = f"v{ref.version}"
    if proven is None:
        return FieldRow(name, "?", wanted, "", "", "", places, str(ref))
    mark = "#" if proven.ref == str(ref) else "~"
    seen = f"v{SecretRef.parse(proven.ref).version}"
    return FieldRow(name, mark, wanted, seen, proven.at, proven.evidence, places, str(ref))
