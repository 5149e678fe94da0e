"""The clock's two readings: a wall time anybody can parse, and a boot time all processes share."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

from fleet.adapters.clock import SystemClock
from tests.adapters.forked import in_fork


def test_now_is_rfc_3339_in_utc() -> None:
    """Milliseconds, `Z`, and between two readings of another clock."""
    before = datetime.now(UTC)
    said = SystemClock().now()
    after = datetime.now(UTC)

    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", said)
    read = datetime.fromisoformat(said)
    assert before.replace(microsecond=before.microsecond // 1000 * 1000) <= read <= after


def test_boot_time_is_shared_by_processes() -> None:
    """Another process reads the same clock: its reading lies between two of ours."""
    before = SystemClock().boot()
    there = in_fork(SystemClock().boot)
    after = SystemClock().boot()

    assert before <= there <= after


def test_boot_time_agrees_with_the_kernel() -> None:
    """/proc/uptime counts the same seconds (CLOCK_BOOTTIME, to a hundredth)."""
    before = SystemClock().boot()
    uptime = float(Path("/proc/uptime").read_text().split()[0])
    after = SystemClock().boot()

    assert before - 0.02 <= uptime <= after + 0.02


async def test_sleep_waits() -> None:
    """A wait takes at least as long as it says."""
    clock = SystemClock()
    start = clock.boot()

    await clock.sleep(0.02)

    assert clock.boot() - start >= 0.019
