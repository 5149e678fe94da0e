"""H3C Comware 7: every line is in force at once, under a rollback point with a timer.

Source: the fundamentals guides (`configuration commit delay`, minutes; `configuration commit`). The
rollback point carries no id and is not moved by setting the timer anew, it takes back whatever
anybody changed meanwhile, and the device does not tell whether one is set.
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
    access="port access vlan {v}",
    trunk="port trunk permit vlan {v}",
    lldp="lldp global enable",
    ntp="ntp-service unicast-server {a}",
    ntp_before=("ntp-service enable",),
    list_="acl advanced {n}",
    filter_="packet-filter {n} inbound",
    powered=False,
    full={
        "XGE": "Ten-GigabitEthernet",
        "GE": "GigabitEthernet",
        "Vlan": "Vlan-interface",
        "Loop": "LoopBack",
    },
    vlan_interface="Vlan",
)


class Comware(Immediate):
    """See fleet.drivers.ssh.immediate."""

    manners = Manners(
        prompt=re.compile(r"<(?P<name>[^<>]{1,80})>|\[(?P<view>[^\[\]]{1,140})\]"),
        error=re.compile(r"^\s*%|^\s*\^\s*$|^\s*(Error|Failed)\b", re.IGNORECASE),
    )
    # Refusals of a value carry no mark, so that all that is not known is one.
    harmless = re.compile(r"please wait|^done\.?$|^info:", re.IGNORECASE)
    paging = ("screen-length disable",)
    enter, leave = "system-view", "return"

    def identity(self) -> Identity:
        """See Desk."""
        version = self._talk.show("display version")
        firmware = re.search(r"Software, Version ([^\r\n]+)", version)
        model = re.search(r"^(?:H3C|HPE?) (\S+) uptime", version, re.MULTILINE)
        made = self._talk.offered("display device manuinfo")
        rows = templated("hp_comware", "display device manuinfo", made) if made else []
        told = next((r["device_serial_number"] for r in rows if r.get("device_serial_number")), "")
        return Identity(
            serial=told or (serial_in(made) if made else None),
            model=model[1] if model else None,
            firmware=firmware[1].strip() if firmware else None,
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
        """See Immediate."""
        self._talk.show(self.enter)
        answer = self._talk.run(f"configuration commit delay {minutes(trial.seconds)}")
        if answer.strip():
            self.refuse(answer)

    def disarm(self) -> str:
        """See Immediate."""
        self._talk.show(self.enter)
        answer = self._talk.run("configuration commit")
        self._talk.show(self.leave)
        return answer

    def store(self) -> str | None:
        """See Immediate."""
        answer = self._talk.run("save force")
        return None if "successfully" in answer else answer.strip() or "-"

    def _configured(self, shown_by: str) -> Configured:
        power = self._talk.offered("display poe interface")
        powered = () if power is None else {WORDS.short(n) for n in names_in(power)}
        return self._talk.understood(
            shown_by, lambda shown: configured(shown, WORDS, powered=powered)
        )


def _judge(field: str, value: object) -> Text | None:
    return judge_vrp(field, value, WORDS)


PLATFORM = Platform(
    name="hp_comware",
    fields=frozenset(FIELDS),
    trial_s=180,
    open=Comware,
    judge=_judge,
    needs=("others",),
)
