"""Catalog queries: asked by MESSAGE, answered in as many MESSAGEs as the recorder likes.

GB/T 28181-2022, 9.5: the recorder accepts the query with 200 OK and then sends its items, a few in
each packet; SumNum counts them all. Packets get lost, doubled and reordered.
"""

from __future__ import annotations

import asyncio
import hashlib
import itertools
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field

from fleet.protocols.manscdp import CONTENT_TYPE, Manscdp, catalog_query
from fleet.protocols.sip import Request
from fleet.services.registrar.bindings import Bindings, Bound
from fleet.services.registrar.calls import Calls, NoReply

CATALOG_MAX = 20_000
QUERIES_MAX = 64
QUERIES_PER_RECORDER_MAX = 4
# Groupings are no channels (annex E: 215 business group, 216 virtual organisation).
_GROUPINGS = ("215", "216")


class CatalogFailed(Exception):
    """The recorder did not give its whole catalog; the text says how far it came."""


@dataclass(slots=True)
class _Collection:
    """The answer to one query so far."""

    whole: asyncio.Future[None]
    total: int | None = None
    items: int = 0
    ids: set[str] = field(default_factory=set)
    seen: set[bytes] = field(default_factory=set)


class Catalogs:
    """Queries under way; `identity` is our server id and domain, `port` our SIP port."""

    def __init__(
        self,
        calls: Calls,
        bindings: Bindings,
        identity: tuple[str, str],
        port: int,
        on_change: Callable[[], None],
    ) -> None:
        self._calls = calls
        self._bindings = bindings
        self._server_id, self._domain = identity
        self._port = port
        self._on_change = on_change
        self._numbers = itertools.count(secrets.randbelow(1_000_000) + 1)
        self._collecting: dict[tuple[str, int], _Collection] = {}
        self._newest: dict[str, int] = {}

    async def query(self, bound: Bound, timeout_s: float) -> tuple[str, ...]:
        """Ask the recorder for its catalog and note it; the channel ids, sorted.

        Raises:
            CatalogFailed: refused, unanswered, incomplete after `timeout_s`, or too large.
        """
        mine = sum(gb_id == bound.gb_id for gb_id, _ in self._collecting)
        if len(self._collecting) >= QUERIES_MAX or mine >= QUERIES_PER_RECORDER_MAX:
            raise CatalogFailed("too many catalog queries are under way")
        number = next(self._numbers)
        collection = _Collection(asyncio.get_running_loop().create_future())
        self._collecting[bound.gb_id, number] = collection
        try:
            async with asyncio.timeout(timeout_s):
                await self._ask(bound, number, timeout_s)
                await collection.whole
        except TimeoutError:
            of = "an unknown number" if collection.total is None else collection.total
            raise CatalogFailed(
                f"{collection.items} of {of} items came within {timeout_s:g} s"
            ) from None
        finally:
            del self._collecting[bound.gb_id, number]
        found = tuple(sorted(collection.ids))
        # An earlier query that ends later must not undo what a later one found.
        if self._newest.get(bound.gb_id, 0) < number and self._bindings.get(bound.gb_id):
            self._newest[bound.gb_id] = number
            self._bindings.listed(bound.gb_id, found)
            self._on_change()
        return found

    def packet(self, gb_id: str, document: Manscdp, body: bytes) -> None:
        """Take one packet of an answer; one that answers no query of ours is dropped."""
        number = int(document.sn) if document.sn.isascii() and document.sn.isdigit() else 0
        collection = self._collecting.get((gb_id, number))
        if collection is None or collection.whole.done():
            return
        digest = hashlib.sha256(body).digest()
        if digest in collection.seen:
            return
        collection.seen.add(digest)
        collection.items += len(document.items)
        collection.ids.update(
            found
            for item in document.items
            if _is_channel(found := item.get("DeviceID", ""), gb_id)
        )
        if document.total is not None:
            collection.total = document.total
        elif collection.total is None:
            # A recorder that leaves the sum out has sent everything in one packet.
            collection.total = collection.items
        if max(collection.total or 0, collection.items) > CATALOG_MAX:
            collection.whole.set_exception(CatalogFailed(f"more than {CATALOG_MAX} items"))
        elif collection.items >= (collection.total or 0):
            collection.whole.set_result(None)

    async def _ask(self, bound: Bound, number: int, timeout_s: float) -> None:
        own = f"<sip:{self._server_id}@{self._domain}>;tag={secrets.token_hex(4)}"
        host, port = bound.peer
        request = Request(
            method="MESSAGE",
            uri=f"sip:{bound.gb_id}@{host}:{port}",
            headers=(
                ("max-forwards", "70"),
                ("from", own),
                ("to", f"<sip:{bound.gb_id}@{self._domain}>"),
                ("call-id", secrets.token_hex(12)),
                ("cseq", "1 MESSAGE"),
                ("content-type", CONTENT_TYPE),
            ),
            body=catalog_query(bound.gb_id, number),
        )
        try:
            response = await self._calls.ask(
                (bound.local, self._port), bound.peer, request, timeout_s
            )
        except NoReply as error:
            raise CatalogFailed(f"the recorder does not answer: {error}") from None
        if response.status != 200:
            raise CatalogFailed(f"the recorder answered {response.status}")


def _is_channel(found: str, recorder: str) -> bool:
    return (
        found != recorder
        and len(found) == 20
        and found.isascii()
        and found.isdigit()
        and found[10:13] not in _GROUPINGS
    )
