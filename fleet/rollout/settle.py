"""Unsettled steps after a break: wait the apply time out, look, and decide by what is seen.

A step under trial is asked for by its journalled id: an open one that holds is confirmed, all else
is waited out.

Called when a process tree broke (by the rollout itself) and by a resume, in both cases only after
the tree that held the permits is proved dead.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fleet.model.change import DeviceWork, Step
from fleet.model.errors import DeviceError, FleetError, LoginBudgetSpent
from fleet.model.observation import Fault
from fleet.model.text import text
from fleet.ports.clock import Clock
from fleet.ports.driver import Credential, Driver, Trial
from fleet.ports.journal import Journal
from fleet.rollout import records
from fleet.rollout.credentials import Credentials
from fleet.rollout.faults import device_error, fault_of
from fleet.rollout.grant import Grant
from fleet.rollout.perform import observe_step
from fleet.rollout.prove import RegistrationProof
from fleet.rollout.settlement import Settlement
from fleet.rollout.trial import TrialWatch

LOOKS = 6
# Below this many tries, as the device tells them, a doubtful login is not tried a second time.
PROBE_LEFT_MIN = 3
LOOK_EVERY_S = 2.0
SLACK_S = 0.5


@dataclass
class Settler:
    """Settles steps by observation; every answer is journalled before it is used."""

    rollout: str
    journal: Journal
    clock: Clock
    drivers: Mapping[str, Driver]
    credentials: Credentials
    proof: RegistrationProof

    async def settle(self, unsettled: Sequence[tuple[DeviceWork, Step]]) -> dict[str, Settlement]:
        """Settle steps whose permits were held by a tree that is proved dead; answers by step id.

        The wait is counted from now and not from the intent: a worker may have sent its request in
        its last moment, long after the intent, and the device may still be at it.
        """
        found = await asyncio.gather(*(self._settled(w, s) for w, s in unsettled))
        return {s.id: seen for (_, s), seen in zip(unsettled, found, strict=True)}

    async def _settled(self, work: DeviceWork, step: Step) -> Settlement:
        """Settle one step; its answer is journalled as it lands, not after the slowest device."""
        seen = await self._one(work, step)
        self.journal.append(records.settlement(self.rollout, step, seen))
        self.credentials.learn(step, seen, self.clock.now())
        return seen

    async def _one(self, work: DeviceWork, step: Step) -> Settlement:
        driver = self.drivers[work.target.driver]
        await self.clock.sleep(driver.apply_time_max_s + SLACK_S)
        try:
            # A password has one probe of its own; everything else waits for the login's budget.
            if not _password(step):
                self.credentials.proven.check_budget(work.target.device, self.clock.now())
            login = self.credentials.login(work.target.device, work.login)
            values = self.credentials.values(step)
        except FleetError as error:
            return Settlement("in_doubt", fault=fault_of(device_error(work.target.device, error)))
        if _password(step) and (refusal := await self._claim_probe(driver, work, step, login)):
            return Settlement("in_doubt", fault=refusal)
        grant = Grant(login, values, self.clock.boot())
        if (trial := self._trial(step)) is not None:
            watch = TrialWatch(driver, work.target, step, grant, trial, self.clock)
            return await watch.found()
        for look in range(LOOKS):
            if look:
                await self.clock.sleep(LOOK_EVERY_S)
            seen = await observe_step(driver, work.target, step, grant)
            if seen.outcome != "unreadable":
                return await self.proof.settle(work, step, seen)
        return Settlement("in_doubt", fault=seen.fault)

    async def _claim_probe(
        self, driver: Driver, work: DeviceWork, step: Step, login: Credential
    ) -> Fault | None:
        """Journal that the one extra login is tried now; why it may not be, or None.

        A probe that was begun and never answered (killed in between) may have cost an attempt. It
        is begun again only where the device itself tells that enough tries are left.
        """
        if self._probe_open(step):
            left = await _tries_left(driver, work, login)
            if left is None or left < PROBE_LEFT_MIN:
                return fault_of(_spent(work, left))
        self.journal.append([records.probe(self.rollout, step.device, step.id)])
        return None

    def _trial(self, step: Step) -> Trial | None:
        """The trial that the step's last intent was journalled with."""
        found = None
        for record in self.journal.records(self.rollout, records.INTENT, step.device):
            if record.data["step"] == step.id:
                found = record.data.get("trial")
        return None if found is None else Trial.model_validate(found)

    def _probe_open(self, step: Step) -> bool:
        found = False
        for record in self.journal.records(rollout=self.rollout, subject=step.device):
            if record.data.get("step") == step.id:
                found = record.kind == records.PROBE
        return found


def _password(step: Step) -> bool:
    return any(c.field == "admin_password" for c in step.changes)


async def _tries_left(driver: Driver, work: DeviceWork, login: Credential) -> int | None:
    try:
        async with driver.session(work.target, login) as session:
            return await session.attempts_left()
    except DeviceError:
        return None


def _spent(work: DeviceWork, left: int | None) -> LoginBudgetSpent:
    told = text("it does not tell how many tries are left", "设备未告知剩余次数")
    if left is not None:
        told = text("it has {n} tries left", "设备剩余 {n} 次", n=left)
    return LoginBudgetSpent(
        work.target.device,
        text(
            "whether the new password arrived was being tried when the process was killed; {t}",
            "尝试新口令是否生效时进程被杀；{t}",
            t=told,
        ),
        text("wait 30 minutes, then apply again", "请等待 30 分钟后重新执行"),
        field="admin_password",
    )
