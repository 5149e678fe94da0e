"""A whole switch without its wires: logins and lock, sessions, faults of answers, its memory."""

from __future__ import annotations

from pathlib import Path

import pytest

from fleet.simulator.errors import SimError
from fleet.simulator.ssh import canonical
from fleet.simulator.ssh.device import SwitchDevice
from fleet.simulator.ssh.shell import Shell
from tests.simulator.switches.kit import PASSWORD, PLATFORMS, USER, Platform, switch_spec
from tests.simulator.switches.ssh_kit import opened, written

both = pytest.mark.parametrize("platform", PLATFORMS)
CHANGE = {
    "huawei_vrpv8": ("system-view", "vlan batch 100", "commit"),
    "hp_comware": ("system-view", "vlan 100"),
}
TRIAL = {
    "huawei_vrpv8": ("system-view", "vlan batch 100", "commit trial 60 persist tx-1"),
    "hp_comware": ("system-view", "configuration commit delay 1", "vlan 100"),
}


def made(tmp_path: Path, platform: Platform = "huawei_vrpv8", ahead_s: float = 0.0) -> SwitchDevice:
    """A switch that is not started; its memory is in the folder."""
    return opened(switch_spec(platform, trial_scale=1.0), tmp_path, ahead_s=ahead_s)


def remembered(tmp_path: Path) -> str:
    """All that lies on disk."""
    return "".join(path.read_text() for path in tmp_path.rglob("*") if path.is_file())


async def session(device: SwitchDevice) -> Shell:
    """A terminal of a new session."""
    shell, _ = await device.opened(USER)
    return shell


async def typed(device: SwitchDevice, shell: Shell, *lines: str) -> str:
    """Lines into a terminal; all that is sent for the last one."""
    said = ""
    for line in lines:
        said = "".join(s.data.decode() for s in await device.typed(shell, f"{line}\n".encode()))
    return said.replace("\r\n", "\n")


async def test_five_wrong_passwords_shut_out_the_right_one(tmp_path: Path) -> None:
    """Four are forgiven by a right one; the fifth in a row locks, and then none is right."""
    device = made(tmp_path)
    for _ in range(4):
        assert not await device.login(USER, "wrong")
    assert await device.login(USER, PASSWORD)
    for _ in range(5):
        assert not await device.login(USER, "wrong")
    assert not await device.login(USER, PASSWORD)
    stats = device.store.stats()
    assert (stats["logins"], stats["failed_logins"]) == (1, 10)


async def test_another_users_name_counts_as_wrong(tmp_path: Path) -> None:
    """The right password of nobody known, five times: the door is shut for the known one too."""
    device = made(tmp_path)
    for name in ("root", "Admin", "admin ", "", "管理员"):
        assert not await device.login(name, PASSWORD)
    assert not await device.login(USER, PASSWORD)


async def test_a_lock_outlives_the_simulator(tmp_path: Path) -> None:
    """Started anew from its memory it is still shut; the count of four survives as well."""
    device = made(tmp_path)
    for _ in range(4):
        await device.login(USER, "wrong")
    again = made(tmp_path)
    assert not await again.login(USER, "wrong")
    assert not await made(tmp_path).login(USER, PASSWORD)


async def test_a_lock_opens_by_itself(tmp_path: Path) -> None:
    """After its time the right password is right again, and the count begins anew."""
    device = opened(switch_spec("hp_comware"), tmp_path, lockout_s=0.0)
    for _ in range(5):
        await device.login(USER, "wrong")
    assert await device.login(USER, PASSWORD)


async def test_no_password_is_in_the_memory(tmp_path: Path) -> None:
    """Neither the right one nor one that was tried."""
    device = made(tmp_path)
    await device.login(USER, PASSWORD)
    await device.login(USER, "Secret-9876")
    await device.set_fault("ask", "")
    text = remembered(tmp_path)
    assert "ask" in text
    assert PASSWORD not in text
    assert "Secret-9876" not in text


@both
async def test_lines_of_terminals_are_used_again(tmp_path: Path, platform: Platform) -> None:
    """The lowest that is free; a session's number never comes twice."""
    device = made(tmp_path, platform)
    first, second = await session(device), await session(device)
    assert [first.session.line, second.session.line] == ["VTY 0", "VTY 1"]
    await device.closed(first)
    third = await session(device)
    assert third.session.line == "VTY 0"
    assert len({s.session.number for s in (first, second, third)}) == 3


async def test_closing_twice_is_closing_once(tmp_path: Path) -> None:
    """A session that is gone takes back nothing of the next one's."""
    device = made(tmp_path)
    gone = await session(device)
    await device.closed(gone)
    shell = await session(device)
    await typed(device, shell, "system-view", "vlan batch 100", "commit trial 60")
    await device.closed(gone)
    assert device.values()["vlans"] == ["100"]
    await device.closed(shell)
    assert device.values()["vlans"] == []


@both
async def test_a_change_is_in_the_memory_when_it_is_answered(
    tmp_path: Path, platform: Platform
) -> None:
    """Opened again without any farewell it runs, and its log has it with nobody's value."""
    device = made(tmp_path, platform)
    await typed(device, await session(device), *CHANGE[platform])
    again = made(tmp_path, platform)
    assert (again.values()["vlans"], written(again)) == (["100"], ["vlans"])
    entry = again.store.kept.log[0]
    assert (entry.seq, entry.received) == (1, None)


@both
async def test_a_candidate_is_in_no_memory(tmp_path: Path, platform: Platform) -> None:
    """What only a session knows goes with the process; on Comware there is no such thing."""
    device = made(tmp_path, platform)
    await typed(device, await session(device), *CHANGE[platform][:2])
    again = made(tmp_path, platform)
    assert again.values()["vlans"] == ([] if platform == "huawei_vrpv8" else ["100"])


@both
async def test_a_trial_that_ended_while_nobody_ran_it(tmp_path: Path, platform: Platform) -> None:
    """Opened after the deadline it has gone back at once; before it, it still can be confirmed."""
    device = made(tmp_path, platform)
    await typed(device, await session(device), *TRIAL[platform])
    in_time = made(tmp_path, platform, ahead_s=30.0)
    assert in_time.values()["vlans"] == ["100"]
    late = made(tmp_path, platform, ahead_s=61.0)
    assert (late.values()["vlans"], written(late)) == ([], [])
    assert made(tmp_path, platform).values()["vlans"] == []


async def test_another_platforms_memory_is_refused(tmp_path: Path) -> None:
    """Its configuration would have no meaning."""
    made(tmp_path, "huawei_vrpv8")
    with pytest.raises(ValueError, match="not a hp_comware switch's"):
        made(tmp_path, "hp_comware")


async def test_a_broken_memory_is_named(tmp_path: Path) -> None:
    """A document that is none is no switch out of its box either."""
    device = made(tmp_path)
    kept = device.store.kept
    kept.documents["ledger"] = "{}"
    device.store.commit(kept)
    with pytest.raises(ValueError, match="no state of a switch"):
        made(tmp_path)


@both
async def test_tampering_is_seen_and_not_counted(tmp_path: Path, platform: Platform) -> None:
    """Every field takes words; none is a write, and all are there after a restart of ours."""
    device = made(tmp_path, platform)
    port = "GE1/0/7"
    told = {
        "sysname": "东门-SW", "vlans": "100 枪机", "access_ports": f"{port} vlan=100 desc=东门",
        "lldp_enabled": "true", "static_routes": "0.0.0.0/0 via 10.0.0.1",
        "access_list": "permit icmp any", "ntp_servers": "10.0.0.5",
        "uplink_ports": "GE1/0/8 vlans=100", "access_list_on": "GE1/0/8",
        "addresses": f"{'Vlanif' if platform == 'huawei_vrpv8' else 'Vlan'}100 10.0.0.9/24",
    }  # fmt: skip
    assert set(told) == set(canonical.FIELDS)
    before = device.values()
    for field, words in told.items():
        await device.tamper(field, words)
        assert device.values()[field] != before[field]
    assert device.store.stats()["writes"] == 0
    assert made(tmp_path, platform).values() == device.values()


@pytest.mark.parametrize("field", ["", "SYSNAME", "vlan", "gb_server_id"])
async def test_an_unknown_field_is_told_the_known_ones(tmp_path: Path, field: str) -> None:
    """With the device, the field and all that there are."""
    with pytest.raises(SimError) as refused:
        await made(tmp_path).tamper(field, "x")
    assert refused.value.code == "unknown-field"
    assert refused.value.facts["known"] == list(canonical.FIELDS)


@both
async def test_a_slow_device_is_slow_once_an_answer(tmp_path: Path, platform: Platform) -> None:
    """`slow 1.5`: one pause before each answer, none in its middle or before an echo."""
    device = made(tmp_path, platform)
    shell = await session(device)
    await device.set_fault("slow", "1.5")
    sent = await device.typed(shell, b"display clock\ndisplay clock\n")
    assert [s.pause for s in sent if s.pause] == [1.5, 1.5]
    assert all(b"UTC" in s.data for s in sent if s.pause)
    await device.set_fault("none", "")
    assert not any(s.pause for s in await device.typed(shell, b"display clock\n"))


@both
async def test_a_slow_prompt_pauses_before_the_prompt_alone(
    tmp_path: Path, platform: Platform
) -> None:
    """`slow-prompt 0.4`: the answer is there at once."""
    device = made(tmp_path, platform)
    shell = await session(device)
    await device.set_fault("slow-prompt", "0.4")
    sent = await device.typed(shell, b"display clock\n")
    assert [(s.pause, s.data[:1]) for s in sent if s.pause] == [(0.4, b"<")]


@both
@pytest.mark.parametrize("left", [0, 1, 9])
async def test_an_answer_that_breaks_off(tmp_path: Path, platform: Platform, left: int) -> None:
    """`drop N`: the echo comes whole, then so many bytes of the answer, and the line's end."""
    device = made(tmp_path, platform)
    shell = await session(device)
    whole = await typed(device, shell, "display version")
    await device.set_fault("drop", str(left))
    sent = await device.typed(shell, b"display version\n")
    assert [s.end for s in sent] == [*[False] * (len(sent) - 1), True]
    got = b"".join(s.data for s in sent).decode().replace("\r\n", "\n")
    echo = "display version\n"
    assert got == whole[: len(echo) + left]


@both
async def test_faults_add_up_and_go_together(tmp_path: Path, platform: Platform) -> None:
    """Each is remembered beside the others, over a restart of ours; `none` takes all."""
    device = made(tmp_path, platform)
    for fault, value in (("ask", ""), ("slow", "2"), ("close-amid", "before")):
        await device.set_fault(fault, value)
    again = made(tmp_path, platform)
    assert again.store.kept.faults == {"ask": "", "slow": "2", "close-amid": "before"}
    await again.set_fault("none", "")
    assert made(tmp_path, platform).store.kept.faults == {}


@both
async def test_a_fault_of_one_time_is_forgotten_on_disk(tmp_path: Path, platform: Platform) -> None:
    """`close-amid edit`: the line ends once; what ran by then stands in memory and log."""
    device = made(tmp_path, platform)
    shell = await session(device)
    await device.set_fault("close-amid", "edit")
    sent = [*await device.typed(shell, b"system-view\nsysname other\n")]
    assert sent[-1].end
    again = made(tmp_path, platform)
    assert again.store.kept.faults == {}
    assert written(again) == ([] if platform == "huawei_vrpv8" else ["sysname"])


@both
async def test_another_devices_identity_and_key(tmp_path: Path, platform: Platform) -> None:
    """`new-host-key` changes the key alone, `swap-identity` the serial number alone."""
    device = made(tmp_path, platform)
    own = device.key().get_fingerprint()
    assert own == made(tmp_path, platform).key().get_fingerprint()
    await device.set_fault("new-host-key", "")
    other = device.key().get_fingerprint()
    assert other != own
    show = "display esn" if platform == "huawei_vrpv8" else "display device manuinfo"
    shell = await session(device)
    assert device.spec.serial in await typed(device, shell, show)
    await device.set_fault("none", "")
    await device.set_fault("swap-identity", "")
    assert device.spec.serial not in await typed(device, shell, show)
    assert device.key().get_fingerprint() == own


def test_the_greeting_says_what_it_is(tmp_path: Path) -> None:
    """Simulated, and how much faster its trial clock runs; the first line names the maker."""
    device = opened(switch_spec("hp_comware", trial_scale=0.05), tmp_path)
    assert "Simulated device" in device.greeting
    assert " 20 times as fast" in device.greeting
    assert device.version.startswith("SSH-2.0-Comware")
