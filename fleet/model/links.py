"""Entries of the list settings of switches and routers: one canonical line each.

A list of a link is either *additive* or *exclusive*. Additive lists (VLANs, ports, addresses,
routes) manage only what they name: an entry's first word is its key, and of an entry only the
attributes that the inventory mentions are compared and written; other ports, VLANs, interfaces and
prefixes of the device are never touched. Exclusive lists (`access_list`, `ntp_servers`) are managed
whole. VLAN 1 is the device's own: a trunk's list never names it. What the inventory no longer names
becomes unmanaged; it is not deleted.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from fleet.model.device import FieldValue

PORTS = ("access_ports", "uplink_ports")
ADDITIVE = frozenset({"vlans", *PORTS, "addresses", "static_routes"})
EXCLUSIVE = frozenset({"access_list", "ntp_servers"})
_ATTRIBUTES = re.compile(r"(?:^| )(vlan|vlans|poe|desc)=")
_DIGITS = re.compile(r"(\d+)")


def key_of(entry: str) -> str:
    """What an additive entry is about: its first word (a VLAN, port, interface or prefix)."""
    return entry.partition(" ")[0]


def attributes(field: str, entry: str) -> dict[str, str]:
    """What an entry says about its key, by name, in the canonical order."""
    rest = entry.partition(" ")[2]
    if field in PORTS:
        found = list(_ATTRIBUTES.finditer(rest))
        # A description is the last attribute and may itself hold what looks like one.
        stop = next((i for i, m in enumerate(found) if m[1] == "desc"), len(found) - 1)
        ends = [m.start() for m in found[1 : stop + 1]] + [len(rest)]
        return {
            m[1]: rest[m.end() : end]
            for m, end in zip(found[: stop + 1], ends[: stop + 1], strict=True)
        }
    name = {"vlans": "name", "addresses": "address", "static_routes": "via"}[field]
    return {name: rest.removeprefix("via ") if name == "via" else rest} if rest else {}


def entry_of(field: str, key: str, values: Mapping[str, str]) -> str:
    """The canonical line of a key and its attributes; the inverse of the two above."""
    if field in PORTS:
        parts = [f"{n}={values[n]}" for n in ("vlan", "vlans", "poe", "desc") if n in values]
        return " ".join([key, *parts])
    words = " ".join(values.values())
    return " ".join(w for w in (key, "via" if field == "static_routes" else "", words) if w)


def order(entry: str) -> list[tuple[int, str]]:
    """A sort key by which GE1/0/2 comes before GE1/0/10."""
    return [(int(p), "") if p.isdigit() else (-1, p) for p in _DIGITS.split(entry) if p]


def canonical_links(field: str, value: FieldValue) -> FieldValue:
    """A link's list in the one form in which it is compared; everything else as it is."""
    if not isinstance(value, list):
        return value
    if field == "uplink_ports":
        value = [_with_canonical_vlans(entry) for entry in value]
    if field in ADDITIVE or field == "ntp_servers":
        return sorted(set(value), key=order)
    return value


def concerning(field: str, seen: FieldValue, wanted: FieldValue) -> FieldValue:
    """The part of what was seen that `wanted` manages: its keys, and of each what it mentions."""
    if field not in ADDITIVE or not isinstance(seen, list) or not isinstance(wanted, list):
        return seen
    mentioned: dict[str, set[str]] = {}
    for entry in wanted:
        mentioned.setdefault(key_of(entry), set()).update(attributes(field, entry))
    kept = []
    for entry in seen:
        if (names := mentioned.get(key_of(entry))) is not None:
            values = {k: v for k, v in attributes(field, entry).items() if k in names}
            kept.append(entry_of(field, key_of(entry), values))
    return sorted(set(kept), key=order)


def vlan_numbers(words: str) -> list[int]:
    """The VLANs of "100,200-202", ascending.

    Raises:
        ValueError: it is no such list.
    """
    found: set[int] = set()
    for part in words.split(","):
        first, dash, last = part.partition("-")
        low = int(first)
        high = int(last) if dash else low
        if not 1 <= low <= high <= 4094:
            raise ValueError(f"no VLANs: {part!r}")
        found.update(range(low, high + 1))
    return sorted(found)


def vlan_words(numbers: Iterable[int]) -> str:
    """VLANs as "100,200-202": ascending, runs of three and more as ranges."""
    runs: list[list[int]] = []
    for number in sorted(set(numbers)):
        if runs and runs[-1][-1] == number - 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    parts = [
        f"{run[0]}-{run[-1]}" if len(run) > 2 else ",".join(str(n) for n in run) for run in runs
    ]
    return ",".join(parts)


def _with_canonical_vlans(entry: str) -> str:
    values = attributes("uplink_ports", entry)
    if "vlans" in values and re.fullmatch(r"\d+(-\d+)?(,\d+(-\d+)?)*", values["vlans"]):
        values["vlans"] = vlan_words(n for n in vlan_numbers(values["vlans"]) if n != 1)
    return entry_of("uplink_ports", key_of(entry), values)
