"""Ending the waiting time after a refused login, once an operator has corrected the password.

Nobody can know that the new password is right, so a wait is lifted only as long as a lock-out stays
out of reach: by the device's own word where it gives one, else by our own count of wrong logins.
"""

from __future__ import annotations

from datetime import datetime

from fleet.app.context import App
from fleet.model.device import Device
from fleet.model.errors import LoginBudgetSpent
from fleet.model.text import Text, text
from fleet.plan.steps import target_of
from fleet.rollout import records
from fleet.rollout.credentials import AHEAD, BUDGET

# Below the usual lock-out of five, with one left for a person at the device.
MISSES_MAX = 3
LEFT_MIN = 2


def waits(app: App, device: Device) -> bool:
    """Whether a login was refused so lately that none is tried now."""
    try:
        app.proven().check_budget(device.id, app.clock.now())
    except LoginBudgetSpent:
        return True
    return False


async def unlock(app: App, device: Device) -> int | None:
    """End the wait, journalled; the tries that the device says are left, None if it does not say.

    No login is made: what a device tells without one is asked.

    Raises:
        LoginBudgetSpent: another wrong login could lock the device; the wait stays.
        DeviceError: the device cannot be asked; the wait stays.
        SecretError: the login cannot be resolved.
        StoreError: it cannot be journalled; the wait stays.
    """
    misses = _misses(app, device.id)
    if misses >= MISSES_MAX:
        raise _too_near(
            device.id,
            text(
                "{n} logins were refused in the last 30 minutes",
                "最近 30 分钟内已有 {n} 次登录被拒",
                n=misses,
            ),
        )
    login = app.credentials().login(device.id, device.login)
    async with app.drivers[device.driver].session(target_of(device), login) as session:
        left = await session.attempts_left()
    if left is not None and left < LEFT_MIN:
        raise _too_near(
            device.id,
            text("the device itself says {n} tries are left", "设备自报仅剩 {n} 次尝试", n=left),
        )
    app.journal.append([records.lifted(device.id, app.actor, left)])
    app.proven().refused_at.pop(device.id, None)
    return left


def _misses(app: App, device: str) -> int:
    now = _time(app.clock.now())
    found = app.journal.records(kind=records.REFUSED, subject=device)
    # What is stamped ahead of now is of a clock that was set back since: it would count for ever.
    return sum(-AHEAD <= now - _time(record.at) < BUDGET for record in found)


def _time(stamp: str) -> datetime:
    return datetime.fromisoformat(stamp.replace("Z", "+00:00"))


def _too_near(device: str, why: Text) -> LoginBudgetSpent:
    return LoginBudgetSpent(
        device,
        text(
            "{d} stays untried: {w}, and another wrong one could lock it",
            "{d} 暂不尝试：{w}，再错可能锁定设备",
            d=device,
            w=why,
        ),
        text(
            "log in at the device itself, which resets its count; else wait 30 minutes",
            "请在设备上登录一次以清零计数，否则请等待 30 分钟",
        ),
    )
