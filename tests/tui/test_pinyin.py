"""Pinyin initials: right for the standard's first level, never hiding what they cannot tell."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleet_tui.store.pinyin import ANY, found, initials

# Level 1 of GB/T 2312: rows 16 to 55, of which the last has 89 cells.
LEVEL_ONE = [
    bytes((0xA0 + row, 0xA0 + cell)).decode("gb2312")
    for row in range(16, 56)
    for cell in range(1, 95 if row < 55 else 90)
]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("翠湖花园", "chhy"),
        ("五松花园", "wshy"),
        ("莲湖新村", "lhxc"),
        ("幸福里7期", "xfl7q"),
        ("锦绣家园", "jxjy"),
        ("枞阳县", "zyx"),
        ("Cuihu No. 1", "cuihu no. 1"),
        ("阿不才大鹅飞高好见看六马你哦跑去人三天我下一在", "abcdefghjklmnopqrstwxyz"),
    ],
)
def test_initials_of_known_names(name: str, expected: str) -> None:
    """The initials that a speaker would type."""
    assert initials(name) == expected


def test_every_character_of_level_one_has_a_letter() -> None:
    """3,755 characters, each with one letter, in the alphabet's order: that is the standard's."""
    letters = [initials(c) for c in LEVEL_ONE]
    assert len(letters) == 3755
    assert all(len(x) == 1 and x.isalpha() and x.isascii() for x in letters)
    assert letters == sorted(letters)


def test_what_cannot_be_told_fits_every_letter() -> None:
    """A rare character is no reason to hide a compound."""
    assert initials("龘") == ANY
    assert found("a", "龘") and found("z", "龘")
    assert found("hay", "湖龘园") and not found("hax", "湖龘园")


@given(st.text(max_size=12), st.integers(0, 11), st.integers(1, 12))
def test_a_part_of_the_initials_is_found(name: str, start: int, length: int) -> None:
    """Whatever the name, any run of its own initials finds it."""
    part = initials(name)[start : start + length]
    assert found(part.replace(ANY, "q"), name)


@given(st.text(max_size=12))
def test_one_initial_a_character(name: str) -> None:
    """Positions of initials are positions of characters (ASCII may fold its case only)."""
    assert len(initials(name)) == len(name)
