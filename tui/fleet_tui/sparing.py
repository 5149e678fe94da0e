"""Only what differs goes over the line: Textual draws a whole screen anew where a word has changed.

Opening a screen makes it send the same frame two or three times, and a style again before each
cell. Over an SSH link of 128 kbit/s that is seconds. A frame is a row of *writes*, each beginning
with a move of the cursor (ECMA-48, CUP); one that repeats the last write to its row changes nothing
on the terminal and is left out.
"""

from __future__ import annotations

import re
import shutil

from textual.drivers.linux_driver import LinuxDriver

# A write: where it begins, then text and styles until any other sequence.
_WRITE = re.compile(r"\x1b\[(\d+);(\d+)H((?:[^\x1b]|\x1b\[[\d;]*m)*)")
# Another screen buffer, or anything erased: nothing is known of the terminal's content.
_WIPES = re.compile(r"\x1b\[\?1049|\x1b\[[0-3]?J|\x1bc")
_RESET = "\x1b[0m"
# One style and plain text; what holds any other sequence is left as it is.
_STYLED = re.compile(r"(\x1b\[[\d;]+m)([^\x1b]*)")


class Rows:
    """What was last written to each row of the terminal."""

    def __init__(self) -> None:
        self._last: dict[str, str] = {}

    def forget(self) -> None:
        """Whatever comes next is written in full."""
        self._last.clear()

    def spare(self, data: str) -> str:
        """`data` without the writes that change nothing, and with each style set once a run."""
        if _WIPES.search(data):
            self.forget()
            return data
        return _WRITE.sub(self._kept, data)

    def _kept(self, found: re.Match[str]) -> str:
        row, column, body = found.groups()
        if not body.strip("\r\n"):
            return found[0]
        if self._last.get(row) == found[0]:
            return ""
        self._last[row] = found[0]
        return f"\x1b[{row};{column}H{merged(body)}"


def merged(body: str) -> str:
    """A write in which neighbours of one style share it: `S a R S b R` becomes `S a b R`."""
    pieces: list[str] = []
    style = ""
    *closed, rest = body.split(_RESET)
    for piece in closed:
        styled = _STYLED.fullmatch(piece)
        if styled and style and styled[1] == style:
            pieces.append(styled[2])
            continue
        if style:
            pieces.append(_RESET)
        style = styled[1] if styled else ""
        pieces.append(piece if styled else piece + _RESET)
    if style:
        pieces.append(_RESET)
    return "".join(pieces) + rest


class SparingDriver(LinuxDriver):
    """Textual's driver of a real terminal, which keeps what was written to each row."""

    rows: Rows
    size_seen: tuple[int, int]

    def write(self, data: str) -> None:
        """Write what changes the terminal; after another size all of it."""
        size = shutil.get_terminal_size()
        if getattr(self, "size_seen", None) != size:
            self.size_seen = size
            self.rows = Rows()
        super().write(self.rows.spare(data))
