"""What is left out changes nothing: proved on a small terminal that obeys both the same."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleet_tui.sparing import Rows, merged

BEGIN, END = "\x1b[?2026h", "\x1b[?2026l"
WIDTH, HEIGHT = 12, 4
TOKEN = re.compile(
    r"\x1b\[(\d+);(\d+)H|\x1b\[([\d;]*)m|\x1b\[\?\d+[hl]|\x1b\[2J|\x1b\[\d*n|(\r\n)|(.)"
)


class Terminal:
    """Cells of text and style; ECMA-48's CUP, SGR and ED, no more."""

    def __init__(self) -> None:
        self.cells: dict[tuple[int, int], tuple[str, str]] = {}
        self.row = self.column = 1
        self.style = ""

    def feed(self, data: str) -> None:
        """Obey."""
        for row, column, style, line_end, letter in TOKEN.findall(data):
            if row:
                self.row, self.column = int(row), int(column)
            elif line_end:
                self.row, self.column = self.row + 1, 1
            elif letter:
                self.cells[self.row, self.column] = (letter, self.style)
                self.column += 1
            else:
                self.style = "" if style in ("", "0") else self.style + ";" + style
        if "\x1b[2J" in data:
            self.cells.clear()


def span(style: str, text: str) -> str:
    """A piece as Rich writes it."""
    return f"\x1b[{style}m{text}\x1b[0m" if style else text


SPANS = st.tuples(
    st.sampled_from(["", "1", "31", "38;5;246;48;5;16"]), st.text("ab?东", min_size=1, max_size=3)
).map(lambda pair: span(*pair))
WRITES = st.tuples(
    st.integers(1, HEIGHT), st.sampled_from([1, 1, 1, 5]), st.lists(SPANS, max_size=3)
).map(lambda w: f"\x1b[{w[0]};{w[1]}H{''.join(w[2])}\r\n")
FRAMES = st.lists(WRITES, max_size=6).map(lambda w: BEGIN + "".join(w) + "\x1b[1;3H" + END)
STREAMS = st.lists(st.one_of(FRAMES, FRAMES, st.just("\x1b[2J"), st.just("\x1b[6n")), max_size=6)


@given(frames=STREAMS, doubled=st.booleans())
def test_the_terminal_shows_the_same(frames: list[str], doubled: bool) -> None:
    """Property: cells, styles and the cursor are as they would be without sparing."""
    plain, spared, rows = Terminal(), Terminal(), Rows()
    for frame in [f for f in frames for _ in range(1 + doubled)]:
        plain.feed(frame)
        spared.feed(rows.spare(frame))
        assert spared.cells == plain.cells
        assert (spared.row, spared.column) == (plain.row, plain.column)
    assert not frames or spared.style == plain.style


@given(spans=st.lists(SPANS, max_size=8))
def test_merged_styles_draw_the_same_and_are_no_longer(spans: list[str]) -> None:
    """Property: what is merged never costs more than what it was."""
    body = "".join(spans)
    plain, short = Terminal(), Terminal()
    plain.feed(body)
    short.feed(merged(body))
    assert short.cells == plain.cells
    assert len(merged(body)) <= len(body)


def test_the_same_frame_costs_its_cursor_alone() -> None:
    """Symptom: opening a screen sent its frame two and three times."""
    lines = f"\x1b[1;1H{span('1', 'one')}\r\n\x1b[2;1H{span('1', 'two')}\r\n"
    frame = f"{BEGIN}{lines}\x1b[1;3H{END}"
    rows = Rows()
    assert rows.spare(frame) == frame
    assert rows.spare(frame) == f"{BEGIN}\x1b[1;3H{END}"


def test_only_the_row_that_changed_is_sent() -> None:
    """Goal: a clock costs a line."""
    rows = Rows()
    rows.spare(f"{BEGIN}\x1b[1;1H12:00\r\n\x1b[2;1Hrest\x1b[1;3H{END}")
    sent = rows.spare(f"{BEGIN}\x1b[1;1H12:01\r\n\x1b[2;1Hrest\x1b[1;3H{END}")
    assert "12:01" in sent
    assert "rest" not in sent


def test_a_part_of_a_row_does_not_hide_a_later_whole_one() -> None:
    """Goal: what was written over is written again."""
    rows = Rows()
    whole = "\x1b[1;1Habcdef\r\n"
    rows.spare(whole)
    rows.spare("\x1b[1;3HXY")
    assert rows.spare(whole) == whole


@pytest.mark.parametrize("wipe", ["\x1b[?1049h", "\x1b[?1049l", "\x1b[2J", "\x1b[J", "\x1bc"])
def test_after_a_wipe_everything_is_sent_again(wipe: str) -> None:
    """Goal: a terminal that was cleared or left is not thought to show anything."""
    rows = Rows()
    line = "\x1b[1;1Habc\r\n"
    rows.spare(line)
    assert rows.spare(wipe) == wipe
    assert rows.spare(line) == line


def test_forgetting_sends_everything_again() -> None:
    """Goal: the key that redraws does."""
    rows = Rows()
    rows.spare("\x1b[1;1Habc\r\n")
    rows.forget()
    assert rows.spare("\x1b[1;1Habc\r\n") == "\x1b[1;1Habc\r\n"


def test_a_run_of_one_style_sets_it_once() -> None:
    """Symptom: each cell of the heat map carried its style, 23 kB a screen."""
    cells = span("38;5;246", "?") * 3 + span("31", "X")
    assert merged(cells) == span("38;5;246", "???") + span("31", "X")


def test_what_is_no_style_is_left_alone() -> None:
    """Goal: a sequence that is not understood travels as it came."""
    odd = "\x1b[1ma\x1b[3mb\x1b[0m\x1b[1mc\x1b[0m\x1b]22;default\x07"
    assert Rows().spare(odd) == odd
    assert merged(odd) == odd
