"""A configuration as VRP8 writes it (`display current-configuration`), section by section."""

from __future__ import annotations

from ipaddress import IPv4Interface, IPv4Network

from fleet.simulator.ssh import rules
from fleet.simulator.ssh.canonical import told_vlans
from fleet.simulator.ssh.configuration import DEFAULT_VLAN, Configuration, Port, Vlan
from fleet.simulator.ssh.naming import VRP8, order

HEADER = ["!Software Version V600R022C10SPC500"]


def sections(config: Configuration) -> list[list[str]]:
    """Every section with its lines; the first line names it."""
    made = [[f"sysname {config.sysname}"]]
    vlans = [vlan for vlan in config.vlans if vlan != DEFAULT_VLAN]
    if vlans:
        made.append([f"vlan batch {told_vlans(vlans, ' ', ' to ')}"])
    if config.lldp:
        made.append(["lldp enable"])
    made += [vlan(number, kept) for number, kept in config.vlans.items() if kept != Vlan()]
    made += [acl(number, config) for number in sorted(config.lists)]
    made += [interface(n, config.ports[n]) for n in sorted(config.ports, key=_place)]
    routes = [f"ip route-static {told_network(network)} {hop}" for network, hop in config.routes]
    made += [routes] if routes else []
    made += [[f"ntp unicast-server {server}" for server in config.ntp]] if config.ntp else []
    return made


def document(config: Configuration) -> list[str]:
    """The whole configuration, as it is shown and saved."""
    lines = [*HEADER, "#"]
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
    return [f"acl number {number}", *[f" rule {at} {rules.shown(rule)}" for at, rule in listed]]


def interface(name: str, port: Port) -> list[str]:
    """An interface's section; what is as from the factory is not shown."""
    lines = [f"interface {VRP8.full(name)}"]
    lines += [f" description {port.description}"] if port.description else []
    lines += [" shutdown"] if port.shut else []
    if port.address:
        lines.append(f" ip address {told_address(port.address)}")
    if port.trunk:
        lines.append(" port link-type trunk")
        if DEFAULT_VLAN not in port.allowed:
            lines.append(f" undo port trunk allow-pass vlan {DEFAULT_VLAN}")
        if others := [v for v in port.allowed if v != DEFAULT_VLAN]:
            lines.append(f" port trunk allow-pass vlan {told_vlans(others, ' ', ' to ')}")
    elif port.pvid != DEFAULT_VLAN:
        lines.append(f" port default vlan {port.pvid}")
    lines += [" undo poe enable"] if port.poe is False else []
    lines += [f" traffic-filter acl {port.filter_in} inbound"] if port.filter_in else []
    return lines


def told_address(address: str) -> str:
    """`10.0.0.1/24` → `10.0.0.1 255.255.255.0`."""
    told = IPv4Interface(address)
    return f"{told.ip} {told.netmask}"


def told_network(network: str) -> str:
    """`10.0.0.0/24` → `10.0.0.0 255.255.255.0`."""
    told = IPv4Network(network)
    return f"{told.network_address} {told.netmask}"


def _place(name: str) -> tuple[bool, tuple[bool, str, list[int]]]:
    """VLAN interfaces come first, then the ports as a person counts."""
    return VRP8.vlan_of(name) is None, order(name)
