"""Reading the journal: its end, what comes next, and every record as lines for other programs."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Iterator

from fleet.journal import HashJournal
from fleet.ports.journal import Record


def tail(journal: HashJournal, count: int, rollout: str | None = None) -> tuple[Record, ...]:
    """The last `count` records, of one rollout where it is named.

    Raises:
        StoreError: the journal cannot be read, or a record does not fit its digest.
    """
    # Without a filter the sequence numbers say where to start; with one, only reading does.
    after = max(0, journal.head().seq - count) if rollout is None else 0
    return tuple(deque(journal.records(rollout=rollout, after=after), maxlen=count))


def follow(
    journal: HashJournal, after: int, rollout: str | None, wait: Callable[[], object]
) -> Iterator[Record]:
    """Records after `after` as they come; `wait`, called where there are none, is true to end."""
    while True:
        for record in journal.records(rollout=rollout, after=after):
            after = record.seq
            yield record
        if wait():
            return


def as_line(record: Record) -> str:
    """One record as one line of JSON, keys sorted: the form that docs/reference/journal.md says."""
    return json.dumps(
        record.model_dump(), sort_keys=True, separators=(",", ":"), ensure_ascii=False
    )
