"""Long programs: watched, bounded, and gone when we are."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from fleet.bootstrap import watched

ROOT = Path(__file__).resolve().parents[2]


def shell(script: str, tmp_path: Path, **bounds: object) -> watched.Result:
    """Run a shell script under ``watched``."""
    return watched.run(
        ["sh", "-c", script],
        environ={"PATH": os.environ["PATH"]},
        cwd=tmp_path,
        bounds=watched.Bounds(**{"total_s": 20.0, **bounds}),  # type: ignore[arg-type]  # a test's shorthand
        tick=lambda _seconds: None,
    )


def alive(pid: int) -> bool:
    """Whether the process runs; a zombie does not."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(") ", 1)[1][0]
    except OSError:
        return False
    return state != "Z"


def gone(pid: int) -> bool:
    """Whether the process ends within five seconds."""
    until = time.monotonic() + 5
    while alive(pid) and time.monotonic() < until:
        time.sleep(0.02)
    return not alive(pid)


def read_pid(path: Path) -> int:
    """A process id that a script writes into a file."""
    until = time.monotonic() + 10
    while not (path.exists() and path.read_text().strip()):
        assert time.monotonic() < until
        time.sleep(0.02)
    return int(path.read_text())


def test_code_and_last_lines(tmp_path: Path) -> None:
    result = shell("echo one; echo two >&2; echo; exit 7", tmp_path)
    assert result.code == 7
    assert result.tail == ["one", "two", ""]
    assert result.reason == "two"


def test_a_silent_failure_still_has_a_reason(tmp_path: Path) -> None:
    assert shell("exit 3", tmp_path).reason == "exit 3"


def test_bytes_that_are_no_text_do_no_harm(tmp_path: Path) -> None:
    assert shell("printf '\\377\\n'", tmp_path).code == 0


def test_a_program_that_is_not_there(tmp_path: Path) -> None:
    result = watched.run(
        ["/nonexistent/program"],
        environ={},
        cwd=tmp_path,
        bounds=watched.Bounds(10),
        tick=lambda _seconds: None,
    )
    assert result.code == 127
    assert "No such file" in result.reason


def test_ticks_come_at_once_and_regularly(tmp_path: Path) -> None:
    ticks: list[float] = []
    watched.run(
        ["sleep", "1"],
        environ={"PATH": os.environ["PATH"]},
        cwd=tmp_path,
        bounds=watched.Bounds(10),
        tick=ticks.append,
        every_s=0.3,
    )
    assert ticks[0] < 0.3
    assert len(ticks) >= 3


def test_lines_come_while_it_runs(tmp_path: Path) -> None:
    lines: list[tuple[str, bool]] = []
    flag = tmp_path / "flag"
    watched.run(
        ["sh", "-c", f"echo early; sleep 0.5; touch {flag}; echo late"],
        environ={"PATH": os.environ["PATH"]},
        cwd=tmp_path,
        bounds=watched.Bounds(10),
        tick=lambda _seconds: None,
        line=lambda text: lines.append((text, flag.exists())),
    )
    assert lines == [("early", False), ("late", True)]


def test_a_program_past_its_bound_is_killed_with_its_children(tmp_path: Path) -> None:
    result = shell("sleep 60 & echo $! > child; wait", tmp_path, total_s=0.5)
    assert result.code is None
    assert gone(read_pid(tmp_path / "child"))


def test_a_program_that_stops_making_progress_is_killed(tmp_path: Path) -> None:
    folder = tmp_path / "growing"
    folder.mkdir()
    began = time.monotonic()
    script = "for i in 1 2 3 4 5; do echo $i >> growing/file; sleep 0.2; done; sleep 60"
    result = shell(script, tmp_path, stall_s=0.6, folder=folder)
    assert result.code is None
    assert (folder / "file").read_text().count("\n") == 5
    assert time.monotonic() - began < 10


def test_children_left_in_the_background_end_with_the_program(tmp_path: Path) -> None:
    result = shell("sleep 60 & echo $! > child; exit 0", tmp_path)
    assert result.code == 0
    assert gone(read_pid(tmp_path / "child"))


def test_an_exception_while_waiting_ends_the_program(tmp_path: Path) -> None:
    def tick(_seconds: float) -> None:
        if (tmp_path / "child").exists():
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        watched.run(
            ["sh", "-c", "echo $$ > child; exec sleep 60"],
            environ={"PATH": os.environ["PATH"]},
            cwd=tmp_path,
            bounds=watched.Bounds(20),
            tick=tick,
            every_s=0.05,
        )
    assert gone(read_pid(tmp_path / "child"))


def test_the_program_dies_with_a_killed_caller(tmp_path: Path) -> None:
    script = f"""
import os
from pathlib import Path
from fleet.bootstrap import watched
watched.run(["sh", "-c", "echo $$ > child; exec sleep 60"], environ=dict(os.environ),
            cwd=Path({str(tmp_path)!r}), bounds=watched.Bounds(60), tick=lambda s: None)
"""
    caller = subprocess.Popen(
        [sys.executable, "-c", script], env={**os.environ, "PYTHONPATH": str(ROOT)}
    )
    child = read_pid(tmp_path / "child")
    assert alive(child)
    caller.send_signal(signal.SIGKILL)
    caller.wait()
    assert gone(child)


def test_size_counts_files_and_forgives_what_vanishes(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "file").write_bytes(b"x" * 100)
    (tmp_path / "dangling").symlink_to("/nonexistent")
    assert watched.size_of(tmp_path) >= 100
    assert watched.size_of(tmp_path / "not-there") == 0


def test_a_read_only_tree_is_removed(tmp_path: Path) -> None:
    deep = tmp_path / "tree" / "a" / "b"
    deep.mkdir(parents=True)
    (deep / "file").write_text("x")
    deep.chmod(0o500)
    deep.parent.chmod(0o500)
    watched.remove_tree(tmp_path / "tree")
    assert not (tmp_path / "tree").exists()


def test_removing_what_is_not_there_is_no_fault(tmp_path: Path) -> None:
    watched.remove_tree(tmp_path / "nothing")
