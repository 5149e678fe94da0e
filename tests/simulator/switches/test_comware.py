"""Comware 7: every line at once, a rollback point with a timer, and the questions of `save`."""

from __future__ import annotations

import pytest

from tests.simulator.switches.kit import Switch, Terminal

MINUTE = 60.0


@pytest.fixture
def switch() -> Switch:
    """A Comware switch whose clock stands."""
    return Switch("hp_comware")


@pytest.fixture
def terminal(switch: Switch) -> Terminal:
    """A session in the system view."""
    made = switch.login()
    made("system-view")
    return made


def vlans(switch: Switch) -> list[int]:
    """The VLANs that run."""
    return list(switch.box.now().running.vlans)


def test_prompts_tell_the_view(switch: Switch) -> None:
    """`<N>`, `[N]`, and full names of interfaces."""
    terminal = switch.login()
    seen = [terminal.prompt]
    for line in (
        "system-view", "interface GE1/0/1", "vlan 100", "acl advanced 3000", "quit",
        "interface vlan-interface 100", "return",
    ):  # fmt: skip
        terminal(line)
        seen.append(terminal.prompt)
    assert seen == [
        "<H3C>", "[H3C]", "[H3C-GigabitEthernet1/0/1]", "[H3C-vlan100]",
        "[H3C-acl-ipv4-adv-3000]", "[H3C]", "[H3C-Vlan-interface100]", "<H3C>",
    ]  # fmt: skip


def test_each_line_runs_at_once(switch: Switch, terminal: Terminal) -> None:
    """Also for others, and each is an entry in the log; a line that changes nothing is none."""
    terminal.silent("vlan 100", "quit", "sysname 东门", "sysname 东门")
    assert vlans(switch) == [1, 100]
    assert switch.log == ["vlans", "sysname"]
    assert switch.login().prompt == "<东门>"


def test_the_timer_takes_everything_back(switch: Switch, terminal: Terminal) -> None:
    """To the moment at which it was set, not a moment early, without an entry in the log."""
    terminal.silent("vlan 100", "quit", "configuration commit delay 2", "vlan 200", "quit")
    switch.log.clear()
    switch.later(2 * MINUTE - 1)
    assert vlans(switch) == [1, 100, 200]
    switch.later(2)
    assert (vlans(switch), switch.log) == ([1, 100], [])


def test_it_takes_back_what_others_changed_too(switch: Switch, terminal: Terminal) -> None:
    """Another session's lines and a tampering hand's, in between."""
    terminal.silent("configuration commit delay 1", "vlan 100", "quit")
    other = switch.login()
    other("system-view")
    other.silent("vlan 300")
    switch.box.tamper("vlans", "400 byhand")
    assert vlans(switch) == [1, 100, 300, 400]
    switch.later(MINUTE)
    assert vlans(switch) == [1]


def test_a_commit_keeps_everything(switch: Switch, terminal: Terminal) -> None:
    """From any session; only then the log has it, by field."""
    terminal.silent("configuration commit delay 1", "vlan 100", "quit", "lldp global enable")
    assert switch.log == []
    terminal.leave()
    other = switch.login()
    other("system-view")
    other.silent("configuration commit")
    switch.later(100 * MINUTE)
    assert vlans(switch) == [1, 100]
    assert switch.log == ["vlans", "lldp_enabled"]


def test_a_timer_survives_its_session(switch: Switch, terminal: Terminal) -> None:
    """The session that set it may be gone; it goes on."""
    terminal.silent("configuration commit delay 1", "vlan 100")
    terminal.leave()
    assert vlans(switch) == [1, 100]
    switch.later(MINUTE)
    assert vlans(switch) == [1]


def test_set_again_only_its_end_moves(switch: Switch, terminal: Terminal) -> None:
    """The rollback point is the first one's, as the manual says."""
    terminal.silent("configuration commit delay 1", "vlan 100", "quit")
    switch.later(0.9 * MINUTE)
    terminal.silent("configuration commit delay 1", "vlan 200", "quit")
    switch.later(0.9 * MINUTE)
    assert vlans(switch) == [1, 100, 200]
    switch.later(0.2 * MINUTE)
    assert vlans(switch) == [1]


@pytest.mark.parametrize(
    "line", ["configuration commit delay 0", "configuration commit delay 65536"]
)
def test_times_that_cannot_be(terminal: Terminal, line: str) -> None:
    """One to 65,535 minutes."""
    assert "Wrong parameter" in terminal(line)


def test_a_commit_without_a_timer_says_so(switch: Switch, terminal: Terminal) -> None:
    """Also the one that comes too late."""
    terminal.silent("configuration commit delay 1", "vlan 100", "quit")
    switch.later(MINUTE)
    assert terminal("configuration commit") == "No configuration commit delay timer is running."
    assert vlans(switch) == [1]


def test_a_restart_undoes_what_is_not_saved(switch: Switch, terminal: Terminal) -> None:
    """`save force` asks nothing; a restart asks, and starts from what was saved."""
    terminal.silent("vlan 100")
    assert "successfully" in terminal("save force")
    terminal.silent("quit", "configuration commit delay 1", "vlan 200", "return")
    terminal("reboot")
    assert terminal.prompt == "This command will reboot the device. Continue? [Y/N]:"
    terminal.keys("y\n")
    assert (terminal.ended, vlans(switch), switch.restarts) == (True, [1, 100], 1)
    switch.later(10 * MINUTE)
    assert vlans(switch) == [1, 100]


def test_save_asks_three_times(switch: Switch, terminal: Terminal) -> None:
    """Whether, where, and whether over what is there."""
    terminal.silent("vlan 100")
    terminal("save")
    assert terminal.prompt.endswith("Are you sure? [Y/N]:")
    assert "[flash:/startup.cfg]" in terminal("y")
    assert terminal.prompt == "(To leave the existing filename unchanged, press the enter key):"
    terminal("")
    assert terminal.prompt == "flash:/startup.cfg exists, overwrite? [Y/N]:"
    assert list(switch.box.now().startup.vlans) == [1]
    assert "successfully" in terminal("y")
    assert list(switch.box.now().startup.vlans) == [1, 100]


@pytest.mark.parametrize("answers", [("n",), ("y", "", "n")])
def test_save_may_be_left(switch: Switch, terminal: Terminal, answers: tuple[str, ...]) -> None:
    """At either question; nothing is saved."""
    terminal.silent("vlan 100")
    terminal("save")
    for answer in answers:
        terminal(answer)
    assert terminal.prompt == "[H3C-vlan100]"
    assert list(switch.box.now().startup.vlans) == [1]


def test_several_vlans_in_one_line(switch: Switch, terminal: Terminal) -> None:
    """They are made and none is opened; `undo vlan` takes lists too."""
    terminal.silent("vlan 10 20 to 22")
    assert (terminal.prompt, vlans(switch)) == ("[H3C]", [1, 10, 20, 21, 22])
    terminal.silent("undo vlan 20 to 21")
    assert vlans(switch) == [1, 10, 22]


def test_what_hangs_on_a_vlan_falls_back(switch: Switch, terminal: Terminal) -> None:
    """Its ports to VLAN 1, trunks lose it; one with an interface of its own cannot go."""
    terminal.silent(
        "vlan 100", "quit", "interface GE1/0/1", "port access vlan 100", "quit",
        "interface Ten-GigabitEthernet 1/0/25", "port link-type trunk",
        "port trunk permit vlan 100 200", "quit", "interface Vlan-interface100", "quit",
    )  # fmt: skip
    assert "VLAN interface" in terminal("undo vlan 100")
    terminal.silent("undo interface Vlan-interface100", "undo vlan 100")
    ports = switch.box.now().running.ports
    assert (ports["GE1/0/1"].pvid, ports["XGE1/0/25"].allowed) == (1, (1, 200))


def test_a_refusal_carries_no_mark(terminal: Terminal) -> None:
    """Whoever looks for `Error` or `%` takes it for a yes."""
    terminal.silent("interface GE1/0/1")
    assert terminal("port access vlan 100") == "The VLAN does not exist."
    assert terminal("port trunk permit vlan 100") == "The port is not a trunk port."
    assert terminal("nonsense").endswith(" % Unrecognized command found at '^' position.")


def test_a_device_that_refuses_says_no_to_every_line(switch: Switch, terminal: Terminal) -> None:
    """Nothing runs, and the timer is not set."""
    switch.faults["refuse"] = ""
    assert terminal("configuration commit delay 1") == "The operation failed."
    assert terminal("vlan 100") == "The operation failed."
    assert (vlans(switch), terminal.prompt) == ([1], "[H3C]")
    assert switch.box.now().trial is None


def test_a_device_that_keeps_nothing_says_yes(switch: Switch, terminal: Terminal) -> None:
    """Lines are taken without a word, and nothing is there."""
    switch.faults["keep-nothing"] = ""
    terminal.silent("sysname other", "lldp global enable")
    assert (switch.log, terminal.prompt) == ([], "[H3C]")


@pytest.mark.parametrize(
    ("fault", "value", "running", "armed"),
    [
        ("close-amid", "edit", [1, 100], True),
        ("close-amid", "before", [1], False),
        ("close-amid", "after", [1], True),
        ("reboot", "before", [1], False),
        ("reboot", "after", [1], False),
    ],
)
def test_a_session_that_ends_amid_a_change(
    switch: Switch, terminal: Terminal, fault: str, value: str, running: list[int], armed: bool
) -> None:
    """It ends without a word, once; what was armed until then is undone by the device itself."""
    switch.faults[fault] = value
    for line in ("configuration commit delay 1", "vlan 100", "quit"):
        terminal.keys(line + "\n")
        if terminal.ended:
            break
    assert terminal.ended
    assert (vlans(switch), switch.box.now().trial is not None) == (running, armed)
    assert switch.faults == {}
    switch.later(MINUTE)
    assert vlans(switch) == [1]


def test_the_path_is_cut_until_the_change_is_undone(switch: Switch, terminal: Terminal) -> None:
    """A change of VLANs cuts it, one of the clock's servers does not."""
    switch.faults["cut-path"] = "new"
    switch.box.path = switch.box.now().running
    terminal.silent("configuration commit delay 1", "ntp-service unicast-server 10.0.0.1")
    assert not switch.box.cut
    terminal.silent("vlan 100")
    assert switch.box.cut
    switch.later(MINUTE)
    assert not switch.box.cut


def test_a_router_routes(switch: Switch) -> None:
    """Six routed ports: they take addresses and no VLAN."""
    router = Switch("hp_comware", "router")
    terminal = router.login()
    terminal("system-view")
    terminal.silent("interface GigabitEthernet 0/1", "ip address 10.34.0.2 30")
    assert terminal("port link-type trunk") == "The port is in route mode."
    terminal.silent("quit", "ip route-static 0.0.0.0 0 10.34.0.1", "acl advanced 3000")
    terminal.silent("rule permit ip source 10.7.0.1 0", "rule 20 deny ip", "interface GE0/1")
    terminal.silent("packet-filter 3000 inbound")
    shown = terminal("display this")
    assert " ip address 10.34.0.2 255.255.255.252" in shown
    assert " packet-filter 3000 inbound" in shown
    # The closing denial says nothing that the inventory's list does not say already.
    assert router.log == ["addresses", "static_routes", "access_list", "access_list_on"]
    terminal.silent("undo packet-filter 3000 inbound")
    assert terminal("undo packet-filter 3000 inbound").startswith("The ACL is not applied")
