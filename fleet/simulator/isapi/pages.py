"""The documents of simulated firmware: which node holds which canonical field, and its limits.

Tables of the simulator's own. A page judges a whole document, as firmware does: a known node that
is missing or out of its limits refuses all of it; nodes nobody knows are kept as they come.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from fleet.simulator.isapi.words import BadContent
from fleet.simulator.isapi.xml import Xml
from fleet.simulator.values import Decode, Encode, Value, decode_ways, encode_ways


@dataclass(frozen=True, slots=True)
class Node:
    """One field, the node that holds it, and both directions of its value."""

    field: str
    path: str
    codec: tuple[Decode, Encode]

    def decode(self, told: str | None) -> Value:
        """The node's canonical value.

        Raises:
            BadContent: the node is missing, or its value is not one.
        """
        name = self.path.rpartition("/")[2]
        if told is None:
            raise BadContent("badXmlContent", f"{name} is missing", name)
        try:
            return self.codec[0](told)
        except ValueError as error:
            raise BadContent("badParameters", f"{name}: {error}", name) from None


class Page(Protocol):
    """One stored document."""

    @property
    def path(self) -> str:
        """Its path, with `?format=json` where it is JSON."""
        ...

    @property
    def secrets(self) -> Mapping[str, str]:
        """Write-only fields and the nodes in which they arrive."""
        ...

    @property
    def reboot(self) -> bool:
        """Whether a change is in force only after a reboot (statusCode 7)."""
        ...

    def read(self, document: str) -> dict[str, Value]:
        """The canonical values of a document.

        Raises:
            BadContent: it cannot be stored.
        """
        ...

    def accept(self, stored: str, body: bytes) -> tuple[str, dict[str, str]]:
        """Judge an arriving document: what to store, and the secrets that came with it.

        Raises:
            BadContent: it is refused.
        """
        ...

    def change(self, stored: str, field: str, value: Value) -> str:
        """The stored document with one field set by hand; ValueError for a value it cannot hold."""
        ...


@dataclass(frozen=True, slots=True)
class XmlPage:
    """An XML document whose fields are single nodes."""

    path: str
    root: str
    fields: tuple[Node, ...]
    secrets: Mapping[str, str]
    reboot: bool = False
    fixed: tuple[str, ...] = ()

    def read(self, document: str) -> dict[str, Value]:
        """See Page."""
        xml = Xml(document)
        return {node.field: node.decode(xml.get(node.path)) for node in self.fields}

    def accept(self, stored: str, body: bytes) -> tuple[str, dict[str, str]]:
        """See Page."""
        xml = opened(stored, body, self.root)
        for path in self.fixed:
            if xml.get(path) != Xml(stored).get(path):
                raise BadContent("badParameters", f"{path} cannot be changed", path)
        secrets = {f: told for f, path in self.secrets.items() if (told := xml.take(path))}
        arrived = xml.text()
        self.read(arrived)
        return arrived, secrets

    def change(self, stored: str, field: str, value: Value) -> str:
        """See Page."""
        (node,) = (n for n in self.fields if n.field == field)
        xml = Xml(stored)
        xml.set(node.path, node.codec[1](value))
        return xml.text()


@dataclass(frozen=True, slots=True)
class NtpPage:
    """`NTPServer`: an address stands in `ipAddress`, a name in `hostName`."""

    path: str
    address: tuple[Decode, Encode]
    name: tuple[Decode, Encode]
    port: tuple[Decode, Encode]
    reboot: bool = False

    @property
    def secrets(self) -> Mapping[str, str]:
        """See Page."""
        return {}

    def read(self, document: str) -> dict[str, Value]:
        """See Page."""
        xml = Xml(document)
        kind = xml.get("addressingFormatType")
        if kind not in ("ipaddress", "hostname"):
            raise BadContent(
                "badParameters", f"addressingFormatType {kind!r}", "addressingFormatType"
            )
        node = (
            Node("ntp_server", "ipAddress", self.address)
            if kind == "ipaddress"
            else Node("ntp_server", "hostName", self.name)
        )
        port = Node("ntp_port", "portNo", self.port)
        return {n.field: n.decode(xml.get(n.path)) for n in (node, port)}

    def accept(self, stored: str, body: bytes) -> tuple[str, dict[str, str]]:
        """See Page."""
        arrived = opened(stored, body, "NTPServer").text()
        self.read(arrived)
        return arrived, {}

    def change(self, stored: str, field: str, value: Value) -> str:
        """See Page."""
        xml = Xml(stored)
        if field == "ntp_port":
            xml.set("portNo", self.port[1](value))
            return xml.text()
        told = self.name[1](value)
        numeric = told.replace(".", "").isdigit()
        xml.set("addressingFormatType", "ipaddress" if numeric else "hostname")
        for node in ("ipAddress", "hostName"):
            xml.take(node)
        xml.set("ipAddress" if numeric else "hostName", told)
        return xml.text()


@dataclass(frozen=True, slots=True)
class OverlayPage:
    """`TextOverlay`: a text that is switched off is not on the picture, so it counts as empty."""

    path: str
    text: tuple[Decode, Encode]
    flag: tuple[Decode, Encode]
    reboot: bool = False

    @property
    def secrets(self) -> Mapping[str, str]:
        """See Page."""
        return {}

    def read(self, document: str) -> dict[str, Value]:
        """See Page."""
        xml = Xml(document)
        shown = Node("osd_text", "displayText", self.text).decode(xml.get("displayText"))
        on = Node("osd_text", "enabled", self.flag).decode(xml.get("enabled"))
        return {"osd_text": shown if on else ""}

    def accept(self, stored: str, body: bytes) -> tuple[str, dict[str, str]]:
        """See Page."""
        arrived = opened(stored, body, "TextOverlay").text()
        self.read(arrived)
        return arrived, {}

    def change(self, stored: str, field: str, value: Value) -> str:
        """See Page."""
        xml = Xml(stored)
        told = self.text[1](value)
        xml.set("displayText", told)
        xml.set("enabled", "true" if told else "false")
        return xml.text()


@dataclass(frozen=True, slots=True)
class ChannelsPage:
    """A recorder's GB/T 28181 channel ids, one row an input; a row without an id is unassigned."""

    path: str
    root: str
    table: str
    row: str
    cell: str
    rows_max: int = 64
    reboot: bool = False

    @property
    def secrets(self) -> Mapping[str, str]:
        """See Page."""
        return {}

    def read(self, document: str) -> dict[str, Value]:
        """See Page."""
        ids = Xml(document).rows(self.table, self.row, self.cell)
        if not 1 <= len(ids) <= self.rows_max:
            raise BadContent(
                "badXmlContent", f"{self.table} has 1 to {self.rows_max} rows", self.table
            )
        given = [i for i in ids if i]
        bad = [i for i in given if not (len(i) == 20 and i.isascii() and i.isdigit())]
        if bad or len(set(given)) != len(given):
            why = f"{bad[0]!r} is no id of 20 digits" if bad else "an id twice"
            raise BadContent("badParameters", f"{self.cell}: {why}", self.cell)
        return {"gb_channel_ids": given}

    def accept(self, stored: str, body: bytes) -> tuple[str, dict[str, str]]:
        """See Page."""
        arrived = opened(stored, body, self.root).text()
        self.read(arrived)
        return arrived, {}

    def change(self, stored: str, field: str, value: Value) -> str:
        """See Page."""
        ids = value.split(",") if isinstance(value, str) else value
        if not isinstance(ids, list):
            raise ValueError("it is no list of ids")
        xml = Xml(stored)
        try:
            xml.set_rows(self.table, self.row, self.cell, ids)
            self.read(xml.text())
        except IndexError as error:
            raise ValueError(f"the recorder has {error} channels") from None
        except BadContent as error:
            raise ValueError(error.message) from None
        return xml.text()


@dataclass(frozen=True, slots=True)
class ReaderPage:
    """`CardReaderCfg` in JSON: which ways open the door."""

    path: str
    reboot: bool = False

    @property
    def secrets(self) -> Mapping[str, str]:
        """See Page."""
        return {}

    def read(self, document: str) -> dict[str, Value]:
        """See Page."""
        reader = _reader(document)
        mode = reader.get("defaultVerifyMode")
        if not isinstance(mode, str) or not isinstance(reader.get("enable"), bool):
            raise BadContent("badJsonContent", "defaultVerifyMode or enable is missing")
        try:
            return {"auth_ways": decode_ways(mode)}
        except ValueError as error:
            raise BadContent("badParameters", f"defaultVerifyMode: {error}") from None

    def accept(self, stored: str, body: bytes) -> tuple[str, dict[str, str]]:
        """See Page."""
        try:
            arrived = body.decode()
        except UnicodeDecodeError:
            raise BadContent("badJsonFormat", "not UTF-8") from None
        self.read(arrived)
        return json.dumps(json.loads(arrived), ensure_ascii=False), {}

    def change(self, stored: str, field: str, value: Value) -> str:
        """See Page."""
        document = json.loads(stored)
        document["CardReaderCfg"]["defaultVerifyMode"] = encode_ways(value)
        return json.dumps(document, ensure_ascii=False)


def opened(stored: str, body: bytes, root: str) -> Xml:
    """Parse an arriving document and hold it against the stored one's root and namespace.

    Raises:
        BadContent: it is another document, or another firmware's.
    """
    xml = Xml(body)
    if xml.name != root:
        raise BadContent("badXmlContent", f"{xml.name} is not {root}", root)
    if xml.namespace != Xml(stored).namespace:
        raise BadContent(
            "badXmlContent", f"namespace {xml.namespace!r} is not this firmware's", root
        )
    return xml


def _reader(document: str) -> dict[str, Any]:
    try:
        told = json.loads(document)
    except (ValueError, RecursionError):
        raise BadContent("badJsonFormat", "not JSON") from None
    reader = told.get("CardReaderCfg") if isinstance(told, dict) else None
    if not isinstance(reader, dict):
        raise BadContent("badJsonContent", "no CardReaderCfg")
    return reader
