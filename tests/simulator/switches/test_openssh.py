"""OpenSSH's `ssh` drives simulated switches: logins, host keys, terminals."""

from __future__ import annotations

import re
import time
from dataclasses import replace
from pathlib import Path

import pytest

from fleet.simulator.ssh.hostkey import fingerprint
from tests.simulator.kit import program
from tests.simulator.switches.kit import PLATFORMS, Platform, switch_spec
from tests.simulator.switches.ssh_kit import known_hosts, running_switch, ssh, written

pytestmark = pytest.mark.interop
both = pytest.mark.parametrize("platform", PLATFORMS)
CHANGE = {
    "huawei_vrpv8": ("system-view", "vlan batch 100", "commit", "return", "quit"),
    "hp_comware": ("system-view", "vlan 100", "return", "quit"),
}


@both
async def test_a_session_by_hand(tmp_path: Path, platform: Platform) -> None:
    """A password over SSH_ASKPASS, banners before and after it, a change, and the counters."""
    spec = switch_spec(platform)
    async with running_switch(spec, tmp_path) as device:
        code, out, err = await ssh(spec, tmp_path, "display version", *CHANGE[platform])
        stats = device.store.stats()
    assert code in (0, 255), err
    assert "trial clock runs 20 times as fast" in err
    assert ("New H3C Technologies" in out) == (platform == "hp_comware")
    assert re.search(r"uptime is \d+", out)
    assert written(device) == ["vlans"]
    assert stats == {"sessions": 1, "logins": 1, "failed_logins": 0, "reads": 1, "writes": 1}


@both
async def test_five_wrong_passwords_lock_the_device(tmp_path: Path, platform: Platform) -> None:
    """Then the right one is refused too, until the lock opens; a restart keeps it shut."""
    spec = switch_spec(platform)
    async with running_switch(spec, tmp_path) as device:
        for _ in range(5):
            code, _, err = await ssh(spec, tmp_path, password="wrong")
            assert (code, "Permission denied" in err) == (255, True)
        assert device.store.stats()["failed_logins"] == 5
    async with running_switch(spec, tmp_path) as device:
        code, _, err = await ssh(spec, tmp_path)
        assert (code, "Permission denied" in err) == (255, True)
        assert device.store.stats()["logins"] == 0
        device.store.commit(replace(device.store.kept, locked_until=time.time()))
        _, out, err = await ssh(spec, tmp_path, "display clock", "quit")
        assert "UTC" in out, err


async def test_each_device_has_its_host_key(tmp_path: Path) -> None:
    """The same after a restart, told by ssh-keygen as we tell it; another device's is refused."""
    spec = switch_spec("hp_comware")
    for _ in range(2):
        async with running_switch(spec, tmp_path):
            _, out, err = await ssh(spec, tmp_path, "display clock", "quit")
            assert "UTC" in out, err
    code, out, _ = await program("ssh-keygen", "-lf", str(known_hosts(spec, tmp_path)))
    assert code == 0
    assert fingerprint(spec.id) in out
    async with running_switch(spec, tmp_path) as device:
        code, _, err = await ssh(spec, tmp_path, known=known_hosts(spec, tmp_path, "sw-2"))
        assert (code, "HOST IDENTIFICATION HAS CHANGED" in err) == (255, True)
        assert device.store.stats()["failed_logins"] == 0


async def test_the_fault_new_host_key(tmp_path: Path) -> None:
    """Another key is shown, which nobody has pinned; `none` brings the own one back."""
    spec = switch_spec("huawei_vrpv8")
    async with running_switch(spec, tmp_path) as device:
        await device.set_fault("new-host-key", "")
        code, _, err = await ssh(spec, tmp_path)
        assert (code, "HOST IDENTIFICATION HAS CHANGED" in err) == (255, True)
        await device.set_fault("none", "")
        _, out, err = await ssh(spec, tmp_path, "display clock", "quit")
        assert "UTC" in out, err


async def test_only_a_terminal_is_offered(tmp_path: Path) -> None:
    """No commands, no file transfer, no forwarding: as such devices have it here."""
    spec = switch_spec("huawei_vrpv8")
    async with running_switch(spec, tmp_path) as device:
        code, _, err = await ssh(spec, tmp_path, command=("display", "version"))
        assert (code, "exec request failed" in err) == (255, True)
        code, _, err = await ssh(spec, tmp_path, options=("-s",), command=("sftp",))
        assert (code, "subsystem request failed" in err) == (255, True)
        assert written(device) == []
