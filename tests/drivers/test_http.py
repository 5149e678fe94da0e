"""One exchange on the wire: what is sent, octet by octet, and where the limits are."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from fleet.drivers.isapi.http import (
    BODY_MAX,
    HEAD_MAX,
    HttpBroken,
    HttpOdd,
    Reply,
    Request,
    connect,
)
from fleet.model.errors import DeviceError
from tests.drivers import golden
from tests.drivers.conftest import Isapi
from tests.drivers.isapi_device import Device, free_address, http, running, serving


@asynccontextmanager
async def server(answer: bytes, wait: bool = False) -> AsyncIterator[tuple[str, int, list[bytes]]]:
    """Read one request head and body, answer these bytes, hang up (or stay silent)."""
    heard: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]
        heard.append(head + await reader.readexactly(int(length or b"0")))
        writer.write(answer)
        if wait:
            heard.append(await reader.read())
        writer.close()

    async with serving(serve, free_address()) as (address, port):
        yield address, port, heard


async def exchanged(answer: bytes, request: Request | None = None) -> Reply:
    """What a server with this answer makes of a request."""
    async with server(answer) as (address, port, _):
        line = await connect(address, port)
        return await line.exchange(request or Request("GET", "/x"))


async def test_a_get_is_these_octets() -> None:
    """Goal: nothing is asked for that the driver does not want: no coding, no kept connection."""
    async with server(http(200, b"")) as (address, port, heard):
        await (await connect(address, port)).exchange(Request("GET", "/a?format=json"))

    assert heard == [
        f"GET /a?format=json HTTP/1.1\r\nHost: {address}:{port}\r\n"
        "Accept: */*\r\nConnection: close\r\n\r\n".encode()
    ]


async def test_a_put_is_head_and_body_in_one_piece() -> None:
    """Goal: the length is told; names and values are as given, in UTF-8."""
    request = Request("PUT", "/a", (("X-Name", "东门"),), b"<a/>")
    async with server(http(200, b"")) as (address, port, heard):
        await (await connect(address, port)).exchange(request)

    (put,) = heard
    assert put.endswith("X-Name: 东门\r\nContent-Length: 4\r\n\r\n<a/>".encode())


async def test_an_empty_put_tells_its_length() -> None:
    """Goal: RFC 9110, 8.6: a PUT without a body has length 0."""
    async with server(http(200, b"")) as (address, port, heard):
        await (await connect(address, port)).exchange(Request("PUT", "/a"))

    assert b"Content-Length: 0\r\n" in heard[0]


async def test_repeated_headers_keep_their_order() -> None:
    """Goal: several challenges in several headers are all seen."""
    answer = http(401, b"", "WWW-Authenticate: Basic a", "www-authenticate: Digest b")

    reply = await exchanged(answer)

    assert reply.status == 401
    assert reply.all("www-authenticate") == ["Basic a", "Digest b"]
    assert reply.all("missing") == []


async def test_an_interim_answer_is_passed_over() -> None:
    """Goal: 100 Continue before the answer is no answer (RFC 9110, 15.2)."""
    reply = await exchanged(b"HTTP/1.1 100 Continue\r\n\r\n" + http(200, b"<a/>"))

    assert (reply.status, reply.body) == (200, b"<a/>")


async def test_a_body_may_end_with_the_connection() -> None:
    """Goal: firmware that sends no length is read until it hangs up (RFC 9112, 6.3)."""
    reply = await exchanged(b"HTTP/1.0 200 OK\r\n\r\n<a/>")

    assert reply.body == b"<a/>"


@pytest.mark.parametrize("over", [0, 1])
async def test_the_body_limit_is_exact(over: int) -> None:
    """Goal: a body of the limit is read, one octet more is refused, whatever the framing."""
    body = b"x" * (BODY_MAX + over)
    for answer in (http(200, body), b"HTTP/1.0 200 OK\r\n\r\n" + body):
        if over:
            with pytest.raises(HttpOdd, match=str(BODY_MAX)):
                await exchanged(answer)
        else:
            assert len((await exchanged(answer)).body) == BODY_MAX


async def test_a_head_without_end_is_refused_at_its_limit() -> None:
    """Goal: memory does not grow with a peer that never ends its head."""
    with pytest.raises(HttpOdd):
        await exchanged(b"HTTP/1.1 200 OK\r\nX: " + b"y" * (HEAD_MAX * 5))


async def test_a_request_that_is_no_http_is_not_sent() -> None:
    """Goal: a line break in a header is caught before the wire."""
    async with server(http(200, b"")) as (address, port, heard):
        line = await connect(address, port)
        with pytest.raises(HttpOdd, match="cannot be written"):
            await line.exchange(Request("GET", "/x", (("A", "b\r\nC: d"),)))

    assert not heard


async def test_nobody_listening_is_broken() -> None:
    """Goal: a refused connection has the system's reason."""
    async with server(b"") as (address, port, _):
        pass
    with pytest.raises(HttpBroken, match="no connection"):
        await connect(address, port)


async def test_a_cancelled_exchange_hangs_up() -> None:
    """Goal: the peer sees the end of the line; no socket is left behind."""
    async with server(b"", wait=True) as (address, port, heard):
        line = await connect(address, port)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await line.exchange(Request("GET", "/x"))
        await asyncio.sleep(0.01)

    assert len(heard) == 1 or heard[1] == b""


PIECES = st.sampled_from(
    [
        b"HTTP/1.1 200 OK\r\n",
        b"HTTP/1.1 401 No\r\n",
        b"HTTP/9.9 999 ?\r\n",
        b"\r\n",
        b"Content-Length: 5\r\n",
        b"Content-Length: x\r\n",
        b"Transfer-Encoding: chunked\r\n",
        b"5\r\nhello\r\n",
        b"0\r\n\r\n",
        b"ffffffff\r\n",
        b"<userCheck/>",
        b"WWW-Authenticate: D\r\n",
        b'WWW-Authenticate: Digest nonce="a"\r\n',
        b"Content-Encoding: gzip\r\n",
        b": :\r\n",
        b"\x00",
    ]
)
HOSTILE = st.lists(PIECES | st.binary(max_size=20), max_size=8).map(b"".join)


@pytest.mark.property
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(answer=HOSTILE)
@example(answer=http(401, b"", "WWW-Authenticate: Digest qop=auth"))
@example(answer=http(401, b"", 'WWW-Authenticate: Digest realm="' + "x" * 9000 + '", nonce="a"'))
@example(answer=http(401, b"", "WWW-Authenticate: \x7f\x01"))
async def test_a_hostile_server_makes_device_errors_and_nothing_else(
    isapi: Isapi, answer: bytes
) -> None:
    """Goal: whatever comes over the socket, a caller meets the error tree and no traceback."""
    device = Device(golden.camera("a"))
    device.raw = lambda seen: None if seen.target == "/SDK/activateStatus" else answer
    async with running(device), isapi.session(device, deadline_s=5.0) as session:
        for call in (session.read, session.prove_login, session.attempts_left):
            try:
                await call()
            except DeviceError as error:
                assert error.summary.zh
                assert error.device == "cuihu-dev-01"

    assert device.wrong_logins <= 1
