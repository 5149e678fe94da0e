"""The health port: what was seen of devices over time, as intervals and not as samples."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Literal, Protocol, runtime_checkable

from fleet.model.base import Frozen

# Our own not-watching is `unknown`: never counted as online or as offline.
HealthState = Literal["online", "offline", "unknown"]


class HealthInterval(Frozen):
    """One device in one state from `begin` to `end` (UTC, RFC 3339, `Z`; None: until now)."""

    device: str
    state: HealthState
    begin: str
    end: str | None = None
    cause: str = ""


class Connectivity(Frozen):
    """Polls of one device in a period: answered ones of all that were tried."""

    device: str
    answered: int
    tried: int


class Alarm(Frozen):
    """One alarm with what lies behind it; `ended` None: still standing."""

    id: str
    kind: str
    subject: str
    compound: str
    begun: str
    ended: str | None = None
    behind: Sequence[str] = ()
    acknowledged: str | None = None
    silenced_until: str | None = None


class HealthHistory(Protocol):
    """Reads what the collector kept."""

    def intervals(
        self, begin: str, end: str, devices: Sequence[str] | None = None
    ) -> Iterator[HealthInterval]:
        """Intervals that touch [begin, end), cut to it, by device and time."""
        ...

    def connectivity(self, begin: str, end: str) -> Mapping[str, Connectivity]:
        """Poll counts by device."""
        ...

    def alarms(self, begin: str, end: str) -> Sequence[Alarm]:
        """Alarms that stood at any moment of [begin, end)."""
        ...

    def latest(self) -> Mapping[str, HealthInterval]:
        """Each device's newest interval."""
        ...


@runtime_checkable
class TellsTime(Protocol):
    """A driver session of a device that tells its clock; a session without it is not asked."""

    async def device_time(self) -> float | None:
        """The device's clock as seconds since 1970-01-01 UTC; None where it does not tell.

        Raises:
            DeviceError: as `Session.read`.
        """
        ...


@runtime_checkable
class TellsRecordings(Protocol):
    """A driver session of a recorder that tells how far back its recordings reach."""

    async def recorded_since(self) -> float | None:
        """The begin of the oldest recording, seconds since 1970-01-01 UTC, by the device's clock.

        None where the firmware has no such search, or says that there is no recording at all.

        Raises:
            DeviceError: as `Session.read`.
        """
        ...
