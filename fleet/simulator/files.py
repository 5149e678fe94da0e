"""Files of a simulator's state: mode 0600, whole or absent, also when the writer is killed.

They outlive the process, not a power cut: nothing is synced, since a simulated device that syncs
each write would be slower than the real one.
"""

from __future__ import annotations

import os
from pathlib import Path


def write_whole(path: Path, data: bytes) -> None:
    """Replace a file's bytes; a reader sees the old ones or the new ones.

    Raises:
        OSError: nothing was replaced.
    """
    beside = path.with_name(f".{path.name}.new")
    fd = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    with os.fdopen(fd, "wb") as file:
        file.write(data)
    os.replace(beside, path)


def private_folder(path: Path) -> Path:
    """Make a folder and its missing parents with mode 0700.

    Raises:
        OSError: it cannot be made.
    """
    if not path.is_dir():
        private_folder(path.parent)
        path.mkdir(mode=0o700, exist_ok=True)
    return path
