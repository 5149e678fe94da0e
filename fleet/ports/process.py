"""Which process is meant, beyond a pid that may be reused."""

from __future__ import annotations

from typing import Protocol

from fleet.model.base import Frozen


class ProcessId(Frozen):
    """A process that cannot be mistaken: pid, start time in clock ticks since boot, boot id."""

    pid: int
    start: int
    boot: str
    host: str = ""


class Processes(Protocol):
    """Looks at the machine's processes."""

    def me(self) -> ProcessId:
        """This process."""
        ...

    def identify(self, pid: int) -> ProcessId | None:
        """The process that has this pid now; None if there is none (a zombie is none)."""
        ...

    def alive(self, process: ProcessId) -> bool:
        """Whether exactly this process still runs; another host's is taken as alive."""
        ...

    def end(self, process: ProcessId, grace_s: float) -> bool:
        """End exactly this process: TERM, after `grace_s` seconds KILL; whether it is gone."""
        ...
