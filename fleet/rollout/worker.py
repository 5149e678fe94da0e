"""The worker drives all devices of one compound under permits, in the process that speaks to them.

It runs inside an Ansible fork. It writes nothing without a grant, nothing after a deadline, and
ends with its connection. A step whose grant comes too late is given back untouched.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from fleet.model.change import DeviceWork, Step
from fleet.model.errors import DeviceError
from fleet.model.observation import Fault
from fleet.model.secret import Secret
from fleet.ports.clock import Clock
from fleet.ports.driver import Driver, Trial
from fleet.ports.process import ProcessId
from fleet.rollout.compare import holds
from fleet.rollout.faults import fault_of
from fleet.rollout.grant import Grant
from fleet.rollout.perform import perform
from fleet.rollout.settlement import Settlement
from fleet.rollout.trial import perform_trial
from fleet.rollout.wire import Message, connect, receive, send, unpack_credential

ASK_S = 20.0
# How often a device may be too slow for its permit before it counts as failed.
LATE_MAX = 3


@dataclass
class Report:
    """What a worker tells its playbook task; the journal's word is the caller's."""

    changed: dict[str, list[str]] = field(default_factory=dict)
    failed: dict[str, Fault] = field(default_factory=dict)
    not_started: dict[str, str] = field(default_factory=dict)
    differences: list[dict[str, Any]] = field(default_factory=list)


@dataclass
class Worker:
    """One compound's worker in one stage."""

    drivers: Mapping[str, Driver]
    clock: Clock
    me: ProcessId
    report: Report = field(default_factory=Report)
    _numbers: itertools.count[int] = field(default_factory=itertools.count)
    _boxes: dict[str, asyncio.Queue[Message]] = field(default_factory=dict)
    _writer: asyncio.StreamWriter | None = None

    async def run(self, socket: str, compound: str, stage: str) -> Report:
        """Serve until every device of the compound is through or refused.

        Raises:
            OSError: nobody listens at `socket`.
        """
        reader, self._writer = await connect(socket)
        try:
            hello = {"compound": compound, "stage": stage, "process": self.me.model_dump()}
            await send(self._writer, hello)
            jobs = await receive(reader)
            if jobs is None:
                raise ConnectionRefusedError("the permit server refused this worker")
            works = [DeviceWork.model_validate(w) for w in jobs["jobs"]]
            self._boxes = {w.target.device: asyncio.Queue() for w in works}
            pump = asyncio.create_task(self._deliver(reader))
            drive = self._look if jobs["stage"] == "verify" else self._drive
            try:
                await asyncio.gather(*(drive(w) for w in works))
            finally:
                pump.cancel()
        finally:
            self._writer.close()
        return self.report

    async def _deliver(self, reader: asyncio.StreamReader) -> None:
        """Sort answers by device; the end of the stream reaches every device."""
        while (message := await receive(reader)) is not None:
            if box := self._boxes.get(str(message.get("device"))):
                box.put_nowait(message)
        for box in self._boxes.values():
            box.put_nowait({"refuse": "caller gone"})

    async def _drive(self, work: DeviceWork) -> None:
        device = work.target.device
        for step in work.steps:
            for late in range(LATE_MAX):
                granted = await self._ask(work, step)
                if isinstance(granted, str):
                    self.report.not_started[device] = granted
                    return
                seen = await self._perform(work, step, granted)
                last = late == LATE_MAX - 1 and seen.outcome == "not_applied"
                outcome = await self._settle(step, _given_up(seen) if last else seen)
                if outcome != "not_applied":
                    break
            if outcome != "done":
                if seen.fault is not None:
                    self.report.failed[device] = seen.fault
                return
            self._count(step)

    async def _perform(self, work: DeviceWork, step: Step, grant: Grant) -> Settlement:
        driver, target = self.drivers[work.target.driver], work.target
        if grant.trial is None:
            return await perform(driver, target, step, grant, self.clock)
        return await perform_trial(driver, target, step, grant, grant.trial, self.clock)

    async def _ask(self, work: DeviceWork, step: Step) -> Grant | str:
        """Ask until granted or refused; an ask that ran out is asked again under a new number."""
        box = self._boxes[work.target.device]
        number, deadline, open_ask = 0, 0.0, False
        while True:
            if not open_ask:
                number = next(self._numbers)
                deadline = self.clock.boot() + ASK_S
                wish = {"device": step.device, "step": step.id, "ask": number, "deadline": deadline}
                if not await self._send(wish):
                    return "caller gone"
            open_ask = False
            try:
                async with asyncio.timeout(ASK_S):
                    answer = await box.get()
            except TimeoutError:
                continue
            if "refuse" in answer:
                return str(answer["refuse"])
            if answer.get("ask") == number and self.clock.boot() < deadline:
                secrets = {k: Secret(v) for k, v in answer["secrets"].items()}
                login = unpack_credential(answer["credential"])
                trial = answer.get("trial")
                return Grant(
                    login,
                    secrets,
                    float(answer["deadline"]),
                    None if trial is None else Trial.model_validate(trial),
                )
            # A grant for an ask that we gave up: hand it back, nothing was written. When a newer
            # ask is under way, its answer is waited for: a third would cross it again, and so on.
            word = await self._settle(step, Settlement("not_applied"))
            if word != "not_applied":
                return word
            open_ask = answer.get("ask") != number

    async def _settle(self, step: Step, seen: Settlement) -> str:
        """Report what became of a step; returns the caller's final word on it."""
        message = {"device": step.device, "step": step.id, "settle": seen.pack()}
        if not await self._send(message):
            return "caller gone"
        while True:
            answer = await self._boxes[step.device].get()
            if "refuse" in answer:
                return str(answer["refuse"])
            if answer.get("settled") == step.id:
                return str(answer["go"])

    async def _look(self, work: DeviceWork) -> None:
        """The verify stage: read every field that the plan changed once more, and report it."""
        device = work.target.device
        if not await self._send({"device": device, "look": True}):
            return
        answer = await self._boxes[device].get()
        if "credential" not in answer:
            self.report.not_started[device] = str(answer.get("none") or answer.get("refuse"))
            return
        login = unpack_credential(answer["credential"])
        resources = [s.resource for s in work.steps if s.readable]
        seen: Message = {"device": device, "seen": True}
        try:
            async with self.drivers[work.target.driver].session(work.target, login) as session:
                await session.identify()
                reading = await session.read(resources)
            wrong = [
                c.field
                for s in work.steps
                for c in s.readable
                if not holds(c, reading.fields, "after")
            ]
            seen |= {"problems": wrong, "registered": reading.registered}
        except DeviceError as error:
            seen |= {"fault": fault_of(error).model_dump(mode="json")}
            self.report.failed[device] = fault_of(error)
        await self._send(seen)

    async def _send(self, message: Message) -> bool:
        if self._writer is None:
            return False
        try:
            await send(self._writer, message)
        except ConnectionError:
            return False
        return True

    def _count(self, step: Step) -> None:
        self.report.changed.setdefault(step.device, []).extend(c.field for c in step.changes)
        self.report.differences += [
            {"device": step.device, "field": c.field, "before": c.before, "after": c.after}
            for c in step.changes
            if not c.write_only
        ]


def _given_up(seen: Settlement) -> Settlement:
    return Settlement("failed", observed=seen.observed, fault=seen.fault)
