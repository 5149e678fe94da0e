"""The journal port: append-only truth that the rollout writes before it acts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Protocol

from fleet.model.base import Frozen


class Record(Frozen):
    """One record. `kind` names it, `rollout` and `subject` (device, stack, compound) index it.

    `seq` counts from 1 without holes; `prev` and `digest` are sha256 in hex; `digest` covers
    everything else in canonical JSON, so that a flipped, dropped or reordered record is found.
    """

    seq: int
    at: str
    kind: str
    rollout: str
    subject: str
    data: Mapping[str, Any]
    prev: str
    digest: str


class Draft(Frozen):
    """A record to be appended; the journal adds sequence, time and chain."""

    kind: str
    rollout: str = ""
    subject: str = ""
    data: Mapping[str, Any] = {}


class Journal(Protocol):
    """Append-only and hash-chained. No audit, no act: a failed append stops the caller."""

    def append(self, drafts: Sequence[Draft]) -> tuple[Record, ...]:
        """Append all in one durable transaction.

        Raises:
            StoreError: it could not be made durable; after that every append fails.
        """
        ...

    def records(
        self,
        rollout: str | None = None,
        kind: str | None = None,
        subject: str | None = None,
        after: int = 0,
    ) -> Iterator[Record]:
        """Records in order, filtered."""
        ...

    def verify(self) -> int:
        """Check the whole chain and return how many records it has.

        Raises:
            StoreError: names the first sequence number that does not fit, and how.
        """
        ...
