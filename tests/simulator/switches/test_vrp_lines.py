"""VRP8 line by line: what it refuses and how, its faults, and all that a link needs."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.simulator.switches.kit import Switch
from tests.simulator.switches.vrp_kit import BUSY, CHANGE, on_trial, status, vlans


@pytest.fixture
def switch() -> Switch:
    """A VRP8 switch whose clock stands."""
    return Switch("huawei_vrpv8")


REFUSALS: list[tuple[tuple[str, ...], str]] = [
    (("interface GE1/0/1", "port default vlan 100"), "The VLAN does not exist."),
    (("interface GE9/0/1",), "The interface does not exist."),
    (("interface GE1/0/1", "port trunk allow-pass vlan 100"), "The port is not a trunk port."),
    (("interface GE1/0/1", "ip address 10.0.0.1 24"), "The port is in bridge mode."),
    (("interface 10GE1/0/1", "poe enable"), "The interface does not support PoE."),
    (("interface Vlanif100",), "The VLAN does not exist."),
    (("undo ip route-static 10.0.0.0 24 10.0.0.1",), "The route does not exist."),
    (("undo ntp unicast-server 10.0.0.1",), "The NTP server does not exist."),
    (("undo vlan 1",), "The default VLAN cannot be deleted."),
    (("undo interface GE1/0/1",), "The interface cannot be deleted."),
    (("undo acl 3000",), "The ACL does not exist."),
    (("interface GE1/0/1", "traffic-filter acl 3000 inbound"), "The ACL does not exist."),
    (("acl 3000", "rule 5 permit udp source 10.0.0.0"), "The rule has a wrong parameter."),
    (("acl 3000", "undo rule 5"), "The rule does not exist."),
    (("sysname two words",), "The system name is invalid."),
    (("interface GE1/0/1", "description " + "x" * 81), "The description is too long."),
    (("commit trial 60",), "No configuration to be committed."),
]


@pytest.mark.parametrize(("lines", "refusal"), REFUSALS)
def test_values_that_the_device_refuses(
    switch: Switch, lines: tuple[str, ...], refusal: str
) -> None:
    """At once, with its mark, and nothing of it in the candidate."""
    terminal = switch.login()
    terminal("system-view")
    terminal.silent(*lines[:-1])
    before = len(terminal.shell.session.edits)
    assert terminal(lines[-1]) == f"Error: {refusal}"
    assert len(terminal.shell.session.edits) == before


def test_a_line_that_is_no_command_is_pointed_at(switch: Switch) -> None:
    """The caret stands below the word, behind the prompt's width."""
    terminal = switch.login()
    terminal("system-view")
    assert terminal("vlan batch nonsense").split("\n") == [
        " " * len("[~HUAWEI]vlan batch ") + "^",
        "Error: Wrong parameter found at '^' position.",
    ]


def test_the_fault_other_trial(switch: Switch) -> None:
    """Somebody else is in trial: said in the status, and nobody can commit."""
    switch.faults["other-trial"] = ""
    terminal = switch.login()
    for line in CHANGE:
        terminal(line)
    assert terminal("commit trial 60 persist tx-1") == BUSY
    assert terminal("commit") == BUSY
    assert status(terminal)["Persist id"] == "noc-4711"
    switch.faults.clear()
    terminal.silent("commit")
    assert vlans(switch) == [1, 100]


@pytest.mark.parametrize(
    ("fault", "value", "running"),
    [
        ("close-amid", "edit", [1]),
        ("close-amid", "before", [1]),
        ("close-amid", "after", [1, 100]),
        ("reboot", "before", [1]),
        ("reboot", "after", [1]),
    ],
)
def test_a_session_that_ends_amid_a_change(
    switch: Switch, fault: str, value: str, running: list[int]
) -> None:
    """It ends without a word, once; what the commit did stands, or goes with a restart."""
    switch.faults[fault] = value
    terminal = switch.login()
    for line in (*CHANGE, "commit trial 60 persist tx-1"):
        terminal.keys(line + "\n")
        if terminal.ended:
            break
    assert terminal.ended
    terminal.leave()
    assert vlans(switch) == running
    assert (switch.faults, switch.restarts) == ({}, int(fault == "reboot"))


def test_a_device_that_keeps_nothing_says_yes(switch: Switch) -> None:
    """Commit and save are answered as ever; nothing is there."""
    switch.faults["keep-nothing"] = ""
    terminal = on_trial(switch)
    assert (vlans(switch), switch.log) == ([1], [])
    assert status(terminal)["Trial status"] == "INACTIVE"


def test_a_device_that_refuses_says_no(switch: Switch) -> None:
    """The commit is refused, and what was to be committed stays uncommitted."""
    switch.faults["refuse"] = ""
    terminal = switch.login()
    for line in CHANGE:
        terminal(line)
    assert terminal("commit trial 60 persist tx-1") == "Error: The operation failed."
    assert (vlans(switch), terminal.prompt) == ([1], "[*HUAWEI-GE1/0/1]")


@pytest.mark.parametrize(
    ("answer", "runs"), [("y", True), ("n", False), ("Y", True), ("no", False)]
)
def test_the_fault_ask(switch: Switch, answer: str, runs: bool) -> None:
    """The first change of a session is asked about; a command is no answer."""
    switch.faults["ask"] = ""
    terminal = switch.login()
    terminal("system-view")
    terminal("vlan batch 100")
    assert terminal.prompt.endswith("Continue? [Y/N]:")
    terminal("interface GE1/0/1")
    assert terminal.prompt.startswith("Error: Please choose 'YES' or 'NO'")
    terminal.silent(answer, "vlan batch 200", "commit")
    assert vlans(switch) == ([1, 100, 200] if runs else [1, 200])


def test_tampering_during_a_trial_stays(switch: Switch) -> None:
    """Nobody can change a VRP8 device in trial, so what a person did was done before it."""
    on_trial(switch)
    switch.box.tamper("vlans", "300 others")
    assert vlans(switch) == [1, 100, 300]
    switch.later(61)
    assert (vlans(switch), switch.log) == ([1, 300], [])


MAKES: list[tuple[str, Callable[[Switch], object], object]] = [
    ("vlans", lambda s: s.box.now().running.vlans[100].name, "cameras"),
    ("uplink_ports", lambda s: s.box.now().running.ports["10GE1/0/1"].allowed, (1, 100)),
    ("addresses", lambda s: s.box.now().running.ports["Vlanif100"].address, "10.34.1.1/24"),
    ("static_routes", lambda s: s.box.now().running.routes, (("0.0.0.0/0", "10.34.1.254"),)),
    ("ntp_servers", lambda s: s.box.now().running.ntp, ("10.0.0.1", "10.0.0.2")),
    ("access_list_on", lambda s: s.box.now().running.ports["Vlanif100"].filter_in, 3001),
]


def test_everything_a_link_needs(switch: Switch) -> None:
    """One commit with all that the inventory knows of: each field is logged once."""
    terminal = switch.login()
    terminal("system-view")
    terminal.silent(
        "sysname 翠湖-SW01", "vlan 100", "name cameras", "quit", "vlan batch 200 to 202",
        "interface GE1/0/1", "port default vlan 100", "undo poe enable", "description 东门 枪机",
        "quit", "interface 10GE1/0/1", "port link-type trunk", "port trunk allow-pass vlan 100",
        "quit", "interface Vlanif 100", "ip address 10.34.1.1 255.255.255.0", "quit",
        "ip route-static 0.0.0.0 0.0.0.0 10.34.1.254", "acl number 3001",
        "rule permit udp source 10.7.0.0 0.0.0.255 destination-port eq 5060",
        "rule permit udp source 10.7.0.0 0.0.0.255 destination-port range 30000 35000",
        "rule deny ip", "quit", "interface Vlanif100", "traffic-filter acl 3001 inbound", "quit",
        "lldp enable", "ntp unicast-server 10.0.0.2", "ntp unicast-server 10.0.0.1", "commit",
    )  # fmt: skip
    assert terminal.prompt == "[~翠湖-SW01]"
    for field, look, wanted in MAKES:
        assert look(switch) == wanted, field
    assert list(switch.box.now().running.lists[3001]) == [5, 10, 15]
    assert switch.log == [
        "sysname", "vlans", "access_ports", "uplink_ports", "lldp_enabled", "addresses",
        "static_routes", "access_list", "access_list_on", "ntp_servers",
    ]  # fmt: skip
