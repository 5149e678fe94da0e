"""Whose line a fault stands in: faults are noted before a file is understood, so this follows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from fleet.inventory.nodes import Mapping, Scalar, Sequence
from fleet.model.diagnostic import Diagnostic

_Place = tuple[int, int]
_END: _Place = (2**31, 0)


def named(findings: Iterable[Diagnostic], root: Mapping) -> Iterator[Diagnostic]:
    """The same findings; one that stands in a device's lines names the device and its compound."""
    compound = _id(root, "compound")
    spans = list(_devices(root))
    for finding in findings:
        at = finding.position
        found = {"compound": finding.compound or compound}
        if at is not None and finding.device is None:
            place = (at.line, at.column)
            found["device"] = next((d for a, b, d in spans if a <= place < b), None)
        yield finding.model_copy(update={k: v for k, v in found.items() if v is not None})


def declared(root: Mapping) -> frozenset[str]:
    """Ids of all devices that a file speaks of, also of those whose lines are faulty.

    A reference to one of these is no reference to nothing: its line's own fault is told already.
    """
    return frozenset(device for _, _, device in _devices(root))


def _devices(root: Mapping) -> Iterator[tuple[_Place, _Place, str]]:
    """Start, end and id of each device's lines; the last one ends where the next section begins."""
    entry = root.get("devices")
    if entry is None or not isinstance(entry.value, Sequence):
        return
    items = entry.value.items
    begins = [(item.line, item.column) for item in items]
    after = [(e.line, e.column) for e in root.entries if (e.line, e.column) > (entry.line, 1)]
    ends = [*begins[1:], min(after, default=_END)]
    # Without a device there is one end too many and nothing to end.
    for item, begin, end in zip(items, begins, ends, strict=False):
        if isinstance(item, Mapping) and (device := _scalar(item, "id")) is not None:
            yield begin, end, device


def _id(root: Mapping, section: str) -> str | None:
    entry = root.get(section)
    if entry is None or not isinstance(entry.value, Mapping):
        return None
    return _scalar(entry.value, "id")


def _scalar(node: Mapping, key: str) -> str | None:
    entry = node.get(key)
    if entry is None or not isinstance(entry.value, Scalar):
        return None
    return entry.value.text[:60] or None
