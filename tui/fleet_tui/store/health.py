"""The place where a collector of health plugs in; without one, health is unknown and said to be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from fleet.model.text import Text, text
from fleet_tui.store.states import State

Word = Literal["online", "degraded", "offline", "unknown"]
WORDS: Mapping[Word, Text] = {
    "online": text("online", "在线"),
    "degraded": text("degraded", "降级"),
    "offline": text("offline", "离线"),
    "unknown": text("unknown", "未知"),
}
SHOWS: Mapping[Word, State] = {
    "online": State.UNKNOWN,
    "degraded": State.DEGRADED,
    "offline": State.OFFLINE,
    "unknown": State.UNKNOWN,
}


@dataclass(frozen=True)
class Health:
    """One device's health: since when (RFC 3339, UTC; empty: not told) and by what it is known."""

    word: Word = "unknown"
    since: str = ""
    evidence: str = ""


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
