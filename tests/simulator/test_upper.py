"""The small upper platform, asked by a test's own socket."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from fleet.protocols.sip import Request, Response
from fleet.simulator.errors import SimError
from fleet.simulator.sip.endpoint import SipEndpoint
from fleet.simulator.spec import DeviceSpec
from tests.simulator.kit import place
from tests.simulator.upper_kit import DOMAIN, GB_ID, SERVER, running_upper, upper_spec


async def ask_upper(spec: DeviceSpec, build: Callable[[SipEndpoint], Request]) -> Response:
    """Send one request of the test's own to the upper platform."""
    endpoint = SipEndpoint(lambda _r, _p: None)
    await endpoint.start(place()[0], 0)
    try:
        return await endpoint.ask(build(endpoint), (spec.address, spec.port))
    finally:
        await endpoint.stop()


def request_of(
    endpoint: SipEndpoint, method: str, more: tuple[tuple[str, str], ...] = (), user: str = GB_ID
) -> Request:
    """A request as a recorder sends it."""
    own = f"<sip:{user}@{DOMAIN}>"
    head = (endpoint.via(), ("from", f"{own};tag=1"), ("to", own), ("call-id", "c1"))
    return Request(
        headers=(*head, ("cseq", f"7 {method}"), *more), method=method, uri=f"sip:{SERVER}@{DOMAIN}"
    )


@pytest.mark.parametrize(
    ("method", "more", "status"),
    [
        ("REGISTER", (), 401),
        ("REGISTER", (("authorization", "Basic x"),), 400),
        ("REGISTER", (("authorization", 'Digest username="x", realm="y", nonce="z", '
                       'uri="u", response="0123456789abcdef0123456789abcdef"'),), 403),
        ("MESSAGE", (), 403),
        ("INVITE", (), 405),
    ],
)  # fmt: skip
async def test_what_the_platform_refuses(
    tmp_path: Path, method: str, more: tuple[tuple[str, str], ...], status: int
) -> None:
    """No login, no digest, a wrong login, an unregistered sender, another method."""
    server = upper_spec()
    async with running_upper(server, tmp_path) as platform:
        got = await ask_upper(server, lambda e: request_of(e, method, more))
        assert platform.values()["registered"] == []
        assert platform.store.stats()["failed_logins"] == (1 if status == 403 and more else 0)
    assert got.status == status


async def test_the_platform_has_neither_fields_nor_faults(tmp_path: Path) -> None:
    """What is asked of it in vain is named."""
    server = upper_spec()
    async with running_upper(server, tmp_path) as platform:
        with pytest.raises(SimError) as field:
            await platform.tamper("x", "y")
        with pytest.raises(SimError) as fault:
            await platform.set_fault("slow", "1")
    assert (field.value.code, fault.value.code) == ("unknown-field", "fault-not-here")


@pytest.mark.parametrize(
    "junk", [b"", b"\r\n\r\n", b"\xff" * 100, b"REGISTER sip:x SIP/2.0\r\n\r\n"]
)
async def test_junk_is_dropped(tmp_path: Path, junk: bytes) -> None:
    """No answer, no harm."""
    server = upper_spec()
    async with running_upper(server, tmp_path):
        loop = asyncio.get_running_loop()
        transport, _ = await loop.create_datagram_endpoint(
            asyncio.DatagramProtocol, remote_addr=(server.address, server.port)
        )
        transport.sendto(junk)
        await asyncio.sleep(0.05)
        transport.close()
        assert (await ask_upper(server, lambda e: request_of(e, "REGISTER"))).status == 401
