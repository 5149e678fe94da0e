"""A configuration as Comware 7 writes it (`display current-configuration`), section by section."""

from __future__ import annotations

from ipaddress import IPv4Network

from fleet.simulator.ssh import rules
from fleet.simulator.ssh.canonical import told_vlans
from fleet.simulator.ssh.configuration import DEFAULT_VLAN, Configuration, Port, Vlan
from fleet.simulator.ssh.naming import COMWARE7, order
from fleet.simulator.ssh.vrp_config import told_address

HEADER = [" version 7.1.070, Release 6126P20"]


def sections(config: Configuration) -> list[list[str]]:
    """Every section with its lines; what belongs to no view is indented by one."""
    made = [HEADER, [f" sysname {config.sysname}"]]
    if config.lldp:
        made.append([" lldp global enable"])
    made += [vlan(number, kept) for number, kept in config.vlans.items()]
    made += [interface(n, config.ports[n]) for n in sorted(config.ports, key=_place)]
    routes = [f" ip route-static {_network(network)} {hop}" for network, hop in config.routes]
    made += [routes] if routes else []
    if config.ntp:
        servers = [f" ntp-service unicast-server {server}" for server in config.ntp]
        made.append([" ntp-service enable", *servers])
    made += [acl(number, config) for number in sorted(config.lists)]
    return made


def document(config: Configuration) -> list[str]:
    """The whole configuration, as it is shown and saved."""
    lines = ["#"]
    for section in sections(config):
        lines += [*section, "#"]
    return [*lines, "return"]


def vlan(number: int, kept: Vlan) -> list[str]:
    """A VLAN's section."""
    lines = [f"vlan {number}"]
    lines += [f" name {kept.name}"] if kept.name else []
    lines += [f" description {kept.description}"] if kept.description else []
    return lines


def acl(number: int, config: Configuration) -> list[str]:
    """An access list's section."""
    listed = config.lists[number].items()
    return [f"acl advanced {number}", *[f" rule {at} {rules.shown(rule)}" for at, rule in listed]]


def interface(name: str, port: Port) -> list[str]:
    """An interface's section; what is as from the factory is not shown."""
    lines = [f"interface {COMWARE7.full(name)}"]
    if COMWARE7.vlan_of(name) is None and not name.startswith("Loop"):
        lines.append(f" port link-mode {'route' if port.routed else 'bridge'}")
    lines += [f" description {port.description}"] if port.description else []
    lines += [" shutdown"] if port.shut else []
    if port.address:
        lines.append(f" ip address {told_address(port.address)}")
    if port.trunk:
        lines.append(" port link-type trunk")
        if DEFAULT_VLAN not in port.allowed:
            lines.append(f" undo port trunk permit vlan {DEFAULT_VLAN}")
        if port.allowed != (DEFAULT_VLAN,) and port.allowed:
            lines.append(f" port trunk permit vlan {told_vlans(port.allowed, ' ', ' to ')}")
    elif port.pvid != DEFAULT_VLAN:
        lines.append(f" port access vlan {port.pvid}")
    lines += [" poe enable"] if port.poe else []
    lines += [f" packet-filter {port.filter_in} inbound"] if port.filter_in else []
    return lines


def _network(network: str) -> str:
    told = IPv4Network(network)
    return f"{told.network_address} {told.prefixlen}"


def _place(name: str) -> tuple[bool, tuple[bool, str, list[int]]]:
    """VLAN interfaces come first, then the ports as a person counts."""
    return COMWARE7.vlan_of(name) is None, order(name)
