"""A connection that ends at a deadline, whatever the peer does.

A timeout on each read is none on the whole: a peer that sends one byte a second could hold a
message, and with it its route, for hours. So a clock of our own shuts the socket down.
"""

from __future__ import annotations

import asyncio
import os
import socket
import threading
import time
from collections.abc import Callable

from fleet.model.errors import DeliveryFailed
from fleet.model.text import Text, text

DEADLINE_S = 30.0
_STEP_S = 10.0
SAID_MAX = 200


class Line:
    """One connection of one delivery, to be used in a thread."""

    def __init__(self, deadline_s: float = DEADLINE_S) -> None:
        self._end = time.monotonic() + deadline_s
        self._lock = threading.Lock()
        self._shut: socket.socket | None = None
        self._timer: threading.Timer | None = None
        self._over = False

    def open(self, host: str, port: int) -> socket.socket:
        """Connect; a TLS socket may be laid over it.

        Raises:
            OSError: no connection, or the deadline is over.
        """
        left = self._end - time.monotonic()
        if left <= 0:
            raise TimeoutError("the time is over")
        made = socket.create_connection((host, port), timeout=min(left, _STEP_S))
        # A second descriptor of the same connection: TLS takes the first one for itself.
        with self._lock:
            self._shut = socket.socket(fileno=os.dup(made.fileno()))
        self._timer = threading.Timer(max(0.0, self._end - time.monotonic()), self.abort)
        self._timer.daemon = True
        self._timer.start()
        if self._over:
            self.abort()
        return made

    def abort(self) -> None:
        """End it now, from any thread; whoever reads sees the end of the stream."""
        self._over = True
        with self._lock:
            if self._shut is not None:
                try:
                    self._shut.shutdown(socket.SHUT_RDWR)
                except OSError:
                    # The peer was faster.
                    return

    def close(self) -> None:
        """Let go of the clock and of our descriptor."""
        if self._timer is not None:
            self._timer.cancel()
        with self._lock:
            if self._shut is not None:
                self._shut.close()
                self._shut = None

    @property
    def over(self) -> bool:
        """Whether the deadline ended it."""
        return self._over


async def in_thread(work: Callable[[Line], str], deadline_s: float = DEADLINE_S) -> str:
    """Run a delivery in a thread; cancelled, its connection ends with it."""
    line = Line(deadline_s)
    try:
        return await asyncio.to_thread(_whole, work, line)
    except asyncio.CancelledError:
        line.abort()
        raise


def _whole(work: Callable[[Line], str], line: Line) -> str:
    try:
        return work(line)
    finally:
        line.close()


def failed(where: str, why: Text | str) -> DeliveryFailed:
    """A delivery that failed, with the reason; `why` holds no secret."""
    return DeliveryFailed(text("{r}: {w}", "{r}：{w}", r=where, w=why))


def said(words: bytes | str) -> str:
    """A peer's words as they go into the journal: one line, not too long."""
    plain = words.decode("utf-8", "replace") if isinstance(words, bytes) else words
    flat = "".join(c if c.isprintable() else " " for c in plain)
    return " ".join(flat.split())[:SAID_MAX]
