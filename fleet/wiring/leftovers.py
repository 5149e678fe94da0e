"""What a demo that was killed leaves behind: found by its free lock, and taken down by the next.

A demo holds the lock of its folder as long as it lives; the kernel lets go of it with the process.
A folder whose lock nobody holds belongs to a demo that never came to its end.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

from fleet.adapters.filelock import locked
from fleet.adapters.processes import LinuxProcesses
from fleet.ports.process import ProcessId

PREFIX = "fleet-demo-"
CITY = "tongling"
_LOCK = ".demo.lock"
_LOCK_WAIT_S = 5.0
_END_GRACE_S = 5.0


@contextmanager
def demo_folder() -> Iterator[Path]:
    """A fresh folder, ours while the block runs; whoever leaves the block sees to its content.

    Raises:
        OSError: no folder can be made.
    """
    work = Path(tempfile.mkdtemp(prefix=PREFIX))
    with locked(work / _LOCK, _LOCK_WAIT_S):
        yield work


def keep(work: Path) -> None:
    """Have a folder outlive its demo: without a lock nobody takes it for a dead one's."""
    (work / _LOCK).unlink(missing_ok=True)


def clear_dead(clear: Callable[[Path], None]) -> None:
    """Call `clear` with the city of each dead demo of this user, while its lock is held."""
    for lock in sorted(Path(tempfile.gettempdir()).glob(f"{PREFIX}*/{_LOCK}")):
        city = lock.parent / CITY
        try:
            if lock.stat().st_uid != os.geteuid() or not city.is_dir():
                continue
            with locked(lock, 0):
                clear(city)
        except (TimeoutError, FileNotFoundError):
            # Its demo lives, or another one has just cleared it.
            continue


def end_naming(folder: Path, only: Callable[[list[str]], bool] = lambda _: True) -> int:
    """End every process of ours whose arguments name a folder; how many do not end.

    `only` chooses among them by their arguments.
    """
    processes = LinuxProcesses()
    left = 0
    for process, arguments in naming(folder):
        if only(arguments) and not processes.end(process, _END_GRACE_S):
            left += 1
    return left


def calls_of(city: Path) -> Callable[[list[str]], bool]:
    """Chooses the `fleet -C CITY …` calls, and no server or device that they started."""
    return lambda arguments: ("-C", str(city)) in pairwise(arguments)


def naming(folder: Path) -> list[tuple[ProcessId, list[str]]]:
    """Every other process of this user whose arguments name `folder`, with its arguments."""
    processes = LinuxProcesses()
    found = []
    for pid in (int(entry) for entry in os.listdir("/proc") if entry.isdigit()):
        process = processes.identify(pid)
        try:
            if os.stat(f"/proc/{pid}").st_uid != os.geteuid():
                continue
            raw = Path(f"/proc/{pid}/cmdline").read_bytes()
        except (FileNotFoundError, ProcessLookupError):
            # It has ended since.
            continue
        if process is not None and pid != os.getpid() and os.fsencode(folder) in raw:
            found.append((process, os.fsdecode(raw).split("\0")))
    return found
