"""All that the use cases need of the world, built once by a composition root."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from fleet.model.fleet import City
from fleet.ports.clock import Clock
from fleet.ports.driver import Driver
from fleet.ports.engine import ServerEngine
from fleet.ports.journal import Journal
from fleet.ports.lease import Leases
from fleet.ports.process import Processes
from fleet.ports.runner import OnTree, PlaybookRunner
from fleet.ports.secrets import SecretStore
from fleet.ports.upper import UpperSide
from fleet.rollout.credentials import Credentials, Proven


class PlanShelf(Protocol):
    """Keeps the sealed plan of each rollout in the state folder, whole or not at all."""

    def put(self, rollout: str, document: bytes) -> None:
        """Store a plan document under a rollout's id."""
        ...

    def get(self, rollout: str) -> bytes:
        """Return it; AlteredPlan if it is not there."""
        ...


@dataclass
class App:
    """One city with its state folder; what takes long to build is a function called on need."""

    city: City
    city_dir: Path
    state_dir: Path
    socket_dir: Path
    journal: Journal
    clock: Clock
    processes: Processes
    drivers: Mapping[str, Driver]
    secrets: SecretStore
    leases: Leases
    upper: UpperSide
    plans: PlanShelf
    runner: Callable[[OnTree], PlaybookRunner]
    engine: Callable[[], ServerEngine]
    code: str
    actor: str
    commit: str | None = None
    _proven: Proven | None = field(default=None, repr=False)
    _held: set[str] = field(default_factory=set, repr=False)

    def proven(self) -> Proven:
        """What the journal proves of write-only fields; read once a call."""
        if self._proven is None:
            self._proven = Proven.replay(self.journal)
        return self._proven

    @contextmanager
    def hold(self, names: Sequence[str], purpose: str) -> Iterator[None]:
        """Hold leases that this app does not hold already, for as long as the context lasts.

        Raises:
            LockHeld: somebody else holds one of them.
        """
        fresh = [name for name in names if name not in self._held]
        with self.leases.hold(fresh, purpose):
            self._held.update(fresh)
            try:
                yield
            finally:
                self._held.difference_update(fresh)

    def credentials(self) -> Credentials:
        """Logins by what is proven."""
        return Credentials(self.secrets, self.proven())
