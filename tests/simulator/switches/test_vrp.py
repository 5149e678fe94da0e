"""VRP8's two stages: candidate, commit, trial, confirmation, and who may do which."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from tests.simulator.switches.kit import Switch, Terminal

CHANGE = ("system-view", "vlan batch 100", "interface GE1/0/1", "port default vlan 100")
BUSY = "Error: another session is in trial configuration mode."
UNCOMMITTED = (
    "Warning: Uncommitted configurations found. Are you sure to commit them before exiting?"
    " [Y(yes)/N(no)/C(cancel)]:"
)


@pytest.fixture
def switch() -> Switch:
    """A VRP8 switch whose clock stands."""
    return Switch("huawei_vrpv8")


def status(terminal: Terminal) -> dict[str, str]:
    """The trial's status as the device tells it."""
    told = terminal("display configuration trial status")
    return dict(re.findall(r"^(.+?): (.+)$", told, re.M))


def vlans(switch: Switch) -> list[int]:
    """The VLANs that run."""
    return list(switch.box.now().running.vlans)


def on_trial(switch: Switch, command: str = "commit trial 60 persist tx-1") -> Terminal:
    """A session that has put VLAN 100 on trial."""
    terminal = switch.login()
    for line in CHANGE:
        terminal(line)
    answer = terminal(command)
    assert answer.startswith("Info: The system enters the trial configuration mode."), answer
    return terminal


def test_prompts_tell_the_stage(switch: Switch) -> None:
    """`<N>`, `[~N]`, `[*N]` while something is uncommitted, and the view."""
    terminal = switch.login()
    seen = [terminal.prompt]
    for line in (*CHANGE, "quit", "commit", "return"):
        terminal(line)
        seen.append(terminal.prompt)
    assert seen == [
        "<HUAWEI>", "[~HUAWEI]", "[*HUAWEI]", "[*HUAWEI-GE1/0/1]", "[*HUAWEI-GE1/0/1]",
        "[*HUAWEI]", "[~HUAWEI]", "<HUAWEI>",
    ]  # fmt: skip


def test_a_candidate_is_its_sessions_own(switch: Switch) -> None:
    """Nothing runs, and nobody sees it, before the commit; it goes with the session."""
    one, other = switch.login(), switch.login()
    for line in CHANGE:
        one(line)
    assert vlans(switch) == [1]
    assert "vlan batch 100" in one("display configuration candidate")
    assert "vlan batch 100" not in one("display current-configuration")
    assert "vlan batch 100" not in other("display configuration candidate")
    one.leave()
    assert (vlans(switch), switch.log) == ([1], [])


def test_a_commit_runs_and_is_logged_by_field(switch: Switch) -> None:
    """One entry a field that changed, and a point in the device's own list."""
    terminal = switch.login()
    for line in (*CHANGE, "description 东门枪机", "quit", "lldp enable"):
        terminal(line)
    terminal.silent("commit description east gate")
    assert vlans(switch) == [1, 100]
    assert switch.log == ["vlans", "access_ports", "lldp_enabled"]
    told = terminal("display configuration commit list verbose")
    assert "CommitId: 1000000001" in told
    assert "Description: east gate" in told


def test_two_sessions_commits_are_merged(switch: Switch) -> None:
    """A commit brings what its session typed, onto what the other has committed meanwhile."""
    one, other = switch.login(), switch.login()
    one("system-view")
    one.silent("vlan batch 100")
    other("system-view")
    other.silent("vlan batch 200", "commit")
    one.silent("commit")
    assert vlans(switch) == [1, 100, 200]


def test_a_commit_that_cannot_be_done_any_more_changes_nothing(switch: Switch) -> None:
    """Another session has taken the VLAN away: the whole candidate is refused, and stays."""
    one, other = switch.login(), switch.login()
    other("system-view")
    other.silent("vlan batch 100", "commit")
    one("system-view")
    one.silent("lldp enable", "interface GE1/0/1", "port default vlan 100")
    other.silent("undo vlan 100", "commit")
    switch.log.clear()
    assert one("commit") == "Error: The VLAN does not exist."
    assert (switch.log, switch.box.now().running.lldp) == ([], False)
    assert one.prompt == "[*HUAWEI-GE1/0/1]"


@pytest.mark.parametrize(
    ("command", "persist", "seconds"),
    [
        ("commit trial", None, 600),
        ("commit trial 60", None, 60),
        ("commit trial 65535", None, 65535),
        ("commit trial persist tx-1", "tx-1", 600),
        ("commit trial 120 persist tx-1", "tx-1", 120),
    ],
)
def test_a_trial_says_how_it_stands(
    switch: Switch, command: str, persist: str | None, seconds: int
) -> None:
    """Active, its id, its seconds left, and that the clock is a scaled one."""
    terminal = on_trial(switch, command)
    told = status(terminal)
    assert told["Trial status"] == "ACTIVE"
    assert told.get("Persist id") == persist
    assert told["Trial time left (sec)"] == str(seconds)
    assert told["Trial clock"] == "simulated, 20 times as fast"
    switch.later(seconds / 2)
    assert abs(int(status(terminal)["Trial time left (sec)"]) - seconds / 2) <= 1


@pytest.mark.parametrize(
    "command",
    ["commit trial 59", "commit trial 65536", "commit trial 0", "commit trial 60 persist 4you"],
)
def test_times_and_ids_that_cannot_be(switch: Switch, command: str) -> None:
    """60 to 65,535 seconds; an id begins with neither a digit nor a hyphen. Nothing runs."""
    terminal = switch.login()
    for line in CHANGE:
        terminal(line)
    assert "Wrong parameter" in terminal(command)
    assert (vlans(switch), status(terminal)["Trial status"]) == ([1], "INACTIVE")


def test_an_unconfirmed_trial_goes_back(switch: Switch) -> None:
    """It runs until its time is over, not a moment less, and leaves no entry in the log."""
    on_trial(switch)
    switch.later(59.9)
    assert vlans(switch) == [1, 100]
    switch.later(0.2)
    assert vlans(switch) == [1]
    terminal = switch.login()
    assert status(terminal) == {"Trial status": "INACTIVE", "Trial time left (sec)": "0"}
    assert (switch.log, terminal("display configuration commit list verbose")) == ([], "")


def test_a_trial_is_confirmed_from_another_session_by_its_id(switch: Switch) -> None:
    """Also when the session that began it is gone; only then the log has it."""
    on_trial(switch).leave()
    other = switch.login()
    assert switch.log == []
    other("system-view")
    other.silent("commit persist tx-1 description tx-1")
    assert status(other)["Trial status"] == "INACTIVE"
    switch.later(3600)
    assert (vlans(switch), switch.log) == ([1, 100], ["vlans", "access_ports"])
    assert "Description: tx-1" in other("display configuration commit list verbose")


def test_a_late_confirmation_is_an_error(switch: Switch) -> None:
    """Once it has gone back there is nothing of that id, and nothing comes again."""
    on_trial(switch)
    switch.later(61)
    other = switch.login()
    other("system-view")
    assert other("commit persist tx-1") == "Error: The persist ID does not exist."
    assert vlans(switch) == [1]


def test_a_late_plain_commit_looks_successful(switch: Switch) -> None:
    """The trap of a trial without an id: it went with its session, a commit then says nothing."""
    on_trial(switch, "commit trial 60").leave()
    assert vlans(switch) == [1]
    other = switch.login()
    other("system-view")
    other.silent("commit")
    assert (vlans(switch), switch.log) == ([1], [])


def test_a_trial_without_an_id_is_confirmed_by_its_session(switch: Switch) -> None:
    """The plain commit of the session that is in trial."""
    on_trial(switch, "commit trial 60").silent("commit")
    switch.later(3600)
    assert vlans(switch) == [1, 100]


@pytest.mark.parametrize("command", ["commit", "commit trial 60", "commit trial 60 persist other"])
def test_one_trial_at_a_time(switch: Switch, command: str) -> None:
    """While one runs, nobody else can commit anything, and loses nothing by trying."""
    on_trial(switch)
    other = switch.login()
    other("system-view")
    other.silent("vlan batch 300")
    assert other(command) == BUSY
    assert (vlans(switch), other.prompt) == ([1, 100], "[*HUAWEI]")
    switch.later(61)
    other.silent("commit")
    assert vlans(switch) == [1, 300]


def test_ones_own_trial_may_go_on(switch: Switch) -> None:
    """The same id again: more edits, a new time, the old base."""
    terminal = on_trial(switch)
    switch.later(50)
    terminal.silent("quit", "vlan batch 200")
    terminal("commit trial 60 persist tx-1")
    switch.later(50)
    assert vlans(switch) == [1, 100, 200]
    switch.later(11)
    assert vlans(switch) == [1]


@pytest.mark.parametrize("command", ["abort trial", "abort trial persist tx-1"])
def test_a_trial_is_ended_by_hand(switch: Switch, command: str) -> None:
    """It asks, and goes back at once; the log has nothing."""
    terminal = on_trial(switch)
    terminal(command)
    assert (
        terminal.prompt == "Warning: The trial configuration will be rolled back. Continue? [Y/N]:"
    )
    assert terminal("y") == "Info: The trial configuration rollback succeeded."
    assert (vlans(switch), switch.log) == ([1], [])


def test_only_who_is_in_trial_may_end_it(switch: Switch) -> None:
    """Another session needs the id."""
    on_trial(switch)
    other = switch.login()
    other("system-view")
    assert other("abort trial").startswith("Error: ")
    assert other("abort trial persist wrong").startswith("Error: ")
    assert vlans(switch) == [1, 100]


@pytest.mark.parametrize(
    ("answer", "running", "where"),
    [("y", [1, 100], "<HUAWEI>"), ("n", [1], "<HUAWEI>"), ("c", [1], "[*HUAWEI-GE1/0/1]")],
)
def test_leaving_with_something_uncommitted_asks(
    switch: Switch, answer: str, running: list[int], where: str
) -> None:
    """Commit, drop or stay; any other answer is asked again, a command too."""
    terminal = switch.login()
    for line in CHANGE:
        terminal(line)
    terminal("return")
    assert terminal.prompt == UNCOMMITTED
    terminal("display version")
    assert terminal.prompt.startswith("Error: Please choose 'YES', 'NO' or 'CANCEL'")
    terminal(answer)
    assert (vlans(switch), terminal.prompt) == (running, where)


def test_quit_asks_only_where_it_leaves_configuration(switch: Switch) -> None:
    """Between views there is no question."""
    terminal = switch.login()
    for line in CHANGE:
        terminal(line)
    terminal("quit")
    assert terminal.prompt == "[*HUAWEI]"
    terminal("quit")
    assert terminal.prompt == UNCOMMITTED
    terminal("n")
    assert (terminal.prompt, vlans(switch)) == ("<HUAWEI>", [1])


def test_a_candidate_is_cleared(switch: Switch) -> None:
    """`clear configuration candidate` drops all that is uncommitted."""
    terminal = switch.login()
    for line in CHANGE:
        terminal(line)
    terminal.silent("clear configuration candidate", "return")
    assert terminal.prompt == "<HUAWEI>"
    assert vlans(switch) == [1]


def test_what_is_saved_comes_back_after_a_restart(switch: Switch) -> None:
    """And what is not, does not; a restart asks, and ends a trial."""
    terminal = switch.login()
    for line in (*CHANGE, "commit", "return", "save"):
        terminal(line)
    assert terminal.prompt.endswith("Continue? [Y/N]:")
    assert "Save the configuration successfully" in terminal("y")
    terminal("system-view")
    terminal.silent("vlan batch 300", "commit")
    terminal("return")
    on_trial_other(terminal)
    terminal("reboot")
    terminal.keys("y\n")
    assert terminal.ended
    assert (vlans(switch), switch.restarts) == ([1, 100], 1)
    assert switch.box.now().trial is None


def on_trial_other(terminal: Terminal) -> None:
    """Put VLAN 400 on trial."""
    terminal("system-view")
    terminal.silent("vlan batch 400")
    terminal("commit trial 60 persist tx-4")
    terminal("return")


def test_saving_may_be_refused(switch: Switch) -> None:
    """N keeps the startup configuration as it was."""
    terminal = switch.login()
    for line in (*CHANGE, "commit", "return", "save"):
        terminal(line)
    terminal.silent("n")
    assert list(switch.box.now().startup.vlans) == [1]


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
