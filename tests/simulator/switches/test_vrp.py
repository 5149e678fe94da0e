"""VRP8's two stages: candidate, commit, trial, confirmation, and who may do which."""

from __future__ import annotations

import pytest

from tests.simulator.switches.kit import Switch, Terminal
from tests.simulator.switches.vrp_kit import BUSY, CHANGE, on_trial, status, vlans

UNCOMMITTED = (
    "Warning: Uncommitted configurations found. Are you sure to commit them before exiting?"
    " [Y(yes)/N(no)/C(cancel)]:"
)


@pytest.fixture
def switch() -> Switch:
    """A VRP8 switch whose clock stands."""
    return Switch("huawei_vrpv8")


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
