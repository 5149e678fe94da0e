"""Files that only we may read and that are whole or absent, also after a power cut.

Written beside the target, synced, renamed over it, and the folder synced: a reader sees the old
bytes or the new ones. The mode is given when the file is made, never repaired afterwards.
"""

from __future__ import annotations

import os
import secrets
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
    beside = _beside(path, data)
    try:
        os.replace(beside, path)
    except OSError:
        beside.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def create_private(path: Path, data: bytes) -> bool:
    """Make file `path` with `data` (mode 0600, durable) unless it exists; whether it was made.

    Of several processes that try at once exactly one succeeds, and all then see whole bytes: this
    is how a key is made once.

    Raises:
        OSError: it cannot be made; nothing half-written is left behind.
    """
    beside = _beside(path, data)
    try:
        os.link(beside, path)
    except FileExistsError:
        return False
    finally:
        beside.unlink(missing_ok=True)
    sync_folder(path.parent)
    return True


def _beside(path: Path, data: bytes) -> Path:
    beside = path.with_name(f".{path.name}.{secrets.token_hex(6)}")
    fd = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, FILE_MODE)
    try:
        view = memoryview(data)
        while view:
            view = view[os.write(fd, view) :]
        os.fsync(fd)
    except OSError:
        beside.unlink(missing_ok=True)
        raise
    finally:
        os.close(fd)
    return beside
