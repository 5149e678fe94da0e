"""What a rollout needs of the world, in one value."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from fleet.ports.clock import Clock
from fleet.ports.driver import Driver
from fleet.ports.engine import ServerEngine
from fleet.ports.journal import Journal
from fleet.ports.process import Processes
from fleet.ports.runner import OnTree, PlaybookRunner
from fleet.rollout.credentials import Credentials
from fleet.rollout.progress import Listener
from fleet.rollout.prove import RegistrationProof
from fleet.rollout.verify import Verifier


@dataclass
class Tools:
    """What a rollout needs of the world."""

    journal: Journal
    clock: Clock
    processes: Processes
    drivers: Mapping[str, Driver]
    runner: Callable[[OnTree], PlaybookRunner]
    engine: Callable[[], ServerEngine]
    credentials: Credentials
    proof: RegistrationProof
    verifier: Verifier
    socket_dir: Path
    listener: Listener
