"""A switch without wires: its scaled clock, who it is, and which changes cut its path."""

from __future__ import annotations

import pytest

from fleet.simulator.ssh import canonical, ledger
from fleet.simulator.ssh.box import Hangup
from fleet.simulator.ssh.configuration import Refused, make_vlans
from tests.simulator.switches.kit import PLATFORMS, Platform, Switch

both = pytest.mark.parametrize("platform", PLATFORMS)


def tried(switch: Switch, seconds: int) -> None:
    """Put VLAN 7 on trial."""
    box = switch.box
    state = ledger.tried(box.now(), [make_vlans([7])], 1, "t", box.deadline(seconds))
    box.write(state, milestone=True)


@both
@pytest.mark.parametrize("scale", [1.0, 0.1, 0.001])
def test_a_trials_clock_is_scaled(platform: Platform, scale: float) -> None:
    """Seconds left are the trial's own, rounded up, and 0 when it is over."""
    switch = Switch(platform, trial_scale=scale)
    tried(switch, 100)
    assert switch.box.seconds_left() == 100
    switch.time += 99.5 * scale
    assert switch.box.seconds_left() == 1
    switch.time += 0.6 * scale
    assert switch.box.seconds_left() == 0
    assert switch.box.now().trial is None


@both
def test_what_the_clock_does_is_kept(platform: Platform) -> None:
    """Once, without a field: nothing that anybody wrote."""
    switch = Switch(platform)
    tried(switch, 100)
    switch.later(100)
    before = len(switch.kept)
    assert switch.box.now() == switch.box.now()
    assert len(switch.kept) == before + 1
    assert (switch.kept[-1].trial, switch.log) == (None, [])


@both
@pytest.mark.parametrize(
    ("field", "words", "cuts"),
    [
        ("vlans", "100 cameras", True),
        ("static_routes", "10.0.0.0/8 via 10.1.1.1", True),
        ("addresses", "Vlanif1 10.0.0.1/24", True),
        ("uplink_ports", "GE1/0/5 vlans=7", True),
        ("access_ports", "GE1/0/5 vlan=1 desc=x", False),
        ("sysname", "other", False),
        ("ntp_servers", "10.0.0.1", False),
        ("lldp_enabled", "true", False),
    ],
)
def test_which_changes_cut_the_path(platform: Platform, field: str, words: str, cuts: bool) -> None:
    """What leads to the device, and nothing else; only under the fault."""
    switch = Switch(platform)
    switch.box.path = switch.box.now().running
    switch.box.tamper(field, words)
    assert field in canonical.changed(switch.box.path, switch.box.now().running)
    assert not switch.box.cut
    switch.faults["cut-path"] = "new"
    assert switch.box.cut is cuts


@both
def test_who_it_is(platform: Platform) -> None:
    """The inventory's serial number; another unit's under the fault; an address of its own."""
    switch, other = Switch(platform), Switch(platform, device="sw-2")
    assert switch.box.serial == "SER-sw-1"
    assert switch.box.mac == Switch(platform).box.mac != other.box.mac
    switch.faults["swap-identity"] = ""
    assert switch.box.serial not in ("SER-sw-1", "")


@both
def test_a_refused_write_changes_nothing(platform: Platform) -> None:
    """Before anything else happens, whatever other fault is there."""
    switch = Switch(platform)
    switch.faults.update({"refuse": "", "reboot": "after", "close-amid": "after"})
    with pytest.raises(Refused):
        tried(switch, 60)
    assert (switch.kept, switch.restarts, switch.box.now().trial) == ([], 0, None)


@both
@pytest.mark.parametrize(("fault", "value"), [("reboot", "after"), ("close-amid", "after")])
def test_faults_of_one_time_are_over_afterwards(platform: Platform, fault: str, value: str) -> None:
    """The next write is taken as ever."""
    switch = Switch(platform)
    switch.faults[fault] = value
    with pytest.raises(Hangup):
        tried(switch, 60)
    switch.box.left(1)
    tried(switch, 60)
    assert 7 in switch.box.now().running.vlans


@both
def test_a_line_of_many_is_no_milestone(platform: Platform) -> None:
    """`close-amid before` waits for the commit or the arming."""
    switch = Switch(platform)
    switch.faults["close-amid"] = "before"
    state = switch.box.now()
    switch.box.write(ledger.saved(state))
    with pytest.raises(Hangup):
        switch.box.write(state, milestone=True)


@both
def test_a_restart_is_nobodys_write(platform: Platform) -> None:
    """What was not saved goes without an entry in the log."""
    switch = Switch(platform)
    switch.box.tamper("vlans", "300 byhand")
    with pytest.raises(Hangup):
        switch.box.reboot()
    assert (switch.log, switch.restarts) == ([], 1)
    assert 300 not in switch.box.now().running.vlans
