"""XML documents as a device stores them: known nodes by path, everything else left as it is."""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree

from fleet.simulator.isapi.words import BadContent

_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'


class Xml:
    """One document; nodes are named by a path of local names, like `GB28181/expires`."""

    def __init__(self, document: str | bytes) -> None:
        """Parse a document without entities, DTDs or network.

        Raises:
            BadContent: it is not XML.
        """
        parser = etree.XMLParser(
            resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False
        )
        raw = document.encode() if isinstance(document, str) else document
        try:
            self.root = etree.fromstring(raw, parser)
        except (etree.XMLSyntaxError, ValueError) as error:
            raise BadContent("badXmlFormat", str(error).partition(" (<")[0]) from None
        if b"<!DOCTYPE" in raw:
            raise BadContent("badXmlFormat", "a document type is not accepted")

    @property
    def name(self) -> str:
        """The root's local name."""
        return etree.QName(self.root).localname

    @property
    def namespace(self) -> str:
        """The root's namespace, empty for none."""
        return etree.QName(self.root).namespace or ""

    def get(self, path: str) -> str | None:
        """The text at `path` without blanks around it; None where there is no such node."""
        node = self._find(path)
        return None if node is None else (node.text or "").strip()

    def set(self, path: str, value: str) -> None:
        """Set the text at `path`, making a missing last node; KeyError without its parent."""
        node = self._find(path)
        if node is None:
            above, _, name = path.rpartition("/")
            parent = self._find(above) if above else self.root
            if parent is None:
                raise KeyError(above)
            node = etree.SubElement(parent, etree.QName(self.namespace or None, name))
        node.text = value

    def take(self, path: str) -> str | None:
        """Remove the node at `path` and return its text, blanks kept; None where there is none."""
        node = self._find(path)
        if node is None:
            return None
        parent = node.getparent()
        if parent is not None:
            parent.remove(node)
        return node.text or ""

    def rows(self, table: str, row: str, cell: str) -> list[str]:
        """The text of `cell` in each row of a table; the table may be the root itself.

        Raises:
            BadContent: a row without the cell.
        """
        found = []
        for item in self._rows(table, row):
            node = _child(item, cell)
            if node is None:
                raise BadContent("badXmlContent", f"a {row} without {cell}")
            found.append((node.text or "").strip())
        return found

    def set_rows(self, table: str, row: str, cell: str, values: list[str]) -> None:
        """Set `cell` in the first rows, empty in the others; IndexError with too few rows."""
        rows = list(self._rows(table, row))
        if len(values) > len(rows):
            raise IndexError(len(rows))
        for item, value in zip(rows, values + [""] * (len(rows) - len(values)), strict=True):
            node = _child(item, cell)
            if node is not None:
                node.text = value

    def text(self) -> str:
        """The document with its declaration."""
        return _HEAD + etree.tostring(self.root, encoding="unicode")

    def _find(self, path: str) -> etree._Element | None:
        node: etree._Element | None = self.root
        for name in path.split("/"):
            node = None if node is None else _child(node, name)
        return node

    def _rows(self, table: str, row: str) -> Iterator[etree._Element]:
        holder = self.root if self.name == table else _child(self.root, table)
        for item in [] if holder is None else _elements(holder):
            if etree.QName(item).localname == row:
                yield item


def _child(parent: etree._Element, name: str) -> etree._Element | None:
    """The one child of that name.

    Raises:
        BadContent: there are two.
    """
    found = [e for e in _elements(parent) if etree.QName(e).localname == name]
    if len(found) > 1:
        raise BadContent("badXmlContent", f"{name} twice")
    return found[0] if found else None


def _elements(parent: etree._Element) -> list[etree._Element]:
    """The children that are elements, without comments and processing instructions."""
    return list(parent.iterchildren(tag=etree.Element))
