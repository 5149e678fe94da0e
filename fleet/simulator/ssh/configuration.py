"""A switch's configuration as a value: what it holds, how it changes, how it lies on disk.

Both platforms share it; each has its own words for it. A change is a function from one value to
the next, so that a candidate, a trial's base and a startup file are nothing but values kept.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

DEFAULT_VLAN = 1
VLAN_MAX = 4094
RULE_STEP = 5
RULE_MAX = 65534


class Refused(Exception):
    """The device says no; the text is its own, without the platform's mark."""


@dataclass(frozen=True, slots=True)
class Vlan:
    """A VLAN's texts; both platforms have a name and a description."""

    name: str = ""
    description: str = ""


@dataclass(frozen=True, slots=True)
class Port:
    """An interface: bridged (access or trunk), routed, or a VLAN's own.

    `poe` is None where the port has no power to give. `address` is "10.0.0.1/24" or empty; it needs
    `routed`. `filter_in` is the number of the access list on what comes in, 0: none.
    """

    routed: bool = False
    description: str = ""
    trunk: bool = False
    pvid: int = DEFAULT_VLAN
    allowed: tuple[int, ...] = (DEFAULT_VLAN,)
    poe: bool | None = None
    shut: bool = False
    address: str = ""
    filter_in: int = 0


@dataclass(frozen=True, slots=True)
class Rule:
    """One line of an access list. Networks are "10.7.0.0/24", empty: any; `ports` "5060", "1-9"."""

    permit: bool
    protocol: str
    source: str = ""
    destination: str = ""
    ports: str = ""


@dataclass(frozen=True, slots=True)
class Configuration:
    """All that a person configures on a switch or router."""

    sysname: str
    vlans: Mapping[int, Vlan] = field(default_factory=lambda: {DEFAULT_VLAN: Vlan()})
    ports: Mapping[str, Port] = field(default_factory=dict)
    lldp: bool = False
    routes: tuple[tuple[str, str], ...] = ()
    lists: Mapping[int, Mapping[int, Rule]] = field(default_factory=dict)
    ntp: tuple[str, ...] = ()


# One line that a person typed, as what it does.
Edit = Callable[[Configuration], Configuration]


def applied(config: Configuration, edits: Iterable[Edit]) -> Configuration:
    """The configuration after the edits, in their order.

    Raises:
        Refused: one of them cannot be done.
    """
    for edit in edits:
        config = edit(config)
    return config


def port_of(config: Configuration, name: str) -> Port:
    """An interface that is there; a session may stand in the view of one that is gone.

    Raises:
        Refused: there is none.
    """
    port = config.ports.get(name)
    if port is None:
        raise Refused("The interface does not exist.")
    return port


def set_port(name: str, **changes: Any) -> Edit:
    """Change an interface that is there."""

    def edit(config: Configuration) -> Configuration:
        changed = replace(port_of(config, name), **changes)
        return replace(config, ports={**config.ports, name: changed})

    return edit


def allow_vlans(name: str, wanted: Iterable[int], allow: bool) -> Edit:
    """Let a trunk carry VLANs, or no longer."""

    def edit(config: Configuration) -> Configuration:
        port = port_of(config, name)
        if not port.trunk:
            raise Refused("The port is not a trunk port.")
        now = set(port.allowed) | set(wanted) if allow else set(port.allowed) - set(wanted)
        return set_port(name, allowed=tuple(sorted(now)))(config)

    return edit


def put_in_vlan(name: str, vlan: int) -> Edit:
    """Put an access port into a VLAN that is there."""

    def edit(config: Configuration) -> Configuration:
        port = port_of(config, name)
        if port.routed:
            raise Refused("The port is in route mode.")
        if port.trunk:
            raise Refused("The port is not an access port.")
        if vlan not in config.vlans:
            raise Refused("The VLAN does not exist.")
        return set_port(name, pvid=vlan)(config)

    return edit


def make_trunk(name: str, trunk: bool) -> Edit:
    """Make a bridged port a trunk or an access port; what the other kind had goes."""

    def edit(config: Configuration) -> Configuration:
        if port_of(config, name).trunk is trunk:
            return config
        return set_port(name, trunk=trunk, pvid=DEFAULT_VLAN, allowed=(DEFAULT_VLAN,))(config)

    return edit


def make_vlans(wanted: Iterable[int]) -> Edit:
    """Have these VLANs."""
    listed = tuple(wanted)

    def edit(config: Configuration) -> Configuration:
        new = {vlan: Vlan() for vlan in listed if vlan not in config.vlans}
        return replace(config, vlans=dict(sorted({**config.vlans, **new}.items())))

    return edit


def drop_vlans(wanted: Iterable[int], interface: str) -> Edit:
    """Have these VLANs no more: their ports fall back to the default one, trunks lose them.

    `interface` is how the platform's VLAN interfaces begin.
    """
    gone = frozenset(wanted)

    def edit(config: Configuration) -> Configuration:
        if DEFAULT_VLAN in gone:
            raise Refused("The default VLAN cannot be deleted.")
        if any(f"{interface}{vlan}" in config.ports for vlan in gone):
            raise Refused("The VLAN has a VLAN interface; delete that first.")
        ports = {
            name: replace(
                port,
                pvid=DEFAULT_VLAN if port.pvid in gone else port.pvid,
                allowed=tuple(v for v in port.allowed if v not in gone),
            )
            for name, port in config.ports.items()
        }
        vlans = {vlan: kept for vlan, kept in config.vlans.items() if vlan not in gone}
        return replace(config, vlans=vlans, ports=ports)

    return edit


def text_vlan(vlan: int, **texts: str) -> Edit:
    """Give a VLAN its name or description."""

    def edit(config: Configuration) -> Configuration:
        kept = config.vlans.get(vlan)
        if kept is None:
            raise Refused("The VLAN does not exist.")
        return replace(config, vlans={**config.vlans, vlan: replace(kept, **texts)})

    return edit


def make_interface(name: str, vlan: int | None) -> Edit:
    """Have an interface of a VLAN (or a loopback)."""

    def edit(config: Configuration) -> Configuration:
        if name in config.ports:
            return config
        if vlan is not None and vlan not in config.vlans:
            raise Refused("The VLAN does not exist.")
        return replace(config, ports={**config.ports, name: Port(routed=True)})

    return edit


def drop_interface(name: str) -> Edit:
    """Have an interface of a VLAN no more."""

    def edit(config: Configuration) -> Configuration:
        if name not in config.ports:
            raise Refused("The interface does not exist.")
        return replace(config, ports={k: v for k, v in config.ports.items() if k != name})

    return edit


def set_address(name: str, address: str) -> Edit:
    """Give an interface its one address, or none."""

    def edit(config: Configuration) -> Configuration:
        if not port_of(config, name).routed:
            raise Refused("The port is in bridge mode.")
        if address and any(
            other.address == address for key, other in config.ports.items() if key != name
        ):
            raise Refused("The address already exists.")
        return set_port(name, address=address)(config)

    return edit


def set_route(network: str, hop: str, there: bool) -> Edit:
    """Have a static route, or no longer."""

    def edit(config: Configuration) -> Configuration:
        route = (network, hop)
        if not there and route not in config.routes:
            raise Refused("The route does not exist.")
        kept = {*config.routes, route} if there else set(config.routes) - {route}
        return replace(config, routes=tuple(sorted(kept)))

    return edit


def set_ntp(server: str, there: bool) -> Edit:
    """Have an NTP server, or no longer."""

    def edit(config: Configuration) -> Configuration:
        if not there and server not in config.ntp:
            raise Refused("The NTP server does not exist.")
        kept = {*config.ntp, server} if there else set(config.ntp) - {server}
        return replace(config, ntp=tuple(sorted(kept)))

    return edit


def make_list(number: int) -> Edit:
    """Have an access list."""

    def edit(config: Configuration) -> Configuration:
        return replace(config, lists={**config.lists, number: config.lists.get(number, {})})

    return edit


def drop_list(number: int) -> Edit:
    """Have an access list no more; one that filters an interface stays."""

    def edit(config: Configuration) -> Configuration:
        if any(port.filter_in == number for port in config.ports.values()):
            raise Refused("The ACL is in use.")
        if number not in config.lists:
            raise Refused("The ACL does not exist.")
        return replace(config, lists={k: v for k, v in config.lists.items() if k != number})

    return edit


def set_rule(number: int, rule_id: int | None, rule: Rule | None, first: int) -> Edit:
    """Set a rule of an access list, or take it out (`rule` None); without a number it is appended.

    `first` is the number of the first rule of an empty list, which platforms differ in.
    """

    def edit(config: Configuration) -> Configuration:
        rules = dict(config.lists.get(number, {}))
        at = rule_id
        if at is None:
            at = (max(rules) // RULE_STEP + 1) * RULE_STEP if rules else first
        if at > RULE_MAX:
            raise Refused("The rule number is out of range.")
        if rule is None:
            if at not in rules:
                raise Refused("The rule does not exist.")
            del rules[at]
        else:
            rules[at] = rule
        return replace(config, lists={**config.lists, number: dict(sorted(rules.items()))})

    return edit


def to_json(config: Configuration) -> str:
    """The configuration as one JSON document, the same for the same value."""
    return json.dumps(asdict(config), ensure_ascii=False, separators=(",", ":"))


def from_json(document: str) -> Configuration:
    """Read what `to_json` wrote.

    Raises:
        ValueError, KeyError, TypeError: it is something else.
    """
    raw: dict[str, Any] = json.loads(document)
    ports = {
        name: Port(**{**told, "allowed": tuple(told["allowed"])})
        for name, told in raw["ports"].items()
    }
    lists = {
        int(number): {int(at): Rule(**rule) for at, rule in rules.items()}
        for number, rules in raw["lists"].items()
    }
    return Configuration(
        sysname=raw["sysname"],
        vlans={int(vlan): Vlan(**told) for vlan, told in raw["vlans"].items()},
        ports=ports,
        lldp=raw["lldp"],
        routes=tuple((network, hop) for network, hop in raw["routes"]),
        lists=lists,
        ntp=tuple(raw["ntp"]),
    )
