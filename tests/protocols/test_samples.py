"""Whole messages in the forms that recorders and platforms of the field write them.

Written down by hand after public clients and servers of GB/T 28181; ids are of this project.
"""

from __future__ import annotations

import hashlib

import pytest

from fleet.protocols import manscdp
from fleet.protocols.digest import ha1, parse_authorization, parse_challenges, verify
from fleet.protocols.sip import (
    Request,
    Response,
    address_params,
    parse,
    respond,
    uri_of,
    via_param,
    via_port,
)

NVR = "34070501001180000001"


def lines(*parts: str, body: bytes = b"") -> bytes:
    """A datagram of header lines and a body."""
    return "\r\n".join(parts).encode("gb18030") + b"\r\n\r\n" + body


# A recorder that writes the address form of the domain, no rport, and its vendor's agent name.
REGISTER_PLAIN = lines(
    "REGISTER sip:34070500002000000001@127.34.0.1:5060 SIP/2.0",
    "Via: SIP/2.0/UDP 127.34.1.60:5060;branch=z9hG4bK1473213121",
    f"From: <sip:{NVR}@3407050000>;tag=1296124514",
    f"To: <sip:{NVR}@3407050000>",
    "Call-ID: 1108462379",
    "CSeq: 1 REGISTER",
    f"Contact: <sip:{NVR}@127.34.1.60:5060>",
    "Max-Forwards: 70",
    "User-Agent: Embedded Net DVR/NVR/DVS",
    "Expires: 3600",
    "Content-Length: 0",
)
# The older form: no qop; algorithm named without quotes, response in lower case.
AUTHORIZATION_OLD = (
    f'Digest username="{NVR}", realm="3407050000", nonce="9bd055", '
    'uri="sip:34070500002000000001@127.34.0.1:5060", '
    'response="{response}", algorithm=MD5'
)
# The counted form as a Java stack writes it: no space after commas, nc and qop at the end.
AUTHORIZATION_COUNTED = (
    f'Digest username="{NVR}",realm="3407050000",nonce="9bd055",'
    'uri="sip:34070500002000000001@3407050000",response="{response}",algorithm=MD5,'
    'cnonce="0a4f113b",opaque="",qop=auth,nc=00000001'
)
# A platform in Java: WWW-Authenticate with an empty opaque and stale=FALSE.
CHALLENGE_JAVA = 'Digest realm="3407050000",nonce="3bd05a",opaque="",stale=FALSE,algorithm=MD5'
# Two ways at once: what a platform offers that also knows the state's own hash.
CHALLENGE_BOTH = [
    'Digest realm="3407050000", nonce="a", algorithm=SM3, qop="auth"',
    'Digest realm="3407050000", nonce="b", algorithm=MD5, qop="auth"',
]
KEEPALIVE = """<?xml version="1.0" encoding="GB2312"?>
<Notify>
<CmdType>Keepalive</CmdType>
<SN>2051</SN>
<DeviceID>34070501001180000001</DeviceID>
<Status>OK</Status>
<Info>
</Info>
</Notify>
"""
CATALOG = """<?xml version="1.0" encoding="GB2312" standalone="yes" ?>
<Response>
    <CmdType>Catalog</CmdType>
    <SN>17430</SN>
    <DeviceID>34070501001180000001</DeviceID>
    <SumNum>2</SumNum>
    <DeviceList Num="2">
        <Item>
            <DeviceID>34070501001320000001</DeviceID>
            <Name>东门</Name>
            <Manufacturer>Vendor</Manufacturer>
            <Model>IP Camera</Model>
            <Owner>Owner</Owner>
            <CivilCode>340705</CivilCode>
            <Address>翠湖小区东门</Address>
            <Parental>0</Parental>
            <ParentID>34070501001180000001</ParentID>
            <SafetyWay>0</SafetyWay>
            <RegisterWay>1</RegisterWay>
            <Secrecy>0</Secrecy>
            <Status>ON</Status>
            <Longitude>117.811540</Longitude>
            <Info>
                <PTZType>3</PTZType>
                <CapturePositionType>0260100</CapturePositionType>
            </Info>
        </Item>
        <Item>
            <DeviceID>34070501001320000002</DeviceID>
            <Name>Camera 02</Name>
            <Status>OFF</Status>
        </Item>
    </DeviceList>
</Response>
"""


def test_a_plain_register() -> None:
    """No rport: the answer goes to the port of the Via, and our note of the source is added."""
    request = parse(REGISTER_PLAIN)
    assert isinstance(request, Request)

    answer = respond(request, 401, "Unauthorized", to_tag="z", received=("127.34.1.60", 5060))

    assert via_param(request.need("via"), "rport") is None
    assert via_port(request.need("via")) == 5060
    assert uri_of(request.uri).user == "34070500002000000001"
    assert uri_of(request.need("contact")).port == 5060
    assert request.cseq == (1, "REGISTER")
    assert answer.need("call-id") == "1108462379"
    assert address_params(answer.need("from")) == {"tag": "1296124514"}


@pytest.mark.parametrize(
    ("sample", "uri", "middle"),
    [
        (AUTHORIZATION_OLD, "sip:34070500002000000001@127.34.0.1:5060", "9bd055"),
        (
            AUTHORIZATION_COUNTED,
            "sip:34070500002000000001@3407050000",
            "9bd055:00000001:0a4f113b:auth",
        ),
    ],
)
def test_logins_as_they_are_written(sample: str, uri: str, middle: str) -> None:
    """Both forms verify from HA1; the response is computed here by the formula alone."""

    def md5(words: str) -> str:
        return hashlib.md5(words.encode(), usedforsecurity=False).hexdigest()

    secret = md5(f"{NVR}:3407050000:Aa1Bb2Cc")
    response = md5(f"{secret}:{middle}:{md5(f'REGISTER:{uri}')}")

    given = parse_authorization(sample.format(response=response))

    assert secret == ha1(NVR, "3407050000", "Aa1Bb2Cc")
    assert given.uri == uri
    assert verify(given, secret, "REGISTER")
    assert not verify(given, md5("x"), "REGISTER")


def test_challenges_as_platforms_write_them() -> None:
    """An empty opaque is kept and sent back; a hash we do not have is passed over."""
    (java,) = parse_challenges([CHALLENGE_JAVA])
    (known,) = parse_challenges(CHALLENGE_BOTH)

    assert (java.opaque, java.stale, java.qop) == ("", False, None)
    assert (known.nonce, known.qop) == ("b", "auth")


def test_a_keepalive_with_an_empty_info() -> None:
    """An element without content is a field without text."""
    document = manscdp.parse(KEEPALIVE.encode("gb2312"))

    assert (document.command, document.sn) == ("Keepalive", "2051")
    assert document.fields == {"Status": "OK", "Info": ""}


def test_a_catalog_with_indents_and_nested_info() -> None:
    """Chinese names in GB 2312, nested camera information passed over, both items whole."""
    document = manscdp.parse(CATALOG.encode("gb2312"))

    first, second = document.items
    assert (document.total, document.sn) == (2, "17430")
    assert (first["Name"], first["Address"]) == ("东门", "翠湖小区东门")
    assert "Info" not in first
    assert second == {"DeviceID": "34070501001320000002", "Name": "Camera 02", "Status": "OFF"}


def test_a_message_with_its_body() -> None:
    """Content-Length counts bytes of GB 2312; what the network appends is cut off."""
    body = CATALOG.encode("gb2312")
    message = parse(
        lines(
            "MESSAGE sip:34070500002000000001@3407050000 SIP/2.0",
            "Via: SIP/2.0/UDP 127.34.1.60:5060;rport;branch=z9hG4bK7",
            f"From: <sip:{NVR}@3407050000>;tag=9",
            "To: <sip:34070500002000000001@3407050000>",
            "Call-ID: 7",
            "CSeq: 20 MESSAGE",
            "Content-Type: Application/MANSCDP+xml",
            "Max-Forwards: 70",
            f"Content-Length:   {len(body)}",
            body=body + b"\r\n\r\n",
        )
    )

    assert message.body == body
    assert manscdp.parse(message.body).total == 2


def test_a_final_answer_with_date() -> None:
    """9.10: the platform's time in the 200 OK, in Beijing's zone and without naming it."""
    answer = parse(
        lines(
            "SIP/2.0 200 OK",
            "Via: SIP/2.0/UDP 127.34.1.60:5060;rport=5060;received=127.34.1.60;branch=z9hG4bK2",
            f"From: <sip:{NVR}@3407050000>;tag=1296124514",
            f"To: <sip:{NVR}@3407050000>;tag=77",
            "CSeq: 2 REGISTER",
            "Call-ID: 1108462379",
            f"Contact: <sip:{NVR}@127.34.1.60:5060>;expires=3600",
            "Date: 2026-11-24T19:19:15.000",
            "Expires: 3600",
            "Content-Length: 0",
        )
    )

    assert isinstance(answer, Response)
    assert (answer.status, answer.get("date")) == (200, "2026-11-24T19:19:15.000")
    assert address_params(answer.need("contact")) == {"expires": "3600"}
    assert via_param(answer.need("via"), "received") == "127.34.1.60"
