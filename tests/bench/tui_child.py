"""The programs that tui_bench.py drives: our screens over N devices, or Textual's own table.

`python -m tests.bench.tui_child ours|datatable ROWS CHANGES_PER_SECOND`
"""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Iterator, Sequence
from typing import ClassVar

from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import DataTable, Static

from fleet.model.compound import Category, Site
from fleet.model.diagnostic import Diagnostic
from fleet.model.fleet import City, Compound, District
from fleet.model.observation import Registration
from fleet.model.plan import Plan
from fleet.ports.journal import Record
from fleet.ports.process import ProcessId
from fleet_tui.app import FleetTui
from fleet_tui.feed import Job
from fleet_tui.store.picture import Picture
from fleet_tui.store.states import State, face
from fleet_tui.store.table import CompoundInfo, DeviceInfo, Table

EVERY_S = 0.05
PER_COMPOUND = 100
DISTRICTS = 10
KINDS = (("camera", "cameras"), ("door", "doors"), ("gate", "gates"))


def city(rows: int) -> City:
    """Compounds of a hundred devices each; the devices themselves stand in the table alone."""
    count = max(1, rows // PER_COMPOUND)
    site = Site(category=Category.NEW, built_year=2020)
    districts = []
    for d in range(DISTRICTS):
        code = f"3407{d:02d}"
        compounds = tuple(
            Compound(id=f"c{n:04d}", name=f"幸福里{n}期", district=code, file="x.yaml", site=site)
            for n in range(d, count, DISTRICTS)
        )
        districts.append(District(code=code, name=f"第{d}区", folder=code, compounds=compounds))
    return City(code="340700", name="铜陵市", districts=tuple(districts))


def devices(rows: int, compounds: int) -> Iterator[DeviceInfo]:
    """Device after device."""
    for n in range(rows):
        kind, stage = KINDS[n % 3]
        number = min(n // PER_COMPOUND, compounds - 1)
        address = f"10.{n >> 16}.{n >> 8 & 255}.{n & 255}:80"
        yield DeviceInfo(f"c{number:04d}-{kind}-{n:06d}", f"枪机-{n}", kind, number, address, stage)


class Nothing:
    """A feed that tells nothing: what is measured is the screen."""

    may_write = False

    def __init__(self, town: City) -> None:
        self.city = town

    def records(self, after: int, most: int) -> Sequence[Record]:
        """None."""
        return ()

    def alive(self, process: ProcessId) -> bool:
        """Nobody."""
        return False

    def plan_of(self, rollout: str) -> Plan:
        """Never asked."""
        raise NotImplementedError

    def plan_file(self, name: str) -> Plan:
        """Never asked."""
        raise NotImplementedError

    def findings(self) -> Sequence[Diagnostic]:
        """None."""
        return ()

    async def registration(self, district: str, gb_id: str) -> Registration:
        """Unknown."""
        return Registration(gb_id=gb_id, source="registrar")

    def has_registrar(self, district: str) -> bool:
        """None."""
        return False

    def request(self, rollout: str, verb: str) -> bool:
        """Never asked."""
        return False

    def start(self, verb: str, rollout: str) -> Job:
        """Never asked."""
        raise NotImplementedError


class Changes:
    """So many changes a second, however often it is called."""

    def __init__(self, rows: int, per_second: int) -> None:
        self.rows = rows
        self.per_second = per_second
        self.random = random.Random(7)
        self.last = time.monotonic()

    def due(self) -> Iterator[tuple[int, State]]:
        """The changes since the last call."""
        now = time.monotonic()
        count = int((now - self.last) * self.per_second)
        if count:
            self.last = now
        for _ in range(min(count, self.per_second)):
            yield self.random.randrange(self.rows), State(self.random.randrange(len(State)))


class Ours(FleetTui):
    """The product's screens under change."""

    def __init__(self, rows: int, per_second: int) -> None:
        town = city(rows)
        compounds = [
            CompoundInfo(c.id, c.name, d.code, d.name) for d in town.districts for c in d.compounds
        ]
        table = Table(compounds, devices(rows, len(compounds)))
        super().__init__(Nothing(town), "en", picture=Picture(town, table))
        self.changes = Changes(rows, per_second)

    def on_mount(self) -> None:
        """The changes; the base class opens the overview."""
        if self.changes.per_second:
            self.set_interval(EVERY_S, self.change)

    def change(self) -> None:
        """What is due; the app draws at its own beat."""
        for row, state in self.changes.due():
            self.picture.table.set_config(row, state)


class Theirs(App[int]):
    """Textual's DataTable over the same rows under the same changes."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("q", "quit", show=False)]
    CSS = "#foot { dock: bottom; height: 1; }"

    def __init__(self, rows: int, per_second: int) -> None:
        super().__init__()
        self.rows = rows
        self.changes = Changes(rows, per_second)

    def compose(self) -> ComposeResult:
        """The table, and the row number below it."""
        yield DataTable(cursor_type="row")
        yield Static(id="foot")

    def on_mount(self) -> None:
        """Fill it."""
        table = self.query_one(DataTable)
        for name, width in (("state", 12), ("device", 24), ("name", 20), ("stage", 11)):
            table.add_column(name, key=name, width=width)
        table.add_column("address", key="address", width=20)
        shown = face(State.UNKNOWN)
        for n, d in enumerate(devices(self.rows, max(1, self.rows // PER_COMPOUND))):
            word = f"{shown.glyph} {shown.word.en}"
            table.add_row(word, d.id, d.name, d.stage, d.address, key=str(n))
        table.focus()
        if self.changes.per_second:
            self.set_interval(EVERY_S, self.change)

    def on_data_table_row_highlighted(self, event: DataTable.RowHighlighted) -> None:
        """The row number, as our foot shows it."""
        self.query_one("#foot", Static).update(f" {event.cursor_row + 1}/{self.rows} ")

    def change(self) -> None:
        """What is due."""
        table = self.query_one(DataTable)
        for row, state in self.changes.due():
            shown = face(state)
            table.update_cell(str(row), "state", f"{shown.glyph} {shown.word.en}")


def main() -> None:
    """Run one of them."""
    kind, rows, per_second = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    sys.__stderr__ = sys.__stdout__  # type: ignore[misc]  # as the product does
    app = Ours(rows, per_second) if kind == "ours" else Theirs(rows, per_second)
    app.run()


if __name__ == "__main__":
    main()
