"""What is seen before the screens: at once, with the seconds that pass, gone without a trace."""

from __future__ import annotations

import io
import os
import pty
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from fleet_tui import opening
from fleet_tui.opening import Opening

ENTER, LEAVE = "\x1b[?1049h", "\x1b[?1049l"


class Screen(io.StringIO):
    """A terminal that remembers; `drawn` is set by each flush."""

    def __init__(self, terminal: bool = True) -> None:
        super().__init__()
        self.terminal = terminal
        self.drawn = threading.Semaphore(0)

    def isatty(self) -> bool:
        """Whether it is one."""
        return self.terminal

    def flush(self) -> None:
        """A frame is whole."""
        self.drawn.release()


@pytest.mark.parametrize(
    ("lang", "words"), [("en", "reading the inventory"), ("zh", "正在读取清单")]
)
def test_it_names_the_city_and_what_is_done_at_once(lang: str, words: str) -> None:
    """Goal: the first frame is there when the context is entered, in the reader's language."""
    screen = Screen()
    with Opening(lang, "inventories/tongling", screen):
        seen = screen.getvalue()
        assert seen.startswith(ENTER)
        assert "inventories/tongling" in seen
        assert words in seen
        assert LEAVE not in seen
    assert screen.getvalue().endswith(LEAVE)


def test_the_seconds_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Goal: a city that takes long to read is not taken for one that hangs."""
    passed = iter([0.0, 0.0, *(float(n) for n in range(4, 400))])
    monkeypatch.setattr(opening, "BEAT_S", 0.001)
    monkeypatch.setattr(opening.time, "monotonic", lambda: next(passed))
    screen = Screen()
    with Opening("en", "x", screen):
        for _ in range(3):
            assert screen.drawn.acquire(timeout=10)
    assert "... 4 s" in screen.getvalue()
    assert "... 5 s" in screen.getvalue()


def test_nothing_is_drawn_where_there_is_no_terminal() -> None:
    """Goal: a pipe gets data or nothing, never escape sequences."""
    screen = Screen(terminal=False)
    with Opening("en", "x", screen):
        assert screen.getvalue() == ""
    assert screen.getvalue() == ""


def test_a_name_cannot_drive_the_terminal() -> None:
    """Goal: a folder called like an escape sequence is shown, not obeyed."""
    screen = Screen()
    with Opening("en", "a\x1b[31mb", screen):
        assert "a?[31mb" in screen.getvalue()


def test_after_handing_over_the_terminal_is_left_alone() -> None:
    """Goal: the screens give it back themselves; twice would show the shell amid them."""
    screen = Screen()
    with Opening("en", "x", screen) as first:
        first.hand_over()
        before = screen.getvalue()
        time.sleep(0.01)
    assert screen.getvalue() == before
    assert LEAVE not in before


def test_closing_twice_leaves_once() -> None:
    """Goal: an error closes it early, and the context once more."""
    screen = Screen()
    with Opening("en", "x", screen) as first:
        first.close()
    assert screen.getvalue().count(LEAVE) == 1


def test_a_fault_while_opening_gives_the_terminal_back() -> None:
    """Goal: a traceback is never written into a screen that then vanishes."""
    screen = Screen()
    with pytest.raises(ValueError, match="unreadable"), Opening("en", "x", screen):
        raise ValueError("unreadable")
    assert screen.getvalue().endswith(LEAVE)


def test_a_signal_amid_the_first_frame_gives_the_terminal_back() -> None:
    """Symptom: Ctrl-C before the context was entered left the other screen behind."""

    class Struck(Screen):
        def flush(self) -> None:
            if LEAVE not in self.getvalue():
                raise KeyboardInterrupt

    screen = Struck()
    with pytest.raises(KeyboardInterrupt), Opening("en", "x", screen):
        pass
    assert screen.getvalue().endswith(LEAVE)


def started(city: Path) -> tuple[subprocess.Popen[bytes], int]:
    """The screens' program on a pty of its own."""
    master, slave = pty.openpty()
    child = subprocess.Popen(
        [sys.executable, "-m", "fleet_tui", "--city", str(city)],
        stdin=slave,
        stdout=slave,
        stderr=slave,
        start_new_session=True,
    )
    os.close(slave)
    return child, master


def all_of(master: int) -> bytes:
    """Everything until the other end is closed."""
    seen = b""
    while True:
        try:
            part = os.read(master, 65536)
        except OSError:
            return seen
        if not part:
            return seen
        seen += part


def test_a_city_that_cannot_be_used_is_told_on_the_real_screen(tmp_path: Path) -> None:
    """Goal: the complaint stands after the terminal was given back, with the contract's code."""
    child, master = started(tmp_path / "absent")
    seen = all_of(master).decode()
    assert child.wait(20) == 3
    assert seen.startswith(ENTER)
    assert "error:" in seen.partition(LEAVE)[2]
    os.close(master)


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_while_opening_left_the_terminal_in_its_other_screen(
    tmp_path: Path, number: signal.Signals, code: int
) -> None:
    """Goal: Ctrl-C and kill end it with their codes, and the shell's screen is back."""
    child, master = started(tmp_path)
    seen = b""
    while b"\x1b[?2026l" not in seen:
        seen += os.read(master, 65536)
    child.send_signal(number)
    seen += all_of(master)
    # It may have found by then that there is no city.
    assert child.wait(20) in (code, 3)
    assert seen.decode().count(ENTER) == seen.decode().count(LEAVE) == 1
    assert b"Traceback" not in seen
    os.close(master)
