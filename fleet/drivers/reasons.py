"""Why something cannot be read or written, in both languages from where it is found.

What is wrong shows deep inside, in a codec or a parser; the sentence is built there, because a
caller that gets a string can no longer say it in the reader's language.
"""

from __future__ import annotations

from fleet.model.text import Text, text


class Reasoned(Exception):
    """A failure that says why in both languages; as a string it is the English one."""

    def __init__(self, why: Text) -> None:
        super().__init__(why.en)
        self.why = why


class Unfit(Reasoned, ValueError):
    """A value that has no form on the other side, or a device's word that means nothing here."""


def reason(words: object) -> Text:
    """The reason as a `Text`; a device's or the system's own words stand in both languages."""
    if isinstance(words, Text):
        return words
    if isinstance(words, Reasoned):
        return words.why
    return Text(en=str(words), zh=str(words))


def about(what: str, words: object) -> Text:
    """The reason with what it is about in front of it."""
    return text("{w}: {r}", "{w}：{r}", w=what, r=reason(words))


def unknown_field(kind: str, field: str, protocol: str) -> Text:
    """The protocol's driver has no such field on this kind of device."""
    return text("a {k} has no {f} over {p}", "{k} 经 {p} 没有 {f}", k=kind, f=field, p=protocol)


def not_text() -> Text:
    """A text was wanted."""
    return text("it is not a text", "不是文本")


def not_whole() -> Text:
    """A whole number was wanted."""
    return text("it is not a whole number", "不是整数")


def not_flag() -> Text:
    """True or false was wanted."""
    return text("it is neither true nor false", "既不是 true 也不是 false")


def not_list() -> Text:
    """A list was wanted."""
    return text("it is not a list", "不是列表")
