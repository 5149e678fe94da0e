"""Comparing wanted with observed, for any values: symmetric, stable, and complete."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleet.model.device import DeviceKind, FieldValue
from fleet.model.observation import Identity, Reading
from fleet.plan.diff import canonical_value, diff_device, managed_values
from fleet.plan.steps import device_work
from fleet.ports.driver import FieldSpec, Resource
from tests.support.fakes_city import device
from tests.support.fakes_devices import TABLE

pytestmark = pytest.mark.property

NAMES = [s.name for r in TABLE[DeviceKind.CAMERA] for s in r.fields if s.readable]
VALUES: st.SearchStrategy[FieldValue] = (
    st.text(max_size=5)
    | st.booleans()
    | st.integers(2, 9)
    | st.lists(st.text(max_size=2), max_size=2)
)
FIELDS = st.dictionaries(st.sampled_from(NAMES), VALUES)
WAY = st.lists(
    st.sampled_from(["card", "id_card", "face", "fingerprint", "password"]),
    min_size=1,
    max_size=3,
    unique=True,
).map("+".join)
WAYS = st.lists(WAY, max_size=5)


def reading(fields: dict[str, FieldValue]) -> Reading:
    """What a device said."""
    return Reading(identity=Identity(serial="S"), fields=fields)


@given(FIELDS, FIELDS)
def test_every_managed_field_is_a_change_a_note_or_equal(
    wanted: dict[str, FieldValue], seen: dict[str, FieldValue]
) -> None:
    """Exactly one of the three, and nothing unmanaged is any of them."""
    found = diff_device(
        device("c1-cam-1", settings=wanted), reading(seen), TABLE[DeviceKind.CAMERA], {}
    )
    noted = {f for f in wanted if f not in seen}
    equal = {f for f in wanted if f in seen and seen[f] == wanted[f]}

    assert set(found.changes) == set(wanted) - noted - equal
    assert len(found.notes) == len(noted)
    for name, one in found.changes.items():
        assert (one.before, one.after) == (seen[name], wanted[name])


@given(FIELDS, FIELDS)
def test_applying_a_diff_leaves_none(
    wanted: dict[str, FieldValue], seen: dict[str, FieldValue]
) -> None:
    """A device that keeps every change has nothing left to change, and its seal is the wish."""
    one = device("c1-cam-1", settings=wanted)
    found = diff_device(one, reading(seen), TABLE[DeviceKind.CAMERA], {})
    after = {**seen, **{name: c.after for name, c in found.changes.items()}}

    assert not diff_device(one, reading(after), TABLE[DeviceKind.CAMERA], {}).changes
    assert managed_values(one, reading(after)) == {f: v for f, v in wanted.items() if f in seen}


@given(FIELDS, FIELDS)
def test_steps_carry_every_change_once(
    wanted: dict[str, FieldValue], seen: dict[str, FieldValue]
) -> None:
    """None lost, none twice, resources in order, ids unique."""
    one = device("c1-cam-1", settings=wanted)
    resources = TABLE[DeviceKind.CAMERA]
    found = diff_device(one, reading(seen), resources, {})
    steps = device_work(one, found.changes, resources).steps

    carried = [c.field for s in steps for c in s.changes]
    assert sorted(carried) == sorted(found.changes)
    order = [r.name for r in resources]
    places = [order.index(s.resource) for s in steps]
    assert places == sorted(set(places))
    assert len({s.id for s in steps}) == len(steps)


@given(WAYS)
def test_ways_have_one_canonical_form(ways: list[str]) -> None:
    """Whatever the order, the repetition and the order within: the same list, and it is stable."""
    turned = ["+".join(reversed(w.split("+"))) for w in reversed(ways)] + ways[:1]
    canonical = canonical_value("auth_ways", ways)

    assert canonical_value("auth_ways", turned) == canonical
    assert canonical_value("auth_ways", canonical) == canonical
    assert isinstance(canonical, list)
    assert {frozenset(w.split("+")) for w in canonical} == {frozenset(w.split("+")) for w in ways}


@given(WAYS, WAYS)
def test_two_lists_of_ways_are_equal_exactly_as_sets(one: list[str], two: list[str]) -> None:
    """No two different sets share a form."""
    same = {frozenset(w.split("+")) for w in one} == {frozenset(w.split("+")) for w in two}
    reader = device("c1-door-1", DeviceKind.DOOR, settings={"auth_ways": one})
    specs = [Resource(name="reader", fields=(FieldSpec(name="auth_ways"),))]

    found = diff_device(reader, reading({"auth_ways": two}), specs, {})

    assert bool(found.changes) is not same
