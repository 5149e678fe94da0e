"""H3C Comware 7: every line is in force at once, under a rollback point with a timer.

Source: the fundamentals guides (`configuration commit delay`, minutes; `configuration commit`). The
rollback point carries no id, is moved by nobody who sets the timer anew, and takes back whatever
anybody changed meanwhile; the device does not tell whether one is set. So a trial is known by this
process alone: after a restart of ours it is waited out, never confirmed.
"""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING

from fleet.drivers import complaints
from fleet.drivers.ssh import sayings
from fleet.drivers.ssh.config import FIELDS, Configured, Words, configured
from fleet.drivers.ssh.facts import names_in, serial_in, templated
from fleet.drivers.ssh.pace import Pace
from fleet.drivers.ssh.platform import MEMORY, Armed, Fields, Platform
from fleet.drivers.ssh.render import rendered
from fleet.drivers.ssh.talk import RESOURCE, Talk
from fleet.drivers.ssh.terminal import Manners
from fleet.drivers.ssh.values import judge_vrp
from fleet.model.change import Target
from fleet.model.links import canonical_links, concerning
from fleet.model.observation import Identity
from fleet.model.text import Text
from fleet.ports.driver import Trial, TrialState

if TYPE_CHECKING:
    from fleet.drivers.ssh.login import Line

MANNERS = Manners(
    prompt=re.compile(r"<(?P<name>[^<>]{1,80})>|\[(?P<view>[^\[\]]{1,140})\]"),
    error=re.compile(r"^\s*%|^\s*\^\s*$|^\s*(Error|Failed)\b", re.IGNORECASE),
)
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
HARMLESS = re.compile(r"please wait|^done\.?$|^info:", re.IGNORECASE)
_MINUTE_S = 60


class Comware:
    """See fleet.drivers.ssh.platform.Desk."""

    def __init__(self, line: Line, target: Target, pace: Pace) -> None:
        self._talk = Talk(line, target, MANNERS, pace)
        self._device = target.device
        self._talk.show("screen-length disable")

    def paced(self, pace: Pace) -> None:
        """See Desk."""
        self._talk.paced(pace)

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

    def read(self) -> Fields:
        """See Desk."""
        return self._configured("display current-configuration").fields()

    def write_trial(self, before: Fields, after: Fields, trial: Trial) -> None:
        """See Desk; the timer is set first, so that even its own answer may be the last we see."""
        lines = rendered(WORDS, self._configured("display current-configuration"), before, after)
        self._talk.show("system-view")
        minutes = -(-trial.seconds // _MINUTE_S)
        until = time.monotonic() + trial.seconds
        answer = self._talk.run(f"configuration commit delay {minutes}")
        if answer.strip():
            raise complaints.write_refused(self._device, RESOURCE, answer.strip())
        MEMORY.arm(self._device, trial.id, Armed(until, after))
        if "sysname" in after:
            self._talk.expect_name(str(after["sysname"]))
        self._talk.change(lines, HARMLESS)

    def trial_state(self, trial_id: str) -> TrialState:
        """See Desk: by our own memory and the values, since the device does not tell."""
        armed = MEMORY.of(self._device, trial_id)
        if armed is None:
            return "unknown"
        if armed.confirmed:
            return "confirmed"
        if time.monotonic() < armed.until and self._stands(armed.after):
            return "open"
        # The timer has run out, or it still runs and the values went before it: both undo.
        return "unknown" if time.monotonic() < armed.until else "undone"

    def confirm(self, trial_id: str) -> bool:
        """See Desk; the values are read afterwards: the device says yes to nothing as well."""
        armed = MEMORY.of(self._device, trial_id)
        if armed is None or self.trial_state(trial_id) == "undone":
            return False
        if armed.confirmed:
            return True
        self._talk.show("system-view")
        answer = self._talk.run("configuration commit")
        self._talk.show("return")
        if self._talk.refusal(answer) is not None:
            raise complaints.write_refused(self._device, RESOURCE, answer.strip())
        armed.confirmed = self._stands(armed.after)
        return armed.confirmed

    def save(self) -> None:
        """See Desk."""
        answer = self._talk.run("save force")
        if "successfully" not in answer:
            raise sayings.not_saved(self._device, answer.strip() or "-")
        running = self._configured("display current-configuration").fields()
        startup = self._configured("display saved-configuration").fields()
        if other := [name for name in FIELDS if running[name] != startup[name]]:
            raise sayings.not_saved(self._device, ", ".join(other))

    def _stands(self, after: Fields) -> bool:
        seen = self.read()
        return all(
            concerning(name, canonical_links(name, seen[name]), wanted)
            == canonical_links(name, wanted)
            for name, wanted in after.items()
        )

    def _configured(self, shown_by: str) -> Configured:
        power = self._talk.offered("display poe interface")
        return configured(
            self._talk.show(shown_by),
            WORDS,
            powered=() if power is None else {WORDS.short(n) for n in names_in(power)},
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
