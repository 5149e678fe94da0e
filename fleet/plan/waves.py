"""Compounds into waves: the canary by itself, then the rest in the inventory's order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from fleet.model.fleet import RolloutLimits
from fleet.model.plan import Wave


def waves(compounds: Sequence[str], sizes: Mapping[str, int], limits: RolloutLimits) -> list[Wave]:
    """Order compounds that have work into waves.

    Args:
        compounds: ids with work, in the inventory's order.
        sizes: number of devices under change a compound; the smallest is the canary if none of
            the named one has work.
        limits: names the canary and the size of the waves after it.
    """
    if not compounds:
        return []
    canary = limits.canary
    if canary is None or canary not in compounds:
        canary = min(compounds, key=lambda c: (sizes[c], compounds.index(c)))
    rest = [c for c in compounds if c != canary]
    groups = [rest[i : i + limits.wave_size] for i in range(0, len(rest), limits.wave_size)]
    return [
        Wave(number=n, compounds=tuple(group))
        for n, group in enumerate([[canary], *groups], start=1)
        if group
    ]


def in_flight_max(limits: RolloutLimits, failed: int) -> int:
    """How many devices may be under change at once after `failed` failures in this wave.

    Without `in_flight` the threshold cannot be overshot: even if all of them fail, at most
    `tolerated_failures + 1` have. Never below 0; 0 means that the threshold is passed.
    """
    left = limits.tolerated_failures + 1 - failed
    if left <= 0:
        return 0
    return limits.in_flight if limits.in_flight is not None else left


def overshoot_max(limits: RolloutLimits) -> int:
    """How many failures past the threshold the declared `in_flight` accepts; shown in the plan."""
    if limits.in_flight is None:
        return 0
    return max(0, limits.in_flight - 1)


def waits_for_approval(limits: RolloutLimits, number: int) -> bool:
    """Whether somebody must approve a wave before it begins; the canary never waits."""
    if limits.approve == "every_wave":
        return number > 1
    return limits.approve == "after_canary" and number == 2
