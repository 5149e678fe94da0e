"""Ed25519 signatures (RFC 8032) with a private key that stays in the state folder."""

from __future__ import annotations

import base64
import binascii
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from fleet.adapters.atomic import create_private, private_folder
from fleet.model.errors import SecretError
from fleet.model.text import text

SCHEME = "ed25519:"


class KeySigner:
    """Signs with the key in `path` (PKCS #8 in PEM, 0600), which is made when it is first needed.

    A lost key is no loss: a new one has to be enrolled.

    Raises:
        SecretError: the key can be neither read nor made.
    """

    def __init__(self, path: Path) -> None:
        try:
            if not path.exists():
                private_folder(path.parent)
                create_private(path, _new_key())
            key = load_pem_private_key(path.read_bytes(), password=None)
        except (OSError, ValueError, TypeError) as error:
            raise _unusable(path) from error
        if not isinstance(key, Ed25519PrivateKey):
            raise _unusable(path)
        self._key = key

    @property
    def public(self) -> str:
        """The public key, as others enrol it."""
        return SCHEME + base64.b64encode(self._key.public_key().public_bytes_raw()).decode()

    def sign(self, message: bytes) -> str:
        """Sign bytes; base64."""
        return base64.b64encode(self._key.sign(message)).decode()


def verify(public: str, message: bytes, signature: str) -> bool:
    """Whether the owner of `public` signed `message`; anything malformed is no."""
    if not public.startswith(SCHEME):
        return False
    try:
        key = Ed25519PublicKey.from_public_bytes(
            base64.b64decode(public.removeprefix(SCHEME), validate=True)
        )
        key.verify(base64.b64decode(signature, validate=True), message)
    except (ValueError, binascii.Error, InvalidSignature):
        return False
    return True


def _new_key() -> bytes:
    return Ed25519PrivateKey.generate().private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
    )


def _unusable(path: Path) -> SecretError:
    return SecretError(
        text("the signing key {p} cannot be used", "签名密钥 {p} 无法使用", p=path),
        text(
            "it must be an Ed25519 key in PEM that this user may read; removed, it is made anew "
            "and has to be enrolled",
            "应为当前用户可读的 Ed25519 PEM 密钥；删除后会重新生成并需重新登记",
        ),
    )
