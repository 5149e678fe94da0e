"""UDP on the wire: a proxy that counts and loses, and a peer that answers what a test says."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import cast

Address = tuple[str, int]


@dataclass
class Proxy(asyncio.DatagramProtocol):
    """Stands before an agent: every datagram is kept, answers get lost while `losing`."""

    agent: Address
    asked: list[bytes] = field(default_factory=list)
    answered: list[bytes] = field(default_factory=list)
    losing: bool = False
    address: Address = ("", 0)
    asked_while_losing: asyncio.Event = field(default_factory=asyncio.Event)
    _client: Address | None = None
    _transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the one socket of both sides."""
        self._transport = cast("asyncio.DatagramTransport", transport)
        self.address = transport.get_extra_info("sockname")

    def datagram_received(self, data: bytes, addr: Address) -> None:
        """Pass on, or lose."""
        assert self._transport is not None
        if addr == self.agent:
            self.answered.append(data)
            if not self.losing and self._client is not None:
                self._transport.sendto(data, self._client)
        else:
            self._client = addr
            self.asked.append(data)
            if self.losing:
                self.asked_while_losing.set()
            self._transport.sendto(data, self.agent)

    def say(self, answer: bytes) -> None:
        """Send the client something that the agent did not."""
        assert self._transport is not None
        self._transport.sendto(answer, self._client)


@asynccontextmanager
async def proxy(agent: Address) -> AsyncIterator[Proxy]:
    """A proxy on the agent's own address, with another port."""
    transport, made = await asyncio.get_running_loop().create_datagram_endpoint(
        lambda: Proxy(agent), local_addr=(agent[0], 0)
    )
    try:
        yield made
    finally:
        transport.close()


@dataclass
class Peer(asyncio.DatagramProtocol):
    """Answers each datagram with what `answer` makes of it; None is silence."""

    answer: Callable[[bytes], bytes | None]
    asked: list[bytes] = field(default_factory=list)
    address: Address = ("", 0)
    _transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the socket."""
        self._transport = cast("asyncio.DatagramTransport", transport)
        self.address = transport.get_extra_info("sockname")

    def datagram_received(self, data: bytes, addr: Address) -> None:
        """Answer."""
        self.asked.append(data)
        answer = self.answer(data)
        if answer is not None and self._transport is not None:
            self._transport.sendto(answer, addr)


@asynccontextmanager
async def peer(address: str, answer: Callable[[bytes], bytes | None]) -> AsyncIterator[Peer]:
    """A peer that listens until the block ends."""
    transport, made = await asyncio.get_running_loop().create_datagram_endpoint(
        lambda: Peer(answer), local_addr=(address, 0)
    )
    try:
        yield made
    finally:
        transport.close()
