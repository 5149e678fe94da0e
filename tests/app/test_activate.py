"""`device activate` on simulated factory-new devices of both firmware families."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from fleet.adapters.clock import SystemClock
from fleet.app.activate import BEGUN, ENDED, activate, is_new
from fleet.app.context import App
from fleet.drivers.isapi.session import IsapiSession
from fleet.drivers.registry import drivers
from fleet.inventory.suspects import is_default_password
from fleet.model.device import Device, DeviceKind
from fleet.model.errors import (
    LockHeld,
    SecretError,
    StoreError,
    Unreachable,
    UsageError,
    WriteRefused,
)
from fleet.model.text import text
from fleet.simulator.host import Device as SimulatedDevice
from fleet.simulator.spec import Personality
from tests.drivers.simulated import PASSWORD, SERIAL, session, simulated
from tests.support.fakes import FakeLeases, FakeSecrets, WatchedJournal
from tests.support.fakes_city import BOOTSTRAP, city, compound, device, world

BOTH: list[Personality] = ["a", "b"]


@dataclass
class Box:
    """A factory-new camera, and an app that knows it."""

    app: App
    camera: Device
    simulated: SimulatedDevice
    secrets: FakeSecrets
    journal: WatchedJournal
    leases: FakeLeases

    def kinds(self) -> list[str]:
        """The journal's records by kind."""
        return [r.kind for r in self.app.journal.records()]

    def active(self) -> bool:
        """Whether the device has a password, by its own memory."""
        return self.simulated.store.kept.active


@asynccontextmanager
async def boxed(folder: Path, personality: Personality = "a") -> AsyncIterator[Box]:
    """A camera as it comes out of its box."""
    async with simulated(folder / "sim", "camera", personality) as made:
        await made.set_fault("factory-new", "")
        spec = made.spec
        camera = device("c1-cam-1", address=spec.address, port=spec.port, serial=SERIAL)
        w = world(city([compound("c1", [camera])]), folder)
        w.secrets.wrong[str(BOOTSTRAP)] = PASSWORD
        app = replace(w.app(), drivers=drivers(), clock=SystemClock())
        yield Box(app, camera, made, w.secrets, w.journal, w.leases)


@pytest.mark.parametrize("personality", BOTH)
async def test_a_new_device_gets_the_bootstrap_password(
    tmp_path: Path, personality: Personality
) -> None:
    """Goal: one request, one login that proves it, both ends journalled without the password."""
    async with boxed(tmp_path, personality) as box:
        assert await is_new(box.app, box.camera)

        made = await activate(box.app, box.camera)

        assert (made.outcome, made.was, made.serial) == ("activated", False, SERIAL)
        assert box.active()
        async with session(box.simulated) as opened:
            assert await opened.prove_login()
        assert box.kinds() == [BEGUN, ENDED]
        assert [e.field for e in box.simulated.store.kept.log] == ["admin_password"]
        assert box.leases.taken == [("compound/c1",)]
        told = [str(r.data) for r in box.app.journal.records()]
        assert not any(PASSWORD in words for words in told)
        assert box.simulated.store.stats()["failed_logins"] == 0


async def test_an_active_device_is_left_alone(tmp_path: Path) -> None:
    """Goal: a second call sends nothing, journals nothing and logs in to nobody."""
    async with boxed(tmp_path) as box:
        await activate(box.app, box.camera)
        logins = box.simulated.store.stats()["logins"]

        again = await activate(box.app, box.camera)

        assert (again.outcome, again.was) == ("nothing to do", True)
        assert box.kinds() == [BEGUN, ENDED]
        assert box.simulated.store.stats()["logins"] == logins


@pytest.mark.parametrize("word", ["12345", "Admin@123", "888888", "short1", "x" * 17 + "1",
                                  "alllowercase", "MyAdmin-2026"])  # fmt: skip
async def test_a_well_known_or_weak_password_is_never_set(tmp_path: Path, word: str) -> None:
    """Goal: refused here, before anything is sent; the device is as new as before."""
    async with boxed(tmp_path) as box:
        box.secrets.wrong[str(BOOTSTRAP)] = word

        with pytest.raises(SecretError) as caught:
            await activate(box.app, box.camera)

        assert word not in str(caught.value)
        assert not box.active()
        assert box.kinds() == []


class Lossy(IsapiSession):
    """The request arrives, its answer is lost."""

    async def activate(self) -> None:
        """Send it, then break."""
        await super().activate()
        raise Unreachable("c1-cam-1", text("the connection broke off", "连接中断"))


class Deaf(IsapiSession):
    """The request never arrives."""

    async def activate(self) -> None:
        """Break before anything is sent."""
        raise Unreachable("c1-cam-1", text("no connection", "无法连接"))


@pytest.mark.parametrize(("kind", "outcome"), [(Lossy, "activated"), (Deaf, "in doubt")])
async def test_a_lost_answer_is_found_out_by_a_login(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    kind: type[IsapiSession],
    outcome: str,
) -> None:
    """Goal: only a login proves; nothing is sent twice, and doubt is told as doubt."""
    async with boxed(tmp_path) as box:
        monkeypatch.setattr("fleet.drivers.isapi.driver.IsapiSession", kind)

        made = await activate(box.app, box.camera)

        assert made.outcome == outcome
        assert box.active() is (outcome == "activated")
        assert box.kinds() == [BEGUN, ENDED]
        if outcome == "in doubt":
            assert made.fault is not None
            assert made.fault.code == "unreachable"
        assert box.simulated.store.stats()["failed_logins"] == 0


async def test_no_audit_no_act(tmp_path: Path) -> None:
    """Goal: with a journal that fails no password is sent."""
    async with boxed(tmp_path) as box:
        box.journal.fail_at = box.journal.appends + 1

        with pytest.raises(StoreError):
            await activate(box.app, box.camera)
        assert not box.active()


async def test_a_rollout_on_the_compound_comes_first(tmp_path: Path) -> None:
    """Goal: never two at work on one compound."""
    async with boxed(tmp_path) as box:
        box.leases.held["compound/c1"] = "somebody's apply"

        with pytest.raises(LockHeld):
            await activate(box.app, box.camera)
        assert not box.active()


async def test_a_device_without_activation(tmp_path: Path) -> None:
    """Goal: a gate over SNMP is not activated so; said as usage."""
    async with boxed(tmp_path) as box:
        gate = device("c1-gate-1", DeviceKind.GATE)

        with pytest.raises(UsageError, match="not activated over its protocol"):
            await is_new(box.app, gate)


def test_known_defaults_are_known_in_any_case() -> None:
    """Goal: what devices leave the factory with, and what installers set in its place."""
    assert is_default_password("ADMIN123")
    assert not is_default_password(PASSWORD)


async def test_what_the_device_refuses_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Goal: its no is journalled and it is as new as before."""
    async with boxed(tmp_path) as box:
        monkeypatch.setattr("fleet.simulator.isapi.device.refuse_weak", _always_weak)

        with pytest.raises(WriteRefused):
            await activate(box.app, box.camera)

        assert not box.active()
        assert box.kinds() == [BEGUN, ENDED]
        assert list(box.app.journal.records())[-1].data["outcome"] == "refused"


def _always_weak(user: str, password: str) -> None:
    from fleet.simulator.isapi.words import BadContent

    raise BadContent("badParameters", "password: not strong enough", "password")
