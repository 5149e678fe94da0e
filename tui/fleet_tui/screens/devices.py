"""Devices in a table: all of the city's, or those of one compound, stage by stage."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from typing import TYPE_CHECKING, ClassVar

from textual.widget import Widget

from fleet.app.watch import STAGE_WORDS, word
from fleet.model.device import Stage
from fleet.model.text import Text, text
from fleet_tui.cells import Column, Line, heading, row, widths
from fleet_tui.screens.base import FleetScreen
from fleet_tui.screens.parts import alarm_lines, counts_line, uplink_lines
from fleet_tui.store import query, when
from fleet_tui.store.states import PROBLEMS, face
from fleet_tui.store.view import View
from fleet_tui.widgets.lines import Lines
from fleet_tui.widgets.vtable import Rows, VTable

if TYPE_CHECKING:
    from fleet_tui.app import FleetTui

ALARMS_MOST = 3
_ORDER = {stage.value: n for n, stage in enumerate(Stage)}
COLUMNS = (
    Column(text("state", "状态"), 12),
    Column(text("device", "设备"), 16, share=1),
    Column(text("name", "名称"), 14, share=2),
    Column(text("stage", "阶段"), 11, drop=3),
    Column(text("address", "地址"), 19, drop=2),
    Column(text("seen", "最近记录"), 11, drop=1),
)


class DeviceRows:
    """Devices by row number; a stage's title stands as its name."""

    def __init__(self, fleet: FleetTui) -> None:
        self._fleet = fleet
        self.view: View[int | str] = View()

    def __len__(self) -> int:
        return len(self.view)

    def key(self, index: int) -> Hashable:
        """A device's row number, or a stage's name."""
        return self.view.keys[index]

    def place(self, key: Hashable) -> int | None:
        """Where it is shown."""
        return self.view.place(key) if isinstance(key, int | str) else None

    def stamp(self, index: int) -> Hashable:
        """The device's generation."""
        key = self.view.keys[index]
        lang = self._fleet.lang
        return (self._fleet.picture.table.generation[key], lang) if isinstance(key, int) else lang

    def heading(self, width: int) -> Line:
        """The titles."""
        return heading(COLUMNS, width, self._fleet.lang)

    def line(self, index: int, width: int) -> Line:
        """One device, or a stage's title."""
        fleet = self._fleet
        key = self.view.keys[index]
        if isinstance(key, str):
            return [(f"{fleet.look.line * 2} {word(STAGE_WORDS, key).render(fleet.lang)}", "head")]
        table = fleet.picture.table
        name = table.ids[key]
        state = table.state(key)
        known = fleet.picture.facts.devices.get(name)
        at = when.short(known.last_at, fleet.now(), fleet.zone) if known is not None else ""
        cells = [
            (f"{face(state).glyph} {face(state).word.render(fleet.lang)}", f"s{state:d}"),
            (name, "strong" if state in PROBLEMS else ""),
            (table.names[key], ""),
            (word(STAGE_WORDS, table.stages[key]).render(fleet.lang), "dim"),
            (table.addresses[key], "dim"),
            (at or "-", "dim"),
        ]
        return row(cells, widths(COLUMNS, width))


class Devices(FleetScreen):
    """All devices of the city."""

    kind: ClassVar[str] = "devices"

    def title_text(self) -> Text:
        """All devices."""
        return text("all devices", "全部设备")

    def body(self) -> Iterator[Widget]:
        """Counts and the table."""
        yield Lines(self._counts, self.fleet.look, "counts")
        yield VTable(self.rows(), self.fleet.look)

    def rows(self) -> Rows:
        """Every device."""
        rows = DeviceRows(self.fleet)
        rows.view.choose(self.pool())
        return rows

    def pool(self) -> Sequence[int | str]:
        """The devices to choose from."""
        return range(len(self.fleet.picture.table))

    def choose(self, keep: Hashable = None) -> None:
        """Filter and sort."""
        rows = self.vtable.rows
        if not isinstance(rows, DeviceRows):
            return
        table = self.fleet.picture.table
        fits = query.parse(self.query_text)
        narrowed = bool(self.query_text) or self.only_problems or self.sort != "place"

        def chosen(key: int | str) -> bool:
            if isinstance(key, str):
                return not narrowed
            state = table.state(key)
            if self.only_problems and state not in PROBLEMS:
                return False
            area = table.compounds[table.compound_of[key]].area
            return fits(
                query.Subject(table.ids[key], table.names[key], table.kinds[key], state, area)
            )

        def by_state(key: int | str) -> int:
            return -table.states[key] if isinstance(key, int) else 0

        def by_name(key: int | str) -> str:
            return table.ids[key] if isinstance(key, int) else ""

        order = {"state": by_state, "name": by_name}.get(self.sort)
        rows.view.choose(self.pool(), chosen if narrowed else None, order)
        self.vtable.reload(keep)

    def facts_changed(self) -> None:
        """A list of problems follows what becomes one."""
        self.choose_again()
        super().facts_changed()

    def is_problem(self, index: int) -> bool:
        """A device whose state is one."""
        key = self.vtable.rows.key(index)
        return isinstance(key, int) and self.fleet.picture.table.state(key) in PROBLEMS

    def device(self) -> str | None:
        """The device under the cursor."""
        key = self.vtable.key
        return self.fleet.picture.table.ids[key] if isinstance(key, int) else None

    def action_enter(self) -> None:
        """Into the device."""
        name = self.device()
        if name is not None:
            self.fleet.show_device(name)

    def _counts(self, _width: int) -> list[Line]:
        totals = self.fleet.picture.table.totals
        return [counts_line(self.fleet, lambda state: totals[state])]


class CompoundScreen(Devices):
    """One compound: counts, uplinks, devices by stage."""

    kind: ClassVar[str] = "compound"

    def __init__(self, number: int) -> None:
        super().__init__()
        self.number = number

    def title_text(self) -> Text:
        """District and compound."""
        info = self.fleet.picture.table.compounds[self.number]
        return text("{a} > {n} ({i})", "{a} > {n}（{i}）", a=info.area, n=info.name, i=info.id)

    def body(self) -> Iterator[Widget]:
        """Counts, alarms and uplinks, devices."""
        look = self.fleet.look
        yield Lines(self._counts, look, "counts")
        yield Lines(self._uplinks, look, "uplinks", most=4)
        yield VTable(self.rows(), look)

    def begin(self) -> None:
        """The cursor begins on a device, not on a title."""
        self.vtable.move(1)

    def pool(self) -> Sequence[int | str]:
        """The compound's devices in the order of the stages, each stage under its title."""
        table = self.fleet.picture.table
        stages: dict[str, list[int | str]] = {}
        for number in table.rows_of[self.number]:
            stages.setdefault(table.stages[number], []).append(number)
        found: list[int | str] = []
        for stage in sorted(stages, key=lambda s: _ORDER.get(s, 0)):
            found += [stage, *stages[stage]]
        return found

    def _counts(self, _width: int) -> list[Line]:
        table = self.fleet.picture.table
        return [counts_line(self.fleet, lambda state: table.count(self.number, state))]

    def _uplinks(self, _width: int) -> list[Line]:
        picture = self.fleet.picture
        alarms = picture.alarms_of(picture.table.compounds[self.number].id)
        uplinks = uplink_lines(self.fleet, picture.uplinks_of(self.number))
        return alarm_lines(self.fleet, alarms[:ALARMS_MOST]) + uplinks
