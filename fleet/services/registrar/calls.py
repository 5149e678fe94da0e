"""Requests of our own over UDP: repeated until answered or given up (RFC 3261, 17.1.2)."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable

from fleet.protocols.sip import Request, Response, via_param

# T1 and T2 of RFC 3261, in seconds; a non-INVITE request is given up after 64 times T1.
T1_S, T2_S = 0.5, 4.0
CALLS_MAX = 256

Address = tuple[str, int]
Send = Callable[[str, bytes, Address], None]


class NoReply(Exception):
    """Nobody answered in time, or too many calls are under way."""


class Calls:
    """Requests that wait for their final response; `send(local, datagram, peer)` sends."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._waiting: dict[str, asyncio.Future[Response]] = {}

    async def ask(
        self, local: Address, peer: Address, request: Request, timeout_s: float
    ) -> Response:
        """Send `request` (without Via) from `local` to `peer`; the final response.

        Raises:
            NoReply: none came within `timeout_s`.
        """
        if len(self._waiting) >= CALLS_MAX:
            raise NoReply("too many requests are under way")
        branch = f"z9hG4bK{secrets.token_hex(8)}"
        via = ("via", f"SIP/2.0/UDP {local[0]}:{local[1]};rport;branch={branch}")
        datagram = Request(
            headers=(via, *request.headers),
            body=request.body,
            method=request.method,
            uri=request.uri,
        ).encode()
        waiter: asyncio.Future[Response] = asyncio.get_running_loop().create_future()
        self._waiting[branch] = waiter
        repeating = asyncio.create_task(self._repeat(local[0], datagram, peer))
        try:
            async with asyncio.timeout(timeout_s):
                return await waiter
        except TimeoutError:
            raise NoReply(f"no answer within {timeout_s:g} s") from None
        finally:
            repeating.cancel()
            del self._waiting[branch]

    def answered(self, response: Response) -> None:
        """Hand a response to the request it answers; a stray or provisional one is dropped.

        Raises:
            SipError: the response has no Via.
        """
        waiter = self._waiting.get(via_param(response.need("via"), "branch") or "")
        if waiter is not None and not waiter.done() and response.status >= 200:
            waiter.set_result(response)

    async def _repeat(self, local: str, datagram: bytes, peer: Address) -> None:
        pause = T1_S
        while True:
            self._send(local, datagram, peer)
            await asyncio.sleep(pause)
            pause = min(pause * 2, T2_S)
