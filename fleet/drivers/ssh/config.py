"""A switch's configuration as its own command line shows it, taken apart into canonical fields.

Huawei VRP and H3C Comware write nearly the same language; `Words` holds what differs. Only what the
canonical fields need is understood, the rest is passed over.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Interface, IPv4Network

from fleet.drivers.ssh.rules import DENY_ALL, rule_from
from fleet.model.device import FieldValue
from fleet.model.links import order, vlan_words

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
OWN_VLAN = 1
VLAN_MAX = 4094
# The access list that is ours where none is applied yet.
OWN_LIST = 3999


@dataclass(frozen=True)
class Words:
    """What one platform calls things; `{v}`, `{n}`, `{a}` stand for VLANs, a number, an address.

    `full` maps how short names of interfaces begin to how the configuration writes them; `powered`
    tells whether a port gives power unless it is told not to.
    """

    access: str
    trunk: str
    lldp: str
    ntp: str
    list_: str
    filter_: str
    powered: bool
    full: Mapping[str, str]
    vlan_interface: str
    ntp_before: tuple[str, ...] = ()

    def short(self, name: str) -> str:
        """How an interface is called here: `GigabitEthernet1/0/1` → `GE1/0/1`."""
        for short, full in self.full.items():
            if name.startswith(full) and name[len(full) :][:1].isdigit():
                return short + name[len(full) :]
        return name

    def long(self, name: str) -> str:
        """How the configuration writes an interface."""
        for short, full in self.full.items():
            if name.startswith(short) and name[len(short) :][:1].isdigit():
                return full + name[len(short) :]
        return name


@dataclass
class PortConfig:
    """An interface as configured; `poe` None: nothing is said of power."""

    description: str = ""
    trunk: bool = False
    routed: bool = False
    vlan: int = OWN_VLAN
    vlans: set[int] = field(default_factory=set)
    poe: bool | None = None
    addresses: list[str] = field(default_factory=list)
    filter_in: int | None = None


@dataclass
class Configured:
    """All that was understood of a configuration; `lists` maps number → rule id → entry."""

    sysname: str = ""
    vlans: dict[int, str] = field(default_factory=dict)
    ports: dict[str, PortConfig] = field(default_factory=dict)
    lldp: bool = False
    routes: list[tuple[str, str]] = field(default_factory=list)
    lists: dict[int, dict[int, str]] = field(default_factory=dict)
    ntp: list[str] = field(default_factory=list)

    @property
    def list_on(self) -> str | None:
        """The interface that an access list guards; the first in the order of names."""
        names = sorted((n for n, p in self.ports.items() if p.filter_in), key=order)
        return names[0] if names else None

    @property
    def list_number(self) -> int:
        """The access list that counts: the one that guards an interface, else our own."""
        on = self.list_on
        return (self.ports[on].filter_in if on else None) or OWN_LIST

    def fields(self) -> dict[str, FieldValue]:
        """Every canonical field."""
        ports = sorted(self.ports.items(), key=lambda item: order(item[0]))
        bridged = [(n, p) for n, p in ports if not p.routed and not p.addresses]
        rules = list(self.lists.get(self.list_number, {}).values())
        if rules and rules[-1] == DENY_ALL:
            rules.pop()
        vlans = sorted(v for v in self.vlans if v != OWN_VLAN)
        return {
            "sysname": self.sysname,
            "vlans": [f"{v} {self.vlans[v]}".strip() for v in vlans],
            "access_ports": [_access(n, p) for n, p in bridged if not p.trunk],
            "uplink_ports": [_uplink(n, p) for n, p in bridged if p.trunk],
            "lldp_enabled": self.lldp,
            "addresses": [f"{n} {a}" for n, p in ports for a in p.addresses],
            "static_routes": [f"{net} via {hop}" for net, hop in sorted(self.routes)],
            "access_list": list(rules),
            "access_list_on": self.list_on or "",
            "ntp_servers": sorted(self.ntp, key=order),
        }


def configured(
    text: str,
    words: Words,
    bridged: Collection[str] | None = None,
    powered: Collection[str] = (),
) -> Configured:
    """Take a shown configuration apart.

    Args:
        text: the answer to `display current-configuration` or `display saved-configuration`.
        words: the platform's.
        bridged: the ports that switch, where the device tells; the others route.
        powered: the ports that can give power, where the device tells.

    Raises:
        ValueError: a number or an address in it is none.
    """
    found = Configured()
    for head, lines in _sections(text):
        _top(head, found, words)
        kind, _, rest = head.partition(" ")
        if kind == "interface" and rest:
            name = words.short(rest.strip())
            found.ports[name] = _port(lines, words, name, bridged, powered)
        elif kind == "vlan" and rest.isdigit():
            number = _number(rest)
            found.vlans[number] = _vlan_name(lines) or found.vlans.get(number, "")
        elif kind == "acl" and (named := re.search(r"\b(\d{4})\b", rest)):
            found.lists[int(named[1])] = dict(_rules(lines))
    return found


def _sections(text: str) -> Iterator[tuple[str, list[str]]]:
    """Heads with the lines indented below them; Comware indents what stands in no view, too."""
    lines = [line.rstrip() for line in text.splitlines()]
    parts: list[list[str]] = [[]]
    for line in lines:
        if line.strip() == "#":
            parts.append([])
        elif line.strip():
            parts[-1].append(line)
    for part in parts:
        head, inside = "", list[str]()
        for line in part:
            if head and line.startswith(" "):
                inside.append(line.strip())
                continue
            if head:
                yield head, inside
            head, inside = line.strip(), []
            if line.startswith(" "):
                # A line of no view: it is its own section, like every one that follows it.
                yield head, []
                head = ""
        if head:
            yield head, inside


def _top(line: str, found: Configured, words: Words) -> None:
    tokens = line.split()
    if tokens[:1] == ["sysname"]:
        found.sysname = line.partition(" ")[2].strip()
    elif tokens[:2] == ["vlan", "batch"] or (tokens[:1] == ["vlan"] and "to" in tokens):
        for number in _numbers(tokens[2 if tokens[1] == "batch" else 1 :]):
            found.vlans.setdefault(number, "")
    elif line == words.lldp:
        found.lldp = True
    elif tokens[:2] == ["ip", "route-static"] and (route := _route(tokens[2:])):
        found.routes.append(route)
    elif line.startswith(words.ntp.partition("{")[0]):
        found.ntp.append(tokens[2])


def _route(tokens: Sequence[str]) -> tuple[str, str] | None:
    """Prefix and next hop; None for routes of another kind (a VPN's, over an interface)."""
    try:
        network = IPv4Network(f"{tokens[0]}/{tokens[1]}", strict=False)
        return str(network), str(IPv4Interface(tokens[2]).ip)
    except (ValueError, IndexError):
        return None


def _numbers(words: Sequence[str]) -> list[int]:
    """VLANs of `100 200 to 210`.

    Raises:
        ValueError: one of them is no VLAN.
    """
    found: list[int] = []
    for word, following in zip(words, [*words[1:], ""], strict=True):
        if word == "to" and found and following.isdigit():
            found += range(found[-1] + 1, _number(following))
        elif word.isdigit():
            found.append(_number(word))
    return found


def _number(word: str) -> int:
    number = int(word)
    if not 1 <= number <= VLAN_MAX:
        raise ValueError(f"no VLAN: {word}")
    return number


def _interface(tokens: Sequence[str]) -> list[str]:
    """The address of `ip address …`; none where it is borrowed or asked for (unnumbered, DHCP)."""
    if len(tokens) not in (4, 5) or not tokens[2][0].isdigit():
        return []
    return [str(IPv4Interface(f"{tokens[2]}/{tokens[3]}"))]


def _vlan_name(lines: Sequence[str]) -> str:
    told = {line.partition(" ")[0]: line.partition(" ")[2].strip() for line in lines}
    return told.get("name") or told.get("description") or ""


def _port(
    lines: Sequence[str],
    words: Words,
    name: str,
    bridged: Collection[str] | None,
    powered: Collection[str],
) -> PortConfig:
    port = PortConfig()
    own = name.startswith((words.vlan_interface, "LoopBack", "Loop", "NULL", "MEth", "InLoop"))
    port.routed = own or (bridged is not None and name not in bridged)
    access, trunk = words.access.partition("{")[0], words.trunk.partition("{")[0]
    guard = re.compile(re.escape(words.filter_).replace(r"\{n\}", r"(\d+)"))
    for line in lines:
        if line.startswith("description "):
            port.description = line.partition(" ")[2].strip()
        elif line == "port link-type trunk":
            port.trunk = True
        elif line.startswith(access):
            port.vlan = _number(line.split()[-1])
        elif line.startswith(trunk):
            tokens = line[len(trunk) :].split()
            port.vlans.update(range(2, 4095) if "all" in tokens else _numbers(tokens))
        elif line in {"port link-mode route", "undo portswitch"}:
            port.routed = True
        elif line in ("poe enable", "undo poe enable"):
            port.poe = line == "poe enable"
        elif line.startswith("ip address "):
            port.addresses += _interface(line.split())
        elif found := guard.match(line):
            port.filter_in = int(found[1])
    if port.poe is None and name in powered:
        port.poe = words.powered
    return port


def _rules(lines: Sequence[str]) -> Iterator[tuple[int, str]]:
    for line in lines:
        if found := re.match(r"rule (?:id )?(\d+) (.+)", line):
            yield int(found[1]), rule_from(found[2])


def _access(name: str, port: PortConfig) -> str:
    power = "" if port.poe is None else f" poe={'on' if port.poe else 'off'}"
    return f"{name} vlan={port.vlan}{power}{_described(port)}"


def _uplink(name: str, port: PortConfig) -> str:
    return f"{name} vlans={vlan_words(port.vlans - {OWN_VLAN})}{_described(port)}"


def _described(port: PortConfig) -> str:
    return f" desc={port.description}" if port.description else ""
