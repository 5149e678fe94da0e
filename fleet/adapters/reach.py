"""Whether somebody answers, asked with plain sockets (RFC 1122: ICMP tells refused from no way)."""

from __future__ import annotations

import asyncio
import errno
import secrets

from fleet.ports.reach import Reached, Way
from fleet.protocols.sip import Request, Response, SipError, parse

_REFUSED = frozenset({errno.ECONNREFUSED, errno.ECONNRESET})
_SILENT = frozenset({errno.ETIMEDOUT})
# T1 and T2 of RFC 3261, 17.1.2.2.
_T1_S, _T2_S = 0.5, 4.0


class SocketReach:
    """Implements `fleet.ports.reach.Reach`."""

    async def tcp(self, address: str, port: int, timeout_s: float = 3.0) -> Reached:
        """See Reach."""
        try:
            async with asyncio.timeout(timeout_s):
                _, writer = await asyncio.open_connection(address, port)
        except TimeoutError:
            return Reached(way="silent")
        except OSError as error:
            return _failed(error)
        writer.transport.abort()
        return Reached(way="answers")

    async def sip(self, address: str, port: int, timeout_s: float = 3.0) -> Reached:
        """See Reach."""
        loop = asyncio.get_running_loop()
        try:
            transport, asker = await loop.create_datagram_endpoint(
                _Asker, remote_addr=(address, port)
            )
        except OSError as error:
            return _failed(error)
        try:
            own = transport.get_extra_info("sockname")
            asking = asyncio.create_task(_repeat(transport, _options(address, port, own)))
            try:
                async with asyncio.timeout(timeout_s):
                    return await asker.answer
            except TimeoutError:
                return Reached(way="silent")
            finally:
                asking.cancel()
        finally:
            transport.close()


class _Asker(asyncio.DatagramProtocol):
    """Waits for the first final answer, or for ICMP's word."""

    def __init__(self) -> None:
        self.answer: asyncio.Future[Reached] = asyncio.get_running_loop().create_future()

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        """A provisional answer or nonsense is no answer."""
        try:
            message = parse(data)
        except SipError:
            return
        if isinstance(message, Response) and message.status >= 200 and not self.answer.done():
            said = f"{message.status} {message.reason}"
            self.answer.set_result(Reached(way="answers", said=said))

    def error_received(self, exc: Exception) -> None:
        """The connected socket was told that nobody is there."""
        if isinstance(exc, OSError) and not self.answer.done():
            self.answer.set_result(_failed(exc))


async def _repeat(transport: asyncio.DatagramTransport, datagram: bytes) -> None:
    pause = _T1_S
    while True:
        transport.sendto(datagram)
        await asyncio.sleep(pause)
        pause = min(pause * 2, _T2_S)


def _options(address: str, port: int, own: tuple[str, int]) -> bytes:
    here, uri = f"{own[0]}:{own[1]}", f"sip:{address}:{port}"
    headers = (
        ("via", f"SIP/2.0/UDP {here};rport;branch=z9hG4bK{secrets.token_hex(8)}"),
        ("from", f"<sip:probe@{here}>;tag={secrets.token_hex(4)}"),
        ("to", f"<{uri}>"),
        ("call-id", secrets.token_hex(8)),
        ("cseq", "1 OPTIONS"),
        ("max-forwards", "70"),
    )
    return Request(headers=headers, body=b"", method="OPTIONS", uri=uri).encode()


def _failed(error: OSError) -> Reached:
    number = error.errno or 0
    way: Way = "no_route"
    if number in _REFUSED:
        way = "refused"
    elif number in _SILENT:
        way = "silent"
    return Reached(way=way, said=error.strerror or type(error).__name__)
