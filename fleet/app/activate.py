"""`device activate`: a factory-new device gets its first password, the inventory's bootstrap one.

Never a well-known one, never twice: written down before the one request, proved by one login after
it, because a lost answer may have been a yes. The password of its own comes with the next apply.
"""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from typing import Literal

from fleet.app.context import App
from fleet.app.observe import asked
from fleet.inventory.suspects import is_default_password
from fleet.model.base import Frozen
from fleet.model.device import Device
from fleet.model.errors import (
    DeviceError,
    MalformedReply,
    SecretError,
    TooSlow,
    Unreachable,
    UsageError,
)
from fleet.model.observation import Fault
from fleet.model.secret import Secret
from fleet.model.text import Text, text
from fleet.plan.steps import target_of
from fleet.ports.activation import Activates
from fleet.ports.driver import Credential, Session
from fleet.ports.journal import Draft
from fleet.rollout.faults import fault_of

BEGUN, ENDED = "activation.begun", "activation.ended"
LENGTH = range(8, 17)
KINDS_MIN = 2
_PROOFS = 3
_PROOF_PAUSE_S = 2.0


class Activated(Frozen):
    """What came of it: `was` says that it had a password before; `serial` who answered."""

    device: str
    was: bool
    outcome: Literal["activated", "nothing to do", "in doubt"]
    serial: str | None = None
    fault: Fault | None = None


async def is_new(app: App, device: Device) -> bool:
    """Whether a device is factory-new; no login is made.

    Raises:
        UsageError: its protocol knows no activation.
        DeviceError: it cannot be asked.
    """
    async with _session(app, device) as session:
        return not await _able(device, session).activated()


async def activate(app: App, device: Device) -> Activated:
    """Give a factory-new device the bootstrap password of the inventory, and prove it by a login.

    Raises:
        SecretError: the password is missing, well known, or weaker than such devices take.
        LockHeld: a rollout is at work on the compound.
        DeviceError: the device said no, or cannot be asked; it is as new as before.
        StoreError: it cannot be journalled; nothing was sent.
    """
    _strong(device, _password(app, device))
    with app.hold([f"compound/{device.compound}"], "device activate"):
        if not await is_new(app, device):
            return Activated(device=device.id, was=True, outcome="nothing to do")
        data = {"ref": str(device.login.password), "actor": app.actor}
        app.journal.append([Draft(kind=BEGUN, subject=device.id, data=data)])
        lost = await _sent(app, device)
        made = await _proved(app, device)
        if made.outcome == "in doubt" and lost is not None:
            made = made.model_copy(update={"fault": lost})
        _ended(app, device, made.outcome, made.fault)
        return made


async def _sent(app: App, device: Device) -> Fault | None:
    """Send the password; a lost answer is a value, since it may have arrived all the same."""
    try:
        async with _session(app, device) as session:
            await _able(device, session).activate()
    except (Unreachable, TooSlow, MalformedReply) as error:
        return fault_of(error)
    except DeviceError as error:
        _ended(app, device, "refused", fault_of(error))
        raise
    return None


async def _proved(app: App, device: Device) -> Activated:
    """One login with the new password, and who answered; a device that reboots is waited for."""

    async def who(session: Session) -> str | None:
        return (await session.identify()).serial

    told: str | Fault | None = None
    for left in reversed(range(_PROOFS)):
        told = await asked(app, device, who)
        if not isinstance(told, Fault) or told.code not in ("unreachable", "too_slow"):
            break
        if left:
            await app.clock.sleep(_PROOF_PAUSE_S)
    if isinstance(told, Fault):
        return Activated(device=device.id, was=False, outcome="in doubt", fault=told)
    return Activated(device=device.id, was=False, outcome="activated", serial=told)


def _session(app: App, device: Device) -> AbstractAsyncContextManager[Session]:
    driver = app.drivers.get(device.driver)
    if driver is None:
        raise UsageError(
            text("no driver {n} is installed here", "本机未安装驱动 {n}", n=device.driver)
        )
    login = Credential(device.login.user, password=_password(app, device))
    return driver.session(target_of(device), login)


def _able(device: Device, session: object) -> Activates:
    if not isinstance(session, Activates):
        raise UsageError(
            text("{d} is not activated over its protocol", "{d} 的协议不支持激活", d=device.id)
        )
    return session


def _password(app: App, device: Device) -> Secret:
    if device.login.password is None:
        raise UsageError(text("{d} has no password to give", "{d} 没有可设置的口令", d=device.id))
    return app.secrets.resolve(device.login.password)


def _strong(device: Device, password: Secret) -> None:
    """Refuse what is well known, and what firmware of this family refuses (8–16, two kinds)."""
    words = password.reveal()
    kinds = {
        "digit" if c.isdigit() else "upper" if c.isupper() else "lower" if c.islower() else "other"
        for c in words
    }
    why: Text | None = None
    if is_default_password(words):
        why = text("it is a well-known default", "属于众所周知的默认口令")
    elif len(words) not in LENGTH or len(kinds) < KINDS_MIN:
        why = text("it must have 8 to 16 characters of two kinds", "须为 8 至 16 位且含两类字符")
    elif device.login.user.lower() in words.lower():
        why = text("it holds the user's name", "包含用户名")
    if why is not None:
        raise SecretError(
            text(
                "{r} is no password to activate a device with: {w}",
                "{r} 不能用于激活设备：{w}",
                r=device.login.password,
                w=why,
            ),
            text("put a better one into the vault", "请在密码库中更换"),
        )


def _ended(app: App, device: Device, outcome: str, fault: Fault | None) -> None:
    data: dict[str, object] = {"outcome": outcome}
    if fault is not None:
        data["fault"] = fault.model_dump(mode="json", exclude_defaults=True)
    app.journal.append([Draft(kind=ENDED, subject=device.id, data=data)])
