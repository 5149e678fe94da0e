"""One device's memory on disk: what it stores, who may log in, and the log of its writes.

Change and log entries stand in one file that is replaced at once, before the answer is sent: a
device never says yes to something that its log does not show.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Literal

from fleet.simulator.files import write_whole

Counter = Literal["sessions", "logins", "failed_logins", "reads"]


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of the write log: a field whose stored value changed, or a secret that arrived.

    `time` is UTC (RFC 3339); `received` counts the arrivals of a write-only field (1st, 2nd …),
    None for a field that can be read. There is never a value.
    """

    seq: int
    time: str
    field: str
    received: int | None = None


@dataclass(frozen=True, slots=True)
class Kept:
    """All that a device remembers.

    `documents` are ISAPI documents by path, `leaves` a gate's objects by field. `ha1` is the login
    in force; `sip_ha1` is a recorder's at its upper platform (realm =
    `gb_server_domain`). `faults` maps a fault to its value; `locked_until` is wall-clock seconds;
    `boots` is snmpEngineBoots; `pending` are fields in force only after a reboot.
    """

    documents: dict[str, str] = field(default_factory=dict)
    leaves: dict[str, int | str] = field(default_factory=dict)
    active: bool = True
    ha1: str = ""
    sip_ha1: str = ""
    failures: int = 0
    locked_until: float = 0.0
    faults: dict[str, str] = field(default_factory=dict)
    boots: int = 0
    pending: tuple[str, ...] = ()
    log: tuple[Entry, ...] = ()
    counters: dict[str, int] = field(default_factory=dict)


class Store:
    """Keeps one device's `Kept` in one file."""

    def __init__(self, path: Path, factory: Callable[[], Kept]) -> None:
        """Open the file; a device that has none comes from the factory.

        Raises:
            ValueError: the file is not such a memory.
            OSError: it cannot be read or written.
        """
        self._path = path
        self._dirty = False
        self._counters = dict.fromkeys(("sessions", "logins", "failed_logins", "reads"), 0)
        try:
            self.kept = _read(path.read_text("utf-8"))
        except FileNotFoundError:
            self.kept = factory()
            self._write(self.kept)
        self._counters |= self.kept.counters

    def commit(self, kept: Kept, changed: Sequence[str] = (), secrets: Sequence[str] = ()) -> None:
        """Make `kept` the memory, with one log entry for each name; on disk when this returns.

        `changed` are fields whose stored value changed, `secrets` write-only ones that arrived.

        Raises:
            OSError: nothing was stored, here or on disk.
        """
        log = list(kept.log)
        now = _now()
        for name in changed:
            log.append(Entry(len(log) + 1, now, name))
        for name in secrets:
            before = sum(1 for entry in log if entry.field == name)
            log.append(Entry(len(log) + 1, now, name, before + 1))
        stored = replace(kept, log=tuple(log), counters=dict(self._counters))
        self._write(stored)
        self.kept = stored

    def count(self, counter: Counter, by: int = 1) -> None:
        """Count something; it reaches the disk with the next commit or flush."""
        self._counters[counter] += by
        self._dirty = True

    def stats(self) -> dict[str, int]:
        """The counters as they are now; `writes` is the length of the log."""
        return {**self._counters, "writes": len(self.kept.log)}

    def flush(self) -> None:
        """Write the counters down if they have changed.

        Raises:
            OSError: they could not be written.
        """
        if self._dirty:
            self.commit(self.kept)

    def _write(self, kept: Kept) -> None:
        document = json.dumps(asdict(kept), ensure_ascii=False, separators=(",", ":"))
        write_whole(self._path, document.encode())
        self._dirty = False


def read_kept(path: Path) -> Kept:
    """The memory of a device that is not running.

    Raises:
        OSError: there is none.
        ValueError: the file is something else.
    """
    return _read(path.read_text("utf-8"))


def as_stats(kept: Kept) -> dict[str, int]:
    """The counters as they stand on disk."""
    base = dict.fromkeys(("sessions", "logins", "failed_logins", "reads"), 0)
    return {**base, **kept.counters, "writes": len(kept.log)}


def _read(document: str) -> Kept:
    try:
        raw = json.loads(document)
        log = tuple(Entry(**entry) for entry in raw.pop("log"))
        pending = tuple(raw.pop("pending"))
        return Kept(**raw, log=log, pending=pending)
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"not a device's memory: {error}") from None


def _now() -> str:
    at = time.time()
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(at)) + f".{int(at % 1 * 1000):03}Z"
