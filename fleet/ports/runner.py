"""The playbook runner port: what the rollout needs of Ansible."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from fleet.model.base import Frozen
from fleet.ports.process import ProcessId

# Told the root of the process tree before anything can be granted to it, in the caller's loop.
OnTree = Callable[[Sequence[ProcessId]], None]


class StageRun(Frozen):
    """One runner call: one stage of one wave over its compounds; no secret in it.

    `socket` is the permit server's path; `playbook` a name in `playbooks/` without suffix.
    """

    rollout: str
    playbook: str
    compounds: tuple[str, ...]
    socket: str
    timeout_s: float


class StageOutcome(Frozen):
    """How the runner's process tree ended; what happened to devices is the permit server's word.

    `status` "successful" also when devices failed; "failed", "timeout" and "killed" mean the tree
    itself broke. `detail` is the scrubbed last words of the tool.
    """

    status: str
    rc: int
    detail: str = ""


class PlaybookRunner(Protocol):
    """Runs one stage; blocks until the tree is gone (the adapter proves it)."""

    async def run(self, stage: StageRun) -> StageOutcome:
        """Run it; cancelling ends the tree and proves it dead.

        Raises:
            EngineError: the tool cannot be started at all.
        """
        ...
