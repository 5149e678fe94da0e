"""The table's cost is the page that is seen, and it never shows what is no longer so."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from collections.abc import Hashable
from pathlib import Path

import pytest
from textual.app import App, ComposeResult
from textual.events import MouseScrollDown, MouseScrollUp

import fleet_tui.store
from fleet_tui.cells import Line
from fleet_tui.look import Look
from fleet_tui.widgets.lines import Lines
from fleet_tui.widgets.vtable import VTable

HUGE = 1_000_000


class Counted:
    """A million rows that count how often each is made."""

    def __init__(self, count: int = HUGE) -> None:
        self.count = count
        self.first = 0
        self.stamps: Counter[int] = Counter()
        self.made: Counter[int] = Counter()

    def __len__(self) -> int:
        return self.count

    def key(self, index: int) -> Hashable:
        """The number that the row bears."""
        return index + self.first

    def place(self, key: Hashable) -> int | None:
        """Where it is now."""
        index = key - self.first if isinstance(key, int) else -1
        return index if 0 <= index < self.count else None

    def stamp(self, index: int) -> Hashable:
        """How often it was changed."""
        return self.stamps[index + self.first]

    def line(self, index: int, width: int) -> Line:
        """Its number and how often it was changed."""
        self.made[index + self.first] += 1
        return [(f"row {index + self.first} v{self.stamps[index + self.first]}", "")]

    def heading(self, width: int) -> Line:
        """One title."""
        return [("title", "head")]


class Host(App[None]):
    """One table and one line."""

    CSS = "VTable { height: 1fr; scrollbar-size: 0 0; } Lines { height: 1; }"

    def __init__(self, rows: Counted) -> None:
        super().__init__()
        self.rows = rows
        self.clock = "10:00"
        self.moves: list[int] = []

    def compose(self) -> ComposeResult:
        """Both."""
        yield VTable(self.rows, Look())
        yield Lines(lambda _: [[("city ", "bar"), (self.clock, "bar-dim")]], Look(), "foot")

    @property
    def table(self) -> VTable:
        """The table."""
        return self.query_one(VTable)

    def lines(self) -> list[str]:
        """What is drawn."""
        strips = self.screen._compositor.render_strips()
        return ["".join(s.text for s in strip).rstrip() for strip in strips]


async def test_only_what_is_seen_is_made() -> None:
    """A million rows: the first page, then one row a key, then one page at the far end."""
    rows = Counted()
    app = Host(rows)
    async with app.run_test(size=(40, 12)) as pilot:
        assert app.lines()[:2] == ["title", "row 0 v0"]
        assert set(rows.made) == set(range(10))
        rows.made.clear()
        app.table.move(1)
        await pilot.pause()
        assert set(rows.made) <= {0, 1}
        rows.made.clear()
        app.table.move(HUGE - 1)
        await pilot.pause()
        assert set(rows.made) == set(range(HUGE - 10, HUGE))
        assert app.lines()[10] == f"row {HUGE - 1} v0"


async def test_only_visible_rows_that_changed_are_drawn() -> None:
    """A change elsewhere costs nothing, one in sight costs its line."""
    rows = Counted()
    app = Host(rows)
    async with app.run_test(size=(40, 12)) as pilot:
        rows.made.clear()
        rows.stamps.update([500_000, 3])
        app.table.repaint()
        await pilot.pause()
        assert set(rows.made) == {3} and app.lines()[4] == "row 3 v1"
        app.table.repaint()
        await pilot.pause()
        assert rows.made == {3: 1}


async def test_the_cursor_follows_its_key() -> None:
    """When rows come in above it, it stands on the same row; when that is gone, where it was."""
    rows = Counted(100)
    app = Host(rows)
    async with app.run_test(size=(40, 12)) as pilot:
        app.table.move(50)
        rows.first = -5
        app.table.reload()
        await pilot.pause()
        assert app.table.cursor == 55 and app.table.key == 50
        assert any("row 50" in line for line in app.lines())
        rows.count = 20
        app.table.reload()
        await pilot.pause()
        assert app.table.cursor == 19
        rows.count = 0
        app.table.reload()
        await pilot.pause()
        assert app.table.key is None and app.lines()[1:11] == [""] * 10
        app.table.move(3)
        assert app.table.cursor == 0


@pytest.mark.parametrize("height", [3, 5, 12, 30])
async def test_the_cursor_stays_in_sight_when_the_terminal_shrinks(height: int) -> None:
    """At any height."""
    app = Host(Counted(100))
    async with app.run_test(size=(40, 30)) as pilot:
        app.table.move(25)
        await pilot.resize_terminal(40, height)
        await pilot.pause()
        assert any(line.startswith("row 25 ") for line in app.lines())


async def test_the_wheel_moves_the_cursor() -> None:
    """Three rows a notch, and not past the ends."""
    app = Host(Counted(100))
    async with app.run_test(size=(40, 12)) as pilot:
        for kind, expected in ((MouseScrollDown, 3), (MouseScrollUp, 0), (MouseScrollUp, 0)):
            await pilot._post_mouse_events([kind], VTable)
            assert app.table.cursor == expected


async def test_a_click_moves_and_a_second_one_enters() -> None:
    """On the title nothing happens."""
    app = Host(Counted(100))
    async with app.run_test(size=(40, 12)) as pilot:
        await pilot.click(VTable, offset=(2, 0))
        assert app.table.cursor == 0
        await pilot.click(VTable, offset=(2, 4))
        assert app.table.cursor == 3


async def test_a_line_is_made_anew_where_it_changed() -> None:
    """The clock at its end, not the words before it."""
    app = Host(Counted(1))
    async with app.run_test(size=(40, 12)) as pilot:
        app.clock = "10:01"
        app.query_one(Lines).renew()
        await pilot.pause()
        assert app.lines()[-1] == "city 10:01"


def test_the_store_knows_no_terminal() -> None:
    """All of it can be used and tested without Textual and without Rich."""
    folder = Path(fleet_tui.store.__file__).parent
    names = [f"fleet_tui.store.{file.stem}" for file in folder.glob("[a-z]*.py")]
    code = f"import sys, {', '.join(names)}; print({{'textual', 'rich'}} & set(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=50, check=False
    )
    assert len(names) > 10 and done.stdout.strip() == "set()", done.stderr
