"""What a collector saw of devices; without one, health is unknown and said to be."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from fleet.app.status import DeviceStatus
from fleet.model.text import Text, text
from fleet_tui.store.states import State

Word = Literal["online", "degraded", "offline", "unknown"]
WORDS: Mapping[Word, Text] = {
    "online": text("online", "在线"),
    "degraded": text("degraded", "降级"),
    "offline": text("offline", "离线"),
    "unknown": text("unknown", "未知"),
}
STYLES: Mapping[Word, str] = {
    "online": "good",
    "degraded": "s6",
    "offline": "s7",
    "unknown": "dim",
}
SHOWS: Mapping[Word, State] = {
    "online": State.UNKNOWN,
    "degraded": State.DEGRADED,
    "offline": State.OFFLINE,
    "unknown": State.UNKNOWN,
}


@dataclass(frozen=True)
class Health:
    """One device's health: since when, when it was last looked at (RFC 3339, UTC; empty: not told).

    `evidence` is what made it known, as the collector names the cause.
    """

    word: Word = "unknown"
    since: str = ""
    evidence: str = ""
    seen: str = ""


class HealthSource(Protocol):
    """Says how devices are, without asking the devices themselves."""

    def changes(self) -> Mapping[str, Health]:
        """What changed since the last call, by device id; the first call gives all that is known.

        Called a few times a second from one thread; must not wait for anything.
        """
        ...

    def of(self, devices: Sequence[str]) -> Mapping[str, Health]:
        """What is known of these devices now."""
        ...


class UnknownHealth:
    """The health source where none collects."""

    def changes(self) -> Mapping[str, Health]:
        """Nothing ever changes."""
        return {}

    def of(self, devices: Sequence[str]) -> Mapping[str, Health]:
        """Unknown, each."""
        return {device: Health() for device in devices}


class Looked:
    """The health source over what a collector kept, as it was read last."""

    def __init__(self) -> None:
        self._known: dict[str, Health] = {}
        self._new: dict[str, Health] = {}

    def learn(self, found: Iterable[DeviceStatus]) -> None:
        """Take in what a collector says now; a device that is no longer told of is unknown."""
        now = {
            s.device: Health(s.state, s.since or "", s.cause, s.seen or "")
            for s in found
            if s.since is not None
        }
        gone = {name: Health() for name in self._known.keys() - now.keys()}
        changed = {n: h for n, h in now.items() if self._known.get(n) != h}
        self._new |= gone | changed
        self._known = now

    def changes(self) -> Mapping[str, Health]:
        """What changed since the last call."""
        new, self._new = self._new, {}
        return new

    def of(self, devices: Sequence[str]) -> Mapping[str, Health]:
        """What is known of these devices."""
        return {device: self._known.get(device, Health()) for device in devices}
