"""Who answers, asked with real sockets: answers, refused, no way, silence."""

from __future__ import annotations

import asyncio
import json
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import cast

import pytest

from fleet.adapters.reach import SocketReach
from fleet.ports.reach import Reach, Reached
from fleet.protocols.sip import Request, parse, respond
from tests.drivers.isapi_device import free_address

ROOT = Path(__file__).parents[2]
REACH: Reach = SocketReach()


class Peer(asyncio.DatagramProtocol):
    """Answers a request with what the test says, once for each word; "" is silence."""

    def __init__(self, *words: str) -> None:
        self.words = list(words)
        self.heard: list[str] = []

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Remember the socket."""
        self.transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        """One request."""
        request = parse(data)
        assert isinstance(request, Request)
        self.heard.append(request.method)
        word = self.words.pop(0) if self.words else ""
        if word == "nonsense":
            self.transport.sendto(b"\x00nonsense", addr)
        elif word:
            code, _, reason = word.partition(" ")
            answer = respond(request, int(code), reason, to_tag="t", received=addr)
            self.transport.sendto(answer.encode(), addr)


@asynccontextmanager
async def peer(*words: str) -> AsyncIterator[tuple[str, int, Peer]]:
    """A SIP peer on a free port."""
    loop = asyncio.get_running_loop()
    address = free_address()
    transport, made = await loop.create_datagram_endpoint(
        lambda: Peer(*words), local_addr=(address, 0)
    )
    try:
        yield address, transport.get_extra_info("sockname")[1], made
    finally:
        transport.close()


def free_port(address: str, kind: socket.SocketKind) -> int:
    """A port where nobody listens."""
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind((address, 0))
        return int(probe.getsockname()[1])


async def test_a_listener_answers_and_nothing_is_said_to_it() -> None:
    """Goal: a connection and no byte, so that no device sees an attempt to log in."""
    said: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            said.append(await reader.read())
        except ConnectionResetError:
            said.append(b"")
        finally:
            writer.close()

    address = free_address()
    server = await asyncio.start_server(serve, address, 0)
    port = server.sockets[0].getsockname()[1]

    assert (await REACH.tcp(address, port)).way == "answers"
    for _ in range(200):
        if said:
            break
        await asyncio.sleep(0.01)
    server.close()
    await server.wait_closed()
    assert said == [b""]


async def test_nobody_listens() -> None:
    """Goal: the machine is there, the port is not; TCP and UDP alike."""
    address = free_address()

    tcp = await REACH.tcp(address, free_port(address, socket.SOCK_STREAM))
    udp = await REACH.sip(address, free_port(address, socket.SOCK_DGRAM))

    assert (tcp.way, udp.way) == ("refused", "refused")


async def test_nobody_answers() -> None:
    """Goal: a full queue takes a connection no further, a mute peer no OPTIONS: silence."""
    address = free_address()
    with socket.socket() as full, socket.socket() as first, socket.socket() as second:
        full.bind((address, 0))
        full.listen(0)
        for one in (first, second):
            one.setblocking(False)
            one.connect_ex(full.getsockname())

        assert (await REACH.tcp(address, full.getsockname()[1], 0.2)).way == "silent"

    async with peer() as (address, port, _):
        assert (await REACH.sip(address, port, 0.2)).way == "silent"


@pytest.mark.parametrize("word", ["200 OK", "405 Method Not Allowed", "403 Forbidden"])
async def test_any_final_answer_is_an_answer(word: str) -> None:
    """Goal: a registrar that does not know OPTIONS is there all the same."""
    async with peer(word) as (address, port, made):
        assert await REACH.sip(address, port) == Reached(way="answers", said=word)
    assert made.heard == ["OPTIONS"]


async def test_a_lost_datagram_is_sent_again_and_nonsense_is_no_answer() -> None:
    """Goal: UDP loses datagrams; a provisional answer and nonsense are waited out."""
    async with peer("", "nonsense", "100 Trying", "200 OK") as (address, port, made):
        assert (await REACH.sip(address, port, 20.0)).way == "answers"
    assert len(made.heard) == 4


@pytest.mark.scenario
def test_no_way_there() -> None:
    """Goal: in a network without a route the system's own word is told, not a silence."""
    code = (
        "import asyncio, json\n"
        "from fleet.adapters.reach import SocketReach\n"
        "async def ask():\n"
        "    r = SocketReach()\n"
        "    return [(await r.tcp('10.34.0.81', 80)).way, (await r.sip('10.34.0.81', 80)).way]\n"
        "print(json.dumps(asyncio.run(ask())))\n"
    )

    done = subprocess.run(
        ["unshare", "-Urn", sys.executable, "-c", code],
        cwd=ROOT, capture_output=True, text=True, timeout=30, check=True,
    )  # fmt: skip

    assert json.loads(done.stdout) == ["no_route", "no_route"]
