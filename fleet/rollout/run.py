"""Runs a sealed plan: servers first, then wave by wave, and in each wave stage by stage.

The same loop starts a rollout and takes one up again: what is done is what the journal says.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field

from fleet.model.device import Stage
from fleet.model.errors import FleetError, StoreError
from fleet.model.observation import Fault
from fleet.model.plan import Plan, Wave
from fleet.model.stack import ResourceChange
from fleet.plan.waves import waits_for_approval
from fleet.ports.engine import ServerEngine
from fleet.ports.journal import Record
from fleet.rollout import records
from fleet.rollout.book import Book
from fleet.rollout.servers import check_outputs
from fleet.rollout.stages import Stages
from fleet.rollout.state import RolloutState
from fleet.rollout.tally import Tally
from fleet.rollout.tools import Tools

DEVICE_STAGES = (Stage.LINKS, Stage.GATES, Stage.DOORS, Stage.CAMERAS, Stage.UPLINK)
# A stage whose process tree broke is run once more after everything unsettled was settled.
TRIES = 2
POLL_S = 0.3


@dataclass
class Result:
    """How a rollout ended: its status word (records.ended) and the devices that failed.

    `held` were not started, since the link named with each failed.
    """

    rollout: str
    status: str
    done: int = 0
    left: int = 0
    failed: dict[str, Fault | None] = field(default_factory=dict)
    held: dict[str, str] = field(default_factory=dict)
    detail: str = ""


class Rollout:
    """One run over one plan; `state` is what the journal said when this run began.

    A wave that must be approved ends the run as "waiting"; with `waits` it goes on when it is.
    """

    def __init__(self, plan: Plan, state: RolloutState, tools: Tools, waits: bool = False) -> None:
        self.plan = plan
        self._waits = waits
        self._approved = set(state.approvals)
        self._asked = state.asked
        self.id = state.id
        self.tools = tools
        self.tally = Tally.of(plan, state, tools.listener)
        self.stages = Stages(state.id, tools, self.tally)
        self._stacks = state.stacks
        self._after = dict.fromkeys((records.REQUEST, records.APPROVED), state.last_seq)
        self._unsettled = state.unsettled()
        self._stop = ""
        self._engine: ServerEngine | None = None
        self._detail = ""

    def stop(self, why: str) -> None:
        """Grant nothing new from now on; what is permitted is finished and settled."""
        self._stop = self._stop or why
        book = self.stages.book
        if book is not None and not book.stop:
            book.stop = self._stop
        self.tally.say("stopped", detail=self._stop)

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
        if status == "done" and self.tally.failed:
            status = "partial"
        return self._end(status)

    async def _settle_old(self) -> None:
        """A resume first finds out what became of every permit whose holder is dead."""
        if found := self.tally.steps(self._unsettled.keys()):
            self.tally.say("waiting", detail="settle")
            await self.stages.settle(found)

    async def _servers(self) -> None:
        """Bring every stack of the plan up before any device is touched."""
        for preview in self.plan.stacks:
            if self._stop:
                return
            engine = self.tools.engine()
            if not preview.dirty or preview.stack in self._stacks:
                check_outputs(preview.spec, engine.outputs(preview.spec.district))
                continue
            self.tally.say("stack", detail=preview.stack)
            self._engine = engine

            def tell(change: ResourceChange, state: str, name: str = preview.stack) -> None:
                self.tally.say("stack", step=f"{name} {change.name}", detail=state)

            outputs = await asyncio.to_thread(engine.up, preview, tell)
            self._engine = None
            check_outputs(preview.spec, outputs)
            self.tools.journal.append([records.stack_up(self.id, outputs)])

    async def _wave(self, wave: Wave) -> str:
        """One wave to its end: done, or why nothing after it may start."""
        if not self._stop and not await self._approval(wave):
            return "waiting"
        if self._stop:
            return self._status_of(self._stop)
        book = self._open(wave)
        self.tools.journal.append([records.wave(self.id, wave.number, wave.compounds)])
        self.tally.say("wave", wave=wave.number, detail=", ".join(wave.compounds))
        for stage in DEVICE_STAGES:
            for last in [False] * (TRIES - 1) + [True]:
                works = self.tally.remaining(wave, stage)
                if not works or book.stop:
                    break
                broken = await self.stages.drive(wave, stage, works)
                if broken and last:
                    self._detail = broken
                    return "failed"
            self._hold(wave)
        for last in [False] * (TRIES - 1) + [True]:
            if book.stop or not (broken := await self.stages.verify(wave)):
                break
            if last:
                self._detail = broken
                return "failed"
        return self._status_of(book.stop) if book.stop else "done"

    async def _approval(self, wave: Wave) -> bool:
        """Whether a wave may begin; journals that somebody is asked to approve it."""
        number = wave.number
        if not waits_for_approval(self.plan.limits, number) or number in self._approved:
            return True
        if not self.tally.open(w for w in self.plan.works if w.compound in wave.compounds):
            return True
        if self._asked != number:
            self.tools.journal.append([records.waiting(self.id, number)])
            self._asked = number
        self.tally.say("waiting", wave=number, detail="approval")
        while self._waits and not self._stop and number not in self._approved:
            await self.tools.clock.sleep(POLL_S)
        return self._stop != "" or number in self._approved

    def _hold(self, wave: Wave) -> None:
        """Name what is not started in this wave because a link before it failed."""
        works = [w for w in self.plan.works if w.compound in wave.compounds]
        if held := self.tally.hold(works):
            self.tools.journal.append([records.held(self.id, d, k) for d, k in held.items()])
            for device, link in held.items():
                self.tally.say("held", wave=wave.number, device=device, detail=link)

    def _open(self, wave: Wave) -> Book:
        """Open the account of a wave with what failed in it before."""
        tally = self.tally
        book = Book(self.plan.limits, steps_left=tally.left(), steps_done=len(tally.done))
        in_wave = {w.target.device for w in self.plan.works if w.compound in wave.compounds}
        book.failed = in_wave & set(tally.failed)
        self.stages.book = book
        return book

    async def _watch(self) -> None:
        """Obey requests and take in approvals that other processes journal."""
        while True:
            await self.tools.clock.sleep(POLL_S)
            for record in self._new(records.APPROVED):
                self._approved.add(int(record.data["wave"]))
            for record in self._new(records.REQUEST):
                self.stop(str(record.data["verb"]))

    def _new(self, kind: str) -> Iterator[Record]:
        after = self._after[kind]
        for record in self.tools.journal.records(rollout=self.id, kind=kind, after=after):
            self._after[kind] = record.seq
            yield record

    def _status_of(self, stop: str) -> str:
        return {"threshold": "halted", "pause": "paused", "abort": "aborted"}.get(
            stop, "interrupted"
        )

    def _end(self, status: str) -> Result:
        tally = self.tally
        counts = {"done": len(tally.done), "failed": len(tally.failed), "left": tally.left()}
        self.tools.journal.append([records.ended(self.id, status, **counts)])
        tally.say("ended", detail=status)
        return Result(
            rollout=self.id,
            status=status,
            done=counts["done"],
            left=counts["left"],
            failed=dict(tally.failed),
            held=dict(tally.held),
            detail=self._detail,
        )
