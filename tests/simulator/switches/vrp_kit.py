"""What tests of VRP8 share: a small change, and a session that has put it on trial."""

from __future__ import annotations

import re

from tests.simulator.switches.kit import Switch, Terminal

CHANGE = ("system-view", "vlan batch 100", "interface GE1/0/1", "port default vlan 100")
BUSY = "Error: another session is in trial configuration mode."


def status(terminal: Terminal) -> dict[str, str]:
    """The trial's status as the device tells it."""
    told = terminal("display configuration trial status")
    return dict(re.findall(r"^(.+?): (.+)$", told, re.M))


def vlans(switch: Switch) -> list[int]:
    """The VLANs that run."""
    return list(switch.box.now().running.vlans)


def on_trial(switch: Switch, command: str = "commit trial 60 persist tx-1") -> Terminal:
    """A session that has put VLAN 100 on trial."""
    terminal = switch.login()
    for line in CHANGE:
        terminal(line)
    answer = terminal(command)
    assert answer.startswith("Info: The system enters the trial configuration mode."), answer
    return terminal
