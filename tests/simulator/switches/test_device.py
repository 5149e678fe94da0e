"""A switch that listens: many sessions at once, restarts, faults of its lines, its memory."""

from __future__ import annotations

import asyncio
import socket
import time
from dataclasses import replace
from pathlib import Path

import paramiko  # type: ignore[import-untyped]  # no types upstream
import pytest

from fleet.simulator import faults
from fleet.simulator.errors import SimError
from fleet.simulator.ssh.device import SwitchDevice
from tests.simulator.kit import until
from tests.simulator.switches.kit import PLATFORMS, Platform, switch_spec
from tests.simulator.switches.ssh_kit import Raw, opened, running_switch, say, terminal, written

both = pytest.mark.parametrize("platform", PLATFORMS)
TRY = {
    "huawei_vrpv8": ("system-view", "vlan batch 100", "commit trial 60 persist tx-1"),
    "hp_comware": ("system-view", "configuration commit delay 1", "vlan 100"),
}
KEEP = {
    "huawei_vrpv8": ("system-view", "commit persist tx-1"),
    "hp_comware": ("system-view", "configuration commit"),
}
BACK = {
    "huawei_vrpv8": ("abort trial persist tx-1", "y"),
    "hp_comware": ("quit", "undo vlan 100"),
}
GONE = (OSError, EOFError, paramiko.SSHException)


def vlans(device: SwitchDevice) -> object:
    """The VLANs that run."""
    return device.values()["vlans"]


@both
async def test_a_trial_over_two_connections(tmp_path: Path, platform: Platform) -> None:
    """Tried on one, confirmed on another after the first is gone; logged then."""
    spec = switch_spec(platform, trial_scale=1.0)
    async with running_switch(spec, tmp_path) as device:
        first = await terminal(spec)
        await say(first, *TRY[platform])
        assert (vlans(device), written(device)) == (["100"], [])
        first.close()
        second = await terminal(spec)
        await say(second, *KEEP[platform])
        second.close()
        assert (vlans(device), written(device)) == (["100"], ["vlans"])


@both
async def test_a_trial_goes_back_on_the_scaled_clock(tmp_path: Path, platform: Platform) -> None:
    """A minute of trial in a fraction of a second; the log stays empty."""
    spec = switch_spec(platform, trial_scale=0.01)
    async with running_switch(spec, tmp_path) as device:
        raw = await terminal(spec)
        await say(raw, *TRY[platform])
        raw.close()
        await until(lambda: vlans(device) == [])
        assert written(device) == []


@both
async def test_a_trial_outlives_the_simulator(tmp_path: Path, platform: Platform) -> None:
    """Stopped and started again it is still under way, and goes back in its time."""
    spec = switch_spec(platform, trial_scale=1.0)
    async with running_switch(spec, tmp_path):
        raw = await terminal(spec)
        await say(raw, *TRY[platform])
        raw.close()
    assert vlans(opened(spec, tmp_path)) == ["100"]
    again = opened(spec, tmp_path, ahead_s=61.0)
    assert (vlans(again), written(again)) == ([], [])


@both
async def test_a_restart_starts_from_what_was_saved(tmp_path: Path, platform: Platform) -> None:
    """`reboot now`: every line breaks, it is away, and what was not saved is gone."""
    spec = switch_spec(platform, trial_scale=1.0)
    save = {"huawei_vrpv8": ("return", "save", "y"), "hp_comware": ("save force",)}[platform]
    async with running_switch(spec, tmp_path) as device:
        raw = await terminal(spec)
        await say(raw, *TRY[platform], *KEEP[platform][1:], *save)
        await device.tamper("vlans", "200 byhand")
        assert vlans(device) == ["100", "200 byhand"]
        await device.set_fault("reboot", "now")
        assert await asyncio.to_thread(raw.until, "never") == ""
        await until(lambda: not listens(device))
        await until(lambda: listens(device), seconds=faults.REBOOT_S + 10)
        assert vlans(device) == ["100"]
        again = await terminal(spec)
        assert "100" in await say(again, "display current-configuration | include 100")
        again.close()


def listens(device: SwitchDevice) -> bool:
    """Whether somebody has the device's address."""
    with socket.socket() as caller:
        return caller.connect_ex((device.spec.address, device.spec.port)) == 0


@both
async def test_a_cut_path_shuts_out_newcomers(tmp_path: Path, platform: Platform) -> None:
    """While the change runs nobody comes in; once it has gone back everybody does."""
    spec = switch_spec(platform, trial_scale=1.0)
    async with running_switch(spec, tmp_path) as device:
        await device.set_fault("cut-path", "new")
        raw = await terminal(spec)
        await say(raw, *TRY[platform])
        # Whoever is in already stays in.
        assert "UTC" in await say(raw, "display clock")
        with pytest.raises(paramiko.ssh_exception.NoValidConnectionsError):
            await terminal(spec)
        assert device.store.stats()["sessions"] == 1
        await say(raw, *BACK[platform])
        await until(lambda: listens(device))
        other = await terminal(spec)
        # One of them only looked whether somebody listens.
        assert device.store.stats()["sessions"] >= 2
        other.close()
        raw.close()


@both
async def test_a_cut_path_is_mended_by_the_clock(tmp_path: Path, platform: Platform) -> None:
    """Also for a simulator that was started anew meanwhile: it listens once the trial is over."""
    spec = switch_spec(platform, trial_scale=0.02)
    async with running_switch(spec, tmp_path) as device:
        await device.set_fault("cut-path", "new")
        raw = await terminal(spec)
        await say(raw, *TRY[platform])
        raw.close()
    async with running_switch(spec, tmp_path) as device:
        await until(lambda: listens(device))
        assert vlans(device) == []
        other = await terminal(spec)
        assert "UTC" in await say(other, "display clock")
        other.close()


@both
async def test_a_restart_mends_a_cut_path(tmp_path: Path, platform: Platform) -> None:
    """What was not saved is gone, so that the device is there again after its restart."""
    spec = switch_spec(platform, trial_scale=1.0)
    async with running_switch(spec, tmp_path) as device:
        await device.set_fault("cut-path", "new")
        await device.tamper("vlans", "300 byhand")
        assert not listens(device)
        await device.set_fault("reboot", "now")
        await until(lambda: listens(device), seconds=faults.REBOOT_S + 10)
        assert vlans(device) == []


@both
async def test_a_path_that_is_cut_both_ways_is_silent(tmp_path: Path, platform: Platform) -> None:
    """`cut-path all`: the answer to the change itself never arrives, and the line stays open."""
    spec = switch_spec(platform, trial_scale=1.0)
    async with running_switch(spec, tmp_path) as device:
        await device.set_fault("cut-path", "all")
        raw = await terminal(spec)
        await say(raw, *TRY[platform][:-1])
        raw.channel.settimeout(0.5)
        with pytest.raises(TimeoutError):
            await say(raw, TRY[platform][-1])
        assert vlans(device) == ["100"]
        raw.close()


@both
async def test_slow_prompts_come_late(tmp_path: Path, platform: Platform) -> None:
    """The answer at once, the prompt after its pause."""
    spec = switch_spec(platform)
    async with running_switch(spec, tmp_path) as device:
        raw = await terminal(spec)
        await device.set_fault("slow-prompt", "0.7")
        begun = time.monotonic()
        await say(raw, "display clock", until="UTC")
        await say(raw, "", until=r">$")
        assert time.monotonic() - begun >= 0.7
        raw.close()


@both
async def test_an_answer_that_breaks_off(tmp_path: Path, platform: Platform) -> None:
    """`drop 10`: ten characters of the answer, and the line is closed."""
    spec = switch_spec(platform)
    async with running_switch(spec, tmp_path) as device:
        raw = await terminal(spec)
        await device.set_fault("drop", "10")
        got = await say(raw, "display version", until="never")
        assert got.startswith("display version\n")
        assert len(got) == len("display version\n") + 10
        raw.close()


@both
async def test_the_serial_number_of_another(tmp_path: Path, platform: Platform) -> None:
    """`swap-identity`: the same device says that it is another unit."""
    spec = switch_spec(platform)
    show = {"huawei_vrpv8": "display device manufacture-info", "hp_comware": "dis dev manu"}
    async with running_switch(spec, tmp_path) as device:
        raw = await terminal(spec)
        before = await say(raw, show[platform])
        await device.set_fault("swap-identity", "")
        after = await say(raw, show[platform])
        assert (spec.serial in before, spec.serial in after) == (True, False)
        raw.close()


@both
async def test_many_sessions_at_once(tmp_path: Path, platform: Platform) -> None:
    """Eight people type at the same time; every line of each arrives once."""
    spec = switch_spec(platform)
    async with running_switch(spec, tmp_path) as device:
        lines = await asyncio.gather(*(terminal(spec) for _ in range(8)))
        make = {"huawei_vrpv8": "vlan batch {n}", "hp_comware": "vlan {n}"}[platform]

        async def work(at: int, raw: Raw) -> None:
            await say(raw, "system-view", make.format(n=100 + at))
            if platform == "huawei_vrpv8":
                await say(raw, "commit")

        await asyncio.gather(*(work(at, raw) for at, raw in enumerate(lines)))
        assert vlans(device) == [str(100 + at) for at in range(8)]
        assert written(device) == ["vlans"] * 8
        for raw in lines:
            raw.close()


async def test_three_wrong_passwords_end_a_line(tmp_path: Path) -> None:
    """As such devices do; each is counted."""
    spec = switch_spec("huawei_vrpv8")
    async with running_switch(spec, tmp_path) as device:

        def attempt() -> int:
            with socket.create_connection((spec.address, spec.port), timeout=10) as sock:
                transport = paramiko.Transport(sock)
                transport.start_client(timeout=10)
                for tried in range(5):
                    try:
                        transport.auth_password("admin", f"wrong-{tried}")
                    except paramiko.AuthenticationException:
                        continue
                    except GONE:
                        break
                transport.close()
                return tried

        assert await asyncio.to_thread(attempt) <= 3
        assert device.store.stats()["failed_logins"] == 3
        assert device.store.stats()["logins"] == 0


async def test_another_user_is_nobody(tmp_path: Path) -> None:
    """The right password of the wrong name."""
    spec = replace(switch_spec("huawei_vrpv8"), user="root")
    async with running_switch(spec, tmp_path) as device:
        with pytest.raises(paramiko.AuthenticationException):
            await terminal(spec)
        assert device.store.stats()["failed_logins"] == 1


async def test_somebody_elses_address(tmp_path: Path) -> None:
    """Said as what it is; nothing is left open."""
    spec = switch_spec("hp_comware")
    async with running_switch(spec, tmp_path):
        with pytest.raises(OSError, match="in use"):
            await opened(spec, tmp_path / "..").start()


@pytest.mark.parametrize("junk", [b"", b"GET / HTTP/1.1\r\n\r\n", b"\x00" * 300, b"SSH-2.0-x\r\n"])
async def test_callers_that_speak_no_ssh(tmp_path: Path, junk: bytes) -> None:
    """They get nowhere, and the next one is served."""
    spec = switch_spec("huawei_vrpv8")
    async with running_switch(spec, tmp_path):
        _, writer = await asyncio.open_connection(spec.address, spec.port)
        writer.write(junk)
        await writer.drain()
        writer.close()
        raw = await terminal(spec)
        assert "UTC" in await say(raw, "display clock", until=r">$")
        raw.close()


@pytest.mark.parametrize(
    ("field", "words", "code"),
    [("admin_password", "x", "unknown-field"), ("vlans", "0", "bad-value")],
)
async def test_tampering_that_cannot_be(tmp_path: Path, field: str, words: str, code: str) -> None:
    """A field that switches have not, a value that it cannot hold."""
    device = opened(switch_spec("huawei_vrpv8"), tmp_path)
    with pytest.raises(SimError) as refused:
        await device.tamper(field, words)
    assert refused.value.code == code
    assert device.store.stats()["writes"] == 0


async def test_comware_knows_no_others_trial(tmp_path: Path) -> None:
    """Its timer is everybody's: the fault is VRP8's alone."""
    device = opened(switch_spec("hp_comware"), tmp_path)
    with pytest.raises(SimError) as refused:
        await device.set_fault("other-trial", "")
    assert refused.value.code == "fault-not-here"


@pytest.mark.parametrize(
    ("kind", "fault", "given", "stored"),
    [
        ("switch", "cut-path", None, "new"),
        ("router", "cut-path", "all", "all"),
        ("switch", "slow-prompt", None, "0.3"),
        ("switch", "close-amid", None, "edit"),
        ("switch", "reboot", "now", "now"),
        ("switch", "ask", None, ""),
    ],
)
def test_faults_of_switches(kind: str, fault: str, given: str | None, stored: str) -> None:
    """As typed, or the default."""
    assert faults.checked("d", kind, fault, given) == stored


@pytest.mark.parametrize(
    ("kind", "fault", "given", "code"),
    [
        ("camera", "cut-path", None, "fault-not-here"),
        ("gate", "ask", None, "fault-not-here"),
        ("camera", "reboot", "now", "bad-value"),
        ("switch", "late", "1", "fault-not-here"),
        ("router", "factory-new", None, "fault-not-here"),
        ("switch", "basic-only", None, "fault-not-here"),
        ("switch", "cut-path", "half", "bad-value"),
    ],
)
def test_faults_that_switches_have_not(kind: str, fault: str, given: str | None, code: str) -> None:
    """Each kind has its own."""
    with pytest.raises(SimError) as refused:
        faults.checked("d", kind, fault, given)
    assert refused.value.code == code
