"""A command line's conversation: one line out, its whole answer in, every answer judged.

netmiko's own commands called refusals a success, answered questions that nobody had expected, and
waited a closed session out; so it only connects, and this loop speaks. An answer ends with a prompt
of this device after the echo of the line that was sent; a question that is not expected, an end of
the session and too much text end the conversation, and nothing is ever sent into a question.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from fleet.drivers.ssh.pace import Overdue, Pace

OUTPUT_MAX = 4_000_000
# The longest that a device may think about one line, in seconds: below a third of every trial.
ANSWER_S = 18.0
_CHUNK = 65536
# How much of the end is looked at for a prompt or a question.
_TAIL = 600
_POLL_S = 0.5
_ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b[()][A-Z0-9]|\x07|\x00")
# VRP pads its echo with a blank and steps back over it.
_STEP_BACK = re.compile(r" \x1b\[1D|.\x08")
# How a page break is wiped out before the next page: steps back, blanks, steps back again.
_WIPED = re.compile(r"^(?:[\x08\r ]|\x1b\[\d*[DK])*(?:\x08|\r(?!\n)|\x1b\[\d*[DK])")
# As many dashes behind as before: with fewer, the break has not come whole yet.
_MORE = re.compile(r"^\s*(-{2,}) ?more ?.*\1\s*$|^ ?--more--\s*$", re.IGNORECASE)
_QUESTION = re.compile(
    r"\[[yY](?:es)?(?:\([a-z]+\))?/.*\]\s*:?\s*$|\([yY](?:es)?/[nN].*\)\s*:?\s*$"
    r"|[Pp]assword:\s*$|to continue.*$|\[confirm\]\s*$|\?\s*(\[[^\]]*\])?\s*:?\s*$"
)


class Channel(Protocol):
    """What is used of paramiko's channel."""

    def settimeout(self, timeout: float) -> None:
        """Bound the next reads and writes, in seconds."""
        ...

    def recv(self, nbytes: int) -> bytes:
        """Some bytes; none at the end; TimeoutError while there are none."""
        ...

    def sendall(self, s: bytes) -> None:
        """Send bytes."""
        ...


class Closed(Exception):
    """The device ended the session amid an answer."""


class Asked(Exception):
    """The device asks what nobody expected; it gets no answer. `words` is its question."""

    def __init__(self, words: str) -> None:
        super().__init__(words)
        self.words = words


class Silent(Exception):
    """No prompt came in time; `words` is what was said last."""

    def __init__(self, words: str) -> None:
        super().__init__(words)
        self.words = words


class Flooded(Exception):
    """The device says more than any configuration is long."""


@dataclass(frozen=True)
class Manners:
    """How a platform's command line behaves.

    `prompt` matches a whole prompt; its first group that matches begins with the device's name.
    `error` matches a line that refuses.
    """

    prompt: re.Pattern[str]
    error: re.Pattern[str]


class Terminal:
    """One open command line of one device."""

    def __init__(self, channel: Channel, manners: Manners, pace: Pace) -> None:
        self._channel = channel
        self._manners = manners
        self._pace = pace
        self._names: set[str] = set()
        self._encoding = "utf-8"
        self._dead = False
        self.prompt = ""

    def greet(self, answer_s: float = ANSWER_S) -> str:
        """Read up to the first prompt; returns the banner.

        Raises:
            Closed, Asked, Silent, Flooded: as named.
            Overdue: the operation's time is over.
        """
        return self._read("", {}, answer_s)

    def expect_name(self, name: str) -> None:
        """Take another device name for a prompt's, for a change of the name itself."""
        self._names.add(name)

    def paced(self, pace: Pace) -> None:
        """Let another operation's time count from now on."""
        self._pace = pace

    def ask(
        self, line: str, answers: Mapping[str, str] | None = None, answer_s: float = ANSWER_S
    ) -> str:
        """Send one line and return its answer, without echo and prompt.

        Args:
            line: the command.
            answers: question (a regular expression, searched) → what to answer, for each question
                that this line is known to bring.
            answer_s: seconds to wait for the end of the answer.

        Raises:
            Closed, Asked, Silent, Flooded, Overdue: the conversation is over; nothing more is sent.
        """
        self._send(line)
        return self._read(line, answers or {}, answer_s)

    def refusal(self, answer: str) -> str | None:
        """The line of an answer that refuses; None where none does."""
        for said in answer.splitlines():
            if self._manners.error.search(said):
                return said.strip()
        return None

    def _send(self, line: str) -> None:
        self._type(f"{line}\n".encode(self._encoding, "replace"))

    def _type(self, data: bytes) -> None:
        if self._dead:
            raise Closed
        self._channel.settimeout(self._pace.left())
        try:
            self._channel.sendall(data)
        except (OSError, EOFError):
            self._dead = True
            self._pace.left()
            raise Closed from None

    def _read(self, line: str, answers: Mapping[str, str], answer_s: float) -> str:
        answering = Pace(self._pace.at_most(answer_s))
        heard = bytearray()
        # Where the part of the answer begins that no question or page break has used up yet.
        begin, parts, turned = 0, list[str](), False
        open_answers = dict(answers)
        try:
            while True:
                self._more(heard, answering)
                said = self._decoded(bytes(heard[begin:]), turned)
                last = said[-_TAIL:].rsplit("\n", 1)[-1]
                if not last.strip():
                    continue
                if _MORE.match(last):
                    parts.append(said[: len(said) - len(last)])
                    begin, turned = len(heard), True
                    self._type(b" ")
                elif (reply := _answer(last, open_answers)) is not None:
                    parts.append(said)
                    begin, turned = len(heard), False
                    self._send(reply)
                elif self._is_prompt(last) and self._echoed(line, "".join(parts) + said):
                    self.prompt = last.strip()
                    whole = "".join(parts) + said[: len(said) - len(last)]
                    return _after_echo(line, whole)
        except BaseException:
            self._dead = True
            raise

    def _more(self, heard: bytearray, answering: Pace) -> None:
        """Wait for more bytes; what silence means is told here."""
        while True:
            self._pace.left()
            try:
                # One look at the clock: between two, this answer's end passed for the operation's.
                seconds = answering.at_most(_POLL_S)
            except Overdue:
                tail = self._decoded(bytes(heard[-_TAIL:])).rsplit("\n", 1)[-1].strip()
                raise (Asked if _QUESTION.search(tail) else Silent)(tail) from None
            self._channel.settimeout(seconds)
            try:
                got = self._channel.recv(_CHUNK)
            except TimeoutError:
                tail = self._decoded(bytes(heard[-_TAIL:])).rsplit("\n", 1)[-1].strip()
                if tail and _QUESTION.search(tail) and not self._is_prompt(tail):
                    raise Asked(tail) from None
                continue
            except (OSError, EOFError):
                raise Closed from None
            if not got:
                raise Closed
            heard += got
            if len(heard) > OUTPUT_MAX:
                raise Flooded
            return

    def _is_prompt(self, last: str) -> bool:
        found = self._manners.prompt.fullmatch(last.strip())
        if found is None:
            return False
        shown = next(part for part in found.groups() if part)
        if not self._names:
            self._names.add(shown)
        return any(_same(shown, name) for name in self._names)

    def _echoed(self, line: str, said: str) -> bool:
        """Whether the line's echo has come: a prompt before it is left over from before."""
        return not line or _squeezed(line) in _squeezed(said)

    def _decoded(self, heard: bytes, turned: bool = False) -> str:
        try:
            text = heard.decode(self._encoding)
        except UnicodeDecodeError as error:
            if error.end < len(heard) - 4 and self._encoding == "utf-8":
                # Older Chinese firmware speaks GBK; a character cut at the end is no sign of it.
                self._encoding = "gb18030"
            text = heard.decode(self._encoding, "replace")
        if turned:
            # Blanks that were left would indent the page's first line into another section.
            text = _WIPED.sub("", text)
        return _ESCAPES.sub("", _STEP_BACK.sub("", text)).replace("\r\n", "\n").replace("\r", "")


def _answer(last: str, answers: dict[str, str]) -> str | None:
    """The answer to a question that was expected; each is given once."""
    for question in list(answers):
        if re.search(question, last):
            return answers.pop(question)
    return None


def _same(shown: str, name: str) -> bool:
    """Whether a prompt's name is the device's, perhaps with the view behind it."""
    return shown == name or shown.startswith(f"{name}-")


def _squeezed(words: str) -> str:
    return "".join(words.split())


def _after_echo(line: str, said: str) -> str:
    """What follows the echo, which may be broken over several lines and have a prompt before it."""
    if not line:
        return said
    wanted, seen = _squeezed(line), ""
    rows = said.split("\n")
    for index, row in enumerate(rows):
        seen += _squeezed(row)
        if wanted in seen:
            return "\n".join(rows[index + 1 :])
    return said
