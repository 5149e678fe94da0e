"""Key files: 0600 from the first moment, made once, never made anew beside what they opened."""

from __future__ import annotations

import multiprocessing
import os
import stat
from pathlib import Path

import pytest

from fleet.adapters.keys import StateKeys
from fleet.model.errors import SecretError


def test_keys_are_private_files_in_a_private_folder(tmp_path: Path) -> None:
    """Goal: nobody else may read them, whatever the umask."""
    old = os.umask(0)
    try:
        keys = StateKeys(tmp_path / "state")
        keys.city_key()
        passphrase = keys.engine_passphrase_file()
    finally:
        os.umask(old)
    for path in (passphrase, keys.folder / "city-key"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    for folder in (tmp_path / "state", keys.folder):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert len(passphrase.read_text()) == 64


def test_a_key_is_made_once(tmp_path: Path) -> None:
    """Goal: the second asking gives the first one's bytes."""
    assert StateKeys(tmp_path).city_key() == StateKeys(tmp_path).city_key()
    first = StateKeys(tmp_path).engine_passphrase_file().read_bytes()
    assert StateKeys(tmp_path).engine_passphrase_file().read_bytes() == first


def _city_key(state: str) -> bytes:
    return StateKeys(Path(state)).city_key()


def test_processes_at_once_agree_on_one_key(tmp_path: Path) -> None:
    """Goal: two districts' stacks that come up together share one city key."""
    with multiprocessing.get_context("spawn").Pool(4) as pool:
        found = set(pool.map(_city_key, [str(tmp_path)] * 8))
    assert len(found) == 1
    assert sorted(p.name for p in (tmp_path / "keys").iterdir()) == ["city-key"]


@pytest.mark.parametrize("content", [b"", b"zz" * 32, b"00" * 31, b"\xff" * 64])
def test_a_damaged_city_key_is_refused(tmp_path: Path, content: bytes) -> None:
    """Goal: half a key never derives half-right passwords."""
    (tmp_path / "keys").mkdir()
    (tmp_path / "keys" / "city-key").write_bytes(content)
    with pytest.raises(SecretError) as caught:
        StateKeys(tmp_path).city_key()
    assert "city-key" in caught.value.summary.en


@pytest.mark.parametrize(
    "made",
    ["services/340705/up.json", "pulumi/backend/.pulumi/stacks/fleet/platform-340705.json"],
)
def test_a_lost_key_is_not_made_anew(tmp_path: Path, made: str) -> None:
    """Goal: with a new city key every device would refuse its password, so it is refused first."""
    keys = StateKeys(tmp_path)
    keys.city_key()
    keys.engine_passphrase_file()
    (tmp_path / made).parent.mkdir(parents=True)
    (tmp_path / made).write_text("{}")
    for path in list(keys.folder.iterdir()):
        path.unlink()
    for ask in (keys.city_key, keys.engine_passphrase_file):
        with pytest.raises(SecretError) as caught:
            ask()
        assert "gone" in caught.value.summary.en
    assert list(keys.folder.iterdir()) == []


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    """Goal: no traceback where something else has the folder's name."""
    (tmp_path / "keys").write_text("a file")
    with pytest.raises(SecretError) as caught:
        StateKeys(tmp_path).city_key()
    assert str(tmp_path) in caught.value.summary.en
