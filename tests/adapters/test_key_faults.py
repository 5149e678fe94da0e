"""What can be wrong with a key file, and which traces of a city forbid making a new one."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from fleet.adapters.keys import CITY_KEY_BYTES, StateKeys
from fleet.adapters.secrets.derive import derive_bytes, derive_password, fingerprint
from fleet.model.errors import SecretError
from fleet.model.exitcodes import ExitCode

HEX = "0123456789abcdef" * 4
# what stands in the file → whether it is a key
PAIRS: list[tuple[bytes, bool]] = [
    (HEX.encode(), True),
    (HEX.encode() + b"\n", True),
    (HEX.upper().encode(), True),
    (b"  " + HEX.encode() + b"\r\n", True),
    (b"", False),
    (b"\n", False),
    (HEX.encode()[:-1], False),
    (HEX.encode()[:-2], False),
    (HEX.encode() + b"00", False),
    (b"g" * 64, False),
    (b"\xff" * 64, False),
    (b"0x" + HEX.encode()[:62], False),
    (b"\x00" * 32, False),
    (("０" * 64).encode(), False),
]


@pytest.mark.parametrize(("content", "good"), PAIRS)
def test_what_is_a_city_key(tmp_path: Path, content: bytes, good: bool) -> None:
    """64 hex digits, blanks around them or not; anything else is told as damage, never mended."""
    keys = StateKeys(tmp_path)
    keys.folder.mkdir()
    (keys.folder / "city-key").write_bytes(content)
    if good:
        assert keys.city_key().hex() == HEX
        return

    with pytest.raises(SecretError) as raised:
        keys.city_key()

    path = keys.folder / "city-key"
    assert raised.value.summary.en == f"the key file {path} cannot be used"
    assert raised.value.summary.zh == f"密钥文件 {path} 无法使用"
    assert raised.value.fix is not None
    assert "64 hex digits" in raised.value.fix.en
    assert raised.value.exit_code is ExitCode.SECRETS
    assert path.read_bytes() == content


TRACES: list[tuple[str, bool]] = [
    ("services/340705/up.json", True),
    ("services/340711/up.json", True),
    ("pulumi/backend/.pulumi/stacks/fleet/platform-340705.json", True),
    ("services/up.json", False),
    ("services/340705/registrar/config.json", False),
    ("pulumi/backend/.pulumi/stacks/platform-340705.json", False),
    ("pulumi/backend/.pulumi/meta.yaml", False),
    ("pulumi/plans/340705.json", False),
    ("journal.db", False),
    ("plans/r1.json", False),
]


@pytest.mark.parametrize(("trace", "lost"), TRACES)
@pytest.mark.parametrize("which", ["city-key", "engine-passphrase"])
def test_which_traces_prove_that_a_key_was_lost(
    tmp_path: Path, trace: str, lost: bool, which: str
) -> None:
    """A stack's record or checkpoint forbids a new key; logs and plans do not."""
    path = tmp_path / trace
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("{}")
    keys = StateKeys(tmp_path)
    ask = keys.city_key if which == "city-key" else keys.engine_passphrase_file
    if not lost:
        ask()
        assert (keys.folder / which).stat().st_mode & 0o777 == 0o600
        return

    with pytest.raises(SecretError) as raised:
        ask()

    assert raised.value.summary.en == (
        f"the key file {keys.folder / which} is gone, but what was made with it still stands"
    )
    assert (
        raised.value.summary.zh == f"密钥文件 {keys.folder / which} 已丢失，但用它生成的服务器仍在"
    )
    assert raised.value.fix is not None
    assert "托管备份" in raised.value.fix.zh
    assert not keys.folder.exists()


def test_a_state_folder_that_is_closed_to_this_user(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another user's folder: a sentence, not a traceback."""
    real = os.stat

    def stat(path: str, *args: object, **more: object) -> os.stat_result:
        if str(path).startswith(str(tmp_path / "keys") + "/"):
            raise PermissionError(13, "Permission denied", str(path))
        return real(path, *args, **more)  # type: ignore[arg-type]  # passed on as it came

    monkeypatch.setattr(os, "stat", stat)

    with pytest.raises(SecretError) as raised:
        StateKeys(tmp_path).city_key()
    assert "Permission denied" in raised.value.summary.en


def test_keys_are_their_own(tmp_path: Path) -> None:
    """Two states have two city keys, and a passphrase is no city key."""
    one, two = StateKeys(tmp_path / "a"), StateKeys(tmp_path / "b")

    assert one.city_key() != two.city_key()
    assert one.engine_passphrase_file().read_text() != one.city_key().hex()
    assert len(one.city_key()) == CITY_KEY_BYTES
    assert len(one.engine_passphrase_file().read_text()) == 64


@pytest.mark.parametrize("district", ["340705", "340711"])
def test_where_an_authoritys_key_lies(tmp_path: Path, district: str) -> None:
    """One a district; asking makes nothing."""
    keys = StateKeys(tmp_path)

    assert keys.ca_key_file(district) == tmp_path / "keys" / f"ca-key-{district}.pem"
    assert list(tmp_path.iterdir()) == []


# city key, name, version → the value, taken down once; a changed one locks devices out
VALUES = [
    (b"\0" * 32, "device/cam-1/admin", 1),
    (b"\0" * 32, "device/cam-1/admin", 2),
    (b"\0" * 32, "device/cam-2/admin", 1),
    (b"\0" * 32, "sip/34070501011187000001", 1),
    (b"\1" * 32, "device/cam-1/admin", 1),
    (b"\0" * 32, "device/cam-1/admin/1", 1),
    (b"\0" * 32, "device/cam-1/admin", 11),
]


def test_no_two_purposes_share_a_value() -> None:
    """Names, versions and keys that run into each other when joined give values of their own."""
    values = [derive_password(key, name, version) for key, name, version in VALUES]
    prints = [fingerprint(key, value) for (key, _, _), value in zip(VALUES, values, strict=True)]

    assert len(set(values)) == len(VALUES)
    assert len(set(prints)) == len(VALUES)
    assert [derive_password(k, n, v) for k, n, v in VALUES] == values


@pytest.mark.parametrize("length", [1, 16, 32, 64, 255])
def test_bytes_of_any_length(length: int) -> None:
    """A longer derivation begins like a shorter one (RFC 5869), and purposes differ."""
    whole = derive_bytes(b"\0" * 32, "a", 255)

    assert derive_bytes(b"\0" * 32, "a", length) == whole[:length]
    assert derive_bytes(b"\0" * 32, "b", 32) != whole[:32]
