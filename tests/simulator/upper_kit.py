"""The simulated upper platform for tests."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from fleet.protocols.digest import ha1
from fleet.simulator.sip import upper
from fleet.simulator.sip.upper import UpperDevice
from fleet.simulator.spec import DeviceSpec
from fleet.simulator.store import Store
from tests.simulator.kit import spec_of

GB_ID = "34070501011187000001"
SERVER = "34070500002000000001"
DOMAIN = "3407050000"
SIP_PASSWORD = "Sip-Secret-1"


def upper_spec(accounts: dict[str, str] | None = None) -> DeviceSpec:
    """An upper platform that knows the recorder."""
    known = {GB_ID: ha1(GB_ID, DOMAIN, SIP_PASSWORD)} if accounts is None else accounts
    return spec_of("upper", device="upper-1", domain=DOMAIN, accounts=known)


@asynccontextmanager
async def running_upper(spec: DeviceSpec, folder: Path) -> AsyncIterator[UpperDevice]:
    """The platform, listening."""
    device = UpperDevice(spec, Store(folder / f"{spec.id}.json", upper.factory))
    await device.start()
    try:
        yield device
    finally:
        await device.stop()
