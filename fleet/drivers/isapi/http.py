"""One HTTP/1.1 exchange on one connection, which nobody can send twice.

Ready-made clients repeat a request by themselves when a kept connection turns out to be broken
(seen: the device applied the same PUT twice). Here a connection carries one request and is closed,
so there is nothing to repeat. Every size is limited before anything is parsed (RFC 9112).
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

import h11

from fleet.drivers import complaints
from fleet.drivers.reasons import Reasoned
from fleet.model.text import Text, text

HEAD_MAX = 16 * 1024
BODY_MAX = 512 * 1024
INFORMATIONAL_MAX = 4
CHUNK = 64 * 1024


class HttpBroken(Reasoned):
    """The connection could not be made, or ended before the answer did; `why` is for a person."""


class HttpOdd(Reasoned):
    """The peer does not speak HTTP/1.1 as it should, or went past a limit."""


@dataclass(frozen=True, slots=True)
class Request:
    """A request to be sent once; `target` is the path with its query."""

    method: str
    target: str
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Reply:
    """A complete answer: `status` 200…599, header names in lower case, repeated ones in order."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def all(self, name: str) -> list[str]:
        """Return the values of every header called `name` (lower case)."""
        return [value for key, value in self.headers if key == name]


class Line:
    """One connection that carries one request."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, host: str
    ) -> None:
        self._reader = reader
        self._writer = writer
        self._host = host

    async def exchange(self, request: Request) -> Reply:
        """Send `request` once, read the whole answer, close; the caller bounds the time.

        Raises:
            HttpBroken: reset, or ended too early.
            HttpOdd: the answer breaks the protocol or a limit.
        """
        peer = h11.Connection(our_role=h11.CLIENT, max_incomplete_event_size=HEAD_MAX)
        try:
            self._writer.write(_encode(peer, request, self._host))
            await self._writer.drain()
            return await _receive(peer, self._reader)
        except OSError as error:
            raise HttpBroken(_broke_off(_reason(error))) from None
        except h11.RemoteProtocolError as error:
            # h11 says the same of a peer that hung up in the middle and of one that talks nonsense.
            if peer.trailing_data[1]:
                raise HttpBroken(
                    _broke_off(text("it ended in the middle of the answer", "应答中途断开"))
                ) from None
            raise HttpOdd(
                text("it is not HTTP/1.1: {w}", "不符合 HTTP/1.1：{w}", w=error)
            ) from None
        except h11.LocalProtocolError as error:
            raise HttpOdd(
                text(
                    "the request cannot be written as HTTP ({w})",
                    "请求无法写成 HTTP（{w}）",
                    w=error,
                )
            ) from None
        finally:
            # The answer is complete or worthless: abort never waits for the peer.
            self._writer.transport.abort()


async def connect(address: str, port: int) -> Line:
    """Open a connection; the caller bounds the time.

    Raises:
        HttpBroken: refused, or no way there.
    """
    try:
        reader, writer = await asyncio.open_connection(address, port, limit=CHUNK)
    except OSError as error:
        raise HttpBroken(complaints.system_says(_reason(error))) from None
    return Line(reader, writer, _host(address, port))


def _encode(peer: h11.Connection, request: Request, host: str) -> bytes:
    headers: list[tuple[str, str]] = [
        ("Host", host),
        ("Accept", "*/*"),
        ("Connection", "close"),
        *request.headers,
    ]
    if request.body or request.method != "GET":
        headers.append(("Content-Length", str(len(request.body))))
    # Values are UTF-8 (RFC 7616, 3.4: user names outside ASCII).
    coded = [(name.encode("ascii"), value.encode()) for name, value in headers]
    events: list[h11.Request | h11.Data | h11.EndOfMessage] = [
        h11.Request(method=request.method, target=request.target, headers=coded)
    ]
    if request.body:
        events.append(h11.Data(data=request.body))
    events.append(h11.EndOfMessage())
    return b"".join(peer.send(event) or b"" for event in events)


async def _receive(peer: h11.Connection, reader: asyncio.StreamReader) -> Reply:
    head: h11.Response | None = None
    body = bytearray()
    informational = 0
    while True:
        event = peer.next_event()
        if event is h11.NEED_DATA:
            peer.receive_data(await reader.read(CHUNK))
        elif isinstance(event, h11.InformationalResponse):
            informational += 1
            if informational > INFORMATIONAL_MAX or event.status_code == 101:
                raise HttpOdd(text("too many interim answers", "中间应答过多"))
        elif isinstance(event, h11.Response):
            head = event
            _refuse_coding(event)
        elif isinstance(event, h11.Data):
            body += event.data
            if len(body) > BODY_MAX:
                raise HttpOdd(text("the body is over {n} bytes", "正文超过 {n} 字节", n=BODY_MAX))
        elif isinstance(event, h11.EndOfMessage) and head is not None:
            headers = tuple((name.decode("ascii"), _decoded(value)) for name, value in head.headers)
            return Reply(head.status_code, headers, bytes(body))
        else:
            raise HttpBroken(_broke_off(text("it ended before the answer", "应答之前断开")))


def _refuse_coding(head: h11.Response) -> None:
    """We ask for no content coding, so a coded body is a bomb or a mistake."""
    headers: Mapping[bytes, bytes] = dict(head.headers)
    if headers.get(b"content-encoding", b"identity").lower() != b"identity":
        raise HttpOdd(
            text(
                "the body has a content coding that was not asked for",
                "正文使用了未请求的内容编码",
            )
        )


def _decoded(value: bytes) -> str:
    """UTF-8 where it is, so that a realm goes into the hash with the octets it came with."""
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        return value.decode("latin-1")


def _broke_off(words: Text | str) -> Text:
    return text("the connection broke off ({w})", "连接中断（{w}）", w=words)


def _host(address: str, port: int) -> str:
    bracketed = f"[{address}]" if ":" in address else address
    return bracketed if port == 80 else f"{bracketed}:{port}"


def _reason(error: OSError) -> str:
    return error.strerror or type(error).__name__
