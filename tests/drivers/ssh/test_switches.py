"""The driver against simulated VRP8 and Comware switches: trials kept, undone, and broken off."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from fleet.drivers.ssh.platform import MEMORY
from fleet.model.device import FieldValue
from fleet.model.errors import (
    DeviceAsked,
    DeviceError,
    HostKeyChanged,
    HostKeyUnknown,
    LoginRefused,
    SessionClosed,
    TooSlow,
    TrialBusy,
    Unreachable,
    WriteRefused,
)
from fleet.model.secret import Secret
from fleet.ports.driver import Credential, Trial
from fleet.simulator.ssh.hostkey import fingerprint, host_key
from tests.drivers.ssh.switches import TRIAL, Bench, bench
from tests.simulator.switches.kit import PASSWORD, PLATFORMS, USER, Platform

pytestmark = pytest.mark.scenario
SMALL: dict[str, FieldValue] = {"vlans": ["100 cameras"], "ntp_servers": ["10.34.0.1"]}


@pytest.fixture(params=PLATFORMS)
async def b(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Bench]:
    """A bench of each platform."""
    async with bench(request.param, tmp_path) as made:
        yield made


@pytest.fixture
async def vrp(tmp_path: Path) -> AsyncIterator[Bench]:
    """A bench with VRP8."""
    async with bench("huawei_vrpv8", tmp_path) as made:
        yield made


async def test_reading_agrees_with_the_switch(b: Bench) -> None:
    """Goal: every field as the switch itself has it, and who it is."""
    async with b.session() as session:
        identity = await session.identify()
        fields = (await session.read(["link"])).fields

    told = b.switch.values()
    assert {k: sorted(v) if isinstance(v, list) else v for k, v in fields.items()} == {
        k: sorted(v) if isinstance(v, list) else v for k, v in told.items()
    }
    assert (identity.serial, bool(identity.model), bool(identity.firmware)) == (
        b.switch.spec.serial,
        True,
        True,
    )
    assert b.counted("logins") == 1


async def test_a_whole_link_is_tried_confirmed_and_saved(b: Bench) -> None:
    """Goal: nothing is in force for good before the confirmation, everything after a restart."""
    after = b.whole()
    await b.write(after)
    log = b.logged()
    async with b.trials() as session:
        opened = await session.trial_state(TRIAL.id)
        seen = await b.fields()
        kept = [await session.confirm(TRIAL.id), await session.confirm(TRIAL.id)]
        state = await session.trial_state(TRIAL.id)
        await session.save()
        await session.save()

    assert log == []
    assert (opened, kept, state) == ("open", [True, True], "confirmed")
    assert b.named(seen, after) == after
    await b.switch.set_fault("reboot", "now")
    while True:
        try:
            again = await b.fields()
            break
        except (Unreachable, SessionClosed):
            await asyncio.sleep(0.2)
    assert b.named(again, after) == after


async def test_an_unconfirmed_trial_is_undone(b: Bench) -> None:
    """Goal: the device takes it back by itself; a late confirmation is a no, no change."""
    await b.write(SMALL, Trial(id="late-1", seconds=60))
    before = b.named(b.switch.values(), SMALL)
    await b.until({"vlans": [], "ntp_servers": []})
    async with b.trials() as session:
        state = await session.trial_state("late-1")
        late = await session.confirm("late-1")

    assert before == SMALL
    assert (state, late) == ("undone", False)
    assert b.named(b.switch.values(), SMALL) == {"vlans": [], "ntp_servers": []}


async def test_a_trial_is_known_after_our_own_restart(b: Bench) -> None:
    """Goal: VRP8 tells by the id; Comware, which has none, is never confirmed by guessing."""
    await b.write(SMALL)
    MEMORY.forget(b.target.device, TRIAL.id)

    async with b.trials() as session:
        state = await session.trial_state(TRIAL.id)
        kept = await session.confirm(TRIAL.id)

    known = b.platform == "huawei_vrpv8"
    assert (state, kept) == (("open", True) if known else ("unknown", False))


async def test_somebody_elses_trial_is_left_alone(vrp: Bench) -> None:
    """Goal: no line is typed; another id's trial is neither ours nor confirmed by us."""
    await vrp.write(SMALL, Trial(id="theirs-1", seconds=60))
    stands = vrp.switch.values()

    with pytest.raises(TrialBusy) as raised:
        await vrp.write({"vlans": ["200 x"]})
    async with vrp.trials() as session:
        state = await session.trial_state(TRIAL.id)
        kept = await session.confirm(TRIAL.id)

    assert "theirs-1" in raised.value.summary.en
    assert (state, kept) == ("undone", False)
    assert vrp.switch.values() == stands


async def test_a_trial_that_began_amid_ours_is_no_success(vrp: Bench) -> None:
    """Goal: netmiko's commit called "another session is in trial" a success."""
    await vrp.switch.set_fault("other-trial", "")

    with pytest.raises(TrialBusy):
        await vrp.write(SMALL)
    assert vrp.named(vrp.switch.values(), SMALL) == {"vlans": [], "ntp_servers": []}


async def test_a_refused_line_drops_the_change(b: Bench) -> None:
    """Goal: the device's words are told with the line; VRP8 keeps nothing, Comware undoes."""
    after: dict[str, FieldValue] = {
        "vlans": ["100 cameras"],
        "addresses": ["Vlanif900 10.1.1.1/24" if b.platform == "huawei_vrpv8" else
                      "Vlan900 10.1.1.1/24"],
    }  # fmt: skip

    with pytest.raises(WriteRefused) as raised:
        await b.write(after)

    assert "900" in raised.value.summary.en
    assert "does not exist" in raised.value.summary.en
    await b.until({"vlans": []}, after)
    assert b.switch.store.kept.faults == {}


@pytest.mark.parametrize(
    ("fault", "value", "error"),
    [
        ("ask", "", DeviceAsked),
        ("close-amid", "edit", SessionClosed),
        ("close-amid", "before", SessionClosed),
        ("refuse", "", WriteRefused),
    ],
)
async def test_what_breaks_a_change_off(
    b: Bench, fault: str, value: str, error: type[DeviceError]
) -> None:
    """Goal: a question, an end and a no are their own errors, and nothing is in force for good."""
    await b.switch.set_fault(fault, value)

    with pytest.raises(error):
        await b.write(SMALL)
    await b.switch.set_fault("none", "")
    await b.until({"vlans": [], "ntp_servers": []})
    async with b.trials() as session:
        assert await session.trial_state(TRIAL.id) in ("undone", "unknown")
    assert b.logged() == []


async def test_slow_prompts_change_nothing(b: Bench) -> None:
    """Goal: with 0.3 s a prompt netmiko failed to enter configuration; this loop waits."""
    await b.switch.set_fault("slow-prompt", "0.1")
    await b.write(SMALL)
    async with b.trials() as session:
        assert await session.confirm(TRIAL.id)

    assert b.named(b.switch.values(), SMALL) == SMALL


async def test_a_path_that_is_cut_is_unreachable_until_it_is_back(b: Bench) -> None:
    """Goal: no confirmation over a cut path; it comes back by itself, and says undone."""
    await b.switch.set_fault("cut-path", "new")
    await b.write(SMALL, Trial(id="cut-1", seconds=60))

    with pytest.raises((Unreachable, TooSlow)):
        await b.fields()
    while True:
        try:
            async with b.trials(2.0) as session:
                state = await session.trial_state("cut-1")
            break
        except (Unreachable, TooSlow):
            await asyncio.sleep(0.2)
    assert state == "undone"
    assert b.named(b.switch.values(), SMALL) == {"vlans": [], "ntp_servers": []}


async def test_host_keys(vrp: Bench) -> None:
    """Goal: no key, another one, and a key that changes amid life: no password is ever sent."""
    shown = await vrp.driver.host_key(vrp.target)
    for pinned in (shown.fingerprint, shown.line, f"{shown.line} a comment"):
        async with vrp.session(host_key=pinned) as session:
            await session.identify()
    logins = vrp.counted("logins")

    with pytest.raises(HostKeyUnknown) as unknown:
        async with vrp.session(host_key=None) as session:
            await session.identify()
    with pytest.raises(HostKeyChanged) as other:
        async with vrp.session(host_key="SHA256:" + "B" * 43) as session:
            await session.identify()
    await vrp.switch.set_fault("new-host-key", "")
    with pytest.raises(HostKeyChanged) as changed:
        async with vrp.session() as session:
            await session.identify()
    with pytest.raises(HostKeyChanged):
        async with vrp.session(host_key=shown.fingerprint) as session:
            await session.identify()

    now = str(host_key(vrp.target.device, other=True).fingerprint)
    assert shown.fingerprint == unknown.value.seen == fingerprint(vrp.target.device)
    assert (other.value.pinned, other.value.seen) == ("SHA256:" + "B" * 43, shown.fingerprint)
    assert (changed.value.pinned, changed.value.seen) == (shown.fingerprint, now)
    for error in (unknown.value, changed.value):
        assert error.seen in error.summary.en
        assert error.seen in error.summary.zh
    assert changed.value.pinned in changed.value.summary.en
    assert (vrp.counted("logins"), vrp.counted("failed_logins")) == (logins, 0)


async def test_a_wrong_password_is_tried_once(vrp: Bench) -> None:
    """Goal: one attempt a session, whatever is asked of it afterwards."""
    vrp.login = Credential(USER, Secret("wrong"))
    async with vrp.session() as session:
        proof = await session.prove_login()
        with pytest.raises(LoginRefused):
            await session.read()
        with pytest.raises(LoginRefused):
            await session.identify()
    vrp.login = Credential(USER, Secret(PASSWORD))
    async with vrp.session() as session:
        right = await session.prove_login()

    assert (proof, right) == (False, True)
    assert vrp.counted("failed_logins") == 1


async def test_a_call_ends_with_its_deadline(vrp: Bench) -> None:
    """Goal: too slow is told, and the switch hears nothing of that session any more."""
    await vrp.switch.set_fault("slow-prompt", "5")
    with pytest.raises(TooSlow):
        async with vrp.session(1.5) as session:
            await session.read()
    await vrp.switch.set_fault("none", "")

    assert vrp.counted("reads") == 0
    async with vrp.session() as session:
        assert (await session.read()).fields["sysname"] == "HUAWEI"


async def test_a_cancelled_call_leaves_no_thread_behind(vrp: Bench) -> None:
    """Goal: who gives up waiting gets the session's end, not a write in the background."""
    await vrp.switch.set_fault("slow-prompt", "5")
    async with vrp.session() as session:
        task = asyncio.create_task(session.identify())
        await asyncio.sleep(0.7)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        with pytest.raises(DeviceError):
            await session.read()


async def test_nothing_is_written_without_an_undo(b: Bench) -> None:
    """Goal: `write` is refused, so is another resource, so is a field that a platform has not."""
    async with b.session() as session:
        with pytest.raises(WriteRefused):
            await session.write("link", SMALL)
        with pytest.raises(WriteRefused):
            await session.read(["gate"])
        assert await session.attempts_left() is None
    async with b.trials() as trials:
        with pytest.raises(WriteRefused):
            await trials.write_trial("link", {"admin": "x"}, {}, TRIAL)
    assert b.counted("writes") == 0


async def test_a_session_that_was_closed_says_so(vrp: Bench) -> None:
    """Goal: the connection that wrote cannot confirm, even by mistake."""
    async with vrp.trials() as session:
        await session.write_trial("link", SMALL, {"vlans": [], "ntp_servers": []}, TRIAL)
        with pytest.raises(Unreachable):
            await session.confirm(TRIAL.id)


@pytest.mark.parametrize("platform", PLATFORMS)
async def test_nobody_there(platform: Platform, tmp_path: Path) -> None:
    """Goal: a switch that is off is unreachable, for the key as for the session."""
    async with bench(platform, tmp_path) as b:
        await b.switch.stop()
        with pytest.raises(Unreachable):
            await b.fields()
        with pytest.raises(Unreachable):
            await b.driver.host_key(b.target)
