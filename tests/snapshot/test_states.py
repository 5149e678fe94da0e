"""What a screen shows in states that come and go: alarms, links, a dead process, each confirmation.

As test_screens.py: both sizes, both languages, colour and mono; `FLEET_SNAPSHOT=write` renews.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.snapshot.golden import drawn
from tests.snapshot.test_screens import LOOKS, SIZES
from tests.tui.drive import Driver, driven
from tests.tui.scene import Scene
from tests.tui.scenes import cut_link, died, ended, plan_for, sick, waiting

GOLDEN = Path(__file__).parent / "states"


class World(NamedTuple):
    """A scene, the state its rollout is to be in, and the screens by name with their keys."""

    make: Callable[[], Scene]
    status: str
    screens: dict[str, tuple[str, ...]]


WORLDS = (
    World(
        sick,
        "running",
        {
            "alarms-overview": ("1", "end"),
            "alarms-compound": ("1", "end", "2"),
            "health-device": ("1", "end", "2", "n", "enter"),
        },
    ),
    World(
        cut_link,
        "running",
        {"links-compound": ("1", "2"), "links-rollout": ("4",), "links-events": ("5",)},
    ),
    World(died, "died", {"died-rollout": ("4",), "resume-confirm": ("4", "R")}),
    World(waiting, "waiting", {"waits-rollout": ("4",), "approve-confirm": ("4", "Y")}),
    World(
        lambda: ended("halted"),
        "halted",
        {"retry-confirm": ("4", "T"), "undo-confirm": ("4", "B")},
    ),
)
NAMES = [name for world in WORLDS for name in world.screens]


@cache
def screens(size: str, look: str) -> dict[tuple[str, str], str]:
    """All of them in one size and look, one run of the app a world."""
    found: dict[tuple[str, str], str] = {}
    for world in WORLDS:
        found |= asyncio.run(_screens(world, size, look))
    return found


async def _screens(world: World, size: str, look: str) -> dict[tuple[str, str], str]:
    found = {}
    scene = world.make()
    async with driven(scene, SIZES[size], "en", LOOKS[look]) as at:
        picture = at.app.picture
        newest = picture.facts.newest()
        assert newest is not None and plan_for(scene).works
        await at.press("4")
        await at.read_plans_of(newest.id)
        await at.until(lambda: picture.facts.status(newest.id) == world.status)
        await at.until(lambda: len(picture.alarms) == len(scene.alarms))
        for name, keys in world.screens.items():
            await at.press(*keys)
            for lang in ("en", "zh"):
                found[name, lang] = await _settled(at)
                at.app.switch_language()
            while at.kind != "overview":
                await at.press("escape")
    return found


async def _settled(at: Driver) -> str:
    """What is drawn once two looks in a row, each after a whole layout, are the same."""
    before = ""
    for _ in range(50):
        at.screen.facts_changed()
        await at.pilot.pause(0.02)
        now = drawn(at.strips())
        if now == before:
            return now
        before = now
    raise AssertionError("the screen does not come to rest")


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("name", NAMES)
def test_a_state_looks_as_it_did(name: str, lang: str, size: str, look: str) -> None:
    """Text and styles of every cell."""
    shown = screens(size, look)[name, lang]
    golden = GOLDEN / f"{name}-{size}-{lang}-{look}.txt"
    if os.environ.get("FLEET_SNAPSHOT") == "write":
        golden.parent.mkdir(exist_ok=True)
        golden.write_text(shown, "utf-8")
    assert golden.read_text("utf-8") == shown


def test_no_picture_of_a_state_is_left_over() -> None:
    """Each belongs to a test."""
    names = {
        f"{n}-{size}-{lang}-{look}.txt"
        for n in NAMES
        for size in SIZES
        for lang in ("zh", "en")
        for look in LOOKS
    }
    assert {p.name for p in GOLDEN.iterdir()} == names
