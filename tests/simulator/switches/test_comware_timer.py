"""Comware's rollback timer at its edges: what it takes back, whose lines, and what stops it."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fleet.simulator.ssh import canonical
from tests.simulator.switches.kit import Switch, Terminal

MINUTE = 60.0
NO_TIMER = "No configuration commit delay timer is running."
LINES = [
    "vlan 100", "vlan 200 to 203", "undo vlan 100", "sysname 东门", "lldp global enable",
    "interface GE1/0/1", "description 枪机", "poe enable", "shutdown", "port link-type trunk",
    "port trunk permit vlan 100 200", "interface Vlan-interface1", "ip address 10.0.0.1 24",
    "ip route-static 0.0.0.0 0 10.0.0.254", "ntp-service unicast-server 10.0.0.5",
    "acl advanced 3000", "rule permit udp source 10.7.0.0 0.0.0.255", "quit", "nonsense",
]  # fmt: skip


@pytest.fixture
def switch() -> Switch:
    """A Comware switch whose clock stands."""
    return Switch("hp_comware")


def session(switch: Switch, *lines: str) -> Terminal:
    """A session in the system view that has typed some lines."""
    terminal = switch.login()
    terminal("system-view")
    terminal.silent(*lines)
    return terminal


def vlans(switch: Switch) -> list[int]:
    """The VLANs that run."""
    return list(switch.box.now().running.vlans)


@pytest.mark.property
@given(
    st.lists(st.tuples(st.integers(0, 2), st.sampled_from(LINES)), max_size=15),
    st.integers(1, 65535),
)
@settings(max_examples=40, deadline=None)
def test_whatever_anybody_types_is_taken_back(typed: list[tuple[int, str]], minutes: int) -> None:
    """Three people and a timer: at its end the moment at which it was set runs, whole."""
    switch = Switch("hp_comware")
    people = [session(switch) for _ in range(3)]
    people[0].silent("vlan 7", "name before", "quit")
    before = switch.box.now().running
    switch.log.clear()
    people[0].silent(f"configuration commit delay {minutes}")
    for who, line in typed:
        people[who](line)
    during = switch.box.now().running
    switch.later(minutes * MINUTE - 0.5)
    assert switch.box.now().running == during
    switch.later(0.5)
    assert (switch.box.now().running, switch.log) == (before, [])


@pytest.mark.property
@given(st.lists(st.tuples(st.integers(0, 2), st.sampled_from(LINES)), max_size=15))
@settings(max_examples=40, deadline=None)
def test_whatever_anybody_types_is_kept_by_a_commit(typed: list[tuple[int, str]]) -> None:
    """And the log has each field that differs from before the timer once, in the one order."""
    switch = Switch("hp_comware")
    people = [session(switch) for _ in range(3)]
    before = switch.box.now().running
    people[0].silent("configuration commit delay 5")
    for who, line in typed:
        people[who](line)
    session(switch, "configuration commit")
    after = switch.box.now().running
    assert switch.log == canonical.changed(before, after)
    switch.later(100 * MINUTE)
    assert switch.box.now().running == after


@pytest.mark.property
@given(st.lists(st.sampled_from(LINES), max_size=15))
@settings(max_examples=40, deadline=None)
def test_without_a_timer_each_line_is_logged_as_it_comes(typed: list[str]) -> None:
    """What the log gained with a line is exactly what the line changed."""
    switch = Switch("hp_comware")
    terminal = session(switch)
    for line in typed:
        before, logged = switch.box.now().running, len(switch.log)
        terminal(line)
        assert switch.log[logged:] == canonical.changed(before, switch.box.now().running)


@pytest.mark.parametrize(("early", "kept"), [(0.01, True), (0.0, False)])
def test_the_last_moment(switch: Switch, early: float, kept: bool) -> None:
    """A commit counts until the timer's end, and at its end it is told that there is none."""
    terminal = session(switch, "configuration commit delay 1", "vlan 100", "quit")
    switch.later(MINUTE - early)
    assert terminal("configuration commit") == ("" if kept else NO_TIMER)
    switch.later(10 * MINUTE)
    assert vlans(switch) == ([1, 100] if kept else [1])


def test_a_second_commit_has_no_timer(switch: Switch) -> None:
    """The first one used it up; nothing is lost by asking again."""
    terminal = session(switch, "configuration commit delay 1", "vlan 100", "quit")
    terminal.silent("configuration commit")
    assert terminal("configuration commit") == NO_TIMER
    assert (vlans(switch), switch.log) == ([1, 100], ["vlans"])


def test_a_timer_after_a_commit_has_a_new_point(switch: Switch) -> None:
    """The second rollback goes to the first commit and no further."""
    terminal = session(switch, "configuration commit delay 1", "vlan 100", "quit")
    terminal.silent("configuration commit", "configuration commit delay 1", "vlan 200")
    switch.later(MINUTE)
    assert vlans(switch) == [1, 100]


def test_setting_again_may_bring_the_end_nearer(switch: Switch) -> None:
    """Anybody may; the point stays the first one's."""
    session(switch, "configuration commit delay 60", "vlan 100", "quit")
    session(switch, "configuration commit delay 1", "vlan 200")
    switch.later(MINUTE)
    assert vlans(switch) == [1]


def test_a_timer_alone_changes_nothing(switch: Switch) -> None:
    """Set, and nothing typed: its end is nobody's write."""
    before = switch.box.now()
    session(switch, "configuration commit delay 1")
    switch.later(MINUTE)
    assert (switch.box.now(), switch.log) == (before, [])


def test_a_name_that_is_taken_back_is_in_the_prompt(switch: Switch) -> None:
    """Who still is in a view that went stays there, and is told so by the next line."""
    terminal = session(switch, "configuration commit delay 1", "sysname 东门", "vlan 100")
    assert terminal.prompt == "[东门-vlan100]"
    switch.later(MINUTE)
    assert terminal("name x") == "The VLAN does not exist."
    assert terminal.prompt == "[H3C-vlan100]"


def test_a_removal_is_taken_back_too(switch: Switch) -> None:
    """A VLAN with its port, its trunk and its interface is there again as it was."""
    terminal = session(
        switch, "vlan 100", "name cameras", "quit", "interface GE1/0/1", "port access vlan 100",
        "interface XGE1/0/25", "port link-type trunk", "port trunk permit vlan 100",
        "interface Vlan-interface100", "ip address 10.0.0.1 24", "quit",
    )  # fmt: skip
    before = switch.box.now().running
    terminal.silent("configuration commit delay 1", "undo interface Vlan-interface100")
    terminal.silent("undo vlan 100")
    assert (vlans(switch), "Vlan100" in switch.box.now().running.ports) == ([1], False)
    switch.later(MINUTE)
    assert switch.box.now().running == before


def test_saved_before_the_end_survives_a_restart(switch: Switch) -> None:
    """`save` writes what runs, timer or not; the rollback does not reach the file."""
    terminal = session(switch, "configuration commit delay 1", "vlan 100")
    terminal("save force")
    switch.later(MINUTE)
    assert vlans(switch) == [1]
    switch.box.start_anew()
    assert vlans(switch) == [1, 100]


def test_a_restart_stops_the_timer(switch: Switch) -> None:
    """What was saved runs, and nothing is taken back later."""
    terminal = session(switch, "vlan 7", "quit")
    terminal("save force")
    terminal.silent("configuration commit delay 1", "vlan 100")
    switch.box.start_anew()
    other = session(switch)
    assert other("configuration commit") == NO_TIMER
    other.silent("vlan 200")
    switch.later(10 * MINUTE)
    assert vlans(switch) == [1, 7, 200]


def test_the_timer_is_set_in_the_system_view_alone(switch: Switch) -> None:
    """Neither from the user's view nor from an interface's."""
    terminal = switch.login()
    assert "Unrecognized command" in terminal("configuration commit delay 1")
    terminal("system-view")
    terminal.silent("interface GE1/0/1")
    assert "Unrecognized command" in terminal("configuration commit delay 1")
    assert switch.box.now().trial is None


@pytest.mark.parametrize("minutes", ["1", "65535"])
def test_the_longest_and_the_shortest_time(switch: Switch, minutes: str) -> None:
    """Both limits are times themselves, counted in minutes of the scaled clock."""
    session(switch, f"configuration commit delay {minutes}")
    assert switch.box.seconds_left() == 60 * int(minutes)


def test_vrp_words_are_none_here(switch: Switch) -> None:
    """A client for the other platform is told so by each of its lines."""
    terminal = session(switch)
    for line in (
        "commit", "commit trial 60 persist tx-1", "abort trial", "vlan batch 7", "lldp enable",
        "display configuration trial status", "clear configuration candidate",
    ):  # fmt: skip
        assert " % " in terminal(line), line
    assert switch.kept == []


def test_a_fault_asks_once_a_session_even_under_a_timer(switch: Switch) -> None:
    """`ask`: setting the timer asks nothing, the first change does, the second does not."""
    switch.faults["ask"] = ""
    terminal = session(switch, "configuration commit delay 1")
    terminal("vlan 100")
    assert terminal.prompt.endswith("Continue? [Y/N]:")
    terminal.silent("y")
    assert terminal.prompt == "[H3C-vlan100]"
    terminal.silent("name 枪机")
    assert switch.box.now().running.vlans[100].name == "枪机"


def test_a_change_that_is_declined_is_none(switch: Switch) -> None:
    """`ask` answered with N: nothing runs, and no view was entered."""
    switch.faults["ask"] = ""
    terminal = session(switch)
    terminal("vlan 100")
    terminal.silent("n")
    assert (terminal.prompt, vlans(switch), switch.log) == ("[H3C]", [1], [])


def test_a_refusal_behind_the_question_is_told(switch: Switch) -> None:
    """`ask` answered with Y, but the change cannot be: refused as without the question."""
    switch.faults["ask"] = ""
    terminal = session(switch, "interface GE1/0/1")
    terminal("port access vlan 100")
    assert terminal("y") == "The VLAN does not exist."
    assert terminal.prompt == "[H3C-GigabitEthernet1/0/1]"
