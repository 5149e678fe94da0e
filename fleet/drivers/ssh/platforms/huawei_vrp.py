"""Huawei VRP5: every line is in force at once, and only a restart undoes. Experimental.

Sources: the S5700 command references (`schedule reboot`, `save`). What runs is saved, a restart is
scheduled, the lines are typed; the confirmation takes the restart off again. Never tried on a
device: the plan asks for consent, and prices what hangs on the switch.
"""

from __future__ import annotations

import re

from fleet.drivers.ssh.config import FIELDS, Configured, Words, configured
from fleet.drivers.ssh.facts import names_in, serial_in, templated
from fleet.drivers.ssh.immediate import Immediate, minutes
from fleet.drivers.ssh.platform import Fields, Platform
from fleet.drivers.ssh.render import rendered
from fleet.drivers.ssh.terminal import Manners
from fleet.drivers.ssh.values import judge_vrp
from fleet.model.observation import Identity
from fleet.model.text import Text
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


class Vrp5(Immediate):
    """See fleet.drivers.ssh.immediate."""

    manners = Manners(
        prompt=re.compile(r"<(?P<name>[^<>]{1,80})>|\[(?P<view>[^\[\]]{1,140})\]"),
        error=re.compile(r"^\s*(Error|Failed)\b|^\s*\^\s*$", re.IGNORECASE),
    )
    harmless = re.compile(r"^(Info|Warning):|please wait|^done\.?$", re.IGNORECASE)
    paging = ("screen-length 0 temporary",)
    enter, leave = "system-view", "return"

    def identity(self) -> Identity:
        """See Desk."""
        told = templated("huawei_vrp", "display version", self._talk.show("display version"))
        row = told[0] if told else {}
        serial = self._talk.offered("display esn")
        return Identity(
            serial=serial_in(serial) if serial else None,
            model=row.get("model") or None,
            firmware=row.get("vrp_version") or None,
        )

    def running(self) -> Fields:
        """See Immediate."""
        return self._configured("display current-configuration").fields()

    def startup(self) -> Fields:
        """See Immediate."""
        return self._configured("display saved-configuration").fields()

    def lines(self, before: Fields, after: Fields) -> list[str]:
        """See Immediate."""
        return rendered(WORDS, self._configured("display current-configuration"), before, after)

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

    def _configured(self, shown_by: str) -> Configured:
        bridged = self._talk.offered("display port vlan")
        power = self._talk.offered("display poe power-state")
        ports = None if bridged is None else {WORDS.short(n) for n in names_in(bridged)}
        powered = () if power is None else {WORDS.short(n) for n in names_in(power)}
        return self._talk.understood(
            shown_by, lambda shown: configured(shown, WORDS, ports, powered)
        )


def _judge(field: str, value: object) -> Text | None:
    return judge_vrp(field, value, WORDS)


PLATFORM = Platform(
    name="huawei_vrp",
    fields=frozenset(FIELDS),
    trial_s=600,
    open=Vrp5,
    judge=_judge,
    needs=("experimental", "reboot"),
)
