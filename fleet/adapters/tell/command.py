"""Alarms to a program of the operator's: no shell, a clean environment, JSON on stdin, an end."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal

from fleet.adapters.tell.line import failed
from fleet.adapters.tell.webhook import payload
from fleet.model.notify import CommandRoute
from fleet.model.text import text
from fleet.ports.tell import Message

# All that a child gets to know of our environment: no secret was ever named so.
_KEPT = ("PATH", "HOME", "LANG", "LC_ALL", "TZ")


class CommandSender:
    """Implements `fleet.ports.tell.Sender`."""

    def __init__(self, route: CommandRoute) -> None:
        self._route = route

    async def send(self, message: Message) -> str:
        """See Sender; exit code 0 is the evidence. What it prints is dropped."""
        program = self._route.argv[0]
        try:
            child = await asyncio.create_subprocess_exec(
                *self._route.argv,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.DEVNULL,
                stderr=asyncio.subprocess.DEVNULL,
                env={name: os.environ[name] for name in _KEPT if name in os.environ},
                start_new_session=True,
            )
        except OSError as error:
            raise failed(program, error.strerror or str(error)) from None
        try:
            async with asyncio.timeout(self._route.timeout_s):
                await child.communicate(payload(message))
        except TimeoutError:
            raise failed(
                program, text("not done within {s} s", "{s} 秒内未完成", s=self._route.timeout_s)
            ) from None
        finally:
            await _end(child)
        if child.returncode != 0:
            raise failed(program, f"exit {child.returncode}")
        return "exit 0"


async def _end(child: asyncio.subprocess.Process) -> None:
    """End the program with all that it started; it has a session of its own."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGKILL)
    await child.wait()
