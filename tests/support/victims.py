"""Processes below an apply, by the part they play, for killing them on purpose."""

from __future__ import annotations

import contextlib
import os
import signal
from pathlib import Path

from fleet.adapters.processes import LinuxProcesses
from fleet.ports.process import ProcessId

ROLES = ("caller", "tree", "playbook", "fork", "engine", "provider")


def words(process: ProcessId) -> str:
    """A process's arguments, or nothing when it is gone."""
    try:
        return Path(f"/proc/{process.pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    except OSError:
        return ""


def victims(pid: int, role: str) -> list[int]:
    """The pids to kill for a role; empty while that part does not run."""
    processes = LinuxProcesses()
    caller = processes.identify(pid)
    if caller is None:
        return []
    below = processes.descendants(caller)
    if role == "caller":
        return [pid]
    if role == "tree":
        return [pid, *(p.pid for p in below)]
    playbooks = [p for p in below if "ansible-playbook" in words(p)]
    if role == "playbook":
        return [p.pid for p in playbooks[:1]]
    if role == "fork":
        return [p.pid for p in playbooks[1:]][-1:]
    if role == "provider":
        return [p.pid for p in below if "pulumi-resource-fleet" in words(p)][:1]
    return [p.pid for p in below if words(p).split(" ")[0].endswith("pulumi")][:1]


def kill(pids: list[int]) -> None:
    """Kill with -9, the parents first, whoever is still there."""
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
