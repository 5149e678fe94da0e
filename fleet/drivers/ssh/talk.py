"""A command line's conversation in the fleet's terms: answers judged, ends told as errors."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

from fleet.drivers import complaints
from fleet.drivers.ssh import sayings
from fleet.drivers.ssh.pace import Pace
from fleet.drivers.ssh.terminal import (
    ANSWER_S,
    Asked,
    Closed,
    Flooded,
    Manners,
    Silent,
    Terminal,
)
from fleet.model.change import Target
from fleet.model.text import text

if TYPE_CHECKING:
    from fleet.drivers.ssh.login import Line

RESOURCE = "link"
T = TypeVar("T")


class Talk:
    """What a platform says and hears; every method may raise the device errors of `Session`."""

    def __init__(self, line: Line, target: Target, manners: Manners, pace: Pace) -> None:
        self.target = target
        self._terminal = Terminal(line.channel, manners, pace)
        with self._told("login"):
            self.banner = self._terminal.greet()

    @property
    def prompt(self) -> str:
        """The prompt that came last."""
        return self._terminal.prompt

    def paced(self, pace: Pace) -> None:
        """Let another operation's time count from now on."""
        self._terminal.paced(pace)

    def expect_name(self, name: str) -> None:
        """Take another device name for a prompt's."""
        self._terminal.expect_name(name)

    def show(self, line: str) -> str:
        """The answer to a line that must not be refused.

        Raises:
            MalformedReply: the device refuses to show it.
        """
        answer = self.run(line)
        if (refused := self._terminal.refusal(answer)) is not None:
            raise complaints.malformed(self.target.device, line, refused)
        return answer

    def understood(self, line: str, parse: Callable[[str], T]) -> T:
        """What a parser makes of the answer to a line.

        Raises:
            MalformedReply: the device refuses to show it, or the parser can make nothing of it.
        """
        answer = self.show(line)
        try:
            return parse(answer)
        except ValueError as error:
            raise complaints.malformed(self.target.device, line, str(error)) from None

    def offered(self, line: str) -> str | None:
        """The answer to a line that some firmware does not have; None where it refuses."""
        answer = self.run(line)
        return None if self._terminal.refusal(answer) is not None else answer

    def run(
        self, line: str, answers: Mapping[str, str] | None = None, answer_s: float = ANSWER_S
    ) -> str:
        """The answer to a line, whatever it is."""
        with self._told(line):
            return self._terminal.ask(line, answers, answer_s)

    def refusal(self, answer: str) -> str | None:
        """The refusing line of an answer."""
        return self._terminal.refusal(answer)

    def change(self, lines: Sequence[str], harmless: re.Pattern[str]) -> None:
        """Type the lines of a change; the first answer that is not plainly harmless ends it.

        Some platforms refuse a value in words alone, so that silence is the only yes.

        Raises:
            WriteRefused: the device said something; the lines before stand as far as they go.
        """
        for line in lines:
            said = [row.strip() for row in self.run(line).splitlines() if row.strip()]
            odd = [row for row in said if not harmless.search(row)]
            if odd:
                # A caret under the faulty word comes first; the words about it say more.
                told = next((row for row in odd if row != "^"), odd[0])
                why = text("{l}: {w}", "{l}：{w}", l=line, w=complaints.shown(told))
                raise complaints.write_refused(self.target.device, RESOURCE, why)

    @contextmanager
    def _told(self, line: str) -> Iterator[None]:
        device = self.target.device
        try:
            yield
        except Closed:
            raise sayings.session_closed(device, line) from None
        except Asked as error:
            raise sayings.asked(device, line, error.words) from None
        except Silent as error:
            detail = text(
                "no prompt; it said last: {w}",
                "没有提示符；最后输出：{w}",
                w=complaints.shown(error.words),
            )
            raise complaints.malformed(device, line, detail) from None
        except Flooded:
            detail = text("it does not end", "输出没有尽头")
            raise complaints.malformed(device, line, detail) from None
