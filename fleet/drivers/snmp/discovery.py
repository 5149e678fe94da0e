"""Who answers at an address, asked without any credential (RFC 3414, 4: engine id discovery).

It comes before every authenticated message, so that a swapped device never sees one. One datagram,
never repeated; the answer is a Report that carries the engine id.
"""

from __future__ import annotations

import asyncio
from secrets import randbelow

from fleet.drivers.reasons import Reasoned
from fleet.drivers.snmp.library import (
    HOSTILE_BER,
    SNMPv3Message,
    UsmSecurityParameters,
    decoder,
    encoder,
    rfc1905,
    univ,
    v2c,
)
from fleet.model.text import text

_USM = 3
_REPORTABLE = b"\x04"
_DATAGRAM_MAX = 65507
# RFC 3411, SnmpEngineID: 5 to 32 octets.
ENGINE_ID_OCTETS = range(5, 33)


class NoAgent(Exception):
    """The system says that nobody listens there."""


class OddAgent(Reasoned):
    """Who answers does not speak SNMPv3."""


def no_message(error: Exception) -> OddAgent:
    """What came is no SNMPv3 message; `error` is the decoder's."""
    name = type(error).__name__
    return OddAgent(text("no SNMPv3 message ({e})", "不是 SNMPv3 报文（{e}）", e=name))


class _Asker(asyncio.DatagramProtocol):
    def __init__(self, answer: asyncio.Future[bytes]) -> None:
        self._answer = answer

    def datagram_received(self, data: bytes, addr: tuple[str | object, int]) -> None:
        if not self._answer.done():
            self._answer.set_result(data)

    def error_received(self, exc: Exception) -> None:
        if not self._answer.done():
            self._answer.set_exception(NoAgent(getattr(exc, "strerror", None) or str(exc)))


async def discover(address: str, port: int) -> bytes:
    """Return the engine id of the agent at `address`; the caller bounds the time.

    Raises:
        NoAgent: the address or port cannot be reached.
        OddAgent: the answer is no Report of SNMPv3.
    """
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[bytes] = loop.create_future()
    number = randbelow(2**31 - 1) + 1
    try:
        transport, _ = await loop.create_datagram_endpoint(
            lambda: _Asker(answer), remote_addr=(address, port)
        )
    except OSError as error:
        raise NoAgent(error.strerror or "no way there") from None
    try:
        transport.sendto(_question(number))
        return engine_id_of(await answer, number)
    finally:
        transport.close()


def _question(number: int) -> bytes:
    parameters = UsmSecurityParameters()
    for position, value in enumerate((b"", 0, 0, b"", b"", b"")):
        parameters.setComponentByPosition(position, value)
    pdu = v2c.GetRequestPDU()
    v2c.apiPDU.set_defaults(pdu)
    message = SNMPv3Message()
    message.setComponentByPosition(0, 3)
    header = message.setComponentByPosition(1).getComponentByPosition(1)
    for position, value in enumerate((number, _DATAGRAM_MAX, _REPORTABLE, _USM)):
        header.setComponentByPosition(position, value)
    message.setComponentByPosition(2, univ.OctetString(encoder.encode(parameters)))
    scoped = (
        message.setComponentByPosition(3)
        .getComponentByPosition(3)
        .setComponentByName("plaintext")
        .getComponentByName("plaintext")
    )
    scoped.setComponentByPosition(0, b"")
    scoped.setComponentByPosition(1, b"")
    scoped.setComponentByPosition(2).getComponentByPosition(2).setComponentByType(
        pdu.tagSet, pdu, verifyConstraints=False, matchTags=False, matchConstraints=False
    )
    octets: bytes = encoder.encode(message)
    return octets


def engine_id_of(answer: bytes, number: int) -> bytes:
    """Take the engine id out of a Report that answers message `number`.

    Raises:
        OddAgent: it is none.
    """
    try:
        message, _ = decoder.decode(answer, asn1Spec=SNMPv3Message())
        parameters, _ = decoder.decode(
            bytes(message.getComponentByPosition(2)), asn1Spec=UsmSecurityParameters()
        )
        version = int(message.getComponentByPosition(0))
        answered = int(message.getComponentByPosition(1).getComponentByPosition(0))
        engine_id = bytes(parameters.getComponentByPosition(0))
        scoped = message.getComponentByPosition(3).getComponent()
        report = scoped.getComponentByPosition(2).getComponent()
        is_report = report.isSameTypeWith(rfc1905.ReportPDU())
    except HOSTILE_BER as error:
        raise no_message(error) from None
    if version != 3 or answered != number or not is_report:
        raise OddAgent(text("no Report that answers the discovery", "没有应答发现请求的 Report"))
    if len(engine_id) not in ENGINE_ID_OCTETS:
        raise OddAgent(text("an engine id of {n} octets", "引擎标识长 {n} 字节", n=len(engine_id)))
    return engine_id
