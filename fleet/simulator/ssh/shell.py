"""What a terminal sees: each character echoed, lines edited, long answers paged, questions asked.

Pure: bytes in, pieces of output out. A piece says what it is, so that faults can delay a prompt or
break off amid an answer.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from fleet.simulator.ssh.box import Hangup
from fleet.simulator.ssh.session import Question, Reply, Session

Kind = Literal["echo", "answer", "prompt", "end"]
_EOL = "\r\n"
_LINE_MAX = 512


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of output; `end`: the session is over after it."""

    kind: Kind
    text: str = ""


@dataclass(slots=True)
class Shell:
    """One terminal on one session."""

    session: Session
    _typed: str = ""
    _cr: bool = False
    _asked: Question | None = None
    _paged: list[str] = field(default_factory=list)
    _decoder: codecs.IncrementalDecoder = field(
        default_factory=lambda: codecs.getincrementaldecoder("utf-8")("replace")
    )

    def greeting(self) -> list[Piece]:
        """What stands there after a login."""
        return [Piece("answer", self.session.dialect.banner), self._prompt()]

    def feed(self, data: bytes) -> Iterator[Piece]:
        """Take what was typed; after a piece `end` nothing more comes."""
        for char in self._decoder.decode(data):
            for piece in self._take(char):
                yield piece
                if piece.kind == "end":
                    return

    def _take(self, char: str) -> Iterator[Piece]:
        after_cr, self._cr = self._cr, char == "\r"
        if char == "\n" and after_cr:
            return
        if self._paged:
            yield from self._page(char)
        elif char in "\r\n":
            line, self._typed = self._typed, ""
            yield Piece("echo", _EOL)
            yield from self._run(line)
        elif char in "\x08\x7f":
            if self._typed:
                self._typed = self._typed[:-1]
                yield Piece("echo", "\x08 \x08")
        elif char == "\x03":
            self._typed, self._asked = "", None
            yield Piece("echo", "^C" + _EOL)
            yield self._prompt()
        elif char == "\x1a":
            self._typed = ""
            yield Piece("echo", _EOL)
            yield from self._run("return")
        elif char.isprintable() and len(self._typed) < _LINE_MAX:
            self._typed += char
            yield Piece("echo", char)

    def _run(self, line: str) -> Iterator[Piece]:
        asked, self._asked = self._asked, None
        try:
            reply = asked.answer(line) if asked is not None else self.session.run(line)
        except Hangup:
            yield Piece("end")
            return
        yield from self._tell(reply)

    def _tell(self, reply: Reply) -> Iterator[Piece]:
        if reply.close:
            yield Piece("end")
            return
        self._asked = reply.question
        lines = list(reply.lines)
        if self.session.paging and len(lines) > self.session.dialect.screen:
            self._paged = lines
            yield from self._show(self.session.dialect.screen)
            return
        if lines:
            yield Piece("answer", _EOL.join(lines) + _EOL)
        yield self._prompt()

    def _page(self, char: str) -> Iterator[Piece]:
        """A key at `More`: space a page, Enter a line, q or Ctrl-C no more."""
        more = self.session.dialect.more
        wipe = f"\x1b[{len(more)}D{' ' * len(more)}\x1b[{len(more)}D"
        if char == " ":
            yield Piece("echo", wipe)
            yield from self._show(self.session.dialect.screen)
        elif char in "\r\n":
            yield Piece("echo", wipe)
            yield from self._show(1)
        elif char in "qQ\x03":
            self._paged = []
            yield Piece("echo", wipe)
            yield self._prompt()

    def _show(self, count: int) -> Iterator[Piece]:
        shown, self._paged = self._paged[:count], self._paged[count:]
        yield Piece("answer", _EOL.join(shown) + _EOL)
        yield Piece("answer", self.session.dialect.more) if self._paged else self._prompt()

    def _prompt(self) -> Piece:
        if self._asked is not None:
            return Piece("prompt", self._asked.prompt)
        return Piece("prompt", self.session.dialect.prompt(self.session))
