"""How things look: styles by name, and the few glyphs that have a plain form for safe mode.

Unicode Standard Annex 11: box lines, blocks, arrows, dots and typographic quotes are *ambiguous*,
one cell wide on some terminals and two on others. Safe mode never shows one.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from rich.cells import cell_len, chop_cells, set_cell_size
from rich.style import Style

from fleet_tui.store.states import FACES

BACKGROUND = "#0d1117"
TEXT = "#d5dbe3"

_COLOURS: dict[str, str] = {
    "": TEXT,
    "dim": "#8b949e",
    "head": "bold #9ecbff",
    "title": "bold #ffffff",
    "bar": "#d5dbe3 on #1f2933",
    "bar-strong": "bold #ffffff on #1f2933",
    "bar-dim": "#9aa5b1 on #1f2933",
    "bar-alert": "bold #111111 on #e69f00",
    "key": "bold #56b4e9 on #1f2933",
    "good": "#3fbf95",
    "warn": "#e69f00",
    "bad": "bold #ff6b6b",
    "link": "#56b4e9",
    "strong": "bold #ffffff",
    "danger": "bold #ffffff on #8b1a1a",
} | {f"s{i}": ("bold " if i >= 7 else "") + face.colour for i, face in enumerate(FACES)}
_MONO: dict[str, str] = {
    "head": "bold",
    "title": "bold",
    "bar": "reverse",
    "bar-strong": "bold reverse",
    "bar-dim": "reverse",
    "bar-alert": "bold reverse",
    "key": "bold reverse",
    "bad": "bold",
    "strong": "bold",
    "danger": "bold reverse",
} | {f"s{i}": "bold" for i in range(7, len(FACES))}
_PLAIN = str.maketrans(
    {
        "─": "-", "│": "|", "█": "#", "░": ".", "…": ".", "→": ">", "·": "-", "●": "*", "×": "x",
        "“": '"', "”": '"', "‘": "'", "’": "'", "—": "-", "–": "-", "≤": "<", "≥": ">", "←": "<",
        "°": "o", "±": "+", "§": "S", "№": "N",
    }
)  # fmt: skip


@dataclass(frozen=True)
class Look:
    """One way of drawing: `mono` without colours, `plain` without ambiguous glyphs."""

    mono: bool = False
    plain: bool = False

    @property
    def line(self) -> str:
        """A horizontal line's glyph."""
        return "-" if self.plain else "─"

    @property
    def full(self) -> str:
        """A bar's done part."""
        return "#" if self.plain else "█"

    @property
    def empty(self) -> str:
        """A bar's part that is left."""
        return "." if self.plain else "░"

    @property
    def into(self) -> str:
        """An arrow from before to after."""
        return "->" if self.plain else "→"

    def style(self, name: str, cursor: bool = False) -> Style:
        """A style by its name; the cursor is told by reversing, never by colour."""
        return _style(name, cursor, self.mono)

    def clean(self, shown: str) -> str:
        """A text as it may be drawn: no control characters, and in safe mode nothing ambiguous."""
        if shown.isascii() and shown.isprintable():
            return shown
        return _clean(shown, self.plain)

    def bar(self, part: int, whole: int, width: int) -> str:
        """A bar of `width` cells, full by `part` of `whole`."""
        cells = 0 if whole <= 0 else min(width, part * width // whole)
        return self.full * cells + self.empty * (width - cells)


@lru_cache(maxsize=256)
def _style(name: str, cursor: bool, mono: bool) -> Style:
    if mono:
        words = _MONO.get(name, "")
        return Style.parse(f"{words} reverse" if cursor else words or "none")
    words = _COLOURS[name]
    bold = "bold " if words.startswith("bold") else ""
    if cursor:
        # One colour for the whole row: a row of coloured patches is hard to read.
        return Style.parse(f"{bold}{BACKGROUND} on {TEXT}")
    # The background is ours too: text that is light would vanish on a light terminal.
    return Style.parse(words if " on " in words else f"{words} on {BACKGROUND}")


@lru_cache(maxsize=8192)
def _clean(shown: str, plain: bool) -> str:
    if plain:
        shown = shown.translate(_PLAIN)
        shown = "".join(
            "?" if unicodedata.east_asian_width(c) == "A" and c.isprintable() else c for c in shown
        )
    return "".join(c if c.isprintable() else " " for c in shown)


@lru_cache(maxsize=65536)
def fit(shown: str, width: int) -> str:
    """A text in exactly `width` cells: padded, or cut with `..` in its last two cells."""
    if width <= 0:
        return ""
    length = len(shown) if shown.isascii() else cell_len(shown)
    if length <= width:
        return shown + " " * (width - length)
    if width <= 3:
        return set_cell_size(shown, width)
    return set_cell_size(shown, width - 2) + ".."


def right(shown: str, width: int) -> str:
    """A text at the right end of `width` cells."""
    length = cell_len(shown)
    return " " * (width - length) + shown if length <= width else fit(shown, width)


def wrap(shown: str, width: int) -> list[str]:
    """A text in lines of at most `width` cells, cut at blanks where there are any."""
    width = max(2, width)
    lines: list[str] = []
    while cell_len(shown) > width:
        first = chop_cells(shown, width)[0]
        blank = first.rfind(" ") if shown[len(first) : len(first) + 1] != " " else -1
        # A blank far from the end is no place to cut: Chinese text has hardly any.
        cut = blank if blank > len(first) * 2 // 3 else len(first)
        lines.append(shown[:cut])
        shown = shown[cut:].removeprefix(" ")
    return [*lines, shown]
