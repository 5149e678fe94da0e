"""When each device is polled: spread evenly over the period, the same way after every restart.

A device's place in the period comes from its id, so that neither a restart nor a new neighbour
moves it, and a compound behind one thin line is not asked all at once.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable
from hashlib import sha256


def phase(device: str) -> float:
    """A device's place in the period, in [0, 1), even over many ids."""
    return int.from_bytes(sha256(device.encode()).digest()[:6], "big") / 2**48


class Schedule:
    """The next poll of each device; `period_s` apart. Times are any clock that never goes back."""

    def __init__(self, devices: Iterable[str], period_s: float, now: float) -> None:
        # At start everything is due: what happened while nobody watched is found now.
        self._period_s = period_s
        self._due = [(now, device) for device in sorted(devices, key=phase)]
        heapq.heapify(self._due)

    def due(self, now: float) -> list[str]:
        """Take the devices whose time has come; each is planned anew."""
        found = []
        while self._due and self._due[0][0] <= now:
            _, device = heapq.heappop(self._due)
            found.append(device)
        for device in found:
            heapq.heappush(self._due, (self._next(device, now), device))
        return sorted(found, key=phase)

    def wait(self, now: float) -> float:
        """Seconds until the next device is due; the whole period where there is none."""
        return max(0.0, self._due[0][0] - now) if self._due else self._period_s

    def hurry(self, device: str, now: float) -> None:
        """Poll a known device at once, and then again as planned."""
        if any(known == device for _, known in self._due):
            self._due = [(now if known == device else at, known) for at, known in self._due]
            heapq.heapify(self._due)

    def _next(self, device: str, now: float) -> float:
        """The first of the device's own moments after `now`, never more than a period away."""
        offset = phase(device) * self._period_s
        turns = (now - offset) // self._period_s + 1
        return offset + turns * self._period_s
