"""The question before an act: what it would touch; the id is typed for what stays done."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from typing import ClassVar

from textual.widget import Widget

from fleet.app.watch import VERB_WORDS, word
from fleet.model.text import Text, text
from fleet_tui.cells import Column, Line
from fleet_tui.look import wrap
from fleet_tui.screens.base import FleetScreen
from fleet_tui.screens.items import Item, ItemRows
from fleet_tui.store.progress import Radius
from fleet_tui.widgets.lines import Lines
from fleet_tui.widgets.prompt import Prompt
from fleet_tui.widgets.vtable import Rows, VTable

COLUMNS = (
    Column(text("compound", "小区"), 20, share=1),
    Column(text("device", "设备"), 30, share=2),
)
MEANS: dict[str, Text] = {
    "approve": text(
        "The wave that waits, below, may begin. Who approved it goes into the journal.",
        "以下等待中的批次可以开始；批准人记入日志。",
    ),
    "resume": text(
        "What is open is found out by looking; what is left is written. Nothing is written twice.",
        "先查明未结算的写入，再继续写入剩余部分；不会重复写入。",
    ),
    "abort": text(
        "What is permitted is finished; the rest below is not written. This cannot be taken back.",
        "已许可的写入会完成；以下剩余部分不再写入。此操作不可撤回。",
    ),
    "retry": text(
        "The devices below are read, planned and written again, without another question.",
        "将重新读取、计划并写入以下设备，不再询问。",
    ),
    "undo": text(
        "The recorded values are written back to the devices below. Passwords stay as they are.",
        "将把记录的原值写回以下设备；口令保持不变。",
    ),
}


class Confirm(FleetScreen):
    """Asks once; `done` is called with whether it was confirmed."""

    kind: ClassVar[str] = "confirm"

    def __init__(
        self, verb: str, rollout: str, radius: Radius, done: Callable[[bool], None]
    ) -> None:
        super().__init__()
        self.verb = verb
        self.rollout = rollout
        self.radius = radius
        self._done = done

    @property
    def typed_id(self) -> bool:
        """Whether the id is to be typed, not only `yes`."""
        return self.verb != "resume"

    def title_text(self) -> Text:
        """What is asked."""
        return text("{v} {r}?", "{v} {r}？", v=word(VERB_WORDS, self.verb), r=self.rollout)

    def rows(self) -> Rows:
        """Every device it would touch."""
        rows = ItemRows(self.fleet, COLUMNS)
        rows.set([self._item(d) for d in self.radius.devices])
        return rows

    def body(self) -> Iterator[Widget]:
        """Reach and devices."""
        yield Lines(self._reach, self.fleet.look, "reach", most=4)
        yield VTable(self.rows(), self.fleet.look)

    def begin(self) -> None:
        """Ask at once."""
        self.ask("confirm", "", self._hint())

    def language_changed(self) -> None:
        """The question too is asked anew."""
        super().language_changed()
        self.query_one(Prompt).placeholder = self.say(self._hint())

    def choose(self, keep: Hashable = None) -> None:
        """The rows stay as they are."""
        self.vtable.reload(keep)

    def typed(self, purpose: str, value: str) -> None:
        """Confirmed only by exactly the asked word."""
        if purpose != "confirm":
            super().typed(purpose, value)
            return
        wanted = self.rollout if self.typed_id else "yes"
        self._end(value.strip() == wanted)

    def left(self, purpose: str) -> None:
        """Escape: no."""
        self._end(False)

    def action_back(self) -> None:
        """No."""
        self._end(False)

    def _hint(self) -> Text:
        wanted = self.rollout if self.typed_id else "yes"
        return text("type {w} to confirm, Esc to leave", "键入 {w} 确认，Esc 返回", w=wanted)

    def _end(self, confirmed: bool) -> None:
        self.fleet.pop_screen()
        self._done(confirmed)

    def _item(self, device: str) -> Item:
        known = self.fleet.picture.device(device)
        compound = known.compound if known is not None else "-"
        return Item(device, ((compound, "dim"), (device, "strong")), device)

    def _reach(self, width: int) -> list[Line]:
        lang = self.fleet.lang
        reach = text(
            " {v}: {d} devices in {c} compounds, {s} steps",
            " {v}：涉及小区 {c} 个、设备 {d} 台、{s} 步",
            v=word(VERB_WORDS, self.verb),
            d=len(self.radius.devices),
            c=len(self.radius.compounds),
            s=self.radius.steps,
        )
        means = MEANS[self.verb].render(lang)
        return [
            [(reach.render(lang), "danger")],
            *([(f" {p}", "warn")] for p in wrap(means, width - 2)),
        ]
