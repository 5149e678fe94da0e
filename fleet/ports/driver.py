"""The driver port: what the fleet needs of one kind of device protocol.

A driver knows a protocol; it never retries, never resends, never decides. Every method raises
`DeviceError` subclasses (model/errors.py) and nothing else for anything the device or network
does; deadlines are whole-operation and in seconds.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from contextlib import AbstractAsyncContextManager
from typing import Literal, Protocol, runtime_checkable

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


@runtime_checkable
class JudgesValues(Protocol):
    """What a driver offers that can say beforehand which values its protocol has a form for."""

    def can_write(self, kind: DeviceKind, field: str, value: FieldValue) -> Text | None:
        """None where `value` can be written to `field` of a `kind`; else why not.

        The reason names what is possible. Nothing is sent; no device is asked, so a value that
        passes may still be refused by one firmware.
        """
        ...


def unwritable(driver: Driver, kind: DeviceKind, field: str, value: FieldValue) -> Text | None:
    """Why `driver` cannot write `value`; None where it can, or where it does not judge values."""
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
