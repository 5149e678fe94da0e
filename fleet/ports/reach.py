"""The reach port: whether somebody answers at an address, without logging in and without a trace.

Four answers that a person acts on differently: somebody answers; the machine is there and nobody
listens; there is no way; nothing comes back.
"""

from __future__ import annotations

from typing import Literal, Protocol

from fleet.model.base import Frozen

Way = Literal["answers", "refused", "no_route", "silent"]


class Reached(Frozen):
    """What came of one try; `said` is the system's or the peer's own word, in its own language."""

    way: Way
    said: str = ""


class Reach(Protocol):
    """Asks from this machine; never raises for anything the network does."""

    async def tcp(self, address: str, port: int, timeout_s: float = 3.0) -> Reached:
        """Open a connection and close it."""
        ...

    async def sip(self, address: str, port: int, timeout_s: float = 3.0) -> Reached:
        """Send OPTIONS over UDP (RFC 3261, 11), which changes nothing; any final answer counts."""
        ...
