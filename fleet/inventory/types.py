"""What a place in a file may hold: one description for the reader and for the JSON Schema.

A field's explanation is a `Text`, so that the editor can show it in the reader's language.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from fleet.model.text import Text


@dataclass(frozen=True)
class TextType:
    """A text; kept as written (`06` stays `06`, a MAC stays a text). `form` says what is wanted.

    `example` is a value as it would stand in a file.
    """

    form: Text
    pattern: str | None = None
    max_length: int = 200
    example: str = ""


@dataclass(frozen=True)
class IntType:
    """A whole number with inclusive bounds; `example` None: the smallest will do."""

    minimum: int
    maximum: int
    example: int | None = None


@dataclass(frozen=True)
class NumberType:
    """A number of at least `minimum`, decimals allowed."""

    minimum: float
    maximum: float


@dataclass(frozen=True)
class BoolType:
    """`true` or `false`, as YAML 1.2 has it."""


@dataclass(frozen=True)
class EnumType:
    """One of a few names, each explained."""

    values: Mapping[str, Text]


@dataclass(frozen=True)
class SecretType:
    """A `secret://` reference; it may hold {device} and {gb_id}."""


@dataclass(frozen=True)
class ListType:
    """A list of one type; a list given further down replaces the whole list above."""

    of: Type


@dataclass(frozen=True)
class Field:
    """One key of an object. `nullable`: an explicit null is a statement of its own."""

    type: Type
    doc: Text
    required: bool = False
    nullable: bool = False


@dataclass(frozen=True)
class ObjectType:
    """A mapping with known keys."""

    fields: Mapping[str, Field]


@dataclass(frozen=True)
class MapType:
    """A mapping with free keys (`key` says which) and values of one type."""

    key: TextType
    of: Type


@dataclass(frozen=True)
class ChoiceType:
    """A mapping whose allowed keys depend on the value of one of them, `key`.

    Every option has `key` among its fields; `values` explains the choices.
    """

    key: str
    values: Mapping[str, Text]
    options: Mapping[str, ObjectType]


Type = (
    TextType
    | IntType
    | NumberType
    | BoolType
    | EnumType
    | SecretType
    | ListType
    | ObjectType
    | MapType
    | ChoiceType
)
