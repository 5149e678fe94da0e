"""The texts of `display` commands: what the well-kept template library reads in them is true."""

from __future__ import annotations

from typing import Any

import pytest
from ntc_templates.parse import parse_output

from tests.simulator.switches.kit import Switch, Terminal

SET_UP = {
    "huawei_vrpv8": (
        "system-view", "vlan 100", "name cameras", "quit", "interface GE1/0/1",
        "port default vlan 100", "description gate east", "quit", "interface 10GE1/0/1",
        "port link-type trunk", "port trunk allow-pass vlan 100", "quit", "interface Vlanif100",
        "ip address 10.34.1.1 24", "quit", "ip route-static 0.0.0.0 0 10.34.1.254", "acl 3001",
        "rule permit udp source 10.7.0.0 0.0.0.255 destination-port eq 5060", "rule deny ip",
        "quit", "interface Vlanif100", "traffic-filter acl 3001 inbound", "quit", "lldp enable",
        "ntp unicast-server 10.0.0.1", "interface GE1/0/9", "shutdown", "commit", "return",
    ),
    "hp_comware": (
        "system-view", "vlan 100", "name cameras", "quit", "interface GE1/0/1",
        "port access vlan 100", "poe enable", "description gate east", "quit",
        "interface XGE1/0/25", "port link-type trunk", "port trunk permit vlan 100", "quit",
        "interface Vlan-interface100",
        "ip address 10.34.1.1 24", "quit", "ip route-static 0.0.0.0 0 10.34.1.254",
        "lldp global enable", "ntp-service unicast-server 10.0.0.1", "interface GE1/0/9",
        "shutdown", "return",
    ),
}  # fmt: skip


def set_up(platform: str) -> Terminal:
    """A switch on which something is configured."""
    terminal = Switch(platform).login()  # type: ignore[arg-type]  # one of the two
    for line in SET_UP[platform]:
        terminal(line)
    return terminal


def read(terminal: Terminal, platform: str, command: str) -> list[dict[str, Any]]:
    """A command's answer as the templates of the platform read it; they refuse what is foreign."""
    rows: list[dict[str, Any]] = parse_output(
        platform="huawei_vrp" if platform == "huawei_vrpv8" else platform,
        command=command,
        data=terminal(command),
    )
    return rows


def row(rows: list[dict[str, Any]], key: str, value: str) -> dict[str, Any]:
    """The one row with a value."""
    (found,) = [one for one in rows if one[key] == value]
    return found


@pytest.fixture(scope="module")
def vrp() -> Terminal:
    """A configured VRP8 switch."""
    return set_up("huawei_vrpv8")


@pytest.fixture(scope="module")
def comware() -> Terminal:
    """A configured Comware switch."""
    return set_up("hp_comware")


def test_vrp_version(vrp: Terminal) -> None:
    """The version begins with 8: the two-stage one."""
    (told,) = read(vrp, "huawei_vrpv8", "display version")
    assert told["vrp_version"].startswith("8.")
    assert told["model"] == "S5735-L24P4X-A"


def test_vrp_interfaces(vrp: Terminal) -> None:
    """Something hangs on GE1/0/1, nothing on GE1/0/3, and GE1/0/9 was shut."""
    rows = read(vrp, "huawei_vrpv8", "display interface brief")
    states = {one["interface"]: (one["phy"], one["protocol"]) for one in rows}
    assert states["GE1/0/1"] == ("up", "up")
    assert states["GE1/0/3"] == ("down", "down")
    assert states["GE1/0/9"] == ("*down", "down")
    assert states["10GE1/0/1"] == ("up", "up")
    assert states["Vlanif100"] == ("up", "up")
    told = read(vrp, "huawei_vrpv8", "display interface description")
    assert row(told, "interface", "GE1/0/1")["description"] == "gate east"


def test_vrp_vlans(vrp: Terminal) -> None:
    """Each with its name, each port with its kind and its VLANs."""
    rows = read(vrp, "huawei_vrpv8", "display vlan")
    assert {one["vlan_id"]: one["vlan_description"] for one in rows} == {
        "1": "VLAN 0001",
        "100": "cameras",
    }
    ports = read(vrp, "huawei_vrpv8", "display port vlan")
    access = row(ports, "interface", "GE1/0/1")
    assert (access["link_type"], access["vlan_id"]) == ("access", "100")
    trunk = row(ports, "interface", "10GE1/0/1")
    assert (trunk["link_type"], trunk["trunk_vlan_list"]) == ("trunk", ["1", "100"])


def test_vrp_access_lists(vrp: Terminal) -> None:
    """The rules as typed, and where the list is put."""
    # The template closes with a row that repeats the list's number alone.
    first, second = (one for one in read(vrp, "huawei_vrpv8", "display acl all") if one["sn"])
    assert (first["acl_number"], first["sn"], first["action"]) == ("3001", "5", "permit")
    assert (first["source"], first["destination_port_range"]) == ("10.7.0.0 0.0.0.255", "5060")
    assert (second["sn"], second["action"], second["protocol"]) == ("10", "deny", "ip")
    (put,) = read(vrp, "huawei_vrpv8", "display traffic-filter applied-record")
    assert (put["instance"], put["acl_nb"]) == ("Vlanif100", "3001")


def test_vrp_neighbours_and_clock(vrp: Terminal) -> None:
    """Who hangs on the powered ports; the clock's server."""
    rows = read(vrp, "huawei_vrpv8", "display lldp neighbor")
    assert {one["local_interface"]: one["neighbor_name"] for one in rows} == {
        "GE1/0/1": "cam-1",
        "GE1/0/2": "cam-2",
    }
    (clock,) = read(vrp, "huawei_vrpv8", "display ntp status")
    assert (clock["clock_status"], clock["reference_clock_id"]) == ("synchronized", "10.0.0.1")
    (start,) = read(vrp, "huawei_vrpv8", "display startup")
    assert start["next_startup_saved_configuration_file"] == "flash:/vrpcfg.zip"


@pytest.mark.parametrize(
    ("command", "wanted"),
    [
        ("display device manufacture-info", "SER-sw-1"),
        ("display esn", "SER-sw-1"),
        ("display ip interface brief", "10.34.1.1/24"),
        ("display ip routing-table protocol static", "10.34.1.254"),
        ("display poe power-state", "Powered"),
        ("display lldp neighbor brief", "cam-1"),
        ("display current-configuration interface GE1/0/1", " description gate east"),
        ("display acl 3001", "rule 10 deny ip"),
        ("display clock", "UTC"),
    ],
)
def test_vrp_texts_without_a_template(vrp: Terminal, command: str, wanted: str) -> None:
    """What the library has no template for says what it should all the same."""
    assert wanted in vrp(command)


def test_comware_identity(comware: Terminal) -> None:
    """Model and serial number of the box."""
    (told,) = read(comware, "hp_comware", "display device manuinfo")
    assert told["device_serial_number"] == "SER-sw-1"
    assert told["device_name"] == "S5130S-28P-PWR-EI"
    assert "Version 7.1" in comware("display version")


def test_comware_interfaces(comware: Terminal) -> None:
    """Bridged ports with their VLAN and state, VLAN interfaces with their address."""
    rows = read(comware, "hp_comware", "display interface brief")
    access = row(rows, "interface", "GE1/0/1")
    assert (access["link"], access["type"], access["vlan_id"]) == ("UP", "A", "100")
    assert access["description"] == "gate east"
    assert row(rows, "interface", "GE1/0/9")["link"] == "ADM"
    assert row(rows, "interface", "XGE1/0/25")["type"] == "T"
    own = row(rows, "interface", "Vlan100")
    assert (own["main_ip"], own["protocol"]) == ("10.34.1.1", "UP")


def test_comware_vlans(comware: Terminal) -> None:
    """Each with its name and the address of its interface."""
    rows = read(comware, "hp_comware", "display vlan all")
    own = row(rows, "vlan_id", "100")
    assert (own["vlan_name"], own["ipv4_address"]) == ("cameras", "10.34.1.1")
    brief = comware("display vlan brief")
    assert "GE1/0/1" in next(line for line in brief.split("\n") if line.startswith("100"))


def test_comware_neighbours(comware: Terminal) -> None:
    """Only who has power: nothing on GE1/0/2, whose power is off from the factory."""
    (told,) = read(comware, "hp_comware", "display lldp neighbor-information list")
    assert (told["local_interface"], told["neighbor_name"]) == ("GE1/0/1", "cam-1")


def test_comware_routes(comware: Terminal) -> None:
    """The static route with its next hop."""
    (told,) = read(comware, "hp_comware", "display ip routing-table")
    assert (told["network"], told["prefix_length"]) == ("0.0.0.0", "0")
    assert told["nexthop_ip"] == "10.34.1.254"


@pytest.mark.parametrize(
    ("command", "wanted"),
    [
        ("display ip interface brief", "10.34.1.1/24"),
        ("display ip routing-table protocol static", "10.34.1.254"),
        ("display poe interface", "Delivering Power"),
        ("display ntp-service status", "10.0.0.1"),
        ("display startup", "flash:/startup.cfg"),
        ("display clock", "UTC"),
        ("display current-configuration interface GE1/0/1", " port access vlan 100"),
    ],
)
def test_comware_texts_without_a_template(comware: Terminal, command: str, wanted: str) -> None:
    """What the library has no template for says what it should all the same."""
    assert wanted in comware(command)


def test_power_decides_what_is_up() -> None:
    """Power taken off a port: what hangs there is heard no more, and the port is down."""
    terminal = set_up("hp_comware")
    for line in ("system-view", "interface GE1/0/1", "undo poe enable", "return"):
        terminal(line)
    rows = read(terminal, "hp_comware", "display interface brief")
    assert row(rows, "interface", "GE1/0/1")["link"] == "DOWN"
    assert "cam-1" not in terminal("display lldp neighbor-information list")
    assert "Used: 0.0(W)" in terminal("display poe interface")


def test_without_lldp_nobody_is_heard() -> None:
    """Out of the box it is off."""
    terminal = Switch("huawei_vrpv8").login()
    assert "cam-1" not in terminal("display lldp neighbor brief")
