"""A session on a switch: where it stands, what it has not committed, what it is asked.

A platform is a `Dialect`: tables of command forms by view and the words around them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from fleet.simulator.ssh.box import Box
from fleet.simulator.ssh.configuration import Edit, Refused
from fleet.simulator.ssh.grammar import Arg, BadLine, Fault, Form, matched


@dataclass(frozen=True, slots=True)
class View:
    """Where a session stands: `user`, `system`, or `port`, `vlan`, `acl` with whose it is."""

    kind: str
    of: str | int = ""


USER, SYSTEM = View("user"), View("system")
_FILTERS = ("include", "exclude", "begin")


@dataclass(frozen=True, slots=True)
class Question:
    """What the device asks; the next line is the answer."""

    prompt: str
    answer: Callable[[str], Reply]


@dataclass(frozen=True, slots=True)
class Reply:
    """What a line brings: lines of text, perhaps a question, perhaps the end of the session."""

    lines: Sequence[str] = ()
    question: Question | None = None
    close: bool = False


NOTHING = Reply()
Command = Callable[["Session", list[Arg]], Reply]
Table = Mapping[str, Sequence[Form[Command]]]


class Dialect(Protocol):
    """A platform's command language."""

    @property
    def table(self) -> Table:
        """The forms of commands by view."""
        ...

    @property
    def faults(self) -> Mapping[Fault, str]:
        """What is said of a line that is no command."""
        ...

    @property
    def banner(self) -> str:
        """What stands above the first prompt."""
        ...

    @property
    def more(self) -> str:
        """What stands below a page that is not the last."""
        ...

    @property
    def screen(self) -> int:
        """Lines of a page."""
        ...

    def prompt(self, session: Session) -> str:
        """The prompt where the session stands."""
        ...

    def refused(self, text: str) -> str:
        """A refusal in the platform's form."""
        ...

    def edit(self, session: Session, edit: Edit) -> None:
        """Take one line of a change: into the candidate, or at once.

        Raises:
            Refused: it cannot be done.
            Hangup: the session ends here.
        """
        ...

    def parting(self, session: Session, leave: Callable[[], Reply]) -> Reply:
        """Leave configuration, with `leave`, perhaps after a question."""
        ...


@dataclass(slots=True)
class Session:
    """One login: `number` is the session's id in the device, `line` its "VTY 0"."""

    box: Box
    dialect: Dialect
    number: int
    user: str
    line: str
    view: View = USER
    edits: list[Edit] = field(default_factory=list)
    paging: bool = True
    asked: bool = False

    def run(self, line: str) -> Reply:
        """Run one line that was typed.

        Raises:
            Hangup: the session ends here, without a word.
        """
        try:
            words, verb, wanted = _parted(line)
            if not words.strip():
                return NOTHING
            command, args = matched(words, self.dialect.table[self.view.kind], self.short)
        except BadLine as error:
            caret = " " * (len(self.dialect.prompt(self)) + error.at) + "^"
            return Reply([caret, self.dialect.faults[error.fault]])
        try:
            reply = command(self, args)
        except Refused as error:
            return Reply([self.dialect.refused(str(error))])
        return Reply(_filtered(reply.lines, verb, wanted), reply.question, reply.close)

    def short(self, typed: str) -> str | None:
        """The short name of an interface as it was typed."""
        return self.box.naming.short(typed)

    def change(self, edit: Edit, view: View | None = None) -> Reply:
        """Take one line of a change and perhaps enter a view; the fault `ask` asks first.

        Raises:
            Refused: it cannot be done.
            Hangup: the session ends here.
        """

        def go_on() -> Reply:
            self.dialect.edit(self, edit)
            if view is not None:
                self.view = view
            self.box.edited()
            return NOTHING

        if self.box.has("ask") and not self.asked:
            self.asked = True
            prompt = "Warning: This operation may interrupt services. Continue? [Y/N]:"
            return Reply((), yes_no(prompt, go_on, self.dialect))
        return go_on()


def yes_no(prompt: str, yes: Callable[[], Reply], dialect: Dialect) -> Question:
    """A question that only Y and N answer; anything else is told so and asked again."""

    def answer(words: str) -> Reply:
        word = words.strip().lower()
        if word in ("y", "yes"):
            try:
                return yes()
            except Refused as error:
                return Reply([dialect.refused(str(error))])
        if word in ("n", "no"):
            return NOTHING
        again = "Error: Please choose 'YES' or 'NO' first before pressing 'Enter'. [Y/N]:"
        return Reply((), Question(again, answer))

    return Question(prompt, answer)


def _parted(line: str) -> tuple[str, str, str]:
    """A line and the filter behind its bar, as the first letter of its verb and what it looks for.

    Elsewhere than in a `display` a bar is a character as any other.

    Raises:
        BadLine: the filter is none, or looks for nothing.
    """
    first = line.split(maxsplit=1)[:1]
    words, bar, rest = line.partition(" | ")
    if not bar or not "display".startswith(first[0].lower()):
        return line, "", ""
    typed, _, wanted = rest.strip().partition(" ")
    if typed and not any(verb.startswith(typed) for verb in _FILTERS):
        raise BadLine("unrecognized", line.index(typed, len(words) + len(bar)))
    if not wanted:
        raise BadLine("incomplete", len(line.rstrip()))
    return words, typed[0], wanted


def _filtered(lines: Sequence[str], verb: str, text: str) -> Sequence[str]:
    """The lines that `| include X`, `| exclude X` or `| begin X` leaves."""
    if verb == "i":
        return [line for line in lines if text in line]
    if verb == "e":
        return [line for line in lines if text not in line]
    if verb == "b":
        found = next((at for at, line in enumerate(lines) if text in line), len(lines))
        return lines[found:]
    return lines
