"""What the reader and the rules of the notice say about the inventory, with the way to mend it."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from typing import ClassVar

from textual.widget import Widget

from fleet.model.diagnostic import Diagnostic, Severity
from fleet.model.text import Text, text
from fleet_tui.cells import Column, Line
from fleet_tui.look import wrap
from fleet_tui.screens.base import FleetScreen
from fleet_tui.screens.items import Item, ItemRows
from fleet_tui.store import query
from fleet_tui.widgets.lines import Lines
from fleet_tui.widgets.vtable import Rows, VTable

COLUMNS = (
    Column(text("severity", "级别"), 9),
    Column(text("rule", "规则"), 16),
    Column(text("clause", "条款"), 6, drop=2),
    Column(text("about", "对象"), 12, share=1, drop=1),
    Column(text("finding", "问题"), 30, share=3),
)
_WORD = {
    Severity.ERROR: (text("! error", "! 错误"), "bad"),
    Severity.WARNING: (text("~ warning", "~ 警告"), "warn"),
    Severity.INFO: (text(". info", ". 提示"), "dim"),
}
_RANK = {Severity.ERROR: 0, Severity.WARNING: 1, Severity.INFO: 2}


class Findings(FleetScreen):
    """All findings, worst first."""

    kind: ClassVar[str] = "findings"

    def title_text(self) -> Text:
        """How many."""
        return text("findings: {n}", "规则检查：{n} 条", n=len(self.fleet.picture.findings))

    def rows(self) -> Rows:
        """Worst first."""
        rows = ItemRows(self.fleet, COLUMNS)
        rows.set(self._items())
        return rows

    def body(self) -> Iterator[Widget]:
        """The table, and the whole finding under the cursor."""
        yield VTable(self.rows(), self.fleet.look)
        yield Lines(self._whole, self.fleet.look, "whole")

    def choose(self, keep: Hashable = None) -> None:
        """Filter by anything that is said."""
        rows = self.vtable.rows
        if isinstance(rows, ItemRows):
            words = query.narrow(self.query_text).lower().split()
            rows.filtered(self._items(), words, self.only_problems)
            self.vtable.reload(keep)

    def facts_changed(self) -> None:
        """Findings come a moment after the start."""
        if len(self.vtable.rows) != len(self.fleet.picture.findings) and not self.query_text:
            self.choose()
        super().facts_changed()

    def is_problem(self, index: int) -> bool:
        """An error."""
        rows = self.vtable.rows
        return isinstance(rows, ItemRows) and rows.items[index].problem

    def action_enter(self) -> None:
        """To the device or the compound that it is about."""
        rows = self.vtable.rows
        if not isinstance(rows, ItemRows) or not rows.items:
            return
        item = rows.items[self.vtable.cursor]
        if item.device is not None and self.fleet.picture.device(item.device) is not None:
            self.fleet.show_device(item.device)
        elif item.device is not None:
            self.fleet.show_compound(item.device)

    def _items(self) -> list[Item]:
        found = sorted(
            enumerate(self.fleet.picture.findings), key=lambda nf: (_RANK[nf[1].severity], nf[0])
        )
        return [self._item(n, f) for n, f in found]

    def _item(self, number: int, finding: Diagnostic) -> Item:
        lang = self.fleet.lang
        label, style = _WORD[finding.severity]
        about = finding.device or finding.compound or ""
        summary = finding.summary.render(lang)
        place = str(finding.position) if finding.position else ""
        return Item(
            f"{number} {finding.code}",
            (
                (label.render(lang), style),
                (finding.code, ""),
                (finding.clause or "-", "dim"),
                (about or "-", "dim"),
                (summary, ""),
            ),
            about or None,
            problem=finding.severity is Severity.ERROR,
            detail=(place, finding.owner or "", summary, f"> {finding.fix.render(lang)}"),
        )

    def _whole(self, width: int) -> list[Line]:
        lines: list[Line] = [[(self.fleet.look.line * width, "dim")]]
        rows = self.vtable.rows
        if not isinstance(rows, ItemRows) or not rows.items:
            said = text("nothing was found", "没有发现问题").render(self.fleet.lang)
            return [*lines, [(f" {said}", "dim")]]
        place, owner, summary, fix = rows.items[min(self.vtable.cursor, len(rows) - 1)].detail
        head: Line = [(f" {place}", "link"), (f"  {owner}", "dim")]
        said = f"{summary} {fix}"
        return [*lines, head, *([(f" {part}", "")] for part in wrap(said, width - 2))]
