"""Keys that may sign observations: enrolled once, trusted by name or file; odd files are told."""

from __future__ import annotations

from pathlib import Path

import pytest

from fleet.model.errors import AlteredPlan, FleetError
from fleet.wiring.observed import (
    ENROLLED,
    enrol,
    read_observation,
    signer,
    trusted,
)


@pytest.fixture
def key(tmp_path: Path) -> str:
    """A public key of a fresh state folder."""
    return signer(tmp_path / "state").public


def test_a_key_is_the_same_as_long_as_its_folder_is(tmp_path: Path, key: str) -> None:
    """Goal: an enrolled key stays valid; another folder has another one."""
    assert signer(tmp_path / "state").public == key
    assert signer(tmp_path / "other").public != key
    assert (tmp_path / "state" / "keys" / "observer-key.pem").stat().st_mode & 0o777 == 0o600


def test_a_key_is_enrolled_once(tmp_path: Path, key: str) -> None:
    """Goal: the second time is no change of the city's file."""
    assert enrol(tmp_path, key, "ci")
    there = (tmp_path / ENROLLED).read_text("utf-8")

    assert not enrol(tmp_path, key, "again")
    assert (tmp_path / ENROLLED).read_text("utf-8") == there
    assert trusted(tmp_path) == {key: "ci"}


def test_a_file_without_a_last_line_end_is_continued(tmp_path: Path, key: str) -> None:
    """Goal: an editor that drops the last line end makes no two keys one."""
    other = signer(tmp_path / "other").public
    (tmp_path / ENROLLED).write_text(f"{other} theirs", "utf-8")

    assert enrol(tmp_path, key, "ours")
    assert trusted(tmp_path) == {other: "theirs", key: "ours"}


def test_a_key_given_by_itself_or_by_a_file_replaces_the_citys(tmp_path: Path, key: str) -> None:
    """Goal: whoever names a key trusts that one alone."""
    enrol(tmp_path, signer(tmp_path / "other").public, "theirs")
    file = tmp_path / "mine.pub"
    file.write_text(f"{key} mine\n", "utf-8")

    assert set(trusted(tmp_path, key)) == {key}
    assert set(trusted(tmp_path, str(file))) == {key}


@pytest.mark.parametrize("content", [None, b"\xff\xfe\x00"])
def test_keys_that_cannot_be_read_are_told(tmp_path: Path, content: bytes | None) -> None:
    """Goal: no file, and a file that is no text, name the verb that makes one."""
    if content is not None:
        (tmp_path / ENROLLED).write_bytes(content)

    with pytest.raises(AlteredPlan, match=ENROLLED) as raised:
        trusted(tmp_path)
    assert raised.value.fix is not None
    assert "--enrol" in raised.value.fix.en


@pytest.mark.parametrize("broken", ["binary", "folder"])
def test_a_file_of_keys_that_is_none_is_told_when_enrolling(
    tmp_path: Path, key: str, broken: str
) -> None:
    """Goal: a damaged file is left as it is, and told in words.

    Symptom once: the verb ended in a traceback.
    """
    path = tmp_path / ENROLLED
    if broken == "folder":
        path.mkdir()
    else:
        path.write_bytes(b"\xff\xfe\x00")

    with pytest.raises(FleetError, match=ENROLLED):
        enrol(tmp_path, key, "ci")
    assert path.is_dir() or path.read_bytes() == b"\xff\xfe\x00"


@pytest.mark.parametrize("content", [None, b"", b"{}", b"\xff", b"[1]", b'{"city": "x"}'])
def test_what_is_no_observation_is_refused(tmp_path: Path, key: str, content: bytes | None) -> None:
    """Goal: a missing, empty or foreign file is never planned from."""
    path = tmp_path / "seen.json"
    if content is not None:
        path.write_bytes(content)

    with pytest.raises(AlteredPlan):
        read_observation(path, "340700", [key])
