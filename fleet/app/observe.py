"""Reading devices, many at once, with one login each; a refused login is journalled at once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import TypeVar

from fleet.app.context import App
from fleet.model.device import Device
from fleet.model.errors import DeviceError, LoginRefused, WrongIdentity
from fleet.model.observation import DeviceObservation, Fault, Reading
from fleet.model.text import text
from fleet.plan.steps import target_of
from fleet.ports.driver import Session
from fleet.rollout import records
from fleet.rollout.faults import fault_of

AT_ONCE = 48
_Told = TypeVar("_Told")

OnSeen = Callable[[int, int], None]  # seen so far, of how many


async def observe(
    app: App, devices: Sequence[Device], on_seen: OnSeen | None = None
) -> dict[str, DeviceObservation]:
    """Read every device's managed and readable fields.

    Raises:
        SecretError: a login's secret cannot be resolved, so that nothing can be read.
        StoreError: a refused login cannot be journalled.
    """
    credentials = app.credentials()
    for device in devices:
        credentials.login(device.id, device.login)
    gate = asyncio.Semaphore(AT_ONCE)
    seen = 0

    async def one(device: Device) -> DeviceObservation:
        nonlocal seen
        async with gate:
            found = await _one(app, device)
        seen += 1
        if on_seen is not None:
            on_seen(seen, len(devices))
        return found

    return {o.device: o for o in await asyncio.gather(*(one(d) for d in devices))}


async def _one(app: App, device: Device) -> DeviceObservation:
    async def read(session: Session) -> Reading:
        return await session.read()

    found = await asked(app, device, read)
    if isinstance(found, Fault):
        return DeviceObservation(device=device.id, fault=found)
    return DeviceObservation(device=device.id, reading=found)


async def asked(
    app: App, device: Device, ask: Callable[[Session], Awaitable[_Told]]
) -> _Told | Fault:
    """Log in to one device once, prove who it is, and ask it; a device's failure is a value.

    A refused login is journalled at once, so that nobody tries it again for half an hour.

    Raises:
        SecretError: the login's secret cannot be resolved.
        StoreError: a refused login cannot be journalled.
    """
    try:
        async with _opened(app, device) as session:
            return await ask(session)
    except LoginRefused as error:
        fault = fault_of(error)
        app.journal.append([records.refused(device.id, fault)])
        app.proven().refuse(device.id, app.clock.now())
        return fault
    except DeviceError as error:
        return fault_of(error)


@asynccontextmanager
async def _opened(app: App, device: Device) -> AsyncIterator[Session]:
    driver = app.drivers.get(device.driver)
    if driver is None:
        raise DeviceError(
            device.id,
            text("no driver {n} is installed here", "本机未安装驱动 {n}", n=device.driver),
        )
    credentials = app.credentials()
    credentials.proven.check_budget(device.id, app.clock.now())
    async with driver.session(target_of(device), credentials.login(device.id, device.login)) as s:
        identity = await s.identify()
        if not (device.serial or device.engine_id or device.host_key):
            raise WrongIdentity(
                device.id,
                text(
                    "no identity is pinned; it says serial {s}, engine id {e}",
                    "未登记身份；设备自报序列号 {s}，引擎标识 {e}",
                    s=identity.serial,
                    e=identity.engine_id,
                ),
                text(
                    "check it on the device, then put it into the inventory",
                    "请在设备上核对后写入清单",
                ),
            )
        yield s
