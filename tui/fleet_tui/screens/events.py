"""The journal's end: every record as a sentence, newest first, followed or frozen."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from typing import TYPE_CHECKING, ClassVar

from textual.widget import Widget

from fleet.model.text import Text, text
from fleet_tui.cells import Column, Line, heading, row, widths
from fleet_tui.look import wrap
from fleet_tui.screens.base import FleetScreen
from fleet_tui.store import query, when
from fleet_tui.store.facts import Event
from fleet_tui.widgets.lines import Lines
from fleet_tui.widgets.vtable import Rows, VTable

if TYPE_CHECKING:
    from fleet_tui.app import FleetTui

COLUMNS = (
    Column(text("time", "时间"), 11),
    Column(text("number", "序号"), 7, drop=3),
    Column(text("rollout", "下发"), 22, drop=2),
    Column(text("what happened", "事件"), 40, share=1),
)
_GLYPH = {"info": " ", "good": ".", "warn": "~", "bad": "!"}
_STYLE = {"info": "", "good": "good", "warn": "warn", "bad": "bad"}


class EventRows:
    """Events, newest first; a record never changes, so its number is its stamp."""

    def __init__(self, fleet: FleetTui) -> None:
        self._fleet = fleet
        self.events: list[Event] = []

    def __len__(self) -> int:
        return len(self.events)

    def key(self, index: int) -> Hashable:
        """The record's number."""
        return self.events[index].seq

    def place(self, key: Hashable) -> int | None:
        """Where a record is shown."""
        return next((i for i, e in enumerate(self.events) if e.seq == key), None)

    def stamp(self, index: int) -> Hashable:
        """Number and language."""
        return self.events[index].seq, self._fleet.lang

    def heading(self, width: int) -> Line:
        """The titles."""
        return heading(COLUMNS, width, self._fleet.lang)

    def line(self, index: int, width: int) -> Line:
        """One event."""
        event = self.events[index]
        style = _STYLE[event.told.weight]
        cells = [
            (when.short(event.at, self._fleet.now(), self._fleet.zone), "dim"),
            (str(event.seq), "dim"),
            (event.rollout or "-", "dim"),
            (f"{_GLYPH[event.told.weight]} {event.told.said.render(self._fleet.lang)}", style),
        ]
        return row(cells, widths(COLUMNS, width))


class Events(FleetScreen):
    """All events that are kept."""

    kind: ClassVar[str] = "events"

    def __init__(self) -> None:
        super().__init__()
        self.following = True
        self.frozen_at: int | None = None

    def title_text(self) -> Text:
        """Events; how many came while frozen."""
        if self.frozen_at is not None:
            new = self.fleet.picture.facts.seq - self.frozen_at
            return text("events: frozen, {n} new", "事件：已冻结，新增 {n}", n=new)
        if self.following:
            return text("events: following", "事件：跟随最新")
        return text("events", "事件")

    def rows(self) -> Rows:
        """Newest first."""
        return EventRows(self.fleet)

    def body(self) -> Iterator[Widget]:
        """The table, and the whole sentence under the cursor."""
        yield VTable(self.rows(), self.fleet.look)
        yield Lines(self._whole, self.fleet.look, "whole")

    def begin(self) -> None:
        """The newest events."""
        self.choose()

    def choose(self, keep: Hashable = None) -> None:
        """Filter; a problem is what weighs bad."""
        rows = self.vtable.rows
        if not isinstance(rows, EventRows):
            return
        words = query.narrow(self.query_text).lower().split()

        def fits(event: Event) -> bool:
            if self.frozen_at is not None and event.seq > self.frozen_at:
                return False
            if self.only_problems and event.told.weight != "bad":
                return False
            have = f"{event.rollout} {event.kind} {event.told.said.en} {event.told.said.zh}".lower()
            return all((w[1:] not in have) if w[0] == "!" and w[1:] else w in have for w in words)

        rows.events = [e for e in reversed(self.fleet.picture.facts.events) if fits(e)]
        if self.following and rows.events:
            keep = rows.events[0].seq
        self.vtable.reload(keep)

    def facts_changed(self) -> None:
        """New events come in at the top; a reader's row stays the reader's row."""
        rows = self.vtable.rows
        newest = rows.events[0].seq if isinstance(rows, EventRows) and rows.events else 0
        if self.frozen_at is None and self.fleet.picture.facts.seq > newest:
            self.choose()
        super().facts_changed()

    def is_problem(self, index: int) -> bool:
        """What weighs bad."""
        rows = self.vtable.rows
        return isinstance(rows, EventRows) and rows.events[index].told.weight == "bad"

    def moved(self) -> None:
        """Who moves reads, and is not to be moved."""
        self.following = self.vtable.cursor == 0

    def action_enter(self) -> None:
        """To the device or the rollout that it is about."""
        rows = self.vtable.rows
        if not isinstance(rows, EventRows) or not rows.events:
            return
        event = rows.events[self.vtable.cursor]
        if self.fleet.picture.device(event.subject) is not None:
            self.fleet.show_device(event.subject)
        elif event.rollout in self.fleet.picture.facts.rollouts:
            self.fleet.show_rollout(event.rollout)

    def action_follow(self) -> None:
        """Follow the newest, or stay."""
        self.following = not self.following
        self.choose()
        self.facts_changed()

    def action_freeze(self) -> None:
        """Let nothing new in, or everything."""
        self.frozen_at = self.fleet.picture.facts.seq if self.frozen_at is None else None
        self.choose()
        self.facts_changed()

    def _whole(self, width: int) -> list[Line]:
        lines: list[Line] = [[(self.fleet.look.line * width, "dim")]]
        rows = self.vtable.rows
        if not isinstance(rows, EventRows) or not rows.events:
            hint = text("nothing is in the journal that fits", "日志中没有符合的记录")
            return [*lines, [(f" {hint.render(self.fleet.lang)}", "dim")]]
        event = rows.events[min(self.vtable.cursor, len(rows) - 1)]
        said = event.told.said.render(self.fleet.lang)
        head = f" #{event.seq} {event.at} {event.kind} {event.rollout} {event.subject}"
        return [*lines, [(head, "dim")], *([(f" {part}", "")] for part in wrap(said, width - 2))]
