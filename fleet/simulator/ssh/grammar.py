"""Command lines against a table of forms, as such devices read them: keywords may be shortened.

A form is words: a lower-case one is a keyword; UPPER-CASE ones take an argument. `NAME` one word,
`N` a number (`N:60-65535` within limits), `ID` a word that begins with neither a digit nor a
hyphen, `IP` an address, `MASK` a mask or its length, `IFACE` an interface (in one word or two),
`VLANS` a list like `10 20 to 30`, `TEXT` all the rest.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network
from typing import Generic, Literal, TypeVar

from fleet.simulator.ssh.configuration import VLAN_MAX

Arg = str | int | list[int]
Fault = Literal["unrecognized", "incomplete", "wrong", "too-many", "ambiguous"]
T = TypeVar("T")
_DIGITS = re.compile(r"[0-9]+")
_REST = ("IFACE", "VLANS", "TEXT")


class BadLine(Exception):
    """A line that is no command: what is wrong, and at which character (from 0)."""

    def __init__(self, fault: Fault, at: int) -> None:
        super().__init__(fault)
        self.fault = fault
        self.at = at


@dataclass(frozen=True, slots=True)
class Form(Generic[T]):
    """A form of a command and what stands for it."""

    words: tuple[str, ...]
    target: T


def numeral(word: str) -> bool:
    """Whether a word is a number as a device reads one: `str.isdigit` also takes "²" and "６"."""
    return _DIGITS.fullmatch(word) is not None


def form(pattern: str, target: T) -> Form[T]:
    """A form as it is written in a table."""
    return Form(tuple(pattern.split()), target)


def matched(
    line: str, forms: Sequence[Form[T]], interface: Callable[[str], str | None]
) -> tuple[T, list[Arg]]:
    """Find the form that a line is, with its arguments.

    `interface` gives the short name of what was typed, None where it is none.

    Raises:
        BadLine: it is none, or more than one.
    """
    words = [(found.group(), found.start()) for found in re.finditer(r"\S+", line)]
    alive: list[tuple[Form[T], list[Arg]]] = [(one, []) for one in forms]
    for index, (word, at) in enumerate(words):
        ready = [(one, args) for one, args in alive if _rest(one, index)]
        for one, args in ready:
            value = _taken(one.words[index], line, words[index:], interface)
            if value is not None:
                return one.target, [*args, value]
        longer = [(one, args) for one, args in alive if len(one.words) > index]
        if not longer:
            raise BadLine("too-many", at)
        step = _step(word, index, [pair for pair in longer if not _rest(pair[0], index)])
        if not step:
            wanted = [one.words[index] for one, _ in longer]
            parameter = all(w.isupper() for w in wanted) or (
                numeral(word) and any(w.startswith("N") and w.isupper() for w in wanted)
            )
            raise BadLine("wrong" if parameter else "unrecognized", at)
        if len({pair[0].words[index] for pair in step}) > 1 and _only_begun(word, index, step):
            raise BadLine("ambiguous", at)
        alive = step
    done = [(one, args) for one, args in alive if len(one.words) == len(words)]
    if not done:
        raise BadLine("incomplete", len(line.rstrip()))
    return done[0][0].target, done[0][1]


def _rest(one: Form[T], index: int) -> bool:
    """Whether a form takes all that is left from a word on."""
    return len(one.words) == index + 1 and one.words[index] in _REST


def _step(
    word: str, index: int, alive: Sequence[tuple[Form[T], list[Arg]]]
) -> list[tuple[Form[T], list[Arg]]]:
    """The forms that go on after a word; a whole keyword is better than a begun one."""
    whole, begun, values = [], [], []
    for one, args in alive:
        wanted = one.words[index]
        if not wanted[0].isupper():
            if wanted == word.lower():
                whole.append((one, args))
            elif wanted.startswith(word.lower()):
                begun.append((one, args))
        elif (value := _value(wanted, word)) is not None:
            values.append((one, [*args, value]))
    return whole or begun or values


def _only_begun(word: str, index: int, step: Sequence[tuple[Form[T], list[Arg]]]) -> bool:
    return all(
        one.words[index].startswith(word.lower()) and one.words[index] != word.lower()
        for one, _ in step
    )


def _value(wanted: str, word: str) -> Arg | None:
    kind, _, limits = wanted.partition(":")
    if kind == "N":
        if not numeral(word) or len(word) > 9:
            return None
        low, _, high = limits.partition("-")
        return int(word) if not limits or int(low) <= int(word) <= int(high) else None
    if kind == "IP":
        return _address(word)
    if kind == "MASK":
        return _mask(word)
    return None if kind == "ID" and not re.match(r"[^\W\d]", word) else word


def _address(word: str) -> str | None:
    try:
        return str(IPv4Address(word))
    except ValueError:
        return None


def _mask(word: str) -> int | None:
    """The length of a mask, told as one or as the mask itself; a wildcard is none."""
    try:
        length = IPv4Network(f"0.0.0.0/{word}").prefixlen
    except ValueError:
        return None
    # ipaddress also takes a wildcard, 0.0.0.255, for a mask; these devices do not.
    return None if "." in word and length and word.startswith("0") else length


def _taken(
    wanted: str,
    line: str,
    left: Sequence[tuple[str, int]],
    interface: Callable[[str], str | None],
) -> Arg | None:
    """What a last argument makes of all that is left; None: it cannot be that."""
    rest = line[left[0][1] :].rstrip()
    if wanted == "TEXT":
        return rest
    if wanted == "VLANS":
        return _vlans([word for word, _ in left])
    return interface(rest) if len(left) <= 2 else None


def _vlans(words: Sequence[str]) -> list[int] | None:
    found: list[int] = []
    index = 0
    while index < len(words):
        last = index + 2 if words[index + 1 : index + 2] == ["to"] else index
        if last >= len(words) or not (numeral(words[index]) and numeral(words[last])):
            return None
        low, high = int(words[index]), int(words[last])
        if not 1 <= low <= high <= VLAN_MAX:
            return None
        found += range(low, high + 1)
        index = last + 1
    return found
