"""The account of one wave: what is in flight, what failed, and whether anything new may start."""

from __future__ import annotations

from dataclasses import dataclass, field

from fleet.model.fleet import RolloutLimits
from fleet.plan.waves import in_flight_max


@dataclass
class Book:
    """Accounts of a wave. `stop` holds why no new write may start, or nothing."""

    limits: RolloutLimits
    steps_left: int = 0
    steps_done: int = 0
    failed: set[str] = field(default_factory=set)
    in_flight: set[str] = field(default_factory=set)
    stop: str = ""

    def may_start(self) -> bool:
        """Whether one more permit may be granted now."""
        allowed = in_flight_max(self.limits, len(self.failed))
        if allowed == 0 and not self.stop:
            self.stop = "threshold"
        return not self.stop and len(self.in_flight) < allowed

    def start(self, device: str) -> None:
        """A permit for a step of this device is granted."""
        self.in_flight.add(device)

    def end(self, device: str, outcome: str) -> None:
        """The permitted step settled."""
        self.in_flight.discard(device)
        if outcome == "done":
            self.steps_done += 1
            self.steps_left -= 1
        elif outcome != "not_applied":
            self.fail(device)

    def fail(self, device: str) -> None:
        """A device failed, with or without a permit; it gets no further one in this wave."""
        self.failed.add(device)
        if in_flight_max(self.limits, len(self.failed)) == 0 and not self.stop:
            self.stop = "threshold"

    def halt(self) -> None:
        """What happened ends the wave, however many failures are tolerated: a path is gone."""
        self.stop = self.stop or "threshold"
