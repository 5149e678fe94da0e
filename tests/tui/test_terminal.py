"""The installed program in real terminals: tmux at 80x24, and bare ptys that are taken away."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import shutil
import signal
import struct
import subprocess
import termios
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from fleet.model.exitcodes import ExitCode
from tests.support.line import EXAMPLE, FLEET

pytestmark = pytest.mark.e2e
WAIT_S = 40.0


@pytest.fixture
def city(tmp_path: Path) -> Path:
    """The example, without a state folder."""
    folder = tmp_path / "tongling"
    shutil.copytree(EXAMPLE, folder, ignore=shutil.ignore_patterns(".fleet"))
    return folder


def environment() -> dict[str, str]:
    """A terminal of 256 colours, UTF-8, English."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("FLEET_", "LC_", "LANG"))}
    return {**kept, "LC_ALL": "C.UTF-8", "TERM": "xterm-256color"}


def until(fits: Callable[[], bool], what: str) -> None:
    """Wait until something holds, or say what did not."""
    end = time.monotonic() + WAIT_S
    while not fits():
        assert time.monotonic() < end, what
        time.sleep(0.05)


class Tmux:
    """One tmux server of our own with one pane."""

    def __init__(self, folder: Path, command: str) -> None:
        self.socket = folder / "tmux"
        self.run("new-session", "-d", "-x", "80", "-y", "24", command)

    def run(self, *words: str) -> str:
        """A tmux command."""
        done = subprocess.run(
            ["tmux", "-f", "/dev/null", "-S", str(self.socket), *words],
            capture_output=True,
            text=True,
            env=environment(),
            timeout=20,
            check=False,
        )
        return done.stdout

    def screen(self) -> str:
        """What is seen."""
        return self.run("capture-pane", "-p")

    def sees(self, *words: str) -> None:
        """Wait until all of these are seen."""
        until(lambda: all(w in self.screen() for w in words), f"{words} in:\n{self.screen()}")


@pytest.fixture
def tmux(city: Path, tmp_path: Path) -> Iterator[Tmux]:
    """`fleet watch` in tmux, with its exit code in a file and the shell's prompt after it."""
    command = f"{FLEET} -C {city} watch 2>{tmp_path}/err; echo LEFT $? >{tmp_path}/left; sleep 60"
    terminal = Tmux(tmp_path, command)
    try:
        yield terminal
    finally:
        terminal.run("kill-server")


def test_a_walk_through_the_screens_in_tmux(tmux: Tmux, city: Path, tmp_path: Path) -> None:
    """80x24 with stderr elsewhere: in, out, resize, language, filter, q; 0 and nothing left."""
    tmux.sees("overview: 3 compounds, 44 devices", "Cuihu No. 1", "莲湖新村", "W1", "q quit")
    assert sum(bool(line.strip()) for line in tmux.screen().splitlines()) >= 12
    tmux.run("send-keys", "Down")
    tmux.run("send-keys", "Enter")
    tmux.sees("五松花园 (wusong)", "wusong-gate-01", "gates")
    tmux.run("send-keys", "Enter")
    tmux.sees("access_ports", "wusong.yaml:", "never read")
    tmux.run("resize-window", "-x", "120", "-y", "36")
    tmux.sees("desired", "340705-tongguan/wusong.yaml:")
    until(lambda: len(tmux.screen().splitlines()) == 36, "36 lines")
    tmux.run("resize-window", "-x", "80", "-y", "24")
    tmux.run("send-keys", "L")
    tmux.sees("期望", "从未读取")
    tmux.run("send-keys", "Escape")
    tmux.sees("单元门")
    tmux.run("send-keys", "Escape")
    tmux.sees("总览")
    tmux.run("send-keys", "/")
    tmux.run("send-keys", "lhxc")
    tmux.run("send-keys", "Enter")
    tmux.sees("/lhxc", "莲湖新村")
    tmux.run("send-keys", "q")
    until((tmp_path / "left").exists, "it did not leave")
    assert (tmp_path / "left").read_text() == "LEFT 0\n"
    assert (tmp_path / "err").read_text() == ""
    assert not (city / ".fleet").exists()


class Pty:
    """The program in a bare pty of which we are the terminal."""

    def __init__(self, city: Path, *more: str) -> None:
        self.master, slave = pty.openpty()
        self.before = termios.tcgetattr(slave)
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        self.slave = slave
        self.seen = b""
        self.child = subprocess.Popen(
            [str(FLEET), "-C", str(city), "watch", *more],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env=environment(),
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),  # noqa: PLW1509 - one thread
        )

    def pump(self) -> None:
        """Read what there is."""
        while select.select([self.master], [], [], 0.05)[0]:
            try:
                self.seen += os.read(self.master, 65536)
            except OSError:
                return

    def sees(self, wanted: bytes) -> None:
        """Wait for some output."""

        def there() -> bool:
            self.pump()
            return wanted in self.seen

        until(there, f"{wanted!r} was not drawn")

    def ends(self) -> int:
        """Its exit code, once it has ended."""

        def gone() -> bool:
            self.pump()
            return self.child.poll() is not None

        until(gone, "it did not end")
        return self.child.returncode

    def restored(self) -> bool:
        """Whether the terminal is as it was: modes, main screen, cursor, no mouse."""
        self.pump()
        after = termios.tcgetattr(self.slave)
        tail = self.seen[self.seen.rfind(b"\x1b[?1049h") :]
        return (
            after[:4] == self.before[:4]
            and b"\x1b[?1049l" in tail
            and tail.rfind(b"\x1b[?25h") > tail.rfind(b"\x1b[?25l")
            and b"\x1b[?1000l" in tail
        )


@pytest.fixture
def terminal(city: Path) -> Iterator[Pty]:
    """A running program; ended at the end, whatever happened."""
    opened = Pty(city)
    try:
        opened.sees("五松花园".encode())
        yield opened
    finally:
        if opened.child.poll() is None:
            opened.child.kill()
        opened.child.wait()
        for fd in (opened.master, opened.slave):
            if fd >= 0:
                os.close(fd)


@pytest.mark.parametrize(
    ("how", "code"),
    [
        ("q", ExitCode.OK),
        ("\x03", ExitCode.INTERRUPTED),
        (signal.SIGINT, ExitCode.INTERRUPTED),
        (signal.SIGTERM, ExitCode.TERMINATED),
    ],
)
def test_however_it_ends_the_terminal_is_as_it_was(
    terminal: Pty, how: str | signal.Signals, code: ExitCode
) -> None:
    """By key, by Ctrl-C, by signal: the contract's code and a usable shell."""
    if isinstance(how, str):
        os.write(terminal.master, how.encode())
    else:
        terminal.child.send_signal(how)
    assert terminal.ends() == code
    assert terminal.restored()


def test_a_terminal_that_is_closed_ends_it(terminal: Pty) -> None:
    """No process is left behind that nobody sees."""
    os.close(terminal.slave)
    os.close(terminal.master)
    terminal.slave = terminal.master = -1
    assert terminal.child.wait(WAIT_S) != 0
