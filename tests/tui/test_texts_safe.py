"""Every text that the product says, in both languages: in safe mode no glyph of doubtful width.

A text is safe when each of its ambiguous glyphs has a plain form; `?` would be safe and unreadable.
"""

from __future__ import annotations

import ast
import io
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

import fleet
import fleet_tui
from fleet_tui import keys
from fleet_tui.commands import COMMANDS
from fleet_tui.look import Look, wrap
from fleet_tui.opening import Opening
from fleet_tui.screens.confirm import MEANS
from fleet_tui.store.states import FACES

PLAIN = Look(plain=True)
ROOTS = [Path(str(module.__file__)).parent for module in (fleet, fleet_tui)]
FILES = sorted(p for root in ROOTS for p in root.rglob("*.py"))


def said(file: Path) -> list[str]:
    """Both languages of each `text(...)` of a file."""
    found: list[str] = []
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            if node.func.id != "text":
                continue
            found += [
                a.value
                for a in node.args
                if isinstance(a, ast.Constant) and isinstance(a.value, str)
            ]
    return found


TEXTS = sorted({t for file in FILES for t in said(file)})


def doubtful(shown: str) -> set[str]:
    """The characters on whose width terminals disagree (Unicode Standard Annex 11, class A)."""
    return {c for c in shown if unicodedata.east_asian_width(c) == "A"}


def test_the_texts_are_found() -> None:
    """A test over nothing would pass."""
    assert len(TEXTS) > 1500 and any("小区" in t for t in TEXTS)


def test_no_text_is_of_doubtful_width_in_safe_mode() -> None:
    """Over every sentence of the product, since all of them may come to a screen."""
    assert {t: doubtful(PLAIN.clean(t)) for t in TEXTS if doubtful(PLAIN.clean(t))} == {}


def test_no_glyph_of_a_text_becomes_a_question_mark() -> None:
    """Each has a plain form of its own that a reader understands."""
    lost = {t: PLAIN.clean(t) for t in TEXTS if PLAIN.clean(t).count("?") != t.count("?")}
    assert lost == {}


def test_a_plain_form_is_as_long_as_its_glyph() -> None:
    """Else columns would move between the modes."""
    for shown in TEXTS:
        assert len(PLAIN.clean(shown)) == len(shown)


@given(st.sampled_from(TEXTS), st.integers(2, 120))
def test_any_text_is_wrapped_without_loss_and_within_its_lines(shown: str, width: int) -> None:
    """Blanks at a cut alone may go."""
    clean = PLAIN.clean(shown)
    parts = wrap(clean, width)
    assert all(cell_len(p) <= width for p in parts)
    assert "".join(parts).replace(" ", "") == clean.replace(" ", "")


def test_states_keys_and_commands_are_told_in_both_languages() -> None:
    """No face without a word, no key without help, no act without its meaning."""
    pairs = [(f.word, f.means) for f in FACES]
    both = [t for pair in pairs for t in pair]
    both += [k.help for k in keys.KEYS] + [c.help for c in COMMANDS] + list(MEANS.values())
    for one in both:
        assert one.en and one.zh
        assert one.en.isascii() or one.zh.isascii() or one.en != one.zh


@pytest.mark.parametrize("glyph", [f.glyph for f in FACES])
def test_a_states_glyph_is_ascii_in_both_modes(glyph: str) -> None:
    """No terminal draws it two cells wide."""
    assert Look().clean(glyph) == PLAIN.clean(glyph) == glyph and glyph.isascii()


def test_every_glyph_of_a_look_has_one_cell() -> None:
    """Bars and lines of both modes; those of safe mode are ASCII."""
    for look in (Look(), PLAIN):
        assert [cell_len(g) for g in (look.line, look.full, look.empty)] == [1, 1, 1]
    plain = PLAIN.line + PLAIN.full + PLAIN.empty + PLAIN.into
    assert plain.isascii()


class Terminal(io.StringIO):
    """Something that says it is a terminal."""

    def isatty(self) -> bool:
        """It does."""
        return True


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_first_frame_has_no_glyph_of_doubtful_width(lang: str) -> None:
    """It is drawn before anybody knows of safe mode; it had three dots in one glyph."""
    out = Terminal()
    with Opening(lang, "inventories/tongling", out):
        drawn = out.getvalue()
    assert doubtful(drawn) == set() and "..." in drawn


def test_a_hint_in_the_prompt_is_safe_as_it_stands() -> None:
    """The prompt is Textual's own and draws what it is given, uncleaned."""
    source = (ROOTS[1] / "screens" / "base.py").read_text("utf-8")
    source += (ROOTS[1] / "screens" / "confirm.py").read_text("utf-8")
    asked = [n for n in ast.walk(ast.parse(source)) if isinstance(n, ast.Call)]
    hints = [
        str(a.value)
        for n in asked
        if isinstance(n.func, ast.Attribute) and n.func.attr == "ask"
        for inner in ast.walk(n)
        if isinstance(inner, ast.Constant)
        for a in [inner]
    ]
    assert len(hints) >= 6 and all(not doubtful(h) for h in hints)


def test_the_store_imports_no_screen() -> None:
    """Plain data: neither Textual nor Rich, nor the rooms above it."""
    for file in (ROOTS[1] / "store").glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            names: list[str] = []
            if isinstance(node, ast.Import):
                names = [a.name for a in node.names]
            elif isinstance(node, ast.ImportFrom):
                names = [node.module or ""]
            for name in names:
                assert not name.startswith(("textual", "rich")), (file.name, name)
                assert not name.startswith("fleet_tui") or name.startswith("fleet_tui.store")
