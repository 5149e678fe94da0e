"""Bindings to disk without stopping the world: many registrations at once cost one sync.

A registration is answered only after its binding is durable; keepalives, which only say how young
a binding is, are written a few seconds later, together.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from pathlib import Path

from fleet.services.files import replace_private

LATER_S = 10.0
log = logging.getLogger("registrar")


class Saver:
    """Writes what `encode` gives to `path`; run `run` as a task."""

    def __init__(self, path: Path, encode: Callable[[], bytes]) -> None:
        self._path = path
        self._encode = encode
        self._waiting: list[asyncio.Future[None]] = []
        self._wake = asyncio.Event()
        self._later: asyncio.TimerHandle | None = None

    async def saved(self) -> None:
        """Return when everything noted until now is durable.

        Raises:
            OSError: it could not be written.
        """
        waiter = asyncio.get_running_loop().create_future()
        self._waiting.append(waiter)
        self._wake.set()
        await waiter

    def later(self) -> None:
        """Have it written within `LATER_S` seconds."""
        if self._later is None:
            self._later = asyncio.get_running_loop().call_later(LATER_S, self._wake.set)

    async def run(self) -> None:
        """Write whenever somebody waits; ends only by cancellation."""
        while True:
            await self._wake.wait()
            await self._write()

    async def _write(self) -> None:
        self._wake.clear()
        if self._later is not None:
            self._later.cancel()
            self._later = None
        waiting, self._waiting = self._waiting, []
        try:
            await asyncio.to_thread(replace_private, self._path, self._encode())
        except OSError as error:
            log.error("the bindings cannot be written: %s", error)
            for waiter in waiting:
                if not waiter.done():
                    waiter.set_exception(OSError(error.errno, error.strerror))
            return
        for waiter in waiting:
            if not waiter.done():
                waiter.set_result(None)
