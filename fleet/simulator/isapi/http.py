"""A small HTTP/1.1 server for one device: keep-alive, limits on everything, faults of the line.

h11 speaks the protocol (RFC 9112); here are only sockets, limits and the ways a line breaks.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import h11

from fleet.simulator.isapi.words import Answer

HEAD_MAX = 16 * 1024
BODY_MAX = 256 * 1024
IDLE_S = 30.0
CONNECTIONS_MAX = 64
_CHUNK = 64 * 1024


@dataclass(frozen=True, slots=True)
class Request:
    """A complete request; header names in lower case, `target` with its query."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Cut:
    """An answer of which only the first `after` bytes go out before the line breaks."""

    answer: Answer
    after: int


class Vanish(Exception):
    """The device is gone in the middle: no answer, the line breaks."""


Handler = Callable[[Request], Awaitable[Answer | Cut]]


class HttpServer:
    """Listens at one address; each connection is a task that ends with it."""

    def __init__(self, handler: Handler, on_connect: Callable[[], None]) -> None:
        self._handler = handler
        self._on_connect = on_connect
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    async def start(self, address: str, port: int) -> int:
        """Listen and return the port (0 takes a free one).

        Raises:
            OSError: the address cannot be had.
        """
        sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        try:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            sock.bind((address, port))
            self._server = await asyncio.start_server(self._connected, sock=sock, limit=_CHUNK)
        except OSError:
            sock.close()
            raise
        return int(sock.getsockname()[1])

    async def stop(self) -> None:
        """Stop listening and break every connection."""
        if self._server is not None:
            self._server.close()
            self._server = None
        mine = asyncio.current_task()
        others = [task for task in self._tasks if task is not mine]
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is None or len(self._tasks) >= CONNECTIONS_MAX:
            writer.transport.abort()
            return
        self._tasks.add(task)
        self._on_connect()
        try:
            await self._converse(reader, writer)
        except (OSError, h11.RemoteProtocolError, TimeoutError, Vanish):
            # The peer broke off, talked nonsense or fell silent, or the device vanished.
            writer.transport.abort()
        except asyncio.CancelledError:
            # The server stops: the connection breaks, and this task ends quietly with it.
            writer.transport.abort()
        finally:
            self._tasks.discard(task)
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        peer = h11.Connection(our_role=h11.SERVER, max_incomplete_event_size=HEAD_MAX)
        while True:
            async with asyncio.timeout(IDLE_S):
                request = await _receive(peer, reader, writer)
            if request is None:
                return
            if request is TOO_BIG:
                answer: Answer | Cut = Answer(413)
            else:
                answer = await self._handler(request)
            if isinstance(answer, Cut):
                writer.write(_encode(peer, answer.answer, request)[: answer.after])
                await writer.drain()
                return
            writer.write(_encode(peer, answer, request))
            await writer.drain()
            if peer.our_state is not h11.DONE or peer.their_state is not h11.DONE:
                return
            peer.start_next_cycle()


TOO_BIG = Request("", "", {}, b"")


async def _receive(
    peer: h11.Connection, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> Request | None:
    """The next request; None when the peer is done, TOO_BIG when it is past the limit."""
    head: h11.Request | None = None
    body = bytearray()
    while True:
        event = peer.next_event()
        if event is h11.NEED_DATA:
            if peer.they_are_waiting_for_100_continue:
                go_on = h11.InformationalResponse(status_code=100, headers=[])
                writer.write(peer.send(go_on) or b"")
            peer.receive_data(await reader.read(_CHUNK))
        elif isinstance(event, h11.Request):
            head = event
        elif isinstance(event, h11.Data):
            body += event.data
            if len(body) > BODY_MAX:
                return TOO_BIG
        elif isinstance(event, h11.EndOfMessage) and head is not None:
            headers = {k.decode("ascii"): v.decode(errors="replace") for k, v in head.headers}
            return Request(
                head.method.decode("ascii"), head.target.decode("latin-1"), headers, bytes(body)
            )
        else:
            return None


def _encode(peer: h11.Connection, answer: Answer, request: Request) -> bytes:
    headers = [
        ("Server", "App-webs/"),
        ("Content-Type", answer.content_type),
        ("Content-Length", str(len(answer.body))),
        *answer.headers,
    ]
    if answer.status == 413:
        headers.append(("Connection", "close"))
    coded = [(name.encode("ascii"), value.encode("utf-8")) for name, value in headers]
    parts = [peer.send(h11.Response(status_code=answer.status, headers=coded))]
    # An answer to HEAD has the length of the body, never the body (RFC 9110, 9.3.2).
    if answer.body and request.method != "HEAD":
        parts.append(peer.send(h11.Data(data=answer.body)))
    parts.append(peer.send(h11.EndOfMessage()))
    return b"".join(part or b"" for part in parts)
