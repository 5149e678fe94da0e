"""A scripted ISAPI device on a real socket: documents by path, digest login computed with hashlib.

It shares no code with the driver. Every request is recorded; what it does wrong is set per test.
"""

from __future__ import annotations

import asyncio
import hashlib
import random
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

USER, PASSWORD = "admin", "Right-pass-1"
REALM = "IP Camera(C1234)"
OK_STATUS = (
    b'<?xml version="1.0" encoding="UTF-8"?>\n<ResponseStatus version="2.0" '
    b'xmlns="http://www.hikvision.com/ver20/XMLSchema"><requestURL>/</requestURL>'
    b"<statusCode>1</statusCode><statusString>OK</statusString>"
    b"<subStatusCode>ok</subStatusCode></ResponseStatus>"
)

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@dataclass
class Seen:
    """One request as it arrived."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes
    login: str  # "none", "right", "wrong"


@dataclass
class Device:
    """What the device has and does."""

    documents: dict[str, bytes] = field(default_factory=dict)
    password: str = PASSWORD
    activated: str = "true"
    schemes: tuple[str, ...] = ("Digest",)
    check_body: bytes = b""
    refused_body: bytes = b""
    stale_next: int = 0
    put_answer: tuple[int, bytes] = (200, OK_STATUS)
    keeps: bool = True
    answers: dict[str, tuple[int, bytes]] = field(default_factory=dict)
    raw: Callable[[Seen], bytes | None] = lambda seen: None
    cut_put_at: int | None = None
    delay_s: float = 0.0
    seen: list[Seen] = field(default_factory=list)
    nonce: str = "a" * 32
    counts: list[int] = field(default_factory=list)
    address: str = ""
    port: int = 0

    def of(self, method: str) -> list[Seen]:
        """The requests of one method."""
        return [s for s in self.seen if s.method == method]

    @property
    def wrong_logins(self) -> int:
        """Logins that a real device would count against its lock-out."""
        return sum(s.login == "wrong" for s in self.seen)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, one request."""
        try:
            seen = await self._receive(reader)
            self.seen.append(seen)
            await asyncio.sleep(self.delay_s)
            answer = self.raw(seen)
            if answer is None:
                answer = self._answer(seen)
            if seen.method == "PUT" and self.cut_put_at is not None:
                answer = answer[: self.cut_put_at]
            writer.write(answer)
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            # A peer that goes away is what some tests are about.
            self.counts.append(-1)
        finally:
            writer.close()

    async def _receive(self, reader: asyncio.StreamReader) -> Seen:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        line, *rest = head.strip().split("\r\n")
        method, target, _ = line.split(" ")
        headers = {k.lower(): v for k, v in (h.split(": ", 1) for h in rest)}
        body = await reader.readexactly(int(headers.get("content-length", "0")))
        return Seen(method, target, headers, body, self._login(method, headers))

    def _login(self, method: str, headers: dict[str, str]) -> str:
        told = headers.get("authorization")
        if told is None:
            return "none"
        part = dict(re.findall(r'(\w+)="?([^",]+)"?', told.removeprefix("Digest ")))
        self.counts.append(int(part["nc"], 16))
        ha1 = _md5(f"{USER}:{REALM}:{self.password}")
        ha2 = _md5(f"{method}:{part['uri']}")
        right = _md5(f"{ha1}:{part['nonce']}:{part['nc']}:{part['cnonce']}:auth:{ha2}")
        return "right" if right == part["response"] and part["username"] == USER else "wrong"

    def _answer(self, seen: Seen) -> bytes:
        if seen.target in self.answers:
            return http(*self.answers[seen.target])
        if seen.target == "/SDK/activateStatus":
            text = f"<ActivateStatus><Activated>{self.activated}</Activated></ActivateStatus>"
            return http(200, text.encode())
        if seen.login == "none":
            check = seen.target == "/ISAPI/Security/userCheck"
            return self._challenge(self.check_body if check else b"")
        if seen.login == "wrong":
            return self._challenge(self.refused_body)
        if self.stale_next:
            self.stale_next -= 1
            self.nonce = hashlib.sha256(self.nonce.encode()).hexdigest()[:32]
            return self._challenge(b"", stale=True)
        if seen.target == "/ISAPI/Security/userCheck":
            return http(200, b"<userCheck><statusValue>200</statusValue></userCheck>")
        if seen.method == "PUT":
            if self.keeps and self.put_answer[0] == 200:
                self.documents[seen.target] = seen.body
            return http(*self.put_answer)
        if seen.target not in self.documents:
            return http(404, b"<html>not found</html>")
        return http(200, self.documents[seen.target])

    def _challenge(self, body: bytes, stale: bool = False) -> bytes:
        lines = []
        for scheme in self.schemes:
            if scheme == "Digest":
                tail = ', stale="true"' if stale else ""
                lines.append(
                    f'Digest qop="auth", realm="{REALM}", '
                    f'nonce="{self.nonce}", algorithm="MD5"{tail}'
                )
            else:
                lines.append(f'{scheme} realm="{REALM}"')
        return http(401, body, *(f"WWW-Authenticate: {line}" for line in lines))


def http(status: int, body: bytes, *headers: str) -> bytes:
    """An HTTP/1.1 answer."""
    lines = [f"HTTP/1.1 {status} X", "Content-Type: application/xml", *headers]
    head = "\r\n".join([*lines, f"Content-Length: {len(body)}", "Connection: close"])
    return head.encode() + b"\r\n\r\n" + body


def _md5(text: str) -> str:
    return hashlib.md5(text.encode()).hexdigest()


def free_address() -> str:
    """A loopback address of a block of our own."""
    return f"127.{random.randint(100, 250)}.{random.randint(1, 254)}.{random.randint(1, 254)}"


@asynccontextmanager
async def serving(serve: Serve, address: str) -> AsyncIterator[tuple[str, int]]:
    """A TCP server whose every connection is gone when the block ends."""
    open_now: dict[asyncio.Task[None], asyncio.StreamWriter] = {}

    async def tracked(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        open_now[task] = writer
        await serve(reader, writer)

    server = await asyncio.start_server(tracked, address, 0)
    try:
        yield server.sockets[0].getsockname()[:2]
    finally:
        server.close()
        for task, writer in open_now.items():
            task.cancel()
            writer.transport.abort()
        await asyncio.gather(*open_now, return_exceptions=True)
        await server.wait_closed()
        # The transports tell their sockets to close in the next turn of the loop.
        await asyncio.sleep(0)


@asynccontextmanager
async def running(device: Device) -> AsyncIterator[Device]:
    """Serve `device` on a loopback address until the block ends."""
    async with serving(device.serve, free_address()) as (device.address, device.port):
        yield device
