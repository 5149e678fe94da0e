"""Look at every key, value and line of a file for what no inventory may hold.

Notes places, never values: what is found here is exactly what must not be shown again.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from fleet.inventory.nodes import Entry, Mapping, Node, Scalar, Sequence
from fleet.inventory.scalars import is_null
from fleet.inventory.source import Source
from fleet.model.diagnostic import Position
from fleet.model.suspect import ResidentSuspicion, SecretSuspicion, Suspect

_SECRET_KEY = re.compile(
    r"(?:^|[_-])(?:passwords?|passwd|pwd|passphrase|passcode|secret|community|token|apikey"
    r"|(?:private|api|auth|priv)[_-]?key|auth|priv|pin|ha1)(?:$|[_-])|口令|密码|密钥|团体名",
    re.IGNORECASE,
)
# `password_file` names a file, `auth_ways` are ways through a door.
_NO_SECRET_KEY = re.compile(r"_(?:file|ways)$|^auth_ways$", re.IGNORECASE)
_RESIDENT_KEY = re.compile(
    r"(?:^|[_-])(?:residents?|householders?|tenants?|owner_name|phones?|mobiles?|telephones?"
    r"|id_?card_?(?:no|number)|id_number|ssn|faces?_(?:image|photo|data|id)|face_?feature)(?:$|[_-])"
    r"|住户(?!数)|业主|租户|居民|身份证|手机|电话|联系方式|姓名|人脸(?:照片|图片|特征)",
    re.IGNORECASE,
)
# Resident identity number with its check digit (GB 11643-1999); mainland mobile number.
_ID_CARD = re.compile(r"(?<![0-9A-Za-z])[1-9][0-9]{16}[0-9Xx](?![0-9A-Za-z])")
_MOBILE = re.compile(r"(?<![0-9A-Za-z.])1[3-9][0-9][- ]?[0-9]{4}[- ]?[0-9]{4}(?![0-9A-Za-z.])")
_URL_LOGIN = re.compile(r"[a-z][a-z0-9+.-]*://[^/\s:@]+:[^/\s@]+@", re.IGNORECASE)
_PRIVATE_KEY = "-----BEGIN "
# What devices leave the factory with, and what installers set in their place.
_DEFAULTS = frozenset(
    {
        "12345",
        "123456",
        "12345678",
        "123456789",
        "1234567890",
        "admin",
        "admin123",
        "admin1234",
        "admin12345",
        "admin@123",
        "abc123",
        "abc12345",
        "abcd1234",
        "hik12345",
        "hik12345+",
        "dahua123",
        "888888",
        "666666",
        "000000",
        "111111",
        "password",
        "public",
        "private",
        "root",
        "system",
        "54321",
        "4321",
        "1111",
        "0000",
        "default",
    }
)
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


@dataclass(frozen=True)
class _Owner:
    """Whose line it is."""

    compound: str | None
    device: str | None = None


def suspects(source: Source, compound: str | None) -> Iterator[Suspect]:
    """Everything suspicious in one file, in no particular order."""
    if source.root is not None:
        yield from _walk(source.root, source.file, "", _Owner(compound))
    for number, line in enumerate(source.content.split("\n"), 1):
        yield from suspects_of_line(source.file, number, line, compound)


def is_default_password(word: str) -> bool:
    """Whether devices leave the factory with it, or installers set it in its place."""
    return word.lower() in _DEFAULTS


def is_id_card(value: str) -> bool:
    """Whether 18 characters are a resident identity number by their check digit."""
    total = sum(int(digit) * weight for digit, weight in zip(value[:17], _WEIGHTS, strict=True))
    return "10X98765432"[total % 11] == value[17].upper()


def suspects_of_line(
    file: str, number: int, line: str, compound: str | None = None
) -> Iterator[Suspect]:
    """Everything suspicious in one line of any text beside the inventory."""

    def found(what: SecretSuspicion | ResidentSuspicion, at: int) -> Suspect:
        place = Position(file=file, line=number, column=at + 1)
        return Suspect(what=what, position=place, compound=compound)

    for match in _ID_CARD.finditer(line):
        if is_id_card(match.group()):
            yield found("id_card", match.start())
    for match in _MOBILE.finditer(line):
        yield found("mobile", match.start())
    for match in _URL_LOGIN.finditer(line):
        yield found("url_login", match.start())
    if (at := line.find(_PRIVATE_KEY)) >= 0 and "PRIVATE KEY" in line:
        yield found("private_key", at)


def _walk(node: Node, file: str, secret_key: str, owner: _Owner) -> Iterator[Suspect]:
    if isinstance(node, Scalar):
        if secret_key and not is_null(node) and not node.text.startswith("secret://"):
            yield _literal(node, file, secret_key, owner)
    elif isinstance(node, Sequence):
        for item in node.items:
            yield from _walk(item, file, secret_key, owner)
    else:
        inner = _owner(node, owner)
        for entry in node.entries:
            yield from _entry(entry, file, inner)


def _entry(entry: Entry, file: str, owner: _Owner) -> Iterator[Suspect]:
    secret = _SECRET_KEY.search(entry.key) and not _NO_SECRET_KEY.search(entry.key)
    if _RESIDENT_KEY.search(entry.key):
        yield Suspect(
            what="resident_key",
            position=Position(file=file, line=entry.line, column=entry.column),
            key=entry.key[:40],
            compound=owner.compound,
            device=owner.device,
        )
    # A mapping under a secret-looking key may be about secrets: its own keys tell.
    yield from _walk(entry.value, file, entry.key[:40] if secret else "", owner)


def _owner(node: Mapping, owner: _Owner) -> _Owner:
    """A mapping with both `id` and `kind` and an address is a device's line."""
    entry = node.get("id")
    if entry is None or node.get("address") is None or not isinstance(entry.value, Scalar):
        return owner
    return _Owner(owner.compound, entry.value.text[:60])


def _literal(node: Scalar, file: str, key: str, owner: _Owner) -> Suspect:
    what: SecretSuspicion = "default_password" if is_default_password(node.text) else "plaintext"
    return Suspect(
        what=what,
        position=Position(file=file, line=node.line, column=node.column),
        key=key,
        compound=owner.compound,
        device=owner.device,
    )
