"""The private folder of one run: made empty, held by a lock, wiped afterwards.

ansible-runner writes its command, environment, extra variables and events to disk. All of it goes
into one folder of mode 0700 that is gone when the run is. A run that was killed leaves its folder
behind; nobody holds its lock any more, and that is how the next runner knows.
"""

from __future__ import annotations

import fcntl
import json
import os
import re
import shlex
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from uuid import uuid4

from fleet.adapters.ansible import shim
from fleet.adapters.atomic import FILE_MODE, FOLDER_MODE, private_folder

_LOCK = "lock"
_NAME = re.compile(r"[0-9a-f]{32}")


class RunFolder:
    """`state/run/<uuid>`; its name is also the mark that every process of the tree carries."""

    def __init__(self, path: Path, lock: int) -> None:
        self.path = path
        self.mark = path.name
        self._lock = lock

    @classmethod
    def make(cls, parent: Path) -> RunFolder:
        """Make and hold a new folder in `parent`, which is made too.

        Raises:
            OSError: the disk refuses.
        """
        name = uuid4().hex
        # It gets its name when it is held already: `stale` must not take it away in between.
        unnamed = private_folder(parent) / f".{name}"
        unnamed.mkdir(mode=FOLDER_MODE)
        held = _hold(unnamed)
        if held is None:
            raise BlockingIOError(f"{unnamed.name} is new and yet held by somebody")
        path = unnamed.rename(parent / name)
        for inner in ("bin", "home", "tmp"):
            (path / inner).mkdir(mode=FOLDER_MODE)
        for fifo in (shim.HELLO, shim.GO):
            os.mkfifo(path / fifo, FILE_MODE)
        return cls(path, held)

    @classmethod
    def stale(cls, parent: Path) -> Iterator[RunFolder]:
        """Take over the folders that runs which were killed left in `parent`, one by one."""
        if not parent.is_dir():
            return
        for path in sorted(p for p in parent.iterdir() if _NAME.fullmatch(p.name) and p.is_dir()):
            held = _hold(path)
            if held is not None:
                yield cls(path, held)

    def install_shim(self, python: str, program: Path) -> None:
        """Put `ansible-playbook` into `bin/`: two lines of shell, so that any path will do."""
        run = (python, "-I", "-S", shim.__file__)
        report = (str(os.getpid()), str(self.path))
        become = (python, str(program))
        line = " ".join(shlex.quote(word) for word in (*run, *report, *become))
        self._write("bin/ansible-playbook", f'#!/bin/sh\nexec {line} "$@"\n', 0o700)

    def install_inventory(self, compounds: tuple[str, ...], variables: Mapping[str, str]) -> Path:
        """Write the inventory: a host is a compound, reached on this machine, with no facts."""
        hosts: dict[str, dict[str, str]] = {compound: {} for compound in compounds}
        tree = {"all": {"hosts": hosts, "vars": dict(variables)}}
        return self._write("inventory.json", json.dumps(tree), FILE_MODE)

    def fifo(self, name: str) -> int:
        """Open a fifo for both ends without waiting; its other end lives in the shim."""
        return os.open(self.path / name, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)

    def wipe(self) -> None:
        """Remove the folder with all that the run wrote, then let go of it.

        Raises:
            OSError: something in it cannot be removed; the next runner tries again.
        """
        try:
            shutil.rmtree(self.path)
        finally:
            os.close(self._lock)

    def _write(self, name: str, content: str, mode: int) -> Path:
        path = self.path / name
        fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
        with os.fdopen(fd, "w", encoding="utf-8") as file:
            file.write(content)
        return path


def _hold(path: Path) -> int | None:
    """Lock the folder for as long as this process lives; None: somebody holds it, or it is gone."""
    try:
        fd = os.open(path / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, FILE_MODE)
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(fd)
        return None
    return fd
