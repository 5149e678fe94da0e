"""Cisco IOS: every line is in force at once, under a revert timer. Experimental.

Source: the configuration replace and rollback guide (`configure terminal revert timer`, minutes;
`configure confirm`); it needs `archive` with a path, without which the device refuses the timer.
"""

from __future__ import annotations

import re

from fleet.drivers.ssh import ios
from fleet.drivers.ssh.facts import templated
from fleet.drivers.ssh.immediate import Immediate, minutes
from fleet.drivers.ssh.platform import Fields, Platform
from fleet.drivers.ssh.terminal import Manners
from fleet.model.observation import Identity
from fleet.ports.driver import Trial

POWER = ("power inline auto", "power inline never")


class Ios(Immediate):
    """See fleet.drivers.ssh.immediate."""

    manners = Manners(
        prompt=re.compile(r"(?P<name>[^\s#>()]{1,63})(?:\([^)]*\))?[#>]"),
        error=re.compile(r"^\s*%|^\s*\^\s*$|^\s*Error\b", re.IGNORECASE),
    )
    harmless = re.compile(r"^Rollback Confirmed Change|^\(config\)", re.IGNORECASE)
    paging = ("terminal length 0", "terminal width 511")
    enter, leave = "configure terminal", "end"

    def identity(self) -> Identity:
        """See Desk."""
        told = templated("cisco_ios", "show version", self._talk.show("show version"))
        row = told[0] if told else {}
        return Identity(
            serial=row.get("serial") or None,
            model=row.get("hardware") or None,
            firmware=row.get("version") or None,
        )

    def running(self) -> Fields:
        """See Immediate."""
        return self._talk.understood("show running-config", _fields)

    def startup(self) -> Fields:
        """See Immediate."""
        return self._talk.understood("show startup-config", _fields)

    def lines(self, before: Fields, after: Fields) -> list[str]:
        """See Immediate."""
        return self._talk.understood(
            "show running-config", lambda shown: ios.lines_of(shown, before, after, POWER)
        )

    def arm(self, trial: Trial) -> None:
        """See Immediate."""
        answer = self._talk.run(f"configure terminal revert timer {minutes(trial.seconds)}")
        if self._talk.refusal(answer) is not None or "(config" not in self._talk.prompt:
            self.refuse(answer)

    def disarm(self) -> str:
        """See Immediate."""
        return self._talk.run("configure confirm")

    def pending(self) -> bool | None:
        """See Immediate."""
        answer = self._talk.show("show archive config rollback timer")
        return "Timed Rollback" in answer or "Timer value" in answer

    def store(self) -> str | None:
        """See Immediate."""
        answer = self._talk.run("write memory")
        return None if "[OK]" in answer else answer.strip() or "-"


def _fields(shown: str) -> Fields:
    return ios.fields_of(shown, POWER[1])


PLATFORM = Platform(
    name="cisco_ios",
    fields=ios.FIELDS,
    trial_s=300,
    open=Ios,
    judge=ios.judge,
    needs=("experimental", "others"),
)
