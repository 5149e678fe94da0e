"""First lines, lengths, limits and answers of SIP: each break is refused in its own words.

Section numbers are those of RFC 4475.
"""

from __future__ import annotations

import pytest

from fleet.protocols.sip import (
    DATAGRAM_MAX,
    HEADERS_MAX,
    LINE_MAX,
    Request,
    Response,
    SipError,
    parse,
    respond,
)
from tests.protocols.sip_words import CORE, datagram, register


@pytest.mark.parametrize(
    ("value", "cseq"),
    [
        ("1 REGISTER", (1, "REGISTER")),
        ("0 REGISTER", (0, "REGISTER")),
        ("0009  INVITE", (9, "INVITE")),
        ("2147483647 MESSAGE", (2**31 - 1, "MESSAGE")),
        ("4294967295 MESSAGE", (2**32 - 1, "MESSAGE")),
        ("1\tREGISTER", (1, "REGISTER")),
        ("1 \t REGISTER", (1, "REGISTER")),
        ("7 !-._*+'~`%", (7, "!-._*+'~`%")),
    ],
)
def test_a_sequence_number_in_every_form(value: str, cseq: tuple[int, str]) -> None:
    """3.1.1.1: leading zeros and any blank between number and method (RFC 3261, 25.1: LWS)."""
    message = parse(datagram("REGISTER sip:x SIP/2.0", *CORE[:4], f"CSeq: {value}"))

    assert message.cseq == cseq


@pytest.mark.parametrize(
    "value",
    ["", "REGISTER", "1", "-1 REGISTER", "1.0 REGISTER", "12345678901 REGISTER", "1 REG ISTER",
     "１ REGISTER", "0x1 REGISTER", "1 REGISTER,2", "1 <REGISTER>"],
)  # fmt: skip
def test_a_sequence_number_that_is_none(value: str) -> None:
    """3.1.2.4: over-large, signed, in other digits, or with more than one word behind."""
    message = parse(datagram("REGISTER sip:x SIP/2.0", *CORE[:4], f"CSeq: {value}"))

    with pytest.raises(SipError, match="CSeq is malformed"):
        assert message.cseq


@pytest.mark.parametrize(
    "first",
    [
        "",
        "REGISTER",
        "REGISTER sip:x",
        "REGISTER  sip:x SIP/2.0",
        "REGISTER sip:x  SIP/2.0",
        "REGISTER sip:x SIP/2.0 ",
        "REGISTER sip:x; lr SIP/2.0",
        "REGISTER sip:x SIP/7.0",
        "REGISTER sip:x SIP/2",
        "REGISTER sip:x sip/2.0",
        "REGISTER sip:x HTTP/1.1",
        "RE<GISTER sip:x SIP/2.0",
        f"{'R' * 33} sip:x SIP/2.0",
        f"REGISTER sip:{'x' * 509} SIP/2.0",
        "SIP/2.0",
        "SIP/2.0 ",
        "SIP/2.0 99 Too Low",
        "SIP/2.0 4294967301 better not break the receiver",
        "SIP/2.0 700 Too High",
        "SIP/2.0 2OO OK",
        "SIP/2.1 200 OK",
        "SIP/2.0  200 OK",
    ],
)
def test_a_first_line_that_is_none(first: str) -> None:
    """3.1.2.7-3.1.2.9, 3.1.2.16, 3.1.2.19: blanks, versions and numbers that the grammar lacks."""
    with pytest.raises(SipError, match="the first line is neither a request nor a status"):
        parse(datagram(first, *CORE))


@pytest.mark.parametrize(
    ("first", "status", "reason"),
    [
        ("SIP/2.0 100 Trying", 100, "Trying"),
        ("SIP/2.0 200 OK", 200, "OK"),
        ("SIP/2.0 200", 200, ""),
        ("SIP/2.0 100 ", 100, ""),
        ("SIP/2.0 200 = 2**3 * 5**2 но сто девяносто девять", 200,
         "= 2**3 * 5**2 но сто девяносто девять"),
        ("SIP/2.0 401 未授权", 401, "未授权"),
        ("SIP/2.0 699 Last", 699, "Last"),
    ],
)  # fmt: skip
def test_a_status_line_in_every_form(first: str, status: int, reason: str) -> None:
    """3.1.1.12, 3.1.1.13: any words, or none, stand for the reason."""
    message = parse(datagram(first, *CORE))

    assert isinstance(message, Response)
    assert (message.status, message.reason) == (status, reason)


@pytest.mark.parametrize(
    ("lines", "body", "kept"),
    [
        (("Content-Length: 0",), b"", b""),
        (("Content-Length: 0",), b"more", b""),
        (("l: 2",), b"more", b"mo"),
        (("Content-Length: 0004",), b"more", b"more"),
        (("Content-Length: 4", "l: 4"), b"more", b"more"),
        ((), b"to the end of the datagram", b"to the end of the datagram"),
        (("Content-Length: 3",), b"\r\n\r", b"\r\n\r"),
        (("Content-Length: 5",), b"\x00\xff\x00\xff\x00", b"\x00\xff\x00\xff\x00"),
    ],
)
def test_a_body_ends_where_its_length_says(
    lines: tuple[str, ...], body: bytes, kept: bytes
) -> None:
    """3.1.1.11: what is beyond is discarded (RFC 3261, 18.3), without a length all is the body."""
    message = register(*lines, body=body)

    assert message.body == kept
    assert message.get("content-length") is None


@pytest.mark.parametrize(
    "lines",
    [
        ("Content-Length: 9999",),
        ("Content-Length: -999",),
        ("Content-Length: 1", "Content-Length: 2"),
        ("Content-Length: 1, 2",),
        ("Content-Length:",),
        ("Content-Length: 0x1",),
        ("Content-Length: ４",),
        ("Content-Length: 00000000001",),
        ("Content-Length: 5",),
    ],
)
def test_a_length_that_does_not_fit(lines: tuple[str, ...]) -> None:
    """3.1.2.2, 3.1.2.3, 3.3.9: larger than the datagram, negative, twice and different."""
    with pytest.raises(SipError, match="Content-Length does not fit"):
        register(*lines, body=b"four")


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "the headers have no end"),
        (b"\r\n\r\n", "the headers have no end"),
        (b"REGISTER sip:x SIP/2.0\r\n", "the headers have no end"),
        (b"REGISTER sip:x SIP/2.0\n\n", "the headers have no end"),
        (b"x" * (DATAGRAM_MAX + 1), "the datagram is too long"),
        (datagram("REGISTER sip:x SIP/2.0", "no colon here"), "a header is malformed"),
        (datagram("REGISTER sip:x SIP/2.0", ": no name"), "a header is malformed"),
        (datagram("REGISTER sip:x SIP/2.0", "a b: c"), "a header is malformed"),
        (datagram("REGISTER sip:x SIP/2.0", "Exp<ires: c"), "a header is malformed"),
        (datagram("REGISTER sip:x SIP/2.0", "名: c"), "a header is malformed"),
        (datagram("REGISTER sip:x SIP/2.0", "x: " + "y" * LINE_MAX), "a header is too long"),
        (datagram("REGISTER sip:x SIP/2.0", "x: y", *[" " + "z" * 999] * 5), "a header is too"),
        (datagram("REGISTER sip:x SIP/2.0", *["x: y"] * (HEADERS_MAX + 1)), "too many headers"),
        (datagram("REGISTER sip:x SIP/2.0", "v: " + "a," * HEADERS_MAX), "too many headers"),
    ],
)
def test_every_limit_and_break_has_its_words(data: bytes, why: str) -> None:
    """Hostile or cut datagrams end in one class of error that says what is wrong."""
    with pytest.raises(SipError, match=why):
        parse(data)


@pytest.mark.parametrize("count", [0, 1, HEADERS_MAX - len(CORE)])
def test_as_many_headers_as_are_allowed(count: int) -> None:
    """The limit itself is not past the limit."""
    assert len(register(*["X-Any: 1"] * count).all("x-any")) == count


def test_leading_line_breaks_are_a_keepalive_before_the_message() -> None:
    """3.1.2.? and RFC 3261, 7.5: CRLF before the first line is ignored."""
    assert parse(b"\r\n\r\n" + datagram("OPTIONS sip:x SIP/2.0", *CORE)).get("call-id")


@pytest.mark.parametrize(
    ("compact", "name"),
    [
        ("v", "via"),
        ("f", "from"),
        ("t", "to"),
        ("i", "call-id"),
        ("m", "contact"),
        ("c", "content-type"),
        ("s", "subject"),
        ("k", "supported"),
        ("V", "via"),
        ("I", "call-id"),
        ("x", "x"),
    ],
)
def test_every_compact_name(compact: str, name: str) -> None:
    """RFC 3261, 7.3.3: one letter, in either case; an unknown letter stays itself."""
    message = parse(datagram("MESSAGE sip:x SIP/2.0", f"{compact}: value"))

    assert message.headers == ((name, "value"),)


@pytest.mark.parametrize("missing", ["Via", "From", "To", "Call-ID", "CSeq"])
def test_a_request_without_a_copied_header_cannot_be_answered(missing: str) -> None:
    """3.3.1: no Via, From, To, Call-ID or CSeq."""
    kept = [line for line in CORE if not line.startswith(missing + ":")]
    message = parse(datagram("REGISTER sip:x SIP/2.0", *kept))
    assert isinstance(message, Request)

    with pytest.raises(SipError, match=missing.lower()):
        respond(message, 400, "Bad Request", to_tag="t")


@pytest.mark.parametrize(
    ("via", "answered"),
    [
        ("SIP/2.0/UDP h:1;branch=b", "SIP/2.0/UDP h:1;branch=b;rport=9;received=192.0.2.7"),
        ("SIP/2.0/UDP h;rport;branch=b", "SIP/2.0/UDP h;branch=b;rport=9;received=192.0.2.7"),
        ("SIP/2.0/UDP h;branch=b;rport", "SIP/2.0/UDP h;branch=b;rport=9;received=192.0.2.7"),
        ("SIP/2.0/UDP h;rport=1;received=1.1.1.1", "SIP/2.0/UDP h;rport=9;received=192.0.2.7"),
        ("SIP/2.0/UDP h;RPORT;branch=b", "SIP/2.0/UDP h;branch=b;rport=9;received=192.0.2.7"),
        ("SIP/2.0/UDP h;Received=1.1.1.1", "SIP/2.0/UDP h;rport=9;received=192.0.2.7"),
        ("SIP/2.0/UDP h", "SIP/2.0/UDP h;rport=9;received=192.0.2.7"),
        ("SIP/2.0/UDP h;;", "SIP/2.0/UDP h;rport=9;received=192.0.2.7"),
    ],
)
def test_where_a_request_came_from_is_noted_once(via: str, answered: str) -> None:
    """RFC 3581, 4: rport and received are ours alone, whatever the request claimed of them."""
    message = parse(datagram("REGISTER sip:x SIP/2.0", f"Via: {via}", *CORE[1:]))
    assert isinstance(message, Request)

    response = respond(message, 200, "OK", to_tag="t", received=("192.0.2.7", 9))

    assert response.all("via") == [answered]
