"""The chain: its order, what it says, and that nothing half-done is ever found."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from fleet.bootstrap import obtain
from fleet.bootstrap.engine import MARK, VERSION, Origin, engine_home, find_engine
from fleet.bootstrap.obtain import EngineUnavailable, Step, ensure_engine
from fleet.bootstrap.steps import Context, StepFailed
from tests.setup.fakes import Machine, program, pulumi

HERE = Path(__file__).resolve().parents[2]


def good(origin: Origin, version: str = VERSION) -> Step:
    """A way that works."""
    return Step(origin, origin, lambda context: pulumi(context.work / "made", version))


def bad(origin: Origin, reason: str) -> Step:
    """A way that does not, after it has put something down."""

    def bring(context: Context) -> Path:
        (context.work / "half").write_text("half")
        raise StepFailed(reason)

    return Step(origin, origin, bring)


def ensure(machine: Machine, *steps: Step) -> str:
    """Run the chain; the origin of what it took."""
    engine = ensure_engine(
        machine.root,
        python=Path(sys.executable),
        talk=machine.talk,
        environ=machine.environ,
        steps=steps,
    )
    return engine.origin


def never(origin: Origin) -> Step:
    """A way that must not be tried."""

    def bring(_context: Context) -> Path:
        pytest.fail(f"{origin} was tried")

    return Step(origin, origin, bring)


def test_the_path_comes_before_everything(machine: Machine) -> None:
    pulumi(machine.bin / "pulumi")
    assert ensure(machine, never("installer")) == "path"
    assert "found on the PATH" in machine.said.getvalue()
    assert not machine.cache.exists()


def test_the_cache_comes_before_any_work(machine: Machine) -> None:
    machine.cached()
    assert ensure(machine, never("installer")) == "cache"


def test_the_installer_comes_before_the_build(machine: Machine) -> None:
    assert ensure(machine, good("installer"), never("build")) == "installer"
    assert "by the official installer" in machine.said.getvalue()
    assert ensure(machine, never("installer")) == "cache"


def test_the_build_follows_a_failed_installer_and_both_are_said(machine: Machine) -> None:
    assert ensure(machine, bad("installer", "no network"), good("build")) == "build"
    said = machine.said.getvalue()
    assert "installer failed: no network" in said
    assert "built from Go modules" in said
    assert not list(machine.leftovers())


def test_the_chain_as_shipped_is_installer_then_build() -> None:
    assert [step.origin for step in obtain.STEPS] == ["installer", "build"]


def test_a_cached_engine_is_laid_out_for_the_sdk_too(machine: Machine) -> None:
    ensure(machine, good("build"))
    home = engine_home(machine.environ)
    assert find_engine(machine.environ) == home / "pulumi"
    assert (home / "bin" / "pulumi").resolve() == home / "pulumi"
    assert (home / MARK).read_text().strip() == VERSION


def test_when_nothing_works_every_reason_and_a_remedy_are_named(machine: Machine) -> None:
    with pytest.raises(EngineUnavailable) as failure:
        ensure(machine, bad("installer", "no network"), bad("build", "no compiler"))
    text = str(failure.value)
    for part in ("no network", "no compiler", VERSION, "on the PATH", "Go module proxy"):
        assert part in text
    assert not list(machine.leftovers())
    assert find_engine(machine.environ) is None


@pytest.mark.parametrize("version", ["3.1.0", "junk"])
def test_a_binary_that_is_not_the_pinned_one_is_refused(machine: Machine, version: str) -> None:
    with pytest.raises(EngineUnavailable, match=f"not {VERSION}"):
        ensure(machine, good("build", version))
    assert not list(machine.leftovers())


def test_an_incomplete_folder_in_the_cache_is_replaced(machine: Machine) -> None:
    machine.cached(marked=False)
    assert ensure(machine, good("build")) == "build"
    assert ensure(machine, never("build")) == "cache"


def test_what_a_killed_predecessor_left_is_swept(machine: Machine) -> None:
    left = machine.cache / f"{obtain.WORK_PREFIX}old" / "gopath"
    left.mkdir(parents=True)
    (left / "module").write_text("x")
    left.chmod(0o500)  # as Go's module cache is
    assert ensure(machine, good("build")) == "build"
    assert not list(machine.leftovers())
    assert "interrupted" in machine.said.getvalue()


def test_work_of_another_version_is_left_alone(machine: Machine) -> None:
    other = machine.cache / ".work-9.9.9-abc"
    other.mkdir(parents=True)
    ensure(machine, good("build"))
    assert other.is_dir()


# Two processes, and signals: the chain in a process of its own, with a slow way to get the engine.
SLOW = """
import sys, time
from pathlib import Path
from fleet.bootstrap import __main__ as program
from fleet.bootstrap import obtain
from fleet.bootstrap.talk import Talk
import signal
signal.signal(signal.SIGTERM, program._terminated)
def bring(context):
    with open(sys.argv[1], "a") as log:
        log.write("began\\n")
    (context.work / "half").write_text("half")
    time.sleep(float(sys.argv[2]))
    made = context.work / "made"
    made.write_text("#!/bin/sh\\necho v" + obtain.VERSION + "\\n")
    made.chmod(0o755)
    return made
engine = obtain.ensure_engine(Path("/"), python=Path("/"), talk=Talk("en"),
                              steps=(obtain.Step("build", "build", bring),))
print(engine.origin)
"""

Start = Callable[[float], subprocess.Popen[str]]


@pytest.fixture
def start(machine: Machine, tmp_path: Path) -> Start:
    """Start a set-up whose build takes so many seconds; ends with the test."""

    def begin(seconds: float) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-c", SLOW, str(tmp_path / "log"), str(seconds)],
            env={**machine.environ, "PYTHONPATH": str(HERE)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    return begin


def await_began(tmp_path: Path, times: int = 1) -> None:
    """Until the slow build has begun so many times."""
    log = tmp_path / "log"
    until = time.monotonic() + 20
    while not log.exists() or log.read_text().count("began") < times:
        assert time.monotonic() < until
        time.sleep(0.02)


def test_a_terminated_build_leaves_nothing(machine: Machine, tmp_path: Path, start: Start) -> None:
    with start(60) as process:
        await_began(tmp_path)
        process.terminate()
        process.communicate(timeout=20)
    assert process.returncode == 128 + signal.SIGTERM
    assert not list(machine.leftovers())
    assert not engine_home(machine.environ).exists()


def test_a_killed_build_is_no_engine_and_the_next_run_mends_it(
    machine: Machine, tmp_path: Path, start: Start
) -> None:
    with start(60) as process:
        await_began(tmp_path)
        process.kill()
        process.communicate(timeout=20)
    assert find_engine(machine.environ) is None
    assert list(machine.leftovers())
    with start(0) as again:
        out, said = again.communicate(timeout=20)
    assert out.strip() == "build"
    assert "interrupted" in said
    assert not list(machine.leftovers())


def test_two_set_ups_at_once_build_once(tmp_path: Path, machine: Machine, start: Start) -> None:
    with start(1.5) as first:
        await_began(tmp_path)
        with start(1.5) as second:
            out, said = second.communicate(timeout=20)
        first_out, _ = first.communicate(timeout=20)
    assert first_out.strip() == "build"
    assert out.strip() == "cache"
    assert f"another set-up (pid {first.pid})" in said
    assert (tmp_path / "log").read_text().count("began") == 1
    assert not list(machine.leftovers())


def test_a_waiting_set_up_takes_over_when_the_holder_is_killed(
    tmp_path: Path, machine: Machine, start: Start
) -> None:
    with start(60) as first:
        await_began(tmp_path)
        with start(0) as second:
            time.sleep(0.5)
            os.kill(first.pid, signal.SIGKILL)
            out, _ = second.communicate(timeout=20)
        first.communicate(timeout=20)
    assert out.strip() == "build"
    assert not list(machine.leftovers())


# The official installer, with an interpreter that stands in for the one with the SDK.


def install(machine: Machine, body: str, tmp_path: Path) -> Path:
    """Run the installer step with an interpreter that does ``body``; $3 is the root it is given."""
    work = tmp_path / "work"
    work.mkdir()
    python = program(tmp_path / "python", body)
    return obtain.official_installer(Context(tmp_path, python, machine.talk, machine.environ, work))


def test_the_installer_is_given_root_and_version(machine: Machine, tmp_path: Path) -> None:
    body = 'mkdir "$3/bin"; echo "$4" > "$3/bin/pulumi"'
    binary = install(machine, body, tmp_path)
    assert binary.read_text().strip() == VERSION
    assert binary.is_relative_to(tmp_path / "work")
    assert "trying the official installer" in machine.said.getvalue()


def test_a_failed_installer_says_its_last_line(machine: Machine, tmp_path: Path) -> None:
    with pytest.raises(StepFailed, match="name not known"):
        install(machine, "echo first >&2; echo 'URLError: name not known' >&2; exit 1", tmp_path)


def test_an_installer_that_brings_nothing_has_failed(machine: Machine, tmp_path: Path) -> None:
    with pytest.raises(StepFailed):
        install(machine, "exit 0", tmp_path)


def test_an_installer_that_hangs_is_given_up(
    machine: Machine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(obtain, "INSTALLER_STALL_S", 0.5)
    began = time.monotonic()
    with pytest.raises(StepFailed, match="no answer"):
        install(machine, "sleep 60", tmp_path)
    assert time.monotonic() - began < 10


def test_the_bound_on_an_unreachable_site_is_short() -> None:
    assert obtain.INSTALLER_STALL_S <= 20
