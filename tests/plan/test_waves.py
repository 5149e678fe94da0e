"""Waves: the canary alone, then the rest in order; and how many devices may be under change."""

from __future__ import annotations

import pytest

from fleet.model.fleet import RolloutLimits
from fleet.plan.waves import in_flight_max, overshoot_max, waves


def groups(
    compounds: list[str], limits: RolloutLimits, **sizes: int
) -> list[tuple[int, tuple[str, ...]]]:
    """Waves as `(number, compounds)`; a compound has one device unless told."""
    all_sizes = dict.fromkeys(compounds, 1) | sizes
    return [(w.number, w.compounds) for w in waves(compounds, all_sizes, limits)]


def test_nothing_to_do_has_no_wave() -> None:
    """No compound with work: no wave, not an empty one."""
    assert groups([], RolloutLimits()) == []


def test_the_named_canary_goes_first_and_alone() -> None:
    """The others keep the inventory's order."""
    assert groups(["a", "b", "c"], RolloutLimits(canary="c")) == [(1, ("c",)), (2, ("a", "b"))]


def test_a_canary_without_work_leaves_it_to_the_smallest() -> None:
    """The smallest compound that has work takes its place."""
    assert groups(["a", "b", "c"], RolloutLimits(canary="z"), a=5, b=2, c=3)[0] == (1, ("b",))


def test_of_two_smallest_the_first_is_the_canary() -> None:
    """The same inventory always gives the same waves."""
    assert groups(["a", "b"], RolloutLimits(), a=2, b=2)[0] == (1, ("a",))


@pytest.mark.parametrize(
    ("size", "wanted"), [(1, [1, 1, 1, 1, 1]), (2, [1, 2, 2]), (3, [1, 3, 1]), (10, [1, 4])]
)
def test_waves_after_the_canary_have_the_declared_size(size: int, wanted: list[int]) -> None:
    """The last wave takes what is left; numbers count from 1."""
    found = groups(list("abcde"), RolloutLimits(wave_size=size))

    assert [len(c) for _, c in found] == wanted
    assert [n for n, _ in found] == list(range(1, len(wanted) + 1))


def test_one_compound_is_its_own_canary() -> None:
    """No second, empty wave."""
    assert groups(["a"], RolloutLimits(canary="a")) == [(1, ("a",))]


@pytest.mark.parametrize(("failed", "allowed"), [(0, 3), (1, 2), (2, 1), (3, 0), (9, 0)])
def test_each_failure_takes_one_away(failed: int, allowed: int) -> None:
    """With two tolerated failures: tolerated + 1 - failed, never below 0."""
    assert in_flight_max(RolloutLimits(tolerated_failures=2), failed) == allowed


def test_a_declared_in_flight_holds_until_the_threshold_is_passed() -> None:
    """A larger number is allowed up to the threshold, and nothing after it."""
    limits = RolloutLimits(tolerated_failures=1, in_flight=8)

    assert [in_flight_max(limits, n) for n in range(4)] == [8, 8, 0, 0]


@pytest.mark.parametrize(("in_flight", "over"), [(None, 0), (1, 0), (8, 7)])
def test_the_accepted_overshoot_is_told(in_flight: int | None, over: int) -> None:
    """When the last tolerated failure is reached, in_flight - 1 others may be under change."""
    assert overshoot_max(RolloutLimits(in_flight=in_flight)) == over
