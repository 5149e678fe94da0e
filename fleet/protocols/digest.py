"""Digest access authentication for HTTP and SIP (RFC 7616, RFC 2617, RFC 8760), without I/O.

Both ends: read a challenge and answer it; make a challenge and verify the answer from HA1, so that
a server keeps no password. MD5 and SHA-256; qop "auth" with a counted nonce, and the older form
without qop that SIP devices in the field still use. The `-sess` algorithms and "auth-int" are not
answered: a challenge that offers nothing else is left out, never answered wrongly.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field

from fleet.protocols.authparams import AuthSyntaxError, Scheme, parse_list, quote
from fleet.protocols.errors import ProtocolError

ALGORITHMS = ("MD5", "SHA-256")
_NC = re.compile(r"[0-9a-fA-F]{8}\Z")
_HEX = re.compile(r"[0-9a-fA-F]+\Z")


class DigestError(ProtocolError):
    """A digest header cannot be understood, or cannot be built; nothing secret is in the text."""


@dataclass(frozen=True, slots=True)
class Challenge:
    """One digest challenge (RFC 7616, 3.3); `qop` is "auth", or None: the legacy form."""

    realm: str
    nonce: str
    algorithm: str = "MD5"
    qop: str | None = None
    opaque: str | None = None
    stale: bool = False

    def header(self) -> str:
        """The value of WWW-Authenticate.

        Raises:
            DigestError: a value holds control characters.
        """
        parts = [f"realm={_quoted(self.realm)}", f"nonce={_quoted(self.nonce)}"]
        if self.opaque is not None:
            parts.append(f"opaque={_quoted(self.opaque)}")
        if self.stale:
            parts.append("stale=true")
        parts.append(f"algorithm={self.algorithm}")
        if self.qop is not None:
            parts.append(f"qop={_quoted(self.qop)}")
        return "Digest " + ", ".join(parts)


@dataclass(frozen=True, slots=True)
class Credentials:
    """The credentials of one request (RFC 7616, 3.4); `nc` 0 where there is no qop."""

    username: str
    realm: str
    nonce: str
    uri: str
    response: str = field(repr=False)
    algorithm: str = "MD5"
    qop: str | None = None
    nc: int = 0
    cnonce: str | None = None
    opaque: str | None = None

    def header(self) -> str:
        """The value of Authorization.

        Raises:
            DigestError: a value holds control characters.
        """
        parts = [
            f"username={_quoted(self.username)}",
            f"realm={_quoted(self.realm)}",
            f"nonce={_quoted(self.nonce)}",
            f"uri={_quoted(self.uri)}",
            f"response={_quoted(self.response)}",
            f"algorithm={self.algorithm}",
        ]
        if self.opaque is not None:
            parts.append(f"opaque={_quoted(self.opaque)}")
        if self.qop is not None:
            parts += [
                f"qop={self.qop}",
                f"nc={self.nc:08x}",
                f"cnonce={_quoted(self.cnonce or '')}",
            ]
        return "Digest " + ", ".join(parts)


def schemes(values: Iterable[str]) -> list[str]:
    """The schemes that WWW-Authenticate values offer, in lower case and in their order.

    Raises:
        DigestError: bad grammar.
    """
    return [scheme.name for value in values for scheme in _parse(value)]


def odd_digests(values: Iterable[str]) -> list[str]:
    """What makes each digest challenge one that we cannot answer, like `algorithm MD5-sess`.

    Raises:
        DigestError: bad grammar.
    """
    found = []
    for value in values:
        for scheme in _parse(value):
            if scheme.name != "digest":
                continue
            algorithm, qop = scheme.params.get("algorithm"), scheme.params.get("qop")
            if _algorithm(algorithm) is None:
                found.append(f"algorithm {algorithm}")
            elif qop is not None:
                found.append(f"qop {qop}")
    return found


def parse_challenges(values: Iterable[str]) -> tuple[Challenge, ...]:
    """Read the WWW-Authenticate values of one answer: the digest challenges we can answer.

    In the server's order, which is its preference (RFC 7616, 3.7); other schemes, algorithms and
    qop values are left out, so an empty result means that the server wants something else.

    Raises:
        DigestError: bad grammar, or a digest challenge without realm or nonce.
    """
    found = (
        _challenge(scheme)
        for value in values
        for scheme in _parse(value)
        if scheme.name == "digest"
    )
    return tuple(challenge for challenge in found if challenge is not None)


def parse_authorization(value: str) -> Credentials:
    """Read one Authorization value.

    Raises:
        DigestError: another scheme, bad grammar, or a part that digest needs is missing or odd.
    """
    found = _parse(value)
    if len(found) != 1 or found[0].name != "digest":
        raise DigestError("not one digest answer")
    params = found[0].params
    missing = [n for n in ("username", "realm", "nonce", "uri", "response") if n not in params]
    if missing:
        raise DigestError(f"digest answer without {', '.join(missing)}")
    algorithm = _algorithm(params.get("algorithm"))
    if algorithm is None:
        raise DigestError("digest answer in an algorithm that was not offered")
    if not _HEX.match(params["response"]):
        raise DigestError("the response is not hexadecimal")
    qop, nc = params.get("qop"), 0
    if qop is not None:
        if qop.lower() != "auth":
            raise DigestError("digest answer with a qop that was not offered")
        if not _NC.match(params.get("nc", "")) or not params.get("cnonce"):
            raise DigestError("qop without a nonce count of 8 hex digits and a cnonce")
        qop, nc = "auth", int(params["nc"], 16)
    return Credentials(
        username=params["username"],
        realm=params["realm"],
        nonce=params["nonce"],
        uri=params["uri"],
        response=params["response"].lower(),
        algorithm=algorithm,
        qop=qop,
        nc=nc,
        cnonce=params.get("cnonce"),
        opaque=params.get("opaque"),
    )


def ha1(username: str, realm: str, password: str, algorithm: str = "MD5") -> str:
    """H(username:realm:password) in lower-case hex: what a server keeps (RFC 7616, 3.4.2).

    Raises:
        DigestError: an algorithm outside `ALGORITHMS`, or a colon in the user name.
    """
    if ":" in username:
        raise DigestError("a user name in digest cannot hold a colon")
    return _hash(algorithm, f"{username}:{realm}:{password}")


def authorization_ha1(
    challenge: Challenge,
    *,
    username: str,
    secret: str,
    method: str,
    uri: str,
    nc: int = 1,
    cnonce: str | None = None,
) -> str:
    """The value of Authorization from HA1 (`secret`, in the challenge's realm and algorithm).

    `nc` counts the requests under this nonce from 1; `cnonce` None takes a random one.

    Raises:
        DigestError: a value cannot stand in a header, unknown algorithm, or `nc` outside
            1 … 0xffffffff.
    """
    qop = challenge.qop
    if qop is not None and not 1 <= nc <= 0xFFFFFFFF:
        raise DigestError("the nonce count runs from 1 to ffffffff")
    cnonce = (cnonce or secrets.token_hex(8)) if qop else None
    response = _response(
        challenge.algorithm, secret, challenge.nonce, (qop, nc, cnonce), f"{method}:{uri}"
    )
    return Credentials(
        username=username,
        realm=challenge.realm,
        nonce=challenge.nonce,
        uri=uri,
        response=response,
        algorithm=challenge.algorithm,
        qop=qop,
        nc=nc if qop else 0,
        cnonce=cnonce,
        opaque=challenge.opaque,
    ).header()


def authorization(
    challenge: Challenge,
    *,
    username: str,
    password: str,
    method: str,
    uri: str,
    nc: int = 1,
    cnonce: str | None = None,
) -> str:
    """The value of Authorization for one request; see `authorization_ha1`.

    Raises:
        DigestError: a colon in the user name, or as `authorization_ha1`.
    """
    key = ha1(username, challenge.realm, password, challenge.algorithm)
    return authorization_ha1(
        challenge, username=username, secret=key, method=method, uri=uri, nc=nc, cnonce=cnonce
    )


def verify(given: Credentials, secret: str, method: str) -> bool:
    """Whether the answer was made with HA1 `secret` for this method and the URI it names.

    Compared in constant time. Whether nonce, count, realm and URI are the right ones is for the
    caller to judge.
    """
    expected = _response(
        given.algorithm,
        secret.lower(),
        given.nonce,
        (given.qop, given.nc, given.cnonce),
        f"{method}:{given.uri}",
    )
    return hmac.compare_digest(expected.encode(), given.response.encode("utf-8", "replace"))


def _response(
    algorithm: str, key: str, nonce: str, counted: tuple[str | None, int, str | None], a2: str
) -> str:
    qop, nc, cnonce = counted
    middle = nonce if qop is None else f"{nonce}:{nc:08x}:{cnonce}:{qop}"
    return _hash(algorithm, f"{key}:{middle}:{_hash(algorithm, a2)}")


def _hash(algorithm: str, value: str) -> str:
    # surrogateescape: header bytes that are no UTF-8 come as surrogates and are hashed as sent.
    data = value.encode("utf-8", "surrogateescape")
    if algorithm == "MD5":
        # The field's algorithm (GB/T 28181-2022, 9.1); its strength is the protocol's, not ours.
        return hashlib.md5(data, usedforsecurity=False).hexdigest()
    if algorithm == "SHA-256":
        return hashlib.sha256(data).hexdigest()
    raise DigestError(f"unknown digest algorithm {algorithm!r}")


def _challenge(scheme: Scheme) -> Challenge | None:
    params = scheme.params
    if "realm" not in params or not params.get("nonce"):
        raise DigestError("digest challenge without realm or nonce")
    algorithm = _algorithm(params.get("algorithm"))
    qop = [q.strip().lower() for q in params.get("qop", "").split(",") if q.strip()]
    if algorithm is None or (qop and "auth" not in qop):
        return None
    return Challenge(
        realm=params["realm"],
        nonce=params["nonce"],
        algorithm=algorithm,
        qop="auth" if qop else None,
        opaque=params.get("opaque"),
        stale=params.get("stale", "").lower() == "true",
    )


def _algorithm(given: str | None) -> str | None:
    """Our name of the algorithm; absent means MD5; None where we do not have it."""
    wanted = (given or "MD5").upper()
    return wanted if wanted in ALGORITHMS else None


def _parse(value: str) -> tuple[Scheme, ...]:
    try:
        return parse_list(value)
    except AuthSyntaxError as error:
        raise DigestError(str(error)) from None


def _quoted(value: str) -> str:
    try:
        return quote(value)
    except AuthSyntaxError as error:
        raise DigestError(str(error)) from None
