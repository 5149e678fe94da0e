"""A wait after a refused login is lifted by an operator, and only as far as no lock-out is near."""

from __future__ import annotations

from pathlib import Path

import pytest

from fleet.app.observe import observe
from fleet.app.unlock import MISSES_MAX, unlock, waits
from fleet.model.errors import LoginBudgetSpent, StoreError, Unreachable
from fleet.model.observation import Fault
from fleet.rollout import records
from tests.support.fakes_city import BOOTSTRAP, World, cameras, value_of, world
from tests.support.fakes_devices import FakeSession

NAME = "c1-cam-1"


@pytest.fixture
async def w(tmp_path: Path) -> World:
    """A camera that has just refused our login."""
    made = world(cameras(1, 1), tmp_path)
    made.devices[NAME].password = "changed by hand"
    await look(made)
    assert made.wrong_logins() == {NAME: 1}
    return made


async def look(w: World) -> Fault | None:
    """Log in as any verb does, in a process of its own."""
    return (await observe(w.app(), list(w.city.devices())))[NAME].fault


def told(monkeypatch: pytest.MonkeyPatch, left: int) -> None:
    """The camera tells how many tries are left."""

    async def attempts_left(_session: FakeSession) -> int:
        return left

    monkeypatch.setattr(FakeSession, "attempts_left", attempts_left)


async def lift(w: World) -> int | None:
    """Lift the wait, in a process of its own."""
    app = w.app()
    return await unlock(app, next(iter(app.city.devices())))


async def test_a_corrected_password_is_tried_at_once(w: World) -> None:
    """Without a login of the verb itself; other processes see it by the journal."""
    w.devices[NAME].password = value_of(BOOTSTRAP)
    fault = await look(w)
    assert fault is not None
    assert fault.code == "login_budget"

    assert await lift(w) is None

    assert (w.devices[NAME].logins, w.wrong_logins()) == (0, {NAME: 1})
    assert await look(w) is None
    (record,) = w.journal.records(kind=records.LIFTED)
    assert (record.subject, record.data["actor"]) == (NAME, w.app().actor)


async def test_a_wait_is_there_until_it_is_lifted(w: World) -> None:
    """In this process and in the next."""
    app = w.app()
    (one,) = app.city.devices()
    assert waits(app, one)
    await unlock(app, one)
    assert not waits(app, one)
    assert not waits(w.app(), one)


async def test_a_password_that_is_still_wrong_waits_again(w: World) -> None:
    """One login a lift, never more."""
    await lift(w)
    for _ in range(3):
        await look(w)

    assert w.wrong_logins() == {NAME: 2}


async def test_three_wrong_logins_in_half_an_hour_are_the_end_of_lifting(w: World) -> None:
    """The usual lock-out comes at five; later, lifting is possible again."""
    for _ in range(MISSES_MAX - 1):
        await lift(w)
        await look(w)
    with pytest.raises(LoginBudgetSpent, match="3 logins were refused in the last 30 minutes"):
        await lift(w)
    await look(w)
    assert w.wrong_logins() == {NAME: MISSES_MAX}

    await w.clock.sleep(31 * 60)
    await look(w)
    await lift(w)


@pytest.mark.parametrize("left", [0, 1])
async def test_the_devices_own_count_rules(
    w: World, monkeypatch: pytest.MonkeyPatch, left: int
) -> None:
    """With fewer than two tries left, nothing is lifted and nothing journalled."""
    told(monkeypatch, left)
    with pytest.raises(LoginBudgetSpent, match=f"itself says {left} tries are left"):
        await lift(w)

    assert not list(w.journal.records(kind=records.LIFTED))
    assert waits(w.app(), next(iter(w.city.devices())))


async def test_a_device_that_tells_enough_tries_is_lifted(
    w: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it told stands in the journal."""
    told(monkeypatch, 4)

    assert await lift(w) == 4
    (record,) = w.journal.records(kind=records.LIFTED)
    assert record.data["attempts_left"] == 4


async def test_a_device_that_cannot_be_asked_stays_untried(
    w: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its count is unknown, and nobody could log in anyway."""

    async def attempts_left(session: FakeSession) -> int:
        session.device.unreachable = True
        session.device.wake()
        return 0

    monkeypatch.setattr(FakeSession, "attempts_left", attempts_left)
    with pytest.raises(Unreachable):
        await lift(w)
    assert not list(w.journal.records(kind=records.LIFTED))


async def test_a_clock_that_was_set_back_is_named_and_can_be_lifted(w: World) -> None:
    """A device refused "in four years" would have waited that long, and lifting have counted it."""
    for _ in range(MISSES_MAX - 1):
        await lift(w)
        await look(w)
    w.clock.seconds -= 900
    fault = await look(w)
    assert fault is not None
    assert (fault.code, w.wrong_logins()) == ("login_budget", {NAME: MISSES_MAX})
    assert "the clock was set back" in fault.en
    assert "时钟被拨回" in fault.zh

    w.devices[NAME].password = value_of(BOOTSTRAP)
    await lift(w)
    assert await look(w) is None


async def test_no_audit_no_act(w: World) -> None:
    """A journal that cannot be written lifts nothing."""
    w.journal.fail_at = w.journal.appends + 1
    with pytest.raises(StoreError):
        await lift(w)
    w.mend()
    assert waits(w.app(), next(iter(w.city.devices())))
