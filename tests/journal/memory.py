"""A store in memory that fails when told to, for what the journal itself decides."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from fleet.model.errors import StoreError
from fleet.model.text import text
from fleet.ports.store import Head, Row


class MemoryStore:
    """Implements `fleet.ports.store.Store`; `fail` is raised by the next appends while set."""

    def __init__(self) -> None:
        self.kept: list[Row] = []
        self.noted = Head(0, "0" * 64)
        self.fail: BaseException | None = None
        self.keep_before_failing = False
        self.appends = 0
        self.closed = False

    def append(self, make: Callable[[Head], tuple[Row, ...]]) -> tuple[Row, ...]:
        """Keep the rows, unless told to fail."""
        self.appends += 1
        rows = make(self.head())
        if self.fail is None or self.keep_before_failing:
            self.kept += rows
        if self.fail is not None:
            raise self.fail
        self.noted = self.head()
        return rows

    def rows(
        self,
        rollout: str | None = None,
        kind: str | None = None,
        subject: str | None = None,
        after: int = 0,
    ) -> Iterator[Row]:
        """The kept rows, filtered."""
        for row in list(self.kept):
            wanted = ((rollout, row.rollout), (kind, row.kind), (subject, row.subject))
            if row.seq > after and all(want in (None, has) for want, has in wanted):
                yield row

    def head(self) -> Head:
        """The last row's head."""
        return Head(self.kept[-1].seq, self.kept[-1].digest) if self.kept else Head(0, "0" * 64)

    def anchor(self) -> Head:
        """The noted head."""
        return self.noted

    def check(self) -> None:
        """Nothing can be wrong with a list."""

    def close(self) -> None:
        """Remember it."""
        self.closed = True


def disk_error() -> StoreError:
    """What a store raises when a sync failed."""
    return StoreError(text("disk I/O error", "磁盘读写出错"), text("mend it", "请修复"))
