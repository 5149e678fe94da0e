"""Huawei VRP5: every line is in force at once, and only a restart undoes. Experimental.

Sources: the S5700 command references (`schedule reboot`, `save`). What runs is saved, a restart is
scheduled, the lines are typed; the confirmation takes the restart off again. Never tried on a
device: the plan asks for consent, and prices what hangs on the switch.
"""

from __future__ import annotations

import re
from functools import partial

from fleet.drivers.ssh.config import FIELDS, Words
from fleet.drivers.ssh.families import ImmediateVrp, huawei_identity
from fleet.drivers.ssh.immediate import minutes
from fleet.drivers.ssh.platform import Platform
from fleet.drivers.ssh.values import judge_vrp
from fleet.model.observation import Identity
from fleet.ports.driver import Trial

WORDS = Words(
    access="port default vlan {v}",
    trunk="port trunk allow-pass vlan {v}",
    lldp="lldp enable",
    ntp="ntp-service unicast-server {a}",
    list_="acl number {n}",
    filter_="traffic-filter inbound acl {n}",
    powered=True,
    full={"XGE": "XGigabitEthernet", "GE": "GigabitEthernet", "Eth": "Ethernet"},
    vlan_interface="Vlanif",
)
_SURE = {r"\[Y/N\]": "Y"}


class Vrp5(ImmediateVrp):
    """See fleet.drivers.ssh.immediate."""

    words = WORDS
    harmless = re.compile(r"^(Info|Warning):|please wait|^done\.?$", re.IGNORECASE)
    paging = ("screen-length 0 temporary",)

    def identity(self) -> Identity:
        """See Desk."""
        return huawei_identity(self._talk)

    def arm(self, trial: Trial) -> None:
        """See Immediate; the restart must come back to what runs now."""
        if (words := self.store()) is not None:
            self.refuse(words)
        answer = self._talk.run(f"schedule reboot delay {minutes(trial.seconds)}", _SURE)
        if self._talk.refusal(answer) is not None or not self.pending():
            self.refuse(answer)
        self._talk.show(self.enter)

    def disarm(self) -> str:
        """See Immediate."""
        return self._talk.run("undo schedule reboot", _SURE)

    def pending(self) -> bool | None:
        """See Immediate."""
        answer = self._talk.show("display schedule reboot")
        return bool(re.search(r"will reboot|reboot at|in \d+ hours", answer))

    def store(self) -> str | None:
        """See Immediate."""
        answer = self._talk.run("save", _SURE)
        return None if "successfully" in answer else answer.strip() or "-"


PLATFORM = Platform(
    name="huawei_vrp",
    fields=frozenset(FIELDS),
    trial_s=600,
    open=Vrp5,
    judge=partial(judge_vrp, words=WORDS),
    needs=("experimental", "reboot"),
)
