"""docs/reference/inventory.md names everything that a file may say."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from fleet.inventory.devices import DRIVER_OF
from fleet.inventory.shapes.files import CITY, COMPOUND_FILE, DISTRICT
from fleet.inventory.types import ChoiceType, EnumType, ListType, MapType, ObjectType, Type
from fleet.model.compound import UnitDoor
from fleet.model.fleet import RolloutLimits, Uplink
from fleet.model.report import ReportTerms
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


BEGIN, END = "<!-- required: begin -->\n", "<!-- required: end -->\n"


def _objects(kind: Type, where: str) -> Iterator[tuple[str, ObjectType]]:
    """Each object that a file may hold, with its path."""
    match kind:
        case ListType():
            yield from _objects(kind.of, f"{where}[]")
        case MapType():
            yield from _objects(kind.of, f"{where}.*")
        case ChoiceType():
            for name, option in kind.options.items():
                yield from _objects(option, f"{where} ({kind.key}: {name})")
        case ObjectType():
            yield where, kind
            for name, field in kind.fields.items():
                yield from _objects(field.type, f"{where}.{name}" if where else name)


def required_table() -> str:
    """Which keys must be there, by object, in Markdown; objects without such keys are left out."""
    rows = ["| file | object | required keys |", "|---|---|---|"]
    files = (("city.yaml", CITY), ("district.yaml", DISTRICT), ("a compound's", COMPOUND_FILE))
    for file, shape in files:
        for where, kind in _objects(shape, ""):
            keys = [f"`{name}`" for name, field in kind.fields.items() if field.required]
            if keys:
                rows.append(f"| {file} | {where or '(the file)'} | {', '.join(keys)} |")
    return "\n".join(rows) + "\n"


def test_the_page_did_not_say_which_keys_are_required() -> None:
    """Symptom: only a refused file told. The table on the page is what the shapes say."""
    assert BEGIN + required_table() + END in PAGE


def test_the_defaults_on_the_page_are_those_in_force() -> None:
    """Goal: a default that changes in the code changes here, too."""
    limits, report = RolloutLimits(), ReportTerms()
    uplink = Uplink.model_fields
    told = dict(re.findall(r"^\| `([a-z_.]+)` \| `([^`|]+)` \|", PAGE, flags=re.MULTILINE))

    assert told["rollout.wave_size"] == str(limits.wave_size)
    assert told["rollout.tolerated_failures"] == str(limits.tolerated_failures)
    assert told["report.from_day"] == str(report.from_day)
    assert told["report.due_day"] == str(report.due_day)
    for name in ("expires_s", "keepalive_s", "keepalive_count"):
        assert told[f"uplink.{name}"] == str(uplink[name].default)
    for kind, driver in DRIVER_OF.items():
        assert told[f"driver.{kind.value}"] == driver
    assert told["unit_doors.passage"] == UnitDoor.model_fields["passage"].default
