"""MANSCDP bodies of GB/T 28181-2022 (annex A): Keepalive, Catalog query and response; no I/O.

Written in GB 18030 as the 2022 text demands; read in whatever the declaration names. No DTD, no
entity, no network, bounded size: hostile input ends in `ManscdpError` and nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from xml.sax.saxutils import escape

from lxml import etree

from fleet.protocols.errors import ProtocolError

CONTENT_TYPE = "Application/MANSCDP+xml"
BODY_MAX = 64 * 1024
ITEMS_MAX = 512
# XML's white space (2.3); Python's own idea of it would eat an ideographic space of a name.
_BLANK = " \t\r\n"
# A declaration stands at the very start; looking further would be a hostile body's delight.
_DECLARATION_MAX = 200
_DECLARED = re.compile(rb'\s*<\?xml[^>]*?encoding\s*=\s*["\']([A-Za-z0-9._-]{1,32})["\'][^>]*\?>')
_CHARSETS = {"gb2312": "gb18030", "gbk": "gb18030", "gb18030": "gb18030", "utf-8": "utf-8"}
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9]{0,63}\Z")
_COUNT = re.compile(r"[0-9]{1,7}\Z")
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")


class ManscdpError(ProtocolError):
    """The body is no MANSCDP document that we understand."""


@dataclass(frozen=True)
class Manscdp:
    """One document.

    `kind` is the root (Query, Notify, Response, Control), `command` the CmdType, `fields` the other
    simple elements, `items` the items of a device list, `total` its SumNum.
    """

    kind: str
    command: str
    sn: str
    device_id: str
    fields: Mapping[str, str]
    items: tuple[Mapping[str, str], ...] = ()
    total: int | None = None


def keepalive(device_id: str, sn: int, status: str = "OK") -> bytes:
    """A status report (9.6, A.2.5.6): Notify Keepalive."""
    return _document("Notify", "Keepalive", sn, device_id, [("Status", status)])


def catalog_query(device_id: str, sn: int) -> bytes:
    """A catalog query (9.5, A.2.4.3)."""
    return _document("Query", "Catalog", sn, device_id, [])


def catalog_response(
    device_id: str, sn: str, total: int, items: Iterable[Mapping[str, str]]
) -> bytes:
    """One packet of a catalog's answer (A.2.6.4); `total` counts the items of all packets."""
    rows = [
        "<Item>\r\n" + "".join(f"{_element(k, v)}\r\n" for k, v in item.items()) + "</Item>\r\n"
        for item in items
    ]
    listed = f'<DeviceList Num="{len(rows)}">\r\n{"".join(rows)}</DeviceList>\r\n'
    return _document("Response", "Catalog", sn, device_id, [("SumNum", str(total))], listed)


def parse(body: bytes) -> Manscdp:
    """Read a document.

    Raises:
        ManscdpError: it is none, is past a limit, or needs a DTD.
    """
    root = _tree(body)
    fields: dict[str, str] = {}
    items: list[Mapping[str, str]] = []
    for child in root.iterchildren("*"):
        if child.tag == "DeviceList":
            items += [_simple(item) for item in child.iterchildren("Item")]
        elif len(child) == 0:
            fields.setdefault(child.tag, (child.text or "").strip(_BLANK))
    command, sn = fields.pop("CmdType", ""), fields.pop("SN", "")
    device_id = fields.pop("DeviceID", "")
    if not command or not device_id:
        raise ManscdpError("CmdType or DeviceID is missing")
    if len(items) > ITEMS_MAX:
        raise ManscdpError("too many items in one packet")
    total = fields.get("SumNum", "")
    return Manscdp(
        kind=root.tag,
        command=command,
        sn=sn,
        device_id=device_id,
        fields=fields,
        items=tuple(items),
        total=int(total) if _COUNT.match(total) else None,
    )


def _tree(body: bytes) -> etree._Element:
    if len(body) > BODY_MAX:
        raise ManscdpError("the body is too long")
    declared = _DECLARED.match(body[:_DECLARATION_MAX])
    name = declared[1].decode("ascii").lower() if declared else "utf-8"
    if name not in _CHARSETS:
        raise ManscdpError("the charset is not GB 18030 or UTF-8")
    try:
        words = body[declared.end() if declared else 0 :].decode(_CHARSETS[name])
    except UnicodeDecodeError as error:
        raise ManscdpError("the body is not in its charset") from error
    if "<!DOCTYPE" in words or "<!ENTITY" in words:
        raise ManscdpError("a DTD is not accepted")
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, encoding="utf-8"
    )
    try:
        return etree.fromstring(words.strip("\ufeff" + _BLANK).encode("utf-8"), parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise ManscdpError("the body is not XML") from error


def _simple(item: etree._Element) -> dict[str, str]:
    return {c.tag: (c.text or "").strip(_BLANK) for c in item.iterchildren("*") if len(c) == 0}


def _document(
    kind: str,
    command: str,
    sn: int | str,
    device_id: str,
    fields: Iterable[tuple[str, str]],
    tail: str = "",
) -> bytes:
    head = [("CmdType", command), ("SN", str(sn)), ("DeviceID", device_id), *fields]
    inner = "".join(f"{_element(k, v)}\r\n" for k, v in head)
    words = f'<?xml version="1.0" encoding="GB18030"?>\r\n<{kind}>\r\n{inner}{tail}</{kind}>\r\n'
    return words.encode("gb18030")


def _element(name: str, value: str) -> str:
    if not _NAME.match(name):
        raise ManscdpError(f"not an element name: {name!r}")
    if _FORBIDDEN.search(value):
        raise ManscdpError("a control character cannot stand in XML")
    return f"<{name}>{escape(value)}</{name}>"
