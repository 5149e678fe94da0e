"""The provider ends when its engine ends, at once and however the engine ended.

An orphaned provider was seen to go on for 8 s. The parent-death signal is of no use under a Go
program (it fires when the thread that forked ends, and Go ends threads); a pidfd says when the
process itself is gone (pidfd_open(2)).
"""

from __future__ import annotations

import os
import select
import threading

EXIT_ORPHANED = 3


def end_with(parent: int) -> threading.Thread:
    """End this process as soon as process `parent` is gone; returns the watching thread.

    `parent` is what os.getppid() said at start: a changed parent means that it is gone already.
    """
    try:
        fd = os.pidfd_open(parent)
    except ProcessLookupError:
        os._exit(EXIT_ORPHANED)
    if os.getppid() != parent:
        os._exit(EXIT_ORPHANED)
    thread = threading.Thread(target=_watch, args=(fd,), name="engine-watch", daemon=True)
    thread.start()
    return thread


def _watch(fd: int) -> None:
    poll = select.poll()
    poll.register(fd, select.POLLIN)
    poll.poll()
    # Not sys.exit: a create in flight on another thread must not be waited for. It is safe to
    # repeat, and the engine that would have recorded it is gone.
    os._exit(EXIT_ORPHANED)
