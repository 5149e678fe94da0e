"""What the screens need of the world; `fleet.wiring.watch` has it from files, tests from memory."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from fleet.app.status import DeviceStatus
from fleet.model.diagnostic import Diagnostic
from fleet.model.fleet import City
from fleet.model.observation import Registration
from fleet.model.plan import Plan
from fleet.ports.health import Alarm
from fleet.ports.journal import Record
from fleet.ports.process import ProcessId


class Job(Protocol):
    """An act that runs on as a process of its own, also when the screens are closed."""

    def ended(self) -> tuple[int, str] | None:
        """Its exit code and last words, once it has ended; None while it runs."""
        ...


class Feed(Protocol):
    """One city to watch. Looking never writes, never logs in anywhere and starts no engine.

    `city` is loaded and has no fault. All methods but `ended` and `alive` may take a moment and are
    called away from the screen's own thread.
    """

    city: City
    may_write: bool

    def records(self, after: int, most: int) -> Sequence[Record]:
        """Up to `most` records after `after`; none where there is no journal.

        Raises:
            StoreError: the journal cannot be read or does not fit its digests.
        """
        ...

    def alive(self, process: ProcessId) -> bool:
        """Whether a process still runs."""
        ...

    def plan_of(self, rollout: str) -> Plan:
        """The sealed plan of a rollout.

        Raises:
            AlteredPlan: it is not there or was changed.
        """
        ...

    def plan_file(self, name: str) -> Plan:
        """The sealed plan in a file.

        Raises:
            AlteredPlan: it is none, or was changed.
        """
        ...

    def findings(self) -> Sequence[Diagnostic]:
        """What the reader and the rules say about the city."""
        ...

    def health(self) -> tuple[Sequence[DeviceStatus], Sequence[Alarm]]:
        """Devices as the collector last saw them, and the alarms that stand; none without one.

        Raises:
            StoreError: its history cannot be read.
        """
        ...

    async def registration(self, district: str, gb_id: str) -> Registration:
        """What the district's own registrar says of a recorder, over its control socket."""
        ...

    def has_registrar(self, district: str) -> bool:
        """Whether a registrar of ours can be asked there."""
        ...

    def request(self, rollout: str, verb: str) -> bool:
        """Ask a running rollout to pause or abort; False where no process is there to hear it.

        Raises:
            FleetError: the request cannot be journalled.
        """
        ...

    def start(self, verb: str, rollout: str) -> Job:
        """Start approve, resume, retry, undo, or the abort of a dead rollout, as its own process.

        Raises:
            FleetError: it cannot be started.
        """
        ...
