"""Cisco IOS: every line is in force at once, under a revert timer. Experimental.

Source: the configuration replace and rollback guide (`configure terminal revert timer`, minutes;
`configure confirm`); it needs `archive` with a path, without which the device refuses the timer.
"""

from __future__ import annotations

import re

from fleet.drivers.ssh import ios
from fleet.drivers.ssh.facts import templated
from fleet.drivers.ssh.families import ImmediateIos
from fleet.drivers.ssh.immediate import minutes
from fleet.drivers.ssh.platform import Platform
from fleet.model.observation import Identity
from fleet.ports.driver import Trial

POWER = ("power inline auto", "power inline never")


class Ios(ImmediateIos):
    """See fleet.drivers.ssh.immediate."""

    power = POWER
    harmless = re.compile(r"^Rollback Confirmed Change|^\(config\)", re.IGNORECASE)
    paging = ("terminal length 0", "terminal width 511")

    def identity(self) -> Identity:
        """See Desk."""
        told = templated("cisco_ios", "show version", self._talk.show("show version"))
        row = told[0] if told else {}
        return Identity(
            serial=row.get("serial") or None,
            model=row.get("hardware") or None,
            firmware=row.get("version") or None,
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


PLATFORM = Platform(
    name="cisco_ios",
    fields=ios.FIELDS,
    trial_s=300,
    open=Ios,
    judge=ios.judge,
    needs=("experimental", "others"),
)
