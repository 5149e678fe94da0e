"""A pysnmp engine that decodes notifications and answers an inform only when it is told to.

pysnmp's own receiver answers an inform before anybody has heard of it: a kill in between loses what
its sender believes delivered. Its boots and engine id are ours (RFC 3414, 2.2: the receiver of
informs is authoritative), nothing is kept in the temp folder.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, Literal

from pyasn1.error import PyAsn1Error  # type: ignore[import-untyped]  # no types upstream
from pysnmp.carrier.asyncio.dgram import udp  # type: ignore[import-untyped]  # no types upstream
from pysnmp.entity import config  # type: ignore[import-untyped]  # no types upstream
from pysnmp.entity.engine import SnmpEngine  # type: ignore[import-untyped]  # no types upstream
from pysnmp.error import PySnmpError  # type: ignore[import-untyped]  # no types upstream
from pysnmp.proto import error as proto_error  # type: ignore[import-untyped]  # no types upstream
from pysnmp.proto import rfc1902
from pysnmp.proto.api import v2c  # type: ignore[import-untyped]  # no types upstream

from fleet.adapters.traps_skim import V3, Waiting
from fleet.ports.health_store import Trap

_SNMP_TRAP_OID = "1.3.6.1.6.3.1.1.4.1.0"
_BINDINGS_MAX = 64
_VALUE_MAX = 200
_TICK_S = 1.0
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")
# What decoding hostile BER was seen to raise beside the libraries' own errors.
_HOSTILE = (
    PyAsn1Error,
    PySnmpError,
    ValueError,
    IndexError,
    KeyError,
    TypeError,
    AttributeError,
    OverflowError,
    RecursionError,
)
_REASONS: Mapping[str, tuple[str, str]] = {
    "usmStatsUnknownEngineIDs": ("__SNMP-USER-BASED-SM-MIB", "unknown_engine"),
    "usmStatsUnknownUserNames": ("__SNMP-USER-BASED-SM-MIB", "unknown_user"),
    "usmStatsUnsupportedSecLevels": ("__SNMP-USER-BASED-SM-MIB", "unsupported_level"),
    "usmStatsWrongDigests": ("__SNMP-USER-BASED-SM-MIB", "wrong_key"),
    "usmStatsDecryptionErrors": ("__SNMP-USER-BASED-SM-MIB", "wrong_key"),
    "usmStatsNotInTimeWindows": ("__SNMP-USER-BASED-SM-MIB", "outside_time_window"),
    "snmpInBadCommunityNames": ("__SNMPv2-MIB", "unknown_community"),
    "snmpInASNParseErrs": ("__SNMPv2-MIB", "malformed"),
    "snmpInBadVersions": ("__SNMPv2-MIB", "malformed"),
    "snmpUnknownPDUHandlers": ("__SNMP-MPD-MIB", "no_notification"),
}
# The unauthenticated question for our engine id precedes every first inform (RFC 3414, 4).
_DISCOVERY = "discovery"


@dataclass(frozen=True)
class TrapUser:
    """A v3 user on one engine, with localized keys (RFC 7860, RFC 3826); shows none of them.

    A trap is authenticated with keys on its sender's engine, an inform with keys on ours.
    """

    user: str
    engine_id: str
    auth: bytes = field(repr=False)
    priv: bytes = field(repr=False)


@dataclass(frozen=True)
class Heard:
    """A decoded notification; `answer` sends the response of an inform, nothing for a trap."""

    trap: Trap
    answer: Callable[[], None]


Send = Callable[[bytes, int, tuple[str, int]], None]


class _Wire:
    """Stands where the library wants its dispatcher."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self.receive: Callable[..., None] | None = None
        self.tick: Callable[[float], None] | None = None

    def register_recv_callback(self, callback: Callable[..., None], _recv_id: object) -> None:
        """Take the engine's entry."""
        self.receive = callback

    def register_timer_callback(self, callback: Callable[[float], None]) -> None:
        """Take the engine's clock."""
        self.tick = callback

    def send_message(self, message: bytes, domain: Sequence[int], address: Sequence[Any]) -> None:
        """Send from the socket the request came to: its number is the domain's last part."""
        self._send(message, domain[-1], (str(address[0]), int(address[1])))

    def get_timer_resolution(self) -> float:
        """Seconds in one tick."""
        return _TICK_S

    def get_timer_ticks(self) -> float:
        """Ticks so far."""
        return time.time() / _TICK_S


class TrapEngine:
    """Decodes notifications one by one; `send` is given bytes, socket number and address."""

    def __init__(
        self,
        engine_id: str,
        boots: int,
        users: Sequence[TrapUser],
        community: str | None,
        send: Send,
    ) -> None:
        self._wire = _Wire(send)
        self._engine = SnmpEngine()
        octets = rfc1902.OctetString(hexValue=engine_id)
        own, started = self._symbols("__SNMP-FRAMEWORK-MIB", "snmpEngineID", "snmpEngineBoots")
        own.syntax = own.syntax.clone(octets)
        started.syntax = started.syntax.clone(boots)
        self._engine.snmpEngineID = own.syntax
        self._engine.register_transport_dispatcher(self._wire)
        self._engine.message_dispatcher.register_context_engine_id(
            b"", (v2c.SNMPv2TrapPDU.tagSet, v2c.InformRequestPDU.tagSet), self._process
        )
        self._own = engine_id.lower()
        self._engines = {self._own, *(user.engine_id.lower() for user in users)}
        for user in users:
            self._add(user)
        if community is not None:
            config.add_v1_system(self._engine, "notifications", community)
        self._counters = [
            (reason, self._symbols(module, name)[0]) for name, (module, reason) in _REASONS.items()
        ]
        self._before = self._counts()
        self._now: Waiting | None = None
        self._heard: list[Heard] = []
        self._ticked = time.monotonic()

    def feed(self, item: Waiting) -> Heard | str:
        """Decode one datagram: a notification, or why there is none."""
        self._pass_time()
        self._now, self._heard = item, []
        domain = (*udp.DOMAIN_NAME, item.place)
        try:
            if self._wire.receive is not None:
                address = udp.UdpTransportAddress(item.source)
                self._wire.receive(self._wire, domain, address, item.datagram)
        except _HOSTILE:
            return "malformed"
        counts, self._before = self._before, self._counts()
        if self._heard:
            return self._heard[0]
        grown = [
            reason
            for (reason, _), old, new in zip(self._counters, counts, self._before, strict=True)
            if new > old
        ]
        if item.seen.version == V3 and not item.seen.who:
            return _DISCOVERY
        reason = grown[0] if grown else "no_notification"
        if reason == "unknown_user" and item.seen.who.hex() not in self._engines:
            # The library looks for the user on that engine and does not tell that it has no such.
            return "unknown_engine"
        return reason

    def _add(self, user: TrapUser) -> None:
        config.add_v3_user(
            self._engine,
            user.user,
            config.USM_AUTH_HMAC192_SHA256,
            rfc1902.OctetString(user.auth),
            config.USM_PRIV_CFB128_AES,
            rfc1902.OctetString(user.priv),
            securityEngineId=rfc1902.OctetString(hexValue=user.engine_id or self._own),
            authKeyType=config.USM_KEY_TYPE_LOCALIZED,
            privKeyType=config.USM_KEY_TYPE_LOCALIZED,
        )

    def _symbols(self, module: str, *names: str) -> tuple[Any, ...]:
        return tuple(self._engine.get_mib_builder().import_symbols(module, *names))

    def _counts(self) -> list[int]:
        return [int(counter.syntax) for _, counter in self._counters]

    def _pass_time(self) -> None:
        now = time.monotonic()
        if self._wire.tick is not None and now - self._ticked >= _TICK_S:
            self._ticked = now
            self._wire.tick(time.time())

    def _process(self, *arguments: Any) -> None:
        """The library's entry; positions as in NotificationReceiver.process_pdu."""
        (_, model, security, name, level, engine_id, context, version, pdu, size, reference) = (
            arguments
        )
        item = self._now
        if item is None:
            return
        inform = pdu.tagSet == v2c.InformRequestPDU.tagSet
        trap = _trap(item, pdu, "inform" if inform else "trap", str(name) if model == V3 else "")

        def answer() -> None:
            if not inform:
                return
            told = v2c.apiPDU.get_response(pdu)
            v2c.apiPDU.set_error_status(told, 0)
            v2c.apiPDU.set_error_index(told, 0)
            v2c.apiPDU.set_varbinds(told, v2c.apiPDU.get_varbinds(pdu))
            try:
                self._engine.message_dispatcher.return_response_pdu(
                    self._engine, model, security, name, level, engine_id, context, version,
                    told, size, reference, {},
                )  # fmt: skip
            except proto_error.StatusInformation:
                # The answer does not fit or its request is too old: the sender will repeat it.
                return

        self._heard.append(Heard(trap, answer))


def _trap(item: Waiting, pdu: Any, kind: Literal["trap", "inform"], user: str) -> Trap:  # noqa: ANN401 - a value of theirs
    bindings = [(str(o), v) for o, v in v2c.apiPDU.get_varbinds(pdu)][:_BINDINGS_MAX]
    values = {oid: _shown(value) for oid, value in bindings}
    v3 = item.seen.version == V3
    engine_id = item.seen.who.hex() if v3 and kind == "trap" else ""
    # The library puts a number of its own into a v2c inform that it has received.
    number = item.seen.number if not v3 else int(v2c.apiPDU.get_request_id(pdu))
    parts = [engine_id or item.source[0], user, kind, str(number), repr(sorted(values.items()))]
    return Trap(
        key=sha256("\n".join(parts).encode()).hexdigest()[:32],
        at=item.at,
        source=item.source[0],
        version="v3" if v3 else "v2c",
        kind=kind,
        oid=values.get(_SNMP_TRAP_OID, ""),
        user=user,
        engine_id=engine_id,
        values=values,
    )


def _shown(value: Any) -> str:  # noqa: ANN401 - a value of theirs
    return _CONTROL.sub("\ufffd", value.prettyPrint())[:_VALUE_MAX]
