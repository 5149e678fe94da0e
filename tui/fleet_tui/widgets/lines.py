"""A few lines of text that are made anew on demand and drawn only where they changed."""

from __future__ import annotations

from collections.abc import Callable
from itertools import takewhile

from rich.cells import cell_len
from textual.css.scalar import Scalar
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from fleet_tui.cells import Line, strip
from fleet_tui.look import Look

Make = Callable[[int], list[Line]]


class Lines(Widget):
    """Draws what `make(width)` returns; `fill` is the style of the rest of each line.

    With `most` it is as high as it has lines, up to that; without, its style says how high.
    """

    def __init__(self, make: Make, look: Look, name: str, fill: str = "", most: int = 0) -> None:
        super().__init__(id=name)
        self._most = most
        self._make = make
        self._look = look
        self._fill = fill
        self._lines: list[Line] = []
        self._width = -1

    def renew(self) -> None:
        """Make the lines anew and draw those that changed."""
        old, self._lines = self._lines, self._make(self.size.width)
        self._width = self.size.width
        self._grow()
        for y in range(self.size.height):
            before, after = _at(old, y), _at(self._lines, y)
            if before != after:
                # A clock at the end of a line is no reason to send the whole line each second.
                x = _same(before, after, self._look)
                self.refresh(Region(x, y, max(0, self.size.width - x), 1))

    def on_resize(self) -> None:
        """Another size may hold more or fewer lines, and other ones."""
        self.renew()

    def _grow(self) -> None:
        wanted = max(1, min(self._most, len(self._lines)))
        if self._most and self.styles.height != Scalar.from_number(wanted):
            self.styles.height = wanted

    def render_line(self, y: int) -> Strip:
        """One line."""
        if self._width != self.size.width:
            self._lines = self._make(self.size.width)
            self._width = self.size.width
        return strip(_at(self._lines, y), self.size.width, self._look, fill=self._fill)


def _same(before: Line, after: Line, look: Look) -> int:
    """How many cells at the beginning of a line are as they were."""
    same = takewhile(lambda pair: pair[0] == pair[1], zip(before, after, strict=False))
    return sum(cell_len(look.clean(piece[0])) for piece, _ in same)


def _at(lines: list[Line], y: int) -> Line:
    return lines[y] if y < len(lines) else []
