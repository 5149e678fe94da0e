"""The line at the foot where a filter, a command or an id is typed."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widgets import Input


class Prompt(Input):
    """Shown while something is typed; `purpose` says what for."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "leave", show=False)]

    class Left(Message):
        """Escape: nothing is to be done."""

    def __init__(self) -> None:
        super().__init__(id="prompt", compact=True, select_on_focus=False)
        self.cursor_blink = False
        self.purpose = ""
        self.display = False

    def ask(self, purpose: str, value: str = "", hint: str = "") -> None:
        """Show it; the screen gives it the keys at once, so that none typed after is lost."""
        self.purpose = purpose
        self.value = value
        self.placeholder = hint
        self.display = True
        self.cursor_position = len(value)

    def done(self) -> None:
        """Hide it."""
        self.purpose = ""
        self.display = False

    def action_leave(self) -> None:
        """Leave without an answer."""
        self.post_message(self.Left())
