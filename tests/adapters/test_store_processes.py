"""Several processes on one journal, and processes that are killed while they append."""

from __future__ import annotations

import os
import random
import signal
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

    for _ in range(40):
        fork = Forked(loop)
        time.sleep(dice.uniform(0.0, 0.05))
        fork.kill(signal.SIGKILL)
        said = b""
        while part := fork.read():
            said += part
        assert fork.wait() == -signal.SIGKILL
        acknowledged = int(said.split()[-1]) if said else acknowledged
        with opened(tmp_path) as journal:
            assert journal.verify() >= acknowledged

    with opened(tmp_path) as journal:
        records = list(journal.records())
    assert acknowledged > 40
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
