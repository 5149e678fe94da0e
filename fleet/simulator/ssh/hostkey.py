"""Each simulated device's SSH host key: its own, and the same at every start.

It is derived from the device's id, so that an example inventory can pin it. Nothing is secret in a
simulator.
"""

from __future__ import annotations

import hashlib
import io

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from paramiko import Ed25519Key  # type: ignore[import-untyped]  # no types upstream


def host_key(device: str, other: bool = False) -> Ed25519Key:
    """A device's host key (RFC 8709); `other` is the one of another device in its place."""
    about = "other host key" if other else "host key"
    seed = hashlib.sha256(f"{device}/{about}".encode()).digest()
    made = Ed25519PrivateKey.from_private_bytes(seed)
    text = made.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption()).decode()
    return Ed25519Key(file_obj=io.StringIO(text))


def public_line(device: str) -> str:
    """The public key as an inventory pins it: `ssh-ed25519 AAAA…`."""
    return f"ssh-ed25519 {host_key(device).get_base64()}"


def fingerprint(device: str) -> str:
    """The public key's fingerprint: `SHA256:…`."""
    return str(host_key(device).fingerprint)
