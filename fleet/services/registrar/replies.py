"""Answers already given, so that a retransmitted request is answered again and not executed again.

UDP loses and repeats (RFC 3261, 17.2.2): the same request from the same source gets the same bytes
for 32 s, and none while the first copy is still being worked on.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Literal

from fleet.protocols.sip import Request, via_param

KEEP_S = 32.0
REPLIES_MAX = 4096

Source = tuple[str, int]
Key = tuple[str, ...]


def key_of(request: Request, source: Source) -> Key:
    """What makes two requests copies of one (RFC 3261, 17.2.3).

    The login belongs to it, since there are devices that keep branch and CSeq when they answer a
    challenge.

    Raises:
        SipError: the request lacks what identifies it.
    """
    branch = via_param(request.need("via"), "branch") or ""
    number, method = request.cseq
    login = request.get("authorization") or ""
    call = request.need("call-id")
    return (source[0], str(source[1]), branch, call, str(number), method, login)


class Replies:
    """Bounded in number and time; `clock` in seconds."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._kept: OrderedDict[Key, tuple[float, bytes | None]] = OrderedDict()

    def begin(self, key: Key) -> bytes | Literal["new", "pending"]:
        """The earlier answer, "pending" while it is being made, or "new" for a first copy."""
        self._forget_old()
        found = self._kept.get(key)
        if found is None:
            self._kept[key] = (self._clock(), None)
            return "new"
        return "pending" if found[1] is None else found[1]

    def finish(self, key: Key, answer: bytes) -> None:
        """Keep the answer."""
        self._kept[key] = (self._clock(), answer)
        self._kept.move_to_end(key)

    def _forget_old(self) -> None:
        limit = self._clock() - KEEP_S
        while self._kept and (
            len(self._kept) >= REPLIES_MAX or next(iter(self._kept.values()))[0] < limit
        ):
            self._kept.popitem(last=False)
