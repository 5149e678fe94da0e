"""The guard, with real processes: it dies with its parent, and ends only what it can prove."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from fleet.services.guard import Identity, end_predecessor, identify, write_record

GUARD = [sys.executable, "-m", "fleet.services.guard"]
ROOT = Path(__file__).resolve().parents[2]
DEADLINE_S = 20.0


def wait_for(what: str, condition: object) -> None:
    """Poll `condition` until it holds."""
    assert callable(condition)
    end = time.monotonic() + DEADLINE_S
    while not condition():
        assert time.monotonic() < end, f"waited in vain for {what}"
        time.sleep(0.01)


@contextmanager
def parent_of(record: Path, *command: str) -> Iterator[subprocess.Popen[bytes]]:
    """A supervisor of sorts: a process of its own that starts a guard and waits for it."""
    code = "import subprocess, sys; subprocess.run(sys.argv[1:], check=False)"
    guard = [*GUARD, "--record", str(record), "--", *command]
    with subprocess.Popen([sys.executable, "-c", code, *guard], cwd=ROOT) as process:
        try:
            yield process
        finally:
            process.kill()


def recorded(record: Path) -> Identity:
    """Who the record names."""
    return Identity(**json.loads(record.read_bytes()))


def test_the_service_dies_with_its_parent(tmp_path: Path) -> None:
    """kill -9 of the parent: the kernel ends the service too, nothing holds its ports."""
    record = tmp_path / "guard.json"
    with parent_of(record, "sleep", "60") as parent:
        wait_for("the record", record.exists)
        service = recorded(record)
        wait_for("exec", lambda: b"sleep" in Path(f"/proc/{service.pid}/cmdline").read_bytes())
        assert identify(service.pid) == service

        parent.send_signal(signal.SIGKILL)

        wait_for("the service's death", lambda: identify(service.pid) != service)


def test_the_record_is_private_and_names_the_service(tmp_path: Path) -> None:
    """Pid, start time, boot id and host of the process that became the command; mode 0600."""
    record = tmp_path / "guard.json"
    with parent_of(record, "sleep", "60"):
        wait_for("the record", record.exists)
        service = recorded(record)

        assert stat.S_IMODE(record.stat().st_mode) == 0o600
        assert identify(service.pid) == service
        assert service.host == os.uname().nodename
        assert [record] == list(tmp_path.iterdir())


def test_a_second_start_ends_the_orphan(tmp_path: Path) -> None:
    """What the last start left is ended before the new one runs, also when it ignores TERM."""
    record = tmp_path / "guard.json"
    stubborn = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(60)"
    with subprocess.Popen([sys.executable, "-c", stubborn]) as orphan:
        me = identify(orphan.pid)
        assert me is not None
        record.write_text(json.dumps(_fields(me)))
        wait_for("TERM being ignored", lambda: _ignores_term(orphan.pid))

        with parent_of(record, "sleep", "60"):
            wait_for("the new record", lambda: recorded(record).pid != orphan.pid)

            assert orphan.wait(DEADLINE_S) == -signal.SIGKILL


@pytest.mark.parametrize("change", ["start", "boot", "host", "pid"])
def test_somebody_elses_process_is_never_hit(tmp_path: Path, change: str) -> None:
    """A record that differs in any part names another process: left alone."""
    record = tmp_path / "guard.json"
    with subprocess.Popen(["sleep", "60"]) as other:
        me = identify(other.pid)
        assert me is not None
        wrong: dict[str, object] = {"start": me.start + 1, "boot": "x", "host": "y", "pid": 2**22}
        record.write_text(json.dumps({**_fields(me), change: wrong[change]}))

        end_predecessor(record)

        assert identify(other.pid) == me
        other.kill()


@pytest.mark.parametrize("content", ["", "{}", "[]", "null", '{"pid": "x"}', "\x00"])
def test_a_damaged_record_stops_nothing(
    tmp_path: Path, content: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """A record that cannot be read is told and taken as absent."""
    record = tmp_path / "guard.json"
    record.write_text(content)

    end_predecessor(record)

    assert "no record" in capsys.readouterr().err


def test_a_predecessor_that_ended_is_no_trouble(tmp_path: Path) -> None:
    """Its pid is free, or a zombie: nothing to end."""
    record = tmp_path / "guard.json"
    with subprocess.Popen(["true"]) as gone:
        me = identify(gone.pid)
        gone.wait()
    assert me is None or identify(gone.pid) != me
    record.write_text(json.dumps({"pid": gone.pid, "start": 1, "boot": "b", "host": "h"}))

    end_predecessor(record)

    assert recorded(record).pid == gone.pid


def test_a_record_of_ourselves_is_not_ended(tmp_path: Path) -> None:
    """A process that records itself twice does not end itself."""
    record = tmp_path / "guard.json"
    write_record(record)

    end_predecessor(record)

    assert recorded(record).pid == os.getpid()


def test_an_orphan_does_not_start(tmp_path: Path) -> None:
    """The parent that was named is gone already: exit 70, no record, no command."""
    record, mark = tmp_path / "guard.json", tmp_path / "mark"
    command = [*GUARD, "--parent", str(2**22), "--record", str(record), "--", "touch", str(mark)]

    done = subprocess.run(command, cwd=ROOT, capture_output=True, check=False)

    assert done.returncode == 70
    assert b"gone already" in done.stderr
    assert not mark.exists()
    assert not record.exists()


def test_without_record_it_only_guards() -> None:
    """The command's output and exit code are the guard's."""
    done = subprocess.run(
        [*GUARD, "--", "sh", "-c", "echo $0 -- $1; exit 3", "a", "--"],
        cwd=ROOT,
        capture_output=True,
        check=False,
    )

    assert (done.returncode, done.stdout) == (3, b"a -- --\n")


@pytest.mark.parametrize(
    ("arguments", "code"),
    [([], 64), (["--odd", "--", "true"], 64), (["--", "/nonexistent/x"], 127), (["--", "/"], 126)],
)
def test_what_cannot_be_run(arguments: list[str], code: int) -> None:
    """Usage and exec failures have their own exit codes and one line, never a traceback."""
    done = subprocess.run([*GUARD, *arguments], cwd=ROOT, capture_output=True, check=False)

    assert code == done.returncode
    assert done.stderr.startswith(b"guard: ")
    assert done.stderr.count(b"\n") == 1


def test_a_record_that_cannot_be_written_stops_the_start(tmp_path: Path) -> None:
    """No record, no service: an orphan could not be proved later."""
    command = [*GUARD, "--record", str(tmp_path / "no" / "r"), "--", "touch", str(tmp_path / "x")]

    done = subprocess.run(command, cwd=ROOT, capture_output=True, check=False)

    assert done.returncode == 70
    assert not (tmp_path / "x").exists()


def test_the_guard_is_light() -> None:
    """It loads neither pydantic nor asyncio: supervisors restart it often."""
    code = (
        "import sys, fleet.services.guard; "
        "print([m for m in ('pydantic', 'asyncio', 'fleet.model') if m in sys.modules])"
    )

    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, check=True, text=True
    )

    assert done.stdout.strip() == "[]"


def _fields(identity: Identity) -> dict[str, object]:
    return {name: getattr(identity, name) for name in ("pid", "start", "boot", "host")}


def _ignores_term(pid: int) -> bool:
    status = Path(f"/proc/{pid}/status").read_text()
    mask = next(x for x in status.splitlines() if x.startswith("SigIgn:")).split()[1]
    return bool(int(mask, 16) >> (signal.SIGTERM - 1) & 1)
