"""A switch's configuration ↔ the canonical fields of the inventory, for the write log and tamper.

Lists hold one line an entry, in the words of the inventory; the simulator has its own reading of
them. For a person's tampering, entries are divided by semicolons: `access_list` and `ntp_servers`
are replaced as a whole, the other lists change what they name, and "-KEY" takes an entry out.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from ipaddress import IPv4Interface, IPv4Network

from fleet.simulator.ssh.configuration import (
    DEFAULT_VLAN,
    Configuration,
    Edit,
    Port,
    Refused,
    Rule,
    applied,
    drop_vlans,
    make_trunk,
    make_vlans,
    put_in_vlan,
    set_address,
    set_port,
    text_vlan,
)
from fleet.simulator.ssh.grammar import numeral
from fleet.simulator.ssh.naming import Naming, order
from fleet.simulator.ssh.rules import read, shown
from fleet.simulator.values import Value

FIELDS = (
    "sysname",
    "vlans",
    "access_ports",
    "uplink_ports",
    "lldp_enabled",
    "addresses",
    "static_routes",
    "access_list",
    "access_list_on",
    "ntp_servers",
)
# What a change of makes a device unreachable where the cable is the wrong one.
PATH_FIELDS = frozenset({"vlans", "uplink_ports", "addresses", "static_routes"})
# Where none is applied yet, the inventory's list is this one; others are other people's.
OWN_LIST = 3999
DENY_ALL = Rule(permit=False, protocol="ip")
_RULE = re.compile(
    r"(permit|deny) (ip|tcp|udp|icmp) (any|[\d./]+)(?: to ([\d./]+))?(?: port (\d+(?:-\d+)?))?\Z"
)


def fields(config: Configuration) -> dict[str, Value]:
    """Every field of a configuration, canonical; lists in their one order."""
    ports = dict(sorted(config.ports.items(), key=lambda item: order(item[0])))
    bridged = {name: port for name, port in ports.items() if not port.routed}
    filtered = [name for name, port in ports.items() if port.filter_in]
    return {
        "sysname": config.sysname,
        "vlans": [
            f"{vlan} {kept.name or kept.description}".strip()
            for vlan, kept in config.vlans.items()
            if vlan != DEFAULT_VLAN
        ],
        "access_ports": [_access(n, p) for n, p in bridged.items() if not p.trunk],
        "uplink_ports": [_uplink(n, p) for n, p in bridged.items() if p.trunk],
        "lldp_enabled": config.lldp,
        "addresses": [f"{n} {p.address}" for n, p in ports.items() if p.address],
        "static_routes": [f"{network} via {hop}" for network, hop in config.routes],
        "access_list": _list(config),
        "access_list_on": filtered[0] if filtered else "",
        "ntp_servers": list(config.ntp),
    }


def changed(before: Configuration, after: Configuration) -> list[str]:
    """The names of the fields that differ."""
    old, new = fields(before), fields(after)
    return [name for name in FIELDS if old[name] != new[name]]


def list_number(config: Configuration) -> int:
    """The access list that counts: the one on the first interface that has one, else 3999."""
    names = sorted((n for n, port in config.ports.items() if port.filter_in), key=order)
    return config.ports[names[0]].filter_in if names else OWN_LIST


def told_vlans(vlans: Iterable[int], joint: str = ",", through: str = "-") -> str:
    """VLANs as "100,200-202": ascending, three and more in a row as one range."""
    runs: list[list[int]] = []
    for vlan in sorted(vlans):
        if runs and runs[-1][-1] == vlan - 1:
            runs[-1].append(vlan)
        else:
            runs.append([vlan])
    return joint.join(
        f"{run[0]}{through}{run[-1]}" if len(run) > 2 else joint.join(str(v) for v in run)
        for run in runs
    )


def told_rule(rule: Rule) -> str:
    """A rule as the inventory writes it: `permit udp 10.7.0.0/24 port 5060`."""
    parts = ["permit" if rule.permit else "deny", rule.protocol, rule.source or "any"]
    parts += ["to", rule.destination] if rule.destination else []
    parts += ["port", rule.ports] if rule.ports else []
    return " ".join(parts)


def tampered(config: Configuration, field: str, words: str, naming: Naming) -> Configuration:
    """The configuration after a person changed one field on the device itself.

    Raises:
        ValueError: the words are no value of the field.
    """
    change = _CHANGES[field]
    try:
        return change(config, words, naming)
    except Refused as error:
        raise ValueError(str(error)) from None


def _access(name: str, port: Port) -> str:
    power = "" if port.poe is None else f" poe={'on' if port.poe else 'off'}"
    return f"{name} vlan={port.pvid}{power}{_described(port)}"


def _uplink(name: str, port: Port) -> str:
    carried = [vlan for vlan in port.allowed if vlan != DEFAULT_VLAN]
    return f"{name} vlans={told_vlans(carried)}{_described(port)}"


def _described(port: Port) -> str:
    return f" desc={port.description}" if port.description else ""


def _list(config: Configuration) -> list[str]:
    rules = list(config.lists.get(list_number(config), {}).values())
    if rules and rules[-1] == DENY_ALL:
        rules.pop()
    return [told_rule(rule) for rule in rules]


def _entries(words: str) -> list[str]:
    return [entry.strip() for entry in words.split(";") if entry.strip()]


def _sysname(config: Configuration, words: str, _naming: Naming) -> Configuration:
    if words.split() != [words] or len(words) > 64:
        raise ValueError("a name has 1 to 64 characters, none of them a space")
    return replace(config, sysname=words)


def _vlans(config: Configuration, words: str, naming: Naming) -> Configuration:
    for entry in _entries(words):
        number, _, told = entry.partition(" ")
        vlan, name = _vlan(number.removeprefix("-")), told.strip()
        if entry.startswith("-"):
            edits = [drop_vlans([vlan], naming.vlan)]
        else:
            # A reader may look at either text of a VLAN.
            edits = [make_vlans([vlan]), text_vlan(vlan, name=name, description=name)]
        config = applied(config, edits)
    return config


def _vlan(word: str) -> int:
    if not numeral(word) or not 1 <= int(word) <= 4094:
        raise ValueError(f"{word!r} is no VLAN")
    return int(word)


def _vlan_numbers(words: str) -> list[int]:
    found: list[int] = []
    for part in words.split(",") if words else ():
        first, dash, last = part.partition("-")
        found += range(_vlan(first), _vlan(last if dash else first) + 1)
    return found


def _port_edits(config: Configuration, entry: str, naming: Naming, trunk: bool) -> list[Edit]:
    head, _, description = entry.partition(" desc=")
    typed, *settings = head.split()
    name = naming.short(typed)
    if name is None or name not in config.ports or config.ports[name].routed:
        raise ValueError(f"{typed!r} is no such port of this device")
    edits: list[Edit] = [make_trunk(name, trunk), set_port(name, description=description.strip())]
    for setting in settings:
        key, _, value = setting.partition("=")
        if key == "vlan" and not trunk:
            edits += [make_vlans([_vlan(value)]), put_in_vlan(name, _vlan(value))]
        elif key == "poe" and value in ("on", "off") and config.ports[name].poe is not None:
            edits.append(set_port(name, poe=value == "on"))
        elif key == "vlans" and trunk:
            listed = {DEFAULT_VLAN, *_vlan_numbers(value)}
            edits.append(set_port(name, allowed=tuple(sorted(listed))))
        else:
            raise ValueError(f"{setting!r} is no setting of this port")
    return edits


def _ports(trunk: bool) -> Callable[[Configuration, str, Naming], Configuration]:
    def change(config: Configuration, words: str, naming: Naming) -> Configuration:
        for entry in _entries(words):
            config = applied(config, _port_edits(config, entry, naming, trunk))
        return config

    return change


def _flag(config: Configuration, words: str, _naming: Naming) -> Configuration:
    if words not in ("true", "false"):
        raise ValueError(f"{words!r} is neither true nor false")
    return replace(config, lldp=words == "true")


def _addresses(config: Configuration, words: str, naming: Naming) -> Configuration:
    for entry in _entries(words):
        typed, _, address = entry.removeprefix("-").partition(" ")
        name = naming.short(typed)
        if name is None:
            raise ValueError(f"{typed!r} is no interface")
        if naming.vlan_of(name) is not None and name not in config.ports:
            config = replace(config, ports={**config.ports, name: Port(routed=True)})
        if name not in config.ports:
            raise ValueError(f"{typed!r} is no interface of this device")
        wanted = "" if entry.startswith("-") else str(IPv4Interface(address.strip()))
        config = set_address(name, wanted)(config)
    return config


def _routes(config: Configuration, words: str, _naming: Naming) -> Configuration:
    routes = set(config.routes)
    for entry in _entries(words):
        network, _, hop = entry.removeprefix("-").partition(" via ")
        prefix = str(IPv4Network(network.strip()))
        routes = {route for route in routes if route[0] != prefix}
        if not entry.startswith("-"):
            routes.add((prefix, str(IPv4Interface(hop.strip()).ip)))
    return replace(config, routes=tuple(sorted(routes)))


def _access_list(config: Configuration, words: str, _naming: Naming) -> Configuration:
    listed = {}
    for index, entry in enumerate(_entries(words), 1):
        found = _RULE.match(entry)
        if found is None:
            raise ValueError(f"{entry!r} is no rule")
        source = "" if found[3] == "any" else str(IPv4Network(found[3]))
        destination = str(IPv4Network(found[4])) if found[4] else ""
        rule = Rule(found[1] == "permit", found[2], source, destination, found[5] or "")
        # What the device would not take from a keyboard it cannot hold either.
        _, listed[index * 5] = read(shown(rule))
    listed[(len(listed) + 1) * 5] = DENY_ALL
    number = list_number(config)
    return replace(config, lists={**config.lists, number: listed})


def _access_list_on(config: Configuration, words: str, naming: Naming) -> Configuration:
    number = list_number(config)
    ports = {name: replace(port, filter_in=0) for name, port in config.ports.items()}
    if words:
        name = naming.short(words)
        if name is None or name not in ports:
            raise ValueError(f"{words!r} is no interface of this device")
        ports[name] = replace(ports[name], filter_in=number)
    return replace(config, ports=ports, lists={number: {}, **config.lists})


def _ntp(config: Configuration, words: str, _naming: Naming) -> Configuration:
    return replace(config, ntp=tuple(sorted({str(IPv4Interface(e).ip) for e in _entries(words)})))


_CHANGES: dict[str, Callable[[Configuration, str, Naming], Configuration]] = {
    "sysname": _sysname,
    "vlans": _vlans,
    "access_ports": _ports(trunk=False),
    "uplink_ports": _ports(trunk=True),
    "lldp_enabled": _flag,
    "addresses": _addresses,
    "static_routes": _routes,
    "access_list": _access_list,
    "access_list_on": _access_list_on,
    "ntp_servers": _ntp,
}
