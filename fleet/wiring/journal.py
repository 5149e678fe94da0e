"""Opens the journal of a state folder; the database library is imported only here and now."""

from __future__ import annotations

from pathlib import Path

from fleet.journal import HashJournal


def open_journal(state_dir: Path) -> HashJournal:
    """The journal of `state_dir`, made where there is none.

    Raises:
        StoreError: it cannot be opened, is damaged, or was written by a newer fleet.
    """
    from fleet.adapters.clock import SystemClock
    from fleet.adapters.store import SqlStore

    return HashJournal(SqlStore.in_folder(state_dir), SystemClock())


def has_journal(state_dir: Path) -> bool:
    """Whether there is a journal or a trace of one; reading must not make an empty one."""
    return any((state_dir / name).exists() for name in ("journal.db", "journal.head"))
