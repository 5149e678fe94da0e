"""Who a process is, beyond a pid that may be reused: pid, start time, boot id (proc(5))."""

from __future__ import annotations

import json
import os
import socket
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Identity:
    """A process: `start` in clock ticks since boot, `boot` the boot's id, `host` the machine."""

    pid: int
    start: int
    boot: str
    host: str


def mine() -> Identity:
    """This process."""
    told = Path("/proc/self/stat").read_bytes()
    # The name, in parentheses, may hold anything: count fields from the last parenthesis on.
    start = int(told[told.rindex(b")") + 2 :].split()[19])
    boot = Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip()
    return Identity(os.getpid(), start, boot, socket.gethostname())


def to_json(identity: Identity) -> bytes:
    """The record as it is kept."""
    return json.dumps(asdict(identity)).encode()


def read(path: Path) -> Identity | None:
    """A kept record; None where there is none or it is not whole."""
    try:
        raw = json.loads(path.read_text("utf-8"))
        return Identity(int(raw["pid"]), int(raw["start"]), str(raw["boot"]), str(raw["host"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None
