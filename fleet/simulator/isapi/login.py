"""Who may talk to a device: digest (or Basic under a fault), counted nonces, lock-out.

A right answer logs in and takes the count of wrong ones back; a wrong one is counted; what is no
login at all (no header, another scheme, an old nonce) is neither (RFC 7616, 3.3 and 3.4).
"""

from __future__ import annotations

import base64
import binascii
import hmac
import secrets
import time
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass

from fleet.protocols.digest import (
    Challenge,
    Credentials,
    DigestError,
    ha1,
    parse_authorization,
    verify,
)
from fleet.simulator.isapi.words import NAMESPACES, Answer, document
from fleet.simulator.lockout import TRIES, Lockout
from fleet.simulator.spec import DeviceSpec
from fleet.simulator.store import Store

USER_CHECK = "/ISAPI/Security/userCheck"
NONCE_S = 300.0
NONCES_MAX = 512


@dataclass(slots=True)
class _Nonce:
    """When a nonce was given out, and the highest count seen with it (0: none yet)."""

    born: float
    count: int = 0


class Login:
    """One device's door: says who may in, and keeps the counts."""

    def __init__(self, spec: DeviceSpec, store: Store, lockout: Lockout) -> None:
        self._spec = spec
        self._store = store
        self._lockout = lockout
        self._nonces: OrderedDict[str, _Nonce] = OrderedDict()

    def refuse(self, method: str, target: str, headers: Mapping[str, str]) -> Answer | None:
        """The 401 to a request that may not in; None for one that may."""
        header = headers.get("authorization", "")
        if "basic-only" in self._store.kept.faults:
            return self._refuse_basic(target, header)
        try:
            answer = parse_authorization(header)
        except DigestError:
            return self._unauthorised(target, tried=False)
        if self._lockout.locked_s:
            self._lockout.wrong()
            return self._unauthorised(target, tried=True)
        if not self._right(answer, method, target):
            self._lockout.wrong()
            return self._unauthorised(target, tried=True)
        if not self._fresh(answer):
            return self._unauthorised(target, tried=False, stale=True)
        self._lockout.right()
        return None

    def told(self, good: bool) -> str:
        """`userCheck`: how the login went and, where the firmware tells it, the tries left."""
        nodes = [
            ("statusValue", "200" if good else "401"),
            ("statusString", "OK" if good else "Unauthorized"),
            ("isDefaultPassword", "false"),
        ]
        if self._spec.personality == "a":
            nodes.append(("retryLoginTime", str(TRIES if good else self._lockout.left)))
        locked = 0 if good else round(self._lockout.locked_s + 0.5)
        nodes.append(("lockStatus", "lock" if locked else "unlock"))
        nodes.append(("unlockTime", str(locked)))
        body = "".join(f"<{name}>{value}</{name}>\n" for name, value in nodes)
        return (
            '<?xml version="1.0" encoding="UTF-8"?>\n'
            f'<userCheck version="2.0" xmlns="{NAMESPACES[self._spec.personality]}">\n'
            f"{body}</userCheck>\n"
        )

    def _right(self, answer: Credentials, method: str, target: str) -> bool:
        return (
            answer.username == self._spec.user
            and answer.realm == self._spec.realm
            and answer.uri == target
            and answer.algorithm.upper() == "MD5"
            and answer.qop == "auth"
            and verify(answer, self._store.kept.ha1, method)
        )

    def _fresh(self, answer: Credentials) -> bool:
        """Whether nonce and count are new; a login is counted at a nonce's first use."""
        nonce = self._nonces.get(answer.nonce)
        if nonce is None or time.monotonic() - nonce.born > NONCE_S or answer.nc <= nonce.count:
            return False
        if nonce.count == 0:
            self._store.count("logins")
        nonce.count = answer.nc
        return True

    def _refuse_basic(self, target: str, header: str) -> Answer | None:
        scheme, _, coded = header.partition(" ")
        if scheme.lower() != "basic":
            return self._unauthorised(target, tried=False)
        try:
            user, _, password = base64.b64decode(coded, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return self._unauthorised(target, tried=False)
        told = ha1(user, self._spec.realm, password)
        right = user == self._spec.user and hmac.compare_digest(told, self._store.kept.ha1)
        if self._lockout.locked_s or not right:
            self._lockout.wrong()
            return self._unauthorised(target, tried=True)
        self._lockout.right()
        self._store.count("logins")
        return None

    def _unauthorised(self, target: str, tried: bool, stale: bool = False) -> Answer:
        """A 401; personality a tells in it what is left, b only to one who tried while locked."""
        asked = target.partition("?")[0] == USER_CHECK
        tells = (
            tried or asked if self._spec.personality == "a" else tried and self._lockout.locked_s
        )
        answer = document(self.told(good=False), 401) if tells else Answer(401)
        return Answer(401, answer.body, answer.content_type, (self._challenge(stale),))

    def _challenge(self, stale: bool) -> tuple[str, str]:
        if "basic-only" in self._store.kept.faults:
            return ("WWW-Authenticate", f'Basic realm="{self._spec.realm}"')
        nonce = secrets.token_hex(16)
        self._nonces[nonce] = _Nonce(time.monotonic())
        while len(self._nonces) > NONCES_MAX:
            self._nonces.popitem(last=False)
        challenge = Challenge(realm=self._spec.realm, nonce=nonce, qop="auth", stale=stale)
        return ("WWW-Authenticate", challenge.header())
