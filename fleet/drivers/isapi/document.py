"""A device's document, changed in place: nothing that was not meant to change changes.

A firmware's documents hold nodes that nobody here knows. They are read whole, the wanted nodes
are set, and everything else goes back as it came: namespace, attributes, order, comments. Parsing
is hostile-input parsing: bytes are limited before (http.py), no DTD, no entity, no network.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import cast

from lxml import etree

from fleet.drivers.reasons import Reasoned
from fleet.model.text import text

_DECLARED = re.compile(rb"^\s*<\?xml[^>]*?\bencoding\s*=\s*[\"']([A-Za-z0-9._-]+)[\"']")
_HEAD = b'<?xml version="1.0" encoding="UTF-8"?>\n'
# A masked or real password in an answer must never travel back.
_SECRET_NAME = re.compile(r"password", re.IGNORECASE)


class BadDocument(Reasoned):
    """The bytes are no document of the kind that was asked for."""


class NoNode(Exception):
    """The document has no node where one was to be set."""

    def __init__(self, node: str) -> None:
        super().__init__(f"there is no node {node}")
        self.node = node


class Document:
    """One XML document; nodes are named by a path of local names, like `GB28181/expires`."""

    def __init__(self, body: bytes) -> None:
        self._root = _parse(body)

    @property
    def name(self) -> str:
        """The root's local name."""
        return etree.QName(self._root).localname

    def text(self, path: str) -> str | None:
        """Return the trimmed text of the node at `path`, "" when it is empty, None when absent.

        Raises:
            BadDocument: the node is there twice, or holds nodes instead of text.
        """
        node = self._find(path.split("/"))
        if node is None:
            return None
        if len(_elements(node)):
            raise BadDocument(
                text("{p} holds nodes where text is expected", "{p} 应为文本却含有节点", p=path)
            )
        return (node.text or "").strip()

    def rows(self, table: str, row: str, cell: str) -> list[str | None]:
        """Return the text of `cell` in each `row` under `table` (which may be the root itself)."""
        return [
            None if (node := _child(item, cell)) is None else (node.text or "").strip()
            for item in self._rows(table, row)
        ]

    def set(self, path: str, value: str) -> None:
        """Set the text of an existing node.

        Raises:
            NoNode: the document has no such node.
            ValueError: XML cannot hold the text.
        """
        node = self._find(path.split("/"))
        if node is None:
            raise NoNode(path)
        node.text = value

    def put(self, path: str, value: str, after: Sequence[str] = ()) -> None:
        """Set the text of a node, made where missing: behind the last of `after`, or at the end.

        Raises:
            NoNode: its parent is missing.
            ValueError: XML cannot hold the text.
        """
        *above, name = path.split("/")
        parent = self._find(above)
        if parent is None:
            raise NoNode("/".join(above))
        node = _child(parent, name)
        if node is None:
            node = _made(parent, name)
            behind = [found for a in after if (found := _child(parent, a)) is not None]
            _insert(parent, node, behind[-1] if behind else None)
        node.text = value

    def rename(self, path: str, name: str) -> None:
        """Give the node at `path` another local name in the same place."""
        node = self._find(path.split("/"))
        if node is None:
            raise NoNode(path)
        node.tag = _qualified(node, name)

    def set_rows(self, table: str, row: str, cell: str, number: str, values: Sequence[str]) -> None:
        """Make `cell` of the rows exactly `values`: surplus rows go, missing ones are copies.

        A copied row gets the next count in its `number` node. Without any value the first row
        stays with an empty cell, since a later value needs a row to be copied from.

        Raises:
            NoNode: there is no row to begin with, or a row without such a cell.
        """
        rows = self._rows(table, row)
        if not rows and values:
            raise NoNode(f"{table}/{row}")
        wanted = list(values) or [""] * min(1, len(rows))
        for surplus in rows[len(wanted) :]:
            _remove(surplus)
        while len(rows) < len(wanted):
            rows.append(_copied(rows[-1], number, len(rows) + 1))
        for item, value in zip(rows, wanted, strict=False):
            node = _child(item, cell)
            if node is None:
                raise NoNode(f"{table}/{row}/{cell}")
            node.text = value

    def without_secrets(self, keep: frozenset[str] = frozenset()) -> bytes:
        """Return the document's bytes; password nodes whose path is not in `keep` are removed."""
        kept = [self._find(path.split("/")) for path in keep]
        for node in _all_elements(self._root):
            if _SECRET_NAME.search(etree.QName(node).localname) and not any(
                node is other for other in kept
            ):
                _remove(node)
        return _HEAD + etree.tostring(
            self._root.getroottree(), encoding="UTF-8", xml_declaration=False
        )

    def hull(self, name: str) -> bytes:
        """Return an empty element called `name` in the root's namespace and version."""
        element = _made(self._root, name)
        version = self._root.get("version")
        if version is not None:
            element.set("version", version)
        return etree.tostring(element)

    def _find(self, path: Sequence[str]) -> etree._Element | None:
        node: etree._Element | None = self._root
        for name in path:
            if node is None:
                return None
            node = _child(node, name)
        return node

    def _rows(self, table: str, row: str) -> list[etree._Element]:
        if self.name == table:
            holder: etree._Element | None = self._root
        else:
            holder = _child(self._root, table)
        if holder is None:
            return []
        return [e for e in _elements(holder) if etree.QName(e).localname == row]


def opened(body: bytes, root: str) -> Document:
    """Parse `body` and check that it is the document that was asked for.

    Raises:
        BadDocument: it is not.
    """
    document = Document(body)
    if document.name != root:
        raise other_document(document.name, root)
    return document


def holds(words: str) -> bool:
    """Whether XML can hold these characters (XML 1.0, 2.2)."""
    try:
        etree.Element("x").text = words
    except ValueError:
        return False
    return True


def other_document(name: str, wanted: str) -> BadDocument:
    """The answer is another document than the one that was asked for."""
    return BadDocument(
        text("the document is {n}, not {w}", "文档是 {n}，不是 {w}", n=name, w=wanted)
    )


def new_document(root: str, like: Document) -> Document:
    """Return an empty document called `root` in the namespace and version of `like`."""
    return Document(_HEAD + like.hull(root))


def _parse(body: bytes) -> etree._Element:
    declared = _DECLARED.match(body.removeprefix(b"\xef\xbb\xbf"))
    if declared and declared[1].upper() not in (b"UTF-8", b"UTF8"):
        encoding = declared[1].decode("ascii")
        raise BadDocument(
            text("the encoding is {e}, not UTF-8", "编码为 {e}，不是 UTF-8", e=encoding)
        )
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        raise BadDocument(text("it is not UTF-8", "不是 UTF-8 编码")) from None
    if b"<!DOCTYPE" in body:
        raise BadDocument(text("it has a document type declaration", "含有文档类型声明"))
    parser = etree.XMLParser(
        encoding="utf-8",
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        strip_cdata=False,
    )
    try:
        root = etree.fromstring(body, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise BadDocument(
            text("it is not XML ({e})", "不是 XML（{e}）", e=type(error).__name__)
        ) from None
    return root


def _elements(parent: etree._Element) -> list[etree._Element]:
    """Children that are elements: comments and processing instructions have no name."""
    return list(parent.iterchildren("{*}*"))


def _all_elements(root: etree._Element) -> list[etree._Element]:
    return list(root.iter("{*}*"))


def _child(parent: etree._Element, name: str) -> etree._Element | None:
    found = [e for e in _elements(parent) if etree.QName(e).localname == name]
    if len(found) > 1:
        raise BadDocument(text("{n} is there {k} times", "{n} 出现了 {k} 次", n=name, k=len(found)))
    return found[0] if found else None


def _qualified(like: etree._Element, name: str) -> str:
    namespace = etree.QName(like).namespace
    return f"{{{namespace}}}{name}" if namespace else name


def _made(parent: etree._Element, name: str) -> etree._Element:
    # With the document's own prefixes; the stubs do not know that None names the default one.
    nsmap = cast("dict[str, str]", parent.nsmap)
    return etree.Element(_qualified(parent, name), nsmap=nsmap)


def _insert(parent: etree._Element, node: etree._Element, behind: etree._Element | None) -> None:
    if behind is None:
        parent.append(node)
        return
    node.tail = behind.tail
    parent.insert(parent.index(behind) + 1, node)


def _copied(last: etree._Element, number: str, count: int) -> etree._Element:
    parent = last.getparent()
    if parent is None:
        raise BadDocument(text("a row without a table", "行不在表中"))
    copy = etree.fromstring(etree.tostring(last, with_tail=False))
    _insert(parent, copy, last)
    counter = _child(copy, number)
    if counter is not None:
        counter.text = str(count)
    return copy


def _remove(node: etree._Element) -> None:
    """Take a node out without the text that follows it, which lxml would take along."""
    parent = node.getparent()
    if parent is None:
        raise BadDocument(
            text("the document is a password and nothing else", "文档只有口令，别无内容")
        )
    previous = node.getprevious()
    if node.tail:
        if previous is None:
            parent.text = (parent.text or "") + node.tail
        else:
            previous.tail = (previous.tail or "") + node.tail
    parent.remove(node)
