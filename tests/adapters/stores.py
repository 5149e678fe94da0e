"""Journals in a folder for tests: opened as the product opens them, and looked at from outside."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from fleet.adapters.clock import SystemClock
from fleet.adapters.store import SqlStore
from fleet.journal import HashJournal
from fleet.ports.journal import Draft


@contextmanager
def opened(folder: Path, busy_timeout_s: float = 5.0) -> Iterator[HashJournal]:
    """The journal of a state folder, closed at the end."""
    store = SqlStore.in_folder(folder, busy_timeout_s)
    try:
        yield HashJournal(store, SystemClock())
    finally:
        store.close()


def draft(number: int = 0, **data: object) -> Draft:
    """A draft such as a rollout writes."""
    return Draft(
        kind="intent", rollout="r-1", subject=f"cuihu-cam-{number:02}", data={"n": number, **data}
    )


def by_hand(folder: Path, *statements: str) -> list[tuple[object, ...]]:
    """What somebody with a SQLite shell does: the last statement's rows."""
    with closing(sqlite3.connect(folder / "journal.db")) as connection, connection:
        rows: list[tuple[object, ...]] = []
        for statement in statements:
            rows = connection.execute(statement).fetchall()
        return rows


FREED = ("DROP TRIGGER journal_no_update", "DROP TRIGGER journal_no_delete")
