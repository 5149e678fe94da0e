"""Nonces that need no memory until they are used, so that a flood of challenges costs nothing.

A nonce carries its time and a keyed hash of it (RFC 7616, 3.3); only nonces of verified logins are
remembered, with the highest count seen, until they are too old to be accepted anyway.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections import OrderedDict
from collections.abc import Callable

NONCE_S = 300.0
USED_MAX = 65_536


class Nonces:
    """Makes nonces and accepts each answer to one of them once; `clock` in seconds, never back."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._key = secrets.token_bytes(32)
        self._used: OrderedDict[str, int] = OrderedDict()

    def make(self) -> str:
        """A fresh nonce."""
        head = f"{int(self._clock() * 1000):x}.{secrets.token_hex(8)}"
        return f"{head}.{self._sign(head)}"

    def use(self, nonce: str, count: int) -> bool:
        """Accept an answer with this nonce and count (0: the form without count) once.

        False: not ours, too old, or this count was seen before; the device is told "stale" and
        answers anew. Without a count a nonce is good for one request.
        """
        age = self._age(nonce)
        if age is None or not 0 <= age <= NONCE_S:
            return False
        seen = self._used.get(nonce)
        if seen is not None and (count == 0 or count <= seen):
            return False
        self._forget_old()
        if len(self._used) >= USED_MAX:
            return False
        self._used[nonce] = count
        return True

    def _forget_old(self) -> None:
        # Kept in order of first use; the first that is not too old ends the walk.
        while self._used:
            first = next(iter(self._used))
            age = self._age(first)
            if age is not None and age <= NONCE_S:
                return
            del self._used[first]

    def _age(self, nonce: str) -> float | None:
        head, _, signature = nonce.rpartition(".")
        if not hmac.compare_digest(
            self._sign(head).encode(), signature.encode("utf-8", "surrogateescape")
        ):
            return None
        return self._clock() - int(head.partition(".")[0], 16) / 1000

    def _sign(self, head: str) -> str:
        data = head.encode("utf-8", "surrogateescape")
        return hmac.new(self._key, data, hashlib.sha256).hexdigest()[:32]
