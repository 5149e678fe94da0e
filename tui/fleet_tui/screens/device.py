"""One device: what is wanted, what was last read and when, and from which line it comes."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from typing import TYPE_CHECKING, ClassVar

from textual.widget import Widget

from fleet.model.device import Device
from fleet.model.text import Text, join, text
from fleet_tui.cells import Column, Line, heading, row, widths
from fleet_tui.screens.base import FleetScreen
from fleet_tui.screens.parts import rule, uplink_lines
from fleet_tui.store import health, query, when
from fleet_tui.store.fields import FieldRow, field_rows
from fleet_tui.store.states import State, face
from fleet_tui.store.view import View
from fleet_tui.widgets.lines import Lines
from fleet_tui.widgets.vtable import Rows, VTable

if TYPE_CHECKING:
    from fleet_tui.app import FleetTui

COLUMNS = (
    Column(text("field", "字段"), 20),
    Column(text("desired", "期望"), 16, share=2),
    Column(text("last observed", "最近读得"), 16, share=2),
    Column(text("when", "时间"), 9, drop=1),
    Column(text("origin", "来源"), 13, share=1),
)
_MARK = {".": "good", "~": "s4", "?": "dim", "#": "good", " ": "dim"}


class FieldRows:
    """The fields of one device."""

    def __init__(self, fleet: FleetTui, device: Device) -> None:
        self._fleet = fleet
        self._device = device
        self.view: View[str] = View()
        self.fields: dict[str, FieldRow] = {}

    def refresh(self) -> None:
        """Make the rows anew out of what is known now."""
        known = self._fleet.picture.facts.devices.get(self._device.id)
        self.fields = {f.name: f for f in field_rows(self._device, known)}

    def __len__(self) -> int:
        return len(self.view)

    def key(self, index: int) -> Hashable:
        """The field's name."""
        return self.view.keys[index]

    def place(self, key: Hashable) -> int | None:
        """Where a field is shown."""
        return self.view.place(key) if isinstance(key, str) else None

    def stamp(self, index: int) -> Hashable:
        """The row itself."""
        return self.fields[self.view.keys[index]], self._fleet.lang

    def heading(self, width: int) -> Line:
        """The titles."""
        return heading(COLUMNS, width, self._fleet.lang)

    def line(self, index: int, width: int) -> Line:
        """One field."""
        field = self.fields[self.view.keys[index]]
        unread = text("never read", "从未读取").render(self._fleet.lang)
        origin = field.places[0].rsplit("/", 1)[-1].rsplit(":", 1)[0] if field.places else "-"
        at = when.short(field.at, self._fleet.now(), self._fleet.zone)
        cells = [
            (f"{field.mark} {field.name}", _MARK[field.mark]),
            (field.wanted or text("unmanaged", "未托管").render(self._fleet.lang), ""),
            (field.seen or unread, _MARK[field.mark]),
            (at or "-", "dim"),
            (origin, "dim"),
        ]
        return row(cells, widths(COLUMNS, width))


class DeviceScreen(FleetScreen):
    """One device."""

    kind: ClassVar[str] = "device"

    def __init__(self, device: Device) -> None:
        super().__init__()
        self.device = device

    def title_text(self) -> Text:
        """Compound, device, name."""
        compound = self.fleet.picture.compound(self.device.compound)
        name = compound.name if compound is not None else self.device.compound
        return text("{c} > {d} {n}", "{c} > {d} {n}", c=name, d=self.device.id, n=self.device.name)

    def rows(self) -> Rows:
        """Its fields."""
        rows = FieldRows(self.fleet, self.device)
        rows.refresh()
        rows.view.choose(rows.fields)
        return rows

    def body(self) -> Iterator[Widget]:
        """State and identity, fields, the field under the cursor."""
        look = self.fleet.look
        yield Lines(self._head, look, "identity", most=5)
        yield VTable(self.rows(), look)
        yield Lines(self._field, look, "field")

    def choose(self, keep: Hashable = None) -> None:
        """Filter by a field's name or value; a problem is what differs or was never read."""
        rows = self.vtable.rows
        if not isinstance(rows, FieldRows):
            return
        rows.refresh()
        words = query.narrow(self.query_text).lower().split()

        def chosen(name: str) -> bool:
            field = rows.fields[name]
            if self.only_problems and field.mark != "~":
                return False
            have = f"{name} {field.wanted} {field.seen}".lower()
            return all(w in have for w in words)

        def worst(name: str) -> int:
            return "~?#. ".index(rows.fields[name].mark)

        order = {"state": worst}.get(self.sort)
        rows.view.choose(rows.fields, chosen, order)
        self.vtable.reload(keep)

    def facts_changed(self) -> None:
        """New facts may bring new fields."""
        rows = self.vtable.rows
        if isinstance(rows, FieldRows):
            before = list(rows.fields)
            rows.refresh()
            if before != list(rows.fields):
                self.choose()
        super().facts_changed()

    def is_problem(self, index: int) -> bool:
        """A field that differs."""
        rows = self.vtable.rows
        return isinstance(rows, FieldRows) and rows.fields[rows.view.keys[index]].mark == "~"

    def _head(self, _width: int) -> list[Line]:
        device, picture, lang = self.device, self.fleet.picture, self.fleet.lang
        number = picture.table.row(device.id)
        state = picture.table.state(number) if number is not None else State.UNKNOWN
        known = picture.facts.devices.get(device.id)
        pinned = device.serial or device.engine_id or "-"
        health_of = picture.health_of(device.id)
        lines: list[Line] = [
            [
                (f" {face(state).glyph} {face(state).word.render(lang)}", f"s{state:d}"),
                (f"  {device.kind.value} {device.driver} {device.address}:{device.port}", ""),
                (f"  {device.gb_id or ''}", "dim"),
            ],
            [
                (f" {self._health(health_of).render(lang)}", health.STYLES[health_of.word]),
                (f"  {text('identity', '身份').render(lang)} {pinned}", "dim"),
            ],
        ]
        if known is not None and known.fault is not None and state in (State.FAILED, State.DOUBT):
            why = Text(en=known.fault.en, zh=known.fault.zh).render(lang)
            lines.append([(f" ! [{known.fault.code}] {why}", "bad")])
        elif known is not None and known.problems:
            lines.append([(f" ~ {join(list(known.problems)).render(lang)}", "s4")])
        elif known is not None and known.verified_at:
            at = when.short(known.verified_at, self.fleet.now(), self.fleet.zone)
            lines.append([(f" . {text('verified {a}', '{a} 核实', a=at).render(lang)}", "good")])
        links = [u for u in picture.uplinks if u.device == device.id]
        return lines + (uplink_lines(self.fleet, links) if links else [])

    def _health(self, well: health.Health) -> Text:
        """How it is, since when, and what that is known by."""
        said = text("health {w}", "健康 {w}", w=health.WORDS[well.word])
        if not well.since:
            return said
        now, zone = self.fleet.now(), self.fleet.zone
        cause = text(", {c}", "，{c}", c=well.evidence) if well.evidence else text("", "")
        return text(
            "{h} since {s}{c} (measured, looked {l})",
            "{h}，自 {s}{c}（实测，{l} 查看）",
            h=said,
            s=when.short(well.since, now, zone),
            c=cause,
            l=when.short(well.seen, now, zone),
        )

    def _field(self, width: int) -> list[Line]:
        rows, lang = self.vtable.rows, self.fleet.lang
        key = self.vtable.key
        if not isinstance(rows, FieldRows) or not isinstance(key, str):
            return [[(self.fleet.look.line * width, "dim")]]
        field = rows.fields[key]
        at = when.short(field.at, self.fleet.now(), self.fleet.zone)
        seen = text("{v}  ({a}, {b})", "{v}（{a}，{b}）", v=field.seen, a=at, b=field.by)
        origin = field.places[0] if field.places else "-"
        over = "; ".join(field.places[1:])
        return [
            rule(self.fleet, field.name, width),
            [
                (f" {text('desired', '期望').render(lang)}  ", "dim"),
                (field.wanted or "-", ""),
                (f"  {field.ref}", "dim"),
            ],
            [
                (f" {text('observed', '读得').render(lang)}  ", "dim"),
                (seen.render(lang) if field.at else "-", _MARK[field.mark]),
            ],
            [
                (f" {text('origin', '来源').render(lang)}  ", "dim"),
                (origin, "link"),
                (f"  {text('over {o}', '覆盖 {o}', o=over).render(lang)}" if over else "", "dim"),
            ],
        ]
