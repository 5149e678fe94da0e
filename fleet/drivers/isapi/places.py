"""Where a resource lives on a firmware, and how its document is read and changed.

A place is a path with a document; a resource has one place per firmware family. Places are pure:
bytes in, values or bytes out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from fleet.drivers.isapi.document import BadDocument, Document, NoNode, opened
from fleet.drivers.reasons import Reasoned, about, reason
from fleet.model.device import FieldValue
from fleet.model.secret import Secret
from fleet.model.text import Text, text

Wanted = Mapping[str, FieldValue | Secret]


class Unsettable(Reasoned):
    """A value that cannot be written here; nothing was sent."""

    def __init__(self, field: str, why: Text) -> None:
        super().__init__(why)
        self.field = field


class Place(Protocol):
    """One path on one firmware family.

    `nodes` maps each canonical field to the local name of the node that carries it, so that a
    refusal which names a node can be told as a field.
    """

    @property
    def path(self) -> str:
        """The path with its query."""
        ...

    @property
    def nodes(self) -> Mapping[str, str]:
        """Field → node name."""
        ...

    def read(self, body: bytes) -> dict[str, FieldValue]:
        """Return the canonical values; a field whose node is missing is absent.

        Raises:
            BadDocument: as the class says.
        """
        ...

    def edit(self, body: bytes, wanted: Wanted) -> bytes:
        """Return the document with `wanted` set and everything else as it came.

        Raises:
            BadDocument: the document cannot be read.
            Unsettable: a value has no place or no form here.
        """
        ...


@dataclass(frozen=True, slots=True)
class Node:
    """A canonical field, the node that holds it, and both directions of its value."""

    field: str
    path: str
    decode: Callable[[str], FieldValue]
    encode: Callable[[FieldValue], str]


@dataclass(frozen=True, slots=True)
class SecretNode:
    """A write-only field; the node is made behind the last of `after` where the device hides it."""

    field: str
    path: str
    after: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NodesPlace:
    """An XML document whose fields are single nodes."""

    path: str
    root: str
    fields: tuple[Node, ...] = ()
    secrets: tuple[SecretNode, ...] = ()
    nodes: Mapping[str, str] = field(init=False)

    def __post_init__(self) -> None:
        paths = {n.field: n.path for n in self.fields} | {s.field: s.path for s in self.secrets}
        names = {field: path.rpartition("/")[2] for field, path in paths.items()}
        object.__setattr__(self, "nodes", names)

    def read(self, body: bytes) -> dict[str, FieldValue]:
        """See Place."""
        document = opened(body, self.root)
        values: dict[str, FieldValue] = {}
        for node in self.fields:
            told = document.text(node.path)
            if told is not None:
                values[node.field] = decoded(node.path, node.decode, told)
        return values

    def edit(self, body: bytes, wanted: Wanted) -> bytes:
        """See Place."""
        document = opened(body, self.root)
        for node in self.fields:
            if node.field in wanted:
                value = encoded(node.field, node.encode, wanted[node.field])
                set_node(document, node.field, node.path, value)
        for secret in self.secrets:
            if secret.field in wanted:
                put_secret(document, secret, wanted[secret.field])
        return document.without_secrets(
            frozenset(s.path for s in self.secrets if s.field in wanted)
        )


def lacking(node: str) -> Text:
    """The firmware has no such node."""
    return text("this firmware has no {n}", "该固件没有 {n}", n=node)


def no_xml() -> Text:
    """The text has characters outside XML 1.0, 2.2."""
    return text("XML cannot hold these characters", "含有 XML 不允许的字符")


def decoded(where: str, decode: Callable[[str], FieldValue], told: str) -> FieldValue:
    """Turn a device's word into a canonical value.

    Raises:
        BadDocument: it has none.
    """
    try:
        return decode(told)
    except ValueError as error:
        raise BadDocument(about(where, error)) from None


def encoded(name: str, encode: Callable[[FieldValue], str], value: FieldValue | Secret) -> str:
    """Turn a canonical value into the device's word.

    Raises:
        Unsettable: the protocol has no word for it.
    """
    if isinstance(value, Secret):
        raise Unsettable(name, text("it is no secret", "该字段不是密钥"))
    try:
        return encode(value)
    except ValueError as error:
        raise Unsettable(name, reason(error)) from None


def set_node(document: Document, name: str, path: str, value: str) -> None:
    """Set one existing node.

    Raises:
        Unsettable: the firmware has no such node, or XML cannot hold the text.
    """
    try:
        document.set(path, value)
    except NoNode as error:
        raise Unsettable(name, lacking(error.node)) from None
    except ValueError:
        raise Unsettable(name, no_xml()) from None


def put_secret(document: Document, node: SecretNode, value: FieldValue | Secret) -> None:
    """Set a write-only node, which the device may hide in its answer.

    Raises:
        Unsettable: `value` is no secret, its parent node is missing, or XML cannot hold it.
    """
    if not isinstance(value, Secret):
        raise Unsettable(node.field, text("it must be a secret", "必须是密钥"))
    try:
        document.put(node.path, value.reveal(), node.after)
    except NoNode as error:
        raise Unsettable(node.field, lacking(error.node)) from None
    except ValueError:
        raise Unsettable(
            node.field, text("XML cannot hold one of its characters", "含有 XML 不允许的字符")
        ) from None
