"""The lease port: one actor at a time per compound or stack."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Protocol


class Leases(Protocol):
    """Held by the kernel for as long as the process lives; nothing to clean after a kill."""

    def hold(self, names: Sequence[str], purpose: str) -> AbstractContextManager[None]:
        """Take all of them or none (`compound/ID`, `stack/CODE`), never waiting.

        Raises:
            LockHeld: names the holder's user, pid, host, purpose and since when.
        """
        ...
