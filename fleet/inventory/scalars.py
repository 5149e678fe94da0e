"""YAML 1.2 core scalars, resolved by what a field wants rather than by what a parser guesses."""

from __future__ import annotations

import re

from fleet.inventory.nodes import Scalar

_NULL = frozenset({"", "~", "null", "Null", "NULL"})
_BOOL = {
    w: v for v, ws in ((True, "true True TRUE"), (False, "false False FALSE")) for w in ws.split()
}
_INT = re.compile(r"[-+]?[0-9]{1,18}\Z")
_OCTAL = re.compile(r"0o[0-7]{1,18}\Z")
_HEX = re.compile(r"0x[0-9a-fA-F]{1,15}\Z")
_FLOAT = re.compile(r"[-+]?(\.[0-9]{1,18}|[0-9]{1,18}(\.[0-9]{0,18})?)([eE][-+]?[0-9]{1,2})?\Z")


def is_null(scalar: Scalar) -> bool:
    """Whether a scalar is the null of the core schema (YAML 1.2.2, 10.3.2)."""
    return scalar.plain and scalar.text in _NULL


def boolean(scalar: Scalar) -> bool | None:
    """The truth value, or None where it is no boolean: `yes`, `on` and "true" in quotes are not."""
    return _BOOL.get(scalar.text) if scalar.plain else None


def integer(scalar: Scalar) -> int | None:
    """The whole number, decimal, 0o or 0x, or None; `12:30` is a text in YAML 1.2."""
    if not scalar.plain:
        return None
    if _INT.match(scalar.text):
        return int(scalar.text)
    if _OCTAL.match(scalar.text) or _HEX.match(scalar.text):
        return int(scalar.text, 0)
    return None


def number(scalar: Scalar) -> float | None:
    """The number, or None; infinities and not-a-number are none of ours."""
    return float(scalar.text) if scalar.plain and _FLOAT.match(scalar.text) else None
