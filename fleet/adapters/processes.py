"""Processes told apart by more than a pid, and ended only after their identity is proved.

A pid is reused. Its start time (field 22 of /proc/PID/stat, in clock ticks since boot, proc(5))
is not, within one boot, and the boot id tells boots apart. A pidfd pins the process while we look
and signal, so that nothing can slip in between.
"""

from __future__ import annotations

import ctypes
import functools
import os
import select
import signal
import socket
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

from fleet.ports.process import ProcessId

# prctl(2), linux/prctl.h.
_PR_SET_PDEATHSIG = 1
# How long a process may take to be gone after KILL; longer: the kernel holds it (D state).
_KILL_WAIT_S = 5.0


@dataclass(frozen=True)
class _Stat:
    """What we need of /proc/PID/stat."""

    state: str
    parent: int
    threads: int
    start: int

    @property
    def dead(self) -> bool:
        """A zombie; a leader that ended while threads of its process still run is not dead."""
        return self.state in ("Z", "X", "x") and self.threads <= 1


class LinuxProcesses:
    """Implements `fleet.ports.process.Processes` over /proc."""

    def __init__(self, proc: Path = Path("/proc")) -> None:
        self._proc = proc

    @functools.cached_property
    def boot(self) -> str:
        """This boot's id."""
        return (self._proc / "sys/kernel/random/boot_id").read_text("ascii").strip()

    @functools.cached_property
    def host(self) -> str:
        """This machine's name."""
        return socket.gethostname()

    def me(self) -> ProcessId:
        """This process."""
        found = self.identify(os.getpid())
        if found is None:
            raise RuntimeError("/proc does not show this process: it belongs to another namespace")
        return found

    def identify(self, pid: int) -> ProcessId | None:
        """The process that has this pid now; None if there is none (a zombie is none)."""
        stat = self._stat(pid)
        if stat is None or stat.dead:
            return None
        return ProcessId(pid=pid, start=stat.start, boot=self.boot, host=self.host)

    def alive(self, process: ProcessId) -> bool:
        """Whether exactly this process still runs; another host's is taken as alive."""
        if process.host and process.host != self.host:
            return True
        if process.boot != self.boot:
            return False
        stat = self._stat(process.pid)
        return stat is not None and not stat.dead and stat.start == process.start

    def descendants(self, process: ProcessId) -> tuple[ProcessId, ...]:
        """Children, grandchildren … that run now, parents before children.

        A dead process has none any more: the kernel gave them to another parent, so ask (and keep
        the answer) while it lives.
        """
        if process.boot != self.boot or not self.alive(process):
            return ()
        children: dict[int, list[ProcessId]] = defaultdict(list)
        for pid in (int(e) for e in os.listdir(self._proc) if e.isdigit()):
            stat = self._stat(pid)
            if stat is not None and not stat.dead:
                children[stat.parent].append(
                    ProcessId(pid=pid, start=stat.start, boot=self.boot, host=self.host)
                )
        found: list[ProcessId] = []
        queue = [process]
        while queue:
            below = children.get(queue.pop(0).pid, [])
            found += below
            queue += below
        return tuple(found)

    def end(self, process: ProcessId, grace_s: float) -> bool:
        """Ask it to end (TERM), make it end (KILL) after `grace_s` seconds; whether it is gone.

        Only exactly this process is signalled, never another that has its pid by now. False: it
        lives on another host, belongs to another user, or the kernel does not let it die.
        """
        if not self.alive(process):
            return True
        if process.host and process.host != self.host:
            return False
        try:
            fd = os.pidfd_open(process.pid)
        except ProcessLookupError:
            return True
        try:
            # The pidfd pins whoever has the pid now; only then is the comparison a proof.
            if not self.alive(process):
                return True
            return _signalled(fd, signal.SIGTERM, grace_s) or _signalled(
                fd, signal.SIGKILL, _KILL_WAIT_S
            )
        except PermissionError:
            return False
        finally:
            os.close(fd)

    def _stat(self, pid: int) -> _Stat | None:
        try:
            raw = (self._proc / str(pid) / "stat").read_bytes()
        except (FileNotFoundError, ProcessLookupError):
            return None
        # The name, in parentheses, may itself hold spaces and parentheses: count from the last one.
        fields = raw[raw.rindex(b")") + 2 :].split()
        return _Stat(
            state=fields[0].decode("ascii"),
            parent=int(fields[1]),
            threads=int(fields[17]),
            start=int(fields[19]),
        )


def set_parent_death_signal(parent: int, sig: int = signal.SIGKILL) -> None:
    """Have the kernel send `sig` to this process when its parent (pid `parent`) is gone.

    Pass the pid the parent told, not `os.getppid()`: a parent that died before this call is found
    by comparing afterwards, and the signal is then delivered at once. The setting survives exec
    and not fork, so every process of a chain sets its own (prctl(2)); it fires when the *thread*
    that forked ends.

    Raises:
        OSError: the kernel refuses.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_PDEATHSIG, ctypes.c_ulong(sig), 0, 0, 0) != 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
    if os.getppid() != parent:
        os.kill(os.getpid(), sig)


def _signalled(fd: int, sig: signal.Signals, wait_s: float) -> bool:
    try:
        signal.pidfd_send_signal(fd, sig)
    except ProcessLookupError:
        return True
    poll = select.poll()
    poll.register(fd, select.POLLIN)
    return bool(poll.poll(wait_s * 1000))
