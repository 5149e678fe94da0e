"""What the terminal shows while the screens are still on their way: drawn before they are imported.

A city of a thousand compounds takes seconds to read, and the libraries of the screens a good part
of one. Nobody should look at a dead terminal for so long, so this room imports nothing of either,
the product's own texts included.
"""

from __future__ import annotations

import sys
import threading
import time
from types import TracebackType
from typing import TextIO

BEAT_S = 0.5
_ENTER, _LEAVE = "\x1b[?1049h\x1b[?25l", "\x1b[?25h\x1b[?1049l"
# Synchronized output: the frame appears as a whole where the terminal knows it (mode 2026).
_BEGIN, _END = "\x1b[?2026h", "\x1b[?2026l"
_WORDS = {
    "en": ("reading the inventory", "Ctrl-C leaves"),
    "zh": ("正在读取清单", "Ctrl-C 退出"),
}


class Opening:
    """A first frame with the seconds that have passed; a context that gives the terminal back.

    Args:
        lang: "zh" or "en".
        city: what is opened, as it is shown.
        out: where to draw; nothing is drawn where this is no terminal.
    """

    def __init__(self, lang: str, city: str, out: TextIO | None = None) -> None:
        self._what, self._way_out = _WORDS[lang]
        self._city = "".join(c if c.isprintable() else "?" for c in city)
        self._out = sys.stdout if out is None else out
        self._began = time.monotonic()
        self._over = threading.Event()
        self._ticker = threading.Thread(target=self._tick, daemon=True)
        self._ours = False

    def __enter__(self) -> Opening:
        if self._out.isatty():
            self._ours = True
            try:
                self._out.write(_ENTER)
                self._draw()
                self._ticker.start()
            except BaseException:
                # A signal already here: the context was not entered, so nobody else gives it back.
                self.close()
                raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Give the terminal back as it was; nothing where that is no longer ours."""
        if self._stop():
            self._out.write(_LEAVE)
            self._out.flush()

    def hand_over(self) -> None:
        """The screens draw from now on; the terminal is given back by them."""
        self._stop()

    def _stop(self) -> bool:
        """Draw no more; whether the terminal was ours until now."""
        self._over.set()
        if self._ticker.ident is not None:
            self._ticker.join()
        ours, self._ours = self._ours, False
        return ours

    def _tick(self) -> None:
        while not self._over.wait(BEAT_S):
            self._draw()

    def _draw(self) -> None:
        passed = int(time.monotonic() - self._began)
        seconds = f" {passed} s" if passed else ""
        lines = (f" fleet  {self._city}", "", f" {self._what} ...{seconds}", f" {self._way_out}")
        placed = "".join(f"\x1b[{n};1H{line}" for n, line in enumerate(lines, 1))
        self._out.write(f"{_BEGIN}{placed}{_END}")
        self._out.flush()
