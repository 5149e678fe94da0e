"""What a terminal sees: echo, paging, corrections, filters, and questions with wrong answers."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.simulator.switches.kit import PLATFORMS, Platform, Switch

OFF = {"huawei_vrpv8": "screen-length 0 temporary", "hp_comware": "screen-length disable"}
ON = {"huawei_vrpv8": "screen-length 24 temporary", "hp_comware": "undo screen-length disable"}
both = pytest.mark.parametrize("platform", PLATFORMS)


@both
def test_each_character_is_echoed(platform: Platform) -> None:
    """One piece a character, Chinese ones whole even when their bytes come apart."""
    terminal = Switch(platform).login()
    assert terminal.keys("dis") == "dis"
    raw = "东".encode()
    pieces = [p.text for part in (raw[:1], raw[1:]) for p in terminal.shell.feed(part)]
    assert pieces == ["东"]


@both
def test_a_line_is_corrected(platform: Platform) -> None:
    """Backspace takes the last character back, on the screen too; at the beginning nothing."""
    terminal = Switch(platform).login()
    said = terminal.keys("\x7fdisx\x08play version\n")
    assert said.startswith("disx\x08 \x08play version\n")
    assert "Software" in said


@both
@pytest.mark.parametrize("end", ["\n", "\r", "\r\n"])
def test_every_end_of_line_ends_one_line(platform: Platform, end: str) -> None:
    """CR LF is one end and not two."""
    terminal = Switch(platform).login()
    said = terminal.keys(f"display clock{end}display clock{end}")
    assert said.count(terminal.prompt) == 2


@both
def test_an_empty_line_brings_the_prompt(platform: Platform) -> None:
    """And nothing else."""
    terminal = Switch(platform).login()
    assert terminal.keys("\n") == "\n" + terminal.prompt


@both
def test_long_answers_are_paged(platform: Platform) -> None:
    """24 lines, then More; space shows a page, Enter a line, q no more; the marker is wiped."""
    terminal = Switch(platform).login(paging=True)
    more = terminal.shell.session.dialect.more
    first = terminal.keys("display current-configuration\n")
    assert first.endswith(more)
    assert first.count("\n") == 25
    line = terminal.keys("\n")
    assert line.count("\n") == 1
    page = terminal.keys(" ")
    assert page.count("\n") == 24
    assert page.startswith(f"\x1b[{len(more)}D")
    assert terminal.keys("x") == ""
    assert terminal.keys("q").endswith(terminal.prompt)


@both
def test_pages_are_the_whole_answer(platform: Platform) -> None:
    """Nothing is lost between them."""
    whole = Switch(platform).login()("display current-configuration")
    terminal = Switch(platform).login(paging=True)
    more = terminal.shell.session.dialect.more
    wipe = f"\x1b[{len(more)}D{' ' * len(more)}\x1b[{len(more)}D"
    paged = terminal.keys("display current-configuration\n")
    while paged.endswith(more):
        paged = paged.removesuffix(more) + terminal.keys(" ").replace(wipe, "", 1)
    assert paged.removesuffix(terminal.prompt).split("\n", 1)[1].rstrip("\n") == whole


@both
def test_paging_is_switched_off_and_on(platform: Platform) -> None:
    """For this session alone."""
    switch = Switch(platform)
    one, other = switch.login(paging=True), switch.login(paging=True)
    one(OFF[platform])
    assert "More" not in one("display current-configuration")
    assert "More" in other.keys("display current-configuration\n")
    one(ON[platform])
    assert "More" in one.keys("display current-configuration\n")


@both
@pytest.mark.parametrize(
    ("words", "lines"),
    [
        ("| include sysname", 1),
        ("| include nothing at all", 0),
        ("| begin return", 1),
    ],
)
def test_answers_are_filtered(platform: Platform, words: str, lines: int) -> None:
    """`include`, `exclude`, `begin`."""
    terminal = Switch(platform).login()
    said = terminal(f"display current-configuration {words}")
    assert len(said.split("\n") if said else []) == lines
    assert "#" not in terminal("display current-configuration | exclude #")


@both
def test_keys_that_leave(platform: Platform) -> None:
    """Ctrl-C drops the line, Ctrl-Z goes to the user's view, quit from there ends the session."""
    terminal = Switch(platform).login()
    start = terminal.prompt
    assert terminal.keys("disp\x03").endswith("^C\n" + start)
    terminal("system-view")
    assert terminal.prompt != start
    terminal.keys("\x1a")
    assert terminal.prompt == start
    terminal.keys("quit\n")
    assert terminal.ended


@both
def test_ctrl_c_leaves_a_question(platform: Platform) -> None:
    """Unanswered: nothing of what it asked about happens."""
    terminal = Switch(platform).login()
    start = terminal.prompt
    terminal("save")
    assert terminal.prompt.endswith("[Y/N]:")
    terminal.keys("\x03")
    assert terminal.prompt == start


@both
def test_reads_are_counted(platform: Platform) -> None:
    """One for each `display` that shows something."""
    switch = Switch(platform)
    terminal = switch.login()
    terminal("display version", "display clock", "display nonsense", "display this")
    assert switch.reads == 3


@pytest.mark.property
@given(st.sampled_from(PLATFORMS), st.lists(st.binary(max_size=30), max_size=12))
@settings(deadline=None)
def test_no_bytes_break_a_terminal(platform: Platform, parts: list[bytes]) -> None:
    """Whatever is typed, a clean line afterwards is answered, or the session has ended."""
    switch = Switch(platform)
    terminal = switch.login()
    for part in parts:
        for piece in terminal.shell.feed(part):
            terminal.ended = terminal.ended or piece.kind == "end"
    if not terminal.ended:
        # Ends a page, a half character, a line and a question.
        said = terminal.keys("q\x03\x03\n\x1adisplay clock\n")
        assert "UTC" in said or "Uncommitted" in said
