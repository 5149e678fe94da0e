"""What VRP8 shows: its `display` commands, in the texts that template libraries read."""

from __future__ import annotations

import time
from collections.abc import Sequence

from fleet.simulator.ssh import rules
from fleet.simulator.ssh.box import Box
from fleet.simulator.ssh.canonical import told_vlans
from fleet.simulator.ssh.configuration import Configuration, Port, Vlan
from fleet.simulator.ssh.links import is_up, neighbours_of
from fleet.simulator.ssh.naming import VRP8, order

_RULE = "-" * 80


def trial_status(box: Box) -> list[str]:
    """`display configuration trial status`; a scaled clock says that it is one."""
    state = box.now()
    if box.has("other-trial"):
        return ["Trial status: ACTIVE", "Persist id: noc-4711", "Trial time left (sec): 420"]
    if state.trial is None:
        return ["Trial status: INACTIVE", "Trial time left (sec): 0"]
    lines = ["Trial status: ACTIVE"]
    lines += [f"Persist id: {state.trial.persist}"] if state.trial.persist else []
    lines.append(f"Trial time left (sec): {box.seconds_left()}")
    if box.spec.trial_scale != 1.0:
        lines.append(f"Trial clock: simulated, {1 / box.spec.trial_scale:g} times as fast")
    return lines


def commits(box: Box) -> list[str]:
    """`display configuration commit list`, the newest first."""
    lines = [_RULE, "No.  CommitId    Label        User          TimeStamp", _RULE]
    for at, point in enumerate(reversed(box.now().points), 1):
        lines.append(
            f"{at:<4} {point.number}  {point.label or '-':<12} {point.user:<13} {_when(point.time)}"
        )
    return [*lines, _RULE]


def commits_verbose(box: Box) -> list[str]:
    """The same with descriptions."""
    lines = []
    for at, point in enumerate(reversed(box.now().points), 1):
        lines += [
            f"{at}) CommitId: {point.number}",
            f"        Label: {point.label or '-'}",
            f"        User: {point.user}",
            f"        User-Intf: {point.line}",
            "        Type: CLI",
            f"        TimeStamp: {_when(point.time)}",
            f"        Description: {point.description}",
            "",
        ]
    return lines


def version(box: Box) -> list[str]:
    """`display version`."""
    return [
        "Huawei Versatile Routing Platform Software",
        f"VRP (R) software, Version 8.221 ({box.model} V600R022C10SPC500)",
        "Copyright (C) 2012-2023 Huawei Technologies Co., Ltd.",
        f"HUAWEI {box.model} uptime is 12 days, 3 hours, 20 minutes",
        "",
        "MPU 1(Master)  : uptime is 12 days, 3 hours, 19 minutes",
    ]


def manufacture(box: Box) -> list[str]:
    """`display device manufacture-info`."""
    return [
        "Slot  Card  Type                   Serial-number            Manu-date",
        _RULE,
        f"1     --    {box.model:<22} {box.serial:<24} 2023-05-17",
        _RULE,
    ]


def esn(box: Box) -> list[str]:
    """`display esn`."""
    return [f"ESN of device: {box.serial}"]


def clock(box: Box) -> list[str]:
    """`display clock`."""
    at = time.gmtime(box.clock())
    return [
        time.strftime("%Y-%m-%d %H:%M:%S+00:00", at),
        time.strftime("%A", at),
        "Time Zone(DefaultZoneName) : UTC",
    ]


def vlan(box: Box) -> list[str]:
    """`display vlan`: the ports of each, then what each is."""
    config = box.now().running
    lines = [
        f"The total number of VLANs is : {len(config.vlans)}",
        _RULE,
        "U: Up;         D: Down;         TG: Tagged;         UT: Untagged;",
        "MP: Vlan-mapping;               ST: Vlan-stacking;",
        "#: ProtocolTransparent-vlan;    *: Management-vlan;",
        "MAC-LRN: MAC-address learning;  STAT: Statistic;",
        "BC: Broadcast; MC: Multicast;   UC: Unknown-unicast;",
        "FWD: Forward;  DSD: Discard;",
        _RULE,
        "",
        "VID          Ports",
        _RULE,
    ]
    for number in config.vlans:
        lines += _members(box, config, number)
    lines += ["", "VID  Type     Status  Property  MAC-LRN STAT    BC  MC  UC  Description", _RULE]
    lines += [
        f"{number:<4} common   enable  default   enable  disable FWD FWD FWD {_told(number, kept)}"
        for number, kept in config.vlans.items()
    ]
    return lines


def brief(box: Box) -> list[str]:
    """`display interface brief`."""
    lines = [
        "PHY: Physical",
        "*down: administratively down",
        "^down: standby",
        "(l): loopback",
        "(s): spoofing",
        "(b): BFD down",
        "(e): ETHOAM down",
        "InUti/OutUti: input utility/output utility",
        "Interface                  PHY      Protocol  InUti OutUti   inErrors  outErrors",
    ]
    for name, port in _ports(box):
        word = _state(box, name, port)
        use = "0.01%" if word == "up" and VRP8.vlan_of(name) is None else "0%"
        use = "--" if VRP8.vlan_of(name) is not None else use
        protocol = "up" if word == "up" else "down"
        lines.append(f"{name:<26} {word:<8} {protocol:<9} {use:>5} {use:>6} {0:>10} {0:>10}")
    return lines


def descriptions(box: Box) -> list[str]:
    """`display interface description`."""
    lines = [
        "PHY: Physical",
        "*down: administratively down",
        "(s): spoofing",
        "Interface                     PHY     Protocol Description",
    ]
    for name, port in _ports(box):
        word = _state(box, name, port)
        protocol = "up" if word == "up" else "down"
        lines.append(f"{name:<29} {word:<7} {protocol:<8} {port.description}".rstrip())
    return lines


def port_vlan(box: Box) -> list[str]:
    """`display port vlan`."""
    lines = [
        "Port                    Link Type    PVID  Trunk VLAN List",
        "-" * 71,
    ]
    for name, port in _ports(box):
        if port.routed:
            continue
        carried = told_vlans(port.allowed, " ") if port.trunk else "-"
        kind = "trunk" if port.trunk else "access"
        lines.append(f"{name:<23} {kind:<12} {port.pvid:<5} {carried}")
    return lines


def addresses(box: Box) -> list[str]:
    """`display ip interface brief`."""
    lines = ["Interface                         IP Address/Mask      Physical   Protocol   VPN"]
    for name, port in _ports(box):
        if port.routed:
            word = _state(box, name, port)
            told = port.address or "unassigned"
            protocol = "up" if word == "up" and port.address else "down"
            lines.append(f"{name:<33} {told:<20} {word:<10} {protocol:<10} --")
    return lines


def routes(box: Box) -> list[str]:
    """`display ip routing-table protocol static`."""
    lines = [
        "Route Flags: R - relay, D - download to fib, T - to vpn-instance, B - black hole route",
        "-" * 78,
        "_public_ Routing Table : Static",
        f"         Destinations : {len(box.now().running.routes):<8} "
        f"Routes : {len(box.now().running.routes)}",
        "",
        "Destination/Mask    Proto   Pre  Cost        Flags NextHop         Interface",
        "",
    ]
    for network, hop in box.now().running.routes:
        lines.append(f"{network:>18}  Static  60   0             RD  {hop:<15} Vlanif1")
    return lines


def acl_all(box: Box) -> list[str]:
    """`display acl all`."""
    lists = box.now().running.lists
    filled = sum(1 for one in lists.values() if one)
    lines = [f" Total quantity of nonempty ACL number is {filled}", ""]
    for number in sorted(lists):
        lines += acl_one(box, number)
    return lines


def acl_one(box: Box, number: int) -> list[str]:
    """`display acl N`."""
    listed = box.now().running.lists.get(number, {})
    word = "rule" if len(listed) == 1 else "rules"
    lines = [f"Advanced ACL {number}, {len(listed)} {word}", "Acl's step is 5"]
    return [*lines, *[f" rule {at} {rules.shown(rule)}" for at, rule in listed.items()], ""]


def filters(box: Box) -> list[str]:
    """`display traffic-filter applied-record`."""
    lines = ["-" * 59, "Interface                   Direction  AppliedRecord", "-" * 59]
    lines += [
        f"{name:<27} inbound    acl {port.filter_in}"
        for name, port in _ports(box)
        if port.filter_in
    ]
    return [*lines, "-" * 59]


def neighbours(box: Box) -> list[str]:
    """`display lldp neighbor brief`."""
    lines = [
        "Local Interface         Exptime(s) Neighbor Interface      Neighbor Device",
        "-" * 79,
    ]
    return [
        *lines,
        *[f"{port:<23} {111:>10}  {'eth0':<23} {device}" for port, device in neighbours_of(box)],
    ]


def neighbours_long(box: Box) -> list[str]:
    """`display lldp neighbor`."""
    lines: list[str] = []
    for port, device in neighbours_of(box):
        lines += [
            f"{port} has 1 neighbor(s):",
            "",
            "Neighbor index                     :1",
            "Chassis type                       :MAC Address",
            "Chassis ID                         :0c3a-fa00-0001",
            "Port ID subtype                    :Interface Name",
            "Port ID                            :eth0",
            f"System name                        :{device}",
            "Expired time                       :111s",
            "",
        ]
    return lines


def power(box: Box) -> list[str]:
    """`display poe power-state`."""
    lines = ["PORTNAME            POWERON/OFF ENABLED FAST-ON PRIORITY STATUS", _RULE]
    for name, port in _ports(box):
        if port.poe is None:
            continue
        fed = port.poe and is_up(box, name, port)
        word = "Powered" if fed else "Detecting" if port.poe else "Disabled"
        lines.append(
            f"{name:<19} {'on' if fed else 'off':<11} {'enable' if port.poe else 'disable':<7} "
            f"disable Low      {word}"
        )
    return lines


def ntp(box: Box) -> list[str]:
    """`display ntp status`."""
    servers = box.now().running.ntp
    return [
        f" clock status: {'synchronized' if servers else 'unsynchronized'}",
        f" clock stratum: {3 if servers else 16}",
        f" reference clock ID: {servers[0] if servers else 'none'}",
        " nominal frequency: 100.0000 Hz",
        " actual frequency: 100.0000 Hz",
        " clock precision: 2^18",
    ]


def next_start(box: Box) -> list[str]:
    """`display startup`."""
    del box
    return [
        "MainBoard:",
        "  Startup system software:                   flash:/V600R022C10SPC500.cc",
        "  Next startup system software:              flash:/V600R022C10SPC500.cc",
        "  Startup saved-configuration file:          flash:/vrpcfg.zip",
        "  Next startup saved-configuration file:     flash:/vrpcfg.zip",
    ]


def _ports(box: Box) -> list[tuple[str, Port]]:
    return sorted(box.now().running.ports.items(), key=lambda item: order(item[0]))


def _state(box: Box, name: str, port: Port) -> str:
    if port.shut:
        return "*down"
    return "up" if is_up(box, name, port) else "down"


def _when(at: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S+00:00", time.gmtime(at))


def _told(number: int, kept: Vlan) -> str:
    return kept.description or kept.name or f"VLAN {number:04}"


def _members(box: Box, config: Configuration, number: int) -> list[str]:
    """A VLAN's ports, untagged before tagged, four on a line."""
    groups = {
        "UT": [n for n, p in _ports(box) if not p.routed and p.pvid == number],
        "TG": [n for n, p in _ports(box) if p.trunk and number in p.allowed and p.pvid != number],
    }
    lines, head = [], f"{number:<4}"
    for mark, names in groups.items():
        told = [f"{n}({'U' if is_up(box, n, config.ports[n]) else 'D'})" for n in names]
        for at, row in enumerate(_rows(told)):
            lines.append(f"{head:<13}{mark + ':' if at == 0 else '   '}{row}")
            head = ""
    return lines or [head]


def _rows(words: Sequence[str]) -> list[str]:
    return [
        " ".join(f"{word:<15}" for word in words[at : at + 4]).rstrip()
        for at in range(0, len(words), 4)
    ]
