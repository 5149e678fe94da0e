"""Generated credentials: derived from the city key, so that a killed create gives the same value.

HKDF-SHA256 (RFC 5869) without salt, info `fleet/v1/NAME/N`. A value has 16 characters in the shape
`Aa0aa0aa0aa0aa0a`: at least one upper-case letter, one lower-case letter and one digit, as ISAPI
devices ask, and never three letters or two digits in a row, so that no user name of words (admin)
or digits (a GB/T 28181 id) can stand in it. About 75 bits.
"""

from __future__ import annotations

import hashlib
import hmac

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

# Without letters and digits that are taken for each other when read aloud or copied by hand.
_UPPER = "ABCDEFGHJKLMNPQRSTUVWXYZ"
_LOWER = "abcdefghijkmnopqrstuvwxyz"
_DIGIT = "23456789"
_EITHER = _UPPER + _LOWER
_SHAPE = (_UPPER, _LOWER, _DIGIT, *(_EITHER, _EITHER, _DIGIT) * 4, _EITHER)
# Two bytes a character: the bias of taking a remainder stays under 0.1 %.
_BYTES_EACH = 2


def derive_bytes(city_key: bytes, info: str, length: int) -> bytes:
    """`length` bytes for the purpose `info`, the same ones each time."""
    return HKDF(SHA256(), length, salt=None, info=info.encode()).derive(city_key)


def derive_password(city_key: bytes, name: str, version: int) -> str:
    """The value of `secret://generated/NAME?version=N`."""
    raw = derive_bytes(city_key, f"fleet/v1/{name}/{version}", _BYTES_EACH * len(_SHAPE))
    numbers = (
        int.from_bytes(raw[i : i + _BYTES_EACH], "big") for i in range(0, len(raw), _BYTES_EACH)
    )
    return "".join(
        alphabet[number % len(alphabet)] for alphabet, number in zip(_SHAPE, numbers, strict=True)
    )


def fingerprint(city_key: bytes, value: str) -> str:
    """First 16 hex digits of an HMAC-SHA256 of a value: tells two values apart, gives none away."""
    key = derive_bytes(city_key, "fleet/v1-fingerprint", 32)
    return hmac.new(key, value.encode(), hashlib.sha256).hexdigest()[:16]
