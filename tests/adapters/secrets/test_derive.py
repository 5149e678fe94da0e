"""Generated credentials: the same for the same name and version, and acceptable to devices."""

from __future__ import annotations

import hashlib
import hmac
import re

from hypothesis import given
from hypothesis import strategies as st

from fleet.adapters.secrets.derive import derive_bytes, derive_password, fingerprint

KEYS = st.binary(min_size=32, max_size=32)
KNOWN = "Ko9Uv8Dn2kF5xW6Y"
NAMES = st.from_regex(r"[a-z][a-z0-9/-]{0,30}", fullmatch=True)


def hkdf(key: bytes, info: bytes, length: int) -> bytes:
    """RFC 5869 by the letter: extract with a salt of zeros, then expand."""
    secret = hmac.new(b"\0" * 32, key, hashlib.sha256).digest()
    out, block = b"", b""
    for counter in range(1, -(-length // 32) + 1):
        block = hmac.new(secret, block + info + bytes([counter]), hashlib.sha256).digest()
        out += block
    return out[:length]


@given(key=KEYS, length=st.integers(1, 100))
def test_derivation_is_hkdf(key: bytes, length: int) -> None:
    """Property: the library's HKDF and RFC 5869 written out again agree."""
    assert derive_bytes(key, "fleet/v1/x/1", length) == hkdf(key, b"fleet/v1/x/1", length)


@given(key=KEYS, name=NAMES, version=st.integers(1, 1000))
def test_a_password_is_one_that_devices_take(key: bytes, name: str, version: int) -> None:
    """Property: 16 characters with upper, lower and digit, and no user name of words in it."""
    value = derive_password(key, name, version)
    assert len(value) == 16
    assert re.search("[A-Z]", value)
    assert re.search("[a-z]", value)
    assert re.search("[0-9]", value)
    assert not re.search("[A-Za-z]{3}|[0-9]{2}", value)
    assert value == derive_password(key, name, version)


def test_the_value_never_changes() -> None:
    """Goal: a new release derives what devices already carry; fixed since the first release."""
    assert derive_password(bytes(range(32)), "device/cam-1/admin", 1) == KNOWN


def test_name_version_and_key_each_matter() -> None:
    """Goal: no two credentials of a fleet are alike."""
    key = bytes(32)
    values = {
        derive_password(k, n, v)
        for k in (key, b"\1" * 32)
        for n in ("a", "b", "a/1")
        for v in (1, 2, 11)
    }
    assert len(values) == 18


def test_characters_are_spread_evenly() -> None:
    """Goal: no character of an alphabet is favoured, over 3,000 values."""
    counts: dict[str, int] = {}
    for n in range(3000):
        for char in derive_password(bytes(32), f"n{n}", 1):
            counts[char] = counts.get(char, 0) + 1
    digits = [counts[c] for c in "23456789"]
    assert min(digits) > 0.85 * max(digits)
    assert set(counts) == set("ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789")


def test_a_fingerprint_compares_and_gives_nothing_away() -> None:
    """Goal: 16 hex digits that depend on key and value, and are no plain hash of the value."""
    assert re.fullmatch("[0-9a-f]{16}", fingerprint(bytes(32), "x"))
    assert fingerprint(bytes(32), "x") != fingerprint(bytes(32), "y")
    assert fingerprint(bytes(32), "x") != fingerprint(b"\1" * 32, "x")
    assert not hashlib.sha256(b"x").hexdigest().startswith(fingerprint(bytes(32), "x"))
