"""Platforms whose every line is in force at once, under a timer that carries no id.

The timer is set before the first line. The device cannot say whose timer runs, so a trial is known
to the process that armed it alone: after a restart of ours it is waited out, never confirmed.
"""

from __future__ import annotations

import re
import time
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING

from fleet.drivers import complaints
from fleet.drivers.ssh import sayings
from fleet.drivers.ssh.config import FIELDS
from fleet.drivers.ssh.pace import Pace
from fleet.drivers.ssh.platform import MEMORY, Armed, Fields
from fleet.drivers.ssh.talk import RESOURCE, Talk
from fleet.drivers.ssh.terminal import Manners
from fleet.model.change import Target
from fleet.model.links import canonical_links, concerning
from fleet.ports.driver import Trial, TrialState

if TYPE_CHECKING:
    from fleet.drivers.ssh.login import Line

MINUTE_S = 60


def minutes(seconds: int) -> int:
    """A trial's seconds in the whole minutes that such timers count, rounded up."""
    return -(-seconds // MINUTE_S)


class Immediate(ABC):
    """See fleet.drivers.ssh.platform.Desk; a platform fills in its own words."""

    manners: Manners
    harmless: re.Pattern[str]
    # How paging is turned off, and how configuration is entered and left.
    paging: Sequence[str]
    enter: str
    leave: str

    def __init__(self, line: Line, target: Target, pace: Pace) -> None:
        self._talk = Talk(line, target, self.manners, pace)
        self._device = target.device
        for command in self.paging:
            self._talk.show(command)

    @abstractmethod
    def running(self) -> Fields:
        """The fields of what runs."""

    @abstractmethod
    def startup(self) -> Fields:
        """The fields of what the next start takes."""

    @abstractmethod
    def lines(self, before: Fields, after: Fields) -> list[str]:
        """The lines of a change."""

    @abstractmethod
    def arm(self, trial: Trial) -> None:
        """Set the timer and be where the lines are typed.

        Raises:
            WriteRefused: it was not set.
        """

    @abstractmethod
    def disarm(self) -> str:
        """Take the timer off; returns the device's answer."""

    @abstractmethod
    def store(self) -> str | None:
        """Save what runs; returns the device's words where it did not."""

    def pending(self) -> bool | None:
        """Whether the device says that a timer runs; None where it cannot be asked."""
        return None

    def paced(self, pace: Pace) -> None:
        """See Desk."""
        self._talk.paced(pace)

    def read(self) -> Fields:
        """See Desk."""
        return self.running()

    def write_trial(self, before: Fields, after: Fields, trial: Trial) -> None:
        """See Desk; the timer first, so that even its own answer may be the last that we see."""
        if self.pending():
            raise sayings.trial_busy(self._device, "-")
        lines = self.lines(before, after)
        until = time.monotonic() + trial.seconds
        self.arm(trial)
        MEMORY.arm(self._device, trial.id, Armed(until, before, after))
        if "sysname" in after:
            self._talk.expect_name(str(after["sysname"]))
        self._talk.change(lines, self.harmless)

    def trial_state(self, trial_id: str) -> TrialState:
        """See Desk: by our own memory and the values, and by the device's word where it has one."""
        armed = MEMORY.of(self._device, trial_id)
        if armed is None:
            return "unknown"
        if armed.confirmed:
            return "confirmed"
        if time.monotonic() >= armed.until:
            return "undone"
        seen = self.running()
        if self.pending() is not False and _stands(seen, armed.after, armed.before):
            return "open"
        # Should the timer still run where the old values stand, it can only bring back the same.
        # Values between the two: amid its change, or amid its undoing.
        return "undone" if _stands(seen, armed.before, armed.after) else "unknown"

    def confirm(self, trial_id: str) -> bool:
        """See Desk; the values are read afterwards: the device says yes to nothing as well."""
        armed = MEMORY.of(self._device, trial_id)
        if armed is None or self.trial_state(trial_id) not in ("open", "confirmed"):
            return False
        if not armed.confirmed:
            answer = self.disarm()
            if (refused := self._talk.refusal(answer)) is not None or self.pending():
                raise complaints.write_refused(self._device, RESOURCE, refused or answer.strip())
            armed.confirmed = _stands(self.running(), armed.after, armed.before)
        return armed.confirmed

    def save(self) -> None:
        """See Desk."""
        if (words := self.store()) is not None:
            raise sayings.not_saved(self._device, words)
        running, startup = self.running(), self.startup()
        if other := [name for name in FIELDS if running.get(name) != startup.get(name)]:
            raise sayings.not_saved(self._device, ", ".join(other))

    def refuse(self, words: str) -> None:
        """Tell that the device did not set its timer."""
        why = complaints.shown(words.strip() or "-")
        raise complaints.write_refused(self._device, RESOURCE, why)


def _stands(seen: Fields, side: Fields, other: Fields) -> bool:
    """Whether what was seen is one side of a change, in every entry that either side names."""
    for name, value in side.items():
        named, against = value, other.get(name)
        if isinstance(value, list) and isinstance(against, list):
            named = [*value, *against]
        shown = concerning(name, canonical_links(name, seen.get(name)), named)
        if shown != canonical_links(name, value):
            return False
    return True
