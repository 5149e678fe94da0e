"""Columns of text for very many rows: packed bytes where a list of strings would cost ten times it.

A Chinese name of six characters is 18 bytes here and 86 as an object. A row is decoded when it is
shown, which is at most a screenful at a time.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterator, Sequence


class Texts(Sequence[str]):
    """Texts that are appended once and then read by row number."""

    def __init__(self) -> None:
        self._bytes = bytearray()
        self._ends = array("I")

    def append(self, value: str) -> None:
        """Add the next row's text."""
        self._bytes += value.encode("utf-8", "surrogatepass")
        self._ends.append(len(self._bytes))

    def __len__(self) -> int:
        return len(self._ends)

    def __getitem__(self, row: int) -> str:  # type: ignore[override]  # rows only, no slices
        end = self._ends[row]
        begin = self._ends[row - 1] if row % len(self._ends) else 0
        return self._bytes[begin:end].decode("utf-8", "surrogatepass")

    def __iter__(self) -> Iterator[str]:
        return map(self.__getitem__, range(len(self)))


class Words(Sequence[str]):
    """A column of few distinct words, one byte a row.

    Raises:
        ValueError: on `append`, when there are more than 256 distinct words.
    """

    def __init__(self) -> None:
        self._known: list[str] = []
        self._rows = bytearray()

    def append(self, value: str) -> None:
        """Add the next row's word."""
        try:
            index = self._known.index(value)
        except ValueError:
            index = len(self._known)
            self._known.append(value)
        self._rows.append(index)

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, row: int) -> str:  # type: ignore[override]  # rows only, no slices
        return self._known[self._rows[row]]

    def __iter__(self) -> Iterator[str]:
        return map(self._known.__getitem__, self._rows)


class Index:
    """The row of a text, over `Texts` that grow no more: sorted hashes, twelve bytes a row."""

    def __init__(self, texts: Texts) -> None:
        hashes = [hash(value) for value in texts]
        order = sorted(range(len(hashes)), key=hashes.__getitem__)
        self._texts = texts
        self._rows = array("I", order)
        self._hashes = array("q", (hashes[row] for row in order))

    def row(self, value: str) -> int | None:
        """The row of a text; None if there is none, any of them if there are several."""
        wanted = hash(value)
        at = bisect_left(self._hashes, wanted)
        while at < len(self._hashes) and self._hashes[at] == wanted:
            if self._texts[self._rows[at]] == value:
                return self._rows[at]
            at += 1
        return None
