"""A short-lived lock by file between processes and threads, also when the file itself is removed.

Unlike a lease (leases.py) it is waited for, and names nobody: it orders steps of one machine that
take milliseconds or seconds. The kernel lets go of it when its process ends (flock(2)).
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from fleet.adapters.atomic import FILE_MODE, private_folder

_LOOK_EVERY_S = 0.05


@contextmanager
def locked(
    path: Path, wait_s: float, given_up: Callable[[], bool] = lambda: False
) -> Iterator[None]:
    """Hold the lock while the block runs; its folder is made where it is missing.

    Raises:
        TimeoutError: somebody else held it for `wait_s` seconds, or until `given_up` said so.
        OSError: the file cannot be made.
    """
    deadline = time.monotonic() + wait_s
    while (fd := _taken(path)) is None:
        if given_up() or time.monotonic() >= deadline:
            raise TimeoutError(f"{path} is held by somebody else")
        time.sleep(_LOOK_EVERY_S)
    try:
        yield
    finally:
        os.close(fd)


def _taken(path: Path) -> int | None:
    private_folder(path.parent)
    fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, FILE_MODE)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        # Whoever was last may have removed the file: a lock on a removed file locks nobody out.
        if os.path.samestat(os.fstat(fd), path.stat()):
            return fd
    except (BlockingIOError, FileNotFoundError):
        pass
    os.close(fd)
    return None
