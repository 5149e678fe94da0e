"""Screens as text: what stands where, and below it one letter a cell for how it is drawn.

An SVG would carry fonts and sizes that mean nothing here; this can be read in a review.
"""

from __future__ import annotations

from pathlib import Path

from rich.cells import cell_len
from rich.style import Style

GOLDEN = Path(__file__).parent / "golden"
_LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"


def drawn(strips: list[list[tuple[str, Style]]]) -> str:
    """A screen as golden text: its lines, the grid of styles, the legend of the grid."""
    legend: dict[str, str] = {}
    lines, grid = [], []
    for strip in strips:
        shown, styles = "", ""
        for text, style in strip:
            said = _said(style)
            letter = legend.setdefault(said, _LETTERS[len(legend)])
            shown += text
            styles += letter * cell_len(text)
        lines.append(shown.rstrip())
        grid.append(_short(styles))
    return "\n".join(
        [*lines, "~~~ styles", *grid, "~~~ legend", *(f"{v} {k}" for k, v in legend.items()), ""]
    )


def _said(style: Style) -> str:
    words = [w for w in ("bold", "dim", "italic", "underline", "reverse") if getattr(style, w)]
    words += [style.color.name if style.color is not None else "default"]
    words += [f"on {style.bgcolor.name}" if style.bgcolor is not None else ""]
    return " ".join(w for w in words if w)


def _short(styles: str) -> str:
    """Runs as letter and length: `a80`."""
    found = []
    start = 0
    for n in range(1, len(styles) + 1):
        if n == len(styles) or styles[n] != styles[start]:
            found.append(f"{styles[start]}{n - start}")
            start = n
    return " ".join(found)
