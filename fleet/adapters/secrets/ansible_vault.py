"""Reads files that `ansible-vault` encrypted: format 1.1 and 1.2, cipher AES256.

Own, small decoder: Ansible's is GPL-3 and takes most of a second to import. The format is given in
Ansible's user guide, "Ansible Vault payload format 1.1 - 1.2": a header line, then hex of three hex
texts joined by newlines: salt, HMAC-SHA256 of the cipher text, cipher text. PBKDF2-HMAC-SHA256 with
10,000 rounds gives 32 bytes of cipher key, 32 of HMAC key and 16 of counter; AES-256 in CTR mode,
padded by PKCS #7 (RFC 5652, 6.3).
"""

from __future__ import annotations

import binascii
import hashlib
import hmac

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.padding import PKCS7

_ROUNDS = 10_000
_VERSIONS = ("1.1", "1.2")


class NotAVault(ValueError):
    """The bytes are no vault file of a version and cipher that we read."""


class DamagedVault(ValueError):
    """It begins like a vault file and then is cut short or garbled."""


class WrongPassword(ValueError):
    """The HMAC does not fit: another password, or bytes that were altered."""


def decrypt(data: bytes, password: bytes) -> bytes:
    """Return the plain text of a vault file.

    Raises:
        NotAVault: no header of version 1.1 or 1.2 with AES256.
        DamagedVault: the body is not the hex that the format asks for.
        WrongPassword: the HMAC does not fit.
    """
    salt, mac, cipher_text = _parts(data)
    keys = hashlib.pbkdf2_hmac("sha256", password, salt, _ROUNDS, 80)
    cipher_key, mac_key, counter = keys[:32], keys[32:64], keys[64:]
    if not hmac.compare_digest(hmac.new(mac_key, cipher_text, hashlib.sha256).digest(), mac):
        raise WrongPassword("the HMAC does not fit")
    decryptor = Cipher(algorithms.AES(cipher_key), modes.CTR(counter)).decryptor()
    padded = decryptor.update(cipher_text) + decryptor.finalize()
    unpadder = PKCS7(128).unpadder()
    try:
        return unpadder.update(padded) + unpadder.finalize()
    except ValueError as error:
        raise DamagedVault("the padding is wrong") from error


def _parts(data: bytes) -> tuple[bytes, bytes, bytes]:
    header, _, body = data.partition(b"\n")
    words = header.decode("utf-8", "replace").strip().split(";")
    if len(words) not in (3, 4) or words[0] != "$ANSIBLE_VAULT":
        raise NotAVault("no $ANSIBLE_VAULT header")
    if words[1] not in _VERSIONS or words[2] != "AES256":
        raise NotAVault(f"version {words[1]}, cipher {words[2]}")
    try:
        inner = binascii.unhexlify(b"".join(body.split())).split(b"\n", 2)
        salt, mac, cipher_text = (binascii.unhexlify(part) for part in inner)
    except ValueError as error:
        raise DamagedVault("the body is not three hex texts") from error
    if not salt or len(mac) != hashlib.sha256().digest_size or not cipher_text:
        raise DamagedVault("a part of the body is cut short")
    return salt, mac, cipher_text
