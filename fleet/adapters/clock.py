"""The machine's clocks: wall time for records, boot time for deadlines that cross processes.

CLOCK_BOOTTIME never jumps when somebody sets the clock, counts suspends, and reads the same in
every process of this boot, so a deadline can be handed from one process to another.
"""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime


class SystemClock:
    """Implements `fleet.ports.clock.Clock`."""

    def now(self) -> str:
        """The wall clock as UTC, RFC 3339 with milliseconds and `Z`."""
        return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")

    def boot(self) -> float:
        """CLOCK_BOOTTIME in seconds."""
        return time.clock_gettime(time.CLOCK_BOOTTIME)

    async def sleep(self, seconds: float) -> None:
        """Wait without holding up the event loop."""
        await asyncio.sleep(seconds)
