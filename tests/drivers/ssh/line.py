"""A channel for tests that says what it is told to, piece by piece, and keeps what it was sent."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from fleet.drivers.ssh.pace import Pace
from fleet.drivers.ssh.terminal import Manners, Terminal

MANNERS = Manners(
    prompt=re.compile(r"<([^<>]{1,80})>|\[[~*]?([^\[\]]{1,140})\]"),
    error=re.compile(r"^\s*Error\b|^\s*\^\s*$"),
)
# What is said at a point: bytes, END for the end of the session, HUSH for a wait in vain.
END, HUSH = b"<end>", b"<hush>"


class Channel:
    """Says the next pieces; a sent line is answered by `answers`, in its turn."""

    def __init__(
        self, greeting: Sequence[bytes], answers: Callable[[str], Sequence[bytes]] | None = None
    ) -> None:
        self.pieces = list(greeting)
        self.sent: list[str] = []
        self._answers = answers or (lambda line: ())

    def settimeout(self, timeout: float) -> None:
        """No clock here: silence is told by HUSH."""

    def recv(self, nbytes: int) -> bytes:
        """The next piece."""
        if not self.pieces:
            raise TimeoutError
        piece = self.pieces.pop(0)
        if piece == HUSH:
            raise TimeoutError
        return b"" if piece == END else piece

    def sendall(self, s: bytes) -> None:
        """Keep it and say what comes of it."""
        self.sent.append(s.decode(errors="replace").rstrip("\n"))
        self.pieces += self._answers(self.sent[-1])


def terminal(channel: Channel, seconds: float = 5.0, answer_s: float = 0.05) -> Terminal:
    """A terminal that has read its greeting."""
    made = Terminal(channel, MANNERS, Pace(seconds))
    made.greet(answer_s)
    return made


def echoing(**answers: str) -> Callable[[str], Sequence[bytes]]:
    """Answers by line (blanks as underscores): echo, the answer, and the prompt `<SW>`."""

    def answer(line: str) -> Sequence[bytes]:
        said = answers.get(line.replace(" ", "_"), "")
        return (f"{line}\r\n{said}<SW>".encode(),)

    return answer
