"""What these tests share: an adapter whose tree has the counting worker, and a stage to run."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from fleet.adapters.ansible import AnsibleRunner
from fleet.adapters.ansible.tree import ProcessTree
from fleet.adapters.processes import LinuxProcesses
from fleet.ports.process import ProcessId
from fleet.ports.runner import OnTree, StageRun

INJECTED = Path(__file__).parent / "injected"
COMPOUNDS = ("cuihu", "yangguang")


def runner(
    folder: Path,
    device: str = "",
    mode: str = "",
    on_tree: OnTree | None = None,
    playbooks: Path | None = None,
) -> AnsibleRunner:
    """An adapter over `folder`/state."""
    injected = {"PYTHONPATH": str(INJECTED), "FLEET_TEST_MODE": mode, "FLEET_TEST_DEVICE": device}
    return AnsibleRunner(
        folder / "state", on_tree=on_tree, playbooks=playbooks, extra_environment=injected
    )


def stage(socket: Path, timeout_s: float = 30.0, playbook: str = "gates") -> StageRun:
    """A stage of both compounds."""
    return StageRun(
        rollout="r-0001",
        playbook=playbook,
        compounds=COMPOUNDS,
        socket=str(socket),
        timeout_s=timeout_s,
    )


def alive(*pids: int) -> list[ProcessId]:
    """Those of `pids` that still run."""
    return [p for pid in pids if (p := LinuxProcesses().identify(pid)) is not None]


def marked(state: Path) -> list[ProcessId]:
    """Every process of every run whose folder is below `state`."""
    trees = (ProcessTree(f.name, LinuxProcesses()) for f in (state / "run").glob("*"))
    return [process for tree in trees for process in tree.members()]


def until(condition: Callable[[], object], limit_s: float = 15.0) -> None:
    """Return when `condition` holds; fail after `limit_s` seconds."""
    deadline = time.monotonic() + limit_s
    while not condition():
        assert time.monotonic() < deadline, "it did not come to pass in time"
        time.sleep(0.002)
