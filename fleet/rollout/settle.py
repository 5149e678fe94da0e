"""Unsettled steps after a break: wait the apply time out, look, and decide by what is seen.

Called when a process tree broke (by the rollout itself) and by a resume, in both cases only after
the tree that held the permits is proved dead.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fleet.model.change import DeviceWork, Step
from fleet.model.errors import FleetError
from fleet.ports.clock import Clock
from fleet.ports.driver import Driver
from fleet.ports.journal import Journal
from fleet.rollout import records
from fleet.rollout.credentials import Credentials
from fleet.rollout.faults import device_error, fault_of
from fleet.rollout.perform import Grant, observe_step
from fleet.rollout.prove import RegistrationProof
from fleet.rollout.settlement import Settlement

LOOKS = 6
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
        found = await asyncio.gather(*(self._one(w, s) for w, s in unsettled))
        drafts = [
            draft
            for (_, step), seen in zip(unsettled, found, strict=True)
            for draft in records.settlement(self.rollout, step, seen)
        ]
        if drafts:
            self.journal.append(drafts)
        for (_, step), seen in zip(unsettled, found, strict=True):
            self.credentials.learn(step, seen, self.clock.now())
        return {s.id: seen for (_, s), seen in zip(unsettled, found, strict=True)}

    async def _one(self, work: DeviceWork, step: Step) -> Settlement:
        driver = self.drivers[work.target.driver]
        await self.clock.sleep(driver.apply_time_max_s + SLACK_S)
        try:
            # A password has one probe of its own; everything else waits for the login's budget.
            if not any(c.field == "admin_password" for c in step.changes):
                self.credentials.proven.check_budget(work.target.device, self.clock.now())
            login = self.credentials.login(work.target.device, work.login)
            values = self.credentials.values(step)
        except FleetError as error:
            return Settlement("in_doubt", fault=fault_of(device_error(work.target.device, error)))
        grant = Grant(login, values, self.clock.boot())
        for look in range(LOOKS):
            if look:
                await self.clock.sleep(LOOK_EVERY_S)
            seen = await observe_step(driver, work.target, step, grant)
            if seen.outcome != "unreadable":
                return await self.proof.settle(work, step, seen)
        return Settlement("in_doubt", fault=seen.fault)
