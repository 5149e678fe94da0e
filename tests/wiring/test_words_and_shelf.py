"""The shelf of sealed plans, opening a journal, and what goes wrong with simulated devices."""

from __future__ import annotations

import os
from pathlib import Path
from typing import get_args

import pytest

from fleet.model.errors import AlteredPlan, EngineError, StoreError, UsageError
from fleet.model.exitcodes import ExitCode
from fleet.simulator.errors import Code, SimError
from fleet.wiring.journal import has_journal, open_journal, read_journal
from fleet.wiring.shelf import FileShelf
from fleet.wiring.simwords import in_words

Facts = dict[str, str | int | list[str]]
# code, facts → the error's class, en, zh, the fix in English and Chinese
WORDS: list[tuple[Code, Facts, type[Exception], str, str, str | None, str | None]] = [
    ("unknown-device", {"device": "cam-9", "known": ["cam-1", "cam-2"]}, UsageError,
     "no simulated device is called cam-9", "没有名为 cam-9 的模拟设备",
     "did you mean cam-2, cam-1?", "是否想用 cam-2, cam-1？"),
    ("unknown-device", {"device": "zz", "known": ["cam-1"]}, UsageError,
     "no simulated device is called zz", "没有名为 zz 的模拟设备",
     "known: cam-1", "已知：cam-1"),
    ("unknown-device", {"device": "zz", "known": []}, UsageError,
     "no simulated device is called zz", "没有名为 zz 的模拟设备",
     "none was started yet: fleet sim up", "尚未启动任何设备：fleet sim up"),
    ("unknown-field", {"device": "cam-1", "field": "osd", "known": ["osd_text"]}, UsageError,
     "cam-1 has no field osd", "cam-1 没有字段 osd",
     "did you mean osd_text?", "是否想用 osd_text？"),
    ("bad-value", {"device": "cam-1", "field": "ntp_port", "value": "0", "why": "low"}, UsageError,
     "cam-1: ntp_port cannot be '0' (low)", "cam-1：ntp_port 不能为 '0'（low）", None, None),
    ("bad-value", {"device": "cam-1", "field": "slow", "value": "x", "why": "0"}, UsageError,
     "cam-1: slow cannot be 'x' (0)", "cam-1：slow 不能为 'x'（0）",
     "its form: fleet sim fault --help", "取值形式见：fleet sim fault --help"),
    ("unknown-fault", {"fault": "slo", "known": ["slow", "late"]}, UsageError,
     "there is no fault slo", "没有故障 slo", "did you mean slow?", "是否想用 slow？"),
    ("fault-not-here", {"device": "gate-1", "fault": "basic-only"}, UsageError,
     "gate-1 cannot have the fault basic-only", "gate-1 不支持故障 basic-only", None, None),
    ("address-taken", {"device": "cam-1", "address": "127.0.0.1", "port": 80, "why": "in use"},
     EngineError, "cam-1: 127.0.0.1:80 cannot be had (in use)",
     "cam-1：无法使用 127.0.0.1:80（in use）",
     "end what listens there, or move the device in the inventory",
     "请结束占用该地址的程序，或在清单中更换设备地址"),
    ("not-started", {"process": "x", "why": "it ended"}, EngineError,
     "the simulator process x did not start: it ended", "模拟进程 x 未能启动：it ended",
     None, None),
    ("not-running", {"why": "x"}, EngineError,
     "the simulator process x does not run", "模拟进程 x 未在运行",
     "start it: fleet sim up", "请先启动：fleet sim up"),
    ("not-ended", {"process": "x", "pid": 7}, EngineError,
     "the simulator process x (pid 7) could not be ended", "无法结束模拟进程 x（pid 7）",
     None, None),
    ("broken-state", {"device": "cam-1", "why": "no JSON"}, EngineError,
     "cam-1: its memory on disk cannot be used: no JSON",
     "cam-1：磁盘上的状态无法使用：no JSON",
     "fleet sim up --fresh starts all devices from their factory state",
     "fleet sim up --fresh 可让全部设备从出厂状态开始"),
]  # fmt: skip


def test_every_code_has_words() -> None:
    """A new code of the simulator is not forgotten."""
    assert {row[0] for row in WORDS} == set(get_args(Code))


@pytest.mark.parametrize("row", WORDS, ids=lambda row: row[0])
def test_what_goes_wrong_with_simulated_devices(
    row: tuple[Code, Facts, type[Exception], str, str, str | None, str | None],
) -> None:
    """Class, both sentences and both fixes of each."""
    code, facts, kind, en, zh, fix_en, fix_zh = row

    error = in_words(SimError(code, **facts))

    assert type(error) is kind
    assert error.exit_code is (ExitCode.USAGE if kind is UsageError else ExitCode.ENGINE)
    assert (error.summary.en, error.summary.zh) == (en, zh)
    fix = error.fix
    assert (None if fix is None else fix.en) == fix_en
    assert (None if fix is None else fix.zh) == fix_zh


def test_a_long_list_of_names_is_cut() -> None:
    """Twenty names at most; the rest would fill a screen."""
    known = [f"device-{n}" for n in range(100)]

    error = in_words(SimError("unknown-device", device="zzz", known=known))

    assert error.fix is not None
    assert error.fix.en == "known: " + ", ".join(known[:20])


def test_hostile_words_are_only_words() -> None:
    """Braces in what was typed are not filled in."""
    error = in_words(SimError("bad-value", device="{a}", field="{b}", value="{0}\x1b", why="{c!r}"))

    assert error.summary.en == "{a}: {b} cannot be '{0}\\x1b' ({c!r})"


def test_a_plan_is_put_and_given_back(tmp_path: Path) -> None:
    """Byte for byte, private, under the rollout's name; a second put replaces it."""
    shelf = FileShelf(tmp_path / "state")

    shelf.put("r1", b"{}\n")
    shelf.put("r1", "{计划}".encode())
    shelf.put("r2", b"")

    assert shelf.get("r1") == "{计划}".encode()
    assert shelf.get("r2") == b""
    path = tmp_path / "state" / "plans" / "r1.json"
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert sorted(p.name for p in path.parent.iterdir()) == ["r1.json", "r2.json"]


def test_a_plan_that_is_not_there(tmp_path: Path) -> None:
    """Exit 7 with the rollout's name and why, in both languages."""
    with pytest.raises(AlteredPlan) as raised:
        FileShelf(tmp_path).get("r9")

    told = raised.value.summary
    assert told.en == "the plan of rollout r9 is not in the state folder: No such file or directory"
    assert told.zh == "状态目录中没有下发 r9 的计划：No such file or directory"
    assert raised.value.exit_code is ExitCode.STALE


def test_a_folder_in_a_plans_place(tmp_path: Path) -> None:
    """Something else under that name is no plan."""
    (tmp_path / "plans" / "r1.json").mkdir(parents=True)

    with pytest.raises(AlteredPlan, match="Is a directory"):
        FileShelf(tmp_path).get("r1")
    with pytest.raises(StoreError):
        FileShelf(tmp_path).put("r1", b"{}")


def test_a_file_in_the_folders_place(tmp_path: Path) -> None:
    """Nothing may start when the plan cannot be stored."""
    (tmp_path / "plans").write_text("x")

    with pytest.raises(StoreError) as raised:
        FileShelf(tmp_path).put("r1", b"{}")

    assert raised.value.summary.en.startswith("the plan cannot be stored: ")
    assert raised.value.summary.zh.startswith("无法保存计划：")


def test_looking_for_a_journal_makes_none(tmp_path: Path) -> None:
    """A folder without one stays as it is, and so does a folder that is not there."""
    for state in (tmp_path, tmp_path / "none"):
        assert has_journal(state) is False
        assert read_journal(state) is None
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["journal.db", "journal.head"])
def test_a_trace_of_a_journal_counts(tmp_path: Path, name: str) -> None:
    """A lost database with its note of the end is not a fresh start."""
    (tmp_path / name).write_bytes(b"")

    assert has_journal(tmp_path) is True


def test_a_closed_state_folder_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another user's folder: a sentence with a way out instead of a traceback."""
    real = os.stat

    def stat(path: str, *args: object, **more: object) -> os.stat_result:
        if str(path).startswith(str(tmp_path / "shut") + "/"):
            raise PermissionError(13, "Permission denied")
        return real(path, *args, **more)  # type: ignore[arg-type]  # passed on as it came

    monkeypatch.setattr(os, "stat", stat)

    with pytest.raises(StoreError) as raised:
        has_journal(tmp_path / "shut")
    assert raised.value.summary.en.endswith("is closed to this user")
    assert raised.value.fix is not None
    assert "FLEET_STATE" in raised.value.fix.zh


def test_a_journal_is_made_read_and_kept(tmp_path: Path) -> None:
    """What one opening wrote the next reads; the file is private."""
    from fleet.ports.journal import Draft

    book = open_journal(tmp_path)
    book.append([Draft(kind="test.one", subject="s", data={"n": 1})])
    book.close()

    again = read_journal(tmp_path)
    assert again is not None
    assert [(r.seq, r.kind, dict(r.data)) for r in again.records()] == [(1, "test.one", {"n": 1})]
    assert (tmp_path / "journal.db").stat().st_mode & 0o777 == 0o600
