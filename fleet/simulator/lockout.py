"""Wrong logins are counted, and five of them lock the device for a while, as real ones do."""

from __future__ import annotations

import time
from dataclasses import replace

from fleet.simulator.store import Store

TRIES = 5


class Lockout:
    """The count and the lock of one device; both survive a restart of the process."""

    def __init__(self, store: Store, lockout_s: float) -> None:
        self._store = store
        self._lockout_s = lockout_s

    @property
    def locked_s(self) -> float:
        """Seconds until the lock opens; 0 where there is none."""
        return max(0.0, self._store.kept.locked_until - time.time())

    @property
    def left(self) -> int:
        """Wrong logins until the lock; 0 while it is locked."""
        if self.locked_s:
            return 0
        return TRIES - self._store.kept.failures

    def wrong(self) -> None:
        """A wrong login: one more, and at the fifth the lock shuts."""
        self._store.count("failed_logins")
        if self.locked_s:
            return
        failures = self._store.kept.failures + 1
        if failures < TRIES:
            self._store.commit(replace(self._store.kept, failures=failures))
            return
        until = time.time() + self._lockout_s
        self._store.commit(replace(self._store.kept, failures=0, locked_until=until))

    def right(self) -> None:
        """A right login takes the count back."""
        if self._store.kept.failures:
            self._store.commit(replace(self._store.kept, failures=0))
