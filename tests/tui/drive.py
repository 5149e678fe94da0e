"""Drives the screens without a terminal: start, wait until all is read, press, look."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from rich.style import Style
from textual.events import Key
from textual.pilot import Pilot

from fleet.model.text import Lang
from fleet_tui.app import FleetTui
from fleet_tui.look import Look
from fleet_tui.screens.base import FleetScreen
from tests.tui.scene import NOW, ZONE, Scene, busy

WAIT_S = 10.0


@dataclass
class Driver:
    """One running app with its feed."""

    app: FleetTui
    scene: Scene
    pilot: Pilot[int]

    async def press(self, *keys: str) -> None:
        """Press keys, one after the other, each to its end."""
        for key in keys:
            await self.pilot.press(key)
            await self.pilot.pause()

    async def type(self, said: str) -> None:
        """Type text."""
        await self.press(*(_NAMES.get(c, c) for c in said))

    async def character(self, shown: str) -> None:
        """A character that no key name stands for, as a terminal sends it."""
        self.screen.vtable.post_message(Key("other", shown))
        await self.pilot.pause()

    async def until(self, fits: Callable[[], bool]) -> None:
        """Wait until something holds; a test that waits in vain fails here."""
        async with asyncio.timeout(WAIT_S):
            while not fits():
                await self.pilot.pause(0.02)

    async def read_plans_of(self, rollout: str) -> None:
        """Until a rollout's plan is read."""
        await self.until(lambda: rollout in self.app.progress)
        await self.pilot.pause()

    @property
    def screen(self) -> FleetScreen:
        """The screen on top."""
        assert self.app.shown is not None
        return self.app.shown

    @property
    def kind(self) -> str:
        """Which screen is on top."""
        return self.screen.kind

    def strips(self) -> list[list[tuple[str, Style]]]:
        """What is drawn: pieces of text with their styles, line by line."""
        drawn = self.app.screen._compositor.render_strips()
        return [[(s.text, s.style or Style.null()) for s in strip] for strip in drawn]

    def lines(self) -> list[str]:
        """What is drawn, as text."""
        return ["".join(text for text, _ in line).rstrip() for line in self.strips()]

    def text(self) -> str:
        """The whole screen."""
        return "\n".join(self.lines())

    def row(self) -> str:
        """The text of the cursor's row."""
        table = self.screen.vtable
        return "".join(t for t, _ in table.rows.line(table.cursor, table.size.width)).rstrip()


_NAMES = {
    "/": "slash",
    ":": "colon",
    "=": "equals_sign",
    "!": "exclamation_mark",
    "-": "minus",
    " ": "space",
    ".": "full_stop",
    "?": "question_mark",
}


@asynccontextmanager
async def driven(
    scene: Scene | None = None,
    size: tuple[int, int] = (80, 24),
    lang: Lang = "en",
    look: Look | None = None,
) -> AsyncIterator[Driver]:
    """The app over a scene, with all read that it has to tell."""
    scene = scene or busy()
    app = FleetTui(scene, lang, look or Look(), ZONE, lambda: NOW)
    async with app.run_test(size=size) as pilot:
        driver = Driver(app, scene, pilot)
        last = scene.journal.head().seq
        asked = [u for u in app.picture.uplinks if u.asked]
        await driver.until(lambda: app.picture.facts.seq >= last or scene.broken is not None)
        await driver.until(lambda: len(app.picture.findings) == len(scene.found))
        await driver.until(lambda: len(app.picture.registrations) == len(asked))
        await pilot.pause()
        yield driver
