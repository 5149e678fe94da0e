"""A configuration as Comware 7 writes it (`display current-configuration`), section by section."""

from __future__ import annotations

from ipaddress import IPv4Network

from fleet.simulator.ssh.canonical import told_vlans
from fleet.simulator.ssh.configuration import DEFAULT_VLAN, Configuration, Port
from fleet.simulator.ssh.naming import COMWARE7
from fleet.simulator.ssh.written import Writer, access_list, in_order, told_address, vlan

HEADER = [" version 7.1.070, Release 6126P20"]
LIST_HEAD = "acl advanced"


def sections(config: Configuration) -> list[list[str]]:
    """Every section with its lines; what belongs to no view is indented by one."""
    made = [HEADER, [f" sysname {config.sysname}"]]
    if config.lldp:
        made.append([" lldp global enable"])
    made += [vlan(number, kept) for number, kept in config.vlans.items()]
    made += [interface(n, config.ports[n]) for n in in_order(COMWARE7, config)]
    routes = [f" ip route-static {_network(network)} {hop}" for network, hop in config.routes]
    made += [routes] if routes else []
    if config.ntp:
        servers = [f" ntp-service unicast-server {server}" for server in config.ntp]
        made.append([" ntp-service enable", *servers])
    made += [access_list(LIST_HEAD, number, config) for number in sorted(config.lists)]
    return made


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


WRITER = Writer(LIST_HEAD, interface, sections)
