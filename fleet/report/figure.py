"""A figure is the sum of its evidence: nothing is shown that no row stands behind.

Sums are exact fractions, so that they do not depend on the order of the facts.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from math import floor
from typing import Literal

from fleet.model.text import Text, text
from fleet.report.words import UNKNOWN

Unit = Literal["count", "rate", "hours"]
Source = Literal["declared", "measured", "told", "journal"]


@dataclass(frozen=True)
class Evidence:
    """One row's share of a figure: `part` of the numerator and `whole` of the denominator."""

    sheet: str
    key: str
    part: Fraction
    whole: Fraction = Fraction(0)


@dataclass(frozen=True)
class Figure:
    """One figure of the report; `why` says why it is unknown, where it is.

    count: the sum of the parts. rate and hours: sum of the parts / sum of the wholes, unknown
    where the wholes are nothing.
    """

    id: str
    label: Text
    unit: Unit
    source: Source
    evidence: tuple[Evidence, ...] = ()
    why: Text | None = None

    @property
    def part(self) -> Fraction:
        """The numerator."""
        return sum((e.part for e in self.evidence), Fraction(0))

    @property
    def whole(self) -> Fraction:
        """The denominator; 0 for a count."""
        return sum((e.whole for e in self.evidence), Fraction(0))

    @property
    def value(self) -> Fraction | None:
        """The figure; None where nobody can tell."""
        if self.unit == "count":
            return self.part
        return self.part / self.whole if self.whole else None

    @property
    def shown(self) -> Text:
        """As the report prints it."""
        value = self.value
        return UNKNOWN if value is None else shown(value, self.unit)

    @property
    def quotient(self) -> str:
        """Numerator/denominator of counts of things, for a table; empty for sums of shares."""
        if self.unit == "rate" and self.part.denominator == self.whole.denominator == 1:
            return f"{self.part}/{self.whole}"
        return ""


def shown(value: Fraction, unit: Unit) -> Text:
    """A figure's value as it is printed: 12, 98.35%, 1.25 h."""
    if unit == "hours":
        return text("{v} h", "{v}小时", v=_half_up(value))
    return _same(percent(value) if unit == "rate" else str(value))


def percent(value: Fraction) -> str:
    """A share in percent with two decimals, never rounded up: 100 % means all."""
    return f"{_hundredths(floor(value * 10_000))}%"


def change(before: Fraction, after: Fraction, unit: Unit) -> Text:
    """A figure's difference to the last report, signed; rates in percentage points."""
    gap = after - before
    if unit == "count":
        return _same(f"{int(gap):+d}" if gap else "0")
    signed = f"{_half_up(gap * (100 if unit == 'rate' else 1)):+}"
    if unit == "rate":
        return text("{s} pp", "{s}个百分点", s=signed)
    return text("{s} h", "{s}小时", s=signed)


def _half_up(value: Fraction) -> Decimal:
    return _hundredths(floor(value * 100 + Fraction(1, 2)))


def _hundredths(count: int) -> Decimal:
    return Decimal(count).scaleb(-2)


def _same(shown: str) -> Text:
    return Text(en=shown, zh=shown)
