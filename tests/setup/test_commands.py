"""``make``, ``.ci/run`` and ``tests/run`` from outside, with stand-ins for what they call."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.setup.fakes import Machine, program

ROOT = Path(__file__).resolve().parents[2]


def make(*arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    """Run make in the checkout."""
    base = {"PATH": "/usr/local/bin:/usr/bin:/bin", "LC_ALL": "C.UTF-8"}
    return subprocess.run(
        ["make", *arguments],
        cwd=ROOT,
        env={**base, **environ},
        capture_output=True,
        text=True,
        check=False,
    )


def test_make_alone_teaches() -> None:
    result = make()
    assert result.returncode == 0
    assert "make demo" in result.stdout
    assert "make test" in result.stdout


@pytest.mark.parametrize("target", ["setup", "demo", "test", "lint", "lock"])
def test_without_a_new_enough_python_the_command_is_named(target: str) -> None:
    result = make("PYTHON=", target)
    assert result.returncode != 0
    assert "Python 3.11" in result.stderr
    assert "apt-get install -y python3 python3-venv" in result.stderr


def test_every_command_that_works_sets_itself_up() -> None:
    for target, last in (("demo", "fleet demo"), ("test", "tests/run"), ("lint", "tests/run lint")):
        recipe = make("--dry-run", target).stdout.splitlines()
        assert any(line.endswith("fleet.bootstrap setup") for line in recipe), target
        assert last in recipe[-1]


def test_tests_ask_for_the_systems_programs_before_set_up() -> None:
    recipe = make("--dry-run", "test").stdout
    assert recipe.index("needs --tests") < recipe.index("bootstrap setup")


@pytest.fixture
def pipeline(machine: Machine, tmp_path: Path) -> Path:
    """``.ci/run`` in a place of its own, where every program notes that it was called."""
    (tmp_path / ".ci").mkdir()
    shutil.copy2(ROOT / ".ci" / "run", tmp_path / ".ci" / "run")
    for name in ("apt-get", "make"):
        note = f'echo "{name} $@ [$DEBIAN_FRONTEND] [$RUNLEVEL]" >> "$HOME/log"'
        program(machine.bin / name, note)
    program(machine.bin / "git", "exit 0")
    return tmp_path / ".ci" / "run"


def called(machine: Machine, pipeline: Path, *, uid: int, lacking: str) -> list[str]:
    """Run the pipeline as this user on a machine that lacks these packages."""
    program(machine.bin / "id", f"echo {uid}")
    program(machine.bin / "python3", f'echo "{lacking}"')
    subprocess.run(
        [pipeline], env=machine.environ, check=True, capture_output=True, stdin=subprocess.DEVNULL
    )
    return (machine.home / "log").read_text().splitlines()


def test_the_pipeline_installs_what_lacks_and_tests(machine: Machine, pipeline: Path) -> None:
    log = called(machine, pipeline, uid=0, lacking="snmpd sip-tester")
    assert log[0].startswith("apt-get -qq update")
    assert "install -y --no-install-recommends snmpd sip-tester [noninteractive] [1]" in log[1]
    assert log[2].startswith("make test")
    assert len(log) == 3


def test_the_pipeline_installs_nothing_where_nothing_lacks(
    machine: Machine, pipeline: Path
) -> None:
    log = called(machine, pipeline, uid=0, lacking="")
    assert [line.split(" [")[0] for line in log] == ["make test"]


def test_an_ordinary_user_is_asked_for_nothing(machine: Machine, pipeline: Path) -> None:
    log = called(machine, pipeline, uid=1000, lacking="snmpd")
    assert [line.split(" [")[0] for line in log] == ["make test"]


TOOLS = ("ruff", "mypy", "lint-imports", "ansible-lint", "pytest")


@pytest.fixture
def checks(tmp_path: Path) -> Path:
    """``tests/run`` in a place of its own; each tool passes and notes its arguments."""
    (tmp_path / "tests").mkdir()
    shutil.copy2(ROOT / "tests" / "run", tmp_path / "tests" / "run")
    for name in TOOLS:
        program(tmp_path / ".venv" / "bin" / name, f'echo "{name} $@" >> "{tmp_path}/log"')
    return tmp_path


def run(checks: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run it."""
    return subprocess.run(
        [checks / "tests" / "run", *arguments], capture_output=True, text=True, check=False
    )


def test_all_checks_run_and_pass(checks: Path) -> None:
    result = run(checks)
    assert result.returncode == 0
    assert result.stdout.splitlines()[-1] == "all passed"
    log = (checks / "log").read_text()
    for part in ("ruff check", "ruff format", "mypy --strict fleet tui", "lint-imports", "pytest"):
        assert part in log
    assert "ansible-lint" not in log
    assert log.count("pytest") == 2


def test_lint_runs_no_test(checks: Path) -> None:
    assert run(checks, "lint").returncode == 0
    assert "pytest" not in (checks / "log").read_text()


@pytest.mark.parametrize("tool", ["ruff", "mypy", "lint-imports", "pytest"])
def test_one_failure_fails_the_whole_and_the_rest_still_runs(checks: Path, tool: str) -> None:
    program(checks / ".venv" / "bin" / tool, f'echo "{tool} $@" >> "{checks}/log"; exit 1')
    result = run(checks)
    assert result.returncode == 1
    assert result.stdout.splitlines()[-1].startswith("FAILED: ")
    # What failed is run once more: a busy machine is told apart from a defect.
    assert (checks / "log").read_text().count("pytest") == (4 if tool == "pytest" else 2)


def test_a_part_without_tests_is_no_failure(checks: Path) -> None:
    program(checks / ".venv" / "bin" / "pytest", "exit 5")
    assert run(checks).returncode == 0


def test_the_tests_own_closing_lines_are_seen(checks: Path) -> None:
    program(checks / ".venv" / "bin" / "pytest", "echo '12 passed in 0.1s'")
    assert run(checks).stdout.count("12 passed in 0.1s") == 2
