"""The store keeps rows: durable by its settings, private by its modes, in order."""

from __future__ import annotations

import os
import sqlite3
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from fleet.adapters.store import SqlStore
from fleet.model.errors import StoreError
from fleet.ports.store import Head, Row
from tests.adapters.forked import in_fork
from tests.adapters.stores import by_hand, draft, opened


def test_what_was_appended_is_there_after_opening_again(tmp_path: Path) -> None:
    """Records survive the process that wrote them, with all that was given."""
    with opened(tmp_path) as journal:
        written = journal.append([draft(1, name="东门"), draft(2)])

    with opened(tmp_path) as journal:
        assert list(written) == list(journal.records())
        assert journal.verify() == 2


def test_wal_and_full_are_in_force(tmp_path: Path) -> None:
    """Every connection of the store, also a later one, has both settings."""
    store = SqlStore.in_folder(tmp_path)
    engine = store._dialect.engine
    with engine.connect() as one, engine.connect() as two:
        for connection in (one, two):
            assert connection.exec_driver_sql("PRAGMA journal_mode").scalar_one() == "wal"
            assert connection.exec_driver_sql("PRAGMA synchronous").scalar_one() == 2
    store.close()


def test_a_database_that_stays_out_of_wal_is_refused(tmp_path: Path) -> None:
    """A read lock in another mode makes SQLite stay there silently; we do not."""
    with opened(tmp_path):
        pass
    by_hand(tmp_path, "PRAGMA journal_mode=DELETE")
    reader = sqlite3.connect(tmp_path / "journal.db", isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT * FROM meta").fetchall()
    try:
        with pytest.raises(StoreError), opened(tmp_path, busy_timeout_s=0.05):
            pytest.fail("opened")
    finally:
        reader.close()


def test_modes_are_private(tmp_path: Path) -> None:
    """Folder 0700; database, its two companions and the anchor 0600, under any umask."""
    state = tmp_path / "city" / ".fleet"

    def modes() -> dict[str, int]:
        os.umask(0)
        with opened(state) as journal:
            journal.append([draft()])
            return {p.name: stat.S_IMODE(p.stat().st_mode) for p in (state, *state.iterdir())}

    assert in_fork(modes) == {
        ".fleet": 0o700,
        "journal.db": 0o600,
        "journal.db-wal": 0o600,
        "journal.db-shm": 0o600,
        "journal.head": 0o600,
    }


def test_rows_are_filtered_and_in_order(tmp_path: Path) -> None:
    """Each filter, and both together with `after`, gives what a list comprehension gives."""
    with opened(tmp_path) as journal:
        for n in range(12):
            given = draft(n % 3).model_copy(
                update={"rollout": f"r-{n % 2}", "kind": ("intent", "settle")[n // 6]}
            )
            journal.append([given])
        everything = list(journal.records())

        assert [r for r in everything if r.rollout == "r-1"] == list(journal.records("r-1"))
        assert [r for r in everything if r.kind == "settle"] == list(journal.records(kind="settle"))
        assert [r for r in everything if r.subject == "cuihu-cam-02"] == list(
            journal.records(subject="cuihu-cam-02")
        )
        assert [r for r in everything if r.rollout == "r-0" and r.seq > 5] == list(
            journal.records("r-0", after=5)
        )
        assert list(range(1, 13)) == [r.seq for r in everything]


def test_more_than_a_page_is_read_whole(tmp_path: Path) -> None:
    """Reading in pages neither drops nor repeats a row, also while others append."""
    with opened(tmp_path) as journal:
        journal.append([draft(n) for n in range(2500)])
        seen = []
        for record in journal.records():
            seen.append(record.seq)
            if record.seq == 1:
                journal.append([draft()])

        assert list(range(1, 2502)) == seen


def test_an_append_is_all_or_nothing(tmp_path: Path) -> None:
    """Rows that collide take their whole transaction with them."""
    store = SqlStore.in_folder(tmp_path)

    def clash(head: Head) -> tuple[Row, ...]:
        row = Row(head.seq + 1, "", "", "", "", "{}", "", "")
        return (row, row)

    with pytest.raises(StoreError):
        store.append(clash)

    assert store.head().seq == 0
    assert list(store.rows()) == []
    store.close()


@pytest.mark.parametrize("verb", ["UPDATE journal SET data = '{}'", "DELETE FROM journal"])
def test_the_database_itself_refuses_changes(tmp_path: Path, verb: str) -> None:
    """A slip in a SQLite shell is refused; only who drops the guards on purpose gets past."""
    with opened(tmp_path) as journal:
        journal.append([draft()])

    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        by_hand(tmp_path, verb)


def test_a_newer_form_is_refused_politely(tmp_path: Path) -> None:
    """A journal of a later version is named as such and not touched."""
    with opened(tmp_path) as journal:
        journal.append([draft()])
    by_hand(tmp_path, "UPDATE meta SET value = '2' WHERE key = 'schema_version'")

    with pytest.raises(StoreError, match="form 2") as caught, opened(tmp_path):
        pytest.fail("opened")

    assert "2" in caught.value.summary.zh
    assert caught.value.fix is not None
    assert by_hand(tmp_path, "SELECT count(*) FROM journal") == [(1,)]


def test_the_database_library_is_imported_only_on_opening() -> None:
    """Verbs that need no journal do not pay for SQLAlchemy."""
    code = (
        "import sys, fleet.journal, fleet.wiring.journal, fleet.cli.journal, fleet.cli.doctor;"
        "sys.exit('sqlalchemy' in sys.modules)"
    )

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize("url", ["mysql://h/d", "sqlite:///x", "no url", ""])
def test_other_databases_are_refused(tmp_path: Path, url: str) -> None:
    """A URL that is not PostgreSQL's is a text with the right form, not a traceback."""
    with pytest.raises(StoreError, match="postgresql://") as caught:
        SqlStore.at_url(url, tmp_path)

    assert caught.value.fix is not None


def test_a_password_in_a_url_is_never_shown(tmp_path: Path) -> None:
    """Errors name the database without its password, whether the driver is there or not."""
    with pytest.raises(StoreError) as caught:
        SqlStore.at_url("postgresql://fleet:canary-7f3@127.0.0.1:1/fleet", tmp_path)

    shown = f"{caught.value.summary} {caught.value.summary.zh} {caught.value.fix}"
    assert "canary-7f3" not in shown
    assert "127.0.0.1" in shown
