"""Rows that are made beforehand, for tables of tens or hundreds of rows."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from fleet_tui.cells import Cell, Column, Line, heading, row, widths

if TYPE_CHECKING:
    from fleet_tui.app import FleetTui


class Item(NamedTuple):
    """One row; `device` where Enter goes, `detail` what else there is to say of it."""

    key: str
    cells: tuple[Cell, ...]
    device: str | None = None
    problem: bool = False
    detail: tuple[str, ...] = ()


class ItemRows:
    """Rows made anew from facts; what is drawn is its own stamp."""

    def __init__(self, fleet: FleetTui, columns: Sequence[Column]) -> None:
        self._fleet = fleet
        self._columns = columns
        self.items: list[Item] = []
        self._places: dict[str, int] = {}

    def set(self, items: list[Item]) -> bool:
        """Take new rows; whether any came, went or moved."""
        keys = [i.key for i in items]
        moved = keys != [i.key for i in self.items]
        self.items = items
        if moved:
            self._places = {k: n for n, k in enumerate(keys)}
        return moved

    def filtered(self, items: list[Item], words: Sequence[str], only_problems: bool) -> bool:
        """As `set`, with those rows alone that have every word (`!word`: that have it not)."""

        def fits(item: Item) -> bool:
            have = (
                f"{item.key} {' '.join(c for c, _ in item.cells)} {' '.join(item.detail)}".lower()
            )
            return all(w[1:] not in have if w[0] == "!" and w[1:] else w in have for w in words)

        return self.set([i for i in items if fits(i) and (i.problem or not only_problems)])

    def __len__(self) -> int:
        return len(self.items)

    def key(self, index: int) -> Hashable:
        """The row's name."""
        return self.items[index].key

    def place(self, key: Hashable) -> int | None:
        """Where a row is shown."""
        return self._places.get(key) if isinstance(key, str) else None

    def stamp(self, index: int) -> Hashable:
        """All that is drawn."""
        return self.items[index].cells

    def heading(self, width: int) -> Line:
        """The titles."""
        return heading(self._columns, width, self._fleet.lang)

    def line(self, index: int, width: int) -> Line:
        """One row."""
        return row(self.items[index].cells, widths(self._columns, width))
