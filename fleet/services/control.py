"""A service's control socket: one JSON object a line in, one out; 0600, in a 0700 folder.

A unix socket's path may have 108 bytes (unix(7)) and a state folder may lie deeper, so it is bound
through /proc/self/fd. A socket file that a killed predecessor left is replaced only after a
connection to it was refused, which proves that nobody listens.
"""

from __future__ import annotations

import asyncio
import fcntl
import json
import logging
import os
import socket
import stat
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

LINE_MAX = 4096
CLIENTS_MAX = 32
IDLE_S = 60.0
log = logging.getLogger("service")

Answer = dict[str, object]
Verb = Callable[[Mapping[str, object]], Awaitable[Answer]]


class ControlTaken(Exception):
    """Another process listens on the control socket, or something else has its name."""


class Control:
    """Serves `verbs` at `path`."""

    def __init__(self, path: Path, verbs: Mapping[str, Verb]) -> None:
        self._path = path
        self._verbs = verbs
        self._server: asyncio.Server | None = None
        self._listening: socket.socket | None = None
        self._folder: int | None = None
        self._mine: tuple[int, int] | None = None
        self._clients: set[asyncio.Task[None]] = set()

    def claim(self) -> None:
        """Listen, without answering yet; proves that no other process serves here.

        Raises:
            ControlTaken: as named.
            OSError: the folder is not there or not ours.
        """
        folder = os.open(self._path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        self._folder = folder
        self._listening = listen(folder, self._path.name)
        self._mine = self._identity()

    async def serve(self) -> None:
        """Answer; `claim` comes first."""
        self._server = await asyncio.start_unix_server(
            self._client, sock=self._listening, limit=LINE_MAX
        )

    async def close(self) -> None:
        """Stop listening and remove the socket file, if it is still ours."""
        if self._server is not None:
            self._server.close()
        if self._listening is not None:
            self._listening.close()
            if self._identity() == self._mine:
                os.unlink(self._path.name, dir_fd=self._folder)
        if self._folder is not None:
            os.close(self._folder)
            self._folder = None
        for task in self._clients:
            task.cancel()
        await asyncio.gather(*self._clients, return_exceptions=True)

    def _identity(self) -> tuple[int, int] | None:
        try:
            found = os.stat(self._path.name, dir_fd=self._folder, follow_symlinks=False)
        except FileNotFoundError:
            return None
        return found.st_dev, found.st_ino

    async def _client(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is None or len(self._clients) >= CLIENTS_MAX:
            writer.close()
            return
        self._clients.add(task)
        try:
            await self._serve(reader, writer)
        except (TimeoutError, ConnectionError, ValueError) as error:
            # ValueError: a line past the limit. Whoever it was is gone or talks nonsense.
            log.debug("control: %s", error)
        finally:
            self._clients.discard(task)
            writer.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while line := await asyncio.wait_for(reader.readline(), IDLE_S):
            answer = await self._answer(line)
            writer.write(json.dumps(answer, ensure_ascii=False).encode() + b"\n")
            await asyncio.wait_for(writer.drain(), IDLE_S)

    async def _answer(self, line: bytes) -> Answer:
        try:
            request = json.loads(line)
        except (ValueError, RecursionError):
            return {"ok": False, "error": "not a line of JSON"}
        if not isinstance(request, dict):
            return {"ok": False, "error": "not a JSON object"}
        verb = self._verbs.get(str(request.get("verb")))
        if verb is None:
            known = ", ".join(sorted(self._verbs))
            return {"ok": False, "error": f"unknown verb; known are {known}"}
        return await verb(request)


def listen(folder: int, name: str) -> socket.socket:
    """A listening socket `name` in the open `folder`, mode 0600, replacing a forsaken one.

    Raises:
        ControlTaken: somebody listens, or something else has this name.
        OSError: the folder is not there or not ours.
    """
    short = f"/proc/self/fd/{folder}/{name}"
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        # Two that start at once must not each remove what the other has just bound.
        fcntl.flock(folder, fcntl.LOCK_EX)
        _remove_stale(name, short)
        before = os.umask(0o177)
        try:
            listening.bind(short)
        finally:
            os.umask(before)
        listening.listen(CLIENTS_MAX)
        listening.setblocking(False)
    except BaseException:
        listening.close()
        raise
    finally:
        fcntl.flock(folder, fcntl.LOCK_UN)
    return listening


def _remove_stale(name: str, short: str) -> None:
    try:
        mode = os.stat(short, follow_symlinks=False).st_mode
    except FileNotFoundError:
        return
    if not stat.S_ISSOCK(mode):
        raise ControlTaken(f"{name} is no socket")
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.settimeout(1.0)
        try:
            probe.connect(short)
        except ConnectionRefusedError:
            os.unlink(short)
            return
        except TimeoutError:
            # Its queue is full: somebody listens and does not get round to it.
            pass
    raise ControlTaken(f"another process listens on {name}")
