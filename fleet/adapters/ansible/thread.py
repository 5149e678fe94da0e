"""One thread that lives as long as the process, for everything that starts a playbook.

The parent-death signal fires when the *thread* that forked ends (prctl(2)), so the thread of an
executor that shrinks or closes would kill the tree it started. A daemon thread ends only with the
process, which is exactly when the tree shall die.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Generic, TypeVar

T = TypeVar("T")


class LongLivedThread(Generic[T]):
    """Runs submitted calls one after the other; started by the first one, never ended."""

    def __init__(self, name: str) -> None:
        self._calls: queue.SimpleQueue[tuple[Future[T], Callable[[], T]]] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._work, name=name, daemon=True)
        self._starting = threading.Lock()

    def submit(self, call: Callable[[], T]) -> Future[T]:
        """Run `call` when those before it are done; the future holds its result or error."""
        future: Future[T] = Future()
        self._calls.put((future, call))
        with self._starting:
            if not self._thread.is_alive():
                self._thread.start()
        return future

    def _work(self) -> None:
        while True:
            future, call = self._calls.get()
            # Not cancellable once taken: what a call started, the call itself must end.
            if future.set_running_or_notify_cancel():
                self._run(future, call)

    @staticmethod
    def _run(future: Future[T], call: Callable[[], T]) -> None:
        try:
            result = call()
        except BaseException as error:
            # Handed over, not swallowed: whoever waits for the future raises it.
            future.set_exception(error)
        else:
            future.set_result(result)
