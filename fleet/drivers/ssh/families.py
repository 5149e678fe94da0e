"""What platforms of one family share: how they show what they are and what runs, and a change.

VRP5, VRP8 and Comware speak one language with other words; RGOS follows IOS.
"""

from __future__ import annotations

import re
from typing import ClassVar

from fleet.drivers.ssh import ios
from fleet.drivers.ssh.config import Configured, Words, configured
from fleet.drivers.ssh.facts import names_in, serial_in, templated
from fleet.drivers.ssh.immediate import Immediate
from fleet.drivers.ssh.platform import Fields
from fleet.drivers.ssh.render import rendered
from fleet.drivers.ssh.talk import Talk
from fleet.drivers.ssh.terminal import Manners
from fleet.model.observation import Identity

RUNNING, SAVED = "display current-configuration", "display saved-configuration"
_IOS_RUNNING, _IOS_SAVED = "show running-config", "show startup-config"


def huawei_identity(talk: Talk) -> Identity:
    """Who a Huawei device says it is (`display version`, `display esn`)."""
    told = templated("huawei_vrp", "display version", talk.show("display version"))
    row = told[0] if told else {}
    serial = talk.offered("display esn")
    return Identity(
        serial=serial_in(serial) if serial else None,
        model=row.get("model") or None,
        firmware=row.get("vrp_version") or None,
    )


def huawei_configured(talk: Talk, words: Words, shown_by: str) -> Configured:
    """A configuration as `shown_by` shows it, with what the device tells of its ports."""
    bridged = talk.offered("display port vlan")
    power = talk.offered("display poe power-state")
    ports = None if bridged is None else {words.short(n) for n in names_in(bridged)}
    powered = () if power is None else {words.short(n) for n in names_in(power)}
    return talk.understood(shown_by, lambda shown: configured(shown, words, ports, powered))


class ImmediateVrp(Immediate):
    """VRP5 and Comware: `words` are the platform's own; see fleet.drivers.ssh.immediate."""

    words: ClassVar[Words]
    manners = Manners(
        prompt=re.compile(r"<(?P<name>[^<>]{1,80})>|\[(?P<view>[^\[\]]{1,140})\]"),
        error=re.compile(r"^\s*(Error|Failed)\b|^\s*\^\s*$", re.IGNORECASE),
    )
    enter, leave = "system-view", "return"

    def running(self) -> Fields:
        """See Immediate."""
        return self.configured(RUNNING).fields()

    def startup(self) -> Fields:
        """See Immediate."""
        return self.configured(SAVED).fields()

    def lines(self, before: Fields, after: Fields) -> list[str]:
        """See Immediate."""
        return rendered(self.words, self.configured(RUNNING), before, after)

    def configured(self, shown_by: str) -> Configured:
        """A shown configuration, with what the device tells of its ports."""
        return huawei_configured(self._talk, self.words, shown_by)


class ImmediateIos(Immediate):
    """IOS and RGOS: `power` is how a port is given power, and how it is taken away."""

    power: ClassVar[tuple[str, str]]
    manners = Manners(
        prompt=re.compile(r"(?P<name>[^\s#>()]{1,63})(?:\([^)]*\))?[#>]"),
        error=re.compile(r"^\s*%|^\s*\^\s*$|^\s*Error\b", re.IGNORECASE),
    )
    enter, leave = "configure terminal", "end"

    def running(self) -> Fields:
        """See Immediate."""
        return self._talk.understood(_IOS_RUNNING, self._fields)

    def startup(self) -> Fields:
        """See Immediate."""
        return self._talk.understood(_IOS_SAVED, self._fields)

    def lines(self, before: Fields, after: Fields) -> list[str]:
        """See Immediate."""
        return self._talk.understood(
            _IOS_RUNNING, lambda shown: ios.lines_of(shown, before, after, self.power)
        )

    def _fields(self, shown: str) -> Fields:
        return ios.fields_of(shown, self.power[1])
