"""Cities of nothing, of one row, and with names that no column holds: whole on every screen."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable

import pytest
from rich.cells import cell_len

from fleet.model.text import Lang
from fleet_tui.look import Look
from tests.tui.drive import Driver, driven
from tests.tui.scene import Scene
from tests.tui.scenes import LONG, cut_link, died, endless, linked, nowhere, odd, sick, waiting

SIZES = [(80, 24), (120, 36)]
KEYS = ("1", "2", "3", "4", "5", "6", "7", "question_mark")
WORLDS: dict[str, Callable[[], Scene]] = {
    "no district": nowhere,
    "no compound": odd,
    "a compound without devices": lambda: odd(0),
    "one device": lambda: odd(1),
    "empty beside full": lambda: odd(0, 30, 0),
    "endless names": endless,
    "links": linked,
    "a cut link": cut_link,
    "health and alarms": sick,
    "a dead process": died,
    "a wave that waits": waiting,
}


def whole(at: Driver, size: tuple[int, int]) -> None:
    """Title on top, foot below, every line exactly as wide as the screen, nothing over the edge."""
    width, height = size
    lines = ["".join(piece for piece, _ in strip) for strip in at.strips()]
    assert len(lines) == height
    assert all(cell_len(line) <= width for line in lines), max(map(cell_len, lines))
    assert at.app.lang in lines[0] and ":" in lines[0], lines[0]
    known = ("read-only", "WRITE", "只读", "可写")
    assert any(mark in lines[0] for mark in known), lines[0]
    if at.screen._told is None:
        assert "?" in lines[-1] and "q" in lines[-1], lines[-1]


@pytest.mark.parametrize(
    ("world", "size"),
    [
        *((w, SIZES[0]) for w in WORLDS),
        ("endless names", SIZES[1]),
        ("health and alarms", SIZES[1]),
    ],
)
async def test_every_screen_of_every_world_is_whole(world: str, size: tuple[int, int]) -> None:
    """All moving keys too, in safe mode, in both languages, without a glyph of doubtful width."""
    async with driven(WORLDS[world](), size, look=Look(mono=True, plain=True)) as at:
        for key in KEYS:
            await at.press(key)
            whole(at, size)
            await at.press("end", "L")
            whole(at, size)
            await at.press("home", "L", "n", "z", "z", "enter")
            if at.kind != "confirm":
                wrong = [c for c in at.text() if unicodedata.east_asian_width(c) == "A"]
                assert not wrong, (at.kind, wrong)
            while at.kind != "overview":
                await at.press("escape")


async def test_enter_where_nothing_is_under_the_cursor_stays_and_says_so() -> None:
    """It went into the first compound, which the filter had hidden."""
    async with driven() as at:
        await at.press("slash")
        await at.type("zzz")
        await at.press("enter")
        assert len(at.screen.vtable.rows) == 0
        await at.press("enter")
        assert at.kind == "overview" and "no compound is under the cursor" in at.lines()[-1]
        await at.press("2")
        assert at.kind == "overview" and "no compound is under the cursor" in at.lines()[-1]


async def test_key_2_on_the_list_of_all_devices_is_the_compound_under_the_cursor() -> None:
    """It was the first one of the city, whatever the cursor stood on."""
    async with driven() as at:
        await at.press("3", "end")
        assert "jinxiu-nvr-5" in at.row()
        await at.press("2")
        assert at.kind == "compound" and "锦绣家园1期" in at.lines()[0]


async def test_key_2_on_a_screen_of_no_compound_is_the_first() -> None:
    """From the events, say."""
    async with driven() as at:
        await at.press("5", "2")
        assert at.kind == "compound" and "翠湖花园" in at.lines()[0]


@pytest.mark.parametrize("lang", ["zh", "en"])
async def test_a_city_without_compounds_says_so_on_key_2(lang: Lang) -> None:
    """Nothing opens, nothing breaks."""
    async with driven(nowhere(), lang=lang) as at:
        await at.press("2")
        words = {"zh": "光标处没有小区", "en": "no compound is under the cursor"}
        assert at.kind == "overview" and words[lang] in at.lines()[-1]


async def test_a_compound_without_devices_opens_and_counts_nothing() -> None:
    """Zero is shown as zero in the list, and inside there is no row."""
    async with driven(odd(0)) as at:
        assert at.row().split()[-5:-4] == ["0"] or " 0 " in at.row()
        await at.press("enter")
        assert at.kind == "compound" and len(at.screen.vtable.rows) == 0
        assert "no uplink" in at.text()
        await at.press("down", "up", "end", "home", "pagedown", "pageup", "enter", "n")
        assert at.kind == "compound" and "no problem here" in at.lines()[-1]


async def test_the_foot_counts_no_row_as_0_of_0() -> None:
    """Not as the first of none."""
    async with driven(odd(0)) as at:
        await at.press("enter")
        assert at.lines()[-1].endswith("0/0")


async def test_one_row_is_first_and_last() -> None:
    """Every moving key leaves the cursor on it."""
    async with driven(odd(1)) as at:
        await at.press("3")
        for key in ("down", "up", "pagedown", "pageup", "end", "home", "b", "n"):
            await at.press(key)
            assert at.screen.vtable.cursor == 0 and "c1-cam-1" in at.row()
        assert "1/1" in at.lines()[-1] or "no problem" in at.lines()[-1]


@pytest.mark.parametrize("size", [*SIZES, (60, 20), (40, 15)])
async def test_a_very_long_name_of_the_city_leaves_the_mark_of_writing(
    size: tuple[int, int],
) -> None:
    """It pushed WRITE, the title and the clock over the edge."""
    async with driven(endless(), size) as at:
        top = at.lines()[0]
        assert "WRITE" in top and "10:07:00 en" in top and LONG[:3] in top
        assert cell_len(top) <= size[0]


async def test_a_very_long_filter_leaves_the_place_and_the_keys() -> None:
    """It pushed the count of rows over the edge."""
    async with driven() as at:
        at.screen.query_text = "花园" * 60
        at.screen.choose()
        at.screen.facts_changed()
        await at.pilot.pause()
        foot = at.lines()[-1]
        assert "/花园" in foot and foot.endswith("0/0") and "? help" in foot


@pytest.mark.parametrize("size", SIZES)
async def test_a_very_long_name_is_cut_and_the_id_stands(size: tuple[int, int]) -> None:
    """The state, the glyph and the numbers never give way to a name; the id tells which it is."""
    async with driven(endless(), size) as at:
        await at.press("3")
        await at.press("n")
        row = at.row()
        assert row.startswith("~ differs") and "cuihu-door-2" in row and ".." in row
        assert cell_len(row) <= size[0]


async def test_a_compound_of_a_long_name_is_found_by_its_initials() -> None:
    """Anywhere in it."""
    async with driven(endless()) as at:
        await at.press("slash")
        await at.type("dywgchhy")
        assert len(at.screen.vtable.rows) == 5
        await at.type("x")
        assert len(at.screen.vtable.rows) == 0


async def test_a_screen_too_small_for_anything_does_not_break() -> None:
    """A window dragged to nothing and back."""
    async with driven() as at:
        for size in ((20, 5), (1, 1), (3, 2), (80, 24)):
            await at.pilot.resize_terminal(*size)
            await at.press("down")
        whole(at, (80, 24))
        assert at.kind == "overview"
