"""Run a long program and keep talking: a line every few seconds, a bound, and no survivor.

Set-up's children are a compiler of minutes and a download that may hang. Each runs in a session of
its own with a parent-death signal, so that neither Ctrl-C nor ``kill -9`` of set-up leaves one.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

TICK_S = 5.0
"""How often a line is said."""

_DIE_WITH_PARENT = """
import ctypes, os, signal, sys
ctypes.CDLL(None).prctl(1, signal.SIGKILL)
if os.getppid() != int(sys.argv[1]):
    os._exit(1)
try:
    os.execvp(sys.argv[2], sys.argv[2:])
except OSError as error:
    print(error, flush=True)
    os._exit(127)
"""


@dataclass
class Result:
    """How it ended: exit code (None: killed by a bound), the last lines, and seconds it took."""

    code: int | None
    tail: list[str] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def reason(self) -> str:
        """The last line worth reading, for a person."""
        lines = [line for line in self.tail if line.strip()]
        return lines[-1].strip() if lines else f"exit {self.code}"


@dataclass(frozen=True)
class Bounds:
    """Seconds in all, and seconds without growth of ``folder`` (bytes) before it counts as hung."""

    total_s: float
    stall_s: float | None = None
    folder: Path | None = None


def run(
    command: Sequence[str],
    *,
    environ: Mapping[str, str],
    cwd: Path,
    bounds: Bounds,
    tick: Callable[[float], None],
    line: Callable[[str], None] | None = None,
    every_s: float | None = None,
) -> Result:
    """Run ``command``; call ``tick(elapsed)`` at once and then every ``every_s`` seconds (TICK_S).

    ``line`` gets each line of output as it comes, on a thread of its own. Never raises for what
    the program does; a program that is not there ends with code 127.
    """
    started = time.monotonic()
    tail: deque[str] = deque(maxlen=30)
    process = subprocess.Popen(
        [sys.executable, "-c", _DIE_WITH_PARENT, str(os.getpid()), *command],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        env=dict(environ),
        cwd=cwd,
        start_new_session=True,
    )
    reader = threading.Thread(target=_drain, args=(process, tail, line), daemon=True)
    reader.start()
    try:
        code = _await(process, started, bounds, tick, every_s or TICK_S)
    finally:
        end_group(process)
        reader.join(2.0)
        if process.stdout is not None and not reader.is_alive():
            process.stdout.close()
    return Result(code, list(tail), time.monotonic() - started)


def _drain(
    process: subprocess.Popen[str], tail: deque[str], line: Callable[[str], None] | None
) -> None:
    for text in process.stdout or ():
        tail.append(text.rstrip("\n"))
        if line is not None:
            line(text.rstrip("\n"))


def _await(
    process: subprocess.Popen[str],
    started: float,
    bounds: Bounds,
    tick: Callable[[float], None],
    every_s: float,
) -> int | None:
    said, grown, size = float("-inf"), started, -1
    while True:
        now = time.monotonic()
        if now - said >= every_s:
            tick(now - started)
            said = now
        try:
            return process.wait(0.1)
        except subprocess.TimeoutExpired:
            pass
        if bounds.stall_s is not None and bounds.folder is not None:
            if (current := size_of(bounds.folder)) != size:
                size, grown = current, now
            if now - grown > bounds.stall_s:
                return None
        if now - started > bounds.total_s:
            return None


def end_group(process: subprocess.Popen[str]) -> None:
    """Kill whatever is left of the session that ``run`` made, and reap the leader."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def size_of(folder: Path) -> int:
    """Bytes of the files below ``folder``; files that vanish meanwhile count nothing."""
    total = 0
    for parent, _, names in os.walk(folder):
        for name in names:
            with contextlib.suppress(OSError):
                total += os.lstat(os.path.join(parent, name)).st_size
    return total


def remove_tree(folder: Path, patience_s: float = 5.0) -> None:
    """Remove a folder that may be read-only in parts and may still be written by a dying process.

    Go's module cache has read-only folders. Raises OSError when it is still there in the end.
    """
    until = time.monotonic() + patience_s
    while folder.exists():
        for parent, _, _ in os.walk(folder):
            with contextlib.suppress(OSError):
                os.chmod(parent, 0o700)
        shutil.rmtree(folder, ignore_errors=True)
        if not folder.exists():
            return
        if time.monotonic() > until:
            raise OSError(f"cannot remove {folder}")
        time.sleep(0.2)
