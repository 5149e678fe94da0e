"""What Comware 7 shows: its `display` commands, in the texts that template libraries read."""

from __future__ import annotations

import time

from fleet.simulator.ssh import rules
from fleet.simulator.ssh.box import Box
from fleet.simulator.ssh.configuration import Port
from fleet.simulator.ssh.links import is_up, neighbours_of
from fleet.simulator.ssh.naming import COMWARE7, order
from fleet.simulator.ssh.written import told_address


def version(box: Box) -> list[str]:
    """`display version`."""
    uptime = "12 weeks, 5 days, 15 hours, 4 minutes"
    return [
        "H3C Comware Software, Version 7.1.070, Release 6126P20",
        "Copyright (c) 2004-2023 New H3C Technologies Co., Ltd. All rights reserved.",
        f"H3C {box.model} uptime is {uptime}",
        "Last reboot reason : Cold reboot",
        "",
        "Boot image: flash:/s5130s_ei-cmw710-boot-r6126p20.bin",
        "Boot image version: 7.1.070, Release 6126P20",
        "  Compiled Jun 13 2022 11:00:00",
        "",
        "Slot 1:",
        f"Uptime is {uptime}",
        f"H3C {box.model} with 1 Processor",
        f"BOARD TYPE:         {box.model}",
        "DRAM:               512M bytes",
        "FLASH:              256M bytes",
        "Reboot Cause  :     ColdReboot",
    ]


def manufacture(box: Box) -> list[str]:
    """`display device manuinfo`."""
    return [
        "Slot 1 CPU 0:",
        f"DEVICE_NAME          : {box.model}",
        f"DEVICE_SERIAL_NUMBER : {box.serial}",
        f"MAC_ADDRESS          : {box.mac.upper()}",
        "MANUFACTURING_DATE   : 2022-06-20",
        "VENDOR_NAME          : H3C",
    ]


def clock(box: Box) -> list[str]:
    """`display clock`."""
    return [time.strftime("%H:%M:%S UTC %a %m/%d/%Y", time.gmtime(box.clock()))]


def vlan_brief(box: Box) -> list[str]:
    """`display vlan brief`."""
    config = box.now().running
    lines = [
        "Brief information about all VLANs:",
        "Supported Minimum VLAN ID: 1",
        "Supported Maximum VLAN ID: 4094",
        "Default VLAN ID: 1",
        "VLAN ID   Name                             Port",
    ]
    for number, kept in config.vlans.items():
        members = [n for n, p in _ports(box) if not p.routed and number in _carried(p)]
        rows = ["  ".join(members[at : at + 3]) for at in range(0, len(members), 3)] or [""]
        lines.append(f"{number:<9} {kept.name or f'VLAN {number:04}':<32} {rows[0]}".rstrip())
        lines += [f"{'':<43}{row}" for row in rows[1:]]
    return lines


def vlan_all(box: Box) -> list[str]:
    """`display vlan all`."""
    config = box.now().running
    lines = []
    for number, kept in config.vlans.items():
        own = config.ports.get(f"{COMWARE7.vlan}{number}")
        lines += [
            f" VLAN ID: {number}",
            " VLAN type: Static",
            f" Route interface: {'Configured' if own else 'Not configured'}",
        ]
        if own is not None and own.address:
            address, mask = told_address(own.address).split()
            lines += [f" IPv4 address: {address}", f" IPv4 subnet mask: {mask}"]
        lines += [
            f" Description: {kept.description or f'VLAN {number:04}'}",
            f" Name: {kept.name or f'VLAN {number:04}'}",
            *_members(box, number, tagged=True),
            *_members(box, number, tagged=False),
            "",
        ]
    return lines


def brief(box: Box) -> list[str]:
    """`display interface brief`."""
    routed = [
        "Brief information on interfaces in route mode:",
        "Link: ADM - administratively down; Stby - standby",
        "Protocol: (s) - spoofing",
        "Interface            Link Protocol Primary IP      Description",
    ]
    bridged = [
        "Brief information on interfaces in bridge mode:",
        "Link: ADM - administratively down; Stby - standby",
        "Speed: (a) - auto",
        "Duplex: (a)/A - auto; H - half; F - full",
        "Type: A - access; T - trunk; H - hybrid",
        "Interface            Link Speed   Duplex Type PVID Description",
    ]
    for name, port in _ports(box):
        up = is_up(box, name, port)
        word = "ADM" if port.shut else "UP" if up else "DOWN"
        if port.routed:
            protocol = "UP" if up and port.address else "DOWN"
            address = port.address.partition("/")[0] or "--"
            line = f"{name:<20} {word:<4} {protocol:<8} {address:<15} {port.description}"
            routed.append(line.rstrip())
        else:
            speed, duplex = ("1G(a)", "F(a)") if up else ("auto", "A")
            kind = "T" if port.trunk else "A"
            line = f"{name:<20} {word:<4} {speed:<7} {duplex:<6} {kind:<4} {port.pvid:<4}"
            bridged.append(f"{line} {port.description}".rstrip())
    return [*routed, "", *(bridged if len(bridged) > 6 else [])]


def addresses(box: Box) -> list[str]:
    """`display ip interface brief`."""
    lines = [
        "*down: administratively down",
        "(s): spoofing  (l): loopback",
        "Interface          Physical Protocol IP address/Mask    VPN instance Description",
    ]
    for name, port in _ports(box):
        if port.routed:
            up = "*down" if port.shut else "up" if is_up(box, name, port) else "down"
            protocol = "up" if up == "up" and port.address else "down"
            told = port.address or "--"
            lines.append(
                f"{name:<18} {up:<8} {protocol:<8} {told:<18} --           "
                f"{port.description or '--'}"
            )
    return lines


def routes(box: Box) -> list[str]:
    """`display ip routing-table`."""
    found = box.now().running.routes
    lines = [
        "",
        f"Destinations : {len(found)}        Routes : {len(found)}",
        "",
        "Destination/Mask   Proto   Pre Cost        NextHop         Interface",
    ]
    return [*lines, *[_route(network, hop) for network, hop in found]]


def routes_static(box: Box) -> list[str]:
    """`display ip routing-table protocol static`."""
    found = box.now().running.routes
    lines = [
        "",
        f"Summary count : {len(found)}",
        "",
        "Static Routing table status : <Active>",
        f"Summary count : {len(found)}",
        "",
        "Destination/Mask   Proto   Pre Cost        NextHop         Interface",
    ]
    return [*lines, *[_route(network, hop) for network, hop in found]]


def acl_all(box: Box) -> list[str]:
    """`display acl all`."""
    return [line for number in sorted(box.now().running.lists) for line in acl_one(box, number)]


def acl_one(box: Box, number: int) -> list[str]:
    """`display acl N`."""
    listed = box.now().running.lists.get(number)
    if listed is None:
        return []
    word = "rule" if len(listed) == 1 else "rules"
    lines = [f"Advanced IPv4 ACL {number}, {len(listed)} {word},", "ACL's step is 5, start ID is 0"]
    return [*lines, *[f" rule {at} {rules.shown(rule)}" for at, rule in listed.items()], ""]


def filters(box: Box) -> list[str]:
    """`display packet-filter interface`."""
    lines = []
    for name, port in _ports(box):
        if port.filter_in:
            lines += [
                f"Interface: {COMWARE7.full(name)}",
                " Inbound policy:",
                f"  IPv4 ACL {port.filter_in}",
            ]
    return lines


def neighbours(box: Box) -> list[str]:
    """`display lldp neighbor-information list`."""
    lines = [
        "Chassis ID : * -- -- Nearest nontpmr bridge neighbor",
        "             # -- -- Nearest customer bridge neighbor",
        "             Default -- -- Nearest bridge neighbor",
        "Local Interface Chassis ID      Port ID           System Name",
    ]
    return [
        *lines,
        *[
            f"{port:<15} 0c3a-fa00-0001  {'eth0':<17} {device}"
            for port, device in neighbours_of(box)
        ],
    ]


def power(box: Box) -> list[str]:
    """`display poe interface`."""
    lines = [
        " Interface  PoE      Priority CurPower  Oper IEEE  Detection",
        "            Status            (W)            Class Status",
    ]
    used = 0
    for name, port in _ports(box):
        if port.poe is None:
            continue
        fed = port.poe and is_up(box, name, port)
        used += fed
        word = "Delivering Power" if fed else "Searching" if port.poe else "Disabled"
        status, use, oper = (
            ("Enabled" if port.poe else "Disabled"),
            4.5 * fed,
            "On" if fed else "Off",
        )
        lines.append(f" {name:<10} {status:<8} Low      {use:<9} {oper:<4} {2 * fed:<5} {word}")
    left = 370 - 4.5 * used
    return [
        *lines,
        f" --- On State Ports:  {used}; Used: {4.5 * used}(W); Remaining: {left}(W) ---",
    ]


def ntp(box: Box) -> list[str]:
    """`display ntp-service status`."""
    servers = box.now().running.ntp
    return [
        f" Clock status: {'synchronized' if servers else 'unsynchronized'}",
        f" Clock stratum: {3 if servers else 16}",
        f" System peer: {servers[0] if servers else '--'}",
    ]


def next_start(box: Box) -> list[str]:
    """`display startup`."""
    del box
    return [
        "MainBoard:",
        " Current startup saved-configuration file: flash:/startup.cfg",
        " Next main startup saved-configuration file: flash:/startup.cfg",
        " Next backup startup saved-configuration file: NULL",
    ]


def _ports(box: Box) -> list[tuple[str, Port]]:
    return sorted(box.now().running.ports.items(), key=lambda item: order(item[0]))


def _carried(port: Port) -> tuple[int, ...]:
    return port.allowed if port.trunk else (port.pvid,)


def _members(box: Box, number: int, tagged: bool) -> list[str]:
    """A VLAN's tagged or untagged ports, three on a line."""
    found = [
        COMWARE7.full(name)
        for name, port in _ports(box)
        if not port.routed
        and number in _carried(port)
        and (port.trunk and port.pvid != number) is tagged
    ]
    head = f" {'Tagged' if tagged else 'Untagged'} ports:"
    if not found:
        return [f"{head:<18}None"]
    return [head, *["    " + "  ".join(found[at : at + 3]) for at in range(0, len(found), 3)]]


def _route(network: str, hop: str) -> str:
    return f"{network:<18} Static  60  0           {hop:<15} Vlan1"
