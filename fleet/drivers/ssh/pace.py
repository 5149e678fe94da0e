"""A whole operation's deadline, kept by the thread that works and by the one that waits for it."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress


class Overdue(Exception):
    """The operation's time is over; nothing more is sent."""


class Pace:
    """The time that an operation has left, and the sockets to close when it is over.

    Blocking libraries look at a clock only between two reads. Whoever waits for the operation calls
    `stop`, which closes its sockets, so that not a byte leaves the house afterwards.
    """

    def __init__(self, seconds: float) -> None:
        self._until = time.monotonic() + seconds
        self._stopped = False
        self._sockets: list[socket.socket] = []
        self._lock = threading.Lock()

    def left(self) -> float:
        """Seconds that are left.

        Raises:
            Overdue: none.
        """
        if self.spent:
            raise Overdue
        return max(self._until - time.monotonic(), 0.001)

    @property
    def spent(self) -> bool:
        """Whether nothing is left."""
        return self._stopped or time.monotonic() >= self._until

    def at_most(self, seconds: float) -> float:
        """Seconds to wait for one answer: so many, or what is left.

        Raises:
            Overdue: nothing is left.
        """
        return min(seconds, self.left())

    @contextmanager
    def closing(self, sock: socket.socket) -> Iterator[None]:
        """Close a socket at the end, or at once when the operation is stopped."""
        with self._lock:
            self._sockets.append(sock)
            if self._stopped:
                _shut(sock)
        try:
            yield
        finally:
            with self._lock:
                self._sockets.remove(sock)
            _shut(sock)

    def stop(self) -> None:
        """End the operation now: its sockets are closed."""
        with self._lock:
            self._stopped = True
            for sock in self._sockets:
                _shut(sock)


def _shut(sock: socket.socket) -> None:
    # It may have been closed by the other side or by its library: closed is what is wanted.
    with suppress(OSError):
        sock.shutdown(socket.SHUT_RDWR)
    sock.close()
