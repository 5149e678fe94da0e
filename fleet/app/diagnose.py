"""`uplink diagnose`: look at every recorder of a compound from both ends, then name one cause.

It reads only: one login a recorder, one SIP OPTIONS to our own platform, and the registrar's own
words. A platform that is somebody else's is never asked.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Literal

from fleet.app.context import App
from fleet.app.observe import asked
from fleet.health.rates import ClockOffset, clock_offset
from fleet.health.times import seconds
from fleet.health.uplink import STEPS, Check, Sight, judge
from fleet.health.uplink_causes import Party, phone, remedy
from fleet.model.base import Frozen
from fleet.model.device import Device, DeviceKind
from fleet.model.errors import UsageError
from fleet.model.fleet import Compound, Uplink
from fleet.model.observation import Fault, Reading, Registration
from fleet.model.text import Text, text
from fleet.ports.driver import Session
from fleet.ports.health import TellsTime
from fleet.ports.reach import Reach
from fleet.ports.upper import ExplainsUplink
from fleet.rollout.catalog import compare_catalog

State = Literal["healthy", "faulty", "unknown"]
CATALOG_S = 6.0
# A recorder's own keepalive clock is not asked for a second; the clocks of its pictures are.
CLOCK_LIMIT_S = 60.0


class RecorderChecks(Frozen):
    """One recorder's steps, in order."""

    device: str
    gb_id: str
    checks: tuple[Check, ...]

    @property
    def fault(self) -> Check | None:
        """The first step at fault."""
        return next((c for c in self.checks if c.result == "fault"), None)


class Diagnosis(Frozen):
    """One compound's link: its state and, unless it is healthy, one cause and whom to phone.

    `devices` are the recorders that share the cause; `evidence` is what was seen of the first.
    """

    compound: str
    source: Literal["platform", "operator"]
    state: State
    cause: str | None = None
    step: str | None = None
    evidence: Text | None = None
    devices: tuple[str, ...] = ()
    party: Party | None = None
    phone: Text | None = None
    ask: Text | None = None
    recorders: tuple[RecorderChecks, ...] = ()


async def diagnose(app: App, reach: Reach, compound: Compound) -> Diagnosis:
    """Find out why a compound's link is down.

    Raises:
        UsageError: the compound has no uplink, or no recorder that could register.
        SecretError: a recorder's login cannot be resolved.
        StoreError: a refused login cannot be journalled.
    """
    uplink = compound.uplink
    recorders = [d for d in compound.devices if d.kind is DeviceKind.RECORDER]
    if uplink is None or not recorders:
        raise UsageError(
            text("{c} has no recorder with an uplink", "{c} 没有需要上联的录像机", c=compound.id),
            text("see: fleet explain DEVICE", "请看：fleet explain 设备编号"),
        )
    looks = [_recorder(app, reach, compound, uplink, device) for device in recorders]
    found = await asyncio.gather(*looks)
    return verdict(compound, uplink, found)


def verdict(compound: Compound, uplink: Uplink, found: Sequence[RecorderChecks]) -> Diagnosis:
    """One cause for a compound: the earliest step at fault at any of its recorders."""
    own = uplink.source == "platform"
    base = Diagnosis(
        compound=compound.id, source=uplink.source, state="healthy", recorders=tuple(found)
    )
    order = list(STEPS)
    faulty = [(order.index(f.step), f, r) for r in found if (f := r.fault) is not None]
    if faulty:
        _, first, _ = min(faulty, key=lambda entry: entry[0])
        state: State = "faulty"
        shared = tuple(r.device for _, f, r in faulty if f.cause == first.cause)
    else:
        untold = [
            (c, r.device)
            for r in found
            for c in r.checks
            if c.step == "login" and c.result == "unknown"
        ]
        if not untold:
            return base
        state, shared = "unknown", tuple(device for _, device in untold)
        first = untold[0][0].model_copy(update={"cause": "not_told"})
    what = remedy(first.cause, own)
    # Of our own registrar we are the platform.
    party = "operator" if own and what.party == "platform" else what.party
    return base.model_copy(
        update={
            "state": state,
            "cause": first.cause,
            "step": first.step,
            "evidence": first.said,
            "devices": shared,
            "party": party,
            "phone": phone(party, compound.contacts),
            "ask": what.ask,
        }
    )


async def _recorder(
    app: App, reach: Reach, compound: Compound, uplink: Uplink, device: Device
) -> RecorderChecks:
    own = uplink.source == "platform"
    gb_id = str(device.settings.get("gb_device_id") or device.gb_id or "")
    told, recorder = await asyncio.gather(
        asked(app, device, lambda session: _both(app, session)),
        reach.tcp(device.address, device.port),
    )
    server = word = None
    queried: Registration | None = None
    if own:
        server = await reach.sip(uplink.server_address, uplink.server_port)
        if isinstance(app.upper, ExplainsUplink):
            word = await app.upper.explain(compound.district, gb_id, device.address)
        if word is not None and word.binding is not None and word.binding.registered:
            queried = await app.upper.query_catalog(compound.district, gb_id, CATALOG_S)
    listed = next((r for r in compound.recorders if r.device == device.id), None)
    gap = None
    if queried is not None and queried.catalog is not None and listed is not None:
        gap = compare_catalog(listed.channel_ids, listed.spare_ids, queried.catalog)
    seen = Sight(
        own=own,
        uplink=uplink,
        gb_id=gb_id,
        address=device.address,
        wanted=device.settings,
        recorder=recorder,
        fault=told if isinstance(told, Fault) else None,
        reading=None if isinstance(told, Fault) else told[0],
        clock=None if isinstance(told, Fault) else told[1],
        clock_limit_s=CLOCK_LIMIT_S,
        server=server,
        word=word,
        catalog_asked=queried is not None and listed is not None,
        missing=None if gap is None else gap.missing,
        extra=None if gap is None else gap.extra,
    )
    return RecorderChecks(device=device.id, gb_id=gb_id, checks=judge(seen))


async def _both(app: App, session: Session) -> tuple[Reading, ClockOffset | None]:
    """What the recorder has, and its clock against ours."""
    reading = await session.read(("gb28181",))
    if not isinstance(session, TellsTime):
        return reading, None
    sent = seconds(app.clock.now())
    told = await session.device_time()
    if told is None:
        return reading, None
    return reading, clock_offset(sent, seconds(app.clock.now()), told)
