"""The picture of the rooms is complete, and our own kinds of contract see what they should."""

from __future__ import annotations

import configparser
from types import SimpleNamespace

import pytest
from grimp import ImportGraph

from tests.house.contracts import AllowList, OnlyImports
from tests.house.files import ROOT, python_files

# Packages that are no room of the picture: data that the wheel carries.
NO_ROOM = {"_data"}


def config() -> configparser.ConfigParser:
    """The contracts as written."""
    parser = configparser.ConfigParser()
    parser.read_string((ROOT / ".importlinter").read_text("utf-8"))
    return parser


def test_every_room_stands_in_the_picture() -> None:
    picture = config()["importlinter:contract:rooms"]["layers"]
    rooms = {name.split("/")[1] for name in python_files("fleet") if name.count("/") > 1}
    missing = {room for room in rooms - NO_ROOM if f"(fleet.{room})" not in picture}
    assert not missing


def test_every_library_is_spoken_for() -> None:
    """Who may import a library is decided once, in one contract."""
    named = [
        library
        for section in config().sections()
        if ":only-" in section or ":never-" in section
        for library in config()[section]["imported"].split()
    ]
    assert len(named) == len(set(named))
    assert {"pulumi", "ansible_runner", "sqlalchemy", "pysnmp", "supervisor"} <= set(named)


@pytest.fixture
def graph() -> ImportGraph:
    """A small house: wiring uses an adapter, and the simulator peeks at a driver."""
    built = ImportGraph()
    for module in ("fleet", "fleet.wiring", "fleet.adapters", "fleet.adapters.store"):
        built.add_module(module)
    for module in ("fleet.simulator", "fleet.drivers", "fleet.protocols", "fleet.adaptersque"):
        built.add_module(module)
    built.add_module("sqlalchemy", is_squashed=True)
    built.add_import(importer="fleet.adapters.store", imported="sqlalchemy")
    built.add_import(importer="fleet.wiring", imported="fleet.adapters.store")
    built.add_import(importer="fleet.simulator", imported="fleet.protocols")
    return built


def kept(contract: AllowList | OnlyImports, graph: ImportGraph) -> bool:
    """What the contract says of the house."""
    return bool(contract.check(graph, verbose=False).kept)


def allow_list(imported: list[str], importers: list[str]) -> AllowList:
    """An allow-list as import-linter would make it from the file."""
    options = {"imported": imported, "importers": importers}
    return AllowList("test", session_options={}, contract_options=options)


def only_imports(sources: list[str], allowed: list[str]) -> OnlyImports:
    """A contract on what a room may import."""
    options = {"sources": sources, "allowed": allowed}
    return OnlyImports("test", session_options={}, contract_options=options)


def test_an_allowed_import_is_kept(graph: ImportGraph) -> None:
    assert kept(allow_list(["sqlalchemy"], ["fleet.adapters"]), graph)
    assert kept(allow_list(["fleet.adapters"], ["fleet.wiring"]), graph)


def test_an_import_by_a_stranger_is_broken_and_named(
    graph: ImportGraph, capsys: pytest.CaptureFixture[str]
) -> None:
    graph.add_import(importer="fleet.wiring", imported="sqlalchemy")
    contract = allow_list(["sqlalchemy"], ["fleet.adapters"])
    check = contract.check(graph, verbose=False)
    assert check.metadata["illegal"] == [("fleet.wiring", "sqlalchemy")]
    contract.render_broken_contract(SimpleNamespace(metadata=check.metadata))
    assert "fleet.wiring may not import sqlalchemy" in capsys.readouterr().out


def test_a_name_that_only_begins_alike_is_a_stranger(graph: ImportGraph) -> None:
    graph.add_import(importer="fleet.adaptersque", imported="sqlalchemy")
    assert not kept(allow_list(["sqlalchemy"], ["fleet.adapters"]), graph)


def test_nobody_may_import_what_has_no_importers(graph: ImportGraph) -> None:
    assert not kept(allow_list(["sqlalchemy"], []), graph)
    assert kept(allow_list(["supervisor"], []), graph)


def test_a_room_that_is_not_there_yet_breaks_nothing(graph: ImportGraph) -> None:
    assert kept(allow_list(["fleet.nowhere"], ["fleet.noone"]), graph)
    assert kept(only_imports(["fleet.nowhere"], []), graph)


def test_a_room_that_keeps_to_itself(graph: ImportGraph) -> None:
    assert kept(only_imports(["fleet.simulator"], ["fleet.protocols"]), graph)
    graph.add_import(importer="fleet.simulator", imported="fleet.drivers")
    assert not kept(only_imports(["fleet.simulator"], ["fleet.protocols"]), graph)


def test_third_party_imports_are_no_concern_of_only_imports(graph: ImportGraph) -> None:
    graph.add_import(importer="fleet.simulator", imported="sqlalchemy")
    assert kept(only_imports(["fleet.simulator"], ["fleet.protocols"]), graph)
