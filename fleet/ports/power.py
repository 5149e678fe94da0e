"""The power port: a switch's power over Ethernet, one port at a time (RFC 3621)."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from typing import Literal, Protocol, runtime_checkable

from fleet.model.base import Frozen
from fleet.model.change import Target
from fleet.ports.driver import Credential

# pethPsePortDetectionStatus.
Detection = Literal["disabled", "searching", "delivering", "fault", "test", "other_fault"]


class PortPower(Frozen):
    """One port: `index` is group.port of pethPsePortTable, `enabled` what an operator asks for."""

    port: str
    index: str
    enabled: bool
    detection: Detection


class PowerSession(Protocol):
    """One conversation with one switch; raises as fleet.ports.driver.Session does."""

    async def look(self, port: str) -> PortPower:
        """How a port stands, named as the switch itself names it.

        Raises:
            MalformedReply: the switch has no power table entry for it.
        """
        ...

    async def switch(self, seen: PortPower, on: bool) -> PortPower:
        """Set pethPsePortAdminEnable once, never repeated, and read the port back.

        Raises:
            WriteRefused, NotKept: the switch said no, or said yes and kept what it had.
        """
        ...


@runtime_checkable
class SwitchesPower(Protocol):
    """What a driver offers that can switch a port's power."""

    def power_session(
        self, target: Target, credential: Credential, deadline_s: float = 15.0
    ) -> AbstractAsyncContextManager[PowerSession]:
        """Open a session; the target's engine id is compared before any key is used."""
        ...
