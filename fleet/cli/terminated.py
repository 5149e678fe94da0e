"""TERM outside of an event loop: it unwinds like Ctrl-C, and ends with its own exit code.

While a loop runs its handlers count (`fleet.cli.running`). Between two of them, and in verbs that
have none, the default would end the process amid what it holds, and with no code of the contract.
"""

from __future__ import annotations

import signal
from types import FrameType


class Terminated(KeyboardInterrupt):
    """TERM was heard; whoever cleans up after a Ctrl-C cleans up after this too."""


def hear_term() -> None:
    """Have TERM raise `Terminated` in the main thread, unless it is ignored."""
    if signal.getsignal(signal.SIGTERM) is not signal.SIG_IGN:
        signal.signal(signal.SIGTERM, _hear)


def was_terminated(error: BaseException) -> bool:
    """Whether an interruption, as it is or as Click passes it on, was a TERM."""
    return isinstance(error, Terminated) or isinstance(error.__cause__, Terminated)


def _hear(_number: int, _frame: FrameType | None) -> None:
    raise Terminated
