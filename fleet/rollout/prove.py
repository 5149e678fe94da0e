"""Proving that a recorder's SIP password is in force: the registrar tells which version came."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from fleet.model.change import DeviceWork, Step
from fleet.model.errors import InDoubt
from fleet.model.fleet import City
from fleet.model.observation import Fault
from fleet.model.text import text
from fleet.ports.clock import Clock
from fleet.ports.upper import UpperSide
from fleet.rollout.faults import fault_of
from fleet.rollout.settlement import Settlement

# A recorder registers at once after it was configured; a busy one was seen to need seconds.
REGISTER_WAIT_S = 12.0
LOOK_EVERY_S = 0.25


@dataclass(frozen=True)
class RegistrationProof:
    """Asks the registrar of a recorder's district; `own` tells which compounds register at it."""

    upper: UpperSide
    clock: Clock
    district_of: Mapping[str, str]
    own: frozenset[str]
    gb_ids: Mapping[str, str]

    @classmethod
    def of(cls, city: City, upper: UpperSide, clock: Clock) -> RegistrationProof:
        """Build it from the inventory."""
        own = frozenset(
            c.id for c in city.compounds() if c.uplink and c.uplink.source == "platform"
        )
        districts = {c.id: d.code for d in city.districts for c in d.compounds}
        gb_ids = {
            d.id: str(d.settings.get("gb_device_id") or d.gb_id or "") for d in city.devices()
        }
        return cls(upper, clock, districts, own, gb_ids)

    async def settle(self, work: DeviceWork, step: Step, seen: Settlement) -> Settlement:
        """Complete a settlement whose step wrote a SIP password.

        `done` stays done when the registrar saw the wanted version. Where the upper side cannot
        be asked, readable fields of the same request are the witness; without any, the step is in
        doubt.
        """
        change = next((c for c in step.changes if c.field == "gb_password"), None)
        if change is None or change.secret is None or seen.outcome not in ("done", "unproven"):
            return seen
        if work.compound not in self.own:
            if step.readable or seen.outcome == "done":
                return seen
            return Settlement("in_doubt", fault=_unproven(work))
        gb_id = self.gb_ids.get(work.target.device)
        if gb_id and await self._wait(work.compound, gb_id, change.secret.version):
            return Settlement("done", "registration", seen.observed)
        if seen.outcome == "unproven":
            return Settlement("not_applied", observed=seen.observed)
        return Settlement("in_doubt", observed=seen.observed, fault=_unproven(work))

    async def _wait(self, compound: str, gb_id: str, version: int) -> bool:
        until = self.clock.boot() + REGISTER_WAIT_S
        while True:
            now = await self.upper.registration(self.district_of[compound], gb_id)
            if now.registered and now.credential_version == version:
                return True
            if self.clock.boot() >= until:
                return False
            await self.clock.sleep(LOOK_EVERY_S)


def _unproven(work: DeviceWork) -> Fault:
    summary = text(
        "the upper side did not see it register with the new SIP password",
        "上级平台未见其以新的 SIP 口令注册",
    )
    fix = text("see: fleet status", "请看：fleet status")
    return fault_of(InDoubt(work.target.device, summary, fix, field="gb_password"))
