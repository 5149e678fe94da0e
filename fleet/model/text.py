"""Every text a person reads, in both of the product's languages at the place where it is said.

Both languages are arguments of one call, so a text that exists in only one of them cannot be
written (decision 0005 says why this replaced message catalogs).
"""

from __future__ import annotations

from typing import Literal

from fleet.model.base import Frozen

Lang = Literal["zh", "en"]


class Text(Frozen):
    """One sentence for a person, in English and in Chinese, already filled in."""

    en: str
    zh: str

    def render(self, lang: Lang) -> str:
        """Return the sentence in `lang`."""
        return self.zh if lang == "zh" else self.en

    def __str__(self) -> str:
        """Return the English sentence, for logs and exceptions."""
        return self.en


def text(en: str, zh: str, **values: object) -> Text:
    """Build a `Text`; `{name}` in both languages is filled from `values`.

    Values that are themselves `Text` are rendered in the language they are put into.
    """
    if not values:
        return Text(en=en, zh=zh)
    return Text(en=en.format_map(_for("en", values)), zh=zh.format_map(_for("zh", values)))


def _for(lang: Lang, values: dict[str, object]) -> dict[str, object]:
    return {k: v.render(lang) if isinstance(v, Text) else v for k, v in values.items()}


def join(parts: list[Text], separator: str = "; ") -> Text:
    """Join sentences, with `separator` in English and its full-width twin in Chinese."""
    wide = {"; ": "；", ", ": "、"}.get(separator, separator)
    return Text(en=separator.join(p.en for p in parts), zh=wide.join(p.zh for p in parts))
