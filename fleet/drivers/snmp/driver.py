"""The driver `snmp`: gate controllers over SNMPv3 authPriv (SHA-256, AES-128)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from fleet.drivers.reasons import reason, unknown_field
from fleet.drivers.snmp.maps import MAPS
from fleet.model.change import Target
from fleet.model.device import DeviceKind, FieldValue
from fleet.model.text import Text
from fleet.ports.driver import Credential, FieldSpec, Resource, Session
from fleet.ports.power import PowerSession

_GATE = Resource(
    name="gate",
    fields=tuple(
        FieldSpec(name=name)
        for name in (
            "open_time_s",
            "close_delay_s",
            "auth_ways",
            "forced_open_alarm",
            "contact",
            "location",
        )
    ),
)


class SnmpDriver:
    """See fleet.ports.driver.Driver."""

    name = "snmp"
    # A controller applies a SET before it answers; the margin is for a slow one.
    apply_time_max_s = 3.0

    def resources(self, kind: DeviceKind) -> tuple[Resource, ...]:
        """See Driver; only gates speak SNMP here."""
        return (_GATE,) if kind is DeviceKind.GATE else ()

    def can_write(self, kind: DeviceKind, field: str, value: FieldValue) -> Text | None:
        """See fleet.ports.driver.JudgesValues; which agent it is shows only when it is asked."""
        leaves = [leaf for found in MAPS.values() for leaf in found.leaves if leaf.field == field]
        if kind is not DeviceKind.GATE or not leaves:
            return unknown_field(kind.value, field, "SNMP")
        try:
            for leaf in leaves:
                leaf.object(value)
        except ValueError as error:
            return reason(error)
        return None

    def session(
        self, target: Target, credential: Credential, deadline_s: float = 15.0
    ) -> AbstractAsyncContextManager[Session]:
        """See Driver; nothing is sent before the first call."""
        return _session(target, credential, deadline_s)

    def power_session(
        self, target: Target, credential: Credential, deadline_s: float = 15.0
    ) -> AbstractAsyncContextManager[PowerSession]:
        """See fleet.ports.power.SwitchesPower; nothing is sent before the first call."""
        return _power(target, credential, deadline_s)


@asynccontextmanager
async def _power(
    target: Target, credential: Credential, deadline_s: float
) -> AsyncIterator[PowerSession]:
    from fleet.drivers.snmp.power import SnmpPower

    session = SnmpPower(target, credential, deadline_s)
    try:
        yield session
    finally:
        await session.close()


@asynccontextmanager
async def _session(
    target: Target, credential: Credential, deadline_s: float
) -> AsyncIterator[Session]:
    # pysnmp takes 0.2 s to import: only a process that speaks SNMP pays for it.
    from fleet.drivers.snmp.session import SnmpSession

    session = SnmpSession(target, credential, deadline_s)
    try:
        yield session
    finally:
        await session.close()
