"""The folders of demos that were killed: told from living and kept ones, cleared once."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from fleet.wiring.leftovers import (
    calls_of,
    clear_dead,
    demo_folder,
    end_naming,
    keep,
    naming,
)

# Waits without a child that would outlive it.
WAITER = "read word"


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder for temporary files that no real demo uses."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    return tmp_path


def dead_demo(temporary: Path, name: str = "fleet-demo-dead") -> Path:
    """The city of a demo that was killed."""
    city = temporary / name / "tongling"
    city.mkdir(parents=True)
    (city.parent / ".demo.lock").touch()
    return city


def test_a_dead_demos_city_is_cleared(temporary: Path) -> None:
    """Each of them, once."""
    cities = [dead_demo(temporary), dead_demo(temporary, "fleet-demo-other")]
    seen: list[Path] = []
    clear_dead(seen.append)

    assert seen == cities


def test_a_living_demo_is_left_alone(temporary: Path) -> None:
    """Two may run at once; the lock tells, also between processes."""
    seen: list[Path] = []
    with demo_folder() as work:
        (work / "tongling").mkdir()
        clear_dead(seen.append)
    assert seen == []
    clear_dead(seen.append)
    assert seen == [work / "tongling"]


def test_a_demo_that_was_killed_lets_go_of_its_lock(temporary: Path) -> None:
    """The kernel does it, whatever killed the demo."""
    code = (
        "import os, signal, tempfile\n"
        "from fleet.wiring.leftovers import demo_folder\n"
        f"tempfile.tempdir = {str(temporary)!r}\n"
        "with demo_folder() as work:\n"
        "    (work / 'tongling').mkdir()\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    subprocess.run([sys.executable, "-c", code], check=False, timeout=30)
    seen: list[Path] = []
    clear_dead(seen.append)

    assert [city.name for city in seen] == ["tongling"]


def test_a_kept_folder_is_nobodys_leftover(temporary: Path) -> None:
    """`--keep` means it; a second call is harmless."""
    city = dead_demo(temporary)
    keep(city.parent)
    keep(city.parent)
    clear_dead(lambda _city: pytest.fail("a kept folder was cleared"))


def test_a_folder_without_a_city_started_nothing(temporary: Path) -> None:
    """A demo that is just making its folder is not disturbed."""
    city = dead_demo(temporary)
    city.rmdir()
    clear_dead(lambda _city: pytest.fail("there was nothing to clear"))


def test_somebody_elses_folder_is_not_trusted(
    temporary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The folder for temporary files is everybody's: a state folder there may be a trap."""
    dead_demo(temporary)
    monkeypatch.setattr("os.geteuid", lambda: 54321)
    clear_dead(lambda _city: pytest.fail("a foreign folder was cleared"))


@pytest.fixture
def processes(temporary: Path) -> Iterator[dict[str, subprocess.Popen[bytes]]]:
    """A call of fleet, a server of it, and a stranger."""
    made = {
        name: subprocess.Popen(["/bin/sh", "-c", WAITER, *arguments], stdin=subprocess.PIPE)
        for name, arguments in {
            "call": ("-C", str(temporary / "city"), "apply"),
            "server": ("--config", str(temporary / "city" / ".fleet" / "x.json")),
            "stranger": ("-C", str(temporary / "elsewhere")),
        }.items()
    }
    yield made
    for process in made.values():
        with process:
            process.kill()


def test_only_processes_that_name_the_folder_are_ended(
    temporary: Path, processes: dict[str, subprocess.Popen[bytes]]
) -> None:
    """Calls alone where calls are meant; then the rest; never a stranger."""
    city = temporary / "city"
    assert len(naming(city)) == 2

    assert end_naming(city, calls_of(city)) == 0
    assert {n for n, p in processes.items() if p.poll() is not None} == {"call"}
    assert end_naming(city) == 0
    assert {n for n, p in processes.items() if p.poll() is not None} == {"call", "server"}
    assert naming(city) == []
