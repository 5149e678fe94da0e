"""The driver port: what the fleet needs of one kind of device protocol.

A driver knows a protocol; it never retries, never resends, never decides. Every method raises
`DeviceError` subclasses (model/errors.py) and nothing else for anything the device or network
does; deadlines are whole-operation and in seconds.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from contextlib import AbstractAsyncContextManager
from typing import Literal, Protocol, runtime_checkable

from pydantic import Field

from fleet.model.base import Frozen
from fleet.model.change import Target
from fleet.model.device import DeviceKind, FieldValue
from fleet.model.observation import Identity, Reading
from fleet.model.secret import Secret
from fleet.model.text import Text

Proof = Literal["login", "registration"]


class FieldSpec(Frozen):
    """What a driver can do with one canonical field.

    `proof` names the functional proof of a write-only field. `exact` False: the device may store a
    neighbouring value (rounding), so the plan's fidelity is predicted.
    """

    name: str
    readable: bool = True
    writable: bool = True
    exact: bool = True
    proof: Proof | None = None


class Resource(Frozen):
    """One thing that one request writes (one PUT, one SET PDU) with all the fields it carries."""

    name: str
    fields: tuple[FieldSpec, ...]


class Credential:
    """A login in memory. HTTP devices: `user`, `password`; SNMPv3: `user`, `auth`, `priv`."""

    __slots__ = ("auth", "password", "priv", "user")

    def __init__(
        self,
        user: str,
        password: Secret | None = None,
        auth: Secret | None = None,
        priv: Secret | None = None,
    ) -> None:
        self.user = user
        self.password = password
        self.auth = auth
        self.priv = priv

    def __repr__(self) -> str:
        return f"Credential({self.user!r}, ***)"


class Session(Protocol):
    """One conversation with one device, on connections of its own."""

    async def identify(self) -> Identity:
        """Say who the device is, after comparing it with the target's pinned identity.

        Raises:
            WrongIdentity: serial or engine id is not the pinned one.
            NotActivated: the device is factory-new.
            SchemeMismatch, LoginRefused, Unreachable, TooSlow, MalformedReply: as named.
        """
        ...

    async def read(self, resources: Collection[str] | None = None) -> Reading:
        """Read the named resources (None: all that the kind has), identity included."""
        ...

    async def write(self, resource: str, values: Mapping[str, FieldValue | Secret]) -> None:
        """Send one request that sets `values` of one resource, in place, exactly once.

        A normal return means that the device said yes, no more. GET requests that the edit needs
        come before; the write itself is never repeated, whatever happens.

        Raises:
            WriteRefused: the device said no; `field` names the value where it tells.
        """
        ...

    async def prove_login(self) -> bool:
        """Whether this session's credential is in force: one attempt, counted by the device.

        True: it logged in. False: the device refused it. Anything else raises.
        """
        ...

    async def attempts_left(self) -> int | None:
        """Login tries the device says are left, read without spending one; None: untold."""
        ...


class Driver(Protocol):
    """One protocol's knowledge; found by entry point group `fleet.drivers`, name = driver name."""

    name: str
    # The longest a device was seen to take to apply a request whose sender was gone, in seconds.
    apply_time_max_s: float

    def resources(self, kind: DeviceKind) -> tuple[Resource, ...]:
        """The resources of a device kind in the fixed order in which they are written."""
        ...

    def session(
        self, target: Target, credential: Credential, deadline_s: float = 15.0
    ) -> AbstractAsyncContextManager[Session]:
        """Open a session; `deadline_s` bounds each call made on it as a whole."""
        ...


# What became of a trial. "unknown": the device has never heard of that id, or cannot tell any more.
TrialState = Literal["open", "confirmed", "undone", "unknown"]
NeedKind = Literal["experimental", "reboot", "others"]


class Trial(Frozen):
    """A change that the device takes back by itself unless it is confirmed in time.

    `id` is journalled before anything is sent: at most 32 of a-z, 0-9 and hyphen. `seconds` is how
    long the device waits for the confirmation, counted from when it arms its undo, which may be
    before the first line of the change.
    """

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,31}$")
    seconds: int = Field(ge=1, le=65535)


class Need(Frozen):
    """What a plan must show, and for what an operator must consent before it is applied.

    "experimental": the platform was proved against paper alone; "reboot": only a restart undoes
    the change, with the outage of all that hangs on the device; "others": taking it back would also
    take back what other people changed meanwhile (shown, no consent asked).
    """

    kind: NeedKind
    text: Text


@runtime_checkable
class ArmsUndo(Protocol):
    """What a driver offers whose writes undo themselves unless they are confirmed.

    Its sessions are `TrialSession`s and its devices are written by `write_trial` alone.
    """

    # The longest that `write_trial` goes on sending, in seconds; its session then closes the
    # connection, so that nothing of it is sent later. It is less than every default trial.
    write_trial_max_s: float

    def trial_seconds(self, kind: DeviceKind, platform: str | None) -> int:
        """The trial's usual length in seconds, within the platform's range; 0: never under trial.

        Where a Need "reboot" is told, it is the time after which the device restarts.
        """
        ...

    def needs(self, target: Target, fields: Collection[str]) -> tuple[Need, ...]:
        """What a plan that writes `fields` to `target` must show; empty: nothing special."""
        ...


@runtime_checkable
class TrialSession(Protocol):
    """What a session offers, besides `Session`, whose device takes changes on trial."""

    async def write_trial(
        self,
        resource: str,
        values: Mapping[str, FieldValue],
        before: Mapping[str, FieldValue],
        trial: Trial,
    ) -> None:
        """Arm the undo, then change `before` into `values`; returns when the trial is under way.

        Only lines that differ are sent, each once, each answer checked. The change may have cut our
        path when this returns: whatever it raises after the undo was armed is undone by the device.

        Raises:
            TrialBusy: somebody else's trial is under way; nothing was changed.
            WriteRefused: the device refused a line; the change was dropped as far as it could be,
                and is undone by the device otherwise.
            DeviceAsked, SessionClosed, Unreachable, TooSlow, MalformedReply: as named; look at the
                device after the trial's seconds.
        """
        ...

    async def trial_state(self, trial_id: str) -> TrialState:
        """What became of a trial, by the device's own word."""
        ...

    async def confirm(self, trial_id: str) -> bool:
        """Keep the change; call it on another connection than the one that wrote.

        True: kept. False: it had been undone already. Anything else raises.
        """
        ...

    async def save(self) -> None:
        """Make the confirmed change survive a restart; may be repeated, checked by reading.

        Raises:
            NotKept: what the device would start with is not what it runs.
        """
        ...


class HostKey(Frozen):
    """An SSH host key as an OpenSSH public key line without comment, and its fingerprint.

    The fingerprint is OpenSSH's: "SHA256:" and base64 without padding.
    """

    line: str
    fingerprint: str


@runtime_checkable
class ShowsHostKey(Protocol):
    """What a driver offers whose devices are known by an SSH host key."""

    async def host_key(self, target: Target, deadline_s: float = 10.0) -> HostKey:
        """The key that the server at the target's address prefers, without any login.

        Raises:
            Unreachable, TooSlow: no connection, or no answer in time.
            MalformedReply: no SSH server answers there.
        """
        ...


@runtime_checkable
class JudgesPlatforms(Protocol):
    """What a driver offers whose devices speak several command languages."""

    def can_write_on(
        self, platform: str | None, kind: DeviceKind, field: str, value: FieldValue
    ) -> Text | None:
        """As `JudgesValues.can_write`, for one platform."""
        ...


@runtime_checkable
class JudgesValues(Protocol):
    """What a driver offers that can say beforehand which values its protocol has a form for."""

    def can_write(self, kind: DeviceKind, field: str, value: FieldValue) -> Text | None:
        """None where `value` can be written to `field` of a `kind`; else why not.

        The reason names what is possible. Nothing is sent; no device is asked, so a value that
        passes may still be refused by one firmware.
        """
        ...


def unwritable(
    driver: Driver,
    kind: DeviceKind,
    field: str,
    value: FieldValue,
    platform: str | None = None,
) -> Text | None:
    """Why `driver` cannot write `value`; None where it can, or where it does not judge values."""
    if isinstance(driver, JudgesPlatforms):
        return driver.can_write_on(platform, kind, field, value)
    return driver.can_write(kind, field, value) if isinstance(driver, JudgesValues) else None


def written_resources(
    driver: Driver, kind: DeviceKind, fields: Collection[str]
) -> dict[str, Resource]:
    """Map each of `fields` that the driver can write to the resource that carries it."""
    return {
        spec.name: resource
        for resource in driver.resources(kind)
        for spec in resource.fields
        if spec.writable and spec.name in fields
    }
