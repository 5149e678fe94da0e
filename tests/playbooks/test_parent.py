"""A fork binds itself to the playbook, also when the playbook died before it could."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from ansible.errors import AnsibleError
from ansible_collections.compound.fleet.plugins.plugin_utils import (  # type: ignore[import-not-found]  # on Ansible's path, not on mypy's
    parent,
)

from tests.adapters.ansible.support import alive, until
from tests.playbooks.conftest import PLAYBOOKS

pytestmark = pytest.mark.scenario
# A playbook with one fork, which binds itself only when a file "bind" has appeared.
PLAYBOOK = """
import multiprocessing, os, sys, time
from ansible_collections.compound.fleet.plugins.plugin_utils import parent

def fork(folder):
    print(os.getpid(), flush=True)
    while not os.path.exists(folder + "/bind"):
        time.sleep(0.005)
    open(folder + "/bound", "w").write(str(parent.die_with_playbook()))
    open(folder + "/on", "w").close()
    time.sleep(30)

multiprocessing.get_context("fork").Process(target=fork, args=sys.argv[1:2]).start()
time.sleep(30)
"""


@contextmanager
def playbook(folder: Path) -> Iterator[tuple[int, int]]:
    """Pids of a "playbook" and of its fork; both are ended afterwards."""
    environment = {**os.environ, "PYTHONPATH": str(PLAYBOOKS / "collections")}
    process = subprocess.Popen(
        [sys.executable, "-c", PLAYBOOK, str(folder)],
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    fork = int(process.stdout.readline())
    try:
        yield process.pid, fork
    finally:
        process.kill()
        for left in alive(fork):
            os.kill(left.pid, signal.SIGKILL)
        process.communicate()


def test_bound_fork_dies_with_the_playbook(tmp_path: Path) -> None:
    """The fork is told the playbook's pid, lives on, and is killed when the playbook is."""
    with playbook(tmp_path) as (pid, fork):
        (tmp_path / "bind").touch()
        until((tmp_path / "on").exists)
        assert int((tmp_path / "bound").read_text()) == pid
        assert len(alive(fork)) == 1

        os.kill(pid, signal.SIGKILL)

        until(lambda: not alive(fork))


def test_fork_whose_playbook_is_dead_already_does_not_go_on(tmp_path: Path) -> None:
    """No signal comes for a death in the past: the comparison of parents catches it."""
    with playbook(tmp_path) as (pid, fork):
        os.kill(pid, signal.SIGKILL)
        until(lambda: not alive(pid))
        assert len(alive(fork)) == 1

        (tmp_path / "bind").touch()

        until(lambda: not alive(fork))
        assert not (tmp_path / "on").exists()


def test_outside_a_fork_it_refuses() -> None:
    """In a process that no playbook has forked there is nobody to die with."""
    with pytest.raises(AnsibleError, match="only inside a fork"):
        parent.die_with_playbook()
