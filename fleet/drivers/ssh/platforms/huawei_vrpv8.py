"""Huawei VRP8: two stages. The whole change is a candidate, put on trial by `commit trial`.

Sources: the command references of the NE8000 and CloudEngine series (`commit`, `abort trial`,
`display configuration trial status`, `display configuration commit list`).
"""

from __future__ import annotations

import re
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

from fleet.drivers import complaints
from fleet.drivers.ssh import sayings
from fleet.drivers.ssh.config import FIELDS, Configured, Words
from fleet.drivers.ssh.families import RUNNING, SAVED, huawei_configured, huawei_identity
from fleet.drivers.ssh.pace import Pace
from fleet.drivers.ssh.platform import Fields, Platform
from fleet.drivers.ssh.render import rendered
from fleet.drivers.ssh.talk import RESOURCE, Talk
from fleet.drivers.ssh.terminal import Manners
from fleet.drivers.ssh.values import judge_vrp
from fleet.model.change import Target
from fleet.model.errors import DeviceError
from fleet.model.observation import Identity
from fleet.ports.driver import Trial, TrialState

if TYPE_CHECKING:
    from fleet.drivers.ssh.login import Line

MANNERS = Manners(
    prompt=re.compile(r"<(?P<name>[^<>]{1,80})>|\[[~*]?(?P<view>[^\[\]]{1,140})\]"),
    error=re.compile(r"^\s*(Error|Fatal)\b|^\s*\^\s*$", re.IGNORECASE),
)
WORDS = Words(
    access="port default vlan {v}",
    trunk="port trunk allow-pass vlan {v}",
    lldp="lldp enable",
    ntp="ntp unicast-server {a}",
    list_="acl number {n}",
    filter_="traffic-filter acl {n} inbound",
    powered=True,
    full={},
    vlan_interface="Vlanif",
)
HARMLESS = re.compile(r"^(Info|Warning):", re.IGNORECASE)
_OTHERS_TRIAL = re.compile(r"trial", re.IGNORECASE)
_SURE = {r"[Cc]ontinue\?\s*\[Y/N\]|[Ss]ure.*\[Y/N\]": "Y"}


class Vrp8:
    """See fleet.drivers.ssh.platform.Desk."""

    def __init__(self, line: Line, target: Target, pace: Pace) -> None:
        self._talk = Talk(line, target, MANNERS, pace)
        self._device = target.device
        self._talk.show("screen-length 0 temporary")

    def paced(self, pace: Pace) -> None:
        """See Desk."""
        self._talk.paced(pace)

    def identity(self) -> Identity:
        """See Desk."""
        return huawei_identity(self._talk)

    def read(self) -> Fields:
        """See Desk."""
        return self._configured(RUNNING).fields()

    def write_trial(self, before: Fields, after: Fields, trial: Trial) -> None:
        """See Desk; nothing is in force before `commit trial`, which takes all lines or none."""
        self._refuse_busy(trial.id)
        lines = rendered(WORDS, self._configured(RUNNING), before, after)
        if "sysname" in after:
            self._talk.expect_name(str(after["sysname"]))
        self._talk.show("system-view")
        try:
            self._talk.change(lines, HARMLESS)
            self._commit_trial(trial)
        except DeviceError as error:
            self._drop(error)
            raise

    def trial_state(self, trial_id: str) -> TrialState:
        """See Desk: the id of the running trial, then the descriptions of past commits."""
        if self._running_trial() == trial_id:
            return "open"
        commits = self._talk.show("display configuration commit list verbose")
        described = re.findall(r"Description\s*:\s*(\S+)", commits)
        # A trial that neither runs nor was kept has been taken back, or never came to be.
        return "confirmed" if trial_id in described else "undone"

    def confirm(self, trial_id: str) -> bool:
        """See Desk; the id goes into the commit's description, so that it can be asked for."""
        state = self.trial_state(trial_id)
        if state != "open":
            return state == "confirmed"
        self._talk.show("system-view")
        answer = self._talk.run(f"commit persist {trial_id} description {trial_id}")
        refused = self._talk.refusal(answer)
        self._talk.show("return")
        if self.trial_state(trial_id) == "confirmed":
            return True
        if refused is not None and self._running_trial() == trial_id:
            raise complaints.write_refused(self._device, RESOURCE, refused)
        return False

    def save(self) -> None:
        """See Desk."""
        answer = self._talk.run("save", _SURE)
        if (refused := self._talk.refusal(answer)) is not None:
            raise sayings.not_saved(self._device, refused)
        running = self._configured(RUNNING).fields()
        startup = self._configured(SAVED).fields()
        if other := [name for name in FIELDS if running[name] != startup[name]]:
            raise sayings.not_saved(self._device, ", ".join(other))

    def _configured(self, shown_by: str) -> Configured:
        return huawei_configured(self._talk, WORDS, shown_by)

    def _running_trial(self) -> str | None:
        """The id of the trial that runs, "" where it has none; None: no trial runs."""
        status = self._talk.show("display configuration trial status")
        if not re.search(r"Trial status\s*:\s*(ACTIVE|CANCELING|WAITCANCEL)", status):
            return None
        found = re.search(r"Persist id\s*:\s*(\S+)", status)
        return found[1] if found else ""

    def _refuse_busy(self, trial_id: str) -> None:
        running = self._running_trial()
        if running is not None and running != trial_id:
            raise sayings.trial_busy(self._device, running or "-")

    def _commit_trial(self, trial: Trial) -> None:
        answer = self._talk.run(f"commit trial {trial.seconds} persist {trial.id}")
        if (refused := self._talk.refusal(answer)) is not None:
            if _OTHERS_TRIAL.search(refused):
                raise sayings.trial_busy(self._device, refused)
            raise complaints.write_refused(self._device, RESOURCE, refused)

    def _drop(self, error: DeviceError) -> None:
        """Empty the candidate where the device still listens; it ends with the session anyway."""
        if error.code in ("write_refused", "trial_busy"):
            with suppress(DeviceError):
                self._talk.run("clear configuration candidate", _SURE)


PLATFORM = Platform(
    name="huawei_vrpv8",
    fields=frozenset(FIELDS),
    trial_s=120,
    open=Vrp8,
    judge=partial(judge_vrp, words=WORDS),
)
