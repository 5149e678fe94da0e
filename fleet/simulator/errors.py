"""What can go wrong for the person who steers simulated devices; wiring gives it words."""

from __future__ import annotations

from typing import Literal

Code = Literal[
    "unknown-device",
    "unknown-field",
    "bad-value",
    "unknown-fault",
    "fault-not-here",
    "address-taken",
    "not-started",
    "not-running",
    "not-ended",
    "broken-state",
]


class SimError(Exception):
    """One code with its facts: `device`, `field`, `value`, `address`, `port`, `why`, `known`."""

    def __init__(self, code: Code, **facts: str | int | list[str]) -> None:
        super().__init__(f"{code}: {facts}")
        self.code = code
        self.facts = facts
