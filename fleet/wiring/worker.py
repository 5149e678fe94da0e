"""The worker's composition root: what runs inside an Ansible fork."""

from __future__ import annotations

import asyncio
from typing import Any

from fleet.adapters.clock import SystemClock
from fleet.adapters.processes import LinuxProcesses
from fleet.drivers.registry import drivers
from fleet.rollout.worker import Report, Worker


def drive(socket: str, compound: str, stage: str) -> dict[str, Any]:
    """Drive one compound's devices through one stage under the permit server at `socket`.

    Returns JSON scalars only: `changed` (bool), `devices` (device → fields written), `failed`
    (device → why), `not_started` (device → why), `diff` (device, field, before, after).

    Raises:
        OSError: nobody listens at `socket`.
    """
    worker = Worker(drivers(), SystemClock(), LinuxProcesses().me())
    return answer(asyncio.run(worker.run(socket, compound, stage)))


def answer(report: Report) -> dict[str, Any]:
    """A worker's report as its playbook task returns it."""
    return {
        "changed": bool(report.changed),
        "devices": report.changed,
        "failed": {d: {"code": f.code, "en": f.en, "zh": f.zh} for d, f in report.failed.items()},
        "not_started": report.not_started,
        "diff": report.differences,
    }
