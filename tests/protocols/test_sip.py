"""SIP over one datagram: what devices send, what we answer, and what nobody should send."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleet.protocols.errors import ProtocolError
from fleet.protocols.sip import (
    Request,
    Response,
    SipError,
    Uri,
    address_params,
    parse,
    respond,
    uri_of,
    via_param,
    via_port,
)

REGISTER = (
    b"REGISTER sip:34070500002000000001@3407050000 SIP/2.0\r\n"
    b"Via: SIP/2.0/UDP 127.34.1.60:5061;rport;branch=z9hG4bK1\r\n"
    b"From: <sip:34070501001180000001@3407050000>;tag=a1\r\n"
    b"To: <sip:34070501001180000001@3407050000>\r\n"
    b"Call-ID: 77@127.34.1.60\r\n"
    b"CSeq: 1 REGISTER\r\n"
    b"Contact: <sip:34070501001180000001@127.34.1.60:5061>\r\n"
    b"Max-Forwards: 70\r\n"
    b"Expires: 86400\r\n"
    b"X-GB-ver: 3.0\r\n"
    b"Content-Length: 0\r\n\r\n"
)
NAMES = st.sampled_from(["x-gb-ver", "date", "subject", "user-agent", "x-anything"])
VALUES = st.text(
    st.characters(min_codepoint=0x21, max_codepoint=0x9FFF, exclude_characters="\x7f\x85\x80"),
    min_size=1,
    max_size=30,
)


def request(data: bytes = REGISTER) -> Request:
    """Parse what must be a request."""
    message = parse(data)
    assert isinstance(message, Request)
    return message


def test_register_is_read_whole() -> None:
    """Every header that a registrar needs, by its long lower-case name."""
    message = request()

    assert (message.method, message.cseq) == ("REGISTER", (1, "REGISTER"))
    assert message.uri == "sip:34070500002000000001@3407050000"
    assert message.get("x-gb-ver") == "3.0"
    assert message.get("date") is None
    assert uri_of(message.need("contact")) == Uri("34070501001180000001", "127.34.1.60", 5061)
    assert address_params(message.need("from")) == {"tag": "a1"}
    assert via_param(message.need("via"), "branch") == "z9hG4bK1"
    assert via_param(message.need("via"), "rport") == ""
    assert via_port(message.need("via")) == 5061


def test_compact_and_folded_headers() -> None:
    """RFC 3261, 7.3.3 and 7.3.1: one-letter names, a value over two lines, two Vias on one line."""
    data = (
        b"MESSAGE sip:x@y SIP/2.0\r\n"
        b"v: SIP/2.0/UDP a:1;branch=1, SIP/2.0/UDP b;branch=2\r\n"
        b"f: <sip:d@e>\r\n ;tag=t\r\n"
        b"t: sip:x@y\r\ni: c\r\nCSeq: 2 MESSAGE\r\nc: Application/MANSCDP+xml\r\nl: 2\r\n\r\nhiXX"
    )

    message = request(data)

    assert message.all("via") == ["SIP/2.0/UDP a:1;branch=1", "SIP/2.0/UDP b;branch=2"]
    assert address_params(message.need("from")) == {"tag": "t"}
    assert (message.body, message.get("content-type")) == (b"hi", "Application/MANSCDP+xml")


def test_response_carries_what_the_request_had() -> None:
    """RFC 3261, 8.2.6 and RFC 3581: copies, a tag on To, the source in the topmost Via."""
    answer = respond(request(), 200, "OK", to_tag="z", received=("127.34.1.60", 5099))
    read = parse(answer.encode())

    assert isinstance(read, Response)
    assert (read.status, read.reason) == (200, "OK")
    assert address_params(read.need("to")) == {"tag": "z"}
    assert via_param(read.need("via"), "rport") == "5099"
    assert via_param(read.need("via"), "received") == "127.34.1.60"
    assert via_param(read.need("via"), "branch") == "z9hG4bK1"
    for name in ("from", "call-id", "cseq"):
        assert request().need(name) == read.need(name)


def test_a_tag_that_is_there_stays() -> None:
    """Inside a dialog To has a tag already, and 100 gets none."""
    tagged = request(REGISTER.replace(b"0000>\r\nCall", b"0000>;tag=q\r\nCall"))

    assert address_params(respond(tagged, 200, "OK", to_tag="z").need("to")) == {"tag": "q"}
    assert address_params(respond(request(), 100, "Trying", to_tag="z").need("to")) == {}


@pytest.mark.parametrize("header", [b"Via", b"To", b"From", b"Call-ID", b"CSeq"])
def test_no_response_to_what_cannot_be_answered(header: bytes) -> None:
    """A request without one of the copied headers is an error of the peer, named."""
    cut = b"\r\n".join(x for x in REGISTER.split(b"\r\n") if not x.startswith(header + b":"))

    with pytest.raises(SipError):
        respond(request(cut), 200, "OK", to_tag="z")


@pytest.mark.parametrize(
    ("address", "uri", "params"),
    [
        ("<sip:a@b:1>;tag=x", Uri("a", "b", 1), {"tag": "x"}),
        ("sip:a@b;tag=x", Uri("a", "b", None), {"tag": "x"}),
        ('"<sip:no@no>;tag=no" <sip:a@b;lr>;Tag="x"', Uri("a", "b", None), {"tag": "x"}),
        ("东门 <sip:a@b>", Uri("a", "b", None), {}),
        ("<sips:a@[::1]:5>", Uri("a", "[::1]", 5), {}),
        ("sip:b", Uri("", "b", None), {}),
    ],
)
def test_addresses(address: str, uri: Uri, params: dict[str, str]) -> None:
    """Display names, brackets, parameters inside the URI and behind it."""
    assert uri == uri_of(address)
    assert params == address_params(address)


@pytest.mark.parametrize(
    "address", ["", "<sip:a@b", "<sip:a@b>x", "tel:1", "sip:a@b:99999", "sip:a@b:0", "<>", "sip:"]
)
def test_bad_addresses(address: str) -> None:
    """Named, never guessed."""
    with pytest.raises(SipError):
        uri_of(address)


@pytest.mark.parametrize("via", ["SIP/2.0/UDP a:0", "SIP/2.0/UDP a:70000", "SIP/2.0/UDP a:x"])
def test_bad_via_port(via: str) -> None:
    """A port outside 1 … 65535 in a Via is an error; a missing one is 5060."""
    assert via_port("SIP/2.0/UDP host;branch=1") == 5060
    with pytest.raises(SipError):
        via_port(via)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\r\n\r\n",
        b"\x00\xff\xfe\r\n\r\n",
        b"GET / HTTP/1.1\r\n\r\n",
        b"REGISTER sip:x SIP/1.0\r\n\r\n",
        b"SIP/2.0 700 Odd\r\n\r\n",
        REGISTER[:-2],
        REGISTER.replace(b"Content-Length: 0", b"Content-Length: 5"),
        REGISTER.replace(b"Content-Length: 0", b"Content-Length: -1"),
        REGISTER.replace(b"Content-Length: 0", "Content-Length: ²".encode()),
        REGISTER.replace(b"Content-Length: 0", b"Content-Length: 0\r\nContent-Length: 1"),
        REGISTER.replace(b"Max-Forwards: 70", b"Max Forwards 70"),
        REGISTER.replace(b"Max-Forwards: 70", b"X: " + b"a" * 5000),
        REGISTER.replace(b"Max-Forwards: 70", b"X: a" + b"\r\n " * 3 + b"\r\n b" * 3000),
        REGISTER.replace(b"Max-Forwards: 70", b"\r\n".join([b"X: 1"] * 100)),
        REGISTER + b"x" * 70_000,
    ],
)
def test_not_sip(data: bytes) -> None:
    """Past a limit or not the grammar: our own error."""
    with pytest.raises(SipError):
        parse(data)


@pytest.mark.parametrize("cseq", [b"1", b"x REGISTER", b"99999999999 REGISTER", "² R".encode()])
def test_bad_cseq(cseq: bytes) -> None:
    """CSeq is read when it is asked for, and a bad one is named then."""
    message = request(REGISTER.replace(b"1 REGISTER", cseq))

    with pytest.raises(SipError):
        _ = message.cseq


@pytest.mark.parametrize(
    "message",
    [
        Request(headers=(("x", "a\r\nEvil: 1"),), method="MESSAGE", uri="sip:a"),
        Request(headers=(), method="MESSAGE", uri="sip:a\r\nEvil: 1"),
        Response(headers=(), status=200, reason="OK\nEvil: 1"),
    ],
)
def test_no_header_is_smuggled(message: Request | Response) -> None:
    """What we build never holds a line break that somebody's value brought along."""
    with pytest.raises(SipError):
        message.encode()


def test_foreign_bytes_come_back_as_they_came() -> None:
    """A display name in GB 18030 is copied into the answer byte for byte."""
    name = '"东门" '.encode("gb18030")
    data = REGISTER.replace(b"From: ", b"From: " + name)

    assert name in respond(request(data), 200, "OK", to_tag="z").encode()


def test_only_blanks_and_tabs_are_trimmed() -> None:
    """A no-break or ideographic space is part of a value; a blank or tab around it is not."""
    message = request(REGISTER.replace(b"3.0\r\n", " \t\u3000x\u00a0\t \r\n".encode()))

    assert message.get("x-gb-ver") == "\u3000x\u00a0"


def test_addresses_are_read_in_linear_time() -> None:
    """The longest header of blanks, quotes and escapes ends at once, not after 4096 squared."""
    for filler in (" ", '"', "\\", '"\\', "<", ";", "a "):
        value = "x" + filler * 4000 + "y"
        try:
            uri_of(value)
        except SipError as error:
            assert str(error)


@given(st.lists(st.tuples(NAMES, VALUES), max_size=10), st.binary(max_size=200))
def test_requests_survive_the_wire(headers: list[tuple[str, str]], body: bytes) -> None:
    """Built and parsed, a message is the same, whatever its values and body."""
    message = Request(headers=tuple(headers), body=body, method="MESSAGE", uri="sip:a@b")

    assert message == parse(message.encode())


@given(st.integers(100, 699), st.text("abc XYZ", max_size=10), st.binary(max_size=50))
def test_responses_survive_the_wire(status: int, reason: str, body: bytes) -> None:
    """The same for responses, with a reason of any length."""
    message = Response(headers=(), body=body, status=status, reason=reason)

    assert message == parse(message.encode())


@given(st.binary(max_size=300) | st.integers(0, 600).flatmap(lambda n: st.just(REGISTER[n:])))
def test_hostile_bytes_raise_nothing_else(data: bytes) -> None:
    """A value or ProtocolError, also from everything a registrar asks the value."""
    _drain(data)


@given(st.integers(0, len(REGISTER) - 1), st.binary(max_size=8))
def test_damaged_registers_raise_nothing_else(at: int, junk: bytes) -> None:
    """A good message with bytes replaced anywhere: the interesting near misses."""
    _drain(REGISTER[:at] + junk + REGISTER[at + len(junk) :])


def _drain(data: bytes) -> None:
    try:
        message = parse(data)
        _ = message.cseq
        via_port(message.need("via"))
        for name in ("from", "to", "contact"):
            uri_of(message.need(name))
            address_params(message.need(name))
        if isinstance(message, Request):
            respond(message, 200, "OK", to_tag="t", received=("127.0.0.1", 1)).encode()
    except ProtocolError as error:
        assert str(error)
