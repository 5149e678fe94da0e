"""One leaf of a plan's JSON changed anywhere: it is found. And any plan survives its file."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from fleet.model.errors import AlteredPlan
from fleet.model.plan import Plan
from fleet.plan.document import from_document, to_document
from fleet.plan.seal import fingerprint, intact
from tests.support.fakes_plans import change, full_plan, plan_of, step, work

pytestmark = pytest.mark.property

Path = tuple[str | int, ...]
NOT_SEALED: Path = ("seal", "commit")


def leaves(value: Any, at: Path = ()) -> Iterator[Path]:
    """The paths of all leaves (empty containers count as leaves)."""
    items: Any = ()
    if isinstance(value, dict):
        items = value.items()
    elif isinstance(value, list):
        items = enumerate(value)
    if not items:
        yield at
    for key, inner in items:
        yield from leaves(inner, (*at, key))


def get(value: Any, path: Path) -> Any:
    """What stands at a path."""
    for key in path:
        value = value[key]
    return value


def put(value: Any, path: Path, new: Any) -> Any:
    """A copy with another value at a path."""
    out = copy.deepcopy(value)
    get(out, path[:-1])[path[-1]] = new
    return out


DUMP = full_plan().model_dump(mode="json")
DOCUMENT = json.loads(json.dumps(to_document(full_plan())))
PLACES = [p for p in leaves(DUMP) if p != NOT_SEALED]
DOCUMENT_PLACES = [p for p in leaves(DOCUMENT) if p != ("fleet", "plan", *NOT_SEALED)]
VALUES = st.one_of(
    st.none(), st.booleans(), st.integers(-5, 70_000), st.text(max_size=6),
    st.lists(st.text(max_size=3), max_size=2), st.just({}),
)  # fmt: skip


def same(one: Any, other: Any) -> bool:
    """Equal as JSON: true is not 1."""
    return json.dumps(one) == json.dumps(other)


@settings(max_examples=250, deadline=None)
@given(st.sampled_from(PLACES), VALUES)
def test_a_changed_leaf_of_the_plan_breaks_the_seal(path: Path, new: Any) -> None:
    """Every value is covered; one that the model itself refuses is refused before that."""
    try:
        changed = Plan.model_validate(put(DUMP, path, new))
    except ValidationError:
        return

    # A value that the model reads as the same one (`"1"` for 1) is no change.
    assert intact(changed) is same(changed.model_dump(mode="json"), DUMP)


@settings(max_examples=250, deadline=None)
@given(st.sampled_from(DOCUMENT_PLACES), VALUES)
def test_a_changed_leaf_of_the_file_is_refused(path: Path, new: Any) -> None:
    """Whatever is changed, either the file is refused or the plan is the very same one."""
    try:
        found = from_document(json.dumps(put(DOCUMENT, path, new)).encode())
    except AlteredPlan:
        return

    assert get(DOCUMENT, path) == new
    assert same(found.model_dump(mode="json"), DUMP)


@settings(max_examples=100, deadline=None)
@given(st.sampled_from([p for p in DOCUMENT_PLACES if p]))
def test_a_dropped_leaf_is_refused_or_was_its_default(path: Path) -> None:
    """Leaving something out does not make another plan."""
    changed = copy.deepcopy(DOCUMENT)
    del get(changed, path[:-1])[path[-1]]

    with pytest.raises(AlteredPlan):
        from_document(json.dumps(changed).encode())


@settings(max_examples=100, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.none() | st.text(max_size=9) | st.booleans() | st.integers() | st.lists(st.text()),
            st.text(max_size=9) | st.booleans() | st.integers(),
        ),
        min_size=1,
        max_size=4,
    )
)
def test_any_values_survive_the_file(pairs: list[tuple[Any, Any]]) -> None:
    """Text of any script, numbers of any size, booleans that stay booleans."""
    changes = [change(f"f{n}", before, after) for n, (before, after) in enumerate(pairs)]
    plan = plan_of(work(step("c1-cam-1/03-osd", *changes)))

    found = from_document(json.dumps(to_document(plan)).encode())

    assert same(found.model_dump(mode="json"), plan.model_dump(mode="json"))
    assert fingerprint(found) == fingerprint(plan)
