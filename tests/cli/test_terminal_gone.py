"""A terminal that goes away amid a rollout: it stops in good order, and settles what is open."""

from __future__ import annotations

import asyncio
import os
import pty
import signal
import subprocess
import sys
from pathlib import Path

from fleet.cli.running import Signals, run_async

CHILD = """
import asyncio, sys
from pathlib import Path
from fleet.cli.running import run_async

async def work(signals):
    stopped = asyncio.Event()

    class Rollout:
        def stop(self, why):
            self.why = why
            stopped.set()

    rollout = Rollout()
    signals.follow(rollout)
    print("ready", flush=True)
    await stopped.wait()
    print("stopping", file=sys.stderr, flush=True)
    print("settled", flush=True)
    Path(sys.argv[1]).write_text(rollout.why)

_, signals = run_async(work)
sys.exit(signals.code)
"""


def test_a_terminal_that_goes_away_does_not_end_the_settling(tmp_path: Path) -> None:
    """HUP stops as TERM does (143); words to the lost terminal are no error."""
    end, terminal = pty.openpty()
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD, str(tmp_path / "why")],
        stdin=terminal,
        stdout=terminal,
        stderr=terminal,
        start_new_session=True,
    )
    os.close(terminal)
    said = b""
    while b"ready\r\n" not in said:
        said += os.read(end, 1024)
    os.close(end)
    child.send_signal(signal.SIGHUP)

    assert child.wait(timeout=30) == 143
    assert (tmp_path / "why").read_text() == "terminate"


def test_what_nohup_ignores_stays_ignored() -> None:
    """`nohup fleet apply` is meant to outlive its terminal."""
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)

    async def work(_signals: Signals) -> str:
        os.kill(os.getpid(), signal.SIGHUP)
        await asyncio.sleep(0)
        return "done"

    try:
        result, signals = run_async(work)
    finally:
        signal.signal(signal.SIGHUP, before)

    assert (result, signals.heard) == ("done", [])
