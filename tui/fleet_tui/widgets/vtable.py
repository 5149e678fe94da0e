"""A table of any length: it draws the lines that are seen, and knows nothing of the others.

Textual's own table measures every cell of every row; at 100,000 rows a key took 0.7 s there. Here
a key costs the visible page, whatever stands outside it (tests/bench/tui_bench.py measures both).
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Protocol

from textual.events import Click, MouseScrollDown, MouseScrollUp, Resize
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from fleet_tui.cells import Line, strip
from fleet_tui.look import Look

STRIPS_MAX = 512
_WHEEL = 3


class Rows(Protocol):
    """What a table shows. A row is found again by its key; `stamp` changes when it looks new."""

    def __len__(self) -> int: ...

    def key(self, index: int) -> Hashable:
        """The key of a row."""
        ...

    def place(self, key: Hashable) -> int | None:
        """Where a key is shown now; None if it is not."""
        ...

    def stamp(self, index: int) -> Hashable:
        """Anything that differs whenever the row's cells differ."""
        ...

    def line(self, index: int, width: int) -> Line:
        """A row's cells in `width`."""
        ...

    def heading(self, width: int) -> Line:
        """The titles of the columns; empty for none."""
        ...


class VTable(ScrollView, can_focus=True):
    """One line of titles, then rows; the cursor is a row and follows its key."""

    class Entered(Message):
        """A row was clicked that the cursor stands on already."""

    def __init__(self, rows: Rows, look: Look, name: str = "table") -> None:
        super().__init__(id=name)
        self.rows = rows
        self.look = look
        self.cursor = 0
        # Called when the cursor moved: at once, so that what speaks of it is in the same frame.
        self.told: Callable[[], None] = _nobody
        self._key: Hashable = None
        self._strips: OrderedDict[Hashable, Strip] = OrderedDict()
        self._drawn: dict[int, Hashable] = {}

    @property
    def page(self) -> int:
        """How many rows are seen at once."""
        return max(1, self.size.height - 1)

    @property
    def key(self) -> Hashable:
        """The key of the cursor's row; None in an empty table."""
        return self.rows.key(self.cursor) if self.cursor < len(self.rows) else None

    def on_mount(self) -> None:
        """Take the first rows."""
        self.reload()

    def reload(self, keep: Hashable = None) -> None:
        """The rows were chosen anew: find the cursor's key, or stay where it was."""
        wanted = keep if keep is not None else self._key
        place = self.rows.place(wanted) if wanted is not None else None
        last = max(0, len(self.rows) - 1)
        self.cursor = min(place if place is not None else self.cursor, last)
        self._key = self.key
        self._resize()
        self._reveal()
        self._strips.clear()
        self.refresh()

    def repaint(self) -> None:
        """Draw the visible rows that look different from when they were drawn."""
        top = self.scroll_offset.y
        for y in range(1, self.size.height):
            index = top + y - 1
            stamp = self.rows.stamp(index) if index < len(self.rows) else None
            if self._drawn.get(index) != stamp:
                self.refresh(Region(0, y, self.size.width, 1))

    def restyle(self) -> None:
        """Draw everything anew: language or look changed."""
        self._strips.clear()
        self.refresh()

    def move(self, index: int) -> None:
        """Put the cursor on a row, within the table."""
        index = max(0, min(index, len(self.rows) - 1))
        if index == self.cursor and self._key == self.key:
            return
        old, self.cursor = self.cursor, index
        self._key = self.key
        if not self._reveal():
            self._refresh_row(old)
            self._refresh_row(index)
        self.told()

    def render_line(self, y: int) -> Strip:
        """One visible line: titles, a row, or nothing."""
        width = self.size.width
        if y == 0:
            return strip(self.rows.heading(width), width, self.look, fill="head")
        index = self.scroll_offset.y + y - 1
        if index >= len(self.rows):
            self._drawn[index] = None
            return Strip.blank(width)
        stamp = self.rows.stamp(index)
        self._drawn[index] = stamp
        if len(self._drawn) > STRIPS_MAX:
            self._drawn = {index: stamp}
        here = index == self.cursor
        known = (self.rows.key(index), stamp, width, here)
        made = self._strips.get(known)
        if made is None:
            made = strip(self.rows.line(index, width), width, self.look, cursor=here)
            self._strips[known] = made
            if len(self._strips) > STRIPS_MAX:
                self._strips.popitem(last=False)
        return made

    def on_resize(self, _event: Resize) -> None:
        """Keep the cursor in sight."""
        self._resize()
        self._reveal()

    def on_mouse_scroll_down(self, event: MouseScrollDown) -> None:
        """The wheel moves the cursor, so that it is never out of sight."""
        event.stop()
        self.move(self.cursor + _WHEEL)

    def on_mouse_scroll_up(self, event: MouseScrollUp) -> None:
        """As down."""
        event.stop()
        self.move(self.cursor - _WHEEL)

    def on_click(self, event: Click) -> None:
        """The first click moves the cursor, the next one on the same row goes in."""
        index = self.scroll_offset.y + event.y - 1
        if event.y < 1 or index >= len(self.rows):
            return
        if index == self.cursor:
            self.post_message(self.Entered())
        else:
            self.move(index)

    def _resize(self) -> None:
        size = Size(max(1, self.size.width), len(self.rows) + 1)
        if self.virtual_size != size:
            self.virtual_size = size

    def _reveal(self) -> bool:
        """Scroll half a page when the cursor left the page; whether it scrolled."""
        top = self.scroll_offset.y
        if top <= self.cursor < top + self.page:
            return False
        middle = self.cursor - self.page // 2
        last = max(0, len(self.rows) - self.page)
        wanted = max(0, min(middle, last))
        self.scroll_to(y=wanted, animate=False, force=True)
        return wanted != top

    def _refresh_row(self, index: int) -> None:
        y = index - self.scroll_offset.y + 1
        if 1 <= y < self.size.height:
            self.refresh(Region(0, y, self.size.width, 1))


def _nobody() -> None:
    """Nobody is to be told."""
