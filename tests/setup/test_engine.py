"""Which engine is taken, and that it is told without starting it where a mark tells."""

from __future__ import annotations

from pathlib import Path

import pytest

from fleet.bootstrap import engine
from tests.setup.fakes import Machine, program, pulumi


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("v3.259.0", (3, 259, 0)),
        ("3.259.7", (3, 259, 7)),
        ("3.259.0\n", (3, 259, 0)),
        ("v3.259.0-alpha.1+dirty", (3, 259, 0)),
        ("go1.26", (1, 26, 0)),
        ("go1.26.3", (1, 26, 3)),
        ("v3", None),
        ("", None),
        ("pulumi 3.259.0", None),
        ("3.259.0.1", None),
        ("3.259.x", None),
    ],
)
def test_version_is_read(text: str, expected: tuple[int, int, int] | None) -> None:
    assert engine.parse_version(text) == expected


@pytest.mark.parametrize(
    ("version", "supported"),
    [
        ("3.259.0", True),
        ("3.259.9", True),
        ("3.260.0", False),
        ("3.258.0", False),
        ("4.259.0", False),
        ("", False),
        ("nonsense", False),
    ],
)
def test_only_the_pinned_minor_is_supported(version: str, supported: bool) -> None:
    assert engine.is_supported(version) is supported


def test_nothing_is_found_on_an_empty_machine(machine: Machine) -> None:
    assert engine.find_engine(machine.environ) is None


def test_a_supported_engine_on_the_path_comes_first(machine: Machine) -> None:
    machine.cached()
    on_path = pulumi(machine.bin / "pulumi", "3.259.4")
    assert engine.locate(machine.environ) == engine.Engine(on_path, "3.259.4", "path")


@pytest.mark.parametrize("body", ["echo v3.300.0", "exit 1", "echo hello", "printf '\\377'"])
def test_another_program_on_the_path_is_passed_over(machine: Machine, body: str) -> None:
    cached = machine.cached()
    program(machine.bin / "pulumi", body)
    assert engine.locate(machine.environ) == engine.Engine(cached, engine.VERSION, "cache")


def test_a_program_that_hangs_is_passed_over(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "ASK_TIMEOUT_S", 0.2)
    program(machine.bin / "pulumi", "exec sleep 30")
    assert engine.find_engine(machine.environ) is None


def test_a_mark_beside_the_binary_saves_starting_it(machine: Machine, tmp_path: Path) -> None:
    log = tmp_path / "log"
    real = pulumi(tmp_path / "elsewhere" / "pulumi", log=log)
    real.with_name(engine.MARK).write_text(engine.VERSION, "utf-8")
    (machine.bin / "pulumi").symlink_to(real)
    assert engine.find_engine(machine.environ) == machine.bin / "pulumi"
    assert not log.exists()


def test_a_program_is_asked_once_and_again_when_replaced(machine: Machine, tmp_path: Path) -> None:
    log = tmp_path / "log"
    pulumi(machine.bin / "pulumi", log=log)
    assert engine.find_engine(machine.environ)
    assert engine.find_engine(machine.environ)
    assert log.read_text().count("asked") == 1
    pulumi(machine.bin / "pulumi", "3.9.0", log=log)
    assert engine.find_engine(machine.environ) is None
    assert log.read_text().count("asked") == 2


def test_a_cached_engine_without_its_mark_does_not_count(machine: Machine) -> None:
    machine.cached(marked=False)
    assert engine.find_engine(machine.environ) is None


def test_a_cached_engine_of_another_version_does_not_count(machine: Machine) -> None:
    machine.cached("3.1.0")
    assert engine.find_engine(machine.environ) is None


def test_a_cached_engine_that_cannot_run_does_not_count(machine: Machine) -> None:
    machine.cached().chmod(0o644)
    assert engine.find_engine(machine.environ) is None


@pytest.mark.parametrize(
    ("xdg", "expected"),
    [
        ("/var/tmp/x", "/var/tmp/x/compound-fleet"),
        ("relative", "{home}/.cache/compound-fleet"),
        ("", "{home}/.cache/compound-fleet"),
    ],
)
def test_the_cache_follows_the_desktop_rules(machine: Machine, xdg: str, expected: str) -> None:
    environ = {**machine.environ, "XDG_CACHE_HOME": xdg}
    assert str(engine.cache_home(environ)) == expected.format(home=machine.home)


def test_the_real_environment_is_the_default(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    cached = machine.cached()
    for name, value in machine.environ.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    assert engine.find_engine() == cached
