"""SNMPv3 passwords into the form that is kept: keys localized to one engine."""

from __future__ import annotations

import functools
import hashlib

_EXPANDED = 1_048_576


def localized(password: str, engine_id: str) -> str:
    """Localize a password to an engine with SHA-256 (RFC 3414, A.2, with the hash of RFC 7860).

    Args:
        password: at least eight characters, as the RFC asks of users; not checked here.
        engine_id: in hex.

    Returns:
        32 octets in hex; AES-128 uses the first 16.
    """
    engine = bytes.fromhex(engine_id)
    key = _expanded(password.encode())
    return hashlib.sha256(key + engine + key).hexdigest()


@functools.lru_cache(maxsize=64)
def _expanded(password: bytes) -> bytes:
    """The password repeated to one megabyte, hashed: the same for every engine."""
    if not password:
        raise ValueError("an empty password has no key")
    repeated = password * (_EXPANDED // len(password) + 1)
    return hashlib.sha256(repeated[:_EXPANDED]).digest()
