"""The figures, against sums written anew and against worked examples of their sources."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleet.health.rates import (
    DeviceTime,
    clock_offset,
    connectivity,
    device_times,
    mean_repair_time,
    online_rate,
)
from fleet.health.times import stamp
from fleet.ports.health import Connectivity, HealthInterval, HealthState

T0 = 1_800_000_000.0
DAY = 86400.0


def interval(
    state: HealthState, begin: float, end: float | None, device: str = "d"
) -> HealthInterval:
    """An interval by seconds since T0."""
    until = None if end is None else stamp(T0 + end)
    return HealthInterval(device=device, state=state, begin=stamp(T0 + begin), end=until)


def times(*rows: HealthInterval, devices: tuple[str, ...] = ("d",)) -> dict[str, DeviceTime]:
    """Times over one day from T0."""
    return device_times(rows, stamp(T0), stamp(T0 + DAY), devices)


def test_a_days_worked_example() -> None:
    """Goal: 18 h online, 3 h offline, 3 h unwatched: 18/21, and 18/24 to 21/24 as bounds."""
    found = times(
        interval("online", 0, 18 * 3600),
        interval("offline", 18 * 3600, 21 * 3600),
        interval("unknown", 21 * 3600, None),
    )
    rate = online_rate(found)

    assert found["d"].rate == pytest.approx(18 / 21)
    assert rate.rate == pytest.approx(18 / 21)
    assert rate.least == pytest.approx(18 / 24)
    assert rate.most == pytest.approx(21 / 24)
    assert rate.unwatched == ()


def test_the_rate_is_the_mean_over_devices_and_not_of_their_seconds() -> None:
    """Goal: a device that was watched for an hour weighs as much as one watched all day."""
    found = times(
        interval("online", 0, None, "a"),
        interval("offline", 0, 3600, "b"),
        devices=("a", "b"),
    )

    assert online_rate(found).rate == pytest.approx(0.5)


def test_devices_that_nobody_watched_are_named_and_left_out() -> None:
    """Goal: neither online nor offline is assumed of them."""
    found = times(interval("online", 0, None, "a"), devices=("a", "b"))
    rate = online_rate(found)

    assert rate.rate == 1.0
    assert rate.unwatched == ("b",)
    assert (rate.least, rate.most) == (pytest.approx(0.5), pytest.approx(1.0))


def test_no_device_has_no_rate() -> None:
    """Goal: nothing is divided by nothing."""
    rate = online_rate({})

    assert (rate.rate, rate.least, rate.most, rate.devices) == (None, None, None, 0)


@given(
    st.lists(
        st.tuples(st.sampled_from(["online", "offline", "unknown"]), st.integers(1, 20000)),
        max_size=12,
    )
)
def test_the_three_states_add_up_and_the_truth_lies_between_the_bounds(
    parts: list[tuple[HealthState, int]],
) -> None:
    """Goal: for any series of intervals in a day, seconds add up and least ≤ rate ≤ most."""
    at, rows = 0.0, []
    for state, length in parts:
        if at + length > DAY:
            break
        rows.append(interval(state, at, at + length))
        at += length
    found = times(*rows)["d"]
    rate = online_rate({"d": found})

    online = sum(n for s, n in parts[: len(rows)] if s == "online")
    assert found.online_s == pytest.approx(online)
    assert found.online_s + found.offline_s + found.unknown_s == pytest.approx(DAY)
    if rate.rate is not None and rate.least is not None and rate.most is not None:
        assert rate.least - 1e-9 <= rate.rate <= rate.most + 1e-9


def test_connectivity_is_successes_of_tests() -> None:
    """Goal: over all devices together; without a test there is none."""
    counts = [
        Connectivity(device="a", answered=9, tried=10),
        Connectivity(device="b", answered=0, tried=30),
    ]

    assert connectivity(counts) == pytest.approx(9 / 40)
    assert connectivity([]) is None
    assert connectivity([Connectivity(device="a", answered=0, tried=0)]) is None


def test_mean_repair_time_of_seen_repairs() -> None:
    """Goal: two faults of 1 h and 3 h are 2 h; a change of cause does not cut a fault in two."""
    found = mean_repair_time(
        [
            interval("online", 0, 100),
            interval("offline", 100, 1900),
            interval("offline", 1900, 3700),
            interval("online", 3700, 4000),
            interval("offline", 4000, 14800),
            interval("online", 14800, None),
        ]
    )

    assert (found.mean_s, found.faults, found.open_ended) == (pytest.approx(7200.0), 2, 0)


def test_a_repair_that_nobody_saw_is_counted_and_not_timed() -> None:
    """Goal: unknown between offline and online hides when the repair was."""
    found = mean_repair_time(
        [
            interval("offline", 0, 100),
            interval("unknown", 100, 5000),
            interval("online", 5000, 6000),
            interval("unknown", 6000, 7000),
            interval("offline", 7000, 7060),
            interval("online", 7060, None),
        ]
    )

    assert (found.mean_s, found.faults, found.open_ended) == (pytest.approx(60.0), 2, 1)


def test_a_fault_that_still_stands_has_no_repair_time() -> None:
    """Goal: only ended faults count, and unknown alone is no fault."""
    found = mean_repair_time([interval("unknown", 0, 10), interval("offline", 10, None)])

    assert (found.mean_s, found.faults) == (None, 0)


@given(
    st.floats(-1e6, 1e6),
    st.floats(0, 10),
    st.floats(0, 10),
    st.floats(0, 0.999),
)
def test_the_true_offset_is_within_the_stated_error(
    offset: float, there: float, back: float, fraction: float
) -> None:
    """Goal: for any delays on the way, a clock in whole seconds is measured within its error."""
    sent = 1000.0 + fraction
    moment = sent + there + offset
    told = float(int(moment // 1))

    found = clock_offset(sent, sent + there + back, told)

    assert abs(found.offset_s - offset) <= found.error_s + 1e-6
    assert found.error_s == pytest.approx((there + back) / 2 + 0.5)
