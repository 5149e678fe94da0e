"""A small upper platform, as the police's: registrations with digest, keepalives (9.1, 9.6)."""

from __future__ import annotations

import secrets
import time
from collections import OrderedDict
from dataclasses import dataclass

from fleet.protocols.digest import Challenge, Credentials, DigestError, parse_authorization, verify
from fleet.protocols.sip import Request, Response, SipError, uri_of
from fleet.simulator.errors import SimError
from fleet.simulator.sip.endpoint import Peer, SipEndpoint, answered, ok
from fleet.simulator.spec import DeviceSpec
from fleet.simulator.store import Kept, Store
from fleet.simulator.values import Value

_NONCE_S = 60.0
_NONCES_MAX = 1024
_EXPIRES_MAX_S = 604_800


def factory() -> Kept:
    """A platform that nobody has registered at."""
    return Kept()


@dataclass(slots=True)
class _Binding:
    """A registered recorder: where it is, and until when (monotonic seconds)."""

    peer: Peer
    until: float


class UpperDevice:
    """The platform at one address; `spec.accounts` maps ids to HA1 in the realm `spec.domain`."""

    def __init__(self, spec: DeviceSpec, store: Store) -> None:
        self.spec = spec
        self.store = store
        self._endpoint = SipEndpoint(self._asked)
        self._nonces: OrderedDict[str, float] = OrderedDict()
        self._bindings: dict[str, _Binding] = {}

    async def start(self) -> None:
        """Listen.

        Raises:
            OSError: the address is taken.
        """
        await self._endpoint.start(self.spec.address, self.spec.port)

    async def stop(self) -> None:
        """Stop listening; bindings are forgotten."""
        await self._endpoint.stop()

    def values(self) -> dict[str, Value]:
        """Who is registered now."""
        now = time.monotonic()
        return {"registered": sorted(i for i, b in self._bindings.items() if b.until > now)}

    async def tamper(self, field: str, words: str) -> None:
        """A platform has no fields: SimError."""
        raise SimError("unknown-field", device=self.spec.id, field=field, known=[])

    async def set_fault(self, fault: str, value: str) -> None:
        """A platform has no faults: SimError."""
        raise SimError("fault-not-here", device=self.spec.id, fault=fault)

    def _asked(self, request: Request, peer: Peer) -> Response:
        if request.method == "REGISTER":
            return self._register(request, peer)
        if request.method == "MESSAGE":
            binding = self._bindings.get(uri_of(request.need("from")).user)
            if binding is None or binding.until <= time.monotonic():
                return answered(request, peer, 403, "Forbidden")
            binding.peer = peer
            return ok(request, peer)
        return answered(request, peer, 405, "Method Not Allowed")

    def _register(self, request: Request, peer: Peer) -> Response:
        header = request.get("authorization")
        if header is None:
            self.store.count("sessions")
            return self._challenge(request, peer)
        try:
            answer = parse_authorization(header)
        except DigestError:
            return answered(request, peer, 400, "Bad Request")
        if not self._right(answer, request):
            self.store.count("failed_logins")
            return answered(request, peer, 403, "Forbidden")
        if time.monotonic() - self._nonces.get(answer.nonce, 0.0) > _NONCE_S:
            return self._challenge(request, peer, stale=True)
        told = request.get("expires") or "3600"
        if not (told.isascii() and told.isdigit()) or len(told) > 9:
            raise SipError("Expires is no number")
        expires = min(int(told), _EXPIRES_MAX_S)
        if expires:
            self._bindings[answer.username] = _Binding(peer, time.monotonic() + expires)
        else:
            self._bindings.pop(answer.username, None)
        self.store.count("logins")
        date = time.strftime("%Y-%m-%dT%H:%M:%S", time.localtime())
        return ok(request, peer, (("date", date), ("expires", str(expires))))

    def _right(self, answer: Credentials, request: Request) -> bool:
        """Whether a known recorder answers for itself, in our realm, with its password."""
        secret = self.spec.accounts.get(answer.username)
        return (
            secret is not None
            and answer.realm == self.spec.domain
            and answer.algorithm.upper() == "MD5"
            and answer.username == uri_of(request.need("to")).user
            and verify(answer, secret, "REGISTER")
        )

    def _challenge(self, request: Request, peer: Peer, stale: bool = False) -> Response:
        nonce = secrets.token_hex(16)
        self._nonces[nonce] = time.monotonic()
        while len(self._nonces) > _NONCES_MAX:
            self._nonces.popitem(last=False)
        challenge = Challenge(realm=self.spec.domain, nonce=nonce, qop="auth", stale=stale)
        header = ("www-authenticate", challenge.header())
        return answered(request, peer, 401, "Unauthorized", (header,))
