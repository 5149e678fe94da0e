"""The environment's stamp: nothing to do the second time, and no trust in what was cut short."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from fleet.bootstrap.checkout import LOCK, RUNNING, STAMP, Checkout
from fleet.bootstrap.packages import Packages, SetupFailed
from tests.setup.fakes import Machine

ROOT = Path(__file__).resolve().parents[2]


class Recorder(Packages):
    """Does what an installer does to the folder, without a network, and notes it."""

    def __init__(self, venv: Path, machine: Machine) -> None:
        super().__init__(venv / "bin" / "python", machine.environ, machine.talk)
        self.venv = venv
        self.done: list[str] = []
        self.fails_at = ""

    def _note(self, what: str) -> None:
        if what == self.fails_at:
            raise SetupFailed(f"no {what}")
        self.done.append(what)

    def run(self, command: list[str], **_options: object) -> None:
        assert "venv" in command
        self._note("venv")
        (self.venv / "bin").mkdir(parents=True)
        (self.venv / "bin" / "python").touch()

    def bring_to(self, lock: Path) -> None:
        assert lock.is_file()
        self._note("lock")

    def editable(self, root: Path) -> None:
        assert (root / "pyproject.toml").is_file()
        self._note("editable")
        (self.venv / "bin" / "fleet").touch()


@pytest.fixture
def recorder(machine: Machine) -> Recorder:
    """The installer of a small checkout."""
    (machine.root / LOCK).write_text("alpha==1\n")
    (machine.root / "pyproject.toml").write_text("[project]\n")
    return Recorder(machine.root / ".venv", machine)


@pytest.fixture
def checkout(machine: Machine, recorder: Recorder) -> Checkout:
    """A small checkout."""
    return Checkout(machine.root, machine.talk, recorder)


def test_the_first_time_everything_is_made(checkout: Checkout, recorder: Recorder) -> None:
    assert checkout.prepare()
    assert recorder.done == ["venv", "lock", "editable"]
    assert not (checkout.venv / RUNNING).exists()


def test_the_second_time_nothing_is_done(checkout: Checkout, recorder: Recorder) -> None:
    checkout.prepare()
    recorder.done.clear()
    assert not checkout.prepare()
    assert recorder.done == []


def test_a_changed_lock_brings_the_packages_only(checkout: Checkout, recorder: Recorder) -> None:
    checkout.prepare()
    recorder.done.clear()
    (checkout.root / LOCK).write_text("alpha==2\n")
    assert checkout.prepare()
    assert recorder.done == ["lock", "editable"]
    assert not checkout.prepare()


def test_a_changed_project_file_installs_the_checkout_only(
    checkout: Checkout, recorder: Recorder
) -> None:
    checkout.prepare()
    recorder.done.clear()
    (checkout.root / "pyproject.toml").write_text("[project]\nname = 'x'\n")
    assert checkout.prepare()
    assert recorder.done == ["editable"]


@pytest.mark.parametrize("lost", ["bin/python", "bin/fleet", STAMP])
def test_an_environment_that_is_not_whole_is_made_afresh(
    checkout: Checkout, recorder: Recorder, lost: str
) -> None:
    checkout.prepare()
    recorder.done.clear()
    (checkout.venv / lost).unlink()
    assert checkout.prepare()
    assert recorder.done == ["venv", "lock", "editable"]


@pytest.mark.parametrize("content", ["", "{", "[]", '"text"', "null", "{}"])
def test_a_stamp_that_is_no_stamp_is_not_believed(
    checkout: Checkout, recorder: Recorder, content: str
) -> None:
    checkout.prepare()
    recorder.done.clear()
    (checkout.venv / STAMP).write_text(content)
    assert checkout.prepare()
    assert recorder.done == ["venv", "lock", "editable"]


@pytest.mark.parametrize("key", ["python", "root"])
def test_another_python_or_place_means_afresh(
    checkout: Checkout, recorder: Recorder, key: str
) -> None:
    checkout.prepare()
    recorder.done.clear()
    stamp = checkout.venv / STAMP
    stamp.write_text(json.dumps({**json.loads(stamp.read_text()), key: "other"}))
    assert checkout.prepare()
    assert recorder.done[0] == "venv"


@pytest.mark.parametrize("step", ["venv", "lock", "editable"])
def test_a_set_up_cut_short_is_made_afresh(
    checkout: Checkout, recorder: Recorder, machine: Machine, step: str
) -> None:
    recorder.fails_at = step
    with pytest.raises(SetupFailed):
        checkout.prepare()
    assert not (checkout.venv / STAMP).exists()
    recorder.fails_at = ""
    recorder.done.clear()
    assert checkout.prepare()
    assert recorder.done == ["venv", "lock", "editable"]
    assert "interrupted" in machine.said.getvalue()
    assert not checkout.prepare()


def test_an_update_cut_short_is_made_afresh(checkout: Checkout, recorder: Recorder) -> None:
    checkout.prepare()
    (checkout.root / LOCK).write_text("alpha==2\n")
    recorder.fails_at = "lock"
    with pytest.raises(SetupFailed):
        checkout.prepare()
    recorder.fails_at = ""
    recorder.done.clear()
    checkout.prepare()
    assert recorder.done[0] == "venv"


def test_the_stamp_names_no_more_than_it_must(checkout: Checkout) -> None:
    assert set(checkout.wanted()) == {"lock", "project", "python", "root"}


def test_two_set_ups_of_one_checkout_wait_for_each_other(
    checkout: Checkout, machine: Machine
) -> None:
    script = f"""
import sys
from pathlib import Path
from fleet.bootstrap.checkout import Checkout
from fleet.bootstrap.talk import Talk
with Checkout(Path({str(machine.root)!r}), Talk("en")).alone():
    print("in", flush=True)
"""
    with checkout.alone():
        other = subprocess.Popen(
            [sys.executable, "-c", script],
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert other.stderr is not None
        assert "another set-up" in other.stderr.readline()
        time.sleep(0.2)
        assert other.poll() is None
    out, _ = other.communicate(timeout=10)
    assert out == "in\n"
    assert sorted(path.name for path in machine.root.iterdir()) == [
        *("bin", "home", "pyproject.toml", LOCK)
    ]
