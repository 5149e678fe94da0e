"""What the journal needs of a database: one durable transaction, rows in order, an anchor."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple, Protocol


class Row(NamedTuple):
    """One journal record as stored; `data` is its canonical JSON text."""

    seq: int
    at: str
    kind: str
    rollout: str
    subject: str
    data: str
    prev: str
    digest: str


class Head(NamedTuple):
    """The last record: its sequence number (0: the journal is empty) and its digest."""

    seq: int
    digest: str


class Store(Protocol):
    """Keeps rows; knows nothing of chains. All methods raise StoreError and nothing else."""

    def append(self, make: Callable[[Head], tuple[Row, ...]]) -> tuple[Row, ...]:
        """Store the rows that `make` gives for the present head, in one durable transaction.

        No other process appends between the reading of the head and the commit.
        """
        ...

    def rows(
        self,
        rollout: str | None = None,
        kind: str | None = None,
        subject: str | None = None,
        after: int = 0,
    ) -> Iterator[Row]:
        """Rows in order of `seq`, filtered, exactly as they stand (also damaged ones)."""
        ...

    def head(self) -> Head:
        """The last row's `seq` and `digest`."""
        ...

    def anchor(self) -> Head:
        """The last head noted outside the rows; may lag behind the rows, must never lead."""
        ...

    def check(self) -> None:
        """Have the database check its own structure (pages, indexes)."""
        ...

    def close(self) -> None:
        """Let go of the database."""
        ...
