"""The doctor's checks one by one: status, words and cure of each outcome, in both languages."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from importlib import metadata
from pathlib import Path
from types import SimpleNamespace

import pytest

from fleet.adapters.clock import SystemClock
from fleet.app import doctor, doctor_state
from fleet.app.doctor import Check
from fleet.journal import HashJournal
from fleet.model.errors import StoreError
from fleet.model.text import Text, text
from fleet.ports.journal import Draft
from tests.journal.memory import MemoryStore

MB = 2**20


def sound(check: Check) -> bool:
    """Whether a check says that all is well, and then needs no cure."""
    return check.status == "ok"


@pytest.mark.parametrize(
    ("version", "status"),
    [
        ((3, 10, 9), "error"),
        ((3, 11, 0), "ok"),
        ((3, 12, 1), "ok"),
        ((3, 13, 0), "ok"),
        ((4, 0, 0), "ok"),
        ((2, 7, 18), "error"),
    ],
)
def test_the_interpreter(
    monkeypatch: pytest.MonkeyPatch, version: tuple[int, int, int], status: str
) -> None:
    """3.11 is the oldest that does; an older one is told with what to run."""
    monkeypatch.setattr(sys, "version_info", version)

    check = doctor.python()

    assert (check.code, check.status) == ("python", status)
    assert check.found.en == f"{'.'.join(map(str, version))} at {sys.executable}"
    assert check.found.zh == f"{'.'.join(map(str, version))}，位于 {sys.executable}"
    assert (check.fix is None) is (status == "ok")
    if check.fix is not None:
        assert check.fix.zh == "请用 Python 3.11 或更新版本运行 make setup"


@pytest.mark.parametrize(
    ("beside", "elsewhere", "package", "status"),
    [
        ("/env/bin/tool", None, "1.2", "ok"),
        (None, "/usr/bin/tool", "1.2", "ok"),
        (None, None, "1.2", "error"),
        ("/env/bin/tool", None, None, "error"),
        (None, None, None, "error"),
    ],
)
def test_a_program(
    monkeypatch: pytest.MonkeyPatch,
    beside: str | None,
    elsewhere: str | None,
    package: str | None,
    status: str,
) -> None:
    """It needs its file and its package; our own environment comes before the system's."""

    def which(name: str, path: str | None = None) -> str | None:
        return beside if path else elsewhere

    def version(name: str) -> str:
        if package is None:
            raise metadata.PackageNotFoundError(name)
        return package

    monkeypatch.setattr(shutil, "which", which)
    monkeypatch.setattr(metadata, "version", version)

    check = doctor.program("tool", "pkg", text("devices", "设备下发"))

    assert (check.code, check.status) == ("tool", status)
    assert (check.name.en, check.name.zh) == ("tool (devices)", "tool（设备下发）")
    if status == "ok":
        assert check.found.en == f"1.2 at {beside or elsewhere}"
        assert check.fix is None
    else:
        assert (check.found.en, check.found.zh) == ("it is not here", "未找到")
        assert check.fix == text("run make setup", "请运行 make setup")


@pytest.mark.parametrize(
    ("free", "status"),
    [
        (0, "error"),
        (100 * MB - 1, "error"),
        (100 * MB, "warning"),
        (1024 * MB - 1, "warning"),
        (1024 * MB, "ok"),
        (10**13, "ok"),
    ],
)
def test_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, free: int, status: str) -> None:
    """Under 100 MB is an error, under 1 GB a warning; each bound itself is the milder."""
    asked: list[str] = []

    def statvfs(path: Path) -> SimpleNamespace:
        asked.append(str(path))
        return SimpleNamespace(f_bavail=free, f_frsize=1)

    monkeypatch.setattr(os, "statvfs", statvfs)

    check = doctor.disk(tmp_path / "none" / "deeper")

    assert (check.code, check.status) == ("disk", status)
    assert asked == [str(tmp_path)]
    assert check.found.en == f"{free // MB} MB free at {tmp_path}"
    assert check.found.zh == f"{tmp_path} 剩余 {free // MB} MB"
    assert (check.fix is None) is (status == "ok")


@pytest.mark.parametrize(
    ("now", "last", "kept", "status", "fix"),
    [
        ("2026-11-24T00:00:00.000Z", None, True, "ok", None),
        ("2026-11-24T00:00:00.000Z", "2026-11-23T23:59:59.999Z", True, "ok", None),
        ("2026-11-24T00:00:00.000Z", "2026-11-24T00:00:00.000Z", True, "ok", None),
        ("2026-11-24T00:00:00.000Z", "2026-11-24T00:00:00.001Z", True, "error", "set the clock"),
        ("2026-11-24T00:00:00.000Z", "2026-11-25T00:00:00.000Z", False, "error", "set the clock"),
        ("2026-11-24T00:00:00.000Z", None, False, "warning",
         "run an NTP client: records and lock-out times follow this clock"),
    ],
)  # fmt: skip
def test_the_clock(
    monkeypatch: pytest.MonkeyPatch,
    now: str,
    last: str | None,
    kept: bool,
    status: str,
    fix: str | None,
) -> None:
    """Behind the journal is an error, whoever keeps it; unkept is a warning."""
    monkeypatch.setattr(doctor, "_synchronised", lambda: kept)

    check = doctor.clock(now, last)

    assert (check.code, check.status) == ("clock", status)
    assert (check.fix.en if check.fix else None) == fix
    assert check.found.en.startswith(now)
    if status == "error":
        assert check.found.zh == f"{now}，早于日志最后一条记录 {last}"


def test_the_machine_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    """The order in which a person reads them."""
    assert [check().code for check in doctor.machine()] == [
        "python", "engine", "ansible-playbook", "supervisord",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("statuses", "well"),
    [
        ([], True),
        (["ok", "ok"], True),
        (["ok", "warning"], True),
        (["warning", "error", "ok"], False),
        (["error"], False),
    ],
)
def test_sound_is_without_errors(statuses: list[str], well: bool) -> None:
    """Warnings do not fail a machine."""
    made = [
        Check.model_validate({"code": "c", "name": _T, "status": s, "found": _T}) for s in statuses
    ]

    assert doctor.sound(made) is well


_T = {"en": "x", "zh": "某"}


@pytest.mark.parametrize(
    ("mode", "status"),
    [
        (0o700, "ok"),
        (0o500, "ok"),
        (0o2770, "ok"),
        (0o770, "error"),
        (0o750, "error"),
        (0o755, "error"),
        (0o711, "error"),
        (0o707, "error"),
        (0o2775, "error"),
        (0o1777, "error"),
    ],
)
def test_modes_of_a_state_folder(tmp_path: Path, mode: int, status: str) -> None:
    """Ours alone, or a group's on purpose with the bit that keeps files the group's."""
    folder = tmp_path / "state"
    folder.mkdir()
    folder.chmod(mode)

    check = doctor_state.folder(folder)

    assert (check.code, check.status) == ("state", status)
    assert check.found.en == f"{folder}, mode {mode:04o}"
    assert check.found.zh == f"{folder}，权限 {mode:04o}"
    assert (check.fix is None) is (status == "ok")
    if check.fix is not None:
        assert (check.fix.en, check.fix.zh) == (
            f"chmod 0700 {folder}", f"运行 chmod 0700 {folder}",
        )  # fmt: skip


def test_a_state_folder_that_is_not_there(tmp_path: Path) -> None:
    """Fine: the first verb makes it, and looking does not."""
    check = doctor_state.folder(tmp_path / "none")

    assert sound(check)
    assert "is not there yet" in check.found.en
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize(
    ("modes", "status", "named"),
    [
        ({}, "ok", "none yet"),
        ({"city-key": 0o600}, "ok", "1 in"),
        ({"city-key": 0o400, "engine-passphrase": 0o600}, "ok", "2 in"),
        ({"city-key": 0o640}, "error", "city-key"),
        ({"city-key": 0o604}, "error", "city-key"),
        ({"city-key": 0o600, "ca-key-340705.pem": 0o644}, "error", "ca-key-340705.pem"),
        ({"city-key": 0o622, "engine-passphrase": 0o666}, "error", "engine-passphrase"),
    ],
)
def test_modes_of_keys(tmp_path: Path, modes: dict[str, int], status: str, named: str) -> None:
    """Readable by the owner alone; the loose ones are named with what to run."""
    folder = tmp_path / "keys"
    folder.mkdir()
    for name, mode in modes.items():
        (folder / name).write_text("x")
        (folder / name).chmod(mode)

    check = doctor_state.keys(tmp_path)

    assert (check.code, check.status) == ("keys", status)
    assert named in check.found.en
    loose = [str(folder / n) for n, m in sorted(modes.items()) if m & 0o077]
    if loose:
        assert check.found.zh == f"其他用户可读：{' '.join(loose)}"
        assert check.fix is not None
        assert check.fix.en.startswith(f"chmod 0600 {' '.join(loose)}; ")
    elif modes:
        assert check.fix is not None
        assert "密封" in check.fix.zh


def test_no_keys_folder(tmp_path: Path) -> None:
    """Nothing made yet is nothing to complain of."""
    check = doctor_state.keys(tmp_path)

    assert (check.status, check.found.zh, check.fix) == ("ok", "尚未生成", None)


@contextmanager
def _book(records: int) -> Iterator[HashJournal]:
    journal = HashJournal(MemoryStore(), SystemClock())
    for n in range(records):
        journal.append([Draft(kind="k", subject=str(n))])
    yield journal


@pytest.mark.parametrize("records", [0, 1, 5])
def test_a_journal_that_fits(records: int) -> None:
    """How many, and when the last one was written, for the clock's check."""
    check, last = doctor_state.journal(lambda: _book(records))

    assert (check.code, check.status, check.fix) == ("journal", "ok", None)
    assert check.found.en.startswith(f"{records} records, WAL, synchronous=FULL")
    assert check.found.zh.startswith(f"{records} 条记录")
    assert bool(last) is bool(records)


def test_no_journal() -> None:
    """None is made by looking."""

    @contextmanager
    def none() -> Iterator[None]:
        yield None

    check, last = doctor_state.journal(none)

    assert (check.status, check.found.en, check.found.zh, last) == (
        "ok", "none yet", "尚未建立", "",
    )  # fmt: skip


def test_a_journal_that_cannot_be_opened() -> None:
    """Its own words and its own cure, as an error."""
    why, cure = text("broken at 7", "第 7 条损坏"), text("see the runbook", "见手册")

    def broken() -> AbstractContextManager[HashJournal]:
        raise StoreError(why, cure)

    check, last = doctor_state.journal(broken)

    assert (check.status, check.found, check.fix, last) == ("error", why, cure, "")


@pytest.mark.parametrize(
    ("held", "en", "zh"),
    [
        ([], "none held", "无"),
        ([text("a by b", "甲由乙")], "a by b", "甲由乙"),
        ([text("a", "甲"), text("b", "乙")], "a; b", "甲；乙"),
    ],
)
def test_who_holds_what(held: list[Text], en: str, zh: str) -> None:
    """Holding a lock is nothing wrong; each is told."""
    check = doctor_state.locks(lambda: held)

    assert (check.code, check.status) == ("locks", "ok")
    assert (check.found.en, check.found.zh) == (en, zh)


def test_locks_that_cannot_be_read() -> None:
    """An error with its own words."""

    def broken() -> list[Text]:
        raise StoreError(text("no way in", "无法进入"), text("be the owner", "请换所有者"))

    check = doctor_state.locks(broken)

    assert (check.status, check.found.zh) == ("error", "无法进入")
    assert check.fix == text("be the owner", "请换所有者")
