"""`explain` against the files themselves: what it points to is what stands there."""

from __future__ import annotations

from pathlib import Path

import pytest

from fleet.app.explain import Explained, Said, explain
from fleet.inventory import load
from fleet.model.errors import InventoryError, UsageError
from fleet.model.settings import SETTINGS_OF
from fleet.model.text import text
from tests.inventory.cities import EXAMPLE, X, compound, devices, line, write

CITY = load(EXAMPLE).require()
DEVICES = [d.id for d in CITY.devices()]
LINES = {name: (EXAMPLE / name).read_text(encoding="utf-8").split("\n") for name in CITY.sources}


def _stands_there(said: Said) -> str:
    """The rest of the line at a position."""
    assert said.position is not None
    return LINES[said.position.file][said.position.line - 1][said.position.column - 1 :]


def _written(said: Said, device: str, gb_id: str | None) -> list[str]:
    """How a value may stand in YAML."""
    value = said.value
    if value is None:
        return ["null", "~"]
    if isinstance(value, bool):
        return [str(value).lower()]
    if isinstance(value, list):
        return ["[", "-"]
    plain = str(value)
    template = plain.replace(device, "{device}")
    template = template.replace(gb_id, "{gb_id}") if gb_id else template
    return [f"{quote}{form}" for form in (plain, template) for quote in ("", '"', "'")]


@pytest.mark.parametrize("device", DEVICES)
def test_every_place_holds_the_value(device: str) -> None:
    """At each file:line:column of each field of each device stands that very value.

    What follows from the uplink points to what it was derived from instead.
    """
    found = explain(EXAMPLE, device)
    gb_id = next(d.gb_id for d in CITY.devices() if d.id == device)

    checked = 0
    for field in found.fields:
        for said in (field.winner, *field.overridden):
            if "uplink" in said.level.en:
                continue
            rest = _stands_there(said)
            assert rest.startswith(tuple(_written(said, device, gb_id))), (field.field, rest)
            checked += 1
    assert checked > 8


@pytest.mark.parametrize("device", DEVICES)
def test_explained_and_unmanaged_are_all_there_is(device: str) -> None:
    """Each setting of the kind is explained or named as unmanaged, never both."""
    found = explain(EXAMPLE, device)
    model = next(d for d in CITY.devices() if d.id == device)
    fields = set(SETTINGS_OF[model.kind].model_fields)
    told = {f.field for f in found.fields} & fields

    assert fields == told | set(found.unmanaged)
    assert not told & set(found.unmanaged)
    managed = {f.field for f in found.fields if f.winner.value is not None} & fields
    assert set(model.settings) | set(model.secrets) == managed


@pytest.mark.parametrize("name", [c.id for c in CITY.compounds()])
def test_a_compound(name: str) -> None:
    """Every fact has a place in the compound's own file."""
    found = explain(EXAMPLE, name)

    assert ("compound", name) == (found.kind, found.compound)
    places = [f.winner.position for f in found.fields]
    assert {CITY.compound(name).file} == {p.file for p in places if p is not None}
    assert all(p is not None for p in places)


def test_one_field_is_the_whole_ones(tmp_path: Path) -> None:
    """Narrowing to a field changes nothing about it."""
    root = write(
        tmp_path,
        {X: compound(devices=devices(x_cam_01=line("x-cam-01", settings="{ntp_port: 5}")))},
    )

    whole = {f.field: f for f in explain(root, "x-cam-01").fields}
    one = explain(root, "x-cam-01", "ntp_port")

    assert (whole["ntp_port"],) == one.fields
    assert one.unmanaged == ()
    assert isinstance(whole["ntp_port"], Explained)
    assert whole["ntp_port"].meaning is not None


@pytest.mark.parametrize(
    ("value", "shown"),
    [(None, "unmanaged"), (True, "true"), (False, "false"), (0, "0"), (["a", "b"], "a, b")],
)
def test_how_a_value_is_shown(value: object, shown: str) -> None:
    """As YAML has it; nothing is an empty string by accident."""
    assert shown == Said(level=text("city", "市"), value=value).shown.en


def test_errors(tmp_path: Path) -> None:
    """A city with faults and a name that is not there are different errors."""
    with pytest.raises(UsageError, match="no such device or compound"):
        explain(write(tmp_path / "a"), "y")
    with pytest.raises(UsageError, match="no such field"):
        explain(write(tmp_path / "b"), "x-cam-01", "y")
    with pytest.raises(InventoryError, match="1 faults"):
        explain(write(tmp_path / "c", {X: compound(centre="centre: 1\n")}), "x")
