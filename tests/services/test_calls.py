"""Requests of the registrar's own, without a network: repeats, bounds, and who wins."""

from __future__ import annotations

import asyncio

import pytest

from fleet.protocols import manscdp
from fleet.protocols.sip import Request, Response, parse
from fleet.services.registrar.bindings import Bindings
from fleet.services.registrar.calls import CALLS_MAX, Calls, NoReply
from fleet.services.registrar.catalogs import (
    QUERIES_PER_RECORDER_MAX,
    CatalogFailed,
    Catalogs,
)
from tests.services.device import GB_ID
from tests.services.hand import Hand, bound


async def test_a_call_is_repeated_until_answered() -> None:
    """The same bytes again after T1; the response ends it; a provisional one does not."""
    sent: list[bytes] = []
    repeated = asyncio.Event()

    def send(local: str, data: bytes, peer: tuple[str, int]) -> None:
        sent.append(data)
        if len(sent) == 2:
            repeated.set()

    calls = Calls(send)
    asked = asyncio.create_task(
        calls.ask(("127.0.0.1", 5060), ("127.0.0.9", 5060), Request(method="MESSAGE", uri="x"), 10)
    )
    await asyncio.wait_for(repeated.wait(), 10)
    via = parse(sent[0]).need("via")

    calls.answered(Response(headers=(("via", via),), status=100))
    calls.answered(Response(headers=(("via", "SIP/2.0/UDP x;branch=other"),), status=200))
    await asyncio.sleep(0)
    assert not asked.done()
    calls.answered(Response(headers=(("via", via),), status=200))
    calls.answered(Response(headers=(("via", via),), status=200))

    assert (await asked).status == 200
    assert sent[0] == sent[1]


async def test_calls_are_bounded_in_time_and_number() -> None:
    """No answer: NoReply; too many at once: NoReply at once; afterwards there is room again."""
    calls = Calls(lambda local, data, peer: None)
    here = ("127.0.0.1", 1)
    message = Request(method="MESSAGE", uri="x")

    results = await asyncio.gather(
        *(calls.ask(here, here, message, 0.2) for _ in range(CALLS_MAX + 5)),
        return_exceptions=True,
    )

    assert all(isinstance(result, NoReply) for result in results)
    assert sum("too many" in str(result) for result in results) == 5
    with pytest.raises(NoReply, match="no answer within"):
        await calls.ask(here, here, message, 0.01)


async def test_queries_of_one_recorder_are_bounded() -> None:
    """A fifth at the same time is refused at once; afterwards there is room again."""
    bindings = Bindings(Hand(), Hand(), 180.0)
    bindings.put(bound())
    calls = Calls(lambda local, data, peer: None)
    catalogs = Catalogs(calls, bindings, ("s", "d"), 5060, lambda: None)

    results = await asyncio.gather(
        *(catalogs.query(bound(), 0.1) for _ in range(QUERIES_PER_RECORDER_MAX + 1)),
        return_exceptions=True,
    )

    assert all(isinstance(result, CatalogFailed) for result in results)
    assert sum("too many" in str(result) for result in results) == 1
    with pytest.raises(CatalogFailed, match=r"came within|does not answer"):
        await catalogs.query(bound(), 0.01)


async def test_an_older_query_does_not_undo_a_newer_one() -> None:
    """Two queries at once; the newer ends first, and what the older brings later is not kept."""
    bindings = Bindings(Hand(), Hand(), 180.0)
    bindings.put(bound())
    sent: list[Request] = []
    both = asyncio.Event()

    def send(local: str, data: bytes, peer: tuple[str, int]) -> None:
        message = parse(data)
        assert isinstance(message, Request)
        sent.append(message)
        if len(sent) == 2:
            both.set()

    calls = Calls(send)
    catalogs = Catalogs(calls, bindings, ("s", "d"), 5060, lambda: None)
    queries = [asyncio.create_task(catalogs.query(bound(), 10)) for _ in range(2)]
    await asyncio.wait_for(both.wait(), 10)

    for query, asked, channel in zip(reversed(queries), reversed(sent), "21", strict=True):
        calls.answered(Response(headers=(("via", asked.need("via")),), status=200))
        sn = manscdp.parse(asked.body).sn
        body = manscdp.catalog_response(GB_ID, sn, 1, [{"DeviceID": channel * 20}])
        catalogs.packet(GB_ID, manscdp.parse(body), body)
        assert await query == (channel * 20,)

    (kept,) = bindings
    assert kept.catalog == ("2" * 20,)
