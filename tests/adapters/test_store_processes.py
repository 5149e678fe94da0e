"""Several processes on one journal, and processes that are killed while they append."""

from __future__ import annotations

import os
import random
import signal
import sys
import time
from itertools import pairwise
from pathlib import Path

import pytest

from tests.adapters.forked import Forked
from tests.adapters.stores import draft, opened


@pytest.mark.chaos
def test_kill_9_at_40_points_loses_no_acknowledged_record(tmp_path: Path) -> None:
    """A process appending in a loop is killed -9 at 40 random moments.

    After each kill every record it acknowledged is there, and the chain verifies, anchor included;
    an append that was in flight is there whole or not at all.
    """
    dice = random.Random(40)
    acknowledged = 0

    def loop(fd: int) -> None:
        with opened(tmp_path) as journal:
            while True:
                size = 1 + journal.head().seq % 3
                last = journal.append([draft(n, of=size) for n in range(size)])[-1].seq
                os.write(fd, b"%d\n" % last)

    for number in range(40):
        fork = Forked(loop)
        # Every second one is killed after it acknowledged something, the others at any moment.
        said = fork.read() if number % 2 else b""
        time.sleep(dice.uniform(0.0, 0.05))
        fork.kill(signal.SIGKILL)
        while part := fork.read():
            said += part
        assert fork.wait() == -signal.SIGKILL
        acknowledged = int(said.split()[-1]) if said else acknowledged
        with opened(tmp_path) as journal:
            assert journal.verify() >= acknowledged

    with opened(tmp_path) as journal:
        records = list(journal.records())
    assert acknowledged >= 20
    ends = [r.data["n"] == r.data["of"] - 1 for r in records]
    starts = [r.data["n"] == 0 for r in records]
    assert ends[-1]
    assert all(end == start for end, start in zip(ends, starts[1:], strict=False))


def test_processes_append_side_by_side(tmp_path: Path) -> None:
    """Four processes open one fresh journal at once and append: one chain, batches unbroken."""

    def work(number: int) -> Forked:
        def append(_fd: int) -> None:
            with opened(tmp_path, busy_timeout_s=20.0) as journal:
                for turn in range(25):
                    journal.append([draft(number, turn=turn, part=part) for part in range(3)])

        return Forked(append)

    assert [fork.wait() for fork in [work(n) for n in range(4)]] == [0, 0, 0, 0]

    with opened(tmp_path) as journal:
        assert journal.verify() == 300
        data = [r.data for r in journal.records()]
    for one, other in pairwise(data):
        if one["part"] < 2:
            assert (one["n"], one["turn"], one["part"] + 1) == tuple(
                other[k] for k in ("n", "turn", "part")
            )
    for number in range(4):
        assert [d["turn"] for d in data if d["n"] == number] == [
            t for t in range(25) for _ in "123"
        ]


def test_a_stopped_reader_holds_nobody_up(tmp_path: Path) -> None:
    """A process stopped in the middle of reading does not keep others from appending."""
    with opened(tmp_path) as journal:
        journal.append([draft(n) for n in range(1500)])

    def read(fd: int) -> None:
        with opened(tmp_path) as journal:
            for record in journal.records():
                if record.seq == 1:
                    os.write(fd, b"1")
                    os.kill(os.getpid(), signal.SIGSTOP)

    fork = Forked(read)
    os.waitpid(fork.pid, os.WUNTRACED)
    try:
        with opened(tmp_path, busy_timeout_s=1.0) as journal:
            assert journal.append([draft()])[0].seq == 1501
    finally:
        fork.kill(signal.SIGCONT)
        assert fork.wait() == 0


def test_a_second_opening_keeps_the_locks_of_the_first(tmp_path: Path) -> None:
    """Opening the journal twice in one process does not lose SQLite's POSIX locks.

    Closing any descriptor of a file drops all POSIX locks that the process has on it. Another
    process that comes and goes then takes itself for the last and removes the log we write to.
    """
    with opened(tmp_path) as first:
        first.append([draft()])
        with opened(tmp_path) as second:
            assert second.verify() == 1

            def come_and_go(_fd: int) -> None:
                os.execvp(sys.executable, [sys.executable, "-c", _VISIT, str(tmp_path)])

            assert Forked(come_and_go).wait() == 0

            assert (tmp_path / "journal.db-wal").exists()
            assert first.append([draft()])[0].seq == 2
            assert second.verify() == 2


_VISIT = """
import sqlite3, sys
visit = sqlite3.connect(sys.argv[1] + "/journal.db")
assert visit.execute("SELECT count(*) FROM journal").fetchone() == (1,)
visit.close()
"""
