"""JSON Schemas of a city's files, one set per language, made from the reader's own shapes.

An editor completes and explains fields from them. A modeline in a file would fix the language for
everybody, so the schemas are named by the workspace's settings instead (.vscode/settings.json).

    python -m fleet.inventory.schema --write          makes them
    python -m fleet.inventory.schema --check          says whether they are fresh
    python -m fleet.inventory.schema --editor zh|en   chooses the editor's language
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path

from fleet.inventory.shapes.files import CITY, COMPOUND_FILE, DISTRICT
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
from fleet.model.text import Lang, Text, text

LANGUAGES: tuple[Lang, ...] = ("zh", "en")
CITY_TITLE = text("A city (city.yaml)", "城市（city.yaml）")
FOLDER_TITLE = text(
    "A district (district.yaml) or one of its compounds", "区县（district.yaml）或其下的小区"
)
# Which files each schema is for. Editors show nothing where two schemas claim one file, and not
# all of them know how to leave a file out of a pattern, so a district's folder has one schema.
PATTERNS = {
    "city": "inventories/*/city.yaml",
    "district-folder": "inventories/*/*-*/*.yaml",
}
ROOT = Path(__file__).parents[2]
_PART = r"([A-Za-z0-9]|\{device\}|\{gb_id\})([A-Za-z0-9_.-]|\{device\}|\{gb_id\})*"
_REFERENCE = rf"^secret://(vault|generated|env)/{_PART}(/{_PART})*(\?version=[1-9][0-9]{{0,8}})?$"
_Schema = dict[str, object]


def schema(name: str, lang: Lang) -> _Schema:
    """The JSON Schema (draft 7, which editors know best) of one kind of file in one language."""
    head: _Schema = {"$schema": "http://json-schema.org/draft-07/schema#"}
    if name == "city":
        return head | {"title": CITY_TITLE.render(lang)} | _type(CITY, lang)
    return head | {
        "title": FOLDER_TITLE.render(lang),
        "if": {"required": ["district"]},
        "then": _type(DISTRICT, lang),
        "else": _type(COMPOUND_FILE, lang),
    }


def files() -> Mapping[str, str]:
    """File name → content of every schema, as committed under inventories/schema/."""
    return {
        f"{name}.{lang}.json": json.dumps(schema(name, lang), ensure_ascii=False, indent=1) + "\n"
        for lang in LANGUAGES
        for name in PATTERNS
    }


def _type(kind: Type, lang: Lang) -> _Schema:
    match kind:
        case ObjectType():
            return _object(kind, lang)
        case ChoiceType():
            return _choice(kind, lang)
        case EnumType():
            return _enum(kind.values, lang)
        case ListType():
            return {"type": "array", "items": _type(kind.of, lang)}
        case MapType():
            values, keys = _type(kind.of, lang), _type(kind.key, lang)
            return {"type": "object", "propertyNames": keys, "additionalProperties": values}
        case _:
            return _scalar(kind)


def _scalar(kind: TextType | IntType | NumberType | BoolType | SecretType) -> _Schema:
    match kind:
        case TextType():
            made: _Schema = {"type": "string", "maxLength": kind.max_length}
            return made | ({"pattern": f"^(?:{kind.pattern})$"} if kind.pattern else {})
        case SecretType():
            return {"type": "string", "pattern": _REFERENCE}
        case BoolType():
            return {"type": "boolean"}
        case IntType() | NumberType():
            name = "integer" if isinstance(kind, IntType) else "number"
            return {"type": name, "minimum": kind.minimum, "maximum": kind.maximum}


def _enum(values: Mapping[str, Text], lang: Lang) -> _Schema:
    explained = [f"{value}: {doc.render(lang)}" for value, doc in values.items()]
    return {
        "enum": list(values),
        "enumDescriptions": [doc.render(lang) for doc in values.values()],
        "markdownEnumDescriptions": explained,
    }


def _object(kind: ObjectType, lang: Lang) -> _Schema:
    return {
        "type": "object",
        "additionalProperties": False,
        "properties": {name: _field(field, lang) for name, field in kind.fields.items()},
        "required": [name for name, field in kind.fields.items() if field.required],
    }


def _choice(kind: ChoiceType, lang: Lang) -> _Schema:
    """One branch for each value of the deciding key; the key itself is explained once for all."""
    branches = [
        {
            "if": {"properties": {kind.key: {"const": value}}, "required": [kind.key]},
            "then": _object(option, lang),
        }
        for value, option in kind.options.items()
    ]
    return {
        "type": "object",
        "required": [kind.key],
        "properties": {kind.key: _enum(kind.values, lang)},
        "allOf": branches,
    }


def _field(field: Field, lang: Lang) -> _Schema:
    """A field with its explanation; names of an enum are explained in the same hover."""
    made = _type(field.type, lang)
    doc = field.doc.render(lang)
    if isinstance(field.type, EnumType):
        names = "\n".join(f"- `{v}`: {d.render(lang)}" for v, d in field.type.values.items())
        doc = f"{doc}\n\n{names}"
    if isinstance(field.type, TextType):
        doc = f"{doc}\n\n{field.type.form.render(lang)}"
    if field.nullable or not field.required:
        made = {"anyOf": [made, {"type": "null"}]}
    return {"description": doc} | made


def editor_settings(lang: Lang) -> dict[str, list[str]]:
    """The workspace setting `yaml.schemas` that shows the schemas of one language."""
    return {f"./inventories/schema/{n}.{lang}.json": [p] for n, p in PATTERNS.items()}


def main(arguments: list[str], root: Path = ROOT) -> int:
    """Write or check the schemas, or choose the language; 0 done or fresh, 1 stale, 64 usage."""
    folder = root / "inventories" / "schema"
    match arguments:
        case ["--write"]:
            folder.mkdir(parents=True, exist_ok=True)
            for name, content in files().items():
                (folder / name).write_text(content, encoding="utf-8")
            return 0
        case ["--check"]:
            stale = [n for n, content in files().items() if _read(folder / n) != content]
            for name in stale:
                sys.stderr.write(f"{name}: stale; python -m fleet.inventory.schema --write\n")
            return 1 if stale else 0
        case ["--editor", "zh" | "en" as lang]:
            path = root / ".vscode" / "settings.json"
            settings = json.loads(_read(path) or "{}") | {"yaml.schemas": editor_settings(lang)}
            path.parent.mkdir(exist_ok=True)
            path.write_text(json.dumps(settings, indent=2) + "\n", encoding="utf-8")
            return 0
    sys.stderr.write("python -m fleet.inventory.schema --write | --check | --editor zh|en\n")
    return 64


def _read(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.is_file() else None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
