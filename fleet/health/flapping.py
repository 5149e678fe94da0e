"""Flapping: a device whose state changes so often that each change says nothing more.

While it lasts there is one alarm of kind `flapping` and none for each fall, with a way back that is
narrower than the way in (hysteresis), so that the damping itself does not flap.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

WINDOW_POLLS = 20
ENTER_CHANGES = 6
LEAVE_CHANGES = 2


class Flaps:
    """Counts changes between online and offline in a sliding window; times never go back."""

    def __init__(self, window_s: float) -> None:
        self._window_s = window_s
        self._changes: dict[str, deque[float]] = {}
        self._flapping: dict[str, float] = {}

    def changed(self, device: str, at: float) -> None:
        """The device went from online to offline or back."""
        # More than needed to enter is never needed to decide, so memory stays bounded.
        self._changes.setdefault(device, deque(maxlen=ENTER_CHANGES)).append(at)

    def flapping(self, now: float) -> dict[str, float]:
        """Devices that flap now, with the time since when."""
        for device, changes in list(self._changes.items()):
            while changes and now - changes[0] > self._window_s:
                changes.popleft()
            if len(changes) >= ENTER_CHANGES:
                self._flapping.setdefault(device, changes[-1])
            elif len(changes) < LEAVE_CHANGES:
                self._flapping.pop(device, None)
            if not changes:
                del self._changes[device]
        return dict(self._flapping)

    def resume(self, devices: Iterable[str], now: float) -> None:
        """After a restart: these flapped when the last collector ended, and have to calm down."""
        for device in devices:
            self._flapping[device] = now
            self._changes[device] = deque([now] * LEAVE_CHANGES, maxlen=ENTER_CHANGES)
