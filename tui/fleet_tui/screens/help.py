"""All keys, commands and states in one list that a filter searches, in both languages."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from typing import ClassVar

from textual.widget import Widget

from fleet.model.text import Text, text
from fleet_tui import commands, keys
from fleet_tui.cells import Column
from fleet_tui.screens.base import FleetScreen
from fleet_tui.screens.items import Item, ItemRows
from fleet_tui.store import query
from fleet_tui.store.states import State, face
from fleet_tui.widgets.vtable import Rows, VTable

COLUMNS = (
    Column(text("key", "按键"), 30),
    Column(text("what it does", "作用"), 40, share=1),
)


class Help(FleetScreen):
    """The help; it begins with its filter open."""

    kind: ClassVar[str] = "help"

    def title_text(self) -> Text:
        """Help."""
        return text("help: type / and a word to search", "帮助：按 / 输入词语搜索")

    def rows(self) -> Rows:
        """Keys, commands, states."""
        rows = ItemRows(self.fleet, COLUMNS)
        rows.set(self._items())
        return rows

    def body(self) -> Iterator[Widget]:
        """The list alone."""
        yield VTable(self.rows(), self.fleet.look)

    def choose(self, keep: Hashable = None) -> None:
        """Filter."""
        rows = self.vtable.rows
        if isinstance(rows, ItemRows):
            words = query.narrow(self.query_text).lower().split()
            rows.filtered(self._items(), words, False)
            self.vtable.reload(keep)

    def _items(self) -> list[Item]:
        lang = self.fleet.lang
        items = []
        for n, key in enumerate(keys.KEYS):
            said = key.help.render(lang)
            if key.action.startswith("act(") and not self.fleet.feed.may_write:
                said = text("{h} (needs --write)", "{h}（需要 --write）", h=said).render(lang)
            where = f"  [{', '.join(key.on)}]" if key.on else ""
            items.append(self._item(f"key {n}", key.shown, said + where, key.help))
        for command in commands.COMMANDS:
            usage = f":{command.usage}"
            items.append(self._item(usage, usage, command.help.render(lang), command.help))
        for state in State:
            shown = face(state)
            label = f"{shown.glyph} {shown.word.render(lang)}"
            items.append(
                Item(
                    f"state {state}",
                    ((label, f"s{state:d}"), (shown.means.render(lang), "")),
                    detail=(shown.means.en, shown.means.zh, shown.word.en, shown.word.zh),
                )
            )
        return items

    def _item(self, key: str, label: str, said: str, both: Text) -> Item:
        return Item(key, ((label, "link"), (said, "")), detail=(both.en, both.zh))
