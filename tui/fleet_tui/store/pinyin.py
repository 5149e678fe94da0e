"""Pinyin initials of Chinese names, so that `chhy` finds 翠湖花园 without an input method.

The 3,755 characters of GB/T 2312's first level stand in the order of their pinyin, so the code at
which each initial begins is a table for all of them (GB/T 2312-1980, rows 16 to 55). Characters
beyond it have no place in that order: the few that names of compounds use are listed, any other
fits every letter, so that it hides nothing.
"""

from __future__ import annotations

from bisect import bisect_right
from functools import lru_cache

# The first character of each initial, in the order of the standard.
_FIRST = "啊芭擦搭蛾发噶哈击喀垃妈拿哦啪期然撒塌挖昔压匝"
_LETTERS = "abcdefghjklmnopqrstwxyz"
_STARTS = [int.from_bytes(c.encode("gb2312"), "big") for c in _FIRST]
_LAST = 0xD7F9
_MORE = dict(
    zip("枞馨鑫禧璟珑麒麟祺翡琅颐榭鄱亳歙濉黟泗蓼浔圩", "zxxxjlqlqflyxpbssyslxw", strict=True)
)
ANY = "*"


@lru_cache(maxsize=65536)
def initials(name: str) -> str:
    """One character a character.

    A letter in lower case, a digit, `*` for what fits all, or the character itself where it is no
    letter of any kind.
    """
    return "".join(_initial(c) for c in name)


def found(query: str, name: str) -> bool:
    """Whether `query` (letters and digits, lower case) runs through the initials of `name`."""
    have = initials(name)
    if ANY not in have:
        return query in have
    last = len(have) - len(query)
    return any(
        all(h in (q, ANY) for q, h in zip(query, have[at : at + len(query)], strict=True))
        for at in range(last + 1)
    )


def _initial(character: str) -> str:
    if character.isascii():
        return character.lower()
    if character in _MORE:
        return _MORE[character]
    try:
        code = int.from_bytes(character.encode("gb2312"), "big")
    except UnicodeEncodeError:
        return ANY if character.isalpha() else character
    if _STARTS[0] <= code <= _LAST:
        return _LETTERS[bisect_right(_STARTS, code) - 1]
    return ANY if character.isalpha() else character
