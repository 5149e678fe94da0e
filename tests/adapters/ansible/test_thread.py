"""The thread that outlives every run."""

from __future__ import annotations

import threading
from concurrent.futures import CancelledError

import pytest

from fleet.adapters.ansible.thread import LongLivedThread


def test_every_call_is_made_on_the_same_living_thread() -> None:
    """The parent-death signal is about this very thread: it must be one, and still alive."""
    thread: LongLivedThread[threading.Thread] = LongLivedThread("t")

    seen = [thread.submit(threading.current_thread).result(5) for _ in range(3)]

    assert len(set(seen)) == 1
    assert seen[0].is_alive() and seen[0].daemon
    assert seen[0] is not threading.current_thread()


def test_error_reaches_the_waiter_and_the_thread_goes_on() -> None:
    """A failed call is its caller's, not the thread's end."""
    thread: LongLivedThread[int] = LongLivedThread("t")

    with pytest.raises(ZeroDivisionError):
        thread.submit(lambda: 1 // 0).result(5)

    assert thread.submit(lambda: 7).result(5) == 7


def test_cancelled_before_its_turn_a_call_is_never_made() -> None:
    """A queued call can be withdrawn; one that runs cannot."""
    thread: LongLivedThread[object] = LongLivedThread("t")
    gate, made = threading.Event(), threading.Event()
    running = thread.submit(lambda: gate.wait(5))
    queued = thread.submit(made.set)

    assert queued.cancel()
    gate.set()

    assert running.result(5)
    assert not running.cancel()
    with pytest.raises(CancelledError):
        queued.result(5)
    assert thread.submit(lambda: True).result(5)
    assert not made.is_set()


def test_calls_from_many_threads_start_one_worker() -> None:
    """Two first calls at once must not start two threads."""
    thread: LongLivedThread[int] = LongLivedThread("t")
    found: list[int] = []

    def call() -> None:
        found.append(thread.submit(threading.get_ident).result(5))

    callers = [threading.Thread(target=call) for _ in range(8)]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()

    assert len(found) == 8
    assert len(set(found)) == 1
