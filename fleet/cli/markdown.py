"""Markdown that foreign words cannot break out of, within a budget of bytes.

Names come from files and values from devices: both are put into code spans, where no host reads
HTML, links, mentions or emphasis. A span ends at a backtick alone, so a backtick is written as its
code, as are line breaks and everything invisible. In a table so is a pipe: cells are split before
spans are read, and hosts differ over what a backslash before a pipe means.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from fleet.cli.render import visible

# The smallest comment that a code host takes is 32,768 bytes (Bitbucket); others take more.
BYTES_MAX = 31_500


def code(words: str, most: int = 80) -> str:
    """Foreign words as one code span of at most `most` characters; never empty."""
    shown = visible(words).replace("`", "\\u0060")
    if len(shown) > most:
        shown = shown[: most - 1] + "…"
    return f"`{shown}`" if shown.strip() else "`\u2013`"


def row(*cells: str) -> str:
    """One line of a table."""
    return "| " + " | ".join(cell.replace("|", "\\u007c") for cell in cells) + " |"


@dataclass
class Page:
    """Lines of a comment; a block that does not fit any more is refused and counted by the caller.

    `reserved` bytes are kept for the last lines, which say what was left out.
    """

    reserved: int = 1_200
    lines: list[str] = field(default_factory=list)
    used: int = 0

    def add(self, lines: Iterable[str]) -> bool:
        """Take a block whole or not at all."""
        block = list(lines)
        size = sum(len(line.encode()) + 1 for line in block)
        if self.used + size > BYTES_MAX - self.reserved:
            return False
        self.lines += block
        self.used += size
        return True

    def end(self, block: Iterable[str]) -> str:
        """The whole page with its last lines."""
        return "\n".join([*self.lines, *block])
