"""One SIP/UDP socket: requests with repeats and answers, and what others ask (RFC 3261, 17)."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Callable
from typing import cast

from fleet.protocols.sip import Message, Request, Response, SipError, parse, respond

Peer = tuple[str, int]
# What an incoming request is answered with; None: not at all.
OnRequest = Callable[[Request, Peer], Response | None]
# T1 doubled each time (RFC 3261, 17.1.2.2), given up earlier than the 32 s of the text.
_REPEATS_S = (0.5, 1.0, 2.0, 2.0)
_log = logging.getLogger(__name__)


class NoAnswer(Exception):
    """No final answer came."""


class SipEndpoint(asyncio.DatagramProtocol):
    """A user agent's socket at one address."""

    def __init__(self, on_request: OnRequest) -> None:
        self._on_request = on_request
        self._transport: asyncio.DatagramTransport | None = None
        self._waiting: dict[tuple[str, int, str], asyncio.Future[Response]] = {}
        self._closed = asyncio.Event()
        self.address = ""
        self.port = 0
        self.sent_at = float("-inf")

    async def start(self, address: str, port: int) -> None:
        """Bind; port 0 takes a free one.

        Raises:
            OSError: it is taken.
        """
        loop = asyncio.get_running_loop()
        transport, _ = await loop.create_datagram_endpoint(lambda: self, local_addr=(address, port))
        self.address, self.port = transport.get_extra_info("sockname")

    async def stop(self) -> None:
        """Close the socket; its address is free on return."""
        if self._transport is not None:
            self._transport.close()
            await self._closed.wait()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Remember the socket."""
        self._transport = cast("asyncio.DatagramTransport", transport)

    def connection_lost(self, exc: Exception | None) -> None:
        """The socket is closed only now."""
        self._closed.set()

    def error_received(self, exc: Exception) -> None:
        """Nobody listens at the other end (ICMP): the repeats find out for themselves."""
        _log.debug("SIP: %s", exc)

    def datagram_received(self, data: bytes, addr: Peer) -> None:
        """Match an answer to its request, or answer a request; nonsense is dropped."""
        try:
            message = parse(data)
            if isinstance(message, Response):
                number, method = message.cseq
                waiting = self._waiting.get((message.need("call-id"), number, method))
                if waiting is not None and message.status >= 200 and not waiting.done():
                    waiting.set_result(message)
                return
            answer = self._on_request(message, addr)
            if answer is not None:
                self._send(answer.encode(), addr)
        except SipError as error:
            _log.info("SIP: a datagram from %s was dropped: %s", addr, error)

    async def ask(self, request: Request, peer: Peer) -> Response:
        """Send a request, repeat it while nothing comes, and return the final answer.

        Raises:
            NoAnswer: none came.
        """
        number, method = request.cseq
        key = (request.need("call-id"), number, method)
        answer: asyncio.Future[Response] = asyncio.get_running_loop().create_future()
        self._waiting[key] = answer
        try:
            for pause in _REPEATS_S:
                self._send(request.encode(), peer)
                done, _ = await asyncio.wait([answer], timeout=pause)
                if done:
                    return answer.result()
            raise NoAnswer
        finally:
            del self._waiting[key]

    def via(self) -> tuple[str, str]:
        """A Via header of a new transaction."""
        branch = f"z9hG4bK{secrets.token_hex(8)}"
        return ("via", f"SIP/2.0/UDP {self.address}:{self.port};rport;branch={branch}")

    def _send(self, datagram: bytes, peer: Peer) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self.sent_at = asyncio.get_running_loop().time()
            self._transport.sendto(datagram, peer)


def ok(request: Request, peer: Peer, headers: tuple[tuple[str, str], ...] = ()) -> Response:
    """200 to a request."""
    return answered(request, peer, 200, "OK", headers)


def answered(
    request: Request,
    peer: Peer,
    status: int,
    reason: str,
    headers: tuple[tuple[str, str], ...] = (),
) -> Response:
    """An answer to a request from `peer`."""
    tag = secrets.token_hex(4)
    return respond(request, status, reason, to_tag=tag, received=peer, headers=headers)


__all__ = ["Message", "NoAnswer", "OnRequest", "Peer", "SipEndpoint", "answered", "ok"]
