"""Canonical values ↔ plain values of SNMP objects (SMIv2: Integer32, OCTET STRING, TruthValue).

Plain values are `int` for Integer32 and `bytes` for OCTET STRING; the agent file turns them into
the library's classes, so nothing here needs it.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from fleet.drivers.reasons import Unfit, not_flag, not_text, not_whole
from fleet.drivers.ways import canonical_ways
from fleet.model.device import FieldValue
from fleet.model.text import text

Raw = int | bytes
# DisplayString and the reference MIB's texts: SIZE (0..255), counted in octets.
OCTETS_MAX = 255
_WAY = re.compile(r"[a-z_]+(\+[a-z_]+)*\Z")


def text_value(raw: Raw) -> FieldValue:
    """OCTET STRING → text (UTF-8).

    Raises:
        Unfit: no octets, or not UTF-8.
    """
    if not isinstance(raw, bytes):
        raise Unfit(not_text())
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        raise Unfit(text("it is not UTF-8", "不是 UTF-8 编码")) from None


def text_object(value: FieldValue) -> Raw:
    """Text → OCTET STRING of at most OCTETS_MAX octets.

    Raises:
        Unfit: it is not a text, or longer.
    """
    if not isinstance(value, str):
        raise Unfit(not_text())
    return _octets(value)


def seconds_value(raw: Raw) -> FieldValue:
    """Integer32 in seconds.

    Raises:
        Unfit: it is no number.
    """
    if not isinstance(raw, int):
        raise Unfit(text("it is not a number", "不是数字"))
    return raw


def seconds_object(value: FieldValue) -> Raw:
    """Whole seconds → Integer32.

    Raises:
        Unfit: it is no whole number.
    """
    if isinstance(value, bool) or not isinstance(value, int):
        raise Unfit(not_whole())
    return value


def tenths_value(raw: Raw) -> FieldValue:
    """Integer32 in tenths of a second → seconds; a broken second stays visible, like `2.5`.

    Raises:
        Unfit: it is no number.
    """
    if not isinstance(raw, int):
        raise Unfit(text("it is not a number", "不是数字"))
    return raw // 10 if raw % 10 == 0 else f"{raw / 10:.1f}"


def tenths_object(value: FieldValue) -> Raw:
    """Seconds, whole or as `tenths_value` tells them → Integer32 in tenths.

    Raises:
        Unfit: it is neither.
    """
    if isinstance(value, str) and re.fullmatch(r"[0-9]{1,3}\.[0-9]", value):
        return int(value.replace(".", ""))
    seconds = seconds_object(value)
    return int(seconds) * 10


def flag_value(raw: Raw) -> FieldValue:
    """TruthValue (RFC 2579): 1 true, 2 false.

    Raises:
        Unfit: it is neither.
    """
    if raw not in (1, 2):
        raise Unfit(text("it is not a TruthValue", "不是 TruthValue"))
    return raw == 1


def flag_object(value: FieldValue) -> Raw:
    """Bool → TruthValue.

    Raises:
        Unfit: it is no bool.
    """
    if not isinstance(value, bool):
        raise Unfit(not_flag())
    return 1 if value else 2


def ways_value(raw: Raw) -> FieldValue:
    """`card,id_card` → ways in their one order; empty means none.

    Raises:
        Unfit: it is no such list.
    """
    told = text_value(raw)
    ways = [way.strip() for way in str(told).split(",")] if told else []
    if not all(_WAY.match(way) for way in ways):
        raise Unfit(text("it is not a list of ways", "不是认证方式列表"))
    return canonical_ways(ways)


def ways_object(value: FieldValue) -> Raw:
    """Ways → `card,id_card`, in their one order.

    Raises:
        Unfit: it is no list of ways, or too long a one.
    """
    if not isinstance(value, list) or not all(_WAY.match(way) for way in value):
        raise Unfit(text("it is not a list of ways", "不是认证方式列表"))
    return _octets(",".join(canonical_ways(value)))


def _octets(value: str) -> bytes:
    octets = value.encode()
    if len(octets) > OCTETS_MAX:
        raise Unfit(
            text(
                "it has {n} octets in UTF-8; at most {m} are possible",
                "UTF-8 编码为 {n} 字节，最多 {m} 字节",
                n=len(octets),
                m=OCTETS_MAX,
            )
        )
    return octets


def within(low: int, high: int, encode: Callable[[FieldValue], Raw]) -> Callable[[FieldValue], Raw]:
    """The same codec for an object with a range, in its own unit (RFC 2578, 9)."""

    def ranged(value: FieldValue) -> Raw:
        raw = encode(value)
        if not isinstance(raw, int) or not low <= raw <= high:
            raise Unfit(
                text(
                    "the object takes {a} to {b}, not {v}",
                    "该对象取值 {a} 到 {b}，不能是 {v}",
                    a=low,
                    b=high,
                    v=raw,
                )
            )
        return raw

    return ranged
