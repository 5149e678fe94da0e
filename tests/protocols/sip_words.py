"""A REGISTER in pieces, for tests that put odd lines into it."""

from __future__ import annotations

from fleet.protocols.sip import Request, parse

CORE = (
    "Via: SIP/2.0/UDP 192.0.2.2:5060;branch=z9hG4bKcore",
    "From: <sip:34070501001180000001@3407050000>;tag=a1",
    "To: <sip:34070501001180000001@3407050000>",
    "Call-ID: core@192.0.2.2",
    "CSeq: 1 REGISTER",
)


def datagram(first: str, *lines: str, body: bytes = b"") -> bytes:
    """A datagram of these lines."""
    return "\r\n".join([first, *lines]).encode() + b"\r\n\r\n" + body


def register(*lines: str, body: bytes = b"") -> Request:
    """A REGISTER with the core headers and `lines` after them, parsed."""
    message = parse(datagram("REGISTER sip:x SIP/2.0", *CORE, *lines, body=body))
    assert isinstance(message, Request)
    return message
