"""A configuration as VRP8 writes it (`display current-configuration`), section by section."""

from __future__ import annotations

from ipaddress import IPv4Network

from fleet.simulator.ssh.canonical import told_vlans
from fleet.simulator.ssh.configuration import DEFAULT_VLAN, Configuration, Port, Vlan
from fleet.simulator.ssh.naming import VRP8
from fleet.simulator.ssh.written import Writer, access_list, in_order, told_address, vlan

HEADER = ["!Software Version V600R022C10SPC500"]
LIST_HEAD = "acl number"


def sections(config: Configuration) -> list[list[str]]:
    """Every section with its lines; the first line names it."""
    made = [[f"sysname {config.sysname}"]]
    vlans = [vlan for vlan in config.vlans if vlan != DEFAULT_VLAN]
    if vlans:
        made.append([f"vlan batch {told_vlans(vlans, ' ', ' to ')}"])
    if config.lldp:
        made.append(["lldp enable"])
    made += [vlan(number, kept) for number, kept in config.vlans.items() if kept != Vlan()]
    made += [access_list(LIST_HEAD, number, config) for number in sorted(config.lists)]
    made += [interface(n, config.ports[n]) for n in in_order(VRP8, config)]
    routes = [f"ip route-static {told_network(network)} {hop}" for network, hop in config.routes]
    made += [routes] if routes else []
    made += [[f"ntp unicast-server {server}" for server in config.ntp]] if config.ntp else []
    return made


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


def told_network(network: str) -> str:
    """`10.0.0.0/24` → `10.0.0.0 255.255.255.0`."""
    told = IPv4Network(network)
    return f"{told.network_address} {told.netmask}"


WRITER = Writer(LIST_HEAD, interface, sections, HEADER)
