"""MANSCDP bodies: what we build reads back, in the field's charsets; hostile ones stay out."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleet.protocols.errors import ProtocolError
from fleet.protocols.manscdp import (
    BODY_MAX,
    ITEMS_MAX,
    ManscdpError,
    catalog_query,
    catalog_response,
    keepalive,
    parse,
)

NVR = "34070501001180000001"
TEXTS = st.text(
    st.characters(
        min_codepoint=0x20, max_codepoint=0x1FFFF, exclude_categories=("Cs", "Cn")
    ).filter(lambda c: c not in "\ufffe\uffff\x7f" and not "\x80" <= c <= "\x9f"),
    max_size=20,
).map(lambda words: words.strip(" "))
ITEM_NAMES = st.sampled_from(["DeviceID", "Name", "Manufacturer", "CivilCode", "Status"])


def test_keepalive() -> None:
    """GB/T 28181-2022, A.2.5.6: Notify, Keepalive, Status OK; GB 18030 declared."""
    body = keepalive(NVR, 7)
    document = parse(body)

    assert body.startswith(b'<?xml version="1.0" encoding="GB18030"?>')
    assert (
        document.kind,
        document.command,
        document.sn,
        document.device_id,
    ) == ("Notify", "Keepalive", "7", NVR)
    assert document.fields == {"Status": "OK"}
    assert (document.items, document.total) == ((), None)


def test_catalog_query() -> None:
    """A.2.4.3: Query with SN and the device asked."""
    document = parse(catalog_query(NVR, 17))

    assert (document.kind, document.command, document.sn) == ("Query", "Catalog", "17")


def test_catalog_response_in_packets() -> None:
    """A.2.6.4: SumNum counts all packets, Num this one; names are Chinese, one outside GB 2312."""
    item = {"DeviceID": "34070501001320000001", "Name": "东门𠮷 & <北>", "Status": "ON"}

    body = catalog_response(NVR, "17", 3, [item])
    document = parse(body)

    assert b'<DeviceList Num="1">' in body
    assert "东门𠮷".encode("gb18030") in body
    assert (document.total, document.items) == (3, (item,))


def test_an_ideographic_space_belongs_to_a_name() -> None:
    """U+3000 and U+00A0 at the edge of a name are kept: XML does not call them white space."""
    item = {"Name": "\u3000东门\u00a0"}

    assert parse(catalog_response(NVR, "1", 1, [item])).items == (item,)


def test_an_empty_catalog() -> None:
    """A recorder without channels answers with SumNum 0."""
    document = parse(catalog_response(NVR, "1", 0, []))

    assert (document.total, document.items) == (0, ())


@pytest.mark.parametrize("charset", ["GB2312", "gbk", "GB18030", "UTF-8"])
def test_the_fields_charsets(charset: str) -> None:
    """Older devices declare GB2312 and mean GBK; some send UTF-8."""
    words = (
        f'<?xml version="1.0" encoding="{charset}"?><Response><CmdType>Catalog</CmdType><SN>1</SN>'
        f"<DeviceID>{NVR}</DeviceID><SumNum>1</SumNum><DeviceList Num='1'><Item><DeviceID>1"
        "</DeviceID><Name>门镕</Name><Info><PTZType>3</PTZType></Info></Item></DeviceList></Response>"
    )
    codec = "utf-8" if charset == "UTF-8" else "gbk"

    (item,) = parse(words.encode(codec)).items

    assert item == {"DeviceID": "1", "Name": "门镕"}


def test_no_declaration_comments_and_a_mark() -> None:
    """UTF-8 without declaration, byte order mark, comments and instructions: read past."""
    words = (
        "\ufeff<Notify><!-- x --><?y z?><CmdType>Keepalive</CmdType>"
        f"<SN>1</SN><DeviceID>{NVR}</DeviceID></Notify>"
    )

    assert parse(words.encode()).command == "Keepalive"


BOMB = (
    b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>'
    b"<Notify><CmdType>&b;</CmdType><DeviceID>1</DeviceID></Notify>"
)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"hello",
        b"<Notify>",
        b"<Notify/>",
        b"<Notify><CmdType>Keepalive</CmdType></Notify>",
        b"<Notify><DeviceID>1</DeviceID></Notify>",
        BOMB,
        BOMB.decode().encode("utf-16"),
        b'<?xml version="1.0" encoding="UTF-7"?><Notify/>',
        b'<?xml version="1.0" encoding="GB18030"?><Notify>\xff\xff</Notify>',
        b"<Notify><CmdType>&undefined;</CmdType><DeviceID>1</DeviceID></Notify>",
        b"<a>" * 5000 + b"</a>" * 5000,
        b"<Notify>" + b" " * BODY_MAX + b"</Notify>",
        b"<?xml encoding='a'" + b" encoding='a'" * 4000,
        catalog_response("1", "1", 1, [{"DeviceID": "1"}] * (ITEMS_MAX + 1)),
    ],
)
def test_not_manscdp(body: bytes) -> None:
    """DTDs, bombs, unknown charsets, depth and size: refused with our own error."""
    with pytest.raises(ManscdpError):
        parse(body)


@pytest.mark.parametrize("total", ["", "-1", "²", "12345678", "x"])
def test_a_total_that_is_no_number_is_unknown(total: str) -> None:
    """SumNum is read as a plain number or not at all."""
    body = (
        f"<Response><CmdType>Catalog</CmdType><SN>1</SN><DeviceID>1</DeviceID>"
        f"<SumNum>{total}</SumNum></Response>"
    )

    assert parse(body.encode()).total is None


@pytest.mark.parametrize("item", [{"a b": "x"}, {"<": "x"}, {"Name": "\x00"}, {"Name": "\ud800"}])
def test_what_cannot_stand_in_xml_is_not_built(item: dict[str, str]) -> None:
    """A bad element name or control character is our caller's mistake, and named."""
    with pytest.raises(ManscdpError):
        catalog_response("1", "1", 1, [item])


@given(st.lists(st.dictionaries(ITEM_NAMES, TEXTS, min_size=1), max_size=8))
def test_catalogs_survive_the_wire(items: list[dict[str, str]]) -> None:
    """Any text that XML allows comes back, also outside the basic plane."""
    document = parse(catalog_response(NVR, "3", len(items), items))

    assert items == [dict(item) for item in document.items]


@given(
    st.binary(max_size=300) | st.text(max_size=200).map(lambda t: f"<Notify>{t}</Notify>".encode())
)
def test_hostile_bodies_raise_nothing_else(body: bytes) -> None:
    """A value or ProtocolError."""
    try:
        parse(body)
    except ProtocolError as error:
        assert str(error)
