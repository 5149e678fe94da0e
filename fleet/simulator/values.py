"""Canonical values of settings ↔ the words that simulated firmware stores, and their limits.

Tables of the simulator's own. Sources: POSIX.1-2017 8.3 for time zones (the sign is reversed:
`CST-8:00:00` is eight hours east); the vendor's verify modes; barrier modes are
a reference of ours.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable
from typing import TypeVar

Value = str | int | bool | list[str] | None
Decode = Callable[[str], Value]
Encode = Callable[[Value], str]
T = TypeVar("T")

METHODS = ("card", "id_card", "face", "fingerprint", "iris", "password", "qr", "plate")
VERIFY_MODES: dict[str, tuple[str, ...]] = {
    "card": ("card",),
    "cardOrPw": ("card", "password"),
    "cardOrFace": ("card", "face"),
    "cardOrFaceOrPw": ("card", "face", "password"),
    "faceOrFpOrCardOrPw": ("card", "face", "fingerprint", "password"),
    "face": ("face",),
    "fp": ("fingerprint",),
    "faceAndCard": ("card+face",),
    "faceAndFp": ("face+fingerprint",),
    "faceAndPw": ("face+password",),
    "cardAndPw": ("card+password",),
}
TIME_MODES = {"NTP": "ntp", "manual": "manual", "platform": "platform"}
BARRIER_MODES = {"auto": "auto", "keepOpen": "keep_open", "keepClosed": "keep_closed"}
_ZONE = re.compile(r"[A-Za-z]{3,}([+-]?)(\d{1,2})(?::(\d\d))?(?::\d\d)?\Z")
_EAST = re.compile(r"UTC([+-])(\d\d):(\d\d)\Z")


def one_word(words: dict[str, str]) -> tuple[Decode, Encode]:
    """Both directions of a fixed set of words; ValueError for any other."""
    back = {canonical: word for word, canonical in words.items()}

    def decode(told: str) -> Value:
        if told not in words:
            raise ValueError(f"{told!r} is none of {', '.join(words)}")
        return words[told]

    def encode(value: Value) -> str:
        if not isinstance(value, str) or value not in back:
            raise ValueError(f"{value!r} is none of {', '.join(back)}")
        return back[value]

    return decode, encode


def number(low: int, high: int) -> tuple[Decode, Encode]:
    """Both directions of a whole number within limits; ValueError outside."""

    def check(value: int) -> int:
        if not low <= value <= high:
            raise ValueError(f"{value} is not within {low}..{high}")
        return value

    def decode(told: str) -> Value:
        if not re.fullmatch(r"-?[0-9]{1,9}", told):
            raise ValueError(f"{told!r} is no whole number")
        return check(int(told))

    def encode(value: Value) -> str:
        if isinstance(value, bool) or not isinstance(value, int):
            raise ValueError(f"{value!r} is no whole number")
        return str(check(value))

    return decode, encode


def line(longest: int, pattern: str = r".*") -> tuple[Decode, Encode]:
    """Both directions of a text of at most `longest` characters; ValueError otherwise."""
    shape = re.compile(pattern, re.DOTALL)

    def decode(told: str) -> Value:
        if len(told) > longest:
            raise ValueError(f"longer than {longest} characters")
        if not shape.fullmatch(told):
            raise ValueError(f"{told!r} has not the form that is asked for")
        return told

    def encode(value: Value) -> str:
        if not isinstance(value, str):
            raise ValueError(f"{value!r} is no text")
        return str(decode(value))

    return decode, encode


def decode_flag(told: str) -> Value:
    """`true`, `false`, `1`, `0` (XML Schema part 2, 3.2.2); ValueError for anything else."""
    if told not in ("true", "false", "1", "0"):
        raise ValueError(f"{told!r} is neither true nor false")
    return told in ("true", "1")


def encode_flag(value: Value) -> str:
    """The other way round."""
    if not isinstance(value, bool):
        raise ValueError(f"{value!r} is neither true nor false")
    return "true" if value else "false"


def decode_zone(told: str) -> Value:
    """`CST-8:00:00` → `UTC+08:00`; ValueError when it is no POSIX zone with a fixed offset."""
    found = _ZONE.match(told)
    if not found or int(found[2]) > 14 or int(found[3] or 0) > 59:
        raise ValueError(f"{told!r} is no time zone of this firmware")
    zero = int(found[2]) == 0 and int(found[3] or 0) == 0
    sign = "+" if zero or found[1] == "-" else "-"
    return f"UTC{sign}{int(found[2]):02}:{found[3] or '00'}"


def encode_zone(value: Value) -> str:
    """`UTC+08:00` → `CST-8:00:00`; ValueError when it is no canonical zone."""
    found = _EAST.match(value) if isinstance(value, str) else None
    if not found:
        raise ValueError(f"{value!r} is no time zone like UTC+08:00")
    word = f"CST{'-' if found[1] == '+' else '+'}{int(found[2])}:{found[3]}:00"
    decode_zone(word)
    return word


def decode_ways(mode: str) -> Value:
    """A verify mode → the ways that open, in their one order; ValueError when unknown."""
    if mode not in VERIFY_MODES:
        raise ValueError(f"{mode!r} is no verify mode of this firmware")
    return list(VERIFY_MODES[mode])


def encode_ways(value: Value) -> str:
    """Ways in any order → the verify mode that is exactly these; ValueError when there is none."""
    wanted = tuple(ordered_ways(value))
    for mode, ways in VERIFY_MODES.items():
        if ways == wanted:
            return mode
    raise ValueError(f"no verify mode is exactly {','.join(wanted)}")


def ordered_ways(value: Value) -> list[str]:
    """Check a list of ways (or their comma list) and put it into the one order.

    Raises:
        ValueError: a method that nobody knows, or nothing at all.
    """
    listed = value.split(",") if isinstance(value, str) else value
    if not isinstance(listed, list) or not listed:
        raise ValueError(f"{value!r} is no list of ways")
    ways = set()
    for way in listed:
        methods = set(way.strip().split("+"))
        if not methods <= set(METHODS):
            raise ValueError(f"{way!r} is no way that opens")
        ways.add("+".join(sorted(methods, key=METHODS.index)))
    return sorted(ways, key=lambda way: [METHODS.index(m) for m in way.split("+")])


def readings(words: str) -> list[Value]:
    """What a person types → what it may mean: `true` and `12` may also be texts."""
    found: list[Value] = [words]
    if words in ("true", "false"):
        found.insert(0, words == "true")
    if re.fullmatch(r"-?(0|[1-9][0-9]{0,8})", words):
        found.insert(0, int(words))
    return found


def first_fitting(words: str, change: Callable[[Value], T]) -> T:
    """The result of `change` for the first reading of `words` that it takes.

    Raises:
        ValueError: it takes none.
    """
    *others, last = readings(words)
    for value in others:
        with contextlib.suppress(ValueError):
            return change(value)
    return change(last)
