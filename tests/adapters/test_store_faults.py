"""A store that fails says why in words, and a journal whose append failed appends no more."""

from __future__ import annotations

import os
import resource
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa

from fleet.adapters.store import SqlStore
from fleet.adapters.store_dialects import PostgresDialect
from fleet.model.errors import StoreError
from tests.adapters.forked import drop_rights, in_fork, open_parents
from tests.adapters.stores import by_hand, draft, opened


def refusal(act: Callable[[], object]) -> str:
    """The English text of the StoreError that `act` raises; its Chinese and its fix are there."""
    try:
        act()
    except StoreError as error:
        assert error.summary.zh != error.summary.en
        assert error.fix is not None
        return error.summary.en
    raise AssertionError("nothing was refused")


def append_until_refused(folder: Path) -> tuple[int, str, str]:
    """How many records were acknowledged, the refusal, and the refusal of one more."""
    with opened(folder) as journal:
        acknowledged = 0

        def fill() -> None:
            nonlocal acknowledged
            while acknowledged < 10_000:
                acknowledged = journal.append([draft(acknowledged, pad="x" * 500)])[-1].seq

        first = refusal(fill)
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY,) * 2)
        return acknowledged, first, refusal(lambda: journal.append([draft()]))


def test_a_write_error_ends_all_appending(tmp_path: Path) -> None:
    """The disk refuses a write: that append and all later ones fail, also when the disk is well.

    SQLite itself was seen to go on accepting; every acknowledged record is there afterwards.
    """
    with opened(tmp_path) as journal:
        journal.append([draft()])

    def limited() -> tuple[int, str, str]:
        resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, resource.RLIM_INFINITY))
        return append_until_refused(tmp_path)

    acknowledged, first, second = in_fork(limited)

    assert "its disk" in first
    assert "takes no more records" in second
    assert acknowledged > 10
    with opened(tmp_path) as journal:
        assert acknowledged == journal.verify()
        assert acknowledged + 1 == journal.append([draft()])[0].seq


def test_a_full_database_is_named(tmp_path: Path) -> None:
    """SQLITE_FULL, as a full disk gives it, is told as a full disk."""

    def full() -> tuple[int, str, str]:
        def limit(connection: sqlite3.Connection, _record: object) -> None:
            connection.execute("PRAGMA max_page_count=40")

        sa.event.listen(sa.pool.Pool, "connect", limit)
        return append_until_refused(tmp_path)

    acknowledged, first, second = in_fork(full)

    assert "its disk is full" in first
    assert "its disk is full" in second
    with opened(tmp_path) as journal:
        assert acknowledged == journal.verify()


def test_a_locked_database_is_named(tmp_path: Path) -> None:
    """Another process inside a transaction for too long: named, and this journal stops."""
    with opened(tmp_path, busy_timeout_s=0.05) as journal:
        journal.append([draft()])
        other = sqlite3.connect(tmp_path / "journal.db", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")

        assert "holds it locked" in refusal(lambda: journal.append([draft()]))

        other.execute("ROLLBACK")
        other.close()
        assert "holds it locked" in refusal(lambda: journal.append([draft()]))
        assert journal.verify() == 1


@pytest.mark.parametrize("content", [b"not a database, whatever its name", os.urandom(4096)])
def test_a_foreign_file_is_named(tmp_path: Path, content: bytes) -> None:
    """A file that is no database is refused and left as it is."""
    (tmp_path / "journal.db").write_bytes(content)

    assert "damaged or no journal" in refusal(lambda: SqlStore.in_folder(tmp_path))

    assert content == (tmp_path / "journal.db").read_bytes()


def test_a_cut_file_is_named(tmp_path: Path) -> None:
    """Half a database is damaged, whether opening or reading finds it."""
    with opened(tmp_path) as journal:
        journal.append([draft(n, pad="x" * 500) for n in range(200)])
    path = tmp_path / "journal.db"
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])

    def use() -> None:
        with opened(tmp_path) as journal:
            journal.verify()

    assert "damaged" in refusal(use)


def as_nobody(act: Callable[[], str]) -> str:
    """What `act` returns for a user without any right here (for root: another user)."""

    def drop_and_act() -> str:
        drop_rights()
        return act()

    return in_fork(drop_and_act)


def test_a_folder_without_write_permission_is_named(tmp_path: Path) -> None:
    """No right to make the file: the path and the reason, before anything was done."""
    folder = tmp_path / "state"
    folder.mkdir(mode=0o500)
    folder.chmod(0o500)
    open_parents(folder)

    said = as_nobody(lambda: refusal(lambda: SqlStore.in_folder(folder)))

    assert str(folder) in said
    assert "denied" in said


def test_a_file_without_write_permission_is_named(tmp_path: Path) -> None:
    """A journal that belongs to another user cannot be appended to, and that is what is said."""
    folder = tmp_path / "state"
    with opened(folder) as journal:
        journal.append([draft()])
    for path in (folder, *folder.iterdir()):
        path.chmod(0o555 if path.is_dir() else 0o444)
    open_parents(folder)

    said = as_nobody(lambda: refusal(lambda: SqlStore.in_folder(folder)))

    assert "denied" in said or "may not write" in said


def test_a_lost_database_is_not_begun_anew(tmp_path: Path) -> None:
    """With the anchor there and the database gone, no empty one takes its place."""
    with opened(tmp_path) as journal:
        journal.append([draft()])
    for path in tmp_path.glob("journal.db*"):
        path.unlink()

    assert "it is gone" in refusal(lambda: SqlStore.in_folder(tmp_path))

    assert [p.name for p in tmp_path.iterdir()] == ["journal.head"]


def test_a_lost_version_is_a_store_error(tmp_path: Path) -> None:
    """A database of ours without its version row is refused in words."""
    with opened(tmp_path):
        pass
    by_hand(tmp_path, "DELETE FROM meta")

    refusal(lambda: SqlStore.in_folder(tmp_path))


def test_a_missing_postgres_driver_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without psycopg the text says what to install, and never the password."""
    import sys

    monkeypatch.setitem(sys.modules, "psycopg", None)

    said = refusal(lambda: PostgresDialect(sa.make_url("postgresql://u:canary@db/fleet")))

    assert "psycopg" in said
    assert "canary" not in said
