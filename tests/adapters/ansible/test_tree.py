"""Finding a run's processes by their mark, and ending exactly those."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import pytest

from fleet.adapters.ansible.tree import MARK, ProcessTree
from fleet.adapters.processes import LinuxProcesses
from fleet.model.errors import EngineError
from fleet.ports.process import ProcessId
from tests.adapters.ansible.support import alive

STUBBORN = """
import os, signal, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("ready", flush=True)
time.sleep(60)
"""
FAMILY = """
import os, subprocess, sys, time
# A session of its own, and a child whose environment is empty.
os.setsid()
child = subprocess.Popen([sys.executable, "-I", "-c", "import time; time.sleep(60)"], env={})
print(child.pid, flush=True)
time.sleep(60)
"""


@contextmanager
def marked(mark: str, program: str) -> Iterator[subprocess.Popen[str]]:
    """A process that carries `mark` and has said its first line (kept in `first`)."""
    process = subprocess.Popen(
        [sys.executable, "-c", program],
        env={**os.environ, MARK: mark},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def _first(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def test_nothing_is_found_where_nothing_is_marked() -> None:
    """A fresh mark has no process; ending it ends nothing."""
    tree = ProcessTree(uuid4().hex, LinuxProcesses())

    assert tree.members() == ()
    assert tree.end() == ()


def test_marked_process_and_its_bare_child_are_found_and_ended() -> None:
    """Descendants belong to the tree too, though their environment says nothing."""
    mark = uuid4().hex
    with marked(mark, FAMILY) as process:
        child = int(_first(process))
        tree = ProcessTree(mark, LinuxProcesses())

        assert [process.pid, child] == [p.pid for p in tree.members()]
        ended = tree.end()

        assert {process.pid, child} == {p.pid for p in ended}
        assert alive(process.pid, child) == []


def test_term_is_not_enough_for_a_stubborn_one() -> None:
    """KILL follows when the grace is over."""
    mark = uuid4().hex
    with marked(mark, STUBBORN) as process:
        _first(process)

        ended = ProcessTree(mark, LinuxProcesses()).end(grace_s=0.05)

        assert [process.pid] == [p.pid for p in ended]
        assert alive(process.pid) == []


def test_marks_are_compared_whole() -> None:
    """A mark that begins like another's, or is another variable's value, is not ours."""
    mark = uuid4().hex
    with marked(mark + "0", STUBBORN) as longer, marked("other", STUBBORN) as other:
        _first(longer)
        _first(other)

        assert ProcessTree(mark, LinuxProcesses()).end() == ()

        assert len(alive(longer.pid, other.pid)) == 2


class _Undying(LinuxProcesses):
    """A machine on which a process cannot be ended (the kernel holds it)."""

    def end(self, process: ProcessId, grace_s: float) -> bool:
        """Do nothing."""
        return False


def test_what_cannot_be_ended_is_an_error_that_names_it() -> None:
    """No proof, no outcome: the error has the pid, and the process is not forgotten."""
    mark = uuid4().hex
    with marked(mark, STUBBORN) as process:
        _first(process)

        with pytest.raises(EngineError, match=str(process.pid)):
            ProcessTree(mark, _Undying()).end(limit_s=0.05)


def test_processes_that_vanish_or_are_foreign_are_passed_over(tmp_path: Path) -> None:
    """/proc is read while it changes: an entry without environ is not an error."""
    (tmp_path / "123").mkdir()
    (tmp_path / "self").mkdir()

    assert ProcessTree("x", LinuxProcesses(), proc=tmp_path).members() == ()
