"""Which rows a list shows and in what order: filtered, sorted, and found again by their key."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Generic, TypeVar

K = TypeVar("K")


class View(Generic[K]):
    """The chosen keys in order; a key's place is found without a search.

    All rows of a large table in their own order stay the range that they are: no list, no index.
    """

    def __init__(self) -> None:
        self.keys: Sequence[K] = []
        self._places: dict[K, int] | None = None

    def __len__(self) -> int:
        return len(self.keys)

    def choose(
        self,
        keys: Iterable[K],
        fits: Callable[[K], bool] | None = None,
        order: Callable[[K], object] | None = None,
    ) -> None:
        """Choose anew; sorting is stable, so equal keys keep the order in which they came."""
        self._places = None
        if isinstance(keys, range) and fits is None and order is None:
            self.keys = keys  # type: ignore[assignment]  # a range of K means that K is int
            return
        chosen = list(keys) if fits is None else [k for k in keys if fits(k)]
        if order is not None:
            chosen.sort(key=order)  # type: ignore[arg-type]  # the caller's keys can be compared
        self.keys = chosen

    def place(self, key: K | None) -> int | None:
        """Where a key is shown; None if it is not."""
        if key is None:
            return None
        if isinstance(self.keys, range):
            return self.keys.index(key) if key in self.keys else None  # type: ignore[arg-type]  # K is int
        if self._places is None:
            self._places = {k: i for i, k in enumerate(self.keys)}
        return self._places.get(key)
