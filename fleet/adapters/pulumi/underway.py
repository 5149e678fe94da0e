"""Calls of the engine that are under way in this process, and how another thread ends them.

A call blocks its thread until the engine has ended, and a program cannot end before its threads
have. Whoever is told to stop at once therefore ends the engine, and the blocked thread with it.
"""

from __future__ import annotations

import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from fleet.model.errors import EngineError
from fleet.model.text import text

# A create takes about two seconds: most are ended and recorded by the engine itself within this.
_STOP_GRACE_S = 3.0
# After its engine is gone a call still closes the SDK's servers (5 s) and ends a provider (3 s).
_OVER_WAIT_S = 60.0


class UnderWay:
    """One call; `stopped` says that somebody has ended it, `over` that its thread is through."""

    def __init__(self, stack: str) -> None:
        self.stack = stack
        self.stopped = threading.Event()
        self.over = threading.Event()
        self._lock = threading.Lock()
        self._process: subprocess.Popen[str] | None = None

    def start(self, popen: Callable[[], subprocess.Popen[str]]) -> subprocess.Popen[str]:
        """Start one command of the engine.

        Raises:
            EngineError: the call was stopped, so no further command of it may start.
        """
        with self._lock:
            if self.stopped.is_set():
                raise was_stopped(self.stack)
            self._process = popen()
            return self._process

    def interrupt(self) -> subprocess.Popen[str] | None:
        """Let no further command start, and ask the running one to stop; returns it."""
        with self._lock:
            self.stopped.set()
            process = self._process
        if process is not None:
            process.send_signal(signal.SIGINT)
        return process


class CallsUnderWay:
    """All calls of one engine adapter, each on a thread of its own."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._calls: set[UnderWay] = set()

    @contextmanager
    def calling(self, stack: str) -> Iterator[UnderWay]:
        """Know of a call while it lasts."""
        call = UnderWay(stack)
        with self._lock:
            self._calls.add(call)
        try:
            yield call
        finally:
            with self._lock:
                self._calls.discard(call)
            call.over.set()

    def stop(self) -> None:
        """End what is under way; returns when every such call is over.

        Raises:
            EngineError: a call does not end.
        """
        with self._lock:
            calls = tuple(self._calls)
        asked = [call.interrupt() for call in calls]
        deadline = time.monotonic() + _STOP_GRACE_S
        for process in asked:
            if process is not None:
                end_by(process, deadline)
        for call in calls:
            if not call.over.wait(_OVER_WAIT_S):
                raise EngineError(
                    text(
                        "the engine's call for {s} does not end",
                        "引擎对 {s} 的调用无法结束",
                        s=call.stack,
                    )
                )


def end_by(process: subprocess.Popen[str], deadline: float) -> None:
    """Wait for an engine that was asked to stop; KILL it at `deadline` (time.monotonic())."""
    try:
        process.wait(max(0.0, deadline - time.monotonic()))
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def was_stopped(stack: str) -> EngineError:
    """What a call ends with that somebody has stopped."""
    return EngineError(
        text(
            "the engine was stopped amid its work on {s}",
            "引擎在处理 {s} 时被停止",
            s=stack,
        ),
        text(
            "fleet stacks recover says what was pending",
            "fleet stacks recover 可显示未完成的操作",
        ),
    )
