"""Finding every process of one run, and proving that none is left.

`ansible-playbook` and each of its forks are sessions of their own, and a fork whose parent died
belongs to somebody else, so neither sessions nor parents tell what a run has started. A mark in
the environment does: it is inherited by every process of the tree and by nothing else, and
/proc/PID/environ shows it (proc(5)) until the process is gone.
"""

from __future__ import annotations

import os
import time
from pathlib import Path

from fleet.adapters.processes import LinuxProcesses
from fleet.model.errors import EngineError
from fleet.model.text import text
from fleet.ports.process import ProcessId

MARK = "FLEET_TREE"


class ProcessTree:
    """The processes that carry one run's mark, and their descendants."""

    def __init__(self, mark: str, processes: LinuxProcesses, proc: Path = Path("/proc")) -> None:
        self._needle = f"\0{MARK}={mark}\0".encode()
        self._processes = processes
        self._proc = proc

    def members(self) -> tuple[ProcessId, ...]:
        """Every process of the tree that runs now, the oldest first."""
        marked = [
            process
            for pid in (int(e) for e in os.listdir(self._proc) if e.isdigit())
            if self._marked(pid) and (process := self._processes.identify(pid)) is not None
        ]
        below = (d for m in marked for d in self._processes.descendants(m))
        found = {p.pid: p for p in (*marked, *below)}
        return tuple(sorted(found.values(), key=lambda p: (p.start, p.pid)))

    def end(self, grace_s: float = 0.0, limit_s: float = 10.0) -> tuple[ProcessId, ...]:
        """End whatever of the tree still runs; return what had to be ended, in the order found.

        The oldest, the root, gets TERM and `grace_s` seconds to take its forks along; then all get
        KILL. Looks again until nothing is found, since a dying tree may still start something.

        Raises:
            EngineError: after `limit_s` seconds something still runs.
        """
        deadline = time.monotonic() + limit_s
        ended: dict[ProcessId, None] = {}
        while found := self.members():
            if time.monotonic() > deadline:
                pids = ", ".join(str(p.pid) for p in found)
                raise EngineError(
                    text(
                        "processes of the playbook run cannot be ended: {pids}",
                        "无法结束剧本运行遗留的进程：{pids}",
                        pids=pids,
                    ),
                    text(
                        "end them as their owner, then run `fleet rollout resume`",
                        "请以其所有者身份结束这些进程，然后执行 `fleet rollout resume`",
                    ),
                )
            for process in found:
                ended[process] = None
                self._processes.end(process, grace_s)
                grace_s = 0.0
        return tuple(ended)

    def _marked(self, pid: int) -> bool:
        try:
            environ = (self._proc / str(pid) / "environ").read_bytes()
        except (FileNotFoundError, ProcessLookupError, PermissionError):
            # Gone meanwhile, or another user's, which our tree cannot hold.
            return False
        return self._needle in b"\0" + environ
