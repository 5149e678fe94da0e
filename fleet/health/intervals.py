"""Interval keeping: what one device was, from when to when, and when nobody looked.

A look holds until the next one, but no longer than `hold_s` (two polls): past that, everything
since the last look is *unknown*. One rule covers a collector that was killed, stopped or suspended,
a jump of the clock, and a device that was merely left out, because in none of them did anybody
look. Unknown is neither online nor offline, ever.
"""

from __future__ import annotations

from typing import NamedTuple

from fleet.ports.health import HealthState
from fleet.ports.health_store import OpenRow, SpanRow

UNWATCHED = "unwatched"
HOLD_POLLS = 2


class Kept(NamedTuple):
    """What an observation leads to: intervals that are over, and the one that goes on."""

    closed: tuple[SpanRow, ...]
    going: OpenRow


def observe(
    before: OpenRow | None, device: str, at: float, state: HealthState, cause: str, hold_s: float
) -> Kept:
    """Take one look at a device into account.

    `at` earlier than the last look counts as the last look's time: intervals never overlap.
    """
    if before is None:
        return Kept((), OpenRow(device, state, at, cause, at))
    at = max(at, before.seen)
    closed, going = lapse(before, at, hold_s)
    if (going.state, going.cause) == (state, cause):
        return Kept(closed, going._replace(seen=at))
    return Kept((*closed, *_over(going, at)), OpenRow(device, state, at, cause, at))


def lapse(before: OpenRow, now: float, hold_s: float) -> Kept:
    """What has become of an interval by `now` if nobody looked since."""
    if now - before.seen <= hold_s or before.state == "unknown":
        return Kept((), before)
    unknown = before._replace(state="unknown", begin=before.seen, cause=UNWATCHED)
    return Kept(_over(before, before.seen), unknown)


def _over(going: OpenRow, end: float) -> tuple[SpanRow, ...]:
    if end <= going.begin:
        return ()
    return (SpanRow(going.device, going.state, going.begin, end, going.cause),)
