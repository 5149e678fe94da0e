"""Every screen at 80x24 and 120x36, in both languages, in colour and in mono safe mode.

After a wanted change: `FLEET_SNAPSHOT=write pytest tests/snapshot`, then look at what changed.
"""

from __future__ import annotations

import asyncio
import os
import unicodedata
from functools import cache

import pytest
from rich.cells import cell_len

from fleet_tui.look import Look
from tests.snapshot.golden import GOLDEN, drawn
from tests.tui.drive import Driver, driven
from tests.tui.scene import SECOND, busy

SIZES = {"80x24": (80, 24), "120x36": (120, 36)}
LOOKS = {"colour": Look(), "mono": Look(mono=True, plain=True)}
SCREENS = {
    "overview": ("1",),
    "compound": ("1", "home", "down", "2"),
    "device": ("1", "home", "2", "down", "down", "enter"),
    "devices": ("3", "n"),
    "rollout": ("4",),
    "events": ("5", "down"),
    "plan": ("6", "down"),
    "findings": ("7",),
    "help": ("1", "question_mark"),
    "confirm": ("4", "A"),
}


@cache
def screens(size: str, look: str) -> dict[tuple[str, str], str]:
    """All screens of one size and look, by name and language, in one run of the app."""
    return asyncio.run(_screens(size, look))


async def _screens(size: str, look: str) -> dict[tuple[str, str], str]:
    found = {}
    async with driven(busy(may_write=True), SIZES[size], "en", LOOKS[look]) as at:
        await at.press("4")
        await at.read_plans_of(SECOND)
        for name, keys in SCREENS.items():
            await at.press(*keys)
            found[name, "en"] = await _settled(at)
            at.app.switch_language()
            found[name, "zh"] = await _settled(at)
            at.app.switch_language()
            await _home(at)
    return found


async def _settled(at: Driver) -> str:
    """What is drawn once two looks in a row, each after a whole layout, are the same."""
    before = ""
    for _ in range(50):
        await at.pilot.pause(0.02)
        now = drawn(at.strips())
        if now == before:
            return now
        before = now
    raise AssertionError("the screen does not come to rest")


async def _home(at: Driver) -> None:
    while at.kind != "overview":
        await at.press("escape")


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("screen", SCREENS)
def test_a_screen_looks_as_it_did(screen: str, lang: str, size: str, look: str) -> None:
    """Text and styles of every cell."""
    shown = screens(size, look)[screen, lang]
    golden = GOLDEN / f"{screen}-{size}-{lang}-{look}.txt"
    if os.environ.get("FLEET_SNAPSHOT") == "write":
        golden.parent.mkdir(exist_ok=True)
        golden.write_text(shown, "utf-8")
    assert golden.read_text("utf-8") == shown


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("size", SIZES)
def test_every_line_has_the_width_of_the_screen(size: str, look: str) -> None:
    """No Chinese character pushes anything over the edge."""
    width, height = SIZES[size]
    for shown in screens(size, look).values():
        lines = shown.split("~~~ styles")[0].rstrip("\n").split("\n")
        assert len(lines) <= height
        assert all(cell_len(line) <= width for line in lines)


@pytest.mark.parametrize("size", SIZES)
def test_safe_mode_shows_no_glyph_of_doubtful_width(size: str) -> None:
    """On no screen, in no language."""
    for name, shown in screens(size, "mono").items():
        wrong = {c for c in shown.split("~~~ styles")[0] if unicodedata.east_asian_width(c) == "A"}
        assert not wrong, name


@pytest.mark.parametrize("size", SIZES)
def test_mono_has_no_colour(size: str) -> None:
    """Whoever sees no colours misses nothing."""
    for name, shown in screens(size, "mono").items():
        assert "#" not in shown.split("~~~ legend")[1], name


def test_no_golden_file_is_left_over() -> None:
    """Each belongs to a test."""
    names = {
        f"{s}-{size}-{lang}-{look}.txt"
        for s in SCREENS
        for size in SIZES
        for lang in ("zh", "en")
        for look in LOOKS
    }
    assert {p.name for p in GOLDEN.iterdir()} == names


async def test_a_screen_can_be_exported_as_a_picture() -> None:
    """The same text stands in the SVG, whatever its size."""
    async with driven(size=(100, 30), lang="zh") as at:
        picture = at.app.export_screenshot(simplify=True)
    assert picture.startswith("<svg") and "五松花园" in picture
