"""The activation port: a factory-new device is given its first password, once."""

from __future__ import annotations

from typing import Protocol, runtime_checkable


@runtime_checkable
class Activates(Protocol):
    """What a session offers whose device may still be without any password."""

    async def activated(self) -> bool:
        """Whether it has a password; asked without a login, so it costs no attempt.

        Raises:
            DeviceError: as `Session.identify`, but never NotActivated.
        """
        ...

    async def activate(self) -> None:
        """Give it the session's own password: one request, never repeated.

        A normal return means that the device said yes; a lost answer may have been one, too, so
        only a login proves it.

        Raises:
            WriteRefused: the device said no.
        """
        ...
