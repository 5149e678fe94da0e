"""Our tree against another reader's, on documents nobody wrote by hand."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from fleet.inventory.nodes import Mapping, Node, Scalar, Sequence
from fleet.inventory.reader import parse
from fleet.inventory.scalars import boolean, integer, is_null, number
from fleet.inventory.scope import Scope

pytestmark = pytest.mark.property

# Characters that YAML prints as they are; the byte gate keeps the others away from the reader.
WORDS = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Zl", "Zp", "Cn", "Co", "Cf"]),
    max_size=12,
)
LEAVES = WORDS | st.integers(-(10**9), 10**9) | st.booleans() | st.none()
TREES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(WORDS, inner, max_size=4),
    max_leaves=25,
)
DOCUMENTS = st.dictionaries(WORDS, TREES, min_size=1, max_size=5)


def _plain(node: Node | None) -> object:
    """A tree as PyYAML's BaseLoader gives it: every scalar its text."""
    if isinstance(node, Mapping):
        return {e.key: _plain(e.value) for e in node.entries}
    if isinstance(node, Sequence):
        return [_plain(item) for item in node.items]
    assert isinstance(node, Scalar)
    return node.text


def _resolved(node: Node | None) -> object:
    """A tree with the core schema's values."""
    if isinstance(node, Mapping):
        return {e.key: _resolved(e.value) for e in node.entries}
    if isinstance(node, Sequence):
        return [_resolved(item) for item in node.items]
    assert isinstance(node, Scalar)
    if is_null(node):
        return None
    for resolve in (boolean, integer):
        if (value := resolve(node)) is not None:
            return value
    return node.text


def _nodes(node: Node) -> list[Node]:
    if isinstance(node, Mapping):
        return [node, *(n for e in node.entries for n in _nodes(e.value))]
    if isinstance(node, Sequence):
        return [node, *(n for item in node.items for n in _nodes(item))]
    return [node]


def _read(text: str) -> Node:
    scope = Scope("f.yaml")
    node = parse(text, scope)
    assert scope.findings == [], [f.summary.en for f in scope.findings]
    assert node is not None
    return node


@settings(max_examples=150, deadline=None)
@given(document=DOCUMENTS, flow=st.sampled_from([True, False, None]))
def test_the_texts_are_those_of_another_reader(
    document: dict[str, object], flow: bool | None
) -> None:
    """Block, flow and mixed style: the same keys, lists and texts as PyYAML's BaseLoader."""
    text = yaml.safe_dump(document, allow_unicode=True, default_flow_style=flow, sort_keys=False)

    assert yaml.load(text, Loader=yaml.BaseLoader) == _plain(_read(text))


@settings(max_examples=150, deadline=None)
@given(document=DOCUMENTS)
def test_what_was_dumped_is_what_is_resolved(document: dict[str, object]) -> None:
    """Numbers, truth values and nulls come back; texts that look like them were quoted."""
    text = yaml.safe_dump(document, allow_unicode=True, width=10_000)

    assert document == _resolved(_read(text))


@settings(max_examples=100, deadline=None)
@given(document=DOCUMENTS)
def test_places_are_inside_and_in_order(document: dict[str, object]) -> None:
    """Every node lies within the text, and after the node before it."""
    text = yaml.safe_dump(document, allow_unicode=True)
    lines = text.split("\n")

    places = [(n.line, n.column) for n in _nodes(_read(text))]

    assert sorted(places) == places
    for line, column in places:
        assert 1 <= line <= len(lines)
        assert 1 <= column <= len(lines[line - 1]) + 1


@settings(max_examples=100, deadline=None)
@given(value=st.integers(-(10**17), 10**17), text=st.text(max_size=8))
def test_numbers(value: int, text: str) -> None:
    """An integer is a number, and both agree; a quoted one is neither."""
    plain = Scalar(str(value), True, 1, 1)

    assert value == integer(plain)
    assert float(value) == number(plain)
    assert integer(Scalar(str(value), False, 1, 1)) is None
    found = number(Scalar(text, True, 1, 1))
    assert found is None or found == float(text)
