"""MANSCDP documents word for word: what we write, byte by byte, and what devices write, by case."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleet.protocols.manscdp import (
    BODY_MAX,
    ITEMS_MAX,
    ManscdpError,
    catalog_query,
    catalog_response,
    keepalive,
    parse,
)

ID = "34070501001180000001"
CHANNEL = "34070501001310000001"

KEEPALIVE = (
    '<?xml version="1.0" encoding="GB18030"?>\r\n'
    "<Notify>\r\n"
    "<CmdType>Keepalive</CmdType>\r\n"
    "<SN>7</SN>\r\n"
    f"<DeviceID>{ID}</DeviceID>\r\n"
    "<Status>OK</Status>\r\n"
    "</Notify>\r\n"
)
QUERY = (
    '<?xml version="1.0" encoding="GB18030"?>\r\n'
    "<Query>\r\n"
    "<CmdType>Catalog</CmdType>\r\n"
    "<SN>17430</SN>\r\n"
    f"<DeviceID>{ID}</DeviceID>\r\n"
    "</Query>\r\n"
)
RESPONSE = (
    '<?xml version="1.0" encoding="GB18030"?>\r\n'
    "<Response>\r\n"
    "<CmdType>Catalog</CmdType>\r\n"
    "<SN>17430</SN>\r\n"
    f"<DeviceID>{ID}</DeviceID>\r\n"
    "<SumNum>2</SumNum>\r\n"
    '<DeviceList Num="1">\r\n'
    "<Item>\r\n"
    f"<DeviceID>{CHANNEL}</DeviceID>\r\n"
    "<Name>东门&lt;1&gt; &amp; 㐂</Name>\r\n"
    "</Item>\r\n"
    "</DeviceList>\r\n"
    "</Response>\r\n"
)


@pytest.mark.parametrize(
    ("made", "golden"),
    [
        (keepalive(ID, 7), KEEPALIVE),
        (keepalive(ID, 7, "ERROR"), KEEPALIVE.replace("OK", "ERROR")),
        (catalog_query(ID, 17430), QUERY),
        (
            catalog_response(ID, "17430", 2, [{"DeviceID": CHANNEL, "Name": "东门<1> & 㐂"}]),
            RESPONSE,
        ),
        (
            catalog_response(ID, "1", 0, []),
            '<?xml version="1.0" encoding="GB18030"?>\r\n<Response>\r\n'
            f"<CmdType>Catalog</CmdType>\r\n<SN>1</SN>\r\n<DeviceID>{ID}</DeviceID>\r\n"
            '<SumNum>0</SumNum>\r\n<DeviceList Num="0">\r\n</DeviceList>\r\n</Response>\r\n',
        ),
    ],
)
def test_what_we_write(made: bytes, golden: str) -> None:
    """Annex A: element for element, CR LF, in GB 18030 also where GB 2312 has no such character."""
    assert made == golden.encode("gb18030")


def document(inner: str, root: str = "Notify", head: str = "") -> bytes:
    """A document of a device."""
    return f"{head}<{root}>{inner}</{root}>".encode()


WHO = f"<CmdType>Keepalive</CmdType><SN>1</SN><DeviceID>{ID}</DeviceID>"


@pytest.mark.parametrize(
    ("declared", "codec"),
    [
        ("GB2312", "gb2312"),
        ("gb2312", "gb18030"),
        ("GBK", "gbk"),
        ("gbk", "gb18030"),
        ("GB18030", "gb18030"),
        ("gb18030", "gb18030"),
        ("UTF-8", "utf-8"),
        ("utf-8", "utf-8"),
    ],
)
@pytest.mark.parametrize("quote", ['"', "'"])
@pytest.mark.parametrize("name", ["东门", "翠湖花园3号门", "plain"])
def test_a_name_in_every_charset_that_is_declared(
    declared: str, codec: str, quote: str, name: str
) -> None:
    """GB 2312 and GBK are read as their superset, in either case and either quotes."""
    head = f"<?xml version={quote}1.0{quote} encoding={quote}{declared}{quote}?>\n"
    body = (head + f"<Notify>{WHO}<Name>{name}</Name></Notify>").encode(codec)

    assert parse(body).fields == {"Name": name}


@pytest.mark.parametrize(
    "declared", ["UTF-16", "ISO-8859-1", "Big5", "ascii", "utf8", "x" * 32, "gb-2312"]
)
def test_another_charset_is_refused(declared: str) -> None:
    """Guessing would turn names into others."""
    head = f'<?xml version="1.0" encoding="{declared}"?>'

    with pytest.raises(ManscdpError, match="the charset is not GB 18030 or UTF-8"):
        parse(document(WHO, head=head))


@pytest.mark.parametrize(
    ("head", "raw"),
    [
        ('<?xml version="1.0" encoding="GB2312"?>', b"\x81"),
        ('<?xml version="1.0" encoding="GB2312"?>', b"\xff\xff"),
        ('<?xml version="1.0" encoding="UTF-8"?>', "东".encode("gb18030")),
        ('<?xml version="1.0"?>', "门".encode("gb18030")),
        ("", b"\xc3\x28"),
        ("", b"\xed\xa0\x80"),
    ],
)
def test_bytes_that_are_not_in_their_charset(head: str, raw: bytes) -> None:
    """No replacement character ever stands for a byte."""
    body = f"{head}<Notify>{WHO}<Name>".encode() + raw + b"</Name></Notify>"

    with pytest.raises(ManscdpError, match="the body is not in its charset"):
        parse(body)


@pytest.mark.parametrize(
    ("inner", "fields"),
    [
        (WHO, {}),
        (WHO + "<Status>OK</Status>", {"Status": "OK"}),
        (WHO + "<Status> OK\r\n</Status>", {"Status": "OK"}),
        (WHO + "<Status/>", {"Status": ""}),
        (WHO + "<Status>OK</Status><Status>ERROR</Status>", {"Status": "OK"}),
        (WHO + "<Info><Deep>x</Deep></Info>", {}),
        (WHO + "<Info>\r\n</Info>", {"Info": ""}),
        (WHO + "<!-- a <Status>comment</Status> --><A>b</A>", {"A": "b"}),
        (WHO + "<?pi here?><A>b</A>", {"A": "b"}),
        (WHO + "<A><![CDATA[<b>&]]></A>", {"A": "<b>&"}),
        (WHO + "<A>&lt;b&gt;&amp;&#19996;</A>", {"A": "<b>&东"}),
        (WHO + "<A>\u3000东门\u3000</A>", {"A": "\u3000东门\u3000"}),
        (WHO + '<A b="c">d</A>', {"A": "d"}),
        (WHO + "<Item><DeviceID>1</DeviceID></Item>", {}),
        ("<SN>1</SN>" + WHO.replace("<SN>1</SN>", ""), {}),
    ],
)
def test_the_fields_of_a_document(inner: str, fields: dict[str, str]) -> None:
    """Simple elements by name, the first of doubles; nested ones are none of ours."""
    found = parse(document(inner))

    assert (found.kind, found.command, found.sn, found.device_id) == (
        "Notify",
        "Keepalive",
        "1",
        ID,
    )
    assert found.fields == fields


@pytest.mark.parametrize("root", ["Query", "Notify", "Response", "Control", "Anything"])
def test_the_root_is_the_kind(root: str) -> None:
    """Who handles it decides which kinds there are."""
    assert parse(document(WHO, root)).kind == root


@pytest.mark.parametrize(
    ("listed", "items"),
    [
        ("<DeviceList/>", []),
        ('<DeviceList Num="0"></DeviceList>', []),
        ("<DeviceList><Item/></DeviceList>", [{}]),
        ("<DeviceList><Item><DeviceID>1</DeviceID></Item></DeviceList>", [{"DeviceID": "1"}]),
        (
            "<DeviceList><Item><DeviceID>1</DeviceID></Item><Item><DeviceID>2</DeviceID>"
            "</Item></DeviceList>",
            [{"DeviceID": "1"}, {"DeviceID": "2"}],
        ),
        (
            "<DeviceList><Item><DeviceID> 1 </DeviceID><Info><PTZType>1</PTZType></Info>"
            "<Name>门</Name></Item></DeviceList>",
            [{"DeviceID": "1", "Name": "门"}],
        ),
        ("<DeviceList><Other><DeviceID>1</DeviceID></Other></DeviceList>", []),
        (
            "<DeviceList><Item><A>1</A></Item></DeviceList>"
            "<DeviceList><Item><A>2</A></Item></DeviceList>",
            [{"A": "1"}, {"A": "2"}],
        ),
    ],
)
def test_the_items_of_a_list(listed: str, items: list[dict[str, str]]) -> None:
    """Each item with its simple elements; the count that a device claims is not believed."""
    assert list(parse(document(WHO + listed)).items) == items


@pytest.mark.parametrize(
    ("told", "total"),
    [
        ("0", 0),
        ("2", 2),
        ("0002", 2),
        ("9999999", 9_999_999),
        (" 2 ", 2),
        ("10000000", None),
        ("-1", None),
        ("2.0", None),
        ("", None),
        ("two", None),
        ("２", None),
    ],
)
def test_how_many_items_there_are_in_all(told: str, total: int | None) -> None:
    """SumNum where it is a plain number of bounded length, else unknown."""
    assert parse(document(f"{WHO}<SumNum>{told}</SumNum>", "Response")).total == total


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"", "the body is not XML"),
        (b" \r\n", "the body is not XML"),
        (b"Keepalive", "the body is not XML"),
        (b"<Notify>", "the body is not XML"),
        (b"<Notify></notify>", "the body is not XML"),
        (b"<Notify/><Notify/>", "the body is not XML"),
        (document(WHO + "<A>&undefined;</A>"), "the body is not XML"),
        (document(WHO + "<A>\x01</A>"), "the body is not XML"),
        (document(WHO + "<A>\x00</A>"), "the body is not XML"),
        (document(WHO, head="<!DOCTYPE Notify>"), "a DTD is not accepted"),
        (document(WHO, head='<!DOCTYPE x [<!ENTITY a "b">]>'), "a DTD is not accepted"),
        (document(WHO, head='<!DOCTYPE x SYSTEM "file:///etc/passwd">'), "a DTD is not accepted"),
        (document(WHO + "<A><![CDATA[<!DOCTYPE]]></A>"), "a DTD is not accepted"),
        (b"<Notify/>", "CmdType or DeviceID is missing"),
        (document("<CmdType>Keepalive</CmdType>"), "CmdType or DeviceID is missing"),
        (document(f"<DeviceID>{ID}</DeviceID>"), "CmdType or DeviceID is missing"),
        (document(f"<CmdType/><DeviceID>{ID}</DeviceID>"), "CmdType or DeviceID is missing"),
        (document("<CmdType>Keepalive</CmdType><DeviceID> </DeviceID>"), "is missing"),
        (document(f"<cmdtype>Keepalive</cmdtype><DeviceID>{ID}</DeviceID>"), "is missing"),
        (b"<a>" * 300 + b"</a>" * 300, "the body is not XML|missing"),
        (
            document(f"{WHO}<DeviceList>{'<Item/>' * (ITEMS_MAX + 1)}</DeviceList>"),
            "too many items in one packet",
        ),
        (b" " * (BODY_MAX + 1), "the body is too long"),
    ],
)
def test_a_body_that_is_refused(body: bytes, why: str) -> None:
    """Each break and limit in its own words."""
    with pytest.raises(ManscdpError, match=why):
        parse(body)


def test_the_limits_themselves_are_allowed() -> None:
    """As many items, and as many bytes, as there may be."""
    assert len(parse(document(f"{WHO}<DeviceList>{'<Item/>' * ITEMS_MAX}</DeviceList>")).items) == (
        ITEMS_MAX
    )
    filled = document(WHO + "<A></A>")
    assert parse(filled.replace(b"<A>", b"<A>" + b"x" * (BODY_MAX - len(filled)))).command


@pytest.mark.parametrize("lead", ["\ufeff", "\r\n", "  ", "\ufeff\r\n "])
def test_what_may_stand_before_a_document(lead: str) -> None:
    """A byte order mark and blanks, with and without a declaration."""
    assert parse(lead.encode() + document(WHO)).device_id == ID


@pytest.mark.parametrize("name", ["", "1a", "a b", "a-b", "<a>", "名", "a" * 65, "a>b", "a\n"])
def test_a_name_that_is_no_element(name: str) -> None:
    """Nothing given by a caller becomes markup."""
    with pytest.raises(ManscdpError, match="not an element name"):
        catalog_response(ID, "1", 1, [{name: "x"}])


@pytest.mark.parametrize("value", ["\x00", "a\x08", "\x1f", "\x0b", "\ufffe", "\uffff", "\ud800"])
def test_a_value_that_xml_cannot_hold(value: str) -> None:
    """Refused before it is written: the receiver could not read the document."""
    with pytest.raises(ManscdpError, match="a control character cannot stand in XML"):
        keepalive(ID, 1, value)


@given(
    st.dictionaries(
        st.text("abcdefXYZ0123456789", min_size=1, max_size=9).map(lambda n: "N" + n),
        st.text(st.characters(exclude_categories=("Cc", "Cs")), max_size=30).map(
            lambda v: v.strip(" ")
        ),
        max_size=6,
    ).map(lambda d: {k: v for k, v in d.items() if "\ufffe" not in v and "\uffff" not in v}),
    st.integers(0, 9_999_999),
)
def test_an_item_survives_the_wire(item: dict[str, str], total: int) -> None:
    """Any printable text, also outside the first plane, through GB 18030 and back."""
    found = parse(catalog_response(ID, "1", total, [item, {}]))

    assert (found.items, found.total) == ((item, {}), total)
