"""What the collector needs of a database: rows of health in, rows out, bounded and durable.

Times are seconds since 1970-01-01 UTC as floats, kept to the millisecond; the readers' port
(ports/health.py) speaks RFC 3339.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple, Protocol

from fleet.model.base import Frozen
from fleet.ports.health import HealthState

# A collector's own numbers, each followed by its scope (HealthRows.meta).
BEAT, POLL = "beat:", "poll_s:"


class SpanRow(NamedTuple):
    """One closed interval of one device."""

    device: str
    state: HealthState
    begin: float
    end: float
    cause: str


class OpenRow(NamedTuple):
    """A device's interval that still goes on; `seen` is when somebody last looked."""

    device: str
    state: HealthState
    begin: float
    cause: str
    seen: float


class PollRow(NamedTuple):
    """Polls of one device on one civil day (UTC+08:00, days since 1970-01-01)."""

    device: str
    day: int
    answered: int
    tried: int


class AlarmRow(NamedTuple):
    """One alarm; `ended` None: it stands."""

    id: str
    kind: str
    subject: str
    compound: str
    begun: float
    ended: float | None
    behind: tuple[str, ...]


class FactRow(NamedTuple):
    """The newest word on something of a device: its registration, its clock."""

    subject: str
    name: str
    at: float
    value: Mapping[str, float | str | bool | None]


class Trap(Frozen):
    """One notification (RFC 3416, 4.2.6 and 4.2.7).

    `key` tells a repeat: the same sender, request id and bindings give the same key. `user` is
    empty for v2c, whose community string anybody on the path can read: it proves no sender.
    """

    key: str
    at: float
    source: str
    version: Literal["v2c", "v3"]
    kind: Literal["trap", "inform"]
    oid: str
    user: str = ""
    engine_id: str = ""
    values: Mapping[str, str] = {}
    repeats: int = 0


@dataclass
class Batch:
    """All that one durable transaction stores; `add` raises counters, `strangers` counts senders.

    A stranger is somebody who could not be understood: an unknown engine, user or community. `at`
    is when the batch was made; `meta` are numbers to keep, `retire` those to forget.
    """

    closed: list[SpanRow] = field(default_factory=list)
    opened: list[OpenRow] = field(default_factory=list)
    polls: list[PollRow] = field(default_factory=list)
    facts: list[FactRow] = field(default_factory=list)
    alarms: list[AlarmRow] = field(default_factory=list)
    add: dict[str, int] = field(default_factory=dict)
    strangers: dict[str, int] = field(default_factory=dict)
    forget: list[str] = field(default_factory=list)
    meta: dict[str, float] = field(default_factory=dict)
    retire: list[str] = field(default_factory=list)
    at: float = 0.0


class HealthRows(Protocol):
    """The reading half. All methods raise StoreError and nothing else."""

    def opens(self) -> list[OpenRow]:
        """Every device's interval that goes on."""
        ...

    def spans(
        self, begin: float, end: float, devices: Sequence[str] | None = None
    ) -> Iterator[SpanRow]:
        """Closed intervals that touch [begin, end), by device and time, as they stand."""
        ...

    def polls(self, first_day: int, last_day: int) -> list[PollRow]:
        """Poll counts of these days (both included), by device and day."""
        ...

    def alarms(self, begin: float, end: float) -> list[AlarmRow]:
        """Alarms that stood at any moment of [begin, end), oldest first."""
        ...

    def facts(self) -> list[FactRow]:
        """The newest word on everything."""
        ...

    def traps(self, limit: int, after: float = 0.0) -> list[Trap]:
        """The newest notifications since `after`, newest first."""
        ...

    def counters(self) -> Mapping[str, int]:
        """Every counter."""
        ...

    def strangers(self) -> Mapping[str, int]:
        """Senders that could not be understood, with how often."""
        ...

    def meta(self) -> Mapping[str, float]:
        """The collectors' own numbers: `beat:SCOPE` (the last sign of life) and `poll_s:SCOPE`.

        A scope is a district's code; a collector writes those of every district it watches.
        """
        ...

    def size(self) -> int:
        """Octets in use by rows and indexes."""
        ...


class HealthStore(HealthRows, Protocol):
    """Keeps rows; knows nothing of rates or alarms. All methods raise StoreError, nothing else."""

    def write(self, batch: Batch) -> None:
        """Store all of it or nothing; durable on return."""
        ...

    def add_traps(self, traps: Sequence[Trap]) -> tuple[bool, ...]:
        """Store notifications durably; for each, whether it is new (False: counted as repeat)."""
        ...

    def prune(self, now: float) -> int:
        """Enforce the bounds on age and size; how many rows went."""
        ...

    def close(self) -> None:
        """Let go of the database."""
        ...
