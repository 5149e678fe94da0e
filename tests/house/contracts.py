"""Two kinds of import contract that import-linter does not bring, both tolerant of empty rooms.

Its own ``forbidden`` and ``protected`` kinds fail when a room they name is not there yet, and
neither can say "this room imports nothing of ours but that one". ``.importlinter`` loads them.
"""

from __future__ import annotations

from collections.abc import Iterable

from grimp import ImportGraph
from importlinter import Contract, ContractCheck, fields, output

ROOTS = ("fleet", "fleet_tui", "fleet_stacks")


def inside(module: str, packages: frozenset[str]) -> bool:
    """Whether ``module`` is one of ``packages`` or lies below one."""
    return any(module == name or module.startswith(name + ".") for name in packages)


class AllowList(Contract):
    """A library, or a room, that only the named modules may import directly."""

    type_name = "allow_list"

    imported = fields.SetField(subfield=fields.StringField())
    importers = fields.SetField(subfield=fields.StringField(), required=False)

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:
        """Every direct import of ``imported`` comes from ``importers`` or from inside itself."""
        targets = frozenset(self.imported)
        allowed = frozenset(self.importers or ()) | targets
        return _verdict(
            (importer, imported)
            for imported in graph.modules
            if inside(imported, targets)
            for importer in graph.find_modules_that_directly_import(imported)
            if not inside(importer, allowed)
        )

    def render_broken_contract(self, check: ContractCheck) -> None:
        """Name each import that has no business there."""
        _render(check)


class OnlyImports(Contract):
    """A room that may import, of our own code, nothing but itself and the named rooms."""

    type_name = "only_imports"

    sources = fields.SetField(subfield=fields.StringField())
    allowed = fields.SetField(subfield=fields.StringField(), required=False)

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:
        """Every import of our own code from ``sources`` ends in itself or in ``allowed``."""
        sources = frozenset(self.sources)
        allowed = frozenset(self.allowed or ()) | sources
        return _verdict(
            (importer, imported)
            for importer in graph.modules
            if inside(importer, sources)
            for imported in graph.find_modules_directly_imported_by(importer)
            if inside(imported, frozenset(ROOTS)) and not inside(imported, allowed)
        )

    def render_broken_contract(self, check: ContractCheck) -> None:
        """Name each import that has no business there."""
        _render(check)


def _verdict(illegal: Iterable[tuple[str, str]]) -> ContractCheck:
    found = sorted(illegal)
    return ContractCheck(kept=not found, metadata={"illegal": found})


def _render(check: ContractCheck) -> None:
    for importer, imported in check.metadata["illegal"]:
        output.print_error(f"{importer} may not import {imported}", bold=False)
    output.new_line()
