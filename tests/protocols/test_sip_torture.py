"""SIP torture in the spirit of RFC 4475: what is odd and valid is read, what is broken is refused.

Section numbers in the ids are those of RFC 4475; REGISTER and MESSAGE stand for its INVITE where
the point is not the method.
"""

from __future__ import annotations

import pytest

from fleet.protocols.sip import (
    Request,
    SipError,
    Uri,
    address_params,
    parse,
    uri_of,
    via_param,
    via_port,
)
from tests.protocols.sip_words import CORE, datagram, register

TORTUOUS = (
    b"INVITE sip:vivekg@chair-dnrc.example.com;unknownparam SIP/2.0\r\n"
    b"TO :\r\n"
    b" sip:vivekg@chair-dnrc.example.com ;   tag    = 1918181833n\r\n"
    b'from   : "J Rosenberg \\\\\\""       <sip:jdrosen@example.com>\r\n'
    b"  ;\r\n"
    b"  tag = 98asjd8\r\n"
    b"MaX-fOrWaRdS: 0068\r\n"
    b"Call-ID: wsinv.ndaksdj@192.0.2.1\r\n"
    b"Content-Length   : 3\r\n"
    b"cseq: 0009\r\n"
    b"  INVITE\r\n"
    b"s :\r\n"
    b"NewFangledHeader:   newfangled value\r\n"
    b" continued newfangled value\r\n"
    b"UnknownHeaderWithUnusualValue: ;;,,;;;;,;,;\r\n"
    b"Content-Type: application/sdp\r\n"
    b"v:  SIP/2.0/TCP     spindle.example.com   ;\r\n"
    b"  branch  =   z9hG4bK9ikj8  ,\r\n"
    b" SIP/2.0/UDP  192.168.255.111   ; branch=\r\n"
    b" z9hG4bK30239\r\n"
    b'm:"Quoted string \\"\\"" <sip:jdrosen@example.com> ; newparam =\r\n'
    b"      newvalue ;\r\n"
    b"  secondparam ; q = 0.33\r\n"
    b"\r\n"
    b"v=0trailing octets beyond the length"
)


@pytest.fixture
def tortuous() -> Request:
    """The short tortuous request of RFC 4475, 3.1.1.1."""
    message = parse(TORTUOUS)
    assert isinstance(message, Request)
    return message


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("max-forwards", "0068"),
        ("call-id", "wsinv.ndaksdj@192.0.2.1"),
        ("subject", ""),
        ("newfangledheader", "newfangled value continued newfangled value"),
        ("unknownheaderwithunusualvalue", ";;,,;;;;,;,;"),
        ("content-type", "application/sdp"),
        ("cseq", "0009 INVITE"),
    ],
)
def test_the_tortuous_request_gives_each_header(tortuous: Request, name: str, value: str) -> None:
    """3.1.1.1: case, blanks before the colon, folding and compact names change no value."""
    assert tortuous.get(name) == value


def test_the_tortuous_request_is_understood(tortuous: Request) -> None:
    """3.1.1.1: method, URI, CSeq, tags, both Vias and the body that Content-Length cuts."""
    assert (tortuous.method, tortuous.cseq) == ("INVITE", (9, "INVITE"))
    assert tortuous.uri == "sip:vivekg@chair-dnrc.example.com;unknownparam"
    assert address_params(tortuous.need("to")) == {"tag": "1918181833n"}
    assert address_params(tortuous.need("from")) == {"tag": "98asjd8"}
    assert uri_of(tortuous.need("from")) == Uri("jdrosen", "example.com")
    vias = tortuous.all("via")
    assert [via_param(v, "branch") for v in vias] == ["z9hG4bK9ikj8", "z9hG4bK30239"]
    assert address_params(tortuous.need("contact")) == {
        "newparam": "newvalue",
        "secondparam": "",
        "q": "0.33",
    }
    assert tortuous.body == b"v=0"


def test_a_wide_range_of_characters_is_valid() -> None:
    """3.1.1.2: every character that a token may have, in method, header name and CSeq."""
    method = "!interesting-Method0123456789_*+`.%indeed'~"[:32]
    message = parse(
        datagram(
            f"{method} sip:1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*@example.com SIP/2.0",
            *CORE[:4],
            f"CSeq: 139122385 {method}",
            "extensionHeader-!.%*+_`'~:  大停電",
        )
    )

    assert isinstance(message, Request)
    assert message.cseq == (139122385, method)
    assert message.get("extensionheader-!.%*+_`'~") == "大停電"


def test_escaped_nulls_in_a_uri_stay_escaped() -> None:
    """3.1.1.4: %00 is no end of a user."""
    message = register("Contact: <sip:%00@host5.example.com>")

    assert uri_of(message.need("contact")) == Uri("%00", "host5.example.com")


@pytest.mark.parametrize(
    ("address", "params"),
    [
        ("<sip:user@example.com?Route=%3Csip:sip.example.com%3E>", {}),
        ("sip:+19725552222@gw1.example.net;unknownparam", {"unknownparam": ""}),
        ("<sip:+19725552222@gw1.example.net;unknownparam>", {}),
        ("<sip:a@b>;expires=0", {"expires": "0"}),
        ("<sip:a@b> ; Expires = 60 ; +sip.instance", {"expires": "60", "+sip.instance": ""}),
        ("<sip:a@b>;tag=1;TAG=2", {"tag": "1"}),
        ('"a;tag=x" <sip:a@b>;tag=y', {"tag": "y"}),
        ('"a<sip:no@no>;tag=x" <sip:a@b>;tag=y', {"tag": "y"}),
        ('"\\"<" <sip:a@b>;tag=y', {"tag": "y"}),
        ("caller <sip:caller@example.com>;tag=323", {"tag": "323"}),
        ("caller<sip:caller@example.com>;tag=323", {"tag": "323"}),
        ("<sip:a@b;tag=inside>;tag=outside", {"tag": "outside"}),
        ("<sip:a@b>", {}),
        ("<sip:a@b>;", {"": ""}),
        ("sip:a@b;tag=%20", {"tag": "%20"}),
    ],
)
def test_parameters_of_the_header_and_of_the_uri(address: str, params: dict[str, str]) -> None:
    """3.1.1.6, 3.1.1.13: in brackets they are the URI's, without brackets the header's."""
    assert address_params(address) == params


@pytest.mark.parametrize(
    ("address", "uri"),
    [
        ("sip:34070501001180000001@3407050000", Uri("34070501001180000001", "3407050000")),
        ("<sip:1@192.0.2.1:5060>", Uri("1", "192.0.2.1", 5060)),
        ("<sip:1@192.0.2.1:1>", Uri("1", "192.0.2.1", 1)),
        ("<sip:1@192.0.2.1:65535>", Uri("1", "192.0.2.1", 65535)),
        ("<sip:1@[2001:db8::10]>", Uri("1", "[2001:db8::10]")),
        ("<sip:1@[2001:db8::10]:5070;transport=udp>", Uri("1", "[2001:db8::10]", 5070)),
        ("<sip:[2001:db8::10:5070]>", Uri("", "[2001:db8::10:5070]")),
        ("<SIP:a@EXAMPLE.com>", Uri("a", "EXAMPLE.com")),
        ("<sips:a@b>", Uri("a", "b")),
        ("<sip:b>", Uri("", "b")),
        ("<sip:b:5070?x=y>", Uri("", "b", 5070)),
        ("<sip:@b>", Uri("", "b")),
        ("<sip:a:secret@b>", Uri("a:secret", "b")),
        ("'quoted' <sip:a@b>", Uri("a", "b")),
        ('"门口机" <sip:a@b:5061>', Uri("a", "b", 5061)),
        ("\t<sip:a@b>\t", Uri("a", "b")),
    ],
)
def test_where_an_address_leads(address: str, uri: Uri) -> None:
    """User, host and port in every notation; IPv6 in brackets (RFC 5118, 4.1-4.3)."""
    assert uri_of(address) == uri


@pytest.mark.parametrize(
    "address",
    [
        "",
        "<>",
        "<sip:>",
        "*",
        "a@b",
        "http://example.com",
        "<http://example.com>",
        "nobodyKnowsThisScheme:totallyopaquecontent",
        "tel:+19725552222",
        "<sip:a@b",
        "sip:a@b>",
        "<sip:a@b>garbage",
        "<sip:a@b> tag=1",
        "<sip:a@b:0>",
        "<sip:a@b:65536>",
        "<sip:a@b:99999>",
        "<sip:a@b:>",
        "<sip:a@b:port>",
        "<sip:a@b:5060x>",
        "<sip:a@b:123456>",
        '"unclosed <sip:a@b',
    ],
)
def test_an_address_that_leads_nowhere(address: str) -> None:
    """3.1.2.6, 3.3.3: foreign schemes, open brackets and impossible ports are malformed."""
    with pytest.raises(SipError, match=r"an address is malformed|a port is out of range"):
        uri_of(address)


@pytest.mark.parametrize(
    ("via", "branch", "port"),
    [
        ("SIP/2.0/UDP 192.0.2.2;branch=z9hG4bK1", "z9hG4bK1", 5060),
        ("SIP/2.0/UDP 192.0.2.2:5061;branch=z9hG4bK1", "z9hG4bK1", 5061),
        ("SIP/2.0/UDP 192.0.2.2:5061 ;branch = z9hG4bK1", "z9hG4bK1", 5061),
        ("SIP/2.0/UDP [2001:db8::9:1];branch=z9hG4bK2", "z9hG4bK2", 5060),
        ("SIP/2.0/UDP [2001:db8::9:1]:6060;branch=z9hG4bK2", "z9hG4bK2", 6060),
        ("SIP/2.0/UDP host;BRANCH=z9hG4bK3", "z9hG4bK3", 5060),
        ("SIP/2.0/UDP host;rport;branch=a;branch=b", "a", 5060),
        ("SIP/2.0/UDP host;branch=z9hG4bK1-=?", "z9hG4bK1-=?", 5060),
        ("SIP/2.0/UDP host;branch=", "", 5060),
        ("SIP/2.0/UDP host", None, 5060),
    ],
)
def test_branch_and_port_of_a_via(via: str, branch: str | None, port: int) -> None:
    """3.1.1.7, 3.1.1.10: an odd branch is one all the same; no port is 5060."""
    assert (via_param(via, "branch"), via_port(via)) == (branch, port)


@pytest.mark.parametrize(
    "via", ["SIP/2.0/UDP h:0", "SIP/2.0/UDP h:65536", "SIP/2.0/UDP h:x", "SIP/2.0/UDP h:-1"]
)
def test_an_impossible_port_in_a_via(via: str) -> None:
    """A response cannot be sent there."""
    with pytest.raises(SipError, match="a port is out of range"):
        via_port(via)
