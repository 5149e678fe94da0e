"""The grammar of authentication headers: schemes, parameters, quoted strings (RFC 9110, 11.2-11.4).

One header may carry several challenges separated by the comma that also separates parameters, and
one answer may carry several headers; devices mix both. HTTP and SIP (RFC 3261, 20.7, 20.44) agree.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from fleet.protocols.errors import ProtocolError

TEXT_MAX = 8192
CHALLENGES_MAX = 16
PARAMS_MAX = 32

_WORD = r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+"
_SCHEME = re.compile(_WORD)
_SPACE = re.compile(r"[ \t]*")
_SEPARATOR = re.compile(r"[ \t,]*")
_TOKEN68 = re.compile(r"[A-Za-z0-9\-._~+/]+=*(?=[ \t]*(?:,|\Z))")
# Devices leave quotes off where the grammar wants them (uri, realm): taken up to comma or space.
_PARAM = re.compile(
    rf'({_WORD})[ \t]*=[ \t]*(?:"((?:[^"\\]|\\.)*)"|([^\s",]+))(?=[ \t]*(?:,|\Z))', re.DOTALL
)
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")


class AuthSyntaxError(ProtocolError):
    """An authentication header is not what the grammar allows, or is past a limit."""


@dataclass(frozen=True, slots=True)
class Scheme:
    """One scheme (`name` in lower case) with its parameters (names lower case, values unquoted)."""

    name: str
    params: Mapping[str, str]


def parse_list(value: str) -> tuple[Scheme, ...]:
    """Read one header value: any number of schemes, each with its parameters.

    Raises:
        AuthSyntaxError: control characters, no scheme, a parameter twice, rubbish, past a limit.
    """
    if len(value) > TEXT_MAX:
        raise AuthSyntaxError(f"longer than {TEXT_MAX} characters")
    if _CONTROL.search(value):
        raise AuthSyntaxError("control characters")
    found: list[Scheme] = []
    at = _skip(_SEPARATOR, value, 0)
    while at < len(value):
        if len(found) == CHALLENGES_MAX:
            raise AuthSyntaxError(f"more than {CHALLENGES_MAX} challenges")
        match = _SCHEME.match(value, at)
        if match is None:
            raise AuthSyntaxError(f"no scheme at {at}")
        params, at = _params(value, match.end())
        found.append(Scheme(match.group().lower(), params))
    return tuple(found)


def _params(value: str, at: int) -> tuple[dict[str, str], int]:
    """Parameters from `at` on, up to the next scheme or the end, and where that is."""
    params: dict[str, str] = {}
    after = _skip(_SPACE, value, at)
    if after == at and at < len(value) and value[at] != ",":
        raise AuthSyntaxError(f"no space after the scheme at {at}")
    at = after
    blob = _TOKEN68.match(value, at)
    if blob is not None:
        # A bare word after the scheme: token68 (Basic, Negotiate), nothing that we read.
        return params, _skip(_SEPARATOR, value, blob.end())
    while (match := _PARAM.match(value, at)) is not None:
        name = match.group(1).lower()
        if name in params:
            raise AuthSyntaxError(f"parameter {name} twice")
        if len(params) == PARAMS_MAX:
            raise AuthSyntaxError(f"more than {PARAMS_MAX} parameters")
        quoted = match.group(2)
        params[name] = match.group(3) if quoted is None else _ESCAPE.sub(r"\1", quoted)
        at = _skip(_SEPARATOR, value, match.end())
    end = _skip(_SEPARATOR, value, at)
    if end < len(value) and end == at and not params:
        raise AuthSyntaxError(f"neither parameter nor scheme at {at}")
    return params, end


def quote(value: str) -> str:
    """A quoted-string.

    Raises:
        AuthSyntaxError: it holds control characters, which no header may carry.
    """
    if _CONTROL.search(value):
        raise AuthSyntaxError("control characters cannot be quoted")
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _skip(pattern: re.Pattern[str], value: str, at: int) -> int:
    match = pattern.match(value, at)
    return at if match is None else match.end()
