"""Ruijie RGOS: every line is in force at once, and only a restart undoes. Experimental.

Source: the RG-S2910 command reference (`reload in`, `reload cancel`, `show reload`). What runs is
saved, a restart is set, the lines are typed; the confirmation takes the restart off again.
"""

from __future__ import annotations

import re

from fleet.drivers.ssh import ios
from fleet.drivers.ssh.families import ImmediateIos
from fleet.drivers.ssh.immediate import minutes
from fleet.drivers.ssh.platform import Platform
from fleet.model.observation import Identity
from fleet.ports.driver import Trial

POWER = ("poe enable", "no poe enable")
_SURE = {r"\[yes/no\]|\[Y/N\]|\(Y/N\)|\[confirm\]": "Y"}


class Ruijie(ImmediateIos):
    """See fleet.drivers.ssh.immediate."""

    power = POWER
    harmless = re.compile(r"^Info", re.IGNORECASE)
    paging = ("terminal length 0",)

    def identity(self) -> Identity:
        """See Desk."""
        shown = self._talk.show("show version")
        told = {
            name: found[1].strip() if (found := re.search(pattern, shown)) else None
            for name, pattern in (
                ("model", r"System description\s*:\s*[^(\r\n]*\(([^)\r\n]+)\)"),
                ("firmware", r"System software version\s*:\s*([^\r\n]+)"),
                ("serial", r"System serial number\s*:\s*(\S+)"),
            )
        }
        return Identity(serial=told["serial"], model=told["model"], firmware=told["firmware"])

    def arm(self, trial: Trial) -> None:
        """See Immediate; the restart must come back to what runs now."""
        if (words := self.store()) is not None:
            self.refuse(words)
        answer = self._talk.run(f"reload in {minutes(trial.seconds)}", _SURE)
        if self._talk.refusal(answer) is not None or not self.pending():
            self.refuse(answer)
        self._talk.show(self.enter)

    def disarm(self) -> str:
        """See Immediate."""
        return self._talk.run("reload cancel", _SURE)

    def pending(self) -> bool | None:
        """See Immediate."""
        answer = self._talk.show("show reload")
        return "scheduled" in answer and not re.search(r"\bno\b", answer, re.IGNORECASE)

    def store(self) -> str | None:
        """See Immediate."""
        answer = self._talk.run("write")
        return None if re.search(r"\[OK\]|success", answer) else answer.strip() or "-"


PLATFORM = Platform(
    name="ruijie_os",
    fields=ios.FIELDS,
    trial_s=600,
    open=Ruijie,
    judge=ios.judge,
    needs=("experimental", "reboot"),
)
