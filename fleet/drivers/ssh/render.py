"""The lines that turn what stands into what is wanted, for VRP and Comware; only what differs.

Pure. What an access port or a list had is taken off before what replaces it is put on, VLANs come
before the ports in them and go after, and the device's name changes last: with it, every prompt.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Interface, IPv4Network

from fleet.drivers.ssh.config import OWN_VLAN, Configured, Words
from fleet.drivers.ssh.rules import DENY_ALL, rule_to
from fleet.model.device import FieldValue
from fleet.model.links import PORTS, attributes, key_of, vlan_numbers

_RULE_STEP = 5
Fields = Mapping[str, FieldValue]


def rendered(words: Words, standing: Configured, before: Fields, after: Fields) -> list[str]:
    """The lines of a change, in their order, to be typed in the system view.

    Args:
        words: the platform's.
        standing: the device's configuration, for what the fields do not tell (numbers of rules).
        before: the fields that change, as they stand.
        after: the same fields as they are wanted.
    """
    step = _Step(
        {f: _entries(v) for f, v in before.items()}, {f: _entries(v) for f, v in after.items()}
    )
    lines = [
        line for entry in step.changed("vlans") for line in _vlan(step.stood("vlans", entry), entry)
    ]
    lines += _ports(words, standing, step)
    lines += _addresses(words, step.gone("addresses"), step.changed("addresses"))
    lines += _routes(step)
    lines += _list(words, standing, after)
    if "lldp_enabled" in after:
        lines.append(words.lldp if after["lldp_enabled"] else f"undo {words.lldp}")
    lines += [f"undo {words.ntp.format(a=server)}" for server in step.gone("ntp_servers")]
    if added := step.changed("ntp_servers"):
        lines += [*words.ntp_before, *(words.ntp.format(a=server) for server in added)]
    lines += [f"undo vlan {key_of(entry)}" for entry in step.gone("vlans")]
    if "sysname" in after:
        lines.append(f"sysname {after['sysname']}")
    return lines


@dataclass(frozen=True)
class _Step:
    """The lists of a change, by field."""

    old: Mapping[str, list[str]]
    new: Mapping[str, list[str]]

    def gone(self, field: str) -> list[str]:
        """Entries whose key is wanted no more."""
        keys = {key_of(e) for e in self.new.get(field, [])}
        return [e for e in self.old.get(field, []) if key_of(e) not in keys]

    def changed(self, field: str) -> list[str]:
        """Entries that do not stand so yet."""
        return [e for e in self.new.get(field, []) if e not in self.old.get(field, [])]

    def stood(self, field: str, entry: str) -> str | None:
        """What stands under an entry's key."""
        return next((e for e in self.old.get(field, []) if key_of(e) == key_of(entry)), None)


def _ports(words: Words, standing: Configured, step: _Step) -> Iterator[str]:
    moved = {key_of(e) for field in PORTS for e in step.changed(field)}
    for field in PORTS:
        for entry in step.gone(field):
            if key_of(entry) not in moved:
                yield from _bare_port(words, field, entry)
    for entry in step.changed("access_ports"):
        yield from _access(words, standing, step.stood("access_ports", entry), entry)
    for entry in step.changed("uplink_ports"):
        yield from _uplink(words, standing, step.stood("uplink_ports", entry), entry)


def _vlan(before: str | None, entry: str) -> list[str]:
    named = before is not None and "name" in attributes("vlans", before)
    name = attributes("vlans", entry).get("name", "")
    # Only an undo wants a name gone: a plan says nothing of what the inventory does not name.
    said = [f"name {name}"] if name else ["undo name"] if named else []
    return [f"vlan {key_of(entry)}", *said, "quit"]


def _access(words: Words, standing: Configured, before: str | None, entry: str) -> list[str]:
    had = attributes("access_ports", before) if before else {}
    want = attributes("access_ports", entry)
    lines = [f"interface {words.long(key_of(entry))}"]
    if before is None:
        # Real firmware keeps a trunk a trunk while it still carries something.
        port = standing.ports.get(key_of(entry))
        if port is not None and port.trunk and port.vlans - {OWN_VLAN}:
            lines.append(f"undo {words.trunk.format(v=_told(port.vlans - {OWN_VLAN}))}")
        lines.append("port link-type access")
    if had.get("vlan") != want["vlan"]:
        lines.append(words.access.format(v=want["vlan"]))
    if "poe" in want and want["poe"] != had.get("poe"):
        lines.append("poe enable" if want["poe"] == "on" else "undo poe enable")
    return [*lines, *_description(had, want), "quit"]


def _uplink(words: Words, standing: Configured, before: str | None, entry: str) -> list[str]:
    had = attributes("uplink_ports", before) if before else {}
    want = attributes("uplink_ports", entry)
    carried = set(vlan_numbers(had["vlans"])) if had.get("vlans") else set()
    wanted = set(vlan_numbers(want["vlans"])) if want.get("vlans") else set()
    lines = [f"interface {words.long(key_of(entry))}"]
    if before is None:
        port = standing.ports.get(key_of(entry))
        if port is not None and not port.trunk and port.vlan != OWN_VLAN:
            lines.append(words.access.format(v=OWN_VLAN))
        lines.append("port link-type trunk")
    if lost := carried - wanted:
        lines.append(f"undo {words.trunk.format(v=_told(lost))}")
    if more := wanted - carried:
        lines.append(words.trunk.format(v=_told(more)))
    return [*lines, *_description(had, want), "quit"]


def _bare_port(words: Words, field: str, entry: str) -> list[str]:
    """A port of which nothing is said any more: as from the factory, but for its power."""
    had = attributes(field, entry)
    lines = [f"interface {words.long(key_of(entry))}"]
    if field == "uplink_ports":
        if had.get("vlans"):
            lines.append(f"undo {words.trunk.format(v=_told(vlan_numbers(had['vlans'])))}")
        lines.append("port link-type access")
    elif had.get("vlan") != "1":
        lines.append(words.access.format(v=1))
    return [*lines, *(["undo description"] if "desc" in had else []), "quit"]


def _description(had: Mapping[str, str], want: Mapping[str, str]) -> list[str]:
    if "desc" in want and want["desc"] != had.get("desc"):
        return [f"description {want['desc']}"]
    return ["undo description"] if "desc" in had and "desc" not in want else []


def _addresses(words: Words, gone: list[str], changed: list[str]) -> Iterator[str]:
    new = {key_of(e) for e in changed}
    for entry in gone:
        if key_of(entry) not in new:
            yield from (f"interface {words.long(key_of(entry))}", "undo ip address", "quit")
    for entry in changed:
        told = IPv4Interface(entry.split()[1])
        yield f"interface {words.long(key_of(entry))}"
        yield f"ip address {told.ip} {told.netmask}"
        yield "quit"


def _routes(step: _Step) -> Iterator[str]:
    """A prefix that gets another next hop loses the old one: two would share the load."""
    changed = step.changed("static_routes")
    keys = {key_of(e) for e in changed}
    old = step.old.get("static_routes", [])
    replaced = [e for e in old if key_of(e) in keys and e not in step.new["static_routes"]]
    for entry in [*step.gone("static_routes"), *replaced]:
        yield f"undo {_route(entry)}"
    yield from (_route(entry) for entry in changed)


def _route(entry: str) -> str:
    prefix, _, hop = entry.partition(" via ")
    network = IPv4Network(prefix)
    return f"ip route-static {network.network_address} {network.netmask} {hop}"


def _list(words: Words, standing: Configured, after: Fields) -> Iterator[str]:
    """Guard off, list anew, guard on: rules in use must not be taken apart under traffic."""
    if "access_list" not in after and "access_list_on" not in after:
        return
    number, on = standing.list_number, standing.list_on
    guard = words.filter_.format(n=number)
    target = str(after.get("access_list_on", on or "") or "")
    if on is not None:
        yield from (f"interface {words.long(on)}", f"undo {guard}", "quit")
    if "access_list" in after or number not in standing.lists:
        yield words.list_.format(n=number)
        yield from (f"undo rule {at}" for at in standing.lists.get(number, {}))
        for index, entry in enumerate([*_entries(after.get("access_list")), DENY_ALL], 1):
            yield f"rule {index * _RULE_STEP} {rule_to(entry)}"
        yield "quit"
    if target:
        yield from (f"interface {words.long(target)}", guard, "quit")


def _told(numbers: set[int] | list[int]) -> str:
    """VLANs in the device's words: `100 200 to 210`."""
    runs: list[list[int]] = []
    for number in sorted(numbers):
        if runs and runs[-1][-1] == number - 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return " ".join(str(r[0]) if len(r) == 1 else f"{r[0]} to {r[-1]}" for r in runs)


def _entries(value: FieldValue) -> list[str]:
    return value if isinstance(value, list) else []
