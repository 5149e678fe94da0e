"""Localized keys for SNMPv3: what goes into the engine instead of a pass phrase.

RFC 3414 A.2 (pass phrase → key → key of one engine), RFC 7860 4.2.1 (with SHA-256), RFC 3826 3.1.2
(AES takes the first 16 octets). Done here, so that the library never holds a pass phrase.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import sha256

from fleet.model.secret import Secret

_STRETCHED = 1024 * 1024
_AES128 = 16


@dataclass(frozen=True, slots=True)
class UsmKeys:
    """A user's keys on one engine; neither shows itself."""

    auth: bytes = field(repr=False)
    priv: bytes = field(repr=False)


def localized_keys(auth: Secret, priv: Secret, engine_id: bytes) -> UsmKeys:
    """Localize both pass phrases to `engine_id` (32 and 16 octets)."""
    return UsmKeys(auth=_localized(auth, engine_id), priv=_localized(priv, engine_id)[:_AES128])


def _localized(phrase: Secret, engine_id: bytes) -> bytes:
    octets = phrase.reveal().encode()
    repeated = (octets * (_STRETCHED // len(octets) + 1))[:_STRETCHED]
    key = sha256(repeated).digest()
    return sha256(key + engine_id + key).digest()
