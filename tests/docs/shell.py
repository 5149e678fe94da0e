"""A reader's shell: each command in a bash of its own, with folder and variables kept between."""

from __future__ import annotations

import os
import pty
import re
import select
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.docs.pages import Typed

ENOUGH_S = 120.0
_ANSI = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07]*\x07|[@-_])")


@dataclass
class Ended:
    """How a command ended, and both streams as they came."""

    code: int
    said: str


class Shell:
    """Runs commands one after the other from `folder`; `state` keeps what a shell would."""

    def __init__(self, folder: Path, state: Path, environment: Mapping[str, str]) -> None:
        self._state = state
        self._environment = dict(environment)
        state.mkdir()
        (state / "folder").write_text(f"{folder}\n", "utf-8")
        (state / "variables").write_text("", "utf-8")

    def run(self, command: str, typed: Sequence[Typed] = ()) -> Ended:
        """Run a command to its end; on a terminal of its own where something is to be typed."""
        folder, variables = f"'{self._state}/folder'", f"'{self._state}/variables'"
        script = (
            f'set -a; . {variables}; cd "$(cat {folder})" || exit 99\n'
            f"{command}\ncode=$?\n"
            f"pwd > {folder}; export -p > {variables}; exit $code\n"
        )
        argv = ["bash", "-c", script]
        return self._on_terminal(argv, typed) if typed else self._plainly(argv)

    def _plainly(self, argv: list[str]) -> Ended:
        process = subprocess.Popen(
            argv,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            said = process.communicate(timeout=ENOUGH_S)[0]
        except subprocess.TimeoutExpired:
            # Also what it left in the background, which holds the pipe.
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
            raise
        return Ended(process.returncode, said.decode("utf-8", "replace"))

    def _on_terminal(self, argv: list[str], typed: Sequence[Typed]) -> Ended:
        ours, theirs = pty.openpty()
        process = subprocess.Popen(
            ["setsid", "--ctty", "--wait", *argv],
            env={**self._environment, "TERM": "xterm-256color"},
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
        )
        os.close(theirs)
        try:
            said = _talk(ours, typed)
        finally:
            if process.poll() is None and not _ends(process):
                os.killpg(process.pid, signal.SIGKILL)
            code = process.wait()
            os.close(ours)
        return Ended(code, said)


def _ends(process: subprocess.Popen[bytes]) -> bool:
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        return False
    return True


def _talk(terminal: int, typed: Sequence[Typed]) -> str:
    """Read a terminal to its end and type what is to be typed, each once, in order."""
    said, left, until = b"", list(typed), time.monotonic() + ENOUGH_S
    while time.monotonic() < until:
        if select.select([terminal], [], [], 0.2)[0]:
            try:
                got = os.read(terminal, 65536)
            except OSError:
                break  # the last process has closed the terminal (EIO)
            said += got
        for rule in left:
            if rule.words in plain(said):
                os.write(terminal, rule.keys.encode())
                left.remove(rule)
                break
    return plain(said)


def plain(said: bytes) -> str:
    """What a terminal shows, without its controls."""
    return _ANSI.sub("", said.decode("utf-8", "replace")).replace("\r\n", "\n").replace("\r", "\n")
