"""A pysnmp engine with a socket of its own and none of the library's habits.

Its engine id, boots and keys are ours: nothing is kept in the temp folder, no timer runs while
nobody asks, and an answer may be given later than its request.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import cast

from fleet.simulator.snmp.library import (
    Foreign,
    SnmpEngine,
    config,
    proto_error,
    rfc1902,
    rfc1905,
    udp,
    v2c,
)
from fleet.simulator.spec import SnmpKeys

AUTH_PRIV = 3
_TICK_S = 1.0
_PDU_TYPES = (
    rfc1905.GetRequestPDU.tagSet,
    rfc1905.GetNextRequestPDU.tagSet,
    rfc1905.GetBulkRequestPDU.tagSet,
    rfc1905.SetRequestPDU.tagSet,
)


@dataclass(frozen=True, slots=True)
class Reply:
    """What an agent answers: variables by OID, or an error and the culprit's number (from 1)."""

    binds: list[tuple[Foreign, Foreign]]
    status: int = 0
    index: int = 0


@dataclass(frozen=True, slots=True)
class Asked:
    """A request: `kind` is get, next, bulk or set; `peer` is its sender; `level` 3 is authPriv."""

    kind: str
    binds: list[tuple[Foreign, Foreign]]
    peer: tuple[str, int]
    level: int
    repeat: int = 0
    once: int = 0


# None: no answer at all.
Responder = Callable[[Asked], Awaitable[Reply | None]]


class _Wire(asyncio.DatagramProtocol):
    """Stands where the library wants its dispatcher: hands datagrams in, sends them out."""

    def __init__(self) -> None:
        self.transport: asyncio.DatagramTransport | None = None
        self._receive: Callable[..., None] | None = None
        self._tick: Callable[[float], None] | None = None
        self._ticked = time.time()
        self.closed = asyncio.Event()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Remember the socket."""
        self.transport = cast("asyncio.DatagramTransport", transport)

    def connection_lost(self, exc: Exception | None) -> None:
        """The socket is closed, and its address free, only now."""
        self.closed.set()

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        """Hand a datagram to the engine; whatever it cannot read is dropped, as RFC 3412 says."""
        now = time.time()
        if self._tick is not None and now - self._ticked >= _TICK_S:
            self._ticked = now
            self._tick(now)
        if self._receive is not None:
            self._receive(self, udp.DOMAIN_NAME, udp.UdpTransportAddress(addr), data)

    def register_recv_callback(self, callback: Callable[..., None], _recv_id: object) -> None:
        """Take the engine's entry."""
        self._receive = callback

    def register_timer_callback(self, callback: Callable[[float], None]) -> None:
        """Take the engine's clock, which is moved on by what arrives."""
        self._tick = callback

    def send_message(self, message: bytes, _domain: object, address: tuple[str, int]) -> None:
        """Send one datagram."""
        if self.transport is not None:
            self.transport.sendto(message, tuple(address))

    def get_timer_resolution(self) -> float:
        """Seconds in one tick."""
        return _TICK_S

    def get_timer_ticks(self) -> float:
        """Ticks so far."""
        return time.time() / _TICK_S


class AgentEngine:
    """One SNMPv3 agent: one engine, one user, one socket."""

    def __init__(self, keys: SnmpKeys, boots: int, responder: Responder) -> None:
        self._responder = responder
        self._wire = _Wire()
        self._waiting: set[asyncio.Task[None]] = set()
        self._engine = SnmpEngine()
        octets = rfc1902.OctetString(hexValue=keys.engine_id)
        own, started = self._symbols("__SNMP-FRAMEWORK-MIB", "snmpEngineID", "snmpEngineBoots")
        own.syntax = own.syntax.clone(octets)
        started.syntax = started.syntax.clone(boots)
        self._engine.snmpEngineID = own.syntax
        self._engine.register_transport_dispatcher(self._wire)
        self._engine.message_dispatcher.register_context_engine_id(
            own.syntax, _PDU_TYPES, self._process
        )

    def add_user(self, user: str, keys: SnmpKeys) -> None:
        """Let a user in, HMAC-192-SHA-256 (RFC 7860) and AES-128 (RFC 3826), by localized keys."""
        config.add_v3_user(
            self._engine,
            user,
            config.USM_AUTH_HMAC192_SHA256,
            rfc1902.OctetString(hexValue=keys.auth),
            config.USM_PRIV_CFB128_AES,
            rfc1902.OctetString(hexValue=keys.priv[:32]),
            authKeyType=config.USM_KEY_TYPE_LOCALIZED,
            privKeyType=config.USM_KEY_TYPE_LOCALIZED,
        )

    async def start(self, address: str, port: int) -> int:
        """Bind the socket and return its port (0 takes a free one).

        Raises:
            OSError: the address is taken.
        """
        transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(
            lambda: self._wire, local_addr=(address, port)
        )
        return int(transport.get_extra_info("sockname")[1])

    async def stop(self) -> None:
        """Close the socket; requests that were waiting are dropped."""
        for task in self._waiting:
            task.cancel()
        await asyncio.gather(*self._waiting, return_exceptions=True)
        if self._wire.transport is not None:
            self._wire.transport.close()
            await self._wire.closed.wait()

    def refusals(self) -> int:
        """How many messages had an unknown user or a wrong digest (usmStats, RFC 3414, 5)."""
        counters = self._symbols(
            "__SNMP-USER-BASED-SM-MIB", "usmStatsUnknownUserNames", "usmStatsWrongDigests"
        )
        return sum(int(counter.syntax) for counter in counters)

    def _symbols(self, module: str, *names: str) -> tuple[Foreign, ...]:
        return tuple(self._engine.get_mib_builder().import_symbols(module, *names))

    def _process(self, *arguments: Foreign) -> None:
        """The library's entry for a request; positions as in CommandResponderBase.process_pdu."""
        (_, model, security, name, level, engine_id, context, version, pdu, size, reference) = (
            arguments
        )
        seen = self._engine.observer.get_execution_context("rfc3412.receiveMessage:request")
        asked = _asked(pdu, tuple(seen["transportAddress"]), int(level))

        async def answer() -> None:
            reply = await self._responder(asked)
            if reply is None:
                return
            told = v2c.apiPDU.get_response(pdu)
            v2c.apiPDU.set_error_status(told, reply.status)
            v2c.apiPDU.set_error_index(told, reply.index)
            v2c.apiPDU.set_varbinds(told, reply.binds)
            try:
                self._engine.message_dispatcher.return_response_pdu(
                    self._engine, model, security, name, level, engine_id, context, version,
                    told, size, reference, {},
                )  # fmt: skip
            except proto_error.StatusInformation:
                # The answer does not fit or its request is too old: RFC 3413, 3.2 drops it.
                return

        task = asyncio.get_running_loop().create_task(answer())
        self._waiting.add(task)
        task.add_done_callback(self._waiting.discard)


def _asked(pdu: Foreign, peer: tuple[str, int], level: int) -> Asked:
    kinds = dict(zip(_PDU_TYPES, ("get", "next", "bulk", "set"), strict=True))
    kind = kinds[pdu.tagSet]
    if kind == "bulk":
        binds = v2c.apiBulkPDU.get_varbinds(pdu)
        once = int(v2c.apiBulkPDU.get_non_repeaters(pdu))
        repeat = int(v2c.apiBulkPDU.get_max_repetitions(pdu))
        return Asked(kind, list(binds), peer, level, max(0, repeat), max(0, once))
    return Asked(kind, list(v2c.apiPDU.get_varbinds(pdu)), peer, level)
