"""One UDP socket for each address, so that an answer leaves from the address that was asked."""

from __future__ import annotations

import asyncio
import functools
import logging
from collections.abc import Callable, Sequence
from typing import cast

from fleet.protocols.sip import Request, Response, SipError, parse, via_param, via_port
from fleet.services.registrar.calls import Calls
from fleet.services.registrar.replies import Replies, key_of
from fleet.services.registrar.service import Registrar

WORKING_MAX = 1024
Address = tuple[str, int]
log = logging.getLogger("registrar")


class Sockets:
    """The bound sockets of one registrar, and what comes in through them."""

    def __init__(self, replies: Replies) -> None:
        self._replies = replies
        self._transports: dict[str, asyncio.DatagramTransport] = {}
        self._working: set[asyncio.Task[None]] = set()
        self._registrar: Registrar | None = None
        self._calls: Calls | None = None

    async def open(
        self, addresses: Sequence[str], port: int, registrar: Registrar, calls: Calls
    ) -> None:
        """Bind every address, or raise and leave none bound.

        Raises:
            OSError: an address is taken or not ours.
        """
        self._registrar, self._calls = registrar, calls
        loop = asyncio.get_running_loop()
        try:
            for address in addresses:
                transport, _ = await loop.create_datagram_endpoint(
                    functools.partial(_Socket, address, self._received),
                    local_addr=(address, port),
                )
                self._transports[address] = transport
        except OSError:
            self.close()
            raise

    def send(self, local: str, datagram: bytes, peer: Address) -> None:
        """Send from the socket at `local`; where there is none any more, the datagram is lost."""
        transport = self._transports.get(local)
        if transport is not None and not transport.is_closing():
            transport.sendto(datagram, peer)

    def close(self) -> None:
        """Let go of the sockets and of what is being worked on."""
        for task in self._working:
            task.cancel()
        for transport in self._transports.values():
            transport.close()

    def _received(self, local: str, data: bytes, source: Address) -> None:
        # Blank datagrams keep translated addresses open (RFC 5626, 3.5.1) and say nothing.
        if not data.strip(b"\r\n\x00 "):
            return
        try:
            message = parse(data)
            if isinstance(message, Response):
                if self._calls is not None:
                    self._calls.answered(message)
                return
            self._request(message, local, source)
        except SipError as error:
            log.debug("from %s:%d: %s", *source, error)

    def _request(self, request: Request, local: str, source: Address) -> None:
        if request.method == "ACK" or self._registrar is None:
            return
        if len(self._working) >= WORKING_MAX:
            # Its sender repeats it; until then we have caught up.
            return
        key = key_of(request, source)
        back = _way_back(request, source)
        known = self._replies.begin(key)
        if isinstance(known, bytes):
            self.send(local, known, back)
        elif known == "new":
            working = self._work(self._registrar, request, local, source, back, key)
            task = asyncio.get_running_loop().create_task(working)
            self._working.add(task)
            task.add_done_callback(self._working.discard)

    async def _work(
        self,
        registrar: Registrar,
        request: Request,
        local: str,
        source: Address,
        back: Address,
        key: tuple[str, ...],
    ) -> None:
        try:
            answer = (await registrar.answer(request, source, local)).encode()
        except SipError as error:
            log.debug("from %s:%d, unanswerable: %s", *source, error)
            return
        self._replies.finish(key, answer)
        self.send(local, answer, back)


class _Socket(asyncio.DatagramProtocol):
    def __init__(self, local: str, received: Callable[[str, bytes, Address], None]) -> None:
        self._local = local
        self._received = received

    def datagram_received(self, data: bytes, addr: tuple[str | object, int]) -> None:
        self._received(self._local, data, cast("Address", addr))

    def error_received(self, exc: Exception) -> None:
        # A peer's port is closed (ICMP): the repeats end by themselves.
        log.debug("%s: %s", self._local, exc)


def _way_back(request: Request, source: Address) -> Address:
    """Where the response goes (RFC 3261, 18.2.2; RFC 3581, 4)."""
    via = request.need("via")
    return source if via_param(via, "rport") is not None else (source[0], via_port(via))
