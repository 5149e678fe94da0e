"""The city at a glance: is it well, where is it worst, what was done last, what goes on now."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from typing import TYPE_CHECKING, ClassVar

from textual.widget import Widget

from fleet.app.watch import STATUS_WORDS, word
from fleet.model.text import Text, text
from fleet_tui.cells import Column, Line, heading, row, widths
from fleet_tui.look import fit
from fleet_tui.screens.base import FleetScreen
from fleet_tui.screens.parts import (
    alarm_lines,
    counts_line,
    event_line,
    newest,
    rollout_line,
    rule,
    uplink_lines,
)
from fleet_tui.store import query, when
from fleet_tui.store.states import PROBLEMS, State, face
from fleet_tui.store.view import View
from fleet_tui.widgets.lines import Lines
from fleet_tui.widgets.vtable import Rows, VTable

if TYPE_CHECKING:
    from fleet_tui.app import FleetTui

HEAT_NAME = 9
TAIL = 4
ALARMS_MOST = 2
COLUMNS = (
    Column(text("state", "状态"), 11),
    Column(text("compound", "小区"), 16, share=2),
    Column(text("id", "编号"), 10, share=1, drop=3),
    Column(text("district", "辖区"), 10, share=1, drop=4),
    Column(text("devices", "设备"), 7),
    Column(text("problems", "异常"), 8),
    Column(text("last rollout", "最近下发"), 17, share=1, drop=1),
    Column(text("uplinks", "上联"), 7),
    Column(text("findings", "规则"), 8, drop=2),
)


class CompoundRows:
    """The compounds of a city, as a table shows them."""

    def __init__(self, fleet: FleetTui) -> None:
        self._fleet = fleet
        self.view: View[int] = View()
        self.view.choose(range(len(fleet.picture.table.compounds)))

    def __len__(self) -> int:
        return len(self.view)

    def key(self, index: int) -> Hashable:
        """The compound's number."""
        return self.view.keys[index]

    def place(self, key: Hashable) -> int | None:
        """Where a compound is shown."""
        return self.view.place(key) if isinstance(key, int) else None

    def stamp(self, index: int) -> Hashable:
        """Its devices' changes, and those of rollouts, uplinks and findings."""
        compound = self.view.keys[index]
        picture = self._fleet.picture
        return picture.table.compound_version[compound], picture.version, self._fleet.lang

    def heading(self, width: int) -> Line:
        """The titles."""
        return heading(COLUMNS, width, self._fleet.lang)

    def line(self, index: int, width: int) -> Line:
        """One compound."""
        picture, lang = self._fleet.picture, self._fleet.lang
        number = self.view.keys[index]
        info = picture.table.compounds[number]
        worst = picture.table.worst(number)
        problems = sum(picture.table.count(number, s) for s in PROBLEMS)
        last = picture.last_rollout(info.id)
        when_, status = "", ""
        if last is not None:
            when_ = when.short(
                last.ended_at or last.started_at, self._fleet.now(), self._fleet.zone
            )
            status = word(STATUS_WORDS, picture.facts.status(last.id)).render(lang)
        up, down, links = picture.registered(number)
        errors, warnings = picture.severities(info.id)
        cells = [
            (f"{face(worst).glyph} {face(worst).word.render(lang)}", f"s{worst:d}"),
            (info.name, "strong" if problems else ""),
            (info.id, "dim"),
            (info.area, "dim"),
            (str(len(picture.table.rows_of[number])), ""),
            (str(problems) if problems else "-", f"s{worst:d}" if problems else "dim"),
            (f"{when_[:5]} {status}".strip() or "-", "dim"),
            (_links(up, down, links), "bad" if down else "good" if up else "dim"),
            (_found(errors, warnings), "bad" if errors else "warn" if warnings else "dim"),
        ]
        return row(cells, widths(COLUMNS, width))


class Overview(FleetScreen):
    """Heat map, table of compounds, what is under the cursor, the newest events."""

    kind: ClassVar[str] = "overview"

    def title_text(self) -> Text:
        """Overview, and how large the city is."""
        table = self.fleet.picture.table
        return text(
            "overview: {c} compounds, {d} devices",
            "总览：小区 {c} 个，设备 {d} 台",
            c=len(table.compounds),
            d=len(table),
        )

    def rows(self) -> Rows:
        """The compounds."""
        return CompoundRows(self.fleet)

    def body(self) -> Iterator[Widget]:
        """Summary, heat map, table, cursor, events."""
        look = self.fleet.look
        yield Lines(self._summary, look, "summary")
        yield Lines(self._heat, look, "heat")
        yield VTable(self.rows(), look)
        yield Lines(self._cursor, look, "detail")
        yield Lines(self._tail, look, "tail")

    def on_resize(self) -> None:
        """The heat map has a line a district, as far as there is room."""
        districts = len(self.fleet.picture.city.districts)
        self.query_one("#heat", Lines).styles.height = min(districts, max(2, self.size.height // 4))
        self.query_one("#detail", Lines).styles.height = 4 if self.size.height < 30 else 6
        self.query_one("#tail", Lines).styles.height = 1 + (TAIL if self.size.height < 30 else 8)

    def choose(self, keep: Hashable = None) -> None:
        """Filter and sort the compounds."""
        rows = self.vtable.rows
        if not isinstance(rows, CompoundRows):
            return
        table = self.fleet.picture.table
        fits = query.parse(self.query_text)

        def chosen(number: int) -> bool:
            info, worst = table.compounds[number], table.worst(number)
            if self.only_problems and worst not in PROBLEMS:
                return False
            return fits(query.Subject(info.id, info.name, "", worst, info.area))

        orders = {
            "state": lambda n: -table.worst(n),
            "name": lambda n: table.compounds[n].id,
        }
        rows.view.choose(range(len(table.compounds)), chosen, orders.get(self.sort))
        self.vtable.reload(keep)

    def facts_changed(self) -> None:
        """A list of problems follows what becomes one."""
        self.choose_again()
        super().facts_changed()

    def is_problem(self, index: int) -> bool:
        """A compound with any problem."""
        key = self.vtable.rows.key(index)
        return isinstance(key, int) and self.fleet.picture.table.worst(key) in PROBLEMS

    def action_enter(self) -> None:
        """Into the compound."""
        self.fleet.show("compound")

    def compound(self) -> int | None:
        """The compound under the cursor."""
        key = self.vtable.key
        return key if isinstance(key, int) else None

    def _summary(self, width: int) -> list[Line]:
        totals = self.fleet.picture.table.totals
        line = counts_line(self.fleet, lambda state: totals[state])
        if alarms := len(self.fleet.picture.alarms):
            said = self.say(text("alarms {n}", "告警 {n}", n=alarms))
            line = [(f" {said} ", "danger"), *line]
        return [line, rollout_line(self.fleet, width)]

    def _heat(self, width: int) -> list[Line]:
        table = self.fleet.picture.table
        lines: list[Line] = []
        here = self.compound()
        first = 0
        for district in self.fleet.picture.city.districts:
            count = len(district.compounds)
            name = district.name
            lines.append(
                [
                    (f" {fit(name, HEAT_NAME)}", "dim"),
                    *_cells(table.worst, first, count, width, here),
                ]
            )
            first += count
        return lines

    def _cursor(self, width: int) -> list[Line]:
        number = self.compound()
        if number is None:
            return [[(self.fleet.look.line * width, "dim")]]
        picture = self.fleet.picture
        info = picture.table.compounds[number]
        lines: list[Line] = [
            rule(self.fleet, f"{info.name} ({info.id})", width),
            counts_line(self.fleet, lambda state: picture.table.count(number, state)),
        ]
        lines += alarm_lines(self.fleet, picture.alarms_of(info.id)[:ALARMS_MOST])
        return lines + uplink_lines(self.fleet, picture.uplinks_of(number))

    def _tail(self, width: int) -> list[Line]:
        title = self.say(text("events (5)", "事件 (5)"))
        lines: list[Line] = [rule(self.fleet, title, width)]
        events = self.fleet.picture.facts.events
        if not events:
            hint = text(
                "the journal is empty: nothing was rolled out from here (fleet apply)",
                "日志为空：尚未从此处下发（fleet apply）",
            )
            return [*lines, [(f" {self.say(hint)}", "dim")]]
        room = self.query_one("#tail", Lines).size.height - 1
        return lines + [event_line(self.fleet, e, width) for e in newest(events, room)]


def _links(up: int, down: int, links: int) -> str:
    if not links:
        return "-"
    return f"{up}/{links}" if up or down else f"?/{links}"


def _found(errors: int, warnings: int) -> str:
    parts = [f"E{errors}"] * bool(errors) + [f"W{warnings}"] * bool(warnings)
    return " ".join(parts) or "-"


def _cells(
    worst: Callable[[int], State], first: int, count: int, width: int, here: int | None
) -> Iterator[tuple[str, str]]:
    """One cell a compound; where there is no room, several share one and show their worst."""
    room = max(1, width - HEAT_NAME - 3)
    each = -(-count // room) if count else 1
    for start in range(first, first + count, each):
        group = range(start, min(start + each, first + count))
        state = max((worst(n) for n in group), default=State.UNKNOWN)
        style = f"s{state:d}"
        shown = face(state).glyph
        if count * 3 > room:
            yield shown, style
        elif here in group:
            yield f"[{shown}]", "strong"
        else:
            yield f" {shown} ", style
