"""netmiko drives simulated switches, with its own drivers of the platforms and all their habits."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import netmiko
import paramiko  # type: ignore[import-untyped]  # no types upstream
import pytest

from fleet.simulator.spec import DeviceSpec
from tests.simulator.switches.kit import PLATFORMS, Platform, switch_spec
from tests.simulator.switches.ssh_kit import by_netmiko, known_hosts, running_switch, written

pytestmark = pytest.mark.interop
both = pytest.mark.parametrize("platform", PLATFORMS)
T = TypeVar("T")
STAY = {"enter_config_mode": False, "exit_config_mode": False}
CHANGE = {
    "huawei_vrpv8": ["vlan batch 100", "interface GE1/0/1", "port default vlan 100"],
    "hp_comware": ["vlan 100", "interface GE1/0/1", "port access vlan 100"],
}


async def with_netmiko(
    spec: DeviceSpec, folder: Path, work: Callable[[netmiko.BaseConnection], T]
) -> T:
    """Do something over netmiko's connection without holding up the device's own loop."""

    def run() -> T:
        with by_netmiko(spec, folder) as connection:
            return work(connection)

    return await asyncio.to_thread(run)


@both
async def test_it_logs_in_and_finds_its_prompt(tmp_path: Path, platform: Platform) -> None:
    """Through both banners, with a Chinese name, and with paging off from then on."""
    spec = switch_spec(platform)
    async with running_switch(spec, tmp_path) as device:
        await device.tamper("sysname", "翠湖-SW01")

        def work(connection: netmiko.BaseConnection) -> tuple[str, str]:
            return connection.base_prompt, connection.send_command("display current-configuration")

        prompt, text = await with_netmiko(spec, tmp_path, work)
    assert prompt == "翠湖-SW01"
    assert "sysname 翠湖-SW01" in text
    assert "More" not in text
    assert text.rstrip().endswith("return")


@both
async def test_its_config_set_is_taken(tmp_path: Path, platform: Platform) -> None:
    """`send_config_set`, with a commit where the platform has stages, and `save_config`."""
    spec = switch_spec(platform)
    commit = ["commit"] if platform == "huawei_vrpv8" else []
    async with running_switch(spec, tmp_path) as device:

        def work(connection: netmiko.BaseConnection) -> tuple[str, str]:
            # netmiko's own way into configuration and out of it takes four seconds each.
            connection.send_command("system-view", expect_string=r"\]")
            lines = [*CHANGE[platform], *commit]
            typed = connection.send_config_set(lines, **STAY)
            connection.send_command("return", expect_string=">")
            saved = connection.save_config()
            # It may be one prompt behind by now; what was saved ends the wait, not a prompt.
            shown = connection.send_command("display saved-configuration", expect_string="vlan 100")
            return typed, saved + shown

        typed, saved = await with_netmiko(spec, tmp_path, work)
        assert "Error" not in typed
        assert re.search(r"success", saved)
        assert "vlan 100" in saved
        ports = device.values()["access_ports"]
        assert isinstance(ports, list)
        assert "GE1/0/1 vlan=100" in next(entry for entry in ports if entry.startswith("GE1/0/1 "))
        # One line of Comware is one change; both platforms change the same two fields.
        assert sorted(set(written(device))) == ["access_ports", "vlans"]


async def test_its_commit_takes_an_error_for_success(tmp_path: Path) -> None:
    """It reads `another session is in trial` up to the prompt, and goes on: the trap is there."""
    spec = switch_spec("huawei_vrpv8")
    async with running_switch(spec, tmp_path) as device:
        await device.set_fault("other-trial", "")

        def work(connection: netmiko.BaseConnection) -> str:
            connection.send_command("system-view", expect_string=r"\]")
            connection.send_config_set(CHANGE["huawei_vrpv8"], **STAY)
            typed = str(connection.send_command("commit", expect_string=r"\]"))
            connection.send_command("clear configuration candidate", expect_string=r"\]")
            return typed

        assert "another session is in trial" in await with_netmiko(spec, tmp_path, work)
        assert (device.values()["vlans"], written(device)) == ([], [])


async def test_the_immediate_driver_hangs_on_the_stages(tmp_path: Path) -> None:
    """`huawei_vrp` on a two-stage device meets the question at `return`; nothing is committed."""
    spec = switch_spec("huawei_vrpv8")
    async with running_switch(spec, tmp_path) as device:

        def work(connection: netmiko.BaseConnection) -> str:
            connection.send_command("system-view", expect_string=r"\]")
            connection.send_command("vlan batch 100", expect_string=r"\]")
            connection.write_channel("return\n")
            return str(connection.read_until_pattern(r"\[Y\(yes\)/N\(no\)/C\(cancel\)\]:"))

        assert "Uncommitted configurations found" in await with_netmiko(spec, tmp_path, work)
        assert device.values()["vlans"] == []


async def test_its_comware_driver_answers_no_question(tmp_path: Path) -> None:
    """A question amid the lines swallows the next line as its answer, which is not taken as one."""
    spec = switch_spec("hp_comware")
    async with running_switch(spec, tmp_path) as device:
        await device.set_fault("ask", "")

        def work(connection: netmiko.BaseConnection) -> str:
            connection.send_command("system-view", expect_string=r"\]")
            connection.write_channel("vlan 100\n")
            connection.read_until_pattern(r"\[Y/N\]:")
            connection.write_channel("interface GE1/0/1\n")
            return str(connection.read_until_pattern(r"\[Y/N\]:"))

        assert "Please choose 'YES' or 'NO'" in await with_netmiko(spec, tmp_path, work)
        assert device.values()["vlans"] == []


async def test_strict_host_keys_refuse_another_device(tmp_path: Path) -> None:
    """netmiko calls it a time-out; only what is behind it tells; no password was sent."""
    spec = switch_spec("huawei_vrpv8")
    async with running_switch(spec, tmp_path) as device:
        await device.set_fault("new-host-key", "")
        known_hosts(spec, tmp_path)
        with pytest.raises(netmiko.NetmikoTimeoutException) as refused:
            await with_netmiko(spec, tmp_path, lambda _c: None)
        assert isinstance(refused.value.__context__, paramiko.BadHostKeyException)
        stats = device.store.stats()
    assert (stats["logins"], stats["failed_logins"]) == (0, 0)
