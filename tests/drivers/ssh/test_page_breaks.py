"""What page breaks, padding and odd ends leave in an answer: nothing that changes its meaning."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fleet.drivers.ssh import pace as clock
from fleet.drivers.ssh.config import configured
from fleet.drivers.ssh.pace import Overdue, Pace
from fleet.drivers.ssh.platforms.cisco_ios import Ios
from fleet.drivers.ssh.platforms.huawei_vrpv8 import WORDS
from fleet.drivers.ssh.terminal import Asked, Closed, Flooded, Silent, Terminal
from tests.drivers.ssh.line import END, HUSH, MANNERS, Channel, terminal

HELLO = [b"\r\n<SW>"]
# How VRP, Comware and IOS wipe a page break out again, before the next line.
WIPES = {
    "vrp": (b"  ---- More ----", b"\x1b[42D" + b" " * 42 + b"\x1b[42D"),
    "comware": (b"---- More ----", b"\r" + b" " * 16 + b"\r"),
    "ios": (b" --More-- ", b"\x08" * 9 + b" " * 8 + b"\x08" * 9),
    "erase": (b"---- More ----", b"\r\x1b[K"),
    "nothing": (b"---- More ----", b""),
}
PAGES = ["#\r\ninterface GE1/0/1\r\n description a\r\n", "#\r\ninterface GE1/0/2\r\n", " x\r\n"]
wipes = pytest.mark.parametrize(("more", "wiped"), WIPES.values(), ids=list(WIPES))


def paged(pages: Sequence[str], more: bytes, wiped: bytes) -> Channel:
    """A device that shows one page at a time."""
    left = [page.encode() for page in pages]

    def answer(line: str) -> Sequence[bytes]:
        start = wiped if line == " " else line.encode() + b"\r\n"
        page = left.pop(0)
        return [start + page + (more if left else b"<SW>")]

    return Channel(HELLO, answer)


@wipes
def test_a_page_break_leaves_no_blanks_behind(more: bytes, wiped: bytes) -> None:
    """Goal: the first line of a page stands where it would without the break.

    Symptom once: blanks of the wiping indented it, so its section became part of another.
    """
    said = terminal(paged(PAGES, more, wiped)).ask("display x")

    assert said == "".join(PAGES).replace("\r\n", "\n")


@wipes
def test_a_section_that_begins_a_page_is_a_section(more: bytes, wiped: bytes) -> None:
    """Goal: the configuration read over page breaks has every port with its own description."""
    pages = [
        "#\r\ninterface GE1/0/1\r\n description one\r\n",
        "interface GE1/0/2\r\n description two\r\n#\r\n",
    ]
    said = terminal(paged(pages, more, wiped)).ask("display current-configuration")

    assert configured(said, WORDS).fields()["access_ports"] == [
        "GE1/0/1 vlan=1 desc=one",
        "GE1/0/2 vlan=1 desc=two",
    ]


@wipes
def test_a_page_that_begins_indented_stays_so(more: bytes, wiped: bytes) -> None:
    """Goal: a break amid a section takes nothing of the next line's own indentation."""
    pages = ["#\r\ninterface GE1/0/1\r\n", " description one\r\n#\r\n"]
    channel = paged(pages, more, wiped)

    said = terminal(channel).ask("display x")

    assert said.split("\n")[2] == " description one"
    assert channel.sent == ["display x", " "]


@pytest.mark.property
@given(
    pages=st.lists(
        st.lists(st.sampled_from(["interface GE1/0/1", " shutdown", "#", "东门"]), min_size=1),
        min_size=1,
        max_size=5,
    ),
    kind=st.sampled_from(sorted(WIPES)),
    size=st.integers(1, 9),
)
@settings(max_examples=80, deadline=None)
def test_pages_in_any_pieces_are_the_whole(pages: list[list[str]], kind: str, size: int) -> None:
    """Goal: wherever pages end and packets are cut, the answer is the one without pages.

    Symptom once: a break cut amid its dashes was turned over early, and left the rest of them.
    """
    more, wiped = WIPES[kind]
    texts = ["".join(f"{row}\r\n" for row in page) for page in pages]
    whole = paged(texts, more, wiped)
    answer = whole._answers

    def cut(line: str) -> Sequence[bytes]:
        said = b"".join(answer(line))
        return [said[at : at + size] for at in range(0, len(said), size)]

    whole._answers = cut

    assert terminal(whole).ask("display x") == "".join(texts).replace("\r\n", "\n")


def test_a_break_is_no_question_to_anybody_else() -> None:
    """Goal: text that only speaks of "more" is not paged on."""
    channel = Channel(
        HELLO, lambda line: [b"x\r\nsee --More-- below\r\nand ---- More ---- too\r\n<SW>"]
    )

    assert "too" in terminal(channel).ask("x")
    assert channel.sent == ["x"]


def test_endless_pages_end() -> None:
    """Goal: a device that turns pages for ever is stopped by the operation's time, not by luck."""
    pace = Pace(60)
    channel = Channel(HELLO, lambda line: [b"y\r\n---- More ----"])
    made = Terminal(channel, MANNERS, pace)
    made.greet(0.05)
    turned: list[str] = []
    send = channel.sendall

    def counted(s: bytes) -> None:
        turned.append(s.decode())
        if len(turned) > 20:
            pace.stop()
        send(s)

    channel.sendall = counted  # type: ignore[method-assign]  # the test's own channel

    with pytest.raises(Overdue):
        made.ask("y")
    assert len(turned) == 21


def test_the_end_of_an_answers_time_is_not_the_operations(monkeypatch: pytest.MonkeyPatch) -> None:
    """Goal: a line without an answer is told as silence, wherever the clock stands.

    Symptom once: now and then the whole operation was told as too slow instead.
    """
    ticks = iter([0.0] * 6 + [n / 100 for n in range(2000)])
    monkeypatch.setattr(clock.time, "monotonic", lambda: next(ticks))
    made = Terminal(Channel([]), MANNERS, Pace(1000))

    with pytest.raises(Silent):
        made.greet(0.105)


@pytest.mark.parametrize(
    ("pieces", "error", "words"),
    [
        ([END], Closed, ""),
        ([b"x\r\nabc", END], Closed, ""),
        ([b"x\r\nabc", HUSH], Silent, "abc"),
        ([HUSH], Silent, ""),
        ([b"x\r\nReally? [Y/N]:", HUSH], Asked, "Really? [Y/N]:"),
        ([b"x\r\nOld password:", HUSH], Asked, "Old password:"),
        ([b"x\r\n\xff\xfe\x00\x1b", HUSH], Silent, None),
    ],
)
def test_what_an_unfinished_answer_ends_with(
    pieces: list[bytes], error: type[Exception], words: str | None
) -> None:
    """Goal: the end, silence and a question are told apart; afterwards nothing more is sent."""
    channel = Channel(HELLO, lambda line: pieces)
    made = terminal(channel)

    with pytest.raises(error) as raised:
        made.ask("x", answer_s=0.03)
    with pytest.raises(Closed):
        made.ask("y")

    assert words is None or getattr(raised.value, "words", "") == words
    assert channel.sent == ["x"]


class Broken(Channel):
    """A channel that breaks where it is told to."""

    def __init__(self, send: Exception | None = None, receive: Exception | None = None) -> None:
        super().__init__(HELLO)
        self.send, self.receive = send, receive

    def recv(self, nbytes: int) -> bytes:
        if not self.pieces and self.receive is not None:
            raise self.receive
        return super().recv(nbytes)

    def sendall(self, s: bytes) -> None:
        if self.send is not None:
            raise self.send
        super().sendall(s)


@pytest.mark.parametrize("cause", [OSError("Socket is closed"), EOFError(), ConnectionResetError()])
def test_a_channel_that_breaks_is_a_closed_session(cause: Exception) -> None:
    """Goal: however the library words it, sending or reading, it is one thing: closed."""
    for made in (Broken(send=cause), Broken(receive=cause)):
        with pytest.raises(Closed):
            terminal(made).ask("commit")


def test_a_line_is_broken_off_amid_sending_by_our_own_deadline() -> None:
    """Goal: a socket that we closed because time was over is lateness, not the device's fault."""
    pace = Pace(60)

    class Stopping(Channel):
        def sendall(self, s: bytes) -> None:
            pace.stop()
            raise OSError("Socket is closed")

    made = Terminal(Stopping(HELLO), MANNERS, pace)
    made.greet(0.05)

    with pytest.raises(Overdue):
        made.ask("commit")


@pytest.mark.property
@given(
    st.lists(st.binary(min_size=1, max_size=40), max_size=8),
    st.sampled_from([MANNERS, Ios.manners]),
)
@settings(max_examples=150, deadline=None)
def test_any_bytes_end_in_an_answer_or_in_one_of_five_ways(
    said: list[bytes], manners: object
) -> None:
    """Goal: no bytes of a device, broken characters and half escapes included, break the loop."""
    assert manners in (MANNERS, Ios.manners)
    hello = HELLO if manners is MANNERS else [b"\r\nSW#"]
    made = Terminal(
        Channel(hello, lambda line: [*said, END] if line == "x" else []),
        MANNERS if manners is MANNERS else Ios.manners,
        Pace(5),
    )
    made.greet(0.05)

    try:
        answer = made.ask("x", answer_s=0.05)
    except (Closed, Asked, Silent, Flooded):
        return
    assert "\r\n" not in answer


@pytest.mark.parametrize(
    ("echo", "line"),
    [
        (b"display current-con \x1b[1Dfiguration", "display current-configuration"),
        (b"a\x08abc def", "abc def"),
        (b"description \xe4\xb8\x9c\xe9\x97\xa8", "description 东门"),
        (b"undo  description", "undo description"),
        (b"[~SW]abc\r\n[~SW]abc", "abc"),
    ],
)
def test_an_echo_is_known_whatever_is_done_to_it(echo: bytes, line: str) -> None:
    """Goal: padding, steps back, doubled blanks and a prompt before it hide no answer."""
    channel = Channel(HELLO, lambda _: [echo + b"\r\nok\r\n<SW>"])

    assert terminal(channel).ask(line).endswith("ok\n")


def test_a_long_line_that_wraps_is_one_echo() -> None:
    """Goal: an echo broken over two rows is not part of the answer."""
    line = "acl number 3999 " + "x" * 60
    channel = Channel(HELLO, lambda _: [f"{line[:40]}\r\n{line[40:]}\r\nInfo\r\n<SW>".encode()])

    assert terminal(channel).ask(line) == "Info\n"
