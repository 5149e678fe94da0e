"""Lines as lists of (text, style name), and columns that drop from the right when room is short."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.cells import cell_len
from rich.segment import Segment
from textual.strip import Strip

from fleet.model.text import Lang, Text
from fleet_tui.look import Look, fit

Cell = tuple[str, str]
Line = list[Cell]
GAP = 1


@dataclass(frozen=True)
class Column:
    """One column: its least width in cells, its share of what is left, and when it drops.

    The column with the greatest `drop` goes first; 0 never goes.
    """

    title: Text
    width: int
    share: int = 0
    drop: int = 0


def widths(columns: Sequence[Column], room: int) -> list[int]:
    """The width of each column, 0 for one that dropped."""
    kept = set(range(len(columns)))

    def needed() -> int:
        return sum(columns[i].width for i in kept) + GAP * (len(kept) - 1)

    for i in sorted(kept, key=lambda i: -columns[i].drop):
        if needed() <= room or not columns[i].drop:
            break
        kept.discard(i)
    spare = max(0, room - needed())
    shares = sum(columns[i].share for i in kept)
    found = [0] * len(columns)
    for i in kept:
        found[i] = columns[i].width + (spare * columns[i].share // shares if shares else 0)
    return found


def heading(columns: Sequence[Column], room: int, lang: Lang) -> Line:
    """The line of titles."""
    return row([(c.title.render(lang), "head") for c in columns], widths(columns, room), "head")


def row(cells: Sequence[Cell], sizes: Sequence[int], gap_style: str = "") -> Line:
    """Cells cut and padded to their columns; neighbours of one style are one piece."""
    line: Line = []
    for (shown, style), size in zip(cells, sizes, strict=True):
        if not size:
            continue
        piece = fit(shown, size) + " " * GAP
        if line and line[-1][1] == style:
            line[-1] = (line[-1][0] + piece, style)
        else:
            line.append((piece, style))
    return line or [("", gap_style)]


def strip(line: Line, width: int, look: Look, cursor: bool = False, fill: str = "") -> Strip:
    """A line as Textual draws it: exactly `width` cells, the rest in the style `fill`.

    Blanks that run over the end are no text that is cut.
    """
    segments = []
    used = 0
    for shown, style in line:
        clean = look.clean(shown)
        size = cell_len(clean)
        if used + size > width:
            clean = fit(clean.rstrip(), width - used)
            size = width - used
        if clean:
            segments.append(Segment(clean, look.style(style, cursor)))
        used += size
        if used >= width:
            break
    if used < width:
        segments.append(Segment(" " * (width - used), look.style(fill, cursor)))
    return Strip(segments, width)
