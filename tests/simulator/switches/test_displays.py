"""Displays against what runs: any configuration, read back from the device's own tables."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ntc_templates.parse import parse_output

from fleet.simulator.ssh import rules
from fleet.simulator.ssh.configuration import Configuration
from tests.simulator.switches.kit import PLATFORMS, Platform, Switch, Terminal
from tests.simulator.switches.test_configurations import NAMES, configurations

both = pytest.mark.parametrize("platform", PLATFORMS)
NEIGHBOURS = {"huawei_vrpv8": "display lldp neighbor",
              "hp_comware": "display lldp neighbor-information list"}  # fmt: skip
POWER = {"huawei_vrpv8": "display poe power-state", "hp_comware": "display poe interface"}
LLDP = {"huawei_vrpv8": "lldp enable", "hp_comware": "lldp global enable"}
FED = {"huawei_vrpv8": ("on", "enable", "Powered"),
       "hp_comware": ("Enabled", "On", "Delivering Power")}  # fmt: skip
IDLE = {"huawei_vrpv8": ("off", "enable", "Detecting"),
        "hp_comware": ("Enabled", "Off", "Searching")}  # fmt: skip
CUT = {"huawei_vrpv8": ("off", "disable", "Disabled"),
       "hp_comware": ("Disabled", "Off", "Disabled")}  # fmt: skip


def showing(platform: Platform, config: Configuration) -> Terminal:
    """A terminal on a switch on which a configuration runs."""
    switch = Switch(platform)
    switch.box.state = replace(switch.box.state, running=config)
    return switch.login()


def parsed(terminal: Terminal, platform: Platform, command: str) -> list[dict[str, Any]]:
    """An answer as the template library reads it; it refuses lines that are foreign to it."""
    named = "huawei_vrp" if platform == "huawei_vrpv8" else platform
    rows: list[dict[str, Any]] = parse_output(named, command, terminal(command))
    return rows


def heard(terminal: Terminal, platform: Platform) -> dict[str, str]:
    """Who is heard on which port."""
    rows = parsed(terminal, platform, NEIGHBOURS[platform])
    return {row["local_interface"]: row["neighbor_name"] for row in rows}


def power(terminal: Terminal, platform: Platform) -> dict[str, tuple[str, str, str]]:
    """What the table of power says of each port, in the platform's own words."""
    made = {}
    for line in terminal(POWER[platform]).split("\n"):
        words = line.split()
        if not words or not words[0].startswith("GE"):
            continue
        if platform == "huawei_vrpv8":
            made[words[0]] = (words[1], words[2], words[5])
        else:
            made[words[0]] = (words[1], words[4], " ".join(words[6:]))
    return made


def configuring(switch: Switch, *lines: str) -> Terminal:
    """A terminal that has put lines into effect and is back in the user's view."""
    terminal = switch.login()
    terminal("system-view")
    terminal.silent(*lines)
    if switch.box.spec.platform == "huawei_vrpv8":
        terminal.silent("commit")
    terminal.silent("return")
    return terminal


@pytest.mark.property
@both
@given(data=st.data())
@settings(max_examples=15, deadline=None)
def test_vlans_are_listed_as_they_are(platform: Platform, data: st.DataObject) -> None:
    """Each VLAN once, ascending, under the text that a person gave it."""
    config = data.draw(configurations(platform))
    terminal = showing(platform, config)
    texts = {n: (v.name, v.description, f"VLAN {n:04}") for n, v in config.vlans.items()}
    if platform == "huawei_vrpv8":
        # The template library has no place for a text of less than three characters.
        found = re.findall(r"^(\d+) +common .* FWD FWD FWD (.+)$", terminal("display vlan"), re.M)
        wanted = [(str(n), told or name or none) for n, (name, told, none) in texts.items()]
        assert found == wanted
    else:
        rows = parsed(terminal, platform, "display vlan all")
        assert [(int(r["vlan_id"]), r["vlan_name"], r["description"]) for r in rows] == [
            (n, name or none, told or none) for n, (name, told, none) in texts.items()
        ]


@pytest.mark.property
@both
@given(data=st.data())
@settings(max_examples=15, deadline=None)
def test_ports_are_listed_as_they_are(platform: Platform, data: st.DataObject) -> None:
    """Each port once, in the order in which a person counts, shut where it is shut."""
    config = data.draw(configurations(platform))
    rows = parsed(showing(platform, config), platform, "display interface brief")
    assert sorted(row["interface"] for row in rows) == sorted(config.ports)
    copper = [row["interface"] for row in rows if row["interface"].startswith("GE")]
    assert copper == [f"GE1/0/{n}" for n in range(1, 25)]
    for row in rows:
        port = config.ports[row["interface"]]
        word = row["phy"] if platform == "huawei_vrpv8" else row["link"]
        assert (word in ("*down", "ADM")) is port.shut
        if platform == "hp_comware" and not port.routed:
            assert row["type"] == ("T" if port.trunk else "A")
            assert row["vlan_id"] == str(port.pvid)
            assert row["description"] == port.description


@pytest.mark.property
@both
@given(data=st.data())
@settings(max_examples=15, deadline=None)
def test_rules_are_listed_as_they_are(platform: Platform, data: st.DataObject) -> None:
    """Each list with the number of its rules, each rule in words that can be typed again."""
    config = data.draw(configurations(platform))
    terminal = showing(platform, config)
    told = terminal("display acl all")
    for number, listed in config.lists.items():
        one = terminal(f"display acl {number}")
        assert one in told
        count = re.search(r"(\d+) rules?\b", one)
        assert count is not None
        assert int(count[1]) == len(listed)
        typed = re.findall(r"^ rule (.+)$", one, re.M)
        assert dict(rules.read(words) for words in typed) == listed


@pytest.mark.property
@both
@given(data=st.data())
@settings(max_examples=15, deadline=None)
def test_addresses_and_routes_are_listed_as_they_are(
    platform: Platform, data: st.DataObject
) -> None:
    """Every routed interface with its address or without one, every route with its next hop."""
    config = data.draw(configurations(platform))
    terminal = showing(platform, config)
    told = terminal("display ip interface brief").split("\n")
    for name, port in config.ports.items():
        lines = [line for line in told if line.split()[:1] == [name]]
        assert len(lines) == int(port.routed)
        assert all(port.address in line for line in lines)
    shown = terminal("display ip routing-table protocol static")
    found = re.findall(r"^ *([\d.]+/\d+) +Static +60 +0 +(?:RD +)?([\d.]+) ", shown, re.M)
    assert tuple(found) == config.routes


@pytest.mark.property
@both
@given(data=st.data())
@settings(max_examples=15, deadline=None)
def test_one_interface_is_its_part_of_the_whole(platform: Platform, data: st.DataObject) -> None:
    """`display current-configuration interface X` says of X what the whole text says."""
    config = data.draw(configurations(platform))
    terminal = showing(platform, config)
    whole = terminal("display current-configuration").split("\n#\n")
    for name in data.draw(st.lists(st.sampled_from(sorted(config.ports)), max_size=4)):
        full = NAMES[platform].full(name)
        one = terminal(f"display current-configuration interface {full}")
        assert one.startswith(f"#\ninterface {full}")
        assert one.removeprefix("#\n").removesuffix("\n#\nreturn") in whole


@both
def test_who_is_heard_follows_power_and_the_switch(platform: Platform) -> None:
    """LLDP off: nobody; power off or port shut: not that one; on again: heard again."""
    switch = Switch(platform)
    two = ("interface GE1/0/1", "poe enable", "interface GE1/0/2", "poe enable", "quit")
    terminal = configuring(switch, *two)
    assert "cam-1" not in terminal(NEIGHBOURS[platform])
    terminal = configuring(switch, LLDP[platform])
    assert heard(terminal, platform) == {"GE1/0/1": "cam-1", "GE1/0/2": "cam-2"}
    terminal = configuring(switch, "interface GE1/0/1", "undo poe enable")
    assert heard(terminal, platform) == {"GE1/0/2": "cam-2"}
    terminal = configuring(switch, "interface GE1/0/1", "poe enable", "interface GE1/0/2", "shut")
    assert heard(terminal, platform) == {"GE1/0/1": "cam-1"}
    terminal = configuring(switch, f"undo {LLDP[platform]}")
    assert "cam-1" not in terminal(NEIGHBOURS[platform])


@both
def test_a_neighbour_with_a_chinese_name(platform: Platform) -> None:
    """Read by the template as it is; a port that the device has not is heard nowhere."""
    switch = Switch(platform, behind=(("GE1/0/1", "东门枪机"), ("GE9/0/1", "cam-9")))
    terminal = configuring(switch, LLDP[platform], "interface GE1/0/1", "poe enable")
    assert heard(terminal, platform) == {"GE1/0/1": "东门枪机"}


@both
def test_power_is_told_port_by_port(platform: Platform) -> None:
    """Fed where something hangs, searching where nothing does, off where it was taken off."""
    switch = Switch(platform)
    lines: list[str] = []
    for number in range(1, 25):
        lines += [f"interface GE1/0/{number}", "poe enable"]
    lines += ["interface GE1/0/2", "undo poe enable"]
    told = power(configuring(switch, *lines), platform)
    assert list(told) == [f"GE1/0/{n}" for n in range(1, 25)]
    assert told["GE1/0/1"] == FED[platform]
    assert told["GE1/0/2"] == CUT[platform]
    assert {told[f"GE1/0/{n}"] for n in range(3, 25)} == {IDLE[platform]}


@both
def test_a_shut_port_feeds_nothing(platform: Platform) -> None:
    """Its power is still on, and nobody takes it."""
    switch = Switch(platform)
    terminal = configuring(switch, "interface GE1/0/1", "poe enable", "shutdown")
    assert power(terminal, platform)["GE1/0/1"] == IDLE[platform]


def test_comware_adds_up_its_power() -> None:
    """Ports that are fed, what they use, and what is left of 370 W."""
    switch = Switch("hp_comware")
    last = configuring(switch)(POWER["hp_comware"]).split("\n")[-1]
    assert last == " --- On State Ports:  0; Used: 0.0(W); Remaining: 370.0(W) ---"
    terminal = configuring(
        switch, "interface GE1/0/1", "poe enable", "interface GE1/0/2", "poe enable"
    )
    last = terminal(POWER["hp_comware"]).split("\n")[-1]
    assert last == " --- On State Ports:  2; Used: 9.0(W); Remaining: 361.0(W) ---"


@both
def test_a_router_has_no_power_to_give(platform: Platform) -> None:
    """The table is there and empty, and no port of it is in a VLAN."""
    terminal = Switch(platform, "router").login()
    assert power(terminal, platform) == {}
    rows = parsed(terminal, platform, "display interface brief")
    assert len(rows) == 6


@both
@pytest.mark.parametrize("name", ["东门-SW01", "翠湖苑#1", "a" * 64, "门" * 64])
def test_a_name_is_told_everywhere(platform: Platform, name: str) -> None:
    """In the prompts of everybody, in the text and its filtered line; the caret moves with it."""
    switch = Switch(platform)
    terminal = configuring(switch, f"sysname {name}")
    assert terminal.prompt == switch.login().prompt == f"<{name}>"
    line = terminal("display current-configuration | include sysname").strip()
    assert line == f"sysname {name}"
    assert terminal("nonsense").split("\n")[0] == " " * (len(name) + 2) + "^"


@both
def test_a_description_with_blanks_and_signs(platform: Platform) -> None:
    """As typed, blanks inside it too, in the text and in the table of ports."""
    told = "东门  枪机 #1 (poe=on) desc=x"
    terminal = configuring(Switch(platform), "interface GE1/0/1", f"description {told}")
    wanted = f" description {told}"
    assert wanted in terminal("display current-configuration interface GE1/0/1").split("\n")
    command = "description" if platform == "huawei_vrpv8" else "brief"
    (line,) = [
        line
        for line in terminal(f"display interface {command}").split("\n")
        if line.split()[:1] == ["GE1/0/1"]
    ]
    assert line.endswith(told)


@both
@pytest.mark.parametrize("servers", [(), ("10.0.0.5",), ("10.0.0.9", "10.0.0.5")])
def test_the_clock_follows_its_servers(platform: Platform, servers: tuple[str, ...]) -> None:
    """None: not synchronized, stratum 16; otherwise the lowest address is the one."""
    word = "ntp" if platform == "huawei_vrpv8" else "ntp-service"
    terminal = configuring(Switch(platform), *(f"{word} unicast-server {s}" for s in servers))
    told = terminal(f"display {word} status").lower()
    assert ("clock status: synchronized" in told) is bool(servers)
    assert f"clock stratum: {3 if servers else 16}" in told
    assert ("10.0.0.5" in told) is bool(servers)
