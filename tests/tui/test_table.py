"""The columns: counts always agree with the rows, whatever changes, and cost no recount."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleet_tui.store.states import PROBLEMS, State
from fleet_tui.store.table import CompoundInfo, DeviceInfo, Table
from tests.tui.scene import city


def table(*sizes: int) -> Table:
    """Compounds of these sizes."""
    compounds = [CompoundInfo(f"c{n}", f"小区{n}", "340705", "铜官区") for n in range(len(sizes))]
    return Table(
        compounds,
        (
            DeviceInfo(f"c{n}-cam-{i}", f"枪机{i}", "camera", n, "127.34.1.1:80", "cameras")
            for n, size in enumerate(sizes)
            for i in range(size)
        ),
    )


CHANGES = st.lists(
    st.tuples(st.integers(0, 11), st.sampled_from(list(State)), st.sampled_from(range(3))),
    max_size=60,
)


@given(CHANGES)
def test_counts_agree_with_the_rows(changes: list[tuple[int, State, int]]) -> None:
    """After any changes: counts by compound, totals and worst are those of a full recount."""
    columns = table(5, 0, 7)
    setters = (columns.set_config, columns.set_health, columns.set_uplink)
    for row, state, source in changes:
        setters[source](row, state)
    for number, rows in enumerate(columns.rows_of):
        counted = Counter(columns.state(r) for r in rows)
        assert {s: columns.count(number, s) for s in State if columns.count(number, s)} == counted
        problems = [s for s in counted if s in PROBLEMS or s is State.APPLYING]
        if problems:
            assert columns.worst(number) is max(problems)
        elif State.UNKNOWN in counted or not counted:
            assert columns.worst(number) is State.UNKNOWN
        else:
            assert columns.worst(number) is max(counted)
    totals = Counter(State(s) for s in columns.states)
    assert {s: columns.totals[s] for s in State if columns.totals[s]} == totals


@given(CHANGES)
def test_what_changed_is_told_once(changes: list[tuple[int, State, int]]) -> None:
    """`drain` names the rows that look different, and then nothing."""
    columns = table(5, 0, 7)
    before = bytes(columns.states)
    setters = (columns.set_config, columns.set_health, columns.set_uplink)
    for row, state, source in changes:
        setters[source](row, state)
    different = {r for r in range(len(columns)) if before[r] != columns.states[r]}
    assert different <= columns.drain()
    assert columns.drain() == set()


def test_a_device_shows_the_worse_of_both_words() -> None:
    """The journal says written, health says offline: offline; and back again."""
    columns = table(1)
    assert columns.set_config(0, State.WRITTEN)
    assert columns.set_health(0, State.OFFLINE)
    assert columns.state(0) is State.OFFLINE
    assert not columns.set_config(0, State.VERIFIED)
    assert columns.set_health(0, State.UNKNOWN)
    assert columns.state(0) is State.VERIFIED


def test_a_change_that_shows_nothing_costs_nothing() -> None:
    """The same state again: no new generation, nothing to draw."""
    columns = table(2)
    columns.set_config(1, State.FAILED)
    generation, version = columns.generation[1], columns.version
    columns.drain()
    assert not columns.set_config(1, State.FAILED)
    assert (columns.generation[1], columns.version) == (generation, version)
    assert columns.drain() == set()


def test_a_compound_is_no_better_than_what_is_unknown_in_it() -> None:
    """One verified device among unknown ones does not make a verified compound."""
    columns = table(2)
    columns.set_config(0, State.VERIFIED)
    assert columns.worst(0) is State.UNKNOWN
    columns.set_config(1, State.VERIFIED)
    assert columns.worst(0) is State.VERIFIED


@pytest.mark.parametrize("name", ["cuihu-gate-1", "jinxiu-nvr-5"])
def test_a_city_becomes_a_table(name: str) -> None:
    """Ids lead to rows and back; every device starts unknown."""
    town = city()
    columns = Table.of_city(town)
    assert len(columns) == 25
    row = columns.row(name)
    assert row is not None and columns.ids[row] == name
    assert columns.compounds[columns.compound_of[row]].id == name.split("-", maxsplit=1)[0]
    assert columns.row("nobody") is None
    assert columns.totals[State.UNKNOWN] == 25
