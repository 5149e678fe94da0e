"""Recorders register for real: at the simulated upper platform and at a test's socket."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from fleet.protocols import manscdp, sip
from fleet.protocols.digest import Challenge, ha1, parse_authorization, verify
from fleet.protocols.sip import Request, Response
from fleet.simulator.isapi import tables
from fleet.simulator.sip.endpoint import SipEndpoint
from fleet.simulator.spec import DeviceSpec, Personality
from tests.simulator.kit import (
    Client,
    fields,
    place,
    running_recorder,
    spec_of,
    until,
)
from tests.simulator.upper_kit import DOMAIN, GB_ID, SERVER, SIP_PASSWORD, running_upper, upper_spec

CHANNELS = ["34070501011327000001", "34070501011327000002"]
BOTH: list[Personality] = ["a", "b"]
ENABLED: dict[Personality, tuple[str, str]] = {
    "a": ("<GB28181>\n<enabled>false", "<GB28181>\n<enabled>true"),
    "b": ("<enabled>false", "<enabled>true"),
}
SAMPLE = {"server": "34020000002000000001", "device": "34020000001110000001"}


def node_of(personality: Personality) -> str:
    """The path of the uplink's node."""
    return tables.SIP if personality == "a" else tables.SERVICE


def changes(
    personality: Personality, server: DeviceSpec, password: str | None, keepalive: int = 60
) -> list[tuple[str, str]]:
    """What an integrator changes in the node, as texts."""
    after = "</authID>" if personality == "a" else "</deviceID>"
    found = [
        ENABLED[personality],
        (">192.168.1.2<", f">{server.address}<"),
        (">5060</registrarPort>", f">{server.port}</registrarPort>")
        if personality == "a"
        else (">5060</serverPort>", f">{server.port}</serverPort>"),
        (SAMPLE["server"], SERVER),
        (">3402000000<", f">{DOMAIN}<"),
        (SAMPLE["device"], GB_ID),
    ]
    if keepalive != 60:
        found.append((">60<", f">{keepalive}<"))
    if password is not None:
        found.append((after, f"{after}<password>{password}</password>"))
    return found


@pytest.mark.parametrize("personality", BOTH)
async def test_a_recorder_registers_as_soon_as_it_is_told(
    tmp_path: Path, personality: Personality
) -> None:
    """One PUT with all parameters and the password: registered; b says so, a does not tell."""
    server = upper_spec()
    spec = spec_of("recorder", personality)
    client = Client(spec)
    async with running_upper(server, tmp_path) as platform, running_recorder(spec, tmp_path) as nvr:
        got = await client.edit(node_of(personality), *changes(personality, server, SIP_PASSWORD))
        assert got.status == 200, got
        await until(lambda: platform.values()["registered"] == [GB_ID])
        await until(lambda: nvr._agent.online)
        status = await client.get(tables.SERVICE_STATUS)
        assert platform.store.stats()["logins"] == 1
        assert platform.store.stats()["failed_logins"] == 0
        assert fields(nvr)[-1] == "gb_password"
        assert set(fields(nvr)) == {
            "gb_enabled", "gb_server_address", "gb_server_port", "gb_server_id",
            "gb_server_domain", "gb_device_id", "gb_password",
        }  # fmt: skip
    told = (status.status, status.node("registerStatus"))
    assert told == ((404, None) if personality == "a" else (200, "online"))
    for name in os.listdir(tmp_path):
        assert SIP_PASSWORD not in (tmp_path / name).read_text()


async def test_it_registers_again_after_a_restart_without_the_password(tmp_path: Path) -> None:
    """HA1 in the realm of its domain is enough."""
    server = upper_spec()
    spec = spec_of("recorder", "b")
    async with running_upper(server, tmp_path) as platform:
        async with running_recorder(spec, tmp_path):
            await Client(spec).edit(tables.SERVICE, *changes("b", server, SIP_PASSWORD))
            await until(lambda: platform.values()["registered"] == [GB_ID])
        async with running_recorder(spec, tmp_path):
            await until(lambda: platform.store.stats()["logins"] == 2)


@pytest.mark.parametrize("password", ["Other-Secret-1", None])
async def test_a_wrong_or_missing_password_does_not_register(
    tmp_path: Path, password: str | None
) -> None:
    """The platform refuses; the recorder says offline and keeps trying; a right one mends it."""
    server = upper_spec()
    spec = spec_of("recorder", "b")
    client = Client(spec)
    async with running_upper(server, tmp_path) as platform, running_recorder(spec, tmp_path) as nvr:
        await client.edit(tables.SERVICE, *changes("b", server, password))
        stats = platform.store.stats
        await until(lambda: stats()["failed_logins"] + stats()["sessions"] >= 2)
        assert not nvr._agent.online
        assert (await client.get(tables.SERVICE_STATUS)).node("registerStatus") == "offline"
        assert platform.values()["registered"] == []
        mend = ("</deviceID>", f"</deviceID><password>{SIP_PASSWORD}</password>")
        await client.edit(tables.SERVICE, mend)
        await until(lambda: nvr._agent.online)


async def test_switching_off_signs_off(tmp_path: Path) -> None:
    """REGISTER with Expires 0: the platform forgets it at once."""
    server = upper_spec()
    spec = spec_of("recorder", "b")
    client = Client(spec)
    async with running_upper(server, tmp_path) as platform, running_recorder(spec, tmp_path) as nvr:
        await client.edit(tables.SERVICE, *changes("b", server, SIP_PASSWORD))
        await until(lambda: nvr._agent.online)
        await client.edit(tables.SERVICE, ("<enabled>true", "<enabled>false"))
        await until(lambda: platform.values()["registered"] == [])
        assert not nvr._agent.online


async def test_tampering_with_the_uplink_takes_effect(tmp_path: Path) -> None:
    """Somebody switches it off on site: it signs off; nothing is logged for it."""
    server = upper_spec()
    spec = spec_of("recorder", "b")
    async with running_upper(server, tmp_path) as platform, running_recorder(spec, tmp_path) as nvr:
        await Client(spec).edit(tables.SERVICE, *changes("b", server, SIP_PASSWORD))
        await until(lambda: nvr._agent.online)
        before = fields(nvr)
        await nvr.tamper("gb_enabled", "false")
        await until(lambda: platform.values()["registered"] == [])
        assert fields(nvr) == before


async def test_a_platform_that_was_away_gets_it_back(tmp_path: Path) -> None:
    """Keepalives go unanswered, the recorder is offline, and registers again when it can."""
    server = upper_spec()
    spec = spec_of("recorder", "a")
    client = Client(spec)
    async with running_recorder(spec, tmp_path) as nvr:
        async with running_upper(server, tmp_path):
            put = changes("a", server, SIP_PASSWORD, keepalive=1)
            count = (">3</heartbeatCount>", ">1</heartbeatCount>")
            assert (await client.edit(tables.SIP, *put, count)).status == 200
            await until(lambda: nvr._agent.online)
        await until(lambda: not nvr._agent.online, 20)
        async with running_upper(server, tmp_path) as platform:
            await until(lambda: platform.values()["registered"] == [GB_ID], 30)


class Registrar:
    """The test's own upper side on the wire codecs: shows every request, answers as it is told."""

    def __init__(self, realm: str = DOMAIN, granted: int | None = None) -> None:
        self.realm = realm
        self.granted = granted
        self.seen: list[Request] = []
        self.peer = ("", 0)
        self.endpoint = SipEndpoint(self._asked)
        self.address, self.port = place()

    async def start(self) -> None:
        """Listen."""
        await self.endpoint.start(self.address, self.port)

    def messages(self, command: str) -> list[manscdp.Manscdp]:
        """The bodies of a command that have come."""
        bodies = [manscdp.parse(r.body) for r in self.seen if r.method == "MESSAGE"]
        return [b for b in bodies if b.command == command]

    def _asked(self, request: Request, peer: tuple[str, int]) -> Response:
        self.seen.append(request)
        self.peer = peer
        if request.method == "MESSAGE":
            return sip.respond(request, 200, "OK", to_tag="t", received=peer)
        header = request.get("authorization")
        if header is None:
            challenge = (
                "www-authenticate",
                Challenge(realm=self.realm, nonce="n1", qop="auth").header(),
            )
            return sip.respond(
                request, 401, "Unauthorized", to_tag="t", received=peer, headers=[challenge]
            )
        secret = ha1(GB_ID, self.realm, SIP_PASSWORD)
        right = verify(parse_authorization(header), secret, "REGISTER")
        more = [("expires", str(self.granted))] if self.granted is not None else []
        status = (200, "OK") if right else (403, "Forbidden")
        return sip.respond(request, *status, to_tag="t", received=peer, headers=more)


@asynccontextmanager
async def registered(
    folder: Path, registrar: Registrar, keepalive: int = 60
) -> AsyncIterator[DeviceSpec]:
    """A recorder that has registered at the test's own registrar."""
    spec = spec_of("recorder", "a")
    await registrar.start()
    try:
        async with running_recorder(spec, folder) as nvr:
            server = spec_of("upper", address=registrar.address, port=registrar.port)
            rows = [(f"3402000000132000000{n}", id_) for n, id_ in enumerate(CHANNELS, 1)]
            rows += [(f"3402000000132000000{n}", "") for n in (3, 4)]
            assert (await Client(spec).edit(tables.SIP_INFO, *rows)).status == 200
            put = changes("a", server, SIP_PASSWORD, keepalive)
            assert (await Client(spec).edit(tables.SIP, *put)).status == 200
            await until(lambda: nvr._agent.online)
            yield spec
    finally:
        await registrar.endpoint.stop()


async def test_what_a_registration_looks_like(tmp_path: Path) -> None:
    """GB/T 28181-2022, 9.1: ids and domain in the addresses, contact, expiry, one dialogue."""
    registrar = Registrar()
    async with registered(tmp_path, registrar) as spec:
        first, second = [r for r in registrar.seen if r.method == "REGISTER"][:2]
    assert first.uri == second.uri == f"sip:{SERVER}@{DOMAIN}"
    assert sip.uri_of(first.need("to")) == sip.Uri(GB_ID, DOMAIN)
    assert sip.uri_of(first.need("from")).user == GB_ID
    contact = sip.uri_of(first.need("contact"))
    assert (contact.user, contact.host, contact.port) == (GB_ID, spec.address, registrar.peer[1])
    assert first.need("expires") == "3600"
    assert first.need("call-id") == second.need("call-id")
    assert second.cseq[0] == first.cseq[0] + 1
    assert first.get("authorization") is None
    answer = parse_authorization(second.need("authorization"))
    assert (answer.username, answer.realm, answer.uri) == (GB_ID, DOMAIN, second.uri)


async def test_keepalives_go_on(tmp_path: Path) -> None:
    """9.6: a status report each keepalive interval, with growing numbers."""
    registrar = Registrar()
    async with registered(tmp_path, registrar, keepalive=1):
        await until(lambda: len(registrar.messages("Keepalive")) >= 3)
        found = registrar.messages("Keepalive")
    assert {(m.kind, m.device_id, m.fields["Status"]) for m in found} == {("Notify", GB_ID, "OK")}
    numbers = [int(m.sn) for m in found]
    assert numbers == sorted(set(numbers))


async def test_it_registers_again_before_it_expires(tmp_path: Path) -> None:
    """The granted time counts and not the asked one."""
    registrar = Registrar(granted=2)
    async with registered(tmp_path, registrar, keepalive=1):
        await until(lambda: sum(r.method == "REGISTER" for r in registrar.seen) >= 6)


async def test_another_realm_is_answered_while_the_password_is_in_memory(tmp_path: Path) -> None:
    """A registrar whose realm is not the domain can be answered by the process that was told."""
    registrar = Registrar(realm="somewhere-else")
    async with registered(tmp_path, registrar):
        assert any(r.get("authorization") for r in registrar.seen)


async def query(registrar: Registrar, body: bytes) -> int:
    """Ask the recorder something; the status of its answer."""
    request = Request(
        headers=(
            registrar.endpoint.via(),
            ("from", f"<sip:{SERVER}@{DOMAIN}>;tag=1"),
            ("to", f"<sip:{GB_ID}@{DOMAIN}>"),
            ("call-id", f"q{len(registrar.seen)}"),
            ("cseq", "1 MESSAGE"),
            ("content-type", manscdp.CONTENT_TYPE),
        ),
        body=body,
        method="MESSAGE",
        uri=f"sip:{GB_ID}@{DOMAIN}",
    )
    return (await registrar.endpoint.ask(request, registrar.peer)).status


async def test_the_catalog_is_the_channel_list(tmp_path: Path) -> None:
    """9.5: the query is taken, the answer has every id of the list once, with its total."""
    registrar = Registrar()
    async with registered(tmp_path, registrar):
        assert await query(registrar, manscdp.catalog_query(GB_ID, 17)) == 200
        await until(lambda: bool(registrar.messages("Catalog")))
        (answer,) = registrar.messages("Catalog")
    assert (answer.kind, answer.sn, answer.total) == ("Response", "17", 2)
    assert [item["DeviceID"] for item in answer.items] == CHANNELS
    assert {item["ParentID"] for item in answer.items} == {GB_ID}


async def test_a_long_catalog_comes_in_packets(tmp_path: Path) -> None:
    """More channels than fit in one packet: several, all with the same total."""
    registrar = Registrar()
    async with registered(tmp_path, registrar) as spec:
        many = [f"340705010113270000{n:02}" for n in range(1, 11)]
        row = "<VideoInput><id>{n}</id><videoInputID>{i}</videoInputID></VideoInput>"
        rows = "".join(row.format(n=n, i=i) for n, i in enumerate(many, 1))
        stored = (await Client(spec).get(tables.SIP_INFO)).text
        head, _, rest = stored.partition("<VideoInputList>")
        tail = rest.partition("</VideoInputList>")[2]
        body = f"{head}<VideoInputList>{rows}</VideoInputList>{tail}".encode()
        registrar.seen.clear()
        assert (await Client(spec).ask("PUT", tables.SIP_INFO, body)).status == 200
        await until(lambda: any(r.get("authorization") for r in registrar.seen))
        await until(lambda: bool(registrar.messages("Keepalive")))
        assert await query(registrar, manscdp.catalog_query(GB_ID, 3)) == 200
        await until(lambda: sum(len(m.items) for m in registrar.messages("Catalog")) >= 10)
        found = registrar.messages("Catalog")
    assert [item["DeviceID"] for m in found for item in m.items] == many
    assert {m.total for m in found} == {10}
    assert len(found) == 3


@pytest.mark.parametrize(
    ("body", "status"), [(b"", 400), (b"<x/>", 400), (manscdp.keepalive(GB_ID, 1), 200)]
)
async def test_other_messages(tmp_path: Path, body: bytes, status: int) -> None:
    """Nonsense is a bad request; what needs no answer is taken."""
    registrar = Registrar()
    async with registered(tmp_path, registrar):
        assert await query(registrar, body) == status
        assert registrar.messages("Catalog") == []
