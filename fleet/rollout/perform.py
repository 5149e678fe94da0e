"""One step on one device: read, compare with the seal, write once, read back on a new connection.

Nothing here knows of permits or journals: it is called between a grant and its settlement.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from fleet.model.change import Fidelity, FieldChange, Step, Target
from fleet.model.device import FieldValue
from fleet.model.errors import (
    DeviceError,
    MalformedReply,
    NotKept,
    StaleDevice,
    TooSlow,
    Unreachable,
)
from fleet.model.observation import Fault
from fleet.model.secret import Secret
from fleet.model.text import Text, text
from fleet.plan.diff import canonical_value
from fleet.ports.clock import Clock
from fleet.ports.driver import Credential, Driver
from fleet.rollout.faults import fault_of
from fleet.rollout.settlement import Settlement
from fleet.rollout.wire import step_values

# The driver's bound on one call: a write begun now has left the house by then, or never will.
WRITE_S = 15.0
LOOKS_AFTER_BREAK = 4  # how often a device that broke off amid a write is looked at again


@dataclass(frozen=True)
class Grant:
    """What a permit allows: the login, the write-only values, and until when (boot seconds)."""

    credential: Credential
    secrets: Mapping[str, Secret]
    deadline: float


async def perform(
    driver: Driver, target: Target, step: Step, grant: Grant, clock: Clock
) -> Settlement:
    """Do one step. Every way it can end is a `Settlement`; nothing is raised for a device."""
    try:
        async with driver.session(target, grant.credential) as session:
            await session.identify()
            live = (await session.read([step.resource])).fields
            if stale := _differs(step, live, "before"):
                return _stale(target, stale, live)
            if clock.boot() + WRITE_S >= grant.deadline:
                return Settlement("not_applied", fault=_late(target))
            try:
                await session.write(step.resource, step_values(step, grant.secrets))
            except (Unreachable, TooSlow, MalformedReply) as error:
                return await _after_break(driver, target, step, grant, clock, error)
    except DeviceError as error:
        return Settlement("failed", fault=fault_of(error))
    return await _read_back(driver, target, step, grant, clock)


async def _read_back(
    driver: Driver, target: Target, step: Step, grant: Grant, clock: Clock
) -> Settlement:
    """Look on a new connection whether the device kept it; a login password proves itself."""
    login = _new_login(step, grant)
    try:
        async with driver.session(target, login or grant.credential) as session:
            if login is not None and not await session.prove_login():
                return Settlement("failed", fault=fault_of(_not_kept(target, "admin_password")))
            if not step.readable:
                return Settlement("done", evidence="login" if login else "accepted")
            reading = await session.read([step.resource])
    except (Unreachable, TooSlow) as error:
        # It said yes and went away (a reboot): wait for it, then look.
        return await _after_break(driver, target, step, grant, clock, error)
    except DeviceError as error:
        # The device said yes and now cannot be read: nobody knows what it keeps.
        return Settlement("in_doubt", fault=fault_of(error))
    seen = _of(step, reading.fields)
    if wrong := _differs(step, reading.fields, "after"):
        return Settlement("failed", observed=seen, fault=fault_of(_not_kept(target, wrong)))
    return Settlement(
        "done", evidence="readback", observed=seen, reboot_pending=reading.reboot_pending
    )


async def _after_break(
    driver: Driver, target: Target, step: Step, grant: Grant, clock: Clock, error: DeviceError
) -> Settlement:
    """The line broke amid the write: wait the device's longest apply time out, then look."""
    await clock.sleep(driver.apply_time_max_s)
    fault = fault_of(error)
    for _ in range(LOOKS_AFTER_BREAK):
        settlement = await observe_step(driver, target, step, grant)
        if settlement.outcome != "unreadable":
            if settlement.outcome == "not_applied":
                return Settlement("failed", observed=settlement.observed, fault=fault)
            if settlement.outcome == "unproven":
                settlement.fault = fault
            return settlement
        await clock.sleep(2.0)
    return Settlement("in_doubt", fault=fault)


async def observe_step(driver: Driver, target: Target, step: Step, grant: Grant) -> Settlement:
    """Decide by looking alone what became of a step that was permitted.

    Returns `done`, `not_applied` (all still as before), `in_doubt` (anything between), or
    `unreadable` (the device could not be read; ask again later).
    """
    login = _new_login(step, grant)
    try:
        if login is not None:
            async with driver.session(target, login) as session:
                if await session.prove_login():
                    return Settlement("done", evidence="login")
            return Settlement("not_applied")
        if not step.readable:
            return Settlement("unproven")
        async with driver.session(target, grant.credential) as session:
            await session.identify()
            reading = await session.read([step.resource])
    except (Unreachable, TooSlow) as error:
        return Settlement("unreadable", fault=fault_of(error))
    except DeviceError as error:
        return Settlement("in_doubt", fault=fault_of(error))
    seen = _of(step, reading.fields)
    if not _differs(step, reading.fields, "after"):
        evidence = "witness" if step.write_only else "readback"
        return Settlement("done", evidence, seen, reboot_pending=reading.reboot_pending)
    if not _differs(step, reading.fields, "before"):
        return Settlement("not_applied", observed=seen)
    return Settlement("in_doubt", observed=seen, fault=fault_of(_between(target, step)))


def _new_login(step: Step, grant: Grant) -> Credential | None:
    """The login as it is after this step, when the step changes the login's own password."""
    secret = grant.secrets.get("admin_password")
    if secret is None or not any(c.field == "admin_password" for c in step.changes):
        return None
    return Credential(grant.credential.user, password=secret)


def _of(step: Step, fields: Mapping[str, FieldValue]) -> dict[str, FieldValue]:
    return {
        c.field: canonical_value(c.field, fields[c.field])
        for c in step.readable
        if c.field in fields
    }


def _differs(step: Step, fields: Mapping[str, FieldValue], side: str) -> str | None:
    """The first readable field of the step that is not as sealed on that side."""
    return next((c.field for c in step.readable if not holds(c, fields, side)), None)


def holds(change: FieldChange, fields: Mapping[str, FieldValue], side: str) -> bool:
    """Whether fields as read are as sealed on one side ("before" or "after") of a change.

    A predicted value need not be met, since the device may round it; it must have moved.
    """
    if side == "after" and change.fidelity is Fidelity.PREDICTED:
        return change.field in fields and fields[change.field] != change.before
    wanted = change.before if side == "before" else change.after
    return canonical_value(change.field, fields.get(change.field)) == wanted


def _stale(target: Target, name: str, live: Mapping[str, FieldValue]) -> Settlement:
    error = StaleDevice(
        target.device,
        text(
            "{f} is now {v}, not what the plan was made from; the device was not touched",
            "{f} 现为 {v}，与计划时不同；设备未被改动",
            f=name,
            v=live.get(name),
        ),
        text("plan again", "请重新生成计划"),
        field=name,
    )
    return Settlement("stale", fault=fault_of(error))


def _not_kept(target: Target, name: str) -> NotKept:
    return NotKept(
        target.device,
        text(
            "the device said yes to {f} and reads back something else",
            "设备接受了 {f}，但回读的值不同",
            f=name,
        ),
        text("check its firmware and who else writes to it", "请检查固件以及是否另有他人在写入"),
        field=name,
    )


def _between(target: Target, step: Step) -> DeviceError:
    return NotKept(
        target.device,
        text(
            "{s}: some fields are new and some are old",
            "{s}：部分字段已更新，部分仍为旧值",
            s=step.resource,
        ),
    )


def _late(target: Target) -> Fault:
    summary: Text = text(
        "the permit ran out before the write; nothing was sent",
        "许可在写入前已过期；未发送任何内容",
    )
    return fault_of(TooSlow(target.device, summary))
