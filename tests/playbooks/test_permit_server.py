"""Starting fleet's permit server from a playbook; the `fleet` here is a script of the test."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from ansible.errors import AnsibleActionFail
from ansible_collections.compound.fleet.plugins.action import (  # type: ignore[import-not-found]  # on Ansible's path, not on mypy's
    permit_server,
)

from tests.adapters.ansible.support import alive, until

pytestmark = pytest.mark.scenario


@pytest.fixture
def plan(tmp_path: Path) -> Path:
    """Some plan file."""
    path = tmp_path / "plan.json"
    path.write_text("{}")
    return path


def _fleet(folder: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    """Put a program `fleet` of this script beside the interpreter that the plugin sees."""
    (folder / "bin").mkdir()
    program = folder / "bin" / "fleet"
    program.write_text(f'#!/bin/sh\ncd {folder}\necho $$ > pid\necho "$@" > words\n{script}\n')
    program.chmod(0o700)
    monkeypatch.setattr(sys, "executable", str(folder / "bin" / "python"))


def _pid(folder: Path) -> int:
    return int((folder / "pid").read_text())


# Its process outlives the task on purpose, and Popen complains about that when it is collected.
@pytest.mark.filterwarnings("ignore:subprocess .* is still running:ResourceWarning")
def test_the_server_is_told_plan_and_parent_and_stays(
    tmp_path: Path, plan: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its one line becomes the facts; it goes on when the task is done."""
    _fleet(tmp_path, monkeypatch, 'echo \'{"socket": "/s", "rollout": "r-1"}\'; exec sleep 30')

    facts = permit_server.serve("/city", plan, os.getpid(), 20)

    assert facts == {"socket": "/s", "rollout": "r-1"}
    words = (tmp_path / "words").read_text().split()
    assert words == [
        *("-C", "/city", "--non-interactive", "rollout", "serve"),
        *("--plan", str(plan), "--parent", str(os.getpid())),
    ]
    pid = _pid(tmp_path)
    assert len(alive(pid)) == 1
    assert os.getsid(pid) == pid
    os.kill(pid, 9)
    os.waitpid(pid, 0)


def test_a_refusal_is_told_in_the_servers_own_last_words(
    tmp_path: Path, plan: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A stale plan or a held lock is fleet's to say."""
    _fleet(tmp_path, monkeypatch, "echo first >&2; echo the plan is stale >&2; exit 7")

    with pytest.raises(AnsibleActionFail, match="the plan is stale"):
        permit_server.serve("/city", plan, os.getpid(), 20)


@pytest.mark.parametrize("line", ["nonsense", "[]", '{"socket": "/s"}', "{"])
def test_anything_but_the_agreed_line_is_refused(
    tmp_path: Path, plan: Path, monkeypatch: pytest.MonkeyPatch, line: str
) -> None:
    """A server that says something else is ended, not believed."""
    _fleet(tmp_path, monkeypatch, f"echo '{line}'; exec sleep 30")

    with pytest.raises(AnsibleActionFail, match="it said nothing"):
        permit_server.serve("/city", plan, os.getpid(), 20)

    until(lambda: not alive(_pid(tmp_path)))


def test_silence_ends_at_the_deadline(
    tmp_path: Path, plan: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server that is not ready in time is ended."""
    _fleet(tmp_path, monkeypatch, "exec sleep 30")

    with pytest.raises(AnsibleActionFail, match="it said nothing"):
        permit_server.serve("/city", plan, os.getpid(), 1)

    until(lambda: not alive(_pid(tmp_path)))
