"""docs/reference/inventory.md names everything that a file may say."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from fleet.inventory.shapes.files import CITY, COMPOUND_FILE, DISTRICT
from fleet.inventory.types import ChoiceType, EnumType, ListType, MapType, ObjectType, Type
from tests.inventory.cities import EXAMPLE

ROOT = EXAMPLE.parents[1]
PAGE = (ROOT / "docs/reference/inventory.md").read_text(encoding="utf-8")
# Fenced blocks would turn the pairs of backticks around.
WORDS = set(re.findall(r"`([^`\n]+)`", re.sub(r"```.*?```", "", PAGE, flags=re.DOTALL)))


def _names(kind: Type) -> Iterator[str]:
    match kind:
        case ListType() | MapType():
            yield from _names(kind.of)
        case EnumType():
            yield from kind.values
        case ObjectType():
            for name, field in kind.fields.items():
                yield name
                yield from _names(field.type)
        case ChoiceType():
            for option in kind.options.values():
                yield from _names(option)


@pytest.mark.parametrize("shape", [CITY, DISTRICT, COMPOUND_FILE])
def test_every_key_and_every_name_is_on_the_page(shape: ObjectType) -> None:
    """A field added to a shape must be told here, too."""
    words = WORDS | {"source"} | {w.removeprefix("source: ") for w in WORDS}

    assert set() == set(_names(shape)) - words


def test_every_code_of_a_finding_is_on_the_page() -> None:
    """Codes are searched for; each that the reader can give is listed."""
    source = "".join(p.read_text() for p in (ROOT / "fleet/inventory").rglob("*.py"))
    noted = set(re.findall(r'\.(?:note|_refuse)\(\s*(?:event, )?"([a-z-]+)"', source))
    noted |= set(re.findall(r'yield \(\s*"([a-z-]+)"', source))

    assert {"tab", "alias", "gb-id-type", "no-reference"} <= noted
    assert set() == noted - WORDS
