"""Packed columns against what they stand for: plain lists and a dictionary."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleet_tui.store.columns import Index, Texts, Words

# Anything a device may be called, lone surrogates of a broken file name included.
NAMES = st.lists(st.text(max_size=12))


def texts_of(values: list[str]) -> Texts:
    """A column of these values."""
    column = Texts()
    for value in values:
        column.append(value)
    return column


@given(values=NAMES)
def test_texts_read_back_as_a_list_does(values: list[str]) -> None:
    """Property: length, order, every row and rows from the end are a list's."""
    column = texts_of(values)
    assert len(column) == len(values)
    assert list(column) == values
    for row in range(-len(values), len(values)):
        assert column[row] == values[row]


@pytest.mark.parametrize("row", [0, 1, -1, -2])
def test_a_row_that_is_not_there_is_an_index_error(row: int) -> None:
    """Goal: no text is made up of its neighbours' bytes."""
    column = texts_of(["东门枪机"] if row in (1, -2) else [])
    with pytest.raises(IndexError):
        column[row]


@given(values=st.lists(st.sampled_from(["camera", "door", "gate", "摄像机"])))
def test_words_read_back_as_a_list_does(values: list[str]) -> None:
    """Property: as for texts."""
    column = Words()
    for value in values:
        column.append(value)
    assert list(column) == values
    assert [column[row] for row in range(len(values))] == values
    assert len(column) == len(values)


def test_too_many_words_are_refused_and_not_mixed_up() -> None:
    """Goal: the 257th distinct word cannot turn into another one's byte."""
    column = Words()
    for number in range(256):
        column.append(f"kind-{number}")
    with pytest.raises(ValueError, match="byte"):
        column.append("one too many")
    assert column[255] == "kind-255"
    assert len(column) == 256


@given(values=st.lists(st.text(max_size=8), unique=True), other=st.text(max_size=8))
def test_the_index_finds_what_a_dictionary_finds(values: list[str], other: str) -> None:
    """Property: every text's own row, and nothing for a text that is not there."""
    index = Index(texts_of(values))
    for row, value in enumerate(values):
        assert index.row(value) == row
    assert index.row(other) == (values.index(other) if other in values else None)


def test_texts_of_one_hash_are_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    """Goal: a collision of hashes never shows another device's row."""
    monkeypatch.setattr("fleet_tui.store.columns.hash", len, raising=False)
    index = Index(texts_of(["aa", "bb", "c", "dd"]))
    assert [index.row(v) for v in ("aa", "bb", "c", "dd", "ee", "fff")] == [0, 1, 2, 3, None, None]
