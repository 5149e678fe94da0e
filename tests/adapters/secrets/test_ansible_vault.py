"""The vault decoder against Ansible's own program, and against damage."""

from __future__ import annotations

import binascii
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fleet.adapters.secrets.ansible_vault import (
    DamagedVault,
    NotAVault,
    WrongPassword,
    decrypt,
)

PASSWORD = b"correct horse"


@pytest.fixture(scope="module")
def encrypted(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A file that the real `ansible-vault` encrypted."""
    return encrypt(tmp_path_factory.mktemp("vault"), b"gate:\n  auth: Gate#2024\n")


def encrypt(folder: Path, plain: bytes, *options: str) -> bytes:
    """Encrypt by Ansible's own program."""
    file, password = folder / "v.yaml", folder / "password"
    file.write_bytes(plain)
    password.write_bytes(PASSWORD + b"\n")
    tool = Path(sys.executable).with_name("ansible-vault")
    subprocess.run(
        [tool, "encrypt", "--vault-password-file", password, *options, file],
        check=True,
        capture_output=True,
        env={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "HOME": str(folder)},
        timeout=60,
    )
    return file.read_bytes()


@pytest.mark.interop
def test_reads_what_ansible_vault_wrote(encrypted: bytes) -> None:
    """Goal: the format is Ansible's, not our idea of it."""
    assert decrypt(encrypted, PASSWORD) == b"gate:\n  auth: Gate#2024\n"


@pytest.mark.interop
def test_reads_version_1_2_with_a_vault_id(tmp_path: Path) -> None:
    """Goal: a file encrypted under a vault id carries a fourth word in its header."""
    data = encrypt(tmp_path, "口令: 密\n".encode(), "--encrypt-vault-id", "default")
    relabelled = data.replace(b"$ANSIBLE_VAULT;1.1;AES256", b"$ANSIBLE_VAULT;1.2;AES256;site", 1)
    assert decrypt(relabelled, PASSWORD) == "口令: 密\n".encode()


def test_another_password_is_told_from_damage(encrypted: bytes) -> None:
    """Goal: the person is told to look at the password, not at the file."""
    with pytest.raises(WrongPassword):
        decrypt(encrypted, b"battery staple")


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"gate: plain\n",
        b"$ANSIBLE_VAULT;1.0;AES\n00\n",
        b"$ANSIBLE_VAULT;1.1;AES\n00\n",
        b"$ANSIBLE_VAULT;9.9;AES256\n00\n",
        b"\xff\xfe\x00",
    ],
)
def test_what_is_no_vault_is_named_so(data: bytes) -> None:
    """Goal: a file that was never encrypted, or by another cipher, is no 'wrong password'."""
    with pytest.raises(NotAVault):
        decrypt(data, PASSWORD)


@pytest.mark.parametrize("body", [b"", b"zz", b"00", b"6161", b"61610a", b"61610a62620a"])
def test_a_garbled_body_is_damage(body: bytes) -> None:
    """Goal: hex that is no hex, or parts that are missing, never reach the cipher."""
    with pytest.raises(DamagedVault):
        decrypt(b"$ANSIBLE_VAULT;1.1;AES256\n" + body, PASSWORD)


def _inner(vault: bytes) -> bytes:
    """The three hex texts under the outer hex; an upper-case digit in them means the same byte."""
    return binascii.unhexlify(b"".join(vault.partition(b"\n")[2].split()))


def test_an_upper_case_digit_of_the_inner_hex_reads_the_same(encrypted: bytes) -> None:
    """Goal: the one harmless flip is known: `6` to `4` turns the inner `a` into `A`."""
    header, _, body = encrypted.partition(b"\n")
    upper = binascii.hexlify(_inner(encrypted).upper())
    assert upper != b"".join(body.split())
    assert decrypt(header + b"\n" + upper, PASSWORD) == b"gate:\n  auth: Gate#2024\n"


@settings(max_examples=30, deadline=None)
@given(data=st.data())
def test_no_flipped_byte_passes(encrypted: bytes, data: st.DataObject) -> None:
    """Property: one byte changed is refused, or reads the same (`a` for `A` in the hex)."""
    start = encrypted.index(b"\n") + 1
    at = data.draw(st.integers(start, len(encrypted) - 2))
    new = data.draw(st.sampled_from(sorted(set(b"0123456789abcdef") - {encrypted[at]})))
    altered = encrypted[:at] + bytes([new]) + encrypted[at + 1 :]
    try:
        read = decrypt(altered, PASSWORD)
    except (DamagedVault, WrongPassword):
        return
    assert _inner(altered).lower() == _inner(encrypted), "another salt, code or cipher text passed"
    assert read == decrypt(encrypted, PASSWORD)


@settings(max_examples=15, deadline=None)
@given(cut=st.integers(1, 200))
def test_no_cut_file_passes(encrypted: bytes, cut: int) -> None:
    """Property: a file cut anywhere is refused."""
    with pytest.raises((DamagedVault, WrongPassword, NotAVault)):
        decrypt(encrypted[: -1 - cut], PASSWORD)
