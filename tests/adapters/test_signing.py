"""Ed25519 keys on disk and signatures; OpenSSL's own program agrees."""

from __future__ import annotations

import base64
import stat
import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from fleet.adapters.signing import KeySigner, verify
from fleet.model.errors import SecretError

# RFC 8032, 7.1, TEST 2.
PUBLIC = bytes.fromhex("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c")
SIGNATURE = bytes.fromhex(
    "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
    "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
)


def b64(raw: bytes) -> str:
    """Base64 as text."""
    return base64.b64encode(raw).decode()


def test_the_vector_of_the_standard_is_accepted() -> None:
    """RFC 8032, 7.1, TEST 2: one byte, 0x72."""
    assert verify(f"ed25519:{b64(PUBLIC)}", b"\x72", b64(SIGNATURE))
    assert not verify(f"ed25519:{b64(PUBLIC)}", b"\x73", b64(SIGNATURE))


def test_a_key_is_made_once_and_closed_to_others(tmp_path: Path) -> None:
    """The second signer of the folder has the same key; modes 0700 and 0600."""
    path = tmp_path / "keys" / "observer-key.pem"
    one, two = KeySigner(path), KeySigner(path)

    assert one.public == two.public
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert KeySigner(tmp_path / "other.pem").public != one.public


def test_what_one_signs_only_its_public_key_verifies(tmp_path: Path) -> None:
    """Another key, another message, another signature: no."""
    one, two = KeySigner(tmp_path / "1"), KeySigner(tmp_path / "2")
    signature = one.sign(b"seen")

    assert verify(one.public, b"seen", signature)
    assert not verify(two.public, b"seen", signature)
    assert not verify(one.public, b"Seen", signature)
    assert not verify(one.public, b"seen", two.sign(b"seen"))


@pytest.mark.parametrize(
    ("public", "signature"),
    [
        ("", ""),
        ("ed25519:", "AAAA"),
        ("ed25519:!!!", "AAAA"),
        ("ed25519:AAAA", "AAAA"),
        ("rsa:" + b64(PUBLIC), b64(SIGNATURE)),
        ("ed25519:" + b64(PUBLIC), "not base64"),
        ("ed25519:" + b64(PUBLIC), "签名"),
        ("ed25519:" + b64(PUBLIC), b64(SIGNATURE[:-1])),
    ],
)
def test_anything_malformed_is_no(public: str, signature: str) -> None:
    """And never an exception."""
    assert verify(public, b"\x72", signature) is False


def test_openssl_verifies_what_we_sign(tmp_path: Path) -> None:
    """An independent peer reads our key file and accepts our signature."""
    key, message, signature = tmp_path / "k.pem", tmp_path / "m", tmp_path / "s"
    signer = KeySigner(key)
    message.write_bytes("观测".encode())
    signature.write_bytes(base64.b64decode(signer.sign(message.read_bytes())))

    done = subprocess.run(
        ["openssl", "pkeyutl", "-verify", "-rawin", "-inkey", str(key), "-in", str(message),
         "-sigfile", str(signature)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert (done.returncode, "Successfully" in done.stdout) == (0, True), done.stderr


@pytest.mark.parametrize("damage", ["", "-----BEGIN NOTHING-----", "ec"])
def test_a_damaged_or_other_key_is_told(tmp_path: Path, damage: str) -> None:
    """It is never replaced in silence: its owner may have enrolled it."""
    path = tmp_path / "key"
    other = generate_private_key(SECP256R1()).private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
    )
    path.write_bytes(other if damage == "ec" else damage.encode())
    before = path.read_bytes()

    with pytest.raises(SecretError, match="cannot be used"):
        KeySigner(path)
    assert path.read_bytes() == before


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    """A file has its name."""
    (tmp_path / "keys").write_text("a file")

    with pytest.raises(SecretError, match="cannot be used"):
        KeySigner(tmp_path / "keys" / "key.pem")
