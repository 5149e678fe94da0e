"""Shapes of the canonical settings, taken from the model, with an explanation of every field."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from pydantic import BaseModel

from fleet.inventory.shapes.meaning import MEANING, VALUES
from fleet.inventory.shapes.words import GB_DOMAIN, HOST, SECRET, TIME_ZONE
from fleet.inventory.types import (
    BoolType,
    EnumType,
    Field,
    IntType,
    ListType,
    ObjectType,
    TextType,
    Type,
)
from fleet.model.device import DeviceKind
from fleet.model.settings import SETTINGS_OF
from fleet.model.text import text

# Texts whose form is narrower in YAML than the model can say.
_NARROWER: Mapping[str, Type] = {
    "time_zone": TIME_ZONE,
    "ntp_server": HOST,
    "gb_server_address": HOST,
    "gb_server_domain": GB_DOMAIN,
}


def settings_shape(kind: DeviceKind) -> ObjectType:
    """The settings of one device kind; every field may be left out or be null (unmanaged).

    Raises:
        KeyError: a field of the model has no explanation yet.
    """
    schema = cast("type[BaseModel]", SETTINGS_OF[kind]).model_json_schema()
    fields = {}
    for name, wanted in schema["properties"].items():
        fields[name] = Field(_type(name, wanted), MEANING[name], nullable=True)
    return ObjectType(fields)


def _type(name: str, schema: Mapping[str, object]) -> Type:
    if name in _NARROWER:
        return _NARROWER[name]
    wanted = _without_null(schema)
    if "$ref" in wanted:
        return SECRET
    if "enum" in wanted or "const" in wanted:
        values = cast("list[str]", wanted.get("enum") or [wanted["const"]])
        return EnumType({v: VALUES[name][v] for v in values})
    match wanted.get("type"):
        case "boolean":
            return BoolType()
        case "integer":
            least, most = wanted.get("minimum", 0), wanted.get("maximum", 2**31 - 1)
            return IntType(cast("int", least), cast("int", most))
        case "array":
            return ListType(_type(name, cast("Mapping[str, object]", wanted["items"])))
    pattern = cast("str | None", wanted.get("pattern"))
    return TextType(
        VALUES[name][""] if pattern else text("a text", "文字"),
        pattern.removeprefix("^").removesuffix("$") if pattern else None,
        cast("int", wanted.get("maxLength", 255)),
    )


def _without_null(schema: Mapping[str, object]) -> Mapping[str, object]:
    """The one alternative that is not null; bounds written beside `anyOf` belong to it."""
    for option in cast("list[Mapping[str, object]]", schema.get("anyOf", [])):
        if option.get("type") != "null":
            return option
    return schema


SETTINGS = ObjectType(
    {
        kind.value: Field(
            settings_shape(kind), text("settings of every {k}", "所有 {k} 的设置", k=kind)
        )
        for kind in DeviceKind
    }
)
