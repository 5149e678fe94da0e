"""The journal read without the database library: the same records, damage named, no trace."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from fleet.adapters.sqlite_read import JournalRows
from fleet.journal import HashJournal
from fleet.model.errors import StoreError
from fleet.rollout.state import rollouts
from fleet.wiring.journal import read_journal
from tests.adapters.stores import FREED, by_hand, draft, opened


def fill(state: Path, count: int) -> None:
    """Append records of three rollouts in turn."""
    with opened(state) as journal:
        for n in range(count):
            journal.append([draft(n).model_copy(update={"rollout": f"r-{n % 3}"})])


def reader(state: Path) -> HashJournal:
    """A reader of a journal that must be there."""
    found = read_journal(state)
    assert found is not None
    return found


@pytest.mark.parametrize("after", [0, 1, 7, 1500, 9999])
@pytest.mark.parametrize("rollout", [None, "r-1", "none"])
def test_both_readers_give_the_same_records(
    tmp_path: Path, after: int, rollout: str | None
) -> None:
    """Goal: filters and pages as the store beside it has them."""
    fill(tmp_path, 30)
    with opened(tmp_path) as journal:
        wanted = list(journal.records(rollout=rollout, after=after))
        head = journal.head()

    assert wanted == list(reader(tmp_path).records(rollout=rollout, after=after))
    assert head == reader(tmp_path).head()


def test_more_records_than_a_page(tmp_path: Path) -> None:
    """Goal: all of them, in order, once."""
    with opened(tmp_path) as journal:
        journal.append([draft(n) for n in range(2500)])

    assert [r.seq for r in reader(tmp_path).records()] == list(range(1, 2501))


def test_a_changed_record_is_named(tmp_path: Path) -> None:
    """Goal: a page of status does not show a story that somebody rewrote."""
    fill(tmp_path, 5)
    by_hand(tmp_path, *FREED, "UPDATE journal SET subject = 'x' WHERE seq = 3")

    with pytest.raises(StoreError, match="record 3"):
        list(reader(tmp_path).records())


def test_no_journal_is_none_and_leaves_no_trace(tmp_path: Path) -> None:
    """Goal: looking makes nothing."""
    assert read_journal(tmp_path / "none") is None
    assert list(tmp_path.iterdir()) == []


def test_a_lost_file_is_an_error_and_not_an_empty_journal(tmp_path: Path) -> None:
    """Goal: the note of its end says that there was one."""
    fill(tmp_path, 2)
    (tmp_path / "journal.db").unlink()

    with pytest.raises(StoreError, match="cannot be read"):
        list(reader(tmp_path).records())
    assert not (tmp_path / "journal.db").exists()


def test_a_file_that_is_no_database_is_told(tmp_path: Path) -> None:
    """Goal: an error of the store, not of the library."""
    (tmp_path / "journal.db").write_bytes(b"nothing of the kind " * 100)

    with pytest.raises(StoreError, match="cannot be read"):
        rollouts(reader(tmp_path))


def test_nothing_can_be_appended_through_it(tmp_path: Path) -> None:
    """Goal: a reader that tries to act is stopped, and the journal is as it was."""
    fill(tmp_path, 1)

    with pytest.raises(StoreError):
        reader(tmp_path).append([draft(1)])
    assert len(list(reader(tmp_path).records())) == 1


def test_rows_come_while_a_writer_is_at_work(tmp_path: Path) -> None:
    """Goal: neither waits for the other."""
    with opened(tmp_path) as journal:
        journal.append([draft(1)])
        rows = JournalRows(tmp_path / "journal.db", lambda error: error)
        assert len(list(rows.rows())) == 1
        journal.append([draft(2)])
        assert len(list(rows.rows())) == 2


def test_the_page_of_status_loads_nothing_that_makes_it_slow(tmp_path: Path) -> None:
    """Goal: no database library, driver or writer, also with a journal and a history there."""
    fill(tmp_path, 3)
    city = Path(__file__).resolve().parents[2] / "inventories" / "tongling"
    program = (
        "import sys; from fleet.cli.main import run; "
        f"code = run(['-C', {str(city)!r}, 'status']); "
        "slow = {'sqlalchemy', 'pysnmp', 'lxml', 'fleet.drivers.registry', 'fleet.health.book'}; "
        "sys.exit(code or ' '.join(sorted(slow & set(sys.modules))) or None)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        env=os.environ | {"FLEET_STATE": str(tmp_path)},
        capture_output=True,
        timeout=60,
        check=False,
    )

    assert done.returncode == 0, done.stderr
