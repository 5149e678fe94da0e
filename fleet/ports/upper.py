"""The registrar port: what the upper side of a GB/T 28181 uplink says about a recorder."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from fleet.model.observation import Registration
from fleet.model.registrar import UplinkWord


class UpperSide(Protocol):
    """Asks a district's own registrar; an operator's platform cannot be asked."""

    async def registration(self, district: str, gb_id: str) -> Registration:
        """The registrar's word; `registered` None where it cannot be asked."""
        ...

    async def query_catalog(
        self, district: str, gb_id: str, timeout_s: float = 5.0
    ) -> Registration:
        """Have the registrar query the recorder's catalog afresh, then as `registration`."""
        ...


@runtime_checkable
class ExplainsUplink(Protocol):
    """What an upper side offers that also tells why a recorder is not registered."""

    async def explain(self, district: str, gb_id: str, address: str) -> UplinkWord:
        """Its binding, and what was refused of this id or from this address lately."""
        ...
