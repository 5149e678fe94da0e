"""Linux with iproute2 behind OpenSSH: an edge router without a vendor; addresses and routes.

There is no trial in Linux, so one is brought along: see `linux_scripts`. What was confirmed is
written for the next start only then, so that a restart before it undoes by itself.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from fleet.drivers import complaints
from fleet.drivers.reasons import not_list
from fleet.drivers.ssh import linux_scripts as scripts
from fleet.drivers.ssh import sayings
from fleet.drivers.ssh.pace import Pace
from fleet.drivers.ssh.platform import Fields, Platform
from fleet.drivers.ssh.shell import Shell
from fleet.model.change import Target
from fleet.model.device import FieldValue
from fleet.model.links import key_of, order
from fleet.model.observation import Identity
from fleet.model.text import Text, text
from fleet.ports.driver import Trial, TrialState

if TYPE_CHECKING:
    from fleet.drivers.ssh.login import Line

_STATES: dict[str, TrialState] = {
    "OPEN": "open",
    "CONFIRMED": "confirmed",
    "UNDONE": "undone",
    "UNKNOWN": "unknown",
}
# Who set a route: what a person or we set, not the kernel, a router's advertisement or DHCP.
_STATIC = frozenset({"static", "boot", None})
_NAME_MAX = 15


class Linux:
    """See fleet.drivers.ssh.platform.Desk."""

    def __init__(self, line: Line, target: Target, pace: Pace) -> None:
        self._shell = Shell(line, target, pace)
        self._device = target.device

    def paced(self, pace: Pace) -> None:
        """See Desk."""
        self._shell.paced(pace)

    def identity(self) -> Identity:
        """See Desk; a host has no serial number, its host key is who it is."""
        told = self._shell.run(". /etc/os-release; echo $PRETTY_NAME; uname -r").out.splitlines()
        return Identity(
            model=told[0] if told else None, firmware=told[1] if len(told) > 1 else None
        )

    def read(self) -> Fields:
        """See Desk."""
        ran = self._shell.run("ip -j -4 addr show; echo; ip -j -4 route show table main")
        addresses, _, routes = ran.out.partition("\n\n")
        try:
            return {"addresses": _addresses(addresses), "static_routes": _routes(routes)}
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise complaints.malformed(self._device, "ip -j", error) from None

    def write_trial(self, before: Fields, after: Fields, trial: Trial) -> None:
        """See Desk; the change runs apart from this session, so it may cut it."""
        script = scripts.arm(trial.id, trial.seconds, before, after)
        ran = self._shell.run(script, "arm")
        if ran.out.startswith("BUSY"):
            raise sayings.trial_busy(self._device, ran.out.removeprefix("BUSY").strip() or "-")
        if not ran.out.rstrip().endswith("ARMED"):
            words = (ran.err.strip() or ran.out.strip() or str(ran.code)).splitlines()[-1]
            raise complaints.write_refused(self._device, "link", complaints.shown(words))

    def trial_state(self, trial_id: str) -> TrialState:
        """See Desk."""
        said = self._shell.must(scripts.state(trial_id), "state").split()
        if not said or said[-1] not in _STATES:
            raise complaints.malformed(self._device, "state", " ".join(said))
        return _STATES[said[-1]]

    def confirm(self, trial_id: str) -> bool:
        """See Desk; a rename decides between us and the timer."""
        return self._shell.must(scripts.confirm(trial_id), "confirm").split()[-1:] == ["KEPT"]

    def save(self) -> None:
        """See Desk."""
        said = self._shell.must(scripts.save(), "save").split()
        if said[-1:] != ["SAVED"]:
            raise sayings.not_saved(self._device, f"{scripts.FOLDER}/start")


def _addresses(shown: str) -> list[str]:
    found = [
        f"{link['ifname']} {info['local']}/{info['prefixlen']}"
        for link in json.loads(shown or "[]")
        for info in link.get("addr_info", [])
        if info.get("scope") == "global"
    ]
    return sorted(found, key=order)


def _routes(shown: str) -> list[str]:
    found = set()
    for route in json.loads(shown or "[]"):
        if "gateway" in route and route.get("protocol") in _STATIC:
            prefix = route["dst"]
            prefix = "0.0.0.0/0" if prefix == "default" else prefix
            found.add(f"{prefix if '/' in prefix else f'{prefix}/32'} via {route['gateway']}")
    return sorted(found, key=order)


def _judge(field: str, value: FieldValue) -> Text | None:
    if not isinstance(value, list):
        return not_list()
    if field == "addresses":
        return next((w for e in value if (w := _interface(key_of(e))) is not None), None)
    return None


def _interface(name: str) -> Text | None:
    if len(name) > _NAME_MAX or "/" in name:
        return text(
            "{n} is no interface of Linux (at most {m} characters, no /)",
            "{n} 不是 Linux 接口名（最多 {m} 个字符，不含 /）",
            n=name,
            m=_NAME_MAX,
        )
    return None


PLATFORM = Platform(
    name="linux",
    fields=frozenset({"addresses", "static_routes"}),
    trial_s=60,
    open=Linux,
    judge=_judge,
)
