"""H3C Comware 7: every line is in force at once, under a rollback point with a timer.

Source: the fundamentals guides (`configuration commit delay`, minutes; `configuration commit`). The
rollback point carries no id and is not moved by setting the timer anew, it takes back whatever
anybody changed meanwhile, and the device does not tell whether one is set.
"""

from __future__ import annotations

import re
from dataclasses import replace
from functools import partial

from fleet.drivers.ssh.config import FIELDS, Configured, Words, configured
from fleet.drivers.ssh.facts import names_in, serial_in, templated
from fleet.drivers.ssh.families import ImmediateVrp
from fleet.drivers.ssh.immediate import minutes
from fleet.drivers.ssh.platform import Platform
from fleet.drivers.ssh.values import judge_vrp
from fleet.model.observation import Identity
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


class Comware(ImmediateVrp):
    """See fleet.drivers.ssh.immediate."""

    words = WORDS
    manners = replace(
        ImmediateVrp.manners,
        error=re.compile(r"^\s*%|^\s*\^\s*$|^\s*(Error|Failed)\b", re.IGNORECASE),
    )
    # Refusals of a value carry no mark, so that all that is not known is one.
    harmless = re.compile(r"please wait|^done\.?$|^info:", re.IGNORECASE)
    paging = ("screen-length disable",)

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

    def configured(self, shown_by: str) -> Configured:
        """See ImmediateVrp; each port says itself whether it is routed."""
        power = self._talk.offered("display poe interface")
        powered = () if power is None else {WORDS.short(n) for n in names_in(power)}
        return self._talk.understood(
            shown_by, lambda shown: configured(shown, WORDS, powered=powered)
        )


PLATFORM = Platform(
    name="hp_comware",
    fields=frozenset(FIELDS),
    trial_s=180,
    open=Comware,
    judge=partial(judge_vrp, words=WORDS),
    needs=("others",),
)
