"""Unix sockets in folders whose path is longer than the 108 bytes that an address can hold.

The folder is opened and the socket is reached through /proc/self/fd, which is always short.
"""

from __future__ import annotations

import contextlib
import os
import socket
from collections.abc import Iterator
from pathlib import Path


@contextlib.contextmanager
def short(path: Path) -> Iterator[str]:
    """A short name of `path` for bind or connect, valid inside the block.

    Raises:
        OSError: its folder cannot be opened.
    """
    folder = os.open(path.parent, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)


def listening(path: Path) -> socket.socket:
    """A listening stream socket at `path`, mode 0600 from its first moment.

    Raises:
        OSError: it cannot be made.
    """
    path.unlink(missing_ok=True)
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    before = os.umask(0o177)
    try:
        with short(path) as name:
            sock.bind(name)
        sock.listen(16)
    except OSError:
        sock.close()
        raise
    finally:
        os.umask(before)
    return sock


def connected(path: Path, timeout_s: float) -> socket.socket:
    """A stream socket connected to the listener at `path`.

    Raises:
        OSError: nobody listens there.
    """
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    sock.settimeout(timeout_s)
    try:
        with short(path) as name:
            sock.connect(name)
    except OSError:
        sock.close()
        raise
    return sock
