"""Decision 0001: whoever dies or stops, no device gets a write beyond what was granted.

Two compounds with 60 writes each, through our own shim, fork, socket and parent-death signals; a
process is killed when about a dozen writes have come. "Afterwards" begins when the victim is a
zombie: the kernel has signalled its children by then (exit_notify in the kernel's exit.c), so all
that may still come are writes that were on the wire, at most one a fork.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from fleet.adapters.ansible import AnsibleRunner
from tests.adapters.ansible import caller as caller_program
from tests.adapters.ansible.device import CountingDevice
from tests.adapters.ansible.permits import forks, grants, playbook
from tests.adapters.ansible.support import COMPOUNDS, alive, marked, until

pytestmark = [pytest.mark.scenario, pytest.mark.chaos]

ALL = 120
ROOT = Path(__file__).parents[3]
QUIET_S = 0.6


@contextmanager
def calling(
    folder: Path, device: CountingDevice, timeout_s: float = 30.0, mode: str = ""
) -> Iterator[subprocess.Popen[str]]:
    """A caller process; whatever the test leaves of it and its tree is ended."""
    words = [sys.executable, caller_program.__file__, str(folder), device.address]
    process = subprocess.Popen(
        [*words, str(timeout_s), mode],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()
        AnsibleRunner(folder / "state")


def outcome(process: subprocess.Popen[str]) -> dict[str, object]:
    """What the caller said about the run."""
    assert process.stdout is not None
    said: dict[str, object] = json.loads(process.stdout.readline())
    return said


def kill(pid: int) -> None:
    """KILL and wait until it is gone or a zombie."""
    os.kill(pid, signal.SIGKILL)
    until(lambda: not alive(pid))


def test_caller_killed(folder: Path) -> None:
    """The whole tree goes with the caller; what comes late was granted before."""
    with CountingDevice() as device, calling(folder, device) as process:
        device.writes.wait(12)
        tree = [playbook(folder), *forks(folder).values()]

        kill(process.pid)
        before = len(device.writes.seen)
        granted = grants(folder)

        until(lambda: not alive(*tree) and not marked(folder / "state"))
        time.sleep(QUIET_S)
        print(f"caller: {len(device.writes.seen) - before} writes afterwards, {before} before")
        assert len(device.writes.seen) - before <= len(COMPOUNDS)
        assert set(device.writes.steps) <= set(granted)
        assert len(device.writes.seen) < ALL


def test_playbook_killed(folder: Path) -> None:
    """The forks die with the playbook, though the caller lives and would grant them more."""
    with CountingDevice() as device, calling(folder, device) as process:
        device.writes.wait(12)
        pids = list(forks(folder).values())

        kill(playbook(folder))
        before = len(device.writes.seen)

        said = outcome(process)
        assert said["status"] == "killed"
        assert not alive(*pids)
        time.sleep(QUIET_S)
        print(f"playbook: {len(device.writes.seen) - before} writes afterwards, {before} before")
        assert len(device.writes.seen) - before <= len(COMPOUNDS)
        assert set(device.writes.steps) <= set(grants(folder))


def test_fork_killed(folder: Path) -> None:
    """The killed fork's compound gets nothing more; Ansible ends the other one, and says failed."""
    with CountingDevice() as device, calling(folder, device) as process:
        device.writes.wait(12)
        victim, other = COMPOUNDS
        pids = forks(folder)

        kill(pids[victim])
        before = [s for s in device.writes.steps if s.startswith(victim)]
        said = outcome(process)
        ended = len(device.writes.seen)

        after = [s for s in device.writes.steps if s.startswith(victim)]
        assert said["status"] != "successful"
        assert not alive(pids[other])
        time.sleep(QUIET_S)
        print(f"fork: {len(after) - len(before)} of its writes afterwards, {len(before)} before")
        assert len(after) - len(before) <= 1
        assert ended == len(device.writes.seen) < ALL
        assert set(device.writes.steps) <= set(grants(folder))


def test_runner_timeout(folder: Path) -> None:
    """When `run` returns from its timeout nothing of the tree lives, and nothing is written."""
    with CountingDevice() as device, calling(folder, device, timeout_s=5.0, mode="slow") as process:
        said = outcome(process)
        before = len(device.writes.seen)

        time.sleep(QUIET_S)
        print(f"timeout: {len(device.writes.seen) - before} writes afterwards, {before} before")
        assert said["status"] == "timeout"
        assert not alive(*forks(folder).values(), playbook(folder))
        assert 0 < before == len(device.writes.seen) < ALL
        assert not list((folder / "state" / "run").iterdir())


def test_caller_stopped_and_continued(folder: Path) -> None:
    """A stopped caller grants nothing, so nothing is written; continued, all of it is, once."""
    with CountingDevice() as device, calling(folder, device) as process:
        device.writes.wait(12)

        process.send_signal(signal.SIGSTOP)
        _, status = os.waitpid(process.pid, os.WUNTRACED)
        assert os.WIFSTOPPED(status)
        granted = len(grants(folder))
        time.sleep(2 * QUIET_S)
        stopped = len(device.writes.seen)
        time.sleep(QUIET_S)
        print(f"stopped: {len(device.writes.seen) - stopped} writes while stopped")
        assert granted == len(grants(folder))
        assert stopped == len(device.writes.seen) <= granted

        process.send_signal(signal.SIGCONT)
        said = outcome(process)
        assert said["status"] == "successful"
        assert ALL == len(device.writes.seen) == len(set(device.writes.steps))


def test_forks_that_lost_their_signal_are_ended_by_the_adapter(folder: Path) -> None:
    """The proof does not rely on the signal: without it in the forks, the adapter finds them.

    This is also the control of this file: it shows that the other tests would see such writes.
    """
    with CountingDevice() as device, calling(folder, device, mode="unbound") as process:
        device.writes.wait(12)
        pids = list(forks(folder).values())

        kill(playbook(folder))
        assert alive(*pids)
        said = outcome(process)

        ended = len(device.writes.seen)
        time.sleep(QUIET_S)
        print(f"unbound: {ended} writes, {said['leftovers']} leftovers ended")
        assert len(pids) == said["leftovers"]
        assert not alive(*pids)
        assert ended == len(device.writes.seen) < ALL


def test_deaf_forks_of_a_killed_caller_are_ended_by_the_next_one(folder: Path) -> None:
    """A fork without signal that never looks at its socket is ended, and its folder wiped."""
    with CountingDevice() as device, calling(folder, device, mode="deaf") as process:
        until(lambda: len(forks(folder)) == len(COMPOUNDS))
        pids = list(forks(folder).values())
        kill(process.pid)
        assert len(pids) == len(alive(*pids))

        ansible = AnsibleRunner(folder / "state")

        assert not alive(*pids)
        assert set(pids) <= {process.pid for process in ansible.leftovers}
        assert not list((folder / "state" / "run").iterdir())


@pytest.mark.parametrize("delay_s", [0.0, 0.15, 0.35, 0.5, 0.65])
def test_caller_killed_while_the_tree_starts(folder: Path, delay_s: float) -> None:
    """From the shim to the first ask there is no moment at which the caller's death is missed."""
    with CountingDevice() as device, calling(folder, device) as process:
        until((folder / "notes").exists)
        time.sleep(delay_s)

        kill(process.pid)

        until(lambda: not marked(folder / "state"))
        time.sleep(QUIET_S / 2)
        assert not marked(folder / "state")
        assert set(device.writes.steps) <= set(grants(folder))
        assert len(device.writes.seen) < ALL
