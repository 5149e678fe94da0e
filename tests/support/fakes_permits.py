"""A permit server with everything around it, and workers in the hands of a test."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fleet.model.change import DeviceWork
from fleet.model.fleet import RolloutLimits
from fleet.rollout.book import Book
from fleet.rollout.credentials import Credentials, Proven
from fleet.rollout.desk import Desk
from fleet.rollout.permits import PermitServer
from fleet.rollout.progress import Event
from fleet.rollout.prove import RegistrationProof
from fleet.rollout.tally import Tally
from fleet.rollout.wire import Message, connect, receive, send
from tests.support.fakes import FakeClock, FakeProcesses, FakeSecrets, Trace, WatchedJournal
from tests.support.fakes_city import cameras
from tests.support.fakes_devices import FakeDriver, FakeUpper
from tests.support.fakes_plans import plan_of, step, work


@dataclass
class Peer:
    """A worker in the hands of a test."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    jobs: Message | None = None

    async def say(self, **message: object) -> None:
        """Send anything."""
        await send(self.writer, message)

    async def ask(self, name: str, number: int = 0, deadline: float = 1e9) -> None:
        """Ask for a step."""
        await self.say(device=name.partition("/")[0], step=name, ask=number, deadline=deadline)

    async def settle(self, name: str, outcome: str = "done", **more: object) -> None:
        """Say what became of a step."""
        await self.say(
            device=name.partition("/")[0], step=name, settle={"outcome": outcome, **more}
        )

    async def hear(self) -> Message:
        """The next message."""
        async with asyncio.timeout(5):
            message = await receive(self.reader)
        assert message is not None, "the server hung up"
        return message

    async def nothing(self) -> bool:
        """Whether nothing comes while the server takes several turns."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(0.03):
                return await receive(self.reader) is None
        return True

    async def hung_up(self) -> bool:
        """Whether the server closed the connection."""
        async with asyncio.timeout(5):
            return await receive(self.reader) is None


@dataclass
class Room:
    """A server with everything around it."""

    folder: Path
    works: Sequence[DeviceWork]
    limits: RolloutLimits = field(default_factory=RolloutLimits)
    stage: str = "cameras"

    def __post_init__(self) -> None:
        """Build what the server needs."""
        self.clock, self.trace = FakeClock(), Trace()
        self.journal = WatchedJournal(self.clock, self.trace)
        self.processes, self.secrets = FakeProcesses(), FakeSecrets()
        self.events: list[Event] = []
        self.peers: list[Peer] = []
        self.book = Book(self.limits, steps_left=sum(len(w.steps) for w in self.works))
        self.credentials = Credentials(self.secrets, Proven())
        self.drivers = {"isapi": FakeDriver({})}
        town = cameras(1, 1)
        desk = Desk(
            rollout="r1",
            journal=self.journal,
            clock=self.clock,
            processes=self.processes,
            credentials=self.credentials,
            proof=RegistrationProof.of(town, FakeUpper({}), self.clock),
            drivers=self.drivers,
            book=self.book,
            tally=Tally(plan_of(*self.works), self.events.append),
            wave=1,
        )
        self.server = PermitServer(desk, self.stage, self.works)

    async def peer(self, compound: str = "c1", stage: str = "cameras") -> Peer:
        """Connect and say hello."""
        peer = Peer(*await connect(str(self.folder / "s")))
        self.peers.append(peer)
        await peer.say(compound=compound, stage=stage, process={})
        peer.jobs = await receive(peer.reader)
        return peer

    @contextlib.asynccontextmanager
    async def serve(self) -> AsyncIterator[None]:
        """Serve; every peer of the test hangs up at the end."""
        async with self.server.listen(self.folder / "s"):
            try:
                yield
            finally:
                for peer in self.peers:
                    peer.writer.close()
                    with contextlib.suppress(ConnectionError):
                        await peer.writer.wait_closed()

    @contextlib.asynccontextmanager
    async def open(self) -> AsyncIterator[Peer]:
        """Serve, with one peer connected."""
        async with self.serve():
            yield await self.peer()


def room(tmp_path: Path, count: int = 1, **more: Any) -> Room:
    """A room with `count` cameras of one step each."""
    works = [work(step(f"c1-cam-{n}/03-osd")) for n in range(1, count + 1)]
    return Room(tmp_path, works, **more)
