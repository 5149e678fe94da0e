"""A terminal at its edges: pages, questions, filters; and what save and reboot leave behind."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fleet.simulator.ssh.box import factory
from fleet.simulator.ssh.configuration import Rule
from tests.simulator.switches.kit import PLATFORMS, Platform, Switch, Terminal

both = pytest.mark.parametrize("platform", PLATFORMS)
PLACE = {"huawei_vrpv8": "<HUAWEI>", "hp_comware": "<H3C>"}
SAVE = {"huawei_vrpv8": ("save", "y"), "hp_comware": ("save", "y", "", "y")}
LONG = "display current-configuration"
REBOOT = {"huawei_vrpv8": "Warning: The system will reboot. Continue? [Y/N]:",
          "hp_comware": "This command will reboot the device. Continue? [Y/N]:"}  # fmt: skip
SHOWN = [
    "display current-configuration", "display saved-configuration", "display this",
    "display version", "display clock", "display interface brief", "display ip interface brief",
    "display ip routing-table", "display acl all", "display startup",
]  # fmt: skip


def renamed(switch: Switch, name: str) -> Terminal:
    """A terminal in the user's view after the device was given a name."""
    terminal = switch.login()
    terminal("system-view")
    terminal.silent(f"sysname {name}")
    if switch.box.spec.platform == "huawei_vrpv8":
        terminal.silent("commit")
    terminal.silent("return")
    return terminal


def wipe(terminal: Terminal) -> str:
    """How the mark below a page is taken off the screen."""
    more = terminal.shell.session.dialect.more
    return f"\x1b[{len(more)}D{' ' * len(more)}\x1b[{len(more)}D"


@pytest.mark.property
@both
@given(keys=st.lists(st.sampled_from([" ", "\n", "x", "?"]), max_size=60))
@settings(max_examples=25, deadline=None)
def test_any_way_through_the_pages_shows_each_line_once(
    platform: Platform, keys: list[str]
) -> None:
    """Pages and single lines mixed, other keys in between: the answer's beginning, in order."""
    whole = Switch(platform).login()(LONG).split("\n")
    terminal = Switch(platform).login(paging=True)
    more = terminal.shell.session.dialect.more
    seen = terminal.keys(f"{LONG}\n").removeprefix(f"{LONG}\n")
    shown = 24
    for key in keys:
        if not seen.endswith(more):
            break
        said = terminal.keys(key)
        if key in "x?":
            assert said == ""
            continue
        seen = seen.removesuffix(more) + said.removeprefix(wipe(terminal))
        shown += 24 if key == " " else 1
    lines = seen.removesuffix(more).removesuffix(PLACE[platform]).rstrip("\n").split("\n")
    assert lines == whole[:shown]
    assert seen.endswith(more) is (shown < len(whole))


@both
@pytest.mark.parametrize("key", ["q", "Q", "\x03"])
def test_a_page_is_left(platform: Platform, key: str) -> None:
    """The mark is wiped, the prompt stands there, and the next line is a line."""
    terminal = Switch(platform).login(paging=True)
    terminal.keys(f"{LONG}\n")
    assert terminal.keys(key) == wipe(terminal) + PLACE[platform]
    assert "UTC" in terminal("display clock")


@both
def test_typing_ahead_into_a_page_is_lost(platform: Platform) -> None:
    """Who does not read the mark types into it: the trap that netmiko's drivers avoid."""
    switch = Switch(platform)
    terminal = switch.login(paging=True)
    said = terminal.keys(f"{LONG}\nsystem-view\n")
    assert terminal.shell.session.view.kind == "user"
    assert said.count(terminal.shell.session.dialect.more) == 2


@both
@pytest.mark.parametrize(("count", "paged"), [(21, False), (22, True)])
def test_an_answer_of_exactly_a_page_needs_no_key(
    platform: Platform, count: int, paged: bool
) -> None:
    """24 lines stand there at once, with the prompt below; with one more there is the mark."""
    switch = Switch(platform)
    listed = {5 * at: Rule(permit=True, protocol="ip") for at in range(1, count + 1)}
    running = replace(switch.box.now().running, lists={3000: listed})
    switch.box.state = replace(switch.box.state, running=running)
    terminal = switch.login(paging=True)
    said = terminal.keys("display acl 3000\n")
    # Two lines above the rules, an empty one below.
    assert said.count("\n") == 1 + min(24, count + 3)
    assert said.endswith(terminal.shell.session.dialect.more if paged else PLACE[platform])


@both
@pytest.mark.parametrize("command", SHOWN)
def test_a_display_changes_nothing(platform: Platform, command: str) -> None:
    """From either view it is the same answer, one read each, and nothing is kept."""
    switch = Switch(platform)
    terminal = switch.login()
    first = terminal(command)
    assert "found at '^'" not in first
    terminal("system-view")
    if command != "display this":
        assert terminal(command) == first
    assert (switch.kept, switch.log) == ([], [])


@both
@pytest.mark.parametrize(
    ("words", "good", "fault"),
    [
        ("| nonsense sysname", "display version | ", "Unrecognized"),
        ("| includes sysname", "display version | ", "Unrecognized"),
        ("| include", "display version | include", "Incomplete"),
        ("| begin  ", "display version | begin", "Incomplete"),
    ],
)
def test_a_filter_that_is_none_shows_nothing(
    platform: Platform, words: str, good: str, fault: str
) -> None:
    """It is pointed at as any other wrong word, and no part of the answer comes."""
    switch = Switch(platform)
    lines = switch.login()(f"display version {words}").split("\n")
    assert lines[0] == " " * len(PLACE[platform] + good) + "^"
    assert f"{fault} command found" in lines[1]
    assert (len(lines), switch.reads) == (2, 0)


@pytest.mark.property
@both
@given(text=st.text("GE1/0 vlan#sysname東", min_size=1, max_size=4).map(str.strip).filter(bool))
@settings(max_examples=25, deadline=None)
def test_include_and_exclude_part_the_answer(platform: Platform, text: str) -> None:
    """Every line is in the one or the other, and `begin` starts with the first of the one."""
    terminal = Switch(platform).login()
    whole = terminal(LONG).split("\n")
    chosen = {verb: [line for line in terminal(f"{LONG} | {verb} {text}").split("\n") if line]
              for verb in ("include", "exclude", "begin")}  # fmt: skip
    assert chosen["include"] == [line for line in whole if text in line]
    assert chosen["exclude"] == [line for line in whole if text not in line]
    assert chosen["begin"][:1] == chosen["include"][:1]
    assert chosen["begin"] == (whole[-len(chosen["begin"]) :] if chosen["begin"] else [])


@both
@pytest.mark.parametrize("noise", ["", "maybe", "display version", "ja", "\x1a"])
def test_only_yes_and_no_answer(platform: Platform, noise: str) -> None:
    """Anything else, even Enter alone or Ctrl-Z, is told so and asked again; nothing happens."""
    switch = Switch(platform)
    terminal = renamed(switch, "东门")
    terminal("reboot")
    assert terminal.prompt == REBOOT[platform]
    terminal.keys(noise if noise == "\x1a" else f"{noise}\n")
    assert terminal.prompt.startswith("Error: Please choose 'YES' or 'NO' first")
    terminal.silent("n")
    assert (terminal.prompt, switch.restarts) == ("<东门>", 0)


@both
@pytest.mark.parametrize("answer", ["y", "Y", "yes", "YES", " y "])
def test_every_yes_reboots(platform: Platform, answer: str) -> None:
    """The session ends without a prompt, and what was not saved is gone."""
    switch = Switch(platform)
    terminal = renamed(switch, "东门")
    terminal("reboot")
    assert PLACE[platform] not in terminal.keys(f"{answer}\n")
    assert (terminal.ended, switch.restarts) == (True, 1)
    assert switch.login().prompt == PLACE[platform]


@both
def test_saved_and_running_are_two_texts(platform: Platform) -> None:
    """Until `save` the startup text is the old one; then they are the same, and survive."""
    switch = Switch(platform)
    old = switch.login()("display saved-configuration")
    terminal = renamed(switch, "东门")
    assert terminal("display saved-configuration") == old
    assert terminal(LONG) != old
    for line in SAVE[platform]:
        last = terminal(line)
    assert "successfully" in last
    assert terminal("display saved-configuration") == terminal(LONG)
    switch.box.start_anew()
    assert switch.login().prompt == "<东门>"


@both
def test_a_save_is_nobodys_write(platform: Platform) -> None:
    """It moves no field, so that the log has nothing of it; twice is as once."""
    switch = Switch(platform)
    terminal = renamed(switch, "东门")
    switch.log.clear()
    for line in (*SAVE[platform], *SAVE[platform]):
        terminal(line)
    assert switch.log == []
    assert switch.box.now().startup == switch.box.now().running


@both
@pytest.mark.parametrize("fault", ["refuse", "keep-nothing"])
def test_a_save_under_a_fault(platform: Platform, fault: str) -> None:
    """`refuse` says no; `keep-nothing` says yes, and a restart shows the truth."""
    switch = Switch(platform)
    terminal = renamed(switch, "东门")
    switch.faults[fault] = ""
    for line in SAVE[platform]:
        last = terminal(line)
    assert ("successfully" in last) is (fault == "keep-nothing")
    assert ("The operation failed." in last) is (fault == "refuse")
    switch.box.start_anew()
    assert switch.login().prompt == PLACE[platform]


@both
def test_a_question_is_its_sessions_own(platform: Platform) -> None:
    """Another session's lines are no answers, and its work is saved with the rest."""
    switch = Switch(platform)
    asked, other = renamed(switch, "东门"), switch.login()
    asked("save")
    assert "UTC" in other("display clock")
    renamed(switch, "西门")
    for line in SAVE[platform][1:]:
        asked(line)
    assert switch.box.now().startup.sysname == "西门"


@both
def test_a_fresh_box_is_saved_and_reachable(platform: Platform) -> None:
    """Out of its box what runs is what was saved, nothing is on trial, and nobody wrote."""
    switch = Switch(platform)
    state = switch.box.now()
    assert state.running == state.startup == factory(switch.box.spec)
    assert (state.trial, state.points, switch.log) == (None, (), [])


@both
def test_a_line_that_never_ends_is_cut(platform: Platform) -> None:
    """512 characters are taken and echoed; the rest is neither, and the end still ends it."""
    terminal = Switch(platform).login()
    assert terminal.keys("x" * 600) == "x" * 512
    assert terminal.keys("\n").endswith(PLACE[platform])
    assert "UTC" in terminal("display clock")


@both
def test_control_characters_are_no_part_of_a_line(platform: Platform) -> None:
    """Bells, tabs and escapes are neither echoed nor taken."""
    terminal = Switch(platform).login()
    said = terminal.keys("dis\x07play\x1b\x00 clo\tck\n")
    assert said.startswith("display clock\n")
    assert "UTC" in said


@both
def test_backspace_takes_a_whole_character(platform: Platform) -> None:
    """Also a Chinese one, of which more came in bytes; at a question it corrects the answer."""
    switch = Switch(platform)
    terminal = renamed(switch, "东门")
    said = terminal.keys("display clock门\x7f\n")
    assert "UTC" in said
    terminal("reboot")
    terminal.keys("y\x7fn\n")
    assert (terminal.prompt, switch.restarts) == ("<东门>", 0)


@both
def test_ctrl_z_keeps_what_was_typed_before_it_out(platform: Platform) -> None:
    """A half line is dropped, not run."""
    switch = Switch(platform)
    terminal = switch.login()
    terminal("system-view")
    terminal.keys("sysname other\x1a")
    assert terminal.prompt == PLACE[platform]
    assert switch.kept == []
