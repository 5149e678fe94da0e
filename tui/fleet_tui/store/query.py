"""The filter language: words that must all fit, `state=` `kind=` `area=` `id=`, `!` for not."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from fleet_tui.store import pinyin
from fleet_tui.store.states import FACES, PROBLEMS, WORDS, State

# Full-width forms that a Chinese input method types where a command means ASCII.
_NARROW = str.maketrans("！＝：／？，；　", "!=:/?,; ")


class Subject(NamedTuple):
    """What a filter looks at; any of it may be empty."""

    id: str
    name: str
    kind: str
    state: State
    area: str


Predicate = Callable[[Subject], bool]


def narrow(typed: str) -> str:
    """What was meant by something typed with a Chinese input method left on."""
    return typed.translate(_NARROW)


def parse(query: str) -> Predicate:
    """A predicate out of a query; an empty one lets everything through."""
    tests = [_term(word) for word in narrow(query).lower().split()]
    return lambda subject: all(test(subject) for test in tests)


def _term(word: str) -> Predicate:
    if word.startswith("!") and len(word) > 1:
        inner = _term(word[1:])
        return lambda subject: not inner(subject)
    key, equals, value = word.partition("=")
    if equals and value:
        named = _NAMED.get(key)
        if named is not None:
            return named(value)
    return _text(word)


def _text(word: str) -> Predicate:
    plain = word.isascii() and word.isalnum()

    def fits(subject: Subject) -> bool:
        if word in subject.id.lower() or word in subject.name.lower():
            return True
        return plain and pinyin.found(word, subject.name)

    return fits


def _state(value: str) -> Predicate:
    if value in ("problem", "异常"):
        return lambda subject: subject.state in PROBLEMS
    exact = WORDS.get(value)
    if exact is not None:
        return lambda subject: subject.state is exact
    wanted = {
        s for s in State if FACES[s].word.en.startswith(value) or FACES[s].word.zh.startswith(value)
    }
    return lambda subject: subject.state in wanted


def _kind(value: str) -> Predicate:
    return lambda subject: subject.kind.startswith(value)


def _area(value: str) -> Predicate:
    return lambda subject: value in subject.area.lower() or pinyin.found(value, subject.area)


def _id(value: str) -> Predicate:
    return lambda subject: subject.id.lower().startswith(value)


_NAMED: dict[str, Callable[[str], Predicate]] = {
    "state": _state,
    "状态": _state,
    "kind": _kind,
    "类型": _kind,
    "area": _area,
    "辖区": _area,
    "id": _id,
    "编号": _id,
}
