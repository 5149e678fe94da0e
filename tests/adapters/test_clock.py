"""The clock's two readings: a wall time anybody can parse, and a boot time all processes share."""

from __future__ import annotations

import os
import re
from datetime import UTC, datetime

from fleet.adapters.clock import SystemClock
from fleet.adapters.processes import LinuxProcesses
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
    """The kernel dates a process's start on the same clock (proc(5), field 22, in ticks)."""
    tick = 1 / os.sysconf("SC_CLK_TCK")
    before = SystemClock().boot()
    start = in_fork(LinuxProcesses().me).start * tick
    after = SystemClock().boot()

    assert before - tick <= start <= after


async def test_sleep_waits() -> None:
    """A wait takes at least as long as it says."""
    clock = SystemClock()
    start = clock.boot()

    await clock.sleep(0.02)

    assert clock.boot() - start >= 0.019
