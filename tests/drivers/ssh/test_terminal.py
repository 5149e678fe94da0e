"""The expect loop: where an answer ends, what is never answered, what is never taken for yes."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fleet.drivers.ssh import terminal as loop
from fleet.drivers.ssh.pace import Overdue, Pace
from fleet.drivers.ssh.terminal import Asked, Closed, Flooded, Silent
from tests.drivers.ssh.line import END, HUSH, Channel, echoing, terminal

HELLO = [b"\r\nbanner\r\n<SW>"]


def test_the_banner_ends_at_the_first_prompt() -> None:
    """Goal: what a device says before its prompt is no answer to anything."""
    channel = Channel([b"\r\nWelcome [to] <our>\r\n", b"switch\r\n<S", b"W>"])

    made = loop.Terminal(channel, terminal(Channel(HELLO))._manners, Pace(5))

    assert made.greet() == "\nWelcome [to] <our>\nswitch\n"
    assert (made.prompt, channel.sent) == ("<SW>", [])


def test_an_answer_is_what_stands_between_echo_and_prompt() -> None:
    """Goal: neither the echo nor the prompt is part of it, in whatever pieces they come."""
    channel = Channel(HELLO, echoing(display_x="one\r\ntwo\r\n"))

    assert terminal(channel).ask("display x") == "one\ntwo\n"
    assert channel.sent == ["display x"]


@given(st.lists(st.integers(1, 30), max_size=12))
@settings(max_examples=60)
def test_pieces_do_not_matter(cuts: list[int]) -> None:
    """Goal: Chinese texts, escapes and prompts cut anywhere give the same answer."""
    whole = "display x\r\n东门 枪机\r\n\x1b[42Dok\r\n<SW>".encode()
    pieces, rest = [], whole
    for cut in cuts:
        pieces.append(rest[:cut])
        rest = rest[cut:]
    said: Sequence[bytes] = [p for p in [*pieces, rest] if p]
    channel = Channel(HELLO, lambda line: said)

    assert terminal(channel).ask("display x") == "东门 枪机\nok\n"


def test_a_prompt_left_over_from_before_ends_nothing() -> None:
    """Goal: a second prompt that comes late is not taken for the end of the next answer."""
    channel = Channel(HELLO, lambda line: [b"\r\n<SW>", HUSH, b"display x\r\nyes\r\n<SW>"])

    assert terminal(channel).ask("display x") == "yes\n"


def test_what_looks_like_a_prompt_of_another_name_is_text() -> None:
    """Goal: a line of the answer in brackets does not end it."""
    channel = Channel(HELLO, lambda line: [b"display x\r\n<other>", b"\r\n[~SW-GE1/0/1]"])
    made = terminal(channel)

    assert made.ask("display x") == "<other>\n"
    assert made.prompt == "[~SW-GE1/0/1]"


def test_the_name_may_change_where_that_is_expected() -> None:
    """Goal: after `sysname` the prompt is another one, and only that other one."""
    channel = Channel(HELLO, lambda line: [f"{line}\r\n[翠湖]".encode()])
    made = terminal(channel)
    made.expect_name("翠湖")

    assert made.ask("sysname 翠湖") == ""
    with pytest.raises(Silent):
        terminal(Channel(HELLO, lambda line: [b"x\r\n[Other]"])).ask("x", answer_s=0.05)


def test_page_breaks_are_turned_over() -> None:
    """Goal: a blank for each break, and no trace of it in the answer."""

    def answer(line: str) -> Sequence[bytes]:
        if line == " ":
            return [b"\x1b[42D      \x1b[42Dtwo\r\n<SW>"]
        return [b"display x\r\none\r\n  ---- More ----"]

    channel = Channel(HELLO, answer)

    assert [x.strip() for x in terminal(channel).ask("display x").split("\n")] == ["one", "two", ""]
    assert channel.sent == ["display x", " "]


def test_a_question_that_was_expected_is_answered_once() -> None:
    """Goal: the answer goes out to its question alone, and not a second time."""

    def answer(line: str) -> Sequence[bytes]:
        if line == "Y":
            return [b"Y\r\nInfo: saved.\r\n<SW>"]
        return [b"save\r\nWarning: it will be written. Continue? [Y/N]:"]

    channel = Channel(HELLO, answer)

    assert "Info: saved." in terminal(channel).ask("save", {r"Continue\? \[Y/N\]": "Y"})
    assert channel.sent == ["save", "Y"]

    again = Channel(HELLO, lambda line: [b"save\r\nContinue? [Y/N]:"])
    with pytest.raises(Asked):
        terminal(again).ask("save", {r"\[Y/N\]": "Y"}, answer_s=0.05)
    assert again.sent == ["save", "Y"]


@pytest.mark.parametrize(
    "question",
    [
        "Uncommitted configurations found. [Y(yes)/N(no)/C(cancel)]:",
        "Warning: Continue? [Y/N]:",
        "flash:/startup.cfg exists, overwrite? [Y/N]:",
        "Enter password:",
        "Password:",
        "Press Y or ENTER to continue, N to exit.",
        "Proceed with reload? [confirm]",
        "Change now? (y/n)",
        "Destination filename [startup-config]?",
    ],
)
def test_a_question_that_nobody_expected_gets_no_answer(question: str) -> None:
    """Goal: netmiko sent `return` into one; here the conversation ends, and stays ended."""
    channel = Channel(HELLO, lambda line: [f"undo x\r\n{question}".encode()])
    made = terminal(channel)

    with pytest.raises(Asked) as raised:
        made.ask("undo x", answer_s=0.05)
    with pytest.raises(Closed):
        made.ask("return")

    assert raised.value.words == question
    assert channel.sent == ["undo x"]


def test_a_question_before_the_first_prompt_is_not_answered() -> None:
    """Goal: a device that asks at login gets nothing, not even an Enter."""
    channel = Channel([b"The password needs to be changed. Change now? [Y/N]:"])

    with pytest.raises(Asked):
        terminal(channel)
    assert channel.sent == []


@pytest.mark.parametrize("pieces", [[END], [b"commit\r\n", END], [b"commit\r\nInfo: ok\r\n", END]])
def test_a_closed_session_is_never_a_yes(pieces: list[bytes]) -> None:
    """Goal: the end is told at once, wherever in the answer it comes."""
    channel = Channel(HELLO, lambda line: pieces)
    made = terminal(channel)

    with pytest.raises(Closed):
        made.ask("commit")
    with pytest.raises(Closed):
        made.ask("commit")
    assert channel.sent == ["commit"]


def test_silence_ends_with_what_was_said_last() -> None:
    """Goal: a device that neither prompts nor asks is told by its last words, in time."""
    channel = Channel(HELLO, lambda line: [b"display x\r\nComputing 10%"])

    with pytest.raises(Silent) as raised:
        terminal(channel).ask("display x", answer_s=0.05)
    assert raised.value.words == "Computing 10%"


def test_too_much_is_too_much(monkeypatch: pytest.MonkeyPatch) -> None:
    """Goal: an answer without an end takes no memory without an end."""
    monkeypatch.setattr(loop, "OUTPUT_MAX", 1000)
    channel = Channel(HELLO, lambda line: [b"display x\r\n", *[b"y" * 100 + b"\r\n"] * 50])

    with pytest.raises(Flooded):
        terminal(channel).ask("display x")
    assert channel.pieces


def test_nothing_is_sent_after_the_deadline() -> None:
    """Goal: a line that would begin too late never leaves the house."""
    channel = Channel(HELLO, echoing())
    made = terminal(channel)
    over = Pace(60)
    made.paced(over)
    over.stop()

    with pytest.raises(Overdue):
        made.ask("commit")
    assert channel.sent == []


def test_gbk_is_understood_and_spoken() -> None:
    """Goal: older Chinese firmware; its prompt and answers are read, and lines go out alike."""
    hello = "\r\n<交换机一号>".encode("gb18030")
    sent: list[bytes] = []

    class Gbk(Channel):
        def sendall(self, s: bytes) -> None:
            sent.append(s)
            self.pieces.append(s.rstrip(b"\n") + "\r\n描述 东门\r\n<交换机一号>".encode("gb18030"))

    made = terminal(Gbk([hello]))

    assert made.ask("description 东门") == "描述 东门\n"
    assert sent == ["description 东门\n".encode("gb18030")]


@pytest.mark.parametrize(
    ("answer", "refusal"),
    [
        ("", None),
        ("Info: done\n", None),
        ("Error: Unrecognized command found at '^' position.\n", "Error: Unrecognized"),
        ("        ^\nError: Wrong parameter\n", "^"),
        ("text\nError: another session is in trial\n", "Error: another session"),
    ],
)
def test_the_line_that_refuses(answer: str, refusal: str | None) -> None:
    """Goal: an error anywhere in an answer is found."""
    found = terminal(Channel(HELLO)).refusal(answer)

    assert (found or "").startswith(refusal or "") and (found is None) is (refusal is None)
