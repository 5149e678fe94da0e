"""One SNMPv3 conversation through pysnmp, in which nothing that may be applied is sent twice.

pysnmp repeats a SET five times unless told otherwise; here its retries are 0, and its own repeat
after a time-window report (the agent applied nothing, RFC 3414 3.2.7) happens at most as often as
`resyncs` says. A request that is given up takes its engine down with it, or a late report would
make the library send it again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from fleet.drivers.snmp.discovery import NoAgent, OddAgent, no_message
from fleet.drivers.snmp.library import (
    HOSTILE_BER,
    Foreign,
    PyAsn1Error,
    PySnmpError,
    SnmpEngine,
    SNMPv3Message,
    cmdgen,
    config,
    decoder,
    errind,
    rfc1902,
    rfc1905,
    udp,
    univ,
    v2c,
)
from fleet.drivers.snmp.maps import Oid
from fleet.drivers.snmp.syntax import Raw
from fleet.drivers.snmp.usm import UsmKeys
from fleet.model.text import text

_NAME = "device"
# The first request learns engine id and clock; a later one only the clock, if the agent rebooted.
_RESYNCS_FIRST = 2
_RESYNCS_LATER = 1
_LOGIN_ERRORS = (
    errind.UnknownUserName,
    errind.WrongDigest,
    errind.UnknownSecurityName,
    errind.DecryptionError,
    errind.AuthenticationFailure,
    errind.AuthenticationError,
)


class Refused(Exception):
    """The agent does not know the user, or the digest or encryption is wrong."""


class NoAuthPriv(Exception):
    """The agent does not take authPriv from this user."""


class Silent(Exception):
    """No answer in time, by the library's own clock."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A response PDU: `status` and `index` as in RFC 3416 3; a value None is noSuchObject."""

    status: int
    index: int
    bindings: tuple[tuple[Oid, Raw | Oid | None], ...]


class Agent:
    """One agent and one user; close it, always."""

    def __init__(self, address: str, port: int, user: str, keys: UsmKeys, engine_id: bytes) -> None:
        self._where = (address, port)
        self._user = user
        self._keys = keys
        self._engine_id = engine_id
        self._engine: SnmpEngine | None = None
        self._transport: _Transport | None = None

    async def get(self, oids: Sequence[Oid]) -> Answer:
        """GET all in one PDU. Raises as `_ask`."""
        return await self._ask(cmdgen.GetCommandGenerator, [(oid, v2c.null) for oid in oids])

    async def set(self, values: Sequence[tuple[Oid, Raw]]) -> Answer:
        """SET all in one PDU, once. Raises as `_ask`."""
        return await self._ask(
            cmdgen.SetCommandGenerator, [(oid, _object(value)) for oid, value in values]
        )

    async def close(self) -> None:
        """Leave no task, no socket and no pending request behind."""
        engine, self._engine, self._transport = self._engine, None, None
        if engine is None:
            return
        dispatcher = engine.transport_dispatcher
        ticking = dispatcher.loopingcall
        engine.close_dispatcher()
        if ticking is not None:
            await asyncio.gather(ticking, return_exceptions=True)

    async def _ask(self, generator: type[Foreign], bindings: list[tuple[Oid, Foreign]]) -> Answer:
        """Send one request and wait; the caller bounds the time.

        Raises:
            Refused, NoAuthPriv, Silent: as the classes say.
            NoAgent: the port is closed.
            OddAgent: the answer does not fit.
        """
        first = self._engine is None
        engine, transport = await self._opened()
        resyncs = _RESYNCS_FIRST if first else _RESYNCS_LATER
        done: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        transport.waiting = done
        oids = [oid for oid, _ in bindings]

        def answered(
            _engine: object,
            _handle: object,
            indication: Foreign,
            status: Foreign,
            index: Foreign,
            found: Foreign,
            _context: object,
        ) -> None:
            if done.done():
                return
            try:
                done.set_result(_answer(indication, status, index, found, oids))
            except (Refused, NoAuthPriv, Silent, OddAgent) as error:
                done.set_exception(error)

        try:
            generator(discoveryRetries=resyncs).send_varbinds(
                engine, _NAME, None, "", bindings, answered
            )
            return await done
        except (PySnmpError, PyAsn1Error) as error:
            raise _library(type(error).__name__) from None
        finally:
            # Not answered, also by the caller's deadline: what comes late must find nobody.
            if not done.done() or done.cancelled() or done.exception() is not None:
                await self.close()

    async def _opened(self) -> tuple[SnmpEngine, _Transport]:
        if self._engine is None or self._transport is None:
            loop = asyncio.get_running_loop()
            transport = _Transport(loop=loop)
            try:
                await loop.create_datagram_endpoint(lambda: transport, remote_addr=self._where)
            except OSError as error:
                raise NoAgent(error.strerror or "no way there") from None
            self._engine, self._transport = self._configured(transport), transport
        return self._engine, self._transport

    def _configured(self, transport: _Transport) -> SnmpEngine:
        engine = SnmpEngine()
        config.add_v3_user(
            engine,
            self._user,
            authProtocol=config.USM_AUTH_HMAC192_SHA256,
            authKey=self._keys.auth,
            privProtocol=config.USM_PRIV_CFB128_AES,
            privKey=self._keys.priv,
            securityEngineId=rfc1902.OctetString(self._engine_id),
            authKeyType=config.USM_KEY_TYPE_LOCALIZED,
            privKeyType=config.USM_KEY_TYPE_LOCALIZED,
        )
        config.add_target_parameters(engine, _NAME, self._user, "authPriv")
        config.add_transport(engine, udp.DOMAIN_NAME, transport)
        config.add_target_address(
            engine,
            _NAME,
            udp.DOMAIN_NAME,
            self._where,
            _NAME,
            timeout=_TIMEOUT_CS,
            retryCount=0,
        )
        return engine


# The library's own timeout in hundredths of a second: never before the caller's deadline.
_TIMEOUT_CS = 100 * 3600


class _Transport(udp.UdpAsyncioTransport):  # type: ignore[misc]  # a base without types
    """A connected socket that tells closed ports and nonsense, instead of staying silent."""

    waiting: asyncio.Future[Answer] | None = None

    def datagram_received(self, datagram: bytes, transportAddress: Foreign) -> None:
        if self._callback_function is None:
            return
        try:
            # The library drops in silence what is no message; the caller need not wait for that.
            decoder.decode(datagram, asn1Spec=SNMPv3Message())
            self._callback_function(self, transportAddress, datagram)
        except HOSTILE_BER as error:
            self._fail(no_message(error))
        except PySnmpError as error:
            self._fail(_library(type(error).__name__))

    def error_received(self, exc: Exception) -> None:
        self._fail(NoAgent(getattr(exc, "strerror", None) or str(exc)))

    def _fail(self, error: Exception) -> None:
        if self.waiting is not None and not self.waiting.done():
            self.waiting.set_exception(error)


def _answer(
    indication: Foreign, status: Foreign, index: Foreign, found: Foreign, oids: list[Oid]
) -> Answer:
    if isinstance(indication, _LOGIN_ERRORS):
        raise Refused(str(indication))
    if isinstance(indication, errind.UnsupportedSecurityLevel):
        raise NoAuthPriv
    if isinstance(indication, errind.RequestTimedOut):
        raise Silent
    if indication:
        raise _library(str(indication))
    names = [tuple(name) for name, _ in found]
    if names != oids and int(status) == 0:
        raise OddAgent(text("the answer is about other objects", "应答的对象不是所问的对象"))
    return Answer(
        int(status), int(index), tuple((tuple(name), _plain(value)) for name, value in found)
    )


def _library(words: str) -> OddAgent:
    return OddAgent(text("it breaks SNMPv3 ({w})", "不符合 SNMPv3（{w}）", w=words))


def _plain(value: Foreign) -> Raw | Oid | None:
    if value.isSameTypeWith(rfc1905.noSuchObject) or value.isSameTypeWith(rfc1905.noSuchInstance):
        return None
    if isinstance(value, univ.ObjectIdentifier):
        return tuple(value)
    if isinstance(value, rfc1902.OctetString):
        return bytes(value)
    if isinstance(value, (rfc1902.Integer32, rfc1902.Unsigned32)):
        return int(value)
    raise OddAgent(text("an object of type {t}", "对象类型为 {t}", t=type(value).__name__))


def _object(value: Raw) -> Foreign:
    return rfc1902.OctetString(value) if isinstance(value, bytes) else rfc1902.Integer32(value)
