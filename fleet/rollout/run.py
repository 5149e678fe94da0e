"""Runs a sealed plan: servers first, then wave by wave, and in each wave stage by stage.

The same loop starts a rollout and takes one up again: what is done is what the journal says.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from fleet.model.change import DeviceWork, Step
from fleet.model.device import Stage
from fleet.model.errors import FleetError, LoginRefused, StoreError
from fleet.model.observation import Fault
from fleet.model.plan import Plan, Wave
from fleet.model.stack import ResourceChange
from fleet.model.text import text
from fleet.ports.clock import Clock
from fleet.ports.driver import Driver
from fleet.ports.engine import ServerEngine
from fleet.ports.journal import Draft, Journal
from fleet.ports.process import Processes, ProcessId
from fleet.ports.runner import OnTree, PlaybookRunner, StageRun
from fleet.rollout import records
from fleet.rollout.book import Book
from fleet.rollout.credentials import Credentials
from fleet.rollout.permits import Desk, PermitServer
from fleet.rollout.progress import Event, Listener
from fleet.rollout.prove import RegistrationProof
from fleet.rollout.servers import check_outputs
from fleet.rollout.settle import Settler
from fleet.rollout.state import RolloutState
from fleet.rollout.verify import Verifier

DEVICE_STAGES = (Stage.LINKS, Stage.GATES, Stage.DOORS, Stage.CAMERAS, Stage.UPLINK)
STAGE_TIMEOUT_S = 1800.0
# A stage whose process tree broke is run once more after everything unsettled was settled.
TRIES = 2
POLL_S = 0.3


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


@dataclass
class Result:
    """How a rollout ended: its status word (records.ended) and the devices that failed."""

    rollout: str
    status: str
    done: int = 0
    left: int = 0
    failed: dict[str, Fault | None] = field(default_factory=dict)
    notes: dict[str, tuple[str, ...]] = field(default_factory=dict)
    detail: str = ""


class Rollout:
    """One run over one plan; `state` is what the journal said when this run began."""

    def __init__(self, plan: Plan, state: RolloutState, tools: Tools) -> None:
        self.plan = plan
        self.id = state.id
        self.tools = tools
        self._done = state.done()
        self._failed: dict[str, Fault | None] = dict(state.failed())
        self._stacks = state.stacks
        self._after = state.last_seq
        self._unsettled = state.unsettled()
        self._stop = ""
        self._runner: PlaybookRunner | None = None
        self._engine: ServerEngine | None = None
        self._book: Book | None = None
        self._detail = ""

    def stop(self, why: str) -> None:
        """Grant nothing new from now on; what is permitted is finished and settled."""
        self._stop = self._stop or why
        if self._book is not None and not self._book.stop:
            self._book.stop = self._stop
        self._say("stopped", detail=self._stop)

    async def run(self) -> Result:
        """Run to an end and journal it.

        Raises:
            EngineError: Pulumi or Ansible cannot be used; the rollout can be resumed.
            StoreError: the journal failed; nothing was written after that.
        """
        watch = asyncio.create_task(self._watch())
        try:
            await self._settle_old()
            await self._servers()
            status = self._status_of(self._stop) if self._stop else "done"
            for wave in self.plan.waves:
                if status == "done":
                    status = await self._wave(wave)
        except asyncio.CancelledError:
            try:
                if self._engine is not None:
                    await asyncio.to_thread(self._engine.stop)
            finally:
                self._end("interrupted")
            raise
        except StoreError:
            raise
        except FleetError:
            # An engine failed, refused a stack that no longer is as planned, or is held by another.
            self._end("failed")
            raise
        finally:
            watch.cancel()
        if status == "done" and self._failed:
            status = "partial"
        return self._end(status)

    async def _settle_old(self) -> None:
        """A resume first finds out what became of every permit whose holder is dead."""
        found = {
            step.id: (work, step)
            for work in self.plan.works
            for step in work.steps
            if step.id in self._unsettled
        }
        if found:
            self._say("waiting", detail="settle")
            await self._settle([found[k] for k in sorted(found)])

    async def _settle(self, unsettled: list[tuple[DeviceWork, Step]]) -> None:
        tools = self.tools
        settler = Settler(
            self.id, tools.journal, tools.clock, tools.drivers, tools.credentials, tools.proof
        )
        for step_id, seen in (await settler.settle(unsettled)).items():
            device = step_id.partition("/")[0]
            if seen.outcome == "done":
                self._done.add(step_id)
            elif seen.outcome != "not_applied":
                self._failed[device] = seen.fault
            if self._book is not None:
                self._book.end(device, seen.outcome)
            self._say("settled", device=device, step=step_id, detail=seen.outcome, fault=seen.fault)

    async def _servers(self) -> None:
        """Bring every stack of the plan up before any device is touched."""
        for preview in self.plan.stacks:
            if self._stop:
                return
            engine = self.tools.engine()
            if not preview.dirty or preview.stack in self._stacks:
                check_outputs(preview.spec, engine.outputs(preview.spec.district))
                continue
            self._say("stack", detail=preview.stack)
            self._engine = engine

            def tell(change: ResourceChange, state: str, name: str = preview.stack) -> None:
                self._say("stack", step=f"{name} {change.name}", detail=state)

            outputs = await asyncio.to_thread(engine.up, preview, tell)
            self._engine = None
            check_outputs(preview.spec, outputs)
            self.tools.journal.append([records.stack_up(self.id, outputs)])

    async def _wave(self, wave: Wave) -> str:
        """One wave to its end: done, or why nothing after it may start."""
        if self._stop:
            return self._status_of(self._stop)
        book = Book(self.plan.limits, steps_left=self._left(), steps_done=len(self._done))
        in_wave = {w.target.device for w in self.plan.works if w.compound in wave.compounds}
        book.failed = in_wave & set(self._failed)
        self._book = book
        self.tools.journal.append([records.wave(self.id, wave.number, wave.compounds)])
        self._say("wave", wave=wave.number, detail=", ".join(wave.compounds))
        for stage in DEVICE_STAGES:
            for last in [False] * (TRIES - 1) + [True]:
                works = self._remaining(wave, stage)
                if not works or book.stop:
                    break
                broken = await self._stage(wave, stage, works)
                if broken and last:
                    self._detail = broken
                    return "failed"
        for last in [False] * (TRIES - 1) + [True]:
            if book.stop or not (broken := await self._verify(wave)):
                break
            if last:
                self._detail = broken
                return "failed"
        return self._status_of(book.stop) if book.stop else "done"

    async def _stage(self, wave: Wave, stage: Stage, works: list[DeviceWork]) -> str:
        """One runner call; returns why the tree broke, or nothing."""
        self._say("stage", wave=wave.number, stage=stage.value)
        server = PermitServer(self._desk(wave), stage.value, works)
        path = self.tools.socket_dir / f"permits-{self.id}.sock"
        async with server.listen(path):
            outcome = await self._playbooks().run(self._stage_run(stage, works, path))
            server.stop_granting()
            await server.drain()
        self._collect(server)
        left = {step.id for step in server.unsettled()}
        if left:
            await self._settle([(w, s) for w in works for s in w.steps if s.id in left])
        if outcome.status != "successful" or left:
            return outcome.detail or outcome.status
        # A tool that calls itself successful and drove nobody must not pass for a finished stage.
        idle = [] if self._current().stop else self._remaining(wave, stage)
        return "not driven: " + ", ".join(w.target.device for w in idle) if idle else ""

    async def _verify(self, wave: Wave) -> str:
        """The last stage: every written device is read once more, uplinks from both sides.

        Returns why the tree broke, or nothing: devices that a broken tree did not read are no
        failures of theirs.
        """
        written = {s.partition("/")[0] for s in self._done}
        works = [
            w
            for w in self.plan.works
            if w.compound in wave.compounds
            and w.target.device in written
            and w.target.device not in self._failed
        ]
        if not works:
            return ""
        self._say("stage", wave=wave.number, stage="verify")
        server = PermitServer(self._desk(wave), "verify", works)
        path = self.tools.socket_dir / f"permits-{self.id}.sock"
        async with server.listen(path):
            run = self._stage_run(Stage.VERIFY, works, path)
            outcome = await self._playbooks().run(run)
            server.stop_granting()
        self._collect(server)
        if outcome.status != "successful":
            return outcome.detail or outcome.status
        problems = await self.tools.verifier.judge(works, server.looked)
        self.tools.journal.append(
            [records.verified(self.id, d, p) for d, p in problems.items()] + self._refused(server)
        )
        for device, texts in problems.items():
            if texts:
                self._failed[device] = self.tools.verifier.fault(device, texts)
                if self._book is not None:
                    self._book.fail(device)
            fault = self._failed[device] if texts else None
            said = "; ".join(t.en for t in texts)
            self._say("verified", device=device, detail=said, fault=fault)
        return ""

    def _refused(self, server: PermitServer) -> list[Draft]:
        """A login that verify found refused is spent as any other."""
        faults = {
            d: Fault.model_validate(m["fault"]) for d, m in server.looked.items() if "fault" in m
        }
        refused = {d: f for d, f in faults.items() if f.code == LoginRefused.code}
        for device in refused:
            self.tools.credentials.proven.refuse(device, self.tools.clock.now())
        return [records.refused(d, f, self.id) for d, f in refused.items()]

    def _desk(self, wave: Wave) -> Desk:
        tools = self.tools
        return Desk(
            rollout=self.id,
            journal=tools.journal,
            clock=tools.clock,
            processes=tools.processes,
            credentials=tools.credentials,
            proof=tools.proof,
            book=self._current(),
            listener=self._heard,
            wave=wave.number,
        )

    def _stage_run(self, stage: Stage, works: list[DeviceWork], path: Path) -> StageRun:
        return StageRun(
            rollout=self.id,
            playbook=stage.value,
            compounds=tuple(dict.fromkeys(w.compound for w in works)),
            socket=str(path),
            timeout_s=STAGE_TIMEOUT_S,
        )

    def _playbooks(self) -> PlaybookRunner:
        """The runner, made when the first stage needs it; it journals its tree's root."""
        if self._runner is None:
            self._runner = self.tools.runner(self._tree("playbook"))
        return self._runner

    def _tree(self, role: str) -> OnTree:
        """Journals a process tree's root before anything can be granted to it."""

        def told(found: Sequence[ProcessId]) -> None:
            self.tools.journal.append([records.tree(self.id, role, found)])

        return told

    def _collect(self, server: PermitServer) -> None:
        """Take over what the stage settled; a broken journal ends the rollout here."""
        if server.broken is not None:
            raise server.broken
        if server.defect is not None:
            raise server.defect

    def _heard(self, event: Event) -> None:
        """Keep account of settlements on their way to the listener."""
        if event.kind == "settled":
            if event.detail == "done":
                self._done.add(event.step)
            elif event.detail != "not_applied":
                self._failed[event.device] = event.fault
        self.tools.listener(event)

    def _remaining(self, wave: Wave, stage: Stage) -> list[DeviceWork]:
        """What is left to do in a stage: devices that did not fail, steps that are not done."""
        left = []
        for work in self.plan.work_in(wave, stage):
            steps = tuple(s for s in work.steps if s.id not in self._done)
            if steps and work.target.device not in self._failed:
                left.append(work.model_copy(update={"steps": steps}))
        return left

    async def _watch(self) -> None:
        """Obey pause and abort requests that other processes journal."""
        while True:
            await self.tools.clock.sleep(POLL_S)
            found = self.tools.journal.records(
                rollout=self.id, kind=records.REQUEST, after=self._after
            )
            for record in found:
                self._after = record.seq
                self.stop(str(record.data["verb"]))

    def _status_of(self, stop: str) -> str:
        return {"threshold": "halted", "pause": "paused", "abort": "aborted"}.get(
            stop, "interrupted"
        )

    def _current(self) -> Book:
        if self._book is None:
            raise StoreError(text("no wave is open", "没有进行中的批次"))
        return self._book

    def _left(self) -> int:
        return sum(1 for w in self.plan.works for s in w.steps if s.id not in self._done)

    def _end(self, status: str) -> Result:
        left = self._left()
        counts = {"done": len(self._done), "failed": len(self._failed), "left": left}
        self.tools.journal.append([records.ended(self.id, status, **counts)])
        self._say("ended", detail=status)
        return Result(
            rollout=self.id,
            status=status,
            done=len(self._done),
            left=left,
            failed=dict(self._failed),
            detail=self._detail,
        )

    def _say(
        self,
        kind: str,
        wave: int = 0,
        stage: str = "",
        device: str = "",
        step: str = "",
        detail: str = "",
        fault: Fault | None = None,
    ) -> None:
        event = Event(
            kind=kind,
            wave=wave,
            stage=stage,
            device=device,
            step=step,
            detail=detail,
            done=len(self._done),
            failed=len(self._failed),
            left=self._left(),
            fault=fault,
        )
        self.tools.listener(event)
