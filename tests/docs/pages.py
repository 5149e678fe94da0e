"""The commands of a page: what is typed, what it must end with and say, and what stands in.

A fenced block `console` has commands behind `$ ` (continued by a backslash or behind `> `) and
below each the lines that its output must have, in this order; `…` in a line stands for anything.
Every line of a block `sh` is a command. `# exit N` behind a command says how it ends; 0 without.

A comment `<!-- run: … -->` before a block says what a reader's surroundings are in the test:

    with `A` => `B`        A in the commands below, to the end of the page, is B (a real address)
    first COMMAND          happened before: run before the block, its exit code does not count
    when "WORDS" type "K"  the block runs on a terminal; once it says WORDS, K is typed
    elsewhere FILE "WORDS" the block is not run here: FILE, which holds WORDS, runs it
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

_FENCE = re.compile(r"```(\w*)[^\n]*\n(.*?)^```$", flags=re.MULTILINE | re.DOTALL)
_MARK = re.compile(r"<!-- run: (.*?) -->", flags=re.DOTALL)
_EXIT = re.compile(r"\s+# exit (\d+)\b[^\n]*$")
_HEREDOC = re.compile(r"<<-?'?(\w+)'?")
_LIKE_A_COMMAND = re.compile(
    r"^\s*(?:\$ |(?:fleet|make|ansible-[a-z]+|\.venv/bin/\S+) )", flags=re.MULTILINE
)
COMMANDS = frozenset({"sh", "console"})


class PageError(ValueError):
    """A page says something that the test cannot make sense of."""


@dataclass(frozen=True)
class Typed:
    """Keys to be typed once a terminal shows `words`."""

    words: str
    keys: str


@dataclass
class Command:
    """One command: its text, its page and line, how it ends, what it says."""

    page: str
    line: int
    text: str
    code: int = 0
    says: list[str] = field(default_factory=list)

    @property
    def place(self) -> str:
        """Where it stands."""
        return f"{self.page}:{self.line}"


@dataclass
class Block:
    """Commands that belong together, and what stands in for the reader's surroundings."""

    commands: list[Command]
    first: list[str] = field(default_factory=list)
    typed: list[Typed] = field(default_factory=list)
    instead: dict[str, str] = field(default_factory=dict)
    elsewhere: tuple[str, str] | None = None


def blocks(page: str, words: str) -> Iterator[Block]:
    """The blocks of commands of a page in order.

    Raises:
        PageError: a mark or a block that is not understood, or a command in another block.
    """
    instead: dict[str, str] = {}
    end = 0
    for fence in _FENCE.finditer(words):
        language, body = fence[1], fence[2]
        line = words.count("\n", 0, fence.start()) + 2
        marks, end = _MARK.findall(words, end, fence.start()), fence.end()
        if language not in COMMANDS:
            if marks:
                raise PageError(f"{page}:{line}: a mark stands before a block without commands")
            if _LIKE_A_COMMAND.search(body):
                raise PageError(f"{page}:{line}: a command in a block that is not run")
            continue
        block = Block(list(_commands(page, line, language, body)))
        for mark in marks:
            _read(block, instead, mark.strip(), f"{page}:{line}")
        block.instead = dict(instead)
        yield block
    if _MARK.search(words, end):
        raise PageError(f"{page}: a mark stands behind the last block")


def _read(block: Block, instead: dict[str, str], mark: str, place: str) -> None:
    verb, _, rest = mark.partition(" ")
    if verb == "with" and (found := re.fullmatch(r"`(.+?)` => `(.+?)`", rest)):
        instead[found[1]] = found[2]
    elif verb == "first":
        block.first.append(rest)
    elif verb == "when" and (found := re.fullmatch(r'(".+?") type (".+?")', rest)):
        block.typed.append(Typed(ast.literal_eval(found[1]), ast.literal_eval(found[2])))
    elif verb == "elsewhere" and (found := re.fullmatch(r'(\S+) "(.+)"', rest)):
        block.elsewhere = (found[1], found[2])
    else:
        raise PageError(f"{place}: not understood: {mark}")


def _commands(page: str, line: int, language: str, body: str) -> Iterator[Command]:
    command: Command | None = None
    lines = enumerate(body.splitlines(), start=line)
    for number, words in lines:
        if language == "sh" and (not words.strip() or words.startswith("#")):
            continue
        if language == "sh" or words.startswith("$ "):
            if command is not None:
                yield command
            command = _whole(page, number, words.removeprefix("$ "), lines)
        elif command is None:
            raise PageError(f"{page}:{number}: output before any command")
        elif words.strip():
            command.says.append(words)
    if command is None:
        raise PageError(f"{page}:{line}: a block without a command")
    yield command


def _whole(page: str, number: int, first: str, rest: Iterator[tuple[int, str]]) -> Command:
    """A command with the lines that it goes on over, and its exit code taken off."""
    found = _EXIT.search(first)
    lines = [_EXIT.sub("", first)]
    heredoc = _HEREDOC.search(first)
    while (lines[-1] != heredoc[1] or len(lines) == 1) if heredoc else lines[-1].endswith("\\"):
        _, words = next(rest, (0, None))
        if words is None:
            raise PageError(f"{page}:{number}: a command without its end")
        found = found or (None if heredoc else _EXIT.search(words))
        words = words.removeprefix("> ")
        lines.append(words if heredoc else _EXIT.sub("", words))
    return Command(page, number, "\n".join(lines), int(found[1]) if found else 0)


def elsewhere(block: Block, root: Path) -> str | None:
    """What is wrong with a block that is said to be run elsewhere; None where it is."""
    if block.elsewhere is None:
        return None
    name, words = block.elsewhere
    file = root / name
    if not file.is_file():
        return f"{block.commands[0].place}: there is no {name}"
    if words not in file.read_text("utf-8"):
        return f"{block.commands[0].place}: {name} does not hold {words!r}"
    return None


def missing(command: Command, output: str) -> str | None:
    """The first line that the output should have and has not, after the lines before it."""
    lines = iter(" ".join(line.split()) for line in output.splitlines())
    for wanted in command.says:
        if wanted.strip() == "…":
            continue
        pattern = ".*".join(re.escape(" ".join(part.split())) for part in wanted.split("…"))
        pattern = re.sub(r"(?<=\.\*)|(?=\.\*)", " ?", pattern)
        if not any(re.fullmatch(pattern, line) for line in lines):
            return wanted
    return None
