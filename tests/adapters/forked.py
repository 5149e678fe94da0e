"""Run a piece of a test in a process of its own, without the cost of a new interpreter."""

from __future__ import annotations

import os
import pickle
import signal
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar, cast

T = TypeVar("T")
_NOBODY = 65534


class Forked:
    """A fork that runs `work(fd)` with the writing end of a pipe; ended by pid, always reaped."""

    def __init__(self, work: Callable[[int], None]) -> None:
        self.reader, writer = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            code = 1
            try:
                os.close(self.reader)
                work(writer)
                code = 0
            except BaseException:
                os.write(2, traceback.format_exc().encode())
            finally:
                os._exit(code)
        os.close(writer)
        self._status: int | None = None

    def read(self) -> bytes:
        """What the fork wrote since the last call; empty at its end."""
        return os.read(self.reader, 65536)

    def kill(self, sig: int = signal.SIGKILL) -> None:
        """Send a signal to exactly this fork, which is ours until it is reaped."""
        os.kill(self.pid, sig)

    def wait(self) -> int:
        """Reap it; its exit code, negative for a signal."""
        if self._status is None:
            self._status = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
            os.close(self.reader)
        return self._status


def in_fork(work: Callable[[], T]) -> T:
    """Run `work` in a fork and hand back what it returns; its failure is the test's."""

    def call(fd: int) -> None:
        os.write(fd, pickle.dumps(work()))

    fork = Forked(call)
    said = b""
    while part := fork.read():
        said += part
    assert fork.wait() == 0
    return cast("T", pickle.loads(said))


def drop_rights(*closed: Path) -> None:
    """Become a user without any right here; one who is not root has `closed` closed instead."""
    if os.getuid() == 0:
        os.setgroups([])
        os.setgid(_NOBODY)
        os.setuid(_NOBODY)
    for path in closed:
        if path.stat().st_uid == os.getuid():
            path.chmod(0)


def open_parents(path: Path) -> None:
    """Let other users reach `path` through pytest's own folders, which are 0700, and no others."""
    for parent in path.parents:
        if not any(p.name.startswith("pytest-of-") for p in (parent, *parent.parents)):
            return
        parent.chmod(0o755)
