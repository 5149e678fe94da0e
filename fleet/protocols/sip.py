"""SIP messages as GB/T 28181 uses them (RFC 3261; GB/T 28181-2022, 9 and annex B); no I/O.

Only what goes over one datagram: REGISTER, MESSAGE and their responses. Hostile input ends in
`SipError` and nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from fleet.protocols.errors import ProtocolError

DATAGRAM_MAX = 65_535
HEADERS_MAX = 64
LINE_MAX = 4096
# What the grammar calls blank; Python's own idea of it would eat an ideographic space of a name.
_BLANK = " \t"
# Compact forms (RFC 3261, 7.3.3).
_COMPACT = {
    "v": "via",
    "f": "from",
    "t": "to",
    "i": "call-id",
    "m": "contact",
    "l": "content-length",
    "c": "content-type",
    "s": "subject",
    "k": "supported",
}
_PRETTY = {
    "via": "Via",
    "from": "From",
    "to": "To",
    "call-id": "Call-ID",
    "cseq": "CSeq",
    "contact": "Contact",
    "content-length": "Content-Length",
    "content-type": "Content-Type",
    "www-authenticate": "WWW-Authenticate",
    "authorization": "Authorization",
    "max-forwards": "Max-Forwards",
    "expires": "Expires",
    "min-expires": "Min-Expires",
    "user-agent": "User-Agent",
    "date": "Date",
    "x-gb-ver": "X-GB-ver",
}
_NUMBER = re.compile(r"[0-9]{1,10}\Z")
_TOKEN = re.compile(r"[A-Za-z0-9!%*_+`'~.-]+\Z")
_REQUEST = re.compile(r"([A-Za-z0-9!%*_+`'~.-]{1,32}) (\S{1,512}) SIP/2\.0\Z")
_STATUS = re.compile(r"SIP/2\.0 ([1-6][0-9]{2})(?: (.*))?\Z")
_URI = re.compile(
    r"sips?:(?:([^@;?]*)@)?(\[[^\]]+\]|[^\s:;?<>]+)(?::([0-9]{1,5}))?(?:[;?].*)?\Z", re.I
)
_UNSAFE = re.compile(r"[\r\n\x00]")
_DISPLAY = re.compile(r'\s*"(?:[^"\\]|\\.)*"(?=\s*<)', re.DOTALL)
# Header bytes that are no UTF-8 (GB 18030 display names) pass through as they came.
_ENCODING = ("utf-8", "surrogateescape")


class SipError(ProtocolError):
    """The datagram is no SIP message that we understand."""


@dataclass(frozen=True)
class Message:
    """Headers in their order, names in lower case and long form, and a body."""

    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""

    def get(self, name: str) -> str | None:
        """The first header of that name."""
        return next((v for n, v in self.headers if n == name), None)

    def need(self, name: str) -> str:
        """The first header of that name; SipError if there is none."""
        value = self.get(name)
        if value is None:
            raise SipError(f"the message has no {name}")
        return value

    def all(self, name: str) -> list[str]:
        """Every header of that name."""
        return [v for n, v in self.headers if n == name]

    @property
    def cseq(self) -> tuple[int, str]:
        """Sequence number and method of CSeq."""
        number, _, method = self.need("cseq").replace("\t", " ").partition(" ")
        if not _NUMBER.match(number) or not _TOKEN.match(method.strip(_BLANK)):
            raise SipError("CSeq is malformed")
        return int(number), method.strip(_BLANK)

    def _encode(self, first: str) -> bytes:
        lines = [first]
        for name, value in (*self.headers, ("content-length", str(len(self.body)))):
            lines.append(f"{_PRETTY.get(name, name)}: {value}")
        if any(_UNSAFE.search(line) for line in lines):
            raise SipError("a line break cannot stand in a header")
        return "\r\n".join(lines).encode(*_ENCODING) + b"\r\n\r\n" + self.body


@dataclass(frozen=True)
class Request(Message):
    """A request."""

    method: str = ""
    uri: str = ""

    def encode(self) -> bytes:
        """The datagram.

        Raises:
            SipError: a line break stands in the first line or in a header.
        """
        return self._encode(f"{self.method} {self.uri} SIP/2.0")


@dataclass(frozen=True)
class Response(Message):
    """A response."""

    status: int = 0
    reason: str = field(default="")

    def encode(self) -> bytes:
        """The datagram.

        Raises:
            SipError: a line break stands in the first line or in a header.
        """
        return self._encode(f"SIP/2.0 {self.status} {self.reason}")


@dataclass(frozen=True)
class Uri:
    """user@host:port of a SIP URI; `port` None is the default 5060."""

    user: str
    host: str
    port: int | None = None


def parse(datagram: bytes) -> Request | Response:
    """Read one datagram.

    Raises:
        SipError: it is no SIP message, or past a limit.
    """
    if len(datagram) > DATAGRAM_MAX:
        raise SipError("the datagram is too long")
    head, separator, rest = datagram.lstrip(b"\r\n").partition(b"\r\n\r\n")
    if not separator:
        raise SipError("the headers have no end")
    lines = _unfold(head.decode(*_ENCODING))
    headers = tuple(header for line in lines[1:] for header in _headers(line))
    if len(headers) > HEADERS_MAX:
        raise SipError("too many headers")
    body = _body(headers, rest)
    kept = tuple(h for h in headers if h[0] != "content-length")
    if match := _REQUEST.match(lines[0]):
        return Request(headers=kept, body=body, method=match[1], uri=match[2])
    if match := _STATUS.match(lines[0]):
        reason = match[2] or ""
        return Response(headers=kept, body=body, status=int(match[1]), reason=reason)
    raise SipError("the first line is neither a request nor a status")


def respond(
    request: Request,
    status: int,
    reason: str,
    *,
    to_tag: str,
    received: tuple[str, int] | None = None,
    headers: Iterable[tuple[str, str]] = (),
    body: bytes = b"",
) -> Response:
    """A response: Via, From, Call-ID and CSeq copied, a tag put on To (RFC 3261, 8.2.6).

    `received`, the request's source address and port, is noted in the topmost Via (RFC 3581).

    Raises:
        SipError: the request lacks one of the headers that are copied.
    """
    vias = request.all("via")
    if not vias:
        raise SipError("the request has no via")
    if received is not None:
        vias[0] = _received(vias[0], received)
    to = request.need("to")
    if status != 100 and "tag" not in address_params(to):
        to = f"{to};tag={to_tag}"
    kept = [("via", via) for via in vias]
    kept += [("from", request.need("from")), ("to", to)]
    kept += [("call-id", request.need("call-id")), ("cseq", request.need("cseq"))]
    return Response(headers=(*kept, *headers), body=body, status=status, reason=reason)


def uri_of(address: str) -> Uri:
    """The URI of a From, To or Contact header, or of a bare URI.

    Raises:
        SipError: it is none.
    """
    found = _URI.match(_split_address(address)[0])
    if found is None:
        raise SipError("an address is malformed")
    port = int(found[3]) if found[3] else None
    if port is not None and not 0 < port < 65536:
        raise SipError("a port is out of range")
    return Uri(user=found[1] or "", host=found[2], port=port)


def address_params(address: str) -> dict[str, str]:
    """The parameters behind an address (`tag`, `expires`), names in lower case.

    Raises:
        SipError: it is no address.
    """
    return _params(_split_address(address)[1])


def via_param(via: str, name: str) -> str | None:
    """A parameter of a Via header (`branch`, `rport`); None if it is not there."""
    return _params(via.partition(";")[1] + via.partition(";")[2]).get(name)


def via_port(via: str) -> int:
    """The port of a Via's sent-by; 5060 where it names none (RFC 3261, 18.2.2).

    Raises:
        SipError: it is no port.
    """
    # A blank may stand before the first semicolon (RFC 3261, 25.1: SEMI).
    sent_by = via.partition(";")[0].strip(_BLANK).rpartition(" ")[2]
    port = sent_by.rpartition("]")[2].partition(":")[2].strip(_BLANK) or "5060"
    if not _NUMBER.match(port) or not 0 < int(port) < 65536:
        raise SipError("a port is out of range")
    return int(port)


def _split_address(address: str) -> tuple[str, str]:
    """URI and parameters of `"Name" <uri>;a=b` or of `uri;a=b`."""
    bare = address[quoted.end() :] if (quoted := _DISPLAY.match(address)) else address
    before, opened, rest = bare.partition("<")
    if not opened:
        # Without brackets every parameter belongs to the header (RFC 3261, 20).
        uri, semicolon, tail = before.strip(_BLANK).partition(";")
        return uri, semicolon + tail
    uri, closed, tail = rest.partition(">")
    if not closed or (tail.strip(_BLANK) and not tail.strip(_BLANK).startswith(";")):
        raise SipError("an address is malformed")
    return uri.strip(_BLANK), tail.strip(_BLANK)


def _params(tail: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for part in tail.split(";")[1:]:
        name, _, value = part.partition("=")
        found.setdefault(name.strip(_BLANK).lower(), value.strip(_BLANK).strip('"'))
    return found


def _received(via: str, received: tuple[str, int]) -> str:
    first, _, tail = via.partition(";")
    parts = [
        p
        for p in tail.split(";")
        if p and p.split("=")[0].strip(_BLANK).lower() not in ("rport", "received")
    ]
    return ";".join([first, *parts, f"rport={received[1]}", f"received={received[0]}"])


def _unfold(head: str) -> list[str]:
    lines: list[str] = []
    for line in head.split("\r\n"):
        if len(line) > LINE_MAX:
            raise SipError("a header is too long")
        if line[:1] in (" ", "\t") and len(lines) > 1:
            lines[-1] += " " + line.strip(_BLANK)
            if len(lines[-1]) > LINE_MAX:
                raise SipError("a header is too long")
        else:
            lines.append(line)
    return lines


def _headers(line: str) -> list[tuple[str, str]]:
    name, colon, value = line.partition(":")
    name = name.strip(_BLANK).lower()
    if not colon or not _TOKEN.match(name):
        raise SipError("a header is malformed")
    name = _COMPACT.get(name, name)
    # Several Vias may share a line (RFC 3261, 7.3.1); the others that may, we read whole.
    values = value.split(",") if name == "via" else [value]
    return [(name, v.strip(_BLANK)) for v in values]


def _body(headers: tuple[tuple[str, str], ...], rest: bytes) -> bytes:
    lengths = {v for n, v in headers if n == "content-length"}
    if not lengths:
        return rest
    length = lengths.pop()
    if lengths or not _NUMBER.match(length) or int(length) > len(rest):
        raise SipError("Content-Length does not fit")
    return rest[: int(length)]
