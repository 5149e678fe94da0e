"""A value as it could stand in a file, for the reader of a fault: names alone help nobody."""

from __future__ import annotations

from fleet.inventory.types import (
    BoolType,
    ChoiceType,
    EnumType,
    IntType,
    ListType,
    MapType,
    NumberType,
    ObjectType,
    SecretType,
    TextType,
    Type,
)


def sample(kind: Type) -> str:
    """A valid value in YAML's flow style; an object has its required keys and no more."""
    match kind:
        case ListType():
            return f"[{sample(kind.of)}]"
        case MapType():
            return f"{{{sample(kind.key)}: {sample(kind.of)}}}"
        case ChoiceType():
            return _object(next(iter(kind.options.values())))
        case ObjectType():
            return _object(kind)
        case _:
            return _single(kind)


def _object(kind: ObjectType) -> str:
    required = {name: field for name, field in kind.fields.items() if field.required}
    return "{" + ", ".join(f"{n}: {sample(f.type)}" for n, f in required.items()) + "}"


def _single(kind: TextType | IntType | NumberType | BoolType | EnumType | SecretType) -> str:
    match kind:
        case TextType():
            return kind.example
        case IntType():
            return str(kind.minimum if kind.example is None else kind.example)
        case NumberType():
            return f"{max(kind.minimum, 1):g}"
        case BoolType():
            return "true"
        case EnumType():
            return next(iter(kind.values))
        case SecretType():
            return "secret://vault/uplink"
