"""The permit server: journals an intent, then grants, and journals what became of it.

One server serves one runner call (one stage of one wave). Everything that is decided at one moment
is one journal transaction: settlements and new intents are gathered for a few milliseconds. When
the journal fails, every connection is closed and no worker can write any more.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import struct
from collections import deque
from collections.abc import AsyncIterator, Coroutine, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from fleet.model.change import DeviceWork, Step
from fleet.model.device import Stage
from fleet.model.errors import FleetError, LoginBudgetSpent, StoreError
from fleet.model.observation import Fault
from fleet.ports.driver import Credential, Trial
from fleet.ports.journal import Draft
from fleet.rollout import records
from fleet.rollout.desk import Ask, Desk, Peer
from fleet.rollout.faults import device_error, fault_of
from fleet.rollout.progress import Event
from fleet.rollout.settlement import Settlement
from fleet.rollout.trial import path_lost, pending_s, trial_of
from fleet.rollout.wire import LINE_MAX, Message, pack_credential, receive, send, short_path

GATHER_S = 0.003
# A permit allows its write for this long; the driver's own deadline is shorter.
PERMIT_S = 60.0


@dataclass
class PermitServer:
    """Serves the works of one stage (of any, with stage ""); `looked` is what verify reads."""

    desk: Desk
    stage: str
    works: Sequence[DeviceWork]
    looked: dict[str, Message] = field(default_factory=dict)
    broken: StoreError | None = None
    defect: BaseException | None = None
    _asks: deque[Ask] = field(default_factory=deque)
    _settled: deque[tuple[Peer, DeviceWork, Step, Settlement]] = field(default_factory=deque)
    _granted: dict[str, Step] = field(default_factory=dict)
    _trials: dict[str, Trial] = field(default_factory=dict)
    _finished: set[str] = field(default_factory=set)
    _peers: list[Peer] = field(default_factory=list)
    _wake: asyncio.Event = field(default_factory=asyncio.Event)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)
    _closed: bool = False

    @contextlib.asynccontextmanager
    async def listen(self, path: Path) -> AsyncIterator[PermitServer]:
        """Serve on a 0600 unix socket at `path` while the context lasts."""
        folder = os.open(path.parent, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
        # A rollout that was killed left its socket; its lease is ours now, so nobody listens there.
        with contextlib.suppress(FileNotFoundError):
            os.unlink(path.name, dir_fd=folder)
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        mask = os.umask(0o177)
        try:
            listener.bind(short_path(folder, path.name))
        finally:
            os.umask(mask)
        # Nothing is awaited before the `try` in earnest: a cancelled start leaves no socket behind.
        server = await asyncio.start_unix_server(
            self._serve, sock=listener, limit=LINE_MAX, start_serving=False
        )
        pump = asyncio.create_task(self._pump())
        try:
            await server.start_serving()
            yield self
        finally:
            self._closed = True
            server.close()
            for peer in self._peers:
                peer.writer.close()
            for task in [pump, *self._tasks]:
                task.cancel()
            await asyncio.gather(pump, *self._tasks, return_exceptions=True)
            with contextlib.suppress(FileNotFoundError):
                os.unlink(path.name, dir_fd=folder)
            os.close(folder)

    def stop_granting(self) -> None:
        """The runner returned: whatever still asks is nobody's worker any more."""
        self._closed = True

    async def drain(self) -> None:
        """Journal settlements that already arrived and finish the proofs under way."""
        for _ in range(1000):
            if not self._settled and not self._tasks:
                return
            self._wake.set()
            await asyncio.sleep(0.02)

    def unsettled(self) -> list[Step]:
        """Steps that were granted here and never settled."""
        return list(self._granted.values())

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        peer = None
        try:
            peer = await self._welcome(reader, writer)
            while peer is not None and (message := await receive(reader)) is not None:
                await self._handle(peer, message)
        finally:
            if peer is not None:
                peer.gone = True
            writer.close()

    async def _welcome(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> Peer | None:
        """Journal who asks before anything is granted, then hand out the works."""
        hello = await receive(reader)
        sock = writer.get_extra_info("socket")
        raw = sock.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
        pid, uid, _gid = struct.unpack("3i", raw)
        process = self.desk.processes.identify(pid)
        if hello is None or uid != os.getuid() or process is None or self._closed:
            return None
        peer = Peer(process, str(hello.get("compound", "")), writer)
        self._peers.append(peer)
        if not self._append([records.tree(self.desk.rollout, "worker", [process])]):
            return None
        await send(writer, {"jobs": self._jobs(peer, hello), "stage": peer.stage})
        return peer

    def _jobs(self, peer: Peer, hello: Message) -> list[Message]:
        """The peer's works; a server without a stage of its own serves the one that is named."""
        peer.stage = self.stage or str(hello.get("stage", ""))
        mine = [self._left(w) for w in self.works if w.compound == peer.compound]
        if not self.stage and peer.stage != Stage.VERIFY:
            mine = [w for w in mine if w.stage == peer.stage]
        return [w.model_dump(mode="json") for w in mine]

    def _left(self, work: DeviceWork) -> DeviceWork:
        """A work without the steps that are done: a playbook that comes twice gets the rest."""
        if self.stage == Stage.VERIFY:
            return work
        steps = tuple(s for s in work.steps if s.id not in self._finished)
        return work.model_copy(update={"steps": steps})

    async def _handle(self, peer: Peer, message: Message) -> None:
        work = next((w for w in self.works if w.target.device == message.get("device")), None)
        if work is None or work.compound != peer.compound:
            return
        if "look" in message:
            await self._look(peer, work)
        elif "seen" in message:
            self.looked[work.target.device] = message
        else:
            step = next((s for s in work.steps if s.id == message.get("step")), None)
            if step is None:
                return
            if "ask" in message:
                deadline = float(message["deadline"])
                self._asks.append(Ask(peer, int(message["ask"]), work, step, deadline))
                self._wake.set()
            elif "settle" in message and step.id in self._granted:
                seen = Settlement.unpack(message["settle"])
                self._spawn(self._prove(peer, work, step, seen))

    def _spawn(self, work: Coroutine[object, object, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        """A task of ours that ended by a defect must not leave workers waiting for its answer."""
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            self.defect = error
            self._cut_off()

    async def _prove(self, peer: Peer, work: DeviceWork, step: Step, seen: Settlement) -> None:
        final = await self.desk.proof.settle(work, step, seen)
        if seen.outcome == "unproven" and final.outcome == "not_applied":
            # It was sent, broke off and is seen by nobody: a failure, or it would be sent for ever.
            final = Settlement("failed", observed=final.observed, fault=seen.fault)
        self._settled.append((peer, work, step, final))
        self._wake.set()

    async def _look(self, peer: Peer, work: DeviceWork) -> None:
        """A login for reading, without an intent: nothing is written in the verify stage."""
        try:
            credential = self._login(work)
        except FleetError as error:
            await self._tell(peer, {"device": work.target.device, "none": str(error)})
            return
        message = {"device": work.target.device, "credential": pack_credential(credential)}
        await self._tell(peer, message)

    def _login(self, work: DeviceWork) -> Credential:
        device = work.target.device
        self.desk.credentials.proven.check_budget(device, self.desk.clock.now())
        return self.desk.credentials.login(device, work.login)

    async def _pump(self) -> None:
        """Gather, journal in one transaction, answer; for as long as the server lives."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            await asyncio.sleep(GATHER_S)
            settled = [self._settled.popleft() for _ in range(len(self._settled))]
            drafts = [d for _, work, step, seen in settled for d in self._settle(work, step, seen)]
            granted, answers = self._choose()
            drafts += self._intents(granted)
            if drafts and not self._append(drafts):
                return
            for peer, _, step, seen in settled:
                await self._tell(
                    peer, {"device": step.device, "settled": step.id, "go": seen.outcome}
                )
            for peer, message in answers + [self._grant(a) for a in granted]:
                await self._tell(peer, message)

    def _intents(self, granted: Sequence[Ask]) -> list[Draft]:
        """The intents of what is about to be granted; a trial has its id from this moment."""
        desk, here = self.desk, self.desk.processes.me()
        boot, drafts = desk.clock.boot(), []
        for ask in granted:
            target, step = ask.work.target, ask.step
            trial = trial_of(desk.drivers[target.driver], desk.rollout, target, step, boot)
            if trial is not None:
                self._trials[step.id] = trial
            drafts.append(
                records.intent(desk.rollout, target.device, step.id, boot, here.boot, trial)
            )
        return drafts

    def _choose(self) -> tuple[list[Ask], list[tuple[Peer, Message]]]:
        """Which asks are granted now; refusals are answers, the rest waits for a free slot."""
        granted: list[Ask] = []
        answers: list[tuple[Peer, Message]] = []
        waiting: deque[Ask] = deque()
        now = self.desk.clock.boot()
        while self._asks:
            ask = self._asks.popleft()
            device = ask.work.target.device
            if ask.peer.gone or ask.deadline <= now or not self._alive(ask.peer):
                continue
            if ask.step.id in self._finished:
                answers.append((ask.peer, {"device": device, "refuse": "done already"}))
                continue
            if ask.step.id in self._granted:
                waiting.append(ask)  # the asker gave an earlier permit up and hands it back
                continue
            try:
                self._login(ask.work)
                self.desk.credentials.values(ask.step)
            except FleetError as error:
                self.desk.book.fail(device)
                fault = fault_of(device_error(device, error))
                reason = "budget" if isinstance(error, LoginBudgetSpent) else "secret"
                answers.append((ask.peer, {"device": device, "refuse": reason}))
                self._say("settled", ask.work, ask.step, "failed", fault)
                continue
            if reason := self._refusal(ask.work):
                answers.append((ask.peer, {"device": device, "refuse": reason}))
            elif not self.desk.tally.open_link(ask.work) and self.desk.book.may_start():
                self.desk.book.start(device)
                self._granted[ask.step.id] = ask.step
                granted.append(ask)
            else:
                waiting.append(ask)
        self._asks = waiting
        return granted, answers

    def _refusal(self, work: DeviceWork) -> str:
        """Why a device gets no permit any more; nothing where it may get one or wait for one.

        A link waits for the links before it, which change in the same stage; what is behind links
        comes in later stages and never while one of them is still to be changed.
        """
        book, tally = self.desk.book, self.desk.tally
        if self._closed or book.stop or work.target.device in book.failed:
            return book.stop or "closed"
        if link := tally.failed_link(work):
            return f"link {link} failed"
        link = tally.open_link(work)
        return f"link {link} is not done" if link and work.stage is not Stage.LINKS else ""

    def _grant(self, ask: Ask) -> tuple[Peer, Message]:
        values = self.desk.credentials.values(ask.step)
        trial = self._trials.get(ask.step.id)
        driver = self.desk.drivers[ask.work.target.driver]
        # A trial's permit ends when nothing of it can move the device any more.
        pending = pending_s(driver, trial) if trial is not None else 0.0
        message = {
            "device": ask.work.target.device,
            "grant": ask.step.id,
            "ask": ask.number,
            "deadline": self.desk.clock.boot() + PERMIT_S + pending,
            "trial": None if trial is None else trial.model_dump(mode="json"),
            "credential": pack_credential(self._login(ask.work)),
            "secrets": {name: value.reveal() for name, value in values.items()},
        }
        self._say("granted", ask.work, ask.step, "")
        return ask.peer, message

    def _settle(self, work: DeviceWork, step: Step, seen: Settlement) -> list[Draft]:
        """The records of one settlement; a proven password is in force from this moment."""
        device, rollout = work.target.device, self.desk.rollout
        self._granted.pop(step.id, None)
        if seen.outcome == "done":
            self._finished.add(step.id)
        self.desk.book.end(device, seen.outcome)
        if self._trials.pop(step.id, None) is not None and path_lost(seen):
            self.desk.book.halt()
        drafts = records.settlement(rollout, step, seen)
        self.desk.credentials.learn(step, seen, self.desk.clock.now())
        self._say("settled", work, step, seen.outcome, seen.fault)
        self._wake.set()
        return drafts

    def _append(self, drafts: list[Draft]) -> bool:
        """Append; on failure nobody gets anything any more."""
        try:
            self.desk.journal.append(drafts)
        except StoreError as error:
            self.broken = error
            self._cut_off()
            return False
        return True

    def _cut_off(self) -> None:
        """Close every connection: no worker can write any more."""
        self._closed = True
        for peer in self._peers:
            peer.gone = True
            peer.writer.transport.abort()

    def _alive(self, peer: Peer) -> bool:
        return self.desk.processes.alive(peer.process)

    async def _tell(self, peer: Peer, message: Message) -> None:
        if peer.gone:
            return
        try:
            await send(peer.writer, message)
        except ConnectionError:
            peer.gone = True

    def _say(
        self, kind: str, work: DeviceWork, step: Step, detail: str, fault: Fault | None = None
    ) -> None:
        book = self.desk.book
        self.desk.tally.heard(
            Event(
                kind=kind,
                wave=self.desk.wave,
                stage=self.stage,
                compound=work.compound,
                device=work.target.device,
                step=step.id,
                detail=detail,
                done=book.steps_done,
                failed=len(book.failed),
                left=book.steps_left,
                fault=fault,
            )
        )
