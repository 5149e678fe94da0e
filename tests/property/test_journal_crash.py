"""What a power cut or a careless copy does to SQLite's write-ahead log is found by the anchor.

A process is killed with records only in the log; each example cuts or damages the log of a copy.
"""

from __future__ import annotations

import os
import shutil
import signal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fleet.model.errors import StoreError
from fleet.ports.journal import Record
from tests.adapters.forked import Forked
from tests.adapters.stores import draft, opened

pytestmark = pytest.mark.property

COUNT = 6
REAL_FILES = settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    database=None,
)


@pytest.fixture(scope="module")
def killed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a process that was killed -9 after six acknowledged appends."""
    folder = tmp_path_factory.mktemp("killed") / "state"

    def work(fd: int) -> None:
        with opened(folder) as journal:
            for n in range(COUNT):
                journal.append([draft(n)])
            os.write(fd, b"done")
            signal.pause()

    fork = Forked(work)
    assert fork.read() == b"done"
    fork.kill()
    assert fork.wait() == -signal.SIGKILL
    assert (folder / "journal.db-wal").stat().st_size > 0
    return folder


@pytest.fixture(scope="module")
def original(killed: Path, tmp_path_factory: pytest.TempPathFactory) -> list[Record]:
    """What an undamaged copy says."""
    copy = tmp_path_factory.mktemp("original") / "state"
    shutil.copytree(killed, copy)
    with opened(copy) as journal:
        return list(journal.records())


def damaged(killed: Path, tmp_path: Path, log: bytes) -> Path:
    """A copy of the folder whose log is `log`; the shared-memory index goes, as at a reboot."""
    copy = tmp_path / "copy"
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(killed, copy)
    (copy / "journal.db-shm").unlink()
    (copy / "journal.db-wal").write_bytes(log)
    return copy


def log_of(killed: Path) -> bytes:
    """The write-ahead log as the killed process left it."""
    return (killed / "journal.db-wal").read_bytes()


def test_the_whole_log_is_recovered(killed: Path, tmp_path: Path, original: list[Record]) -> None:
    """Undamaged, every acknowledged record is there, and appending goes on."""
    with opened(damaged(killed, tmp_path, log_of(killed))) as journal:
        assert journal.verify() == COUNT
        assert original == list(journal.records())
        assert journal.append([draft()])[0].seq == COUNT + 1


@REAL_FILES
@given(kept=st.floats(0, 1, exclude_max=True))
def test_any_cut_of_the_log_is_found(
    killed: Path, tmp_path: Path, original: list[Record], kept: float
) -> None:
    """A log cut anywhere: the first missing record is named, what is left is as written."""
    log = log_of(killed)
    folder = damaged(killed, tmp_path, log[: int(kept * len(log))])

    with opened(folder) as journal:
        left = list(journal.records())

        assert original[: len(left)] == left
        assert len(left) < COUNT
        with pytest.raises(StoreError, match=f"record {len(left) + 1} is missing"):
            journal.verify()


@REAL_FILES
@given(kept=st.floats(0, 1, exclude_max=True))
def test_nothing_is_appended_to_a_cut_journal(killed: Path, tmp_path: Path, kept: float) -> None:
    """An append after such a loss is refused: it would bury it."""
    log = log_of(killed)
    folder = damaged(killed, tmp_path, log[: int(kept * len(log))])

    with pytest.raises(StoreError), opened(folder) as journal:
        before = journal.head()
        try:
            journal.append([draft()])
        finally:
            assert before == journal.head()


@REAL_FILES
@given(place=st.floats(0, 1, exclude_max=True), bit=st.integers(0, 7))
def test_any_flipped_bit_of_the_log(
    killed: Path, tmp_path: Path, original: list[Record], place: float, bit: int
) -> None:
    """SQLite ends the log at a frame whose checksum fails: found as a loss, or without effect."""
    log = bytearray(log_of(killed))
    log[int(place * len(log))] ^= 1 << bit
    folder = damaged(killed, tmp_path, bytes(log))

    try:
        with opened(folder) as journal:
            count = journal.verify()
            said = list(journal.records())
    except StoreError:
        return

    assert (COUNT, original) == (count, said)
