"""One step on one device: read, compare with the seal, write once, read back on a new connection.

Nothing here knows of permits or journals: it is called between a grant and its settlement.
"""

from __future__ import annotations

from fleet.model.change import Step, Target
from fleet.model.errors import DeviceError, MalformedReply, TooSlow, Unreachable
from fleet.ports.clock import Clock
from fleet.ports.driver import Credential, Driver
from fleet.rollout.compare import between, differs, late, not_kept, observed, stale
from fleet.rollout.faults import fault_of
from fleet.rollout.grant import Grant
from fleet.rollout.settlement import Settlement
from fleet.rollout.wire import step_values

# The driver's bound on one call: a write begun now has left the house by then, or never will.
WRITE_S = 15.0
LOOKS_AFTER_BREAK = 4  # how often a device that broke off amid a write is looked at again


async def perform(
    driver: Driver, target: Target, step: Step, grant: Grant, clock: Clock
) -> Settlement:
    """Do one step. Every way it can end is a `Settlement`; nothing is raised for a device."""
    try:
        async with driver.session(target, grant.credential) as session:
            await session.identify()
            live = (await session.read([step.resource])).fields
            if name := differs(step, live, "before"):
                return stale(target, name, live)
            if clock.boot() + WRITE_S >= grant.deadline:
                return Settlement("not_applied", fault=late(target))
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
                return Settlement("failed", fault=fault_of(not_kept(target, "admin_password")))
            if not step.readable:
                return Settlement("done", evidence="login" if login else "accepted")
            reading = await session.read([step.resource])
    except (Unreachable, TooSlow) as error:
        # It said yes and went away (a reboot): wait for it, then look.
        return await _after_break(driver, target, step, grant, clock, error)
    except DeviceError as error:
        # The device said yes and now cannot be read: nobody knows what it keeps.
        return Settlement("in_doubt", fault=fault_of(error))
    seen = observed(step, reading.fields)
    if wrong := differs(step, reading.fields, "after"):
        return Settlement("failed", observed=seen, fault=fault_of(not_kept(target, wrong)))
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
    seen = observed(step, reading.fields)
    if not differs(step, reading.fields, "after"):
        evidence = "witness" if step.write_only else "readback"
        return Settlement("done", evidence, seen, reboot_pending=reading.reboot_pending)
    if not differs(step, reading.fields, "before"):
        return Settlement("not_applied", observed=seen)
    return Settlement("in_doubt", observed=seen, fault=fault_of(between(target, step)))


def _new_login(step: Step, grant: Grant) -> Credential | None:
    """The login as it is after this step, when the step changes the login's own password."""
    secret = grant.secrets.get("admin_password")
    if secret is None or not any(c.field == "admin_password" for c in step.changes):
        return None
    return Credential(grant.credential.user, password=secret)
