"""The program behind `fleet watch`: polls the feed, keeps the picture, moves between screens."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import Callable
from datetime import UTC, datetime, tzinfo
from typing import ClassVar

from textual.app import App
from textual.binding import Binding, BindingType
from textual.events import CursorPosition, Key

from fleet.model.errors import FleetError
from fleet.model.exitcodes import ExitCode
from fleet.model.plan import Plan
from fleet.model.text import Lang, Text, text
from fleet_tui import acts, commands
from fleet_tui.feed import Feed, Job
from fleet_tui.look import BACKGROUND, TEXT, Look
from fleet_tui.pacing import QUESTION, Pace
from fleet_tui.screens.base import FleetScreen
from fleet_tui.screens.device import DeviceScreen
from fleet_tui.screens.devices import CompoundScreen, Devices
from fleet_tui.screens.events import Events
from fleet_tui.screens.findings import Findings
from fleet_tui.screens.help import Help
from fleet_tui.screens.overview import Overview
from fleet_tui.screens.plan import PlanScreen
from fleet_tui.screens.rollout import RolloutScreen
from fleet_tui.sparing import SparingDriver
from fleet_tui.store.health import Looked
from fleet_tui.store.picture import Picture
from fleet_tui.store.progress import Progress
from fleet_tui.widgets.prompt import Prompt
from fleet_tui.widgets.vtable import VTable

JOURNAL_EVERY_S = 0.3
PROCESS_EVERY_S = 1.0
REGISTRAR_EVERY_S = 5.0
HEALTH_EVERY_S = 5.0
BATCH = 1000
ASK_AT_ONCE = 32


class FleetTui(App[int]):
    """One city on screens; exits with the code of the contract."""

    ENABLE_COMMAND_PALETTE = False
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+c", "interrupted", show=False, priority=True)
    ]
    CSS = f"""
    Screen {{ background: {BACKGROUND}; color: {TEXT}; layout: vertical; overflow: hidden; }}
    Lines {{ height: 1; width: 1fr; }}
    VTable {{ height: 1fr; width: 1fr; scrollbar-size: 0 0; overflow: hidden; }}
    #summary {{ height: 2; }}
    #identity, #detail, #field, #whole {{ height: 4; }}
    #tail {{ height: 5; }}
    #prompt {{ height: 1; border: none; padding: 0 1; background: #1f2933; }}
    .mono Screen, .mono #prompt {{ background: ansi_default; color: ansi_default; }}
    .mono #prompt > .input--placeholder {{ color: ansi_default; text-style: dim; }}
    .mono #prompt > .input--cursor {{
        background: ansi_default; color: ansi_default; text-style: reverse;
    }}
    """

    def __init__(
        self,
        feed: Feed,
        lang: Lang = "en",
        look: Look | None = None,
        zone: tzinfo | None = None,
        now: Callable[[], datetime] | None = None,
        plan: tuple[Plan, str] | None = None,
        picture: Picture | None = None,
    ) -> None:
        self.look = look or Look()
        super().__init__(driver_class=SparingDriver, ansi_color=self.look.mono or None)
        self.set_class(self.look.mono, "mono")
        self.feed = feed
        self.lang: Lang = lang
        self.zone = zone
        self._looked = Looked()
        self.picture = picture or Picture.of(feed.city, self._looked)
        self.progress: dict[str, Progress] = {}
        self.jobs: list[tuple[str, Job]] = []
        self._now = now or (lambda: datetime.now(UTC))
        self._plan = plan
        self._asked_plans: set[str] = set()
        self._next_registrar = 0
        self._broken = ""
        self._blind = ""
        self.pace = Pace()

    def now(self) -> datetime:
        """The time of day in the zone that is shown."""
        return self._now().astimezone(self.zone)

    @property
    def shown(self) -> FleetScreen | None:
        """The screen on top, if it is one of ours."""
        top = self.screen_stack[-1] if self.screen_stack else None
        return top if isinstance(top, FleetScreen) else None

    def on_mount(self) -> None:
        """The overview, and the clocks of everything that is polled."""
        if not self.is_headless:
            # Whoever ends us from outside gets his terminal back as it was.
            loop = asyncio.get_running_loop()
            loop.add_signal_handler(signal.SIGTERM, self.exit, ExitCode.TERMINATED)
            loop.add_signal_handler(signal.SIGINT, self.exit, ExitCode.INTERRUPTED)
        self.push_screen(Overview())
        if self._plan is not None:
            self.push_screen(PlanScreen(*self._plan))
        self.run_worker(self._poll(self.read_journal, JOURNAL_EVERY_S), name="journal")
        self.run_worker(self._poll(self.look_at_processes, PROCESS_EVERY_S), name="processes")
        self.run_worker(self._poll(self.ask_registrars, REGISTRAR_EVERY_S), name="registrars")
        self.run_worker(self._poll(self.read_health, HEALTH_EVERY_S), name="health")
        self.run_worker(self._find(), name="findings")

    async def read_journal(self) -> None:
        """Take in what is new, a batch after the other; a broken journal is told, once.

        Health is taken in at the same beat; whatever changed by either is drawn once.
        """
        while True:
            try:
                found = await asyncio.to_thread(self.feed.records, self.picture.facts.seq, BATCH)
            except FleetError as error:
                self._broken = self._tell_once(error, self._broken)
                return
            self._broken = ""
            if self.picture.take(found):
                self.picture.table.drain()
                self.renew()
            if len(found) < BATCH:
                break
        self.picture.healths()
        if self.picture.table.drain():
            self.renew()

    async def read_health(self) -> None:
        """What the collector kept; a history that cannot be read is told, once."""
        try:
            seen, alarms = await asyncio.to_thread(self.feed.health)
        except FleetError as error:
            self._blind = self._tell_once(error, self._blind)
            return
        self._blind = ""
        self._looked.learn(seen)
        self.picture.alarmed(alarms)
        self.picture.healths()
        self.renew()

    async def look_at_processes(self) -> None:
        """Which unfinished rollouts still have a process; the clock; ended jobs."""
        facts = self.picture.facts
        self.picture.looked({s.id: self.feed.alive(s.caller) for s in facts.unfinished()})
        for verb, job in list(self.jobs):
            acts.report(self, verb, job)
        self.renew()

    async def ask_registrars(self) -> None:
        """Ask the registrars about some recorders, the next ones at the next turn."""
        links = [u for u in self.picture.uplinks if u.asked and self.feed.has_registrar(u.district)]
        if not links:
            return
        start = self._next_registrar % len(links)
        chosen = (links[start:] + links[:start])[:ASK_AT_ONCE]
        self._next_registrar = start + len(chosen)
        said = await asyncio.gather(*(self.feed.registration(u.district, u.gb_id) for u in chosen))
        for link, registration in zip(chosen, said, strict=True):
            self.picture.heard(link, registration, self._now().timestamp())
        self.renew()

    def renew(self) -> None:
        """Show what is new on the screen on top, unless the terminal is still busy drawing.

        What is held is not lost: the next beat, a second later at most, shows what is then.
        """
        screen = self.shown
        if screen is None or not screen.query(VTable) or not self.pace.ready(self.seconds()):
            return
        screen.facts_changed()
        if self._driver is not None and not self.is_headless:
            screen.call_after_refresh(self._ask_terminal)

    def seconds(self) -> float:
        """The clock of the pace."""
        return time.monotonic()

    def on_cursor_position(self, _event: CursorPosition) -> None:
        """The terminal has drawn what it was sent."""
        self.pace.answered(self.seconds())

    def _ask_terminal(self) -> None:
        if self._driver is not None:
            self._driver.write(QUESTION)
            self.pace.asked(self.seconds())

    def go_back(self) -> None:
        """Out of a screen; the overview is the outermost and stays."""
        if isinstance(self.shown, Overview):
            return
        self.pop_screen()
        if self.shown is not None and self.shown.composed:
            self.shown.facts_changed()

    def show(self, name: str) -> None:
        """One of the screens by its name; from the overview on, so that Esc leads there."""
        here = self.shown
        number = self._compound_of(here)
        if here is not None and here.kind == name:
            return
        if name == "help":
            self.push_screen(Help())
            return
        self._home()
        if name == "compound" and number is not None:
            self.push_screen(CompoundScreen(number))
        elif name == "compound":
            self.tell(text("no compound is under the cursor", "光标处没有小区"))
        elif name == "devices":
            self.push_screen(Devices())
        elif name == "rollout":
            self.push_screen(RolloutScreen())
        elif name == "events":
            self.push_screen(Events())
        elif name == "findings":
            self.push_screen(Findings())
        elif name == "plan":
            self._show_plan()

    def show_compound(self, name: str) -> None:
        """A compound by its id."""
        for number, info in enumerate(self.picture.table.compounds):
            if info.id == name:
                self.push_screen(CompoundScreen(number))
                return
        near = commands.nearest(name, [c.id for c in self.picture.table.compounds])
        self.tell(text("no such compound: {n}{c}", "没有这个小区：{n}{c}", n=name, c=near))

    def show_device(self, name: str) -> None:
        """A device by its id."""
        device = self.picture.device(name)
        if device is not None:
            self.push_screen(DeviceScreen(device))
        else:
            near = commands.nearest(name, self.picture.table.ids)
            self.tell(text("no such device: {n}{c}", "没有这台设备：{n}{c}", n=name, c=near))

    def show_rollout(self, name: str) -> None:
        """A rollout by its id."""
        if name in self.picture.facts.rollouts:
            self.push_screen(RolloutScreen(name))
        else:
            near = commands.nearest(name, self.picture.facts.rollouts)
            self.tell(text("no such rollout: {n}{c}", "没有这次下发：{n}{c}", n=name, c=near))

    def need_plan(self, rollout: str) -> None:
        """Have the sealed plan of a rollout read, once; the screen shows it when it is there."""
        if rollout not in self._asked_plans:
            self._asked_plans.add(rollout)
            self.run_worker(self._read_plan(rollout))

    def act(self, verb: str, rollout: str) -> None:
        """Ask for an act on a rollout."""
        acts.ask(self, verb, rollout)

    def tell(self, said: Text, style: str = "bar-alert") -> None:
        """Say something at the foot of the screen on top."""
        if self.shown is not None:
            self.shown.tell(said, style)

    def switch_language(self, lang: Lang | None = None) -> None:
        """The other language, or this one, at once."""
        self.lang = lang or ("en" if self.lang == "zh" else "zh")
        for screen in self.screen_stack:
            if isinstance(screen, FleetScreen) and screen.composed:
                screen.language_changed()

    def redraw(self) -> None:
        """Draw everything again, whatever the terminal is thought to show."""
        if isinstance(self._driver, SparingDriver):
            self._driver.rows.forget()
        self.screen.refresh(layout=True)

    def run_command(self, typed: str) -> None:
        """Do what was typed after `:`."""
        call = commands.understand(typed)
        if isinstance(call, Text):
            self.tell(call)
        else:
            acts.DOES[call.action](self, call.argument)

    def on_key(self, event: Key) -> None:
        """A key that was on its way to a table when the prompt opened belongs to the prompt."""
        screen = self.shown
        if screen is None or not event.is_printable or event.character is None:
            return
        prompt = screen.query_one(Prompt)
        if prompt.purpose and prompt.display:
            event.prevent_default()
            prompt.insert_text_at_cursor(event.character)

    def action_interrupted(self) -> None:
        """Ctrl-C."""
        self.exit(ExitCode.INTERRUPTED)

    def _home(self) -> None:
        while len(self.screen_stack) > 1 and not isinstance(self.shown, Overview):
            self.pop_screen()

    def _compound_of(self, screen: FleetScreen | None) -> int | None:
        """The compound that a screen is about; on one about none, the first of the city."""
        table = self.picture.table
        if isinstance(screen, CompoundScreen):
            return screen.number
        if isinstance(screen, Overview):
            return screen.compound()
        device = None
        if isinstance(screen, DeviceScreen):
            device = screen.device.id
        elif isinstance(screen, Devices):
            device = screen.device()
        row = table.row(device) if device is not None else None
        if row is not None:
            return table.compound_of[row]
        return 0 if table.compounds else None

    def _show_plan(self) -> None:
        if self._plan is not None:
            self.push_screen(PlanScreen(*self._plan))
            return
        newest = self.picture.facts.newest()
        known = self.progress.get(newest.id) if newest is not None else None
        if known is not None and newest is not None:
            self.push_screen(PlanScreen(known.plan, newest.id))
            return
        screen = PlanScreen(None, "")
        self.push_screen(screen)
        if newest is not None:
            self.need_plan(newest.id)

    async def _read_plan(self, rollout: str) -> None:
        try:
            plan = await asyncio.to_thread(self.feed.plan_of, rollout)
        except FleetError as error:
            self.tell(error.summary)
            return
        self.progress[rollout] = Progress(plan)
        screen = self.shown
        if isinstance(screen, PlanScreen) and screen.plan is None:
            screen.plan, screen.plan_name = plan, rollout
            if screen.composed:
                screen.choose()
        self.renew()

    async def _find(self) -> None:
        self.picture.found(await asyncio.to_thread(self.feed.findings))
        self.renew()

    async def _poll(self, look: Callable[[], object], every_s: float) -> None:
        while True:
            result = look()
            if asyncio.iscoroutine(result):
                await result
            await asyncio.sleep(every_s)

    def _tell_once(self, error: FleetError, told: str) -> str:
        if told != error.summary.en:
            self.tell(error.summary, "danger")
        return error.summary.en
