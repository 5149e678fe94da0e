"""From intervals to seconds, faults and the state at the end, with planned windows taken out."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from fleet.model.report import PlannedWindow
from fleet.ports.health import Alarm, Connectivity, HealthInterval
from fleet.report.facts import Watched
from fleet.report.watching import alarms_of, ms, watched
from tests.report.small import BEGIN, END, district, period, seen

HOUR = 3_600_000
WHOLE = ms(END) - ms(BEGIN)


def one(
    intervals: list[HealthInterval],
    name: str = "a-cam-1",
    windows: tuple[PlannedWindow, ...] = (),
    alarms: tuple[Alarm, ...] = (),
    until: str = END,
) -> Watched:
    """What is said of one device of the small district."""
    place = district(windows)
    facts = alarms_of(place, until, alarms)
    counts = {name: Connectivity(device=name, answered=9, tried=10)}
    found = watched(place, period(), until, intervals, counts, facts)
    assert [w.device for w in found] == ["a-cam-1", "a-cam-2", "a-door", "a-nvr", "b-cam"]
    return next(w for w in found if w.device == name)


def window(begin: str, end: str, *compounds: str) -> PlannedWindow:
    """Planned work on the 1st of November, UTC."""
    day = "2026-11-01T"
    return PlannedWindow(
        begin=f"{day}{begin}:00Z", end=f"{day}{end}:00Z", reason="检修", compounds=compounds
    )


def alarm(subject: str, ended: str | None, *behind: str, compound: str = "alpha") -> Alarm:
    """An alarm that began on the 1st of November."""
    return Alarm(
        id="x1",
        kind="device.offline",
        subject=subject,
        compound=compound,
        begun="2026-11-01T01:00:00Z",
        ended=ended,
        behind=behind,
    )


DAY = [
    seen("a-cam-1", "online", "00:00", "06:00"),
    seen("a-cam-1", "offline", "06:00", "08:00"),
    seen("a-cam-1", "online", "08:00", "10:00"),
    seen("a-cam-1", "unknown", "10:00", "12:00"),
]


def test_seconds_by_state() -> None:
    """8 h online, 2 h offline; the rest of the month nobody watched."""
    found = one(DAY)

    assert found.online_ms == 8 * HOUR
    assert found.offline_ms == 2 * HOUR
    assert found.unknown_ms == WHOLE - 10 * HOUR
    assert found.planned_ms == 0
    assert (found.answered, found.tried) == (9, 10)
    assert found.repairs_ms == (2 * HOUR,)
    assert found.intact is True


def test_a_device_that_nobody_watched() -> None:
    """All unknown, neither intact nor not."""
    found = one([], "b-cam")

    assert (found.online_ms, found.offline_ms, found.unknown_ms) == (0, 0, WHOLE)
    assert found.intact is None
    assert found.repairs_ms == ()


def test_intervals_are_cut_to_the_period() -> None:
    """One that began before and goes on reaches from the period's begin to where facts end."""
    going = HealthInterval(device="a-cam-1", state="online", begin="2026-01-01T00:00:00Z")

    assert one([going]).online_ms == WHOLE
    draft = one([going], until="2026-10-24T18:00:00Z")
    assert (draft.online_ms, draft.unknown_ms) == (2 * HOUR, 0)


def test_planned_windows_are_on_no_side() -> None:
    """Overlapping windows count once; what lies in them is neither online nor offline."""
    planned = (window("05:00", "07:00"), window("06:30", "07:30", "alpha"))

    found = one(DAY, windows=planned)

    assert found.planned_ms == 2.5 * HOUR
    assert found.online_ms == 7 * HOUR
    assert found.offline_ms == 0.5 * HOUR
    assert found.online_ms + found.offline_ms + found.unknown_ms + found.planned_ms == WHOLE
    assert found.repairs_ms == (HOUR // 2,)


def test_a_window_of_another_compound_does_not_count() -> None:
    """It is excluded only where the work was done."""
    assert one(DAY, windows=(window("05:00", "07:00", "beta"),)).planned_ms == 0


def test_a_fault_that_is_all_planned_is_no_repair() -> None:
    """Planned work is not mended by anybody."""
    assert one(DAY, windows=(window("06:00", "08:00"),)).repairs_ms == ()


def test_a_fault_is_mended_only_where_the_device_came_back_at_once() -> None:
    """Offline into unknown, or offline to the end, ends no fault."""
    gone = [
        seen("a-cam-1", "offline", "01:00", "02:00"),
        seen("a-cam-1", "unknown", "02:00", "03:00"),
        seen("a-cam-1", "online", "03:00", "04:00"),
        seen("a-cam-1", "offline", "04:00", "05:00"),
    ]

    found = one(gone)

    assert found.repairs_ms == ()
    assert found.intact is False


def test_standing_alarms_make_a_device_not_intact() -> None:
    """Its own, or one that it lies behind; an ended one does not."""
    assert one(DAY, alarms=(alarm("a-cam-1", None),)).intact is False
    assert one(DAY, alarms=(alarm("alpha-switch", None, "a-cam-1"),)).intact is False
    assert one(DAY, alarms=(alarm("a-cam-1", "2026-11-01T02:00:00Z"),)).intact is True


def test_what_ended_after_the_period_still_stands_in_it() -> None:
    """The same closed month gives the same facts whenever it is asked for."""
    later = alarms_of(district(), END, [alarm("a-cam-1", "2026-11-25T00:00:00Z")])
    never = alarms_of(district(), END, [alarm("a-cam-1", None)])

    assert later == never
    assert later[0].ended is None


def test_alarms_of_other_districts_are_not_ours() -> None:
    """Only compounds of the district."""
    assert alarms_of(district(), END, [alarm("x", None, compound="elsewhere")]) == ()


STATES = st.lists(
    st.tuples(st.sampled_from(["online", "offline", "unknown"]), st.integers(1, 600)), max_size=12
)


@given(spans=STATES, cut=st.integers(0, 700), length=st.integers(1, 700), seed=st.integers(0, 99))
def test_the_parts_are_always_the_whole(
    spans: list[tuple[str, int]], cut: int, length: int, seed: int
) -> None:
    """Whatever the intervals, their order and the window: four parts, one period."""
    intervals, at = [], ms(BEGIN)
    for state, minutes in spans:
        end = at + minutes * 60_000
        intervals.append(_interval(state, at, end))
        at = end
    planned = (
        PlannedWindow(
            begin=_stamp(ms(BEGIN) + cut * 60_000),
            end=_stamp(ms(BEGIN) + (cut + length) * 60_000),
            reason="x",
        ),
    )
    shuffled = random.Random(seed).sample(intervals, len(intervals))

    found = one(intervals, windows=planned)

    assert found == one(shuffled, windows=planned)
    assert found.online_ms + found.offline_ms + found.unknown_ms + found.planned_ms == WHOLE
    assert min(found.online_ms, found.offline_ms, found.unknown_ms) >= 0


def _interval(state: str, begin: int, end: int) -> HealthInterval:
    return HealthInterval.model_validate(
        {"device": "a-cam-1", "state": state, "begin": _stamp(begin), "end": _stamp(end)}
    )


def _stamp(at: int) -> str:
    from datetime import UTC, datetime

    return datetime.fromtimestamp(at / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
