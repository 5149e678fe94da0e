"""What was refused lately and why: the first thing that somebody asks for when a link is down.

Bounded, because anybody can be refused: past `REFUSALS_MAX` the one that is longest ago goes. In
memory only; after a restart recorders try again within seconds and are refused again.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable

from fleet.model.registrar import Refusal, RefusalReason

REFUSALS_MAX = 512


class Refusals:
    """Counts refusals by id, source address and reason; `clock` in seconds, never back."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._seen: OrderedDict[tuple[str, str, RefusalReason], tuple[int, float]] = OrderedDict()

    def note(self, gb_id: str, source: tuple[str, int], reason: RefusalReason) -> None:
        """Somebody was refused."""
        key = (gb_id, source[0], reason)
        times, _ = self._seen.pop(key, (0, 0.0))
        self._seen[key] = (times + 1, self._clock())
        while len(self._seen) > REFUSALS_MAX:
            self._seen.popitem(last=False)

    def forget(self, gb_id: str) -> None:
        """This id is registered: what was refused before is over."""
        for key in [k for k in self._seen if k[0] == gb_id]:
            del self._seen[key]

    def views(self) -> list[Refusal]:
        """All of them, the newest first."""
        now = self._clock()
        return [
            Refusal(gb_id=i, source=s, reason=r, times=times, age_s=max(0.0, now - at))
            for (i, s, r), (times, at) in reversed(self._seen.items())
        ]
