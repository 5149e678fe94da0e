"""Running the stages of a wave: a permit server and one playbook run each, then what they came to.

Also settles what a run left open, since a stage may break amid its permits.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fleet.model.change import DeviceWork, Step
from fleet.model.device import Stage
from fleet.model.errors import LoginRefused, StoreError
from fleet.model.observation import Fault
from fleet.model.plan import Wave
from fleet.model.text import text
from fleet.ports.journal import Draft
from fleet.ports.process import ProcessId
from fleet.ports.runner import OnTree, PlaybookRunner, StageRun
from fleet.rollout import records
from fleet.rollout.book import Book
from fleet.rollout.desk import Desk
from fleet.rollout.permits import PermitServer
from fleet.rollout.settle import Settler
from fleet.rollout.tally import Tally
from fleet.rollout.tools import Tools
from fleet.rollout.trial import path_lost, trial_seconds

STAGE_TIMEOUT_S = 1800.0


@dataclass
class Stages:
    """Runs stages of one rollout; `book` is the account of the wave that is open."""

    rollout: str
    tools: Tools
    tally: Tally
    book: Book | None = None
    _runner: PlaybookRunner | None = None

    def open_book(self) -> Book:
        """The account of the open wave."""
        if self.book is None:
            raise StoreError(text("no wave is open", "没有进行中的批次"))
        return self.book

    async def drive(self, wave: Wave, stage: Stage, works: list[DeviceWork]) -> str:
        """One runner call; returns why the tree broke, or nothing."""
        self.tally.say("stage", wave=wave.number, stage=stage.value)
        server = PermitServer(self.desk(wave), stage.value, works)
        path = self.tools.socket_dir / f"permits-{self.rollout}.sock"
        async with server.listen(path):
            outcome = await self._playbooks().run(self._stage_run(stage, works, str(path)))
            server.stop_granting()
            await server.drain()
        left = await self.close(server)
        if outcome.status != "successful" or left:
            return outcome.detail or outcome.status
        # A tool that calls itself successful and drove nobody must not pass for a finished stage.
        idle = [] if self.open_book().stop else self.tally.remaining(wave, stage)
        return "not driven: " + ", ".join(w.target.device for w in idle) if idle else ""

    async def verify(self, wave: Wave) -> str:
        """The last stage: every written device is read once more, uplinks from both sides.

        Returns why the tree broke, or nothing: devices that a broken tree did not read are no
        failures of theirs.
        """
        tally = self.tally
        written = {s.partition("/")[0] for s in tally.done}
        works = [
            w
            for w in tally.plan.works
            if w.compound in wave.compounds
            and w.target.device in written
            and w.target.device not in tally.failed
        ]
        if not works:
            return ""
        tally.say("stage", wave=wave.number, stage="verify")
        server = PermitServer(self.desk(wave), "verify", works)
        path = self.tools.socket_dir / f"permits-{self.rollout}.sock"
        async with server.listen(path):
            run = self._stage_run(Stage.VERIFY, works, str(path))
            outcome = await self._playbooks().run(run)
            server.stop_granting()
        await self.close(server)
        if outcome.status != "successful":
            return outcome.detail or outcome.status
        problems = await self.tools.verifier.judge(works, server.looked)
        self.tools.journal.append(
            [records.verified(self.rollout, d, p) for d, p in problems.items()]
            + self._refused(server)
        )
        for device, texts in problems.items():
            if texts:
                tally.failed[device] = self.tools.verifier.fault(device, texts)
                self.open_book().fail(device)
            fault = tally.failed[device] if texts else None
            said = "; ".join(t.en for t in texts)
            tally.say("verified", device=device, detail=said, fault=fault)
        return ""

    async def close(self, server: PermitServer) -> bool:
        """Settle what a server granted and never heard of again; whether there was anything.

        Raises:
            StoreError: the journal broke while it served; the rollout ends here.
        """
        if server.broken is not None:
            raise server.broken
        if server.defect is not None:
            raise server.defect
        left = {step.id for step in server.unsettled()}
        await self.settle(self.tally.steps(left))
        return bool(left)

    async def settle(self, unsettled: Sequence[tuple[DeviceWork, Step]]) -> None:
        """Find out what became of permits whose holder is dead."""
        if not unsettled:
            return
        tools = self.tools
        settler = Settler(
            self.rollout, tools.journal, tools.clock, tools.drivers, tools.credentials, tools.proof
        )
        found = await settler.settle(unsettled)
        for work, step in unsettled:
            seen = found[step.id]
            if self.book is not None:
                self.book.end(step.device, seen.outcome)
                if self._trial_s(work) and path_lost(seen):
                    self.book.halt()
            self.tally.settled(step, seen)

    def desk(self, wave: Wave) -> Desk:
        """What a permit server of this wave works with."""
        tools = self.tools
        return Desk(
            rollout=self.rollout,
            journal=tools.journal,
            clock=tools.clock,
            processes=tools.processes,
            credentials=tools.credentials,
            proof=tools.proof,
            drivers=tools.drivers,
            book=self.open_book(),
            tally=self.tally,
            wave=wave.number,
        )

    def _refused(self, server: PermitServer) -> list[Draft]:
        """A login that verify found refused is spent as any other."""
        faults = {
            d: Fault.model_validate(m["fault"]) for d, m in server.looked.items() if "fault" in m
        }
        refused = {d: f for d, f in faults.items() if f.code == LoginRefused.code}
        for device in refused:
            self.tools.credentials.proven.refuse(device, self.tools.clock.now())
        return [records.refused(d, f, self.rollout) for d, f in refused.items()]

    def _stage_run(self, stage: Stage, works: list[DeviceWork], socket: str) -> StageRun:
        return StageRun(
            rollout=self.rollout,
            playbook=stage.value,
            compounds=tuple(dict.fromkeys(w.compound for w in works)),
            socket=socket,
            timeout_s=STAGE_TIMEOUT_S + max(self._trial_s(w) for w in works),
        )

    def _trial_s(self, work: DeviceWork) -> int:
        """How long a device's trial lasts: it may have to be waited out at the end of a stage."""
        target = work.target
        return trial_seconds(self.tools.drivers[target.driver], target.kind, target.platform)

    def _playbooks(self) -> PlaybookRunner:
        """The runner, made when the first stage needs it; it journals its tree's root."""
        if self._runner is None:
            self._runner = self.tools.runner(self._tree("playbook"))
        return self._runner

    def _tree(self, role: str) -> OnTree:
        """Journals a process tree's root before anything can be granted to it."""

        def told(found: Sequence[ProcessId]) -> None:
            self.tools.journal.append([records.tree(self.rollout, role, found)])

        return told
