"""Secrets that were sent to a device, taken out of everything it says afterwards.

Some firmware repeats a refused request in its error text. Those words go to screen, journal and
log, so the secret is replaced before a sentence is built and before a line is cut: half a secret
at the end of a cut line could no longer be found.
"""

from __future__ import annotations

import json
from base64 import b64encode, urlsafe_b64encode
from html import escape
from urllib.parse import quote, quote_plus

from fleet.drivers.reasons import reason
from fleet.model.secret import Secret
from fleet.model.text import Text

MASK = "***"
# Three octets become four characters: fewer than these at an odd offset are too few to tell.
_BASE64_MIN = 6


class Hidden:
    """The secrets of one session, in every spelling in which a device may repeat them."""

    def __init__(self) -> None:
        self._forms: list[str] = []

    def add(self, secret: Secret) -> None:
        """Hide `secret` from now on."""
        found = {*self._forms, *spellings(secret.reveal())}
        self._forms = sorted(found, key=lambda form: (-len(form), form))

    def words(self, words: str) -> str:
        """The words with every spelling of every secret replaced."""
        for form in self._forms:
            words = words.replace(form, MASK)
        return words

    def told(self, detail: object) -> Text:
        """A reason in both languages, without the secrets."""
        why = reason(detail)
        return Text(en=self.words(why.en), zh=self.words(why.zh))


def spellings(secret: str) -> set[str]:
    """A secret plain and as XML, JSON, a URL, an octet string's literal or base64 spells it."""
    octets = secret.encode()
    marked = escape(secret, quote=False)
    found = {
        secret,
        marked,
        marked.replace('"', "&quot;"),
        escape(secret),
        escape(secret).replace("&#x27;", "&apos;"),
        escape(secret).replace("&#x27;", "&#39;"),
        json.dumps(secret)[1:-1],
        json.dumps(secret, ensure_ascii=False)[1:-1],
        json.dumps(secret).replace("/", "\\/")[1:-1],
        quote(secret, safe=""),
        quote_plus(secret),
        str(octets)[2:-1],
        b64encode(octets).decode().rstrip("="),
        urlsafe_b64encode(octets).decode().rstrip("="),
    }
    for before in (0, 1, 2):
        found |= _inside(octets, before)
    return {form for form in found if form}


def _inside(octets: bytes, before: int) -> set[str]:
    """The characters that the octets alone decide where `before` others stand in front."""
    skipped = 4 if before else 0
    padded = bytes(before) + octets
    whole = padded[: len(padded) // 3 * 3]
    found = (b64encode(whole), urlsafe_b64encode(whole))
    return {form.decode()[skipped:] for form in found if len(form) >= skipped + _BASE64_MIN}
