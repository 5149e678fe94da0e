"""Connections that are reset, not ended: the kernel's rude way, at each moment of a write."""

from __future__ import annotations

import asyncio
import socket
import struct

import pytest

from fleet.model.errors import MalformedReply, Unreachable
from tests.drivers import golden
from tests.drivers.conftest import Isapi
from tests.drivers.isapi_device import Device, http, running

MOMENTS = ["before a byte of the request is read", "after the head", "after the body"]


class Rude(Device):
    """Resets the connection of a PUT at one moment, and counts how often one arrived."""

    moment = ""
    arrivals = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Look at the first octets; a PUT is reset, anything else is served."""
        peeked = await reader.readexactly(4)
        if peeked != b"PUT ":
            rest = asyncio.StreamReader()
            rest.feed_data(peeked + await reader.readuntil(b"\r\n\r\n"))
            await super().serve(rest, writer)
            return
        self.arrivals += 1
        if self.moment != MOMENTS[0]:
            await reader.readuntil(b"\r\n\r\n")
        if self.moment == MOMENTS[2]:
            await reader.readuntil(b"</TextOverlay>")
        raw = writer.get_extra_info("socket")
        # Linger 0: closing sends RST instead of FIN.
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        writer.transport.abort()


@pytest.mark.parametrize("moment", MOMENTS)
async def test_a_reset_connection_does_not_repeat_a_put(isapi: Isapi, moment: str) -> None:
    """Goal: unreachable, one arrival, also when the same session writes on afterwards."""
    device = Rude(golden.camera("a"))
    device.moment = moment
    async with running(device), isapi.session(device) as session:
        for turn in (1, 2):
            with pytest.raises(Unreachable, match="broke off") as caught:
                await session.write("osd", {"osd_text": f"turn {turn}"})
            assert device.arrivals == turn

    assert "连接中断" in caught.value.summary.zh
    assert caught.value.retryable


async def test_an_answer_before_the_request_is_read_is_taken_as_it_is(isapi: Isapi) -> None:
    """Goal: a device that refuses early is believed, and the PUT is not sent again."""
    device = Device(golden.camera("a"))
    device.raw = lambda seen: http(500, b"busy") if seen.method == "PUT" else None
    async with running(device), isapi.session(device) as session:
        with pytest.raises(MalformedReply, match="500"):
            await session.write("osd", {"osd_text": "x"})

    assert len(device.of("PUT")) == 1
