"""One value has one text, and the text gives the value back."""

from __future__ import annotations

import json
import math
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleet.journal.canonical import canonical, plain

pytestmark = pytest.mark.property

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text()
)
KEYS = st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=8).filter(
    lambda k: k not in ("secret", "ha1")
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.tuples(inner, inner)
        | st.dictionaries(KEYS, inner, max_size=4)
    ),
    max_leaves=20,
)


@given(VALUES)
def test_a_plain_value_is_a_fixed_point(value: object) -> None:
    """What was made plain once stays as it is: a record read and appended again is the same."""
    once = plain(value)

    assert once == plain(json.loads(canonical(once)))
    assert canonical(once) == canonical(json.loads(canonical(once)))


@given(VALUES)
def test_the_text_is_canonical(value: object) -> None:
    """UTF-8, no spaces outside of texts, keys sorted: as an independent reading shows."""
    said = canonical(plain(value))

    said.encode("utf-8")
    again = json.loads(said, object_pairs_hook=_sorted)
    assert said == json.dumps(again, ensure_ascii=False, separators=(",", ":"))


def _sorted(pairs: list[tuple[str, object]]) -> dict[str, object]:
    assert [k for k, _ in pairs] == sorted(k for k, _ in pairs)
    return dict(pairs)


@given(st.dictionaries(KEYS, SCALARS, max_size=6), st.randoms(use_true_random=False))
def test_the_order_of_keys_does_not_count(value: dict[str, object], dice: Random) -> None:
    """Two mappings that are equal have one text."""
    items = list(value.items())
    dice.shuffle(items)

    assert canonical(plain(value)) == canonical(plain(dict(items)))


@given(st.floats(allow_nan=False, allow_infinity=False, min_value=-1e9, max_value=1e9))
def test_a_float_is_kept_to_the_microsecond(value: float) -> None:
    """Seconds lose less than a microsecond, and a whole number has no point."""
    kept = json.loads(canonical(plain(value)))

    assert math.isclose(kept, value, abs_tol=1e-6)
    assert isinstance(kept, int) == float(kept).is_integer()
