"""The example in a fault's remedy is one that the reader itself takes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from fleet.inventory import load
from fleet.inventory.bind import bind
from fleet.inventory.samples import sample
from fleet.inventory.scope import Scope
from fleet.inventory.shapes.files import CITY, COMPOUND_FILE, DISTRICT
from fleet.inventory.source import read
from fleet.inventory.types import (
    BoolType,
    ChoiceType,
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
from fleet.model.text import text
from tests.inventory.cities import X, compound, devices, line, only, write


def required(kind: Type, where: str) -> Iterator[tuple[str, Field]]:
    """Each required key below a type, with its path."""
    match kind:
        case ListType() | MapType():
            yield from required(kind.of, where)
        case ChoiceType():
            for name, option in kind.options.items():
                yield from required(option, f"{where}[{name}]")
        case ObjectType():
            for name, field in kind.fields.items():
                if field.required:
                    yield f"{where}.{name}", field
                yield from required(field.type, f"{where}.{name}")


FILES = (("city", CITY), ("district", DISTRICT), ("compound", COMPOUND_FILE))
REQUIRED = [found for name, shape in FILES for found in required(shape, name)]


@pytest.mark.parametrize(("where", "field"), REQUIRED, ids=[w for w, _ in REQUIRED])
def test_the_example_of_a_required_key_is_no_fault(
    tmp_path: Path, where: str, field: Field
) -> None:
    """Symptom: `add name: name`. A reader who copies the example has nothing to correct."""
    name = where.rpartition(".")[2]
    path = tmp_path / "x.yaml"
    path.write_text(f"{name}: {sample(field.type)}\n", encoding="utf-8")
    scope = Scope("x.yaml")

    source = read(tmp_path, path, scope)
    assert source is not None
    assert source.root is not None
    bound = bind(source.root, ObjectType({name: field}), scope)

    assert scope.findings == []
    assert bound is not None
    assert bound.values[name] not in ("", None)


@pytest.mark.parametrize(
    ("kind", "shown"),
    [
        (BoolType(), "true"),
        (IntType(3, 9), "3"),
        (IntType(3, 9, example=5), "5"),
        (NumberType(0, 9), "1"),
        (NumberType(2.5, 9), "2.5"),
        (SecretType(), "secret://vault/uplink"),
        (MapType(TextType(text("k", "键"), example="a"), BoolType()), "{a: true}"),
    ],
)
def test_the_example_of_each_sort_of_value(kind: Type, shown: str) -> None:
    """Goal: a smallest or a given number, a true, a reference, a mapping."""
    assert sample(kind) == shown


def test_the_remedy_for_a_missing_name_was_its_own_name(tmp_path: Path) -> None:
    """Symptom: `add name: name`."""
    own = line("x-cam-01", name="X").replace(", name: X", "")
    finding = only(load(write(tmp_path, {X: compound(devices=devices(x_cam_01=own))})))

    assert finding.fix.en == "add name: name, for example name: 东门"
    assert finding.fix.zh == "请补充 name：名称，例如 name: 东门"
