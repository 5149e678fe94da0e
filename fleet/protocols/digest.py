"""HTTP digest authentication (RFC 7616, RFC 2617), for HTTP and SIP alike; no I/O.

Nonces and client nonces may be given, so that every result is reproducible. MD5 is what devices in
the field and GB/T 28181 speak (annex to 9.1); SHA-256 is answered where it is offered alone.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

HEADER_MAX = 8192
_WORD = r"[A-Za-z0-9!#$%&'*+.^_`|~-]+"
_PARAM = re.compile(
    rf"\s*({_WORD})\s*=\s*(?:\"((?:[^\"\\]|\\.)*)\"|([^\s,\"]*))\s*(?:,|$)", re.DOTALL
)
_SCHEME = re.compile(rf"\s*,?\s*({_WORD})(?:\s+|$)(?!=)")
_HASHES = {"md5": hashlib.md5, "sha-256": hashlib.sha256}
_UNSAFE = re.compile(r"[\r\n\x00]")


class DigestError(ValueError):
    """The header is no digest header, or asks for what we do not do."""


@dataclass(frozen=True)
class Challenge:
    """One Digest challenge; `qop` is "auth" or None (RFC 2069 form), `stale` as the server says."""

    realm: str
    nonce: str
    qop: str | None = None
    opaque: str | None = None
    algorithm: str = "MD5"
    stale: bool = False

    def header(self) -> str:
        """The value of a WWW-Authenticate header."""
        parts = [f'realm="{_quoted(self.realm)}"', f'nonce="{_quoted(self.nonce)}"']
        parts.append(f"algorithm={self.algorithm}")
        if self.qop:
            parts.append(f'qop="{self.qop}"')
        if self.opaque is not None:
            parts.append(f'opaque="{_quoted(self.opaque)}"')
        if self.stale:
            parts.append("stale=true")
        return "Digest " + ", ".join(parts)


@dataclass(frozen=True)
class Credentials:
    """What an Authorization header of scheme Digest says; `nc` counts from 1, 0 without qop."""

    username: str
    realm: str
    nonce: str
    uri: str
    response: str
    algorithm: str = "MD5"
    qop: str | None = None
    nc: int = 0
    cnonce: str = ""
    opaque: str | None = None


def schemes(headers: Iterable[str]) -> list[str]:
    """The schemes offered by WWW-Authenticate headers, lower case, in their order."""
    return [scheme for header in headers for scheme, _ in _split(header)]


def parse_challenges(headers: Iterable[str]) -> list[Challenge]:
    """The Digest challenges that we can answer, MD5 and SHA-256, in their order.

    Other schemes and algorithms are passed over.

    Raises:
        DigestError: a Digest challenge without realm or nonce, or a header past a limit.
    """
    found = []
    for header in headers:
        for scheme, params in _split(header):
            if scheme != "digest":
                continue
            if "nonce" not in params or "realm" not in params:
                raise DigestError("a digest challenge without realm or nonce")
            algorithm = params.get("algorithm", "MD5")
            offered = [q.strip().lower() for q in params.get("qop", "").split(",") if q.strip()]
            if algorithm.lower() in _HASHES and (not offered or "auth" in offered):
                found.append(
                    Challenge(
                        realm=params["realm"],
                        nonce=params["nonce"],
                        qop="auth" if offered else None,
                        opaque=params.get("opaque"),
                        algorithm=algorithm,
                        stale=params.get("stale", "").lower() == "true",
                    )
                )
    return found


def parse_authorization(header: str) -> Credentials:
    """Read an Authorization header.

    Raises:
        DigestError: it is not of scheme Digest, or misses a part.
    """
    found = _split(header)
    if len(found) != 1 or found[0][0] != "digest":
        raise DigestError("not a digest authorization")
    params = found[0][1]
    missing = {"username", "realm", "nonce", "uri", "response"} - set(params)
    if missing:
        raise DigestError(f"a digest authorization without {', '.join(sorted(missing))}")
    qop = params.get("qop")
    count = params.get("nc", "0")
    if qop is not None and not re.fullmatch(r"[0-9A-Fa-f]{1,8}", count):
        raise DigestError("nc is not a hexadecimal count")
    return Credentials(
        username=params["username"],
        realm=params["realm"],
        nonce=params["nonce"],
        uri=params["uri"],
        response=params["response"].lower(),
        algorithm=params.get("algorithm", "MD5"),
        qop=qop.lower() if qop else None,
        nc=int(count, 16) if qop else 0,
        cnonce=params.get("cnonce", ""),
        opaque=params.get("opaque"),
    )


def ha1(username: str, realm: str, password: str, algorithm: str = "MD5") -> str:
    """H(username:realm:password) in hex: all that a server has to keep."""
    return _hash(algorithm, f"{username}:{realm}:{password}")


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
    """The value of an Authorization header that answers a challenge with a password."""
    secret = ha1(username, challenge.realm, password, challenge.algorithm)
    return authorization_ha1(
        challenge, username=username, secret=secret, method=method, uri=uri, nc=nc, cnonce=cnonce
    )


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
    """The value of an Authorization header, from HA1 (`secret`) instead of a password."""
    client = secrets.token_hex(8) if cnonce is None else cnonce
    answer = Credentials(
        username=username,
        realm=challenge.realm,
        nonce=challenge.nonce,
        uri=uri,
        response="",
        algorithm=challenge.algorithm,
        qop=challenge.qop,
        nc=nc if challenge.qop else 0,
        cnonce=client,
    )
    parts = [
        f'username="{_quoted(username)}"',
        f'realm="{_quoted(challenge.realm)}"',
        f'nonce="{_quoted(challenge.nonce)}"',
        f'uri="{_quoted(uri)}"',
        f'response="{_response(answer, secret, method)}"',
        f"algorithm={challenge.algorithm}",
    ]
    if challenge.qop:
        parts += [f"qop={challenge.qop}", f"nc={nc:08x}", f'cnonce="{_quoted(client)}"']
    if challenge.opaque is not None:
        parts.append(f'opaque="{_quoted(challenge.opaque)}"')
    return "Digest " + ", ".join(parts)


def verify(credentials: Credentials, secret: str, method: str) -> bool:
    """Whether an answer was made with the password behind HA1 `secret`, for this method.

    The caller checks nonce (its own, fresh), realm, uri and that `nc` only grows.
    """
    if credentials.algorithm.lower() not in _HASHES or credentials.qop not in (None, "auth"):
        return False
    wanted = _response(credentials, secret, method)
    return hmac.compare_digest(wanted.encode(), credentials.response.encode())


def _response(answer: Credentials, secret: str, method: str) -> str:
    asked = _hash(answer.algorithm, f"{method}:{answer.uri}")
    if answer.qop is None:
        return _hash(answer.algorithm, f"{secret}:{answer.nonce}:{asked}")
    middle = f"{answer.nonce}:{answer.nc:08x}:{answer.cnonce}:{answer.qop}"
    return _hash(answer.algorithm, f"{secret}:{middle}:{asked}")


def _hash(algorithm: str, words: str) -> str:
    function = _HASHES.get(algorithm.lower())
    if function is None:
        raise DigestError(f"algorithm {algorithm!r} is not supported")
    return function(words.encode()).hexdigest()


def _quoted(value: str) -> str:
    if _UNSAFE.search(value):
        raise DigestError("a line break or NUL cannot stand in a header")
    return value.replace("\\", "\\\\").replace('"', '\\"')


def _split(header: str) -> list[tuple[str, Mapping[str, str]]]:
    """Split a header into schemes with their parameters; several may stand in one header."""
    if len(header) > HEADER_MAX:
        raise DigestError("the header is too long")
    found: list[tuple[str, Mapping[str, str]]] = []
    at = 0
    while scheme := _SCHEME.match(header, at):
        at = scheme.end()
        params: dict[str, str] = {}
        while param := _PARAM.match(header, at):
            name, quoted, plain = param[1].lower(), param[2], param[3]
            value = plain if quoted is None else re.sub(r"\\(.)", r"\1", quoted, flags=re.DOTALL)
            params.setdefault(name, value)
            at = param.end()
        found.append((scheme[1].lower(), params))
    if not found:
        raise DigestError("not an authentication header")
    return found
