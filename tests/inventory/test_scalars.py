"""YAML 1.2's core schema, and no more of it than an inventory needs."""

from __future__ import annotations

import pytest

from fleet.inventory.nodes import Scalar
from fleet.inventory.scalars import boolean, integer, is_null, number


def _plain(text: str) -> Scalar:
    return Scalar(text, True, 1, 1)


def _quoted(text: str) -> Scalar:
    return Scalar(text, False, 1, 1)


@pytest.mark.parametrize("word", ["", "~", "null", "Null", "NULL"])
def test_null(word: str) -> None:
    """The five spellings, only without quotes."""
    assert is_null(_plain(word))
    assert not is_null(_quoted(word))


@pytest.mark.parametrize("word", ["nil", "none", "nUll", "0", "false"])
def test_not_null(word: str) -> None:
    """Nothing else is null."""
    assert not is_null(_plain(word))


@pytest.mark.parametrize(
    ("word", "value"), [("true", True), ("True", True), ("FALSE", False), ("false", False)]
)
def test_boolean(word: str, value: bool) -> None:
    """The core schema's spellings, only without quotes."""
    assert value is boolean(_plain(word))
    assert boolean(_quoted(word)) is None


@pytest.mark.parametrize("word", ["yes", "no", "on", "off", "y", "1", "tRue", ""])
def test_no_boolean_of_yaml_1_1(word: str) -> None:
    """Norway stays a country."""
    assert boolean(_plain(word)) is None


@pytest.mark.parametrize(
    ("word", "value"), [("0", 0), ("08", 8), ("-3", -3), ("+7", 7), ("0o17", 15), ("0xfF", 255)]
)
def test_integer(word: str, value: int) -> None:
    """Decimal, also with leading zeros, octal with 0o, hexadecimal."""
    assert value == integer(_plain(word))
    assert integer(_quoted(word)) is None


@pytest.mark.parametrize(
    "word", ["1_000", "12:30", "0b1", "1.0", "", "0x", "١٢", "9" * 19, "9" * 10_000, "1 "]
)
def test_no_integer(word: str) -> None:
    """No sexagesimal, no underscores, no other script's digits, nothing without bound."""
    assert integer(_plain(word)) is None


@pytest.mark.parametrize(
    ("word", "value"), [("1", 1.0), ("240.5", 240.5), (".5", 0.5), ("1e3", 1000.0), ("-2.", -2.0)]
)
def test_number(word: str, value: float) -> None:
    """Whole and decimal numbers, only without quotes."""
    assert value == number(_plain(word))
    assert number(_quoted(word)) is None


@pytest.mark.parametrize("word", [".inf", ".nan", "1,5", "e3", "1e999", "12:30", "5m", "."])
def test_no_number(word: str) -> None:
    """Infinities are no lengths."""
    assert number(_plain(word)) is None
