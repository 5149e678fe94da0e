"""Where supervisord's socket goes when a state folder lies too deep for a socket's path."""

from __future__ import annotations

import os
import shutil
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from fleet.adapters.supervision import Supervisor
from fleet.adapters.supervision.supervisor import short_folder
from fleet.model.errors import EngineError


@pytest.fixture
def deep(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A temporary folder that lies too deep itself."""
    folder = tmp_path / ("d" * 60) / ("e" * 60)
    folder.mkdir(parents=True)
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.setattr(tempfile, "tempdir", None)
    return folder


@pytest.fixture
def made() -> Iterator[list[Path]]:
    """Folders made by a test, removed after it."""
    folders: list[Path] = []
    yield folders
    for folder in folders:
        shutil.rmtree(folder)


def test_supervisord_did_not_start_below_a_deep_temporary_folder(
    deep: Path, made: list[Path]
) -> None:
    """Symptom: "AF_UNIX path too long" wherever both the state folder and TMPDIR lay deep."""
    made.append(short_folder())
    assert deep not in made[0].parents
    assert made[0].stat().st_mode & 0o777 == 0o700
    # supervisord first binds the name with its pid behind it.
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.bind(f"{made[0]}/supervisord.sock.4194304")


def test_a_temporary_folder_of_ordinary_length_is_used(
    monkeypatch: pytest.MonkeyPatch, made: list[Path]
) -> None:
    """Goal: TMPDIR is the operator's word as long as it can be followed."""
    wanted = Path(tempfile.mkdtemp(prefix="short-"))
    made.append(wanted)
    monkeypatch.setattr(tempfile, "tempdir", str(wanted))
    assert short_folder().parent == wanted


def test_the_run_time_folder_comes_before_tmp(
    deep: Path, monkeypatch: pytest.MonkeyPatch, made: list[Path]
) -> None:
    """Goal: /tmp is the last resort, since others write there too."""
    runtime = Path(tempfile.mkdtemp(prefix="run-", dir="/tmp"))
    made.append(runtime)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(runtime))
    assert short_folder().parent == runtime


def test_no_folder_at_all_is_told_with_what_to_do(
    deep: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Goal: a machine where nothing can be written gets a sentence, not a traceback."""
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(deep / "absent"))

    def refused(**_: object) -> str:
        raise PermissionError("read-only")

    monkeypatch.setattr(tempfile, "mkdtemp", refused)
    with pytest.raises(EngineError) as caught:
        short_folder()
    assert caught.value.fix is not None
    assert "TMPDIR" in caught.value.fix.en


def test_a_state_folder_of_ordinary_length_holds_the_socket_itself(tmp_path: Path) -> None:
    """Goal: nothing of a city lies elsewhere where it need not."""
    short = Path(tempfile.mkdtemp(prefix="s-"))
    try:
        supervisor = Supervisor(short)
        assert os.fspath(supervisor._socket_path()) == f"{short}/services/supervisord.sock"
    finally:
        short.rmdir()
