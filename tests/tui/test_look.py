"""Widths and glyphs: exact cells, and in safe mode nothing that terminals disagree on."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from fleet.model.text import text
from fleet_tui.cells import GAP, Column, heading, row, strip, widths
from fleet_tui.look import Look, fit, right, wrap
from fleet_tui.store.states import FACES

PLAIN, NICE, MONO = Look(plain=True), Look(), Look(mono=True, plain=True)
ANY_TEXT = st.text(max_size=40)


@given(ANY_TEXT, st.integers(0, 60))
def test_a_fitted_text_has_exactly_its_cells(shown: str, width: int) -> None:
    """Padded or cut, Chinese or not; a wide character is never cut in half."""
    clean = NICE.clean(shown)
    assert cell_len(fit(clean, width)) == width
    assert cell_len(right(clean, width)) == width


def test_a_cut_is_seen() -> None:
    """What does not fit ends in two dots."""
    assert fit("监控中心链路断", 8) == "监控中.."
    assert fit("abcdef", 6) == "abcdef"


@given(ANY_TEXT)
def test_safe_mode_draws_nothing_ambiguous(shown: str) -> None:
    """Whatever a name holds: no character of East Asian width A, no control character."""
    clean = PLAIN.clean(shown)
    assert all(unicodedata.east_asian_width(c) != "A" and c.isprintable() for c in clean)
    assert len(clean) == len(shown)


@given(ANY_TEXT)
def test_nothing_unprintable_is_ever_drawn(shown: str) -> None:
    """An escape sequence in a name stays a name."""
    assert all(c.isprintable() for c in NICE.clean(shown))


def test_glyphs_of_states_are_ascii_and_different() -> None:
    """A state is told by its glyph and its word, in any mode, on any terminal."""
    glyphs = [f.glyph for f in FACES]
    assert len(set(glyphs)) == len(glyphs) and all(g.isascii() and len(g) == 1 for g in glyphs)
    for words in ([f.word.en for f in FACES], [f.word.zh for f in FACES]):
        assert len(set(words)) == len(words)


@pytest.mark.parametrize("look", [PLAIN, NICE])
@pytest.mark.parametrize(("part", "whole"), [(0, 0), (0, 9), (4, 9), (9, 9), (12, 9)])
def test_a_bar_is_as_wide_as_asked(look: Look, part: int, whole: int) -> None:
    """Empty, part, full, and more than full."""
    bar = look.bar(part, whole, 10)
    assert len(bar) == 10
    assert bar.count(look.full) == (0 if not whole else min(10, part * 10 // whole))


def test_mono_has_no_colour_and_marks_the_cursor() -> None:
    """Only bold and reverse are left."""
    for name in ("", "bad", "bar", "s9", "s1", "key"):
        style = MONO.style(name)
        assert style.color is None and style.bgcolor is None
        assert MONO.style(name, cursor=True).reverse


def test_colours_bring_their_background() -> None:
    """Light text on a light terminal would not be seen."""
    for name in ("", "dim", "bad", "s1", "bar"):
        assert NICE.style(name).bgcolor is not None


COLUMNS = (
    Column(text("a", "甲"), 10),
    Column(text("b", "乙"), 10, share=1),
    Column(text("c", "丙"), 10, share=2, drop=1),
    Column(text("d", "丁"), 10, drop=2),
)


@pytest.mark.parametrize(
    ("room", "expected"),
    [
        (43, [10, 10, 10, 10]),
        (46, [10, 11, 12, 10]),
        (42, [10, 13, 16, 0]),
        (32, [10, 10, 10, 0]),
        (31, [10, 20, 0, 0]),
        (5, [10, 10, 0, 0]),
    ],
)
def test_columns_drop_from_the_least_needed(room: int, expected: list[int]) -> None:
    """And what is left over goes to those that have a share."""
    assert widths(COLUMNS, room) == expected


@given(st.integers(1, 200), st.lists(ANY_TEXT, min_size=4, max_size=4), st.booleans())
def test_a_drawn_line_has_exactly_its_width(room: int, cells: list[str], cursor: bool) -> None:
    """At any width, with any texts."""
    line = row([(c, "dim" if n % 2 else "") for n, c in enumerate(cells)], widths(COLUMNS, room))
    drawn = strip(line, room, PLAIN, cursor)
    assert cell_len(drawn.text) == room == drawn.cell_length


def test_blanks_at_the_end_are_no_cut_text() -> None:
    """The gap after the last column may run over the edge unseen."""
    line = row([("findings", "")], [8])
    assert strip(line, 8, NICE).text == "findings"
    assert cell_len(line[0][0]) == 8 + GAP


def test_titles_are_in_the_language() -> None:
    """One line of titles."""
    assert heading(COLUMNS[:2], 21, "zh")[0][0].split() == ["甲", "乙"]


def test_wrapping_keeps_every_character() -> None:
    """Chinese text is cut between characters."""
    said = "入口人车混行，有条件的应实行人车分流"
    parts = wrap(said, 9)
    assert "".join(parts) == said and all(cell_len(p) <= 9 for p in parts)
    assert wrap("", 9) == [""]
