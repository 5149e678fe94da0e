"""Live frames no faster than the link takes them, so that a key is never behind old pictures.

Over a slow SSH link frames that nobody asked for fill the buffers, and the answer to a key waits
behind them for seconds. After a live frame the terminal is asked where its cursor is (ECMA-48, DSR
6); until it answers, no further live frame is sent, and then not before four round trips have
passed, so that at most a fifth of the link is ours. Frames that answer a key are never held.
"""

from __future__ import annotations

QUESTION = "\x1b[6n"
LEAST_S = 0.25
PART = 4.0
# A terminal that does not answer at all must not freeze the screens.
SILENT_S = 5.0


class Pace:
    """Says when the next live frame may go; times are seconds of any one clock."""

    def __init__(self) -> None:
        self.round_trip_s = 0.0
        self._asked: float | None = None
        self._next = 0.0

    def ready(self, now: float) -> bool:
        """Whether a live frame may be sent."""
        if self._asked is not None and now - self._asked < SILENT_S:
            return False
        return now >= self._next

    def asked(self, now: float) -> None:
        """A live frame and the question after it were sent."""
        self._asked = now

    def answered(self, now: float) -> None:
        """The terminal answered: it has drawn all that was sent before the question."""
        if self._asked is None:
            return
        self.round_trip_s = now - self._asked
        self._asked = None
        self._next = now + max(LEAST_S, PART * self.round_trip_s)
