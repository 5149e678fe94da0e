"""The journal over any store: chains what is appended, checks what is read.

No audit, no act: SQLite was seen to accept commits again after one whose sync had failed, so the
first append that does not succeed, for whatever reason, ends all appending of this object.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence

from fleet.journal import chain, faults
from fleet.model.errors import StoreError
from fleet.ports.clock import Clock
from fleet.ports.journal import Draft, Record
from fleet.ports.store import Head, Row, Store


class HashJournal:
    """Implements `fleet.ports.journal.Journal`. Safe to use from several threads."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._lock = threading.Lock()
        self._anchored = False
        self._sound = True
        self._cause: StoreError | None = None

    def append(self, drafts: Sequence[Draft]) -> tuple[Record, ...]:
        """Append all in one durable transaction; nothing for no drafts.

        Raises:
            StoreError: it could not be made durable, or rows that were once there are gone; after
                that every append fails.
            AssertionError: a draft holds a secret; nothing was written and nothing is ended.
        """
        # Tried before the transaction: a caller's defect is not the store's failure.
        chain.extend(chain.GENESIS, drafts, "")
        if not drafts:
            return ()
        with self._lock:
            if not self._sound:
                raise faults.stopped(self._cause)
            self._sound = False
            try:
                rows = self._append(drafts)
            except StoreError as error:
                self._cause = error
                raise
            self._sound = True
        return tuple(chain.record(row) for row in rows)

    def records(
        self,
        rollout: str | None = None,
        kind: str | None = None,
        subject: str | None = None,
        after: int = 0,
    ) -> Iterator[Record]:
        """Records in order, filtered; each is what was once written.

        Raises:
            StoreError: a record's content does not fit its digest.
        """
        for row in self._store.rows(rollout, kind, subject, after):
            if kind_of_fault := chain.fault(row):
                raise faults.broken(row.seq, kind_of_fault)
            yield chain.record(row)

    def verify(self) -> int:
        """Check store, chain and anchor; return how many records there are.

        Raises:
            StoreError: names the first sequence number that does not fit, and how.
        """
        anchor = self._store.anchor()
        head = chain.GENESIS
        for row in self._store.rows():
            if kind_of_fault := chain.break_after(head, row):
                raise faults.broken(head.seq + 1, kind_of_fault)
            head = Head(row.seq, row.digest)
            if row.seq == anchor.seq and row.digest != anchor.digest:
                raise faults.broken(row.seq, "anchor")
        if head.seq < anchor.seq:
            raise faults.cut(head.seq, anchor.seq)
        self._store.check()
        return head.seq

    def head(self) -> Head:
        """The last record's sequence number and digest, for a note kept elsewhere."""
        return self._store.head()

    def close(self) -> None:
        """Let go of the store; what was appended is durable already."""
        self._store.close()

    def prove_anchor(self) -> None:
        """Check that the noted head is among the records; cheap, as `verify` is not.

        Raises:
            StoreError: rows that were once there are gone or changed.
        """
        # An older copy put back, or a lost file, must not be written on as if nothing had happened.
        anchor = self._store.anchor()
        if anchor.seq == 0:
            return
        row = next(self._store.rows(after=anchor.seq - 1), None)
        if row is None:
            raise faults.cut(self._store.head().seq, anchor.seq)
        if row.seq != anchor.seq or row.digest != anchor.digest:
            raise faults.broken(anchor.seq, "anchor")

    def _append(self, drafts: Sequence[Draft]) -> tuple[Row, ...]:
        if not self._anchored:
            self.prove_anchor()
            self._anchored = True
        return self._store.append(lambda head: chain.extend(head, drafts, self._clock.now()))
