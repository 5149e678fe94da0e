"""`device repower`: switch the power of a hung camera's port off and on again, and see it answer.

Never by itself: a person asks for it by name. Written down before the first SET; whatever happens
between off and on, the port is switched on again, and where even that fails the next call finds
the port off and only switches it on (RFC 3621, pethPsePortAdminEnable).
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass

from fleet.app.context import App
from fleet.app.observe import asked
from fleet.model.base import Frozen
from fleet.model.change import Target
from fleet.model.device import Device
from fleet.model.errors import (
    DeviceError,
    LoginBudgetSpent,
    LoginRefused,
    SchemeMismatch,
    UsageError,
    WrongIdentity,
)
from fleet.model.observation import Fault
from fleet.model.text import Text, text
from fleet.ports.driver import Credential, Session
from fleet.ports.journal import Draft
from fleet.ports.power import PortPower, PowerSession, SwitchesPower
from fleet.rollout import records
from fleet.rollout.faults import fault_of

BEGUN, ENDED = "repower.begun", "repower.ended"
OFF_S = 5.0
ANSWER_S = 180.0
_LOOK_EVERY_S = 2.0
_ON_TRIES = 5
_ON_PAUSE_S = 3.0
# It answers, though it cannot be asked more.
_ANSWERS = frozenset({"login_refused", "login_budget", "not_activated", "scheme_mismatch"})
# Errors after which the switch has seen no SET of ours.
_NOTHING_SENT = (LoginRefused, LoginBudgetSpent, WrongIdentity, SchemeMismatch)
_SILENT = frozenset({"unreachable", "too_slow", "malformed_reply"})


@dataclass(frozen=True)
class Outlook:
    """What would be done: the device, its switch and port, and how both stand now."""

    device: Device
    switch: Device
    port: PortPower
    answers: bool


class Repowered(Frozen):
    """What came of it; `fault` is why the device is not proved to answer."""

    device: str
    switch: str
    port: str
    index: str
    was: bool
    answered: bool
    after_s: float | None = None
    fault: Fault | None = None


async def look(app: App, device: Device) -> Outlook:
    """See how the device and its port stand; nothing is changed.

    Raises:
        UsageError: the inventory does not say on which port of which switch it hangs, or how to
            reach that switch over SNMP.
        DeviceError: the switch cannot be asked, or gives this port no power.
        SecretError, StoreError: a login cannot be resolved, or a refused one not be journalled.
    """
    switch = _switch(app, device)
    now = await asked(app, device, _answers)
    async with _power(app, switch) as session:
        port = await _asking(app, switch, session.look(str(device.via_port)))
    if port.enabled and port.detection in ("searching", "disabled"):
        raise DeviceError(
            device.id,
            text(
                "port {p} of {s} gives power to nobody",
                "{s} 的端口 {p} 未向任何设备供电",
                p=port.port,
                s=switch.id,
            ),
            text("check via and via_port, and the cable", "请核对 via、via_port 与网线"),
        )
    return Outlook(device, switch, port, _is_answer(now))


async def repower(
    app: App, seen: Outlook, off_s: float = OFF_S, answer_s: float = ANSWER_S
) -> Repowered:
    """Off, wait, on, and wait until the device answers as the one that it is.

    Raises:
        LockHeld: a rollout or another repair is at work on the compound.
        DeviceError: the switch refused, or the port could not be switched on again.
        StoreError: it cannot be journalled; nothing was switched.
    """
    device, switch = seen.device, seen.switch
    with app.hold([f"compound/{device.compound}"], "device repower"):
        _begun(app, seen)
        try:
            if seen.port.enabled:
                await _off(app, seen, off_s)
            else:
                await _on(app, switch, seen.port)
        except DeviceError as error:
            _ended(app, seen, False, fault_of(error))
            raise
        result = await _proved(app, seen, answer_s)
        _ended(app, seen, result.answered, result.fault, result.after_s)
        return result


async def _off(app: App, seen: Outlook, off_s: float) -> None:
    """Off for a while, and on again, whatever came of it."""
    sent = True
    try:
        async with _power(app, seen.switch) as session:
            await _asking(app, seen.switch, session.switch(seen.port, False))
        await app.clock.sleep(off_s)
    except _NOTHING_SENT:
        sent = False
        raise
    finally:
        if sent:
            await _whatever_happens(_on(app, seen.switch, seen.port))


async def _on(app: App, switch: Device, port: PortPower) -> None:
    """Switch a port on; read first each time, since a lost answer may have been a yes."""
    for left in reversed(range(_ON_TRIES)):
        try:
            async with _power(app, switch) as session:
                now = await _asking(app, switch, session.look(port.port))
                if not now.enabled:
                    await _asking(app, switch, session.switch(now, True))
                return
        except DeviceError as error:
            if not left or isinstance(error, LoginRefused | LoginBudgetSpent):
                raise DeviceError(
                    switch.id,
                    text(
                        "port {p} is off and could not be switched on again: {w}",
                        "端口 {p} 已断电且无法重新供电：{w}",
                        p=port.port,
                        w=error.summary,
                    ),
                    text(
                        "run the same verb again: it only switches the port on",
                        "请再次执行同一命令：只会恢复供电",
                    ),
                ) from error
            await app.clock.sleep(_ON_PAUSE_S)


async def _proved(app: App, seen: Outlook, answer_s: float) -> Repowered:
    began = app.clock.boot()
    while True:
        told = await asked(app, seen.device, _answers)
        waited = app.clock.boot() - began
        if not isinstance(told, Fault) or told.code not in _SILENT or waited >= answer_s:
            return Repowered(
                device=seen.device.id,
                switch=seen.switch.id,
                port=seen.port.port,
                index=seen.port.index,
                was=seen.answers,
                answered=_is_answer(told),
                after_s=round(waited, 1) if _is_answer(told) else None,
                fault=told if isinstance(told, Fault) else None,
            )
        await app.clock.sleep(_LOOK_EVERY_S)


async def _answers(session: Session) -> bool:
    await session.identify()
    return True


def _is_answer(told: bool | Fault) -> bool:
    return not isinstance(told, Fault) or told.code in _ANSWERS


def _switch(app: App, device: Device) -> Device:
    known = {d.id: d for d in app.city.devices()}
    switch = known.get(device.via or "")
    if device.via is None or device.via_port is None:
        raise _lacking(text("via and via_port of {d}", "{d} 的 via 与 via_port", d=device.id))
    if switch is None:
        raise _lacking(text("a managed switch {v}", "网管型交换机 {v}", v=device.via))
    if switch.snmp_port is None or switch.engine_id is None:
        raise _lacking(
            text("snmp_port and engine_id of {v}", "{v} 的 snmp_port 与 engine_id", v=switch.id)
        )
    return switch


def _lacking(what: Text) -> UsageError:
    return UsageError(
        text("the inventory lacks {w}", "清单缺少 {w}", w=what),
        text(
            "say which port of which switch it hangs on, and how to reach that one over SNMP",
            "请填写其所接交换机及端口，以及该交换机的 SNMP 访问方式",
        ),
    )


@asynccontextmanager
async def _power(app: App, switch: Device) -> AsyncIterator[PowerSession]:
    """A power session with a switch under the login and engine rules of every other device."""
    driver: object = app.drivers.get("snmp")
    if switch.snmp_port is None or not isinstance(driver, SwitchesPower):
        raise UsageError(text("no driver here can do it", "本机没有可用的驱动"))
    app.proven().check_budget(switch.id, app.clock.now())
    target = Target(
        device=switch.id,
        kind=switch.kind,
        driver="snmp",
        address=switch.address,
        port=switch.snmp_port,
        engine_id=switch.engine_id,
    )
    auth, priv = (
        None if ref is None else app.secrets.resolve(ref)
        for ref in (switch.login.auth, switch.login.priv)
    )
    login = Credential(switch.login.user, auth=auth, priv=priv)
    async with driver.power_session(target, login) as session:
        yield session


async def _whatever_happens(work: Coroutine[object, object, None]) -> None:
    """Finish `work` though we are told to stop: nobody leaves a gate's camera dark."""
    task, stopped = asyncio.ensure_future(work), False
    while not task.done():
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError:
            stopped = True
    if stopped and task.exception() is None:
        raise asyncio.CancelledError
    task.result()


async def _asking(app: App, switch: Device, question: Awaitable[PortPower]) -> PortPower:
    """Ask; a refused login is journalled at once, as everywhere."""
    try:
        return await question
    except LoginRefused as error:
        app.journal.append([records.refused(switch.id, fault_of(error))])
        app.proven().refuse(switch.id, app.clock.now())
        raise


def _begun(app: App, seen: Outlook) -> None:
    data = {
        "switch": seen.switch.id,
        "port": seen.port.port,
        "index": seen.port.index,
        "was_enabled": seen.port.enabled,
        "answered": seen.answers,
        "actor": app.actor,
    }
    app.journal.append([Draft(kind=BEGUN, subject=seen.device.id, data=data)])


def _ended(
    app: App, seen: Outlook, answered: bool, fault: Fault | None, after_s: float | None = None
) -> None:
    data: dict[str, object] = {"switch": seen.switch.id, "answered": answered, "after_s": after_s}
    if fault is not None:
        data["fault"] = fault.model_dump(mode="json", exclude_defaults=True)
    app.journal.append([Draft(kind=ENDED, subject=seen.device.id, data=data)])
