"""The sheets port: a table that people made, as rows of cells with their places."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple, Protocol

# A number cell stays a number: an id of 20 digits typed as one has lost its last five.
CellValue = str | float


class SheetRow(NamedTuple):
    """One row: its number and its cells by column, both from 1; empty cells are left out."""

    number: int
    cells: Mapping[int, CellValue]


class SheetReader(Protocol):
    """Reads the first sheet of a file."""

    def __call__(self, data: bytes) -> list[SheetRow]:
        """The rows that have cells.

        Raises:
            UsageError: it is no such file, or past a limit; the text says which.
        """
        ...
