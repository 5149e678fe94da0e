"""What holds for every test, however the run was started."""

from __future__ import annotations

import signal


def pytest_configure() -> None:
    """Hear Ctrl-C, also in a run that a shell put into the background.

    Such a shell has SIGINT ignored (POSIX, 2.11 "Signals and Error Handling"), every child inherits
    that, and tests that send one would wait for ever.
    """
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
