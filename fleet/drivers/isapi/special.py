"""The places whose fields are not one node each: NTP server, overlay, channel ids, reader, user."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any, NoReturn

from fleet.drivers.isapi import values
from fleet.drivers.isapi.document import (
    BadDocument,
    Document,
    NoNode,
    new_document,
    opened,
    other_document,
)
from fleet.drivers.isapi.places import (
    SecretNode,
    Unsettable,
    Wanted,
    encoded,
    lacking,
    no_xml,
    put_secret,
    set_node,
)
from fleet.drivers.isapi.words import number_word, text_word
from fleet.drivers.reasons import about, not_list, reason
from fleet.model.device import FieldValue
from fleet.model.text import text

_ADDRESS_NODES = ("hostName", "ipAddress", "ipv6Address")


@dataclass(frozen=True, slots=True)
class NtpPlace:
    """`NTPServer`: the address stands in another node by its kind."""

    path: str
    nodes: Mapping[str, str]

    def read(self, body: bytes) -> dict[str, FieldValue]:
        """See Place."""
        document = opened(body, "NTPServer")
        found: dict[str, FieldValue] = {}
        node = _address_node(document)
        if node is not None:
            found["ntp_server"] = document.text(node) or ""
        port = document.text("portNo")
        if port is not None:
            try:
                found["ntp_port"] = values.number_from_device(port)
            except ValueError as error:
                raise BadDocument(about("portNo", error)) from None
        return found

    def edit(self, body: bytes, wanted: Wanted) -> bytes:
        """See Place."""
        document = opened(body, "NTPServer")
        if "ntp_server" in wanted:
            address = encoded("ntp_server", text_word, wanted["ntp_server"])
            kind, name = _kind_of(address)
            node = _address_node(document)
            if node is None:
                raise Unsettable(
                    "ntp_server",
                    text("this firmware has no node for an address", "该固件没有地址节点"),
                )
            if document.text("addressingFormatType") is not None:
                set_node(document, "ntp_server", "addressingFormatType", kind)
            if node != name and document.text(name) is None:
                document.rename(node, name)
            set_node(document, "ntp_server", name, address)
        if "ntp_port" in wanted:
            port = encoded("ntp_port", number_word, wanted["ntp_port"])
            set_node(document, "ntp_port", "portNo", port)
        return document.without_secrets()


def _address_node(document: Document) -> str | None:
    """The node in force: the one that the addressing type means, else the only one there is."""
    present = [name for name in _ADDRESS_NODES if document.text(name) is not None]
    kind = document.text("addressingFormatType")
    if kind == "hostname" and "hostName" in present:
        return "hostName"
    if kind == "ipaddress":
        present = [name for name in present if name != "hostName"] or present
    filled = [name for name in present if document.text(name)]
    return next(iter(filled or present), None)


def _kind_of(address: str) -> tuple[str, str]:
    """`addressingFormatType` and node name for an address."""
    try:
        version = ip_address(address).version
    except ValueError:
        return "hostname", "hostName"
    return "ipaddress", "ipAddress" if version == 4 else "ipv6Address"


@dataclass(frozen=True, slots=True)
class OverlayPlace:
    """`TextOverlay`: a text that is switched off is not on the picture, so it reads as empty."""

    path: str
    nodes: Mapping[str, str]

    def read(self, body: bytes) -> dict[str, FieldValue]:
        """See Place."""
        document = opened(body, "TextOverlay")
        told = document.text("displayText")
        if told is None:
            return {}
        return {"osd_text": told if self._enabled(document) else ""}

    def edit(self, body: bytes, wanted: Wanted) -> bytes:
        """See Place."""
        document = opened(body, "TextOverlay")
        if "osd_text" in wanted:
            shown = encoded("osd_text", text_word, wanted["osd_text"])
            set_node(document, "osd_text", "displayText", shown)
            if shown and not self._enabled(document):
                set_node(document, "osd_text", "enabled", "true")
        return document.without_secrets()

    @staticmethod
    def _enabled(document: Document) -> bool:
        told = document.text("enabled")
        try:
            return told is None or values.flag_from_device(told)
        except ValueError as error:
            raise BadDocument(about("enabled", error)) from None


@dataclass(frozen=True, slots=True)
class ChannelsPlace:
    """A table of GB/T 28181 channel ids, one row an input; rows without an id are unassigned."""

    path: str
    roots: tuple[str, ...]
    table: str
    row: str
    cell: str
    number: str

    @property
    def nodes(self) -> Mapping[str, str]:
        """See Place."""
        return {"gb_channel_ids": self.cell}

    def read(self, body: bytes) -> dict[str, FieldValue]:
        """See Place."""
        ids = self._opened(body).rows(self.table, self.row, self.cell)
        return {"gb_channel_ids": [told for told in ids if told]}

    def edit(self, body: bytes, wanted: Wanted) -> bytes:
        """See Place."""
        document = self._opened(body)
        ids = wanted.get("gb_channel_ids")
        if ids is not None:
            if not isinstance(ids, list):
                raise Unsettable("gb_channel_ids", not_list())
            try:
                document.set_rows(self.table, self.row, self.cell, self.number, ids)
            except NoNode as error:
                raise Unsettable("gb_channel_ids", lacking(error.node)) from None
            except ValueError:
                raise Unsettable("gb_channel_ids", no_xml()) from None
        return document.without_secrets()

    def _opened(self, body: bytes) -> Document:
        document = Document(body)
        if document.name not in self.roots:
            raise other_document(document.name, self.roots[0])
        return document


@dataclass(frozen=True, slots=True)
class UserPlace:
    """`User`: the login user's password. The document must be that very user's."""

    path: str
    user: str
    nodes: Mapping[str, str]

    def read(self, body: bytes) -> dict[str, FieldValue]:
        """See Place; nothing of it can be read."""
        opened(body, "User")
        return {}

    def edit(self, body: bytes, wanted: Wanted) -> bytes:
        """See Place."""
        document = opened(body, "User")
        told = document.text("userName")
        if told != self.user:
            raise Unsettable(
                "admin_password",
                text(
                    "{p} is user {t!r}, not {u!r}",
                    "{p} 是用户 {t!r}，不是 {u!r}",
                    p=self.path,
                    t=told,
                    u=self.user,
                ),
            )
        if "admin_password" in wanted:
            node = SecretNode("admin_password", "password", ("id", "userName"))
            put_secret(document, node, wanted["admin_password"])
        return document.without_secrets(frozenset({"password"}) if wanted else frozenset())

    def fresh(self, like: Document) -> bytes:
        """A document for firmware that takes it and does not show it."""
        document = new_document("User", like)
        document.put("id", self.path.rpartition("/")[2])
        document.put("userName", self.user)
        return document.without_secrets()


@dataclass(frozen=True, slots=True)
class ReaderPlace:
    """`CardReaderCfg` in JSON: the verify mode decides which ways open the door."""

    path: str
    nodes: Mapping[str, str]

    def read(self, body: bytes) -> dict[str, FieldValue]:
        """See Place."""
        mode = _reader(load_json(body)).get("defaultVerifyMode")
        if mode is None:
            return {}
        if not isinstance(mode, str):
            raise BadDocument(text("defaultVerifyMode is no text", "defaultVerifyMode 不是文本"))
        return {"auth_ways": values.ways_from_device(mode)}

    def edit(self, body: bytes, wanted: Wanted) -> bytes:
        """See Place."""
        document = load_json(body)
        reader = _reader(document)
        ways = wanted.get("auth_ways")
        if ways is not None:
            if not isinstance(ways, list):
                raise Unsettable("auth_ways", not_list())
            if "defaultVerifyMode" not in reader:
                raise Unsettable("auth_ways", lacking("defaultVerifyMode"))
            try:
                reader["defaultVerifyMode"] = values.ways_to_device(ways)
            except ValueError as error:
                raise Unsettable("auth_ways", reason(error)) from None
        return json.dumps(document, ensure_ascii=False).encode()


def load_json(body: bytes) -> dict[str, Any]:
    """Parse a JSON object (RFC 8259) without doubles and without numbers that are none.

    Raises:
        BadDocument: it is not one.
    """
    try:
        document = json.loads(
            body.decode("utf-8"), object_pairs_hook=_without_doubles, parse_constant=_no_number
        )
    except (ValueError, RecursionError) as error:
        raise BadDocument(
            text("it is not JSON ({e})", "不是 JSON（{e}）", e=type(error).__name__)
        ) from None
    if not isinstance(document, dict):
        raise BadDocument(text("it is not a JSON object", "不是 JSON 对象"))
    return document


def _without_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len({key for key, _ in pairs}) != len(pairs):
        raise ValueError("a key twice")
    return dict(pairs)


def _no_number(word: str) -> NoReturn:
    raise ValueError(f"{word} is no JSON")


def _reader(document: dict[str, Any]) -> dict[str, Any]:
    reader = document.get("CardReaderCfg")
    if not isinstance(reader, dict):
        raise BadDocument(text("there is no CardReaderCfg", "没有 CardReaderCfg"))
    return reader
