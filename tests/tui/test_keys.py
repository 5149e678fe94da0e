"""Every key does what help says, on the screens that have it."""

from __future__ import annotations

import pytest

from fleet.ports.journal import Draft
from fleet.rollout import records
from fleet_tui import keys
from fleet_tui.screens.events import Events
from fleet_tui.store.states import State
from tests.tui.drive import driven
from tests.tui.scene import FIRST, SECOND, Scene, busy


async def test_in_and_out_to_a_device_and_back() -> None:
    """Enter goes city, compound, device; Esc comes back to the same rows and never leaves."""
    async with driven() as at:
        await at.press("down", "enter")
        assert at.kind == "compound" and "五松花园" in at.lines()[0]
        await at.press("down", "down", "enter")
        assert at.kind == "device" and "wusong-door-2" in at.text()
        await at.press("escape")
        assert at.kind == "compound" and "wusong-door-2" in at.row()
        await at.press("escape")
        assert at.kind == "overview" and "五松花园" in at.row()
        await at.press("escape", "escape")
        assert at.kind == "overview" and at.app.return_value is None


async def test_q_leaves_with_zero() -> None:
    """From any screen."""
    async with driven() as at:
        await at.press("4", "q")
        assert at.app.return_value == 0


async def test_ctrl_c_leaves_as_interrupted() -> None:
    """Also while something is being typed."""
    async with driven() as at:
        await at.press("slash", "a", "ctrl+c")
        assert at.app.return_value == 130


@pytest.mark.parametrize(
    ("key", "kind"),
    [
        ("1", "overview"),
        ("2", "compound"),
        ("3", "devices"),
        ("4", "rollout"),
        ("5", "events"),
        ("6", "plan"),
        ("7", "findings"),
        ("question_mark", "help"),
    ],
)
async def test_a_number_shows_a_screen_and_esc_leads_home(key: str, kind: str) -> None:
    """However deep one was."""
    async with driven() as at:
        await at.press("enter", "enter", key)
        assert at.kind == kind
        while at.kind != "overview":
            await at.press("escape")
        assert len(at.app.screen_stack) == 2


async def test_moving_in_a_table() -> None:
    """Arrows, letters, pages, ends; never past an end."""
    async with driven() as at:
        await at.press("3")
        table = at.screen.vtable
        seen = []
        for key in ("down", "j", "up", "k", "pagedown", "end", "down", "pageup", "home", "up"):
            await at.press(key)
            seen.append(table.cursor)
        page = table.page
        assert seen[:4] == [1, 2, 1, 0]
        assert seen[4:] == [page, 24, 24, 24 - page, 0, 0]
        await at.press("G")
        assert table.cursor == 24
        await at.press("g", "space")
        assert table.cursor == page


async def test_the_cursor_is_always_in_sight() -> None:
    """Down the whole list: the row under the cursor is drawn, marked."""
    async with driven() as at:
        await at.press("3")
        for _ in range(24):
            await at.press("down")
            key = at.screen.vtable.key
            assert isinstance(key, int)
            assert at.app.picture.table.ids[key] in at.text()


async def test_a_filter_acts_while_it_is_typed_and_esc_takes_it_back() -> None:
    """Name, pinyin initials, state; the foot says what is filtered."""
    async with driven() as at:
        await at.press("slash")
        await at.type("wshy")
        assert len(at.screen.vtable.rows) == 1 and "五松花园" in at.text()
        await at.press("enter")
        assert "/wshy" in at.lines()[-1] and at.kind == "overview"
        await at.press("escape")
        assert len(at.screen.vtable.rows) == 5
        await at.press("3", "slash")
        await at.type("state=failed")
        await at.press("enter")
        assert [at.app.picture.table.ids[k] for k in at.screen.vtable.rows.view.keys] == [  # type: ignore[attr-defined]  # this table has a view
            "wusong-door-2"
        ]
        await at.press("slash", "escape")
        assert len(at.screen.vtable.rows) == 25


async def test_the_row_is_followed_through_a_filter() -> None:
    """The cursor stands on the same device, wherever that is now."""
    async with driven() as at:
        await at.press("3", "end")
        assert "jinxiu-nvr-5" in at.row()
        await at.press("slash")
        await at.type("nvr")
        assert "jinxiu-nvr-5" in at.row()
        await at.press("escape")
        assert "jinxiu-nvr-5" in at.row()


async def test_problems_next_only_and_sorted() -> None:
    """n and b go round the problems, z shows nothing else, s brings the worst up."""
    async with driven() as at:
        await at.press("3", "n")
        assert "cuihu-door-2" in at.row()
        await at.press("n")
        assert "wusong-door-2" in at.row()
        await at.press("b")
        assert "cuihu-door-2" in at.row()
        await at.press("z")
        assert len(at.screen.vtable.rows) == 3
        await at.press("z", "s", "home")
        assert at.app.picture.table.states[at.screen.vtable.key] == State.FAILED  # type: ignore[index]  # a row number
        await at.press("s", "home")
        assert "cuihu-cam-3" in at.row()


async def test_a_list_of_problems_follows_what_becomes_one() -> None:
    """Without a key: a device that fails comes into the list, one that is well again leaves it."""
    async with driven() as at:
        await at.press("3", "z")
        assert len(at.screen.vtable.rows) == 3
        step = "lianhu-cam-3/01-time"
        at.scene.write(records.settled(SECOND, "lianhu-cam-3", step, "failed"))
        await at.until(lambda: len(at.screen.vtable.rows) == 4)
        at.scene.write(records.settled(SECOND, "lianhu-cam-3", step, "done"))
        await at.until(lambda: len(at.screen.vtable.rows) == 3)


async def test_next_problem_where_there_is_none() -> None:
    """It says so."""
    async with driven(Scene()) as at:
        await at.press("n")
        assert "no problem here" in at.lines()[-1]
        await at.press("down")
        assert "no problem here" not in at.text()


async def test_the_language_changes_at_once_on_every_screen() -> None:
    """Also on those that are covered."""
    async with driven() as at:
        await at.press("enter", "L")
        assert "单元门" in at.text() and "doors" not in at.text()
        await at.press("escape")
        assert "总览" in at.lines()[0] and "state" not in at.text()
        await at.press("L")
        assert "overview" in at.lines()[0]


async def test_keys_of_a_chinese_input_method_are_understood() -> None:
    """The full-width slash opens the filter and the foot says what is the matter."""
    async with driven() as at:
        await at.character("／")
        assert at.screen.focused is not None and at.screen.focused.id == "prompt"
        await at.press("escape")
        await at.character("？")
        assert at.kind == "help"


async def test_help_is_searched() -> None:
    """By what a key does, in the other language too."""
    async with driven() as at:
        await at.press("question_mark", "slash")
        await at.type("pause")
        await at.press("enter")
        assert "P" in at.row() and "needs --write" in at.row()
        at.screen.query_text = "暂停"
        at.screen.choose()
        assert len(at.screen.vtable.rows) >= 1


async def test_help_lists_every_key() -> None:
    """No key without a line."""
    async with driven() as at:
        await at.press("question_mark")
        rows = at.screen.vtable.rows
        listed = {rows.items[i].cells[0][0] for i in range(len(rows))}  # type: ignore[attr-defined]  # this table has items
        assert {k.shown for k in keys.KEYS} <= listed


async def test_events_are_followed_frozen_and_kept_under_the_reader() -> None:
    """New events come on top; a frozen list counts them; a reader's row stays."""
    async with driven() as at:
        await at.press("5")
        events = at.screen
        assert isinstance(events, Events) and events.following
        count = len(events.vtable.rows)
        at.scene.write(_request(FIRST))
        await at.until(lambda: len(events.vtable.rows) == count + 1)
        assert events.vtable.cursor == 0 and "asks for" in at.row()
        await at.press("down", "down")
        here = at.row()
        assert not events.following
        at.scene.write(_request(FIRST))
        await at.until(lambda: len(events.vtable.rows) == count + 2)
        assert at.row() == here and events.vtable.cursor == 3
        await at.press("p")
        at.scene.write(_request(FIRST))
        await at.until(lambda: "1 new" in at.text())
        assert len(events.vtable.rows) == count + 2
        await at.press("p", "f")
        assert len(events.vtable.rows) == count + 3 and events.vtable.cursor == 0


async def test_an_event_leads_to_its_device_or_rollout() -> None:
    """Enter."""
    async with driven() as at:
        await at.press("5", "enter")
        assert at.kind == "device" and "wusong-cam-4" in at.text()
        await at.press("escape", "end", "enter")
        assert at.kind == "rollout" and FIRST in at.lines()[0]


async def test_older_and_newer_rollouts() -> None:
    """[ and ] step, and stay at the ends."""
    async with driven() as at:
        await at.press("4")
        assert SECOND in at.lines()[0]
        await at.press("left_square_bracket", "left_square_bracket")
        assert FIRST in at.lines()[0]
        await at.press("right_square_bracket", "right_square_bracket")
        assert SECOND in at.lines()[0]


async def test_small_keys_never_change_anything() -> None:
    """Every lower-case key on every screen: nothing is asked for, nothing is started."""
    scene = busy(may_write=True)
    async with driven(scene) as at:
        for screen in "1234567":
            await at.press(screen)
            for key in keys.KEYS:
                name = key.keys.split(",")[0]
                if key.action in ("quit", "filter", "command") or name.isupper():
                    continue
                await at.press(name)
    assert scene.requests == [] and scene.started == []


def _request(rollout: str) -> Draft:
    return records.request(rollout, "pause", "wang")
