"""Textual's own table over the same rows, for the ratio."""

from __future__ import annotations

from typing import ClassVar

from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import DataTable, Static

from fleet_tui.store.states import State, face
from tests.bench.tui_rows import EVERY_S, PER_COMPOUND, Changes, devices


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
