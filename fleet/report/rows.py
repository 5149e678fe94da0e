"""A sheet of rows behind figures; a row's key is what a figure's evidence points to."""

from __future__ import annotations

from dataclasses import dataclass

from fleet.model.text import Lang, Text

RowCell = Text | str | int | None


@dataclass(frozen=True)
class Row:
    """One row; `cells` without its key, which becomes the first column."""

    key: str
    cells: tuple[RowCell, ...]

    def shown(self, lang: Lang) -> tuple[str | int | None, ...]:
        """Key and cells in one language."""
        return (self.key, *(c.render(lang) if isinstance(c, Text) else c for c in self.cells))


@dataclass(frozen=True)
class RowSheet:
    """One sheet: `columns` with a width in characters each; rows in the order of their keys."""

    id: str
    name: Text
    columns: tuple[tuple[Text, int], ...]
    rows: tuple[Row, ...]
