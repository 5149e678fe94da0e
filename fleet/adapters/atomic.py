"""Files that only we may read and that are whole or absent, also after a power cut.

Written beside the target, synced, renamed over it, and the folder synced: a reader sees the old
bytes or the new ones. The mode is given when the file is made, never repaired afterwards.

The file beside is locked (flock(2)) as long as its writer lives, so that what a killed writer left
there, perhaps a key, is told from one at work and removed at the next use of the target.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import secrets
from collections.abc import Iterator
from pathlib import Path

FILE_MODE = 0o600
FOLDER_MODE = 0o700


def private_folder(path: Path) -> Path:
    """Make `path` and its missing parents with mode 0700; an existing folder is left as it is.

    Raises:
        OSError: it cannot be made, or something else has this name.
    """
    if not path.is_dir():
        if path.parent != path:
            private_folder(path.parent)
        try:
            path.mkdir(mode=FOLDER_MODE)
        except FileExistsError:
            # Somebody else made it in between; anything but a folder is an error.
            if not path.is_dir():
                raise
    return path


def sync_folder(path: Path) -> None:
    """Make the names in folder `path` durable.

    Raises:
        OSError: the folder cannot be opened or synced.
    """
    fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def write_private(path: Path, data: bytes) -> None:
    """Replace file `path` by `data`, mode 0600, whole or not at all, durable on return.

    Raises:
        OSError: nothing was replaced, and nothing half-written is left behind.
    """
    with _beside(path, data) as beside:
        os.replace(beside, path)
    sync_folder(path.parent)


def create_private(path: Path, data: bytes) -> bool:
    """Make file `path` with `data` (mode 0600, durable) unless it exists; whether it was made.

    Of several processes that try at once exactly one succeeds, and all then see whole bytes: this
    is how a key is made once.

    Raises:
        OSError: it cannot be made; nothing half-written is left behind.
    """
    with _beside(path, data) as beside:
        try:
            os.link(beside, path)
        except FileExistsError:
            return False
    sync_folder(path.parent)
    return True


def clear_killed(path: Path) -> None:
    """Remove what writers of file `path` left beside it when they were killed.

    Raises:
        OSError: the folder cannot be read or written.
    """
    ours = re.compile(rf"\.{re.escape(path.name)}\.[0-9a-f]{{12}}")
    try:
        found = [entry for entry in os.listdir(path.parent) if ours.fullmatch(entry)]
    except FileNotFoundError:
        return
    for beside in (path.parent / name for name in found):
        try:
            fd = os.open(beside, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        except FileNotFoundError:
            # Its writer lived and is done.
            continue
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            beside.unlink(missing_ok=True)
        except BlockingIOError:
            # Its writer lives.
            continue
        finally:
            os.close(fd)


@contextlib.contextmanager
def _beside(path: Path, data: bytes) -> Iterator[Path]:
    """A synced file with `data` in the folder of `path`, gone again after the block."""
    clear_killed(path)
    beside, fd = _locked_beside(path)
    try:
        view = memoryview(data)
        while view:
            view = view[os.write(fd, view) :]
        os.fsync(fd)
        yield beside
    finally:
        beside.unlink(missing_ok=True)
        os.close(fd)


def _locked_beside(path: Path) -> tuple[Path, int]:
    while True:
        beside = path.with_name(f".{path.name}.{secrets.token_hex(6)}")
        fd = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, FILE_MODE)
        fcntl.flock(fd, fcntl.LOCK_EX)
        # Before the lock was ours somebody may have taken the file for a dead writer's.
        if os.fstat(fd).st_nlink:
            return beside, fd
        os.close(fd)
