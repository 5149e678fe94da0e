"""Private files that a service replaces whole: after a kill or power cut the old or the new stands.

Standard library only, since the guard starts through here and has to be light.
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path


def replace_private(path: Path, data: bytes) -> None:
    """Replace `path` (mode 0600) by `data`, durable on return.

    Raises:
        OSError: nothing was replaced, and nothing half-written is left behind.
    """
    beside = path.with_name(f".{path.name}.{secrets.token_hex(6)}")
    fd = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(fd, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(beside, path)
    except OSError:
        beside.unlink(missing_ok=True)
        raise
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
