"""VRP8's trials at their edges: two people, wrong ids, the last moment, a restart in the middle."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.simulator.switches.kit import Switch, Terminal
from tests.simulator.switches.vrp_kit import BUSY, CHANGE, on_trial, status, vlans

NO_ID = "Error: The persist ID does not exist."
NOT_IN_TRIAL = "Error: The session is not in trial configuration mode."
INACTIVE = {"Trial status": "INACTIVE", "Trial time left (sec)": "0"}


@pytest.fixture
def switch() -> Switch:
    """A VRP8 switch whose clock stands."""
    return Switch("huawei_vrpv8")


def other_session(switch: Switch, *lines: str) -> Terminal:
    """Another session in the system view that has typed some lines."""
    terminal = switch.login()
    terminal("system-view")
    terminal.silent(*lines)
    return terminal


@pytest.mark.parametrize("wrong", ["tx-2", "TX-1", "tx-11", "tx"])
def test_a_wrong_id_confirms_nothing(switch: Switch, wrong: str) -> None:
    """Letter for letter or not at all; the trial goes on and goes back in its time."""
    on_trial(switch)
    other = other_session(switch)
    assert other(f"commit persist {wrong}") == BUSY
    assert other(f"abort trial persist {wrong}") == NOT_IN_TRIAL
    assert status(other)["Persist id"] == "tx-1"
    switch.later(60)
    assert (vlans(switch), switch.log) == ([1], [])


def test_an_id_that_was_never_given_confirms_nothing(switch: Switch) -> None:
    """A trial without an id has none that could be right, not even in its own session."""
    terminal = on_trial(switch, "commit trial 60")
    assert terminal("commit persist other") == NO_ID
    assert terminal("abort trial persist other") == NOT_IN_TRIAL
    assert other_session(switch)("commit persist other") == NO_ID
    assert status(terminal)["Trial status"] == "ACTIVE"
    switch.later(60)
    assert (vlans(switch), switch.log) == ([1], [])


def test_an_id_without_any_trial(switch: Switch) -> None:
    """Neither confirmed nor ended, and what is uncommitted stays uncommitted."""
    terminal = other_session(switch, "vlan batch 100")
    assert terminal("commit persist tx-1") == NO_ID
    assert terminal("abort trial") == NOT_IN_TRIAL
    assert terminal("abort trial persist tx-1") == NOT_IN_TRIAL
    assert (terminal.prompt, vlans(switch)) == ("[*HUAWEI]", [1])


def test_a_plain_commit_in_a_trial_with_an_id(switch: Switch) -> None:
    """Even the session that began it needs the id to confirm."""
    terminal = on_trial(switch)
    assert terminal("commit") == BUSY
    terminal.silent("commit persist tx-1")
    switch.later(61)
    assert vlans(switch) == [1, 100]


def test_a_confirmation_brings_what_is_uncommitted(switch: Switch) -> None:
    """Another session's confirmation commits its own candidate too, in one point of the list."""
    on_trial(switch)
    other = other_session(switch, "vlan batch 300", "commit persist tx-1")
    assert (vlans(switch), other.prompt) == ([1, 100, 300], "[~HUAWEI]")
    assert switch.log == ["vlans", "access_ports"]
    assert len(switch.box.now().points) == 1


def test_a_confirmation_that_cannot_be_done_keeps_the_trial(switch: Switch) -> None:
    """The candidate fits no more: refused as a whole, and the trial runs on."""
    prepared = other_session(switch, "vlan batch 300")
    prepared.silent("commit", "interface GE1/0/5", "port default vlan 300")
    remover = other_session(switch, "undo vlan 300")
    remover("commit trial 60 persist tx-9")
    assert prepared("commit persist tx-9") == "Error: The VLAN does not exist."
    assert status(prepared)["Persist id"] == "tx-9"
    switch.later(60)
    assert vlans(switch) == [1, 300]


def test_confirmed_twice_is_an_error(switch: Switch) -> None:
    """The id is used up with the first confirmation, and the log has one entry a field."""
    on_trial(switch)
    first, second = other_session(switch), other_session(switch)
    first.silent("commit persist tx-1")
    assert second("commit persist tx-1") == NO_ID
    assert (vlans(switch), switch.log) == ([1, 100], ["vlans", "access_ports"])


@pytest.mark.parametrize(("seconds", "runs"), [(59.99, [1, 100]), (60.0, [1])])
def test_the_last_moment(switch: Switch, seconds: float, runs: list[int]) -> None:
    """A confirmation counts until the deadline, and at the deadline it does not."""
    on_trial(switch)
    other = other_session(switch)
    switch.later(seconds)
    answer = other("commit persist tx-1")
    assert answer == ("" if len(runs) > 1 else NO_ID)
    switch.later(600)
    assert vlans(switch) == runs


def test_an_id_may_be_used_again(switch: Switch) -> None:
    """Once the first trial of that name is over, the next one is its own."""
    on_trial(switch)
    switch.later(60)
    again = other_session(switch, "vlan batch 200")
    again("commit trial 120 persist tx-1")
    assert status(again)["Trial time left (sec)"] == "120"
    other_session(switch).silent("commit persist tx-1")
    assert vlans(switch) == [1, 200]


def test_a_trial_may_be_given_an_id_later(switch: Switch) -> None:
    """The session's own trial, run anew with an id, outlives the session."""
    terminal = on_trial(switch, "commit trial 60")
    terminal("commit trial 90 persist tx-5")
    terminal.leave()
    assert vlans(switch) == [1, 100]
    other_session(switch).silent("commit persist tx-5")
    assert switch.log == ["vlans", "access_ports"]


def test_anew_with_another_id_is_anothers_trial(switch: Switch) -> None:
    """Who does not know the id cannot prolong it, not even the session that began it."""
    terminal = on_trial(switch)
    assert terminal("commit trial 600 persist tx-2") == BUSY
    assert terminal("commit trial 600") == BUSY
    assert status(terminal)["Trial time left (sec)"] == "60"


@pytest.mark.parametrize("answer", ["n", "no", "N"])
def test_ending_a_trial_may_be_thought_over(switch: Switch, answer: str) -> None:
    """N leaves it running; a command is no answer."""
    terminal = on_trial(switch)
    terminal("abort trial")
    terminal("display clock")
    assert terminal.prompt.startswith("Error: Please choose 'YES' or 'NO'")
    terminal.silent(answer)
    assert status(terminal)["Trial status"] == "ACTIVE"


@pytest.mark.parametrize("how", ["over", "confirmed"])
def test_a_trial_that_ends_while_its_end_is_asked_about(switch: Switch, how: str) -> None:
    """The late Y is refused, and takes back nothing that was confirmed meanwhile."""
    terminal = on_trial(switch)
    terminal("abort trial")
    if how == "over":
        switch.later(60)
    else:
        other_session(switch).silent("commit persist tx-1")
    assert terminal("y") == NOT_IN_TRIAL
    assert vlans(switch) == ([1] if how == "over" else [1, 100])


def test_ending_a_trial_keeps_the_candidate(switch: Switch) -> None:
    """What was typed since is still there, uncommitted, and can be committed alone."""
    terminal = on_trial(switch)
    terminal.silent("quit", "vlan batch 200")
    terminal("abort trial")
    terminal("y")
    assert (vlans(switch), terminal.prompt) == ([1], "[*HUAWEI]")
    terminal.silent("commit")
    assert vlans(switch) == [1, 200]


def test_leaving_in_a_trial_without_an_id(switch: Switch) -> None:
    """The line's end takes it back at once; somebody else's trial it leaves alone."""
    terminal, other = on_trial(switch, "commit trial 600"), switch.login()
    other.leave()
    assert vlans(switch) == [1, 100]
    terminal.leave()
    assert (status(switch.login()), vlans(switch)) == (INACTIVE, [1])


def test_leaving_configuration_ends_no_trial(switch: Switch) -> None:
    """Only the session's end does; in the user's view it is still confirmed from inside again."""
    terminal = on_trial(switch, "commit trial 600")
    terminal.silent("return")
    assert status(terminal)["Trial status"] == "ACTIVE"
    terminal("system-view")
    terminal.silent("commit")
    assert (vlans(switch), status(terminal)) == ([1, 100], INACTIVE)


def test_yes_at_the_door_cannot_confirm_anothers_trial(switch: Switch) -> None:
    """Leaving with something uncommitted: the commit is refused, and the session stays inside."""
    other = other_session(switch, "vlan batch 300")
    on_trial(switch)
    other("return")
    assert other("y") == BUSY
    assert (other.prompt, vlans(switch)) == ("[*HUAWEI]", [1, 100])


def test_saved_in_a_trial_survives_a_restart(switch: Switch) -> None:
    """`save` writes what runs, on trial or not: the trap that nobody may fall into."""
    terminal = on_trial(switch)
    terminal("return")
    terminal("save")
    terminal("y")
    switch.later(60)
    assert vlans(switch) == [1]
    switch.box.start_anew()
    assert (vlans(switch), switch.log) == ([1, 100], [])


def test_a_restart_amid_a_trial(switch: Switch) -> None:
    """The trial is gone with its id, what was saved runs, and nobody is told of a write."""
    on_trial(switch)
    switch.box.start_anew()
    other = other_session(switch)
    assert (status(other), vlans(switch), switch.log) == (INACTIVE, [1], [])
    assert other("commit persist tx-1") == NO_ID
    switch.later(600)
    assert vlans(switch) == [1]


def test_the_list_of_commits_is_bounded_and_numbered(switch: Switch) -> None:
    """Fifty are kept, the newest first, and no number comes twice."""
    terminal = other_session(switch)
    for number in range(55):
        terminal.silent(f"vlan batch {100 + number}", f"commit label nr{number}")
    told = terminal("display configuration commit list").split("\n")[3:-1]
    ids = [int(line.split()[1]) for line in told]
    assert ids == list(range(1_000_000_055, 1_000_000_005, -1))
    assert [line.split()[2] for line in told[:2]] == ["nr54", "nr53"]
    assert "User-Intf: VTY 0" in terminal("display configuration commit list verbose")


def test_a_commit_of_nothing_is_no_point(switch: Switch) -> None:
    """Neither a plain one nor one that undoes itself, and no word is lost on it."""
    terminal = other_session(switch)
    terminal.silent("commit", "vlan batch 100", "undo vlan batch 100", "commit")
    assert (switch.box.now().points, switch.log, terminal.prompt) == ((), [], "[~HUAWEI]")


@pytest.mark.property
@given(
    st.lists(st.sampled_from(["late", "wrong", "plain", "tamper", "leave", "save"]), max_size=6),
    st.integers(60, 65535),
)
@settings(max_examples=40, deadline=None)
def test_whatever_happens_without_the_id(done: list[str], seconds: int) -> None:
    """Nothing that others do makes a trial stay: at its end the old VLANs run, with tampering."""
    switch = Switch("huawei_vrpv8")
    terminal = on_trial(switch, f"commit trial {seconds} persist tx-1")
    for step in done:
        other = other_session(switch)
        if step == "late":
            switch.later(seconds / 10)
        elif step == "wrong":
            assert other("commit persist tx-2") == BUSY
        elif step == "plain":
            assert other("commit") == BUSY
        elif step == "tamper":
            switch.box.tamper("vlans", "300 byhand")
        elif step == "leave":
            terminal.leave()
        else:
            other("return")
            other("save")
            other("y")
        assert 100 in vlans(switch)
    switch.later(seconds)
    assert vlans(switch) == ([1, 300] if "tamper" in done else [1])
    assert switch.log == []


@pytest.mark.property
@given(st.lists(st.sampled_from(CHANGE[1:]), max_size=4), st.sampled_from(["y", "n", "c"]))
@settings(max_examples=30, deadline=None)
def test_a_candidate_is_shown_marked_and_asked_about(lines: list[str], answer: str) -> None:
    """The star, the candidate's own text and the question at the door always go together."""
    switch = Switch("huawei_vrpv8")
    terminal = switch.login()
    terminal("system-view")
    for line in lines:
        terminal(line)
    candidate = terminal("display configuration candidate")
    dirty = candidate != terminal("display current-configuration")
    assert terminal.prompt.startswith("[*") is dirty
    terminal("return")
    assert terminal.prompt.startswith("Warning: Uncommitted") is dirty
    if dirty:
        terminal(answer)
        assert terminal.prompt.startswith("[*" if answer == "c" else "<")
    assert vlans(switch) == ([1, 100] if dirty and answer == "y" else [1])
