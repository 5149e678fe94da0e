"""The provider's program: its usage, its port, and its end with whoever started it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from fleet.adapters.processes import LinuxProcesses
from tests.support import servers

PROGRAM = Path(sys.executable).with_name("pulumi-resource-fleet")


def test_started_by_hand_it_explains_itself(tmp_path: Path) -> None:
    """Goal: usage and exit code 64 without an engine, and without or with a relative folder."""
    here = {"FLEET_STATE": str(tmp_path), "FLEET_CITY": str(tmp_path)}
    for environment in (
        {},
        {**here, "FLEET_STATE": "relative"},
        {**here, "FLEET_CITY": "relative"},
        {"FLEET_STATE": str(tmp_path)},
        here,
    ):
        done = subprocess.run(
            [PROGRAM], env=environment, capture_output=True, text=True, check=False, timeout=30
        )
        assert done.returncode == 64
        assert "FLEET_STATE" in done.stderr
        assert "FLEET_CITY" in done.stderr
        assert done.stdout == ""


@pytest.mark.scenario
@pytest.mark.parametrize("sig", [signal.SIGKILL, signal.SIGTERM])
def test_it_ends_when_its_engine_ends(tmp_path: Path, sig: signal.Signals) -> None:
    """Goal: an engine that is killed, in whatever way, leaves no provider behind."""
    starter = (
        "import subprocess, sys, time\n"
        f"p = subprocess.Popen([{str(PROGRAM)!r}, '127.0.0.1:1'], stdout=subprocess.PIPE)\n"
        "print(p.pid, p.stdout.readline().decode().strip(), flush=True)\n"
        "time.sleep(60)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", starter],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "FLEET_STATE": str(tmp_path), "FLEET_CITY": str(tmp_path)},
    ) as engine:
        assert engine.stdout is not None
        pid, port = (int(word) for word in engine.stdout.readline().split())
        assert port > 0
        provider = LinuxProcesses().identify(pid)
        assert provider is not None
        engine.send_signal(sig)
        engine.wait(10)
        servers.until(lambda: not LinuxProcesses().alive(provider), 5)
