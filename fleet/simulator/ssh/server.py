"""The SSH side of a simulated switch: connections, logins, terminals; one thread for each.

The library's server mode blocks, so every connection has threads of its own. They only carry bytes:
all that a device is and does happens on the event loop, one thing after the other.
"""

from __future__ import annotations

import asyncio
import logging
import socket
import threading
import time
from collections.abc import Coroutine
from concurrent.futures import CancelledError
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

import paramiko  # type: ignore[import-untyped]  # no types upstream

from fleet.simulator.ssh.shell import Shell

T = TypeVar("T")
_LOG = "fleet.simulator.ssh.library"
_START_S = 30.0
_LOOK_S = 0.2
_PARTING_S = 2.0
_ANSWER_S = 60.0
_JOIN_S = 5.0
_TRIES = 3
# What ends a connection from either side; the device has nothing to say about it.
_OVER = (OSError, EOFError, paramiko.SSHException, CancelledError, TimeoutError)


@dataclass(frozen=True, slots=True)
class Sent:
    """Bytes for the terminal after a pause of so many seconds; `end`: then the line is closed."""

    data: bytes
    pause: float = 0.0
    end: bool = False


class Desk(Protocol):
    """Who answers behind the connections; every call but `key` comes on the event loop."""

    version: str
    greeting: str

    def key(self) -> paramiko.PKey:
        """The host key to show."""
        ...

    def met(self) -> None:
        """A new connection has come in."""
        ...

    async def login(self, user: str, password: str) -> bool:
        """Whether a login is right; counted."""
        ...

    async def opened(self, user: str) -> tuple[Shell, list[Sent]]:
        """A terminal for who has logged in, and what stands there."""
        ...

    async def typed(self, shell: Shell, data: bytes) -> list[Sent]:
        """What comes of what was typed."""
        ...

    async def closed(self, shell: Shell) -> None:
        """A terminal is gone."""
        ...


class SshServer:
    """Listens at one address for one desk."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._sock: socket.socket | None = None
        self._accepting: asyncio.Task[None] | None = None
        self._lines: dict[threading.Thread, _Line] = {}
        logging.getLogger(_LOG).setLevel(logging.CRITICAL)

    async def start(self, address: str, port: int) -> None:
        """Listen.

        Raises:
            OSError: the address is taken.
        """
        sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        try:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            sock.bind((address, port))
            sock.listen(32)
        except OSError:
            sock.close()
            raise
        sock.setblocking(False)
        self._sock = sock
        self._accepting = asyncio.create_task(self._accept(sock))

    async def shut(self) -> None:
        """Stop listening; the lines that are open stay."""
        if self._accepting is not None:
            self._accepting.cancel()
            await asyncio.gather(self._accepting, return_exceptions=True)
            self._accepting = None
        if self._sock is not None:
            self._sock.close()
            self._sock = None

    async def stop(self) -> None:
        """Stop listening and break every line."""
        await self.shut()
        for thread, line in list(self._lines.items()):
            line.cut()
            await asyncio.to_thread(thread.join, _JOIN_S)

    async def _accept(self, sock: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        while True:
            caller, _ = await loop.sock_accept(sock)
            self._lines = {t: line for t, line in self._lines.items() if t.is_alive()}
            self._desk.met()
            caller.setblocking(True)
            line = _Line(caller, self._desk, loop)
            thread = threading.Thread(target=line.serve, daemon=True)
            self._lines[thread] = line
            thread.start()


class _Line(paramiko.ServerInterface):  # type: ignore[misc]  # no types upstream
    """One connection: at most one terminal, as these devices have it."""

    def __init__(self, caller: socket.socket, desk: Desk, loop: asyncio.AbstractEventLoop) -> None:
        self._caller = caller
        self._desk = desk
        self._loop = loop
        self._transport: paramiko.Transport | None = None
        self._shell_asked = threading.Event()
        self._wrong = 0

    def cut(self) -> None:
        """Break the line from the loop's side; its thread ends then."""
        try:
            self._caller.shutdown(socket.SHUT_RDWR)
        except OSError:
            # It was broken already.
            return

    def serve(self) -> None:
        """Carry bytes until either side has had enough; runs on a thread of its own."""
        try:
            transport = paramiko.Transport(self._caller)
            self._transport = transport
            transport.set_log_channel(_LOG)
            transport.local_version = self._desk.version
            transport.add_server_key(self._desk.key())
            transport.start_server(server=self)
            channel = self._terminal(transport)
            if channel is not None:
                self._talk(channel, transport.get_username())
                # What was said last gets out before the line is broken.
                channel.close()
                transport.join(_PARTING_S)
        except _OVER as error:
            logging.getLogger(_LOG).debug("a line is over: %s", error)
        finally:
            if self._transport is not None:
                self._transport.close()
            self._caller.close()

    def _terminal(self, transport: paramiko.Transport) -> paramiko.Channel | None:
        """Wait for a login and a terminal; None where the caller has gone or takes too long."""
        deadline = time.monotonic() + _START_S
        channel = None
        while transport.is_active() and time.monotonic() < deadline:
            channel = channel or transport.accept(_LOOK_S)
            if channel is not None and self._shell_asked.wait(_LOOK_S):
                return channel
        return None

    def _talk(self, channel: paramiko.Channel, user: str) -> None:
        shell, greeting = self._ask(self._desk.opened(user))
        try:
            if not _told(channel, greeting):
                return
            while data := channel.recv(4096):
                if not _told(channel, self._ask(self._desk.typed(shell, data))):
                    return
        finally:
            self._ask(self._desk.closed(shell))

    def _ask(self, question: Coroutine[Any, Any, T]) -> T:
        """Have something done on the loop."""
        try:
            return asyncio.run_coroutine_threadsafe(question, self._loop).result(_ANSWER_S)
        except RuntimeError as error:
            # The loop is closed: the device is gone.
            question.close()
            raise EOFError from error

    # What follows is the library's interface; its names are not ours.

    def get_banner(self) -> tuple[str | None, str | None]:
        """The text before the login (RFC 4252, 5.4)."""
        return (self._desk.greeting, "en-US") if self._desk.greeting else (None, None)

    def get_allowed_auths(self, username: str) -> str:
        """Passwords alone."""
        return "password"

    def check_auth_password(self, username: str, password: str) -> int:
        """Ask the desk; after three wrong ones the line is closed."""
        if self._ask(self._desk.login(username, password)):
            return int(paramiko.AUTH_SUCCESSFUL)
        self._wrong += 1
        if self._wrong >= _TRIES and self._transport is not None:
            self.cut()
        return int(paramiko.AUTH_FAILED)

    def check_channel_request(self, kind: str, chanid: int) -> int:
        """Sessions, and no forwarding."""
        if kind == "session" and not self._shell_asked.is_set():
            return int(paramiko.OPEN_SUCCEEDED)
        return int(paramiko.OPEN_FAILED_ADMINISTRATIVELY_PROHIBITED)

    def check_channel_pty_request(self, *_args: object) -> bool:
        """Any terminal will do."""
        return True

    def check_channel_window_change_request(self, *_args: object) -> bool:
        """Its size is not looked at."""
        return True

    def check_channel_shell_request(self, channel: paramiko.Channel) -> bool:
        """The one thing that is offered; commands and subsystems are refused."""
        self._shell_asked.set()
        return True


def _told(channel: paramiko.Channel, pieces: list[Sent]) -> bool:
    """Send the pieces in their time; whether the line stays open."""
    for piece in pieces:
        if piece.pause:
            time.sleep(piece.pause)
        if piece.data:
            channel.sendall(piece.data)
        if piece.end:
            return False
    return True
