"""What all screens share: title, foot, prompt, the keys of a table, filter and sort."""

from __future__ import annotations

import time
from collections.abc import Hashable, Iterator
from typing import TYPE_CHECKING, ClassVar, cast

from rich.cells import cell_len
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.events import Key as KeyEvent
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Input

from fleet.app.watch import VERB_WORDS, word
from fleet.model.text import Text, text
from fleet_tui import keys
from fleet_tui.cells import Line
from fleet_tui.look import fit
from fleet_tui.widgets.lines import Lines
from fleet_tui.widgets.prompt import Prompt
from fleet_tui.widgets.vtable import Rows, VTable

if TYPE_CHECKING:
    from fleet_tui.app import FleetTui

CHOOSE_EVERY_S = 2.0
SORTS = ("place", "state", "name")
SORT_WORDS = {
    "place": text("as in the files", "按清单"),
    "state": text("worst first", "最差在前"),
    "name": text("by id", "按编号"),
}
READ_ONLY = text(
    "read-only; start with: fleet watch --write",
    "当前为只读；请用 fleet watch --write 启动",
)
_READ_ONLY = text("read-only", "只读")
_WRITE = text("WRITE", "可写")


class FleetScreen(Screen[None]):
    """A screen of the fleet; subclasses give `kind`, `title_text`, `body` and `rows`."""

    kind: ClassVar[str] = ""
    TITLE = None
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(name, key.action, key.help.en, show=False)
        for key in keys.KEYS
        for name in key.keys.split(",")
    ]

    def __init__(self) -> None:
        super().__init__()
        self.query_text = ""
        self.only_problems = False
        self.sort = "place"
        self._told: tuple[Text, str] | None = None
        self._chosen = (-1, 0.0)
        # Set once the widgets are there; a poll may come before.
        self.composed = False

    @property
    def fleet(self) -> FleetTui:
        """The app, by its own type."""
        return cast("FleetTui", self.app)

    @property
    def vtable(self) -> VTable:
        """The screen's table."""
        return self.query_one(VTable)

    def title_text(self) -> Text:
        """Where we are."""
        raise NotImplementedError

    def body(self) -> Iterator[Widget]:
        """The widgets between title and foot."""
        yield VTable(self.rows(), self.fleet.look)

    def rows(self) -> Rows:
        """What the table shows."""
        raise NotImplementedError

    def choose_again(self) -> None:
        """Choose anew where the choice hangs on states that changed, at most every two seconds."""
        hangs = self.only_problems or self.sort == "state" or "state" in self.query_text
        hangs = hangs or "状态" in self.query_text
        version, now = self.fleet.picture.table.version, time.monotonic()
        if hangs and version != self._chosen[0] and now - self._chosen[1] >= CHOOSE_EVERY_S:
            self._chosen = (version, now)
            self.choose()

    def choose(self, keep: Hashable = None) -> None:
        """Choose the rows anew, after filter, sort or facts changed."""

    def is_problem(self, _index: int) -> bool:
        """Whether `n` stops at a row."""
        return False

    def compose(self) -> ComposeResult:
        """Title, body, prompt, foot."""
        look = self.fleet.look
        yield Lines(self._top, look, "top", fill="bar")
        yield from self.body()
        yield Prompt()
        yield Lines(self._foot, look, "foot", fill="bar")

    def acts(self, _key: keys.Key) -> bool:
        """Whether a key that acts would be let through now; the foot shows no other."""
        return False

    def begin(self) -> None:
        """What a screen does once when it is shown first."""

    def moved(self) -> None:
        """The cursor stands on another row."""

    def left(self, purpose: str) -> None:
        """Escape in the prompt; a filter that was being typed is taken back."""
        if purpose == "filter" and self.query_text:
            self.query_text = ""
            self.choose()

    def on_mount(self) -> None:
        """The table takes the keys."""
        self.set_focus(self.vtable)
        self.vtable.told = self._cursor_moved
        self.composed = True
        self.begin()

    def facts_changed(self) -> None:
        """New facts: make what shows them anew; rows that look as before are not drawn again."""
        for lines in self.query(Lines):
            lines.renew()
        self.vtable.repaint()

    def language_changed(self) -> None:
        """Say everything anew."""
        self.choose()
        for lines in self.query(Lines):
            lines.renew()
        self.vtable.restyle()

    def tell(self, said: Text, style: str = "bar-alert") -> None:
        """Say something at the foot until the next key."""
        self._told = (said, style)
        if self.composed and self.is_attached and self.query(VTable):
            self.query_one("#foot", Lines).renew()

    def say(self, said: Text) -> str:
        """A text in the language of now."""
        return said.render(self.fleet.lang)

    def ask(self, purpose: str, value: str = "", hint: Text | None = None) -> None:
        """Have something typed."""
        prompt = self.query_one(Prompt)
        prompt.ask(purpose, value, self.say(hint) if hint else "")
        self.set_focus(prompt)

    def on_key(self, event: KeyEvent) -> None:
        """Take back what was said, and understand keys of a Chinese input method."""
        if self._told is not None:
            self._told = None
            self.query_one("#foot", Lines).renew()
        action = keys.FULL_WIDTH.get(event.character or "")
        if action is not None:
            event.stop()
            self.tell(text("a Chinese input method is on", "输入法开着"))
            getattr(self, f"action_{action}")()

    def _cursor_moved(self) -> None:
        self.moved()
        for lines in self.query(Lines):
            lines.renew()

    def on_vtable_entered(self, _event: VTable.Entered) -> None:
        """A second click is Enter."""
        self.action_enter()

    def on_input_changed(self, event: Input.Changed) -> None:
        """A filter acts while it is typed."""
        if self.query_one(Prompt).purpose == "filter":
            self.query_text = event.value
            self.choose()
            self.query_one("#foot", Lines).renew()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """What was typed is meant."""
        prompt = self.query_one(Prompt)
        purpose = prompt.purpose
        self._leave_prompt()
        self.typed(purpose, event.value)

    def on_prompt_left(self, _event: Prompt.Left) -> None:
        """Escape in the prompt."""
        purpose = self.query_one(Prompt).purpose
        self._leave_prompt()
        self.query_one("#foot", Lines).renew()
        self.left(purpose)

    def typed(self, purpose: str, value: str) -> None:
        """Something was typed and meant."""
        if purpose == "command":
            self.fleet.run_command(value)

    def action_up(self) -> None:
        """One row up."""
        self.vtable.move(self.vtable.cursor - 1)

    def action_down(self) -> None:
        """One row down."""
        self.vtable.move(self.vtable.cursor + 1)

    def action_page_up(self) -> None:
        """One page up."""
        self.vtable.move(self.vtable.cursor - self.vtable.page)

    def action_page_down(self) -> None:
        """One page down."""
        self.vtable.move(self.vtable.cursor + self.vtable.page)

    def action_first(self) -> None:
        """First row."""
        self.vtable.move(0)

    def action_last(self) -> None:
        """Last row."""
        self.vtable.move(len(self.vtable.rows) - 1)

    def action_enter(self) -> None:
        """Go in; screens without anything behind a row do nothing."""

    def action_back(self) -> None:
        """Out: first out of a filter, then out of the screen; never out of the program."""
        if self.query_text or self.only_problems:
            self.query_text, self.only_problems = "", False
            self.choose()
            self.facts_changed()
        else:
            self.fleet.go_back()

    def action_filter(self) -> None:
        """Type a filter."""
        self.ask("filter", self.query_text, text("words  state=failed  !word", "词 state=失败 !词"))

    def action_command(self) -> None:
        """Type a command."""
        self.ask(
            "command", "", text("as after `fleet`; help lists them", "同 fleet 命令；help 列出")
        )

    def action_problems(self) -> None:
        """Problems only."""
        self.only_problems = not self.only_problems
        self.choose()
        self.facts_changed()

    def action_sort(self) -> None:
        """The next order."""
        self.sort = SORTS[(SORTS.index(self.sort) + 1) % len(SORTS)]
        self.choose()
        self.tell(text("order: {o}", "排序：{o}", o=SORT_WORDS[self.sort]), "bar-strong")

    def action_next_problem(self) -> None:
        """The next row with a problem, round the end."""
        self._problem(1)

    def action_previous_problem(self) -> None:
        """The one before."""
        self._problem(-1)

    def action_show(self, name: str) -> None:
        """Another screen."""
        self.fleet.show(name)

    def action_language(self) -> None:
        """The other language."""
        self.fleet.switch_language()

    def action_redraw(self) -> None:
        """Everything anew: another program may have written into the terminal."""
        self.fleet.redraw()

    def action_help(self) -> None:
        """The keys."""
        self.fleet.show("help")

    def action_quit(self) -> None:
        """Leave with 0."""
        self.fleet.exit(0)

    def action_act(self, verb: str) -> None:
        """Only a rollout's screen acts: it is shown, so that what is acted on was seen."""
        if not self.fleet.feed.may_write:
            self.tell(READ_ONLY)
            return
        self.fleet.show("rollout")
        said = text("{v}: press it here", "{v}：请在此界面按键", v=word(VERB_WORDS, verb))
        self.fleet.tell(said)

    def action_follow(self) -> None:
        """Only the events follow."""

    def action_freeze(self) -> None:
        """Only the events freeze."""

    def action_older(self) -> None:
        """Only rollouts have older ones."""

    def action_newer(self) -> None:
        """Only rollouts have newer ones."""

    def _problem(self, step: int) -> None:
        table = self.vtable
        count = len(table.rows)
        for far in range(1, count + 1):
            index = (table.cursor + step * far) % count
            if self.is_problem(index):
                table.move(index)
                return
        self.tell(text("no problem here", "此处没有异常"), "bar-strong")

    def _leave_prompt(self) -> None:
        self.query_one(Prompt).done()
        self.set_focus(self.vtable)

    def _top(self, width: int) -> list[Line]:
        fleet = self.fleet
        # A name however long leaves room for whether this screen may write.
        name = fleet.look.clean(fleet.picture.city.name)
        left = f" {fit(name, min(cell_len(name), width // 4))} "
        mode = f" {self.say(_WRITE if fleet.feed.may_write else _READ_ONLY)} "
        where = f" {self.say(self.title_text())}"
        clock = f"{fleet.now().strftime('%H:%M:%S')} {fleet.lang} "
        room = max(0, width - cell_len(left) - cell_len(mode) - cell_len(clock))
        middle = where + " " * max(0, room - cell_len(where))
        style = "bar-alert" if fleet.feed.may_write else "bar-dim"
        return [
            [(left, "bar-strong"), (mode, style), (fit(middle, room), "bar"), (clock, "bar-dim")]
        ]

    def _foot(self, width: int) -> list[Line]:
        if self._told is not None:
            said, style = self._told
            return [[(f" {self.say(said)}", style)]]
        table = self.vtable
        count = len(table.rows)
        place = f" {min(table.cursor + 1, count)}/{count} "
        state = self._filter_words()
        state = fit(state, min(cell_len(state), width // 3))
        room = width - len(place) - cell_len(state)
        line: Line = []
        known = keys.of(self.kind)
        # Help and leaving are seen on every screen, however narrow; the others as far as they go.
        for key in sorted(known, key=lambda k: k.action not in ("help", "quit")):
            acts = key.action.startswith("act(")
            if key.hint is None or (acts and not self.acts(key)):
                continue
            if self.kind == "confirm" or (key.action == "back" and self.kind == "overview"):
                continue
            hint = self.say(key.hint)
            size = len(key.shown) + cell_len(hint) + 3
            if size > room:
                break
            line += [(f" {key.shown}", "key"), (f" {hint} ", "bar")]
            room -= size
        return [[*line, (" " * room, "bar"), (state, "bar-alert"), (place, "bar-dim")]]

    def _filter_words(self) -> str:
        words = []
        if self.query_text:
            words.append(f"/{self.query_text}")
        if self.only_problems:
            words.append(self.say(text("problems", "仅异常")))
        return f" {' '.join(words)} " if words else ""
