"""`fleet doctor` on machines and state folders, well and ill: each ill is named with its cure."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from fleet.adapters.leases import FileLeases
from fleet.adapters.processes import LinuxProcesses
from fleet.app import doctor
from fleet.cli.main import run
from fleet.model.text import text
from tests.adapters.forked import drop_rights, in_fork, open_parents
from tests.adapters.stores import FREED, by_hand, draft, opened


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The state folder that the doctor of this test looks at."""
    folder = tmp_path / "state"
    monkeypatch.setenv("FLEET_STATE", str(folder))
    return folder


def examined(capsys: pytest.CaptureFixture[str], code: int = 0) -> dict[str, dict[str, Any]]:
    """The doctor's JSON by check, after proving its exit code."""
    assert code == run(["--lang", "en", "--format", "json", "doctor"])
    found: list[dict[str, Any]] = json.loads(capsys.readouterr().out)
    return {one["check"]: one for one in found}


def test_a_fresh_folder_is_fine_and_stays_absent(
    state: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Before the first verb there is nothing to complain of, and looking makes nothing."""
    found = examined(capsys)

    assert list(found) == [
        "python",
        "engine",
        "ansible-playbook",
        "supervisord",
        "state",
        "keys",
        "journal",
        "locks",
        "disk",
        "clock",
    ]
    assert {"ok"} == {found[c]["status"] for c in ("python", "state", "keys", "journal", "locks")}
    assert not state.exists()


@pytest.mark.parametrize(("lang", "words"), [("en", {"ok"}), ("zh", {"正常"})])
def test_the_table_has_a_word_for_each_line(
    state: Path, capsys: pytest.CaptureFixture[str], lang: str, words: set[str]
) -> None:
    """Every line of the table starts with its status, and cures are indented below."""
    assert run(["--lang", lang, "doctor"]) == 0

    lines = capsys.readouterr().out.splitlines()
    heads = [line.split()[0] for line in lines if not line.startswith(" ")]
    assert len(heads) == 10
    assert words <= set(heads) <= {"ok", "warning", "error", "正常", "警告", "错误"}
    assert all("→" in line for line in lines if line.startswith(" "))


def test_a_loose_folder_is_an_error(state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A state folder that others may enter is an error, with the command that mends it."""
    state.mkdir()
    state.chmod(0o755)

    found = examined(capsys, 1)

    assert found["state"]["status"] == "error"
    assert f"chmod 0700 {state}" == found["state"]["fix"]


@pytest.mark.parametrize("mode", [0o700, 0o2770])
def test_a_private_or_shared_folder_is_fine(
    state: Path, capsys: pytest.CaptureFixture[str], mode: int
) -> None:
    """0700, and 2770 as the explicit choice of a group, are both in order."""
    state.mkdir()
    state.chmod(mode)

    found = examined(capsys)

    assert f"mode {mode:04o}" in found["state"]["found"]


def test_keys_are_explained(state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Private key files are counted, and their escrow is explained; no content is shown."""
    (state / "keys").mkdir(parents=True, mode=0o700)
    state.chmod(0o700)
    for name in ("engine-passphrase", "city-key"):
        (state / "keys" / name).write_text("canary-key")
        (state / "keys" / name).chmod(0o600)

    found = examined(capsys)

    assert "2 in" in found["keys"]["found"]
    assert "sealed copy" in found["keys"]["fix"]
    assert "canary" not in json.dumps(found)


def test_a_loose_key_is_an_error(state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A key that others may read is named, with the command and the advice to rotate."""
    (state / "keys").mkdir(parents=True)
    state.chmod(0o700)
    (state / "keys" / "city-key").write_text("k")
    (state / "keys" / "city-key").chmod(0o640)

    found = examined(capsys, 1)

    assert "chmod 0600" in found["keys"]["fix"]
    assert "city-key" in found["keys"]["found"]


def test_a_sound_journal_is_counted(state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Its records and its two settings are told."""
    with opened(state) as journal:
        journal.append([draft(), draft()])

    found = examined(capsys)

    assert found["journal"]["found"].startswith("2 records, WAL, synchronous=FULL")


def test_a_cut_journal_is_an_error(state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A journal that ends before its anchor is an error that names the missing record."""
    with opened(state) as journal:
        journal.append([draft(), draft()])
    by_hand(state, *FREED, "DELETE FROM journal WHERE seq = 2")

    found = examined(capsys, 1)

    assert "record 2 is missing" in found["journal"]["found"]
    assert "backup" in found["journal"]["fix"]


@pytest.mark.parametrize("above", [False, True])
def test_a_folder_closed_to_this_user_is_an_error(
    state: Path, capsys: pytest.CaptureFixture[str], above: bool
) -> None:
    """Another user's state folder, or one below such: errors with advice, and no check is lost."""
    with opened(state) as journal:
        journal.append([draft()])
    examined(capsys)  # imports what the other user may have no right to read
    open_parents(state)
    if above:
        state.parent.chmod(0o700)

    def look() -> dict[str, dict[str, Any]]:
        drop_rights(state.parent if above else state)
        return examined(capsys, 1)

    found = in_fork(look)
    state.parent.chmod(0o755)

    assert len(found) == 10
    assert "closed to this user" in found["journal"]["found"]
    assert "FLEET_STATE" in found["journal"]["fix"]
    assert {"error"} == {found[check]["status"] for check in ("keys", "journal", "locks")}
    assert ("error" if above else "ok") == found["state"]["status"]


def test_locks_name_their_holders(state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Who acts at this moment is told, and asking disturbs nobody."""
    with FileLeases(state, LinuxProcesses()).hold(["compound/cuihu"], "apply r-9"):
        found = examined(capsys)

    assert "apply r-9" in found["locks"]["found"]
    assert f"pid {os.getpid()}" in found["locks"]["found"]


def test_a_clock_behind_the_journal_is_an_error() -> None:
    """A wall clock earlier than the last record would journal out of time."""
    check = doctor.clock("2026-01-01T00:00:00.000Z", "2026-01-01T00:00:00.001Z")

    assert check.status == "error"
    assert check.fix is not None


def test_a_clock_ahead_of_the_journal_is_no_error() -> None:
    """At most a warning where NTP does not keep it; with no journal there is nothing to compare."""
    later = doctor.clock("2026-01-01T00:00:01.000Z", "2026-01-01T00:00:00.000Z")
    alone = doctor.clock("2026-01-01T00:00:01.000Z", None)

    assert later.status in ("ok", "warning")
    assert alone == later


@pytest.mark.parametrize(
    ("free_mb", "status"), [(50, "error"), (100, "warning"), (1023, "warning"), (1024, "ok")]
)
def test_little_disk_is_told_before_it_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, free_mb: int, status: str
) -> None:
    """Under 1 GB a warning, under 100 MB an error, also for a folder that is not there yet."""
    real = os.statvfs(tmp_path)
    fields = list(real)
    fields[4] = free_mb * 2**20 // real.f_frsize
    monkeypatch.setattr(os, "statvfs", lambda _: os.statvfs_result(fields))

    check = doctor.disk(tmp_path / "not" / "yet")

    assert status == check.status
    assert str(tmp_path) in check.found.en


def test_a_missing_program_is_an_error() -> None:
    """A program that is nowhere, or whose package is not installed, is named with the cure."""
    check = doctor.program("no-such-program", "no-such-package", text("x", "某"))

    assert check.status == "error"
    assert check.fix is not None
    assert "make setup" in check.fix.zh


def test_a_missing_engine_is_a_warning(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the engine compounds with an operator's uplink still work, so it is no error."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))

    check = doctor.engine()

    assert check.status == "warning"
    assert check.fix is not None
    assert "make setup" in check.fix.en


def test_sound_means_no_error() -> None:
    """Warnings leave the exit code at 0, errors do not."""
    ok = doctor.python()
    warning = ok.model_copy(update={"status": "warning"})
    error = ok.model_copy(update={"status": "error"})

    assert doctor.sound([ok, warning])
    assert not doctor.sound([ok, error, warning])
