"""Time as an input: wall clock for records, boot time for deadlines that cross processes."""

from __future__ import annotations

from typing import Protocol


class Clock(Protocol):
    """Two clocks and a way to wait."""

    def now(self) -> str:
        """The wall clock as UTC, RFC 3339 with milliseconds and `Z`."""
        ...

    def boot(self) -> float:
        """CLOCK_BOOTTIME in seconds: the same in every process of this boot, counts suspends."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        ...
