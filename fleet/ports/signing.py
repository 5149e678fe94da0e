"""The signing port: who vouches for bytes that travel between machines.

A public key is written `ed25519:BASE64` (the 32 bytes of RFC 8032), a signature is base64 (64
bytes). Keys are compared as text.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

# Whether a signature of these bytes was made by the owner of this public key; never raises.
Verify = Callable[[str, bytes, str], bool]


class Signer(Protocol):
    """The owner of a private key."""

    @property
    def public(self) -> str:
        """The public key, as others enrol it."""
        ...

    def sign(self, message: bytes) -> str:
        """Sign bytes."""
        ...
