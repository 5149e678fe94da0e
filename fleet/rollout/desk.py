"""What the permit server works with: who asks, for what, and the rollout behind the desk."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

from fleet.model.change import DeviceWork, Step
from fleet.ports.clock import Clock
from fleet.ports.driver import Driver
from fleet.ports.journal import Journal
from fleet.ports.process import Processes, ProcessId
from fleet.rollout.book import Book
from fleet.rollout.credentials import Credentials
from fleet.rollout.prove import RegistrationProof
from fleet.rollout.tally import Tally


@dataclass
class Peer:
    """One connected worker: a compound's fork."""

    process: ProcessId
    compound: str
    writer: asyncio.StreamWriter
    stage: str = ""
    gone: bool = False


@dataclass
class Ask:
    """A worker's wish to run one step, good until `deadline` (boot seconds)."""

    peer: Peer
    number: int
    work: DeviceWork
    step: Step
    deadline: float


@dataclass
class Desk:
    """What the server needs of the rollout; one for all stages of a wave."""

    rollout: str
    journal: Journal
    clock: Clock
    processes: Processes
    credentials: Credentials
    proof: RegistrationProof
    drivers: Mapping[str, Driver]
    book: Book
    tally: Tally
    wave: int = 0
