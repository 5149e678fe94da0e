"""Hold a tree against what may stand there; every fault is noted, every good value kept."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from fleet.inventory import scalars
from fleet.inventory.bound import Bound, Items, Template
from fleet.inventory.nodes import Entry, Mapping, Node, Scalar, Sequence
from fleet.inventory.samples import sample
from fleet.inventory.scope import Scope, nearest
from fleet.inventory.types import (
    BoolType,
    ChoiceType,
    EnumType,
    Field,
    IntType,
    ListType,
    MapType,
    NumberType,
    ObjectType,
    SecretType,
    TextType,
    Type,
)
from fleet.model.secret import SecretRef
from fleet.model.text import Text, text

# What `_scalar` gives for a value that was noted as faulty; None would be a statement.
_FAULT = object()


def bind(node: Node, kind: ObjectType | ChoiceType, scope: Scope) -> Bound | None:
    """The object at `node` with its valid fields, or None where it is no mapping at all."""
    value = _value(node, kind, scope, "")
    return value if isinstance(value, Bound) else None


def _value(node: Node, kind: Type, scope: Scope, name: str) -> object:
    match kind:
        case ObjectType() | ChoiceType() | MapType():
            if not isinstance(node, Mapping):
                return _wrong(node, scope, name, text("a mapping (key: value)", "映射（键: 值）"))
            if isinstance(kind, MapType):
                return _map(node, kind, scope, name)
            chosen = _choose(node, kind, scope) if isinstance(kind, ChoiceType) else kind
            return _object(node, chosen, scope) if chosen else _FAULT
        case ListType():
            if not isinstance(node, Sequence):
                return _wrong(node, scope, name, text("a list", "列表"))
            bound = [(_value(item, kind.of, scope, name), scope.at(item)) for item in node.items]
            valid = tuple((v, p) for v, p in bound if v is not _FAULT)
            # Of faulty items alone nothing is left to judge: an empty list is another statement.
            return Items(valid) if valid or not bound else _FAULT
        case _:
            if not isinstance(node, Scalar):
                return _wrong(node, scope, name, text("a single value", "单个值"))
            if scalars.is_null(node):
                return _wrong(node, scope, name, text("a value", "一个值"))
            return _scalar(node, kind, scope, name)


def _scalar(
    node: Scalar,
    kind: TextType | IntType | NumberType | BoolType | EnumType | SecretType,
    scope: Scope,
    name: str,
) -> object:
    match kind:
        case TextType():
            return _text(node, kind, scope, name)
        case IntType():
            return _int(node, kind, scope, name)
        case NumberType():
            return _number(node, kind, scope, name)
        case BoolType():
            return _bool(node, scope, name)
        case EnumType():
            return _enum(node, kind, scope, name)
        case SecretType():
            return _secret(node, scope, name)


def _object(node: Mapping, kind: ObjectType, scope: Scope) -> Bound:
    values: dict[str, object] = {}
    places = {}
    nulls = set()
    for entry in node.entries:
        field = kind.fields.get(entry.key)
        if field is None:
            _unknown(entry, kind.fields, scope)
            continue
        if isinstance(entry.value, Scalar) and scalars.is_null(entry.value):
            if field.nullable:
                nulls.add(entry.key)
                places[entry.key] = scope.at(entry.value)
            elif field.required:
                _missing(entry, entry.key, field, scope)
            continue
        places[entry.key] = scope.at(entry.value)
        value = _value(entry.value, field.type, scope, entry.key)
        if value is not _FAULT:
            values[entry.key] = value
    for name, field in kind.fields.items():
        if field.required and node.get(name) is None:
            _missing(node, name, field, scope)
    return Bound(scope.at(node), values, places, frozenset(nulls))


def _map(node: Mapping, kind: MapType, scope: Scope, name: str) -> Bound:
    values: dict[str, object] = {}
    places = {}
    for entry in node.entries:
        key = Scalar(entry.key, False, entry.line, entry.column)
        if _text(key, kind.key, scope, name) is _FAULT:
            continue
        value = _value(entry.value, kind.of, scope, entry.key)
        if value is not _FAULT:
            values[entry.key] = value
            places[entry.key] = scope.at(entry)
    return Bound(scope.at(node), values, places)


def _choose(node: Mapping, kind: ChoiceType, scope: Scope) -> ObjectType | None:
    entry = node.get(kind.key)
    if entry is None:
        doc = text("one of {v}", "取值：{v}", v=", ".join(kind.values))
        _missing(node, kind.key, Field(EnumType(kind.values), doc), scope)
        return None
    chosen = _value(entry.value, EnumType(kind.values), scope, kind.key)
    return kind.options[chosen] if isinstance(chosen, str) else None


def _text(node: Scalar, kind: TextType, scope: Scope, name: str) -> object:
    if len(node.text) > kind.max_length:
        most = text("at most {n} characters", "最多 {n} 个字符", n=kind.max_length)
        return _wrong(node, scope, name, most)
    if kind.pattern is not None and not _compiled(kind.pattern).fullmatch(node.text):
        return _wrong(node, scope, name, kind.form)
    return node.text


def _int(node: Scalar, kind: IntType, scope: Scope, name: str) -> object:
    value = scalars.integer(node)
    if value is None or not kind.minimum <= value <= kind.maximum:
        wanted = text(
            "a whole number from {a} to {b}, without quotes",
            "{a} 到 {b} 的整数，不加引号",
            a=kind.minimum,
            b=kind.maximum,
        )
        return _wrong(node, scope, name, wanted)
    return value


def _number(node: Scalar, kind: NumberType, scope: Scope, name: str) -> object:
    value = scalars.number(node)
    if value is None or not kind.minimum <= value <= kind.maximum:
        wanted = text(
            "a number from {a:g} to {b:g}, without quotes",
            "{a:g} 到 {b:g} 的数，不加引号",
            a=kind.minimum,
            b=kind.maximum,
        )
        return _wrong(node, scope, name, wanted)
    return value


def _bool(node: Scalar, scope: Scope, name: str) -> object:
    value = scalars.boolean(node)
    return (
        _wrong(node, scope, name, text("true or false", "true 或 false"))
        if value is None
        else value
    )


def _enum(node: Scalar, kind: EnumType, scope: Scope, name: str) -> object:
    if node.text in kind.values:
        return node.text
    wanted = text("one of {v}", "下列之一：{v}", v=", ".join(kind.values))
    return _wrong(node, scope, name, wanted, nearest(node.text, kind.values))


def _secret(node: Scalar, scope: Scope, name: str) -> object:
    if not node.text.startswith("secret://"):
        # A literal is the policy's to refuse (SECRET-18); its value goes no further than here.
        return Template("")
    try:
        SecretRef.parse(node.text.replace("{device}", "device").replace("{gb_id}", "0"))
    except ValueError:
        wanted = text(
            "secret://vault/KEY, secret://generated/NAME?version=N or secret://env/NAME; "
            "{device} and {gb_id} may stand in it",
            "secret://vault/KEY、secret://generated/NAME?version=N 或 secret://env/NAME，"
            "其中可含 {device} 和 {gb_id}",
        )
        return _wrong(node, scope, name, wanted)
    return Template(node.text)


def _unknown(entry: Entry, known: Iterable[str], scope: Scope) -> None:
    if scope.full:
        return
    names = list(known)
    close = nearest(entry.key, names)
    if close:
        fix = text("did you mean {n}?", "是否想写 {n}？", n=close)
    else:
        fix = text("known here: {names}", "此处可用：{names}", names=", ".join(names))
    scope.note(
        "unknown-field",
        entry,
        text("unknown field {k}", "未知字段 {k}", k=shown(entry.key)),
        fix,
        field=shown(entry.key),
    )


def _missing(place: Mapping | Entry, name: str, field: Field, scope: Scope) -> None:
    scope.note(
        "missing-field",
        place,
        text("{n} is missing", "缺少 {n}", n=name),
        text(
            "add {n}: {doc}, for example {n}: {e}",
            "请补充 {n}：{doc}，例如 {n}: {e}",
            n=name,
            doc=field.doc,
            e=sample(field.type),
        ),
        field=name,
    )


def _wrong(node: Node, scope: Scope, name: str, wanted: Text, near: str | None = None) -> object:
    hint = text("; did you mean {n}?", "；是否想写 {n}？", n=near) if near else Text(en="", zh="")
    scope.note(
        "wrong-type",
        node,
        text("{n} is {what}", "{n} 的值是{what}", n=name or "/", what=_described(node)),
        text("give {wanted}{hint}", "应为{wanted}{hint}", wanted=wanted, hint=hint),
        field=name or None,
    )
    return _FAULT


def _described(node: Node) -> Text:
    if isinstance(node, Mapping):
        return text("a mapping", "映射")
    if isinstance(node, Sequence):
        return text("a list", "列表")
    if scalars.is_null(node):
        return text("empty", "空")
    if node.plain:
        return text("{v}", "{v}", v=shown(node.text))
    return text('the text "{v}"', "文字“{v}”", v=shown(node.text))


def shown(value: str) -> str:
    """A value as a message shows it: one line, not too long."""
    flat = value.replace("\n", " ")
    return flat if len(flat) <= 40 else flat[:39] + "…"


@lru_cache(maxsize=64)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)
