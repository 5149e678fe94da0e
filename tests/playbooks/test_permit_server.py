"""Starting fleet's permit server from a playbook; the `fleet` here is a script of the test."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest
from ansible.errors import AnsibleActionFail
from ansible_collections.compound.fleet.plugins.action import (  # type: ignore[import-not-found]  # on Ansible's path, not on mypy's
    permit_server,
)

from tests.adapters.ansible.support import alive, until
from tests.playbooks.conftest import BIN, PLAYBOOKS, Run

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


@pytest.mark.filterwarnings("ignore:subprocess .* is still running:ResourceWarning")
def test_consents_are_handed_on_by_name(
    tmp_path: Path, plan: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each as an option of its own, as an operator would give them."""
    _fleet(tmp_path, monkeypatch, 'echo \'{"socket": "/s", "rollout": "r-1"}\'; exec sleep 30')

    permit_server.serve("/city", plan, os.getpid(), 20, ["experimental", "reboot"])

    words = (tmp_path / "words").read_text().split()
    assert words[-4:] == ["--accept", "experimental", "--accept", "reboot"]
    pid = _pid(tmp_path)
    os.kill(pid, 9)
    os.waitpid(pid, 0)


def test_a_refusal_is_told_in_the_servers_own_last_words(
    tmp_path: Path, plan: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A stale plan or a held lock is fleet's to say."""
    _fleet(
        tmp_path, monkeypatch, "echo a >&2; echo error: stale >&2; echo '  plan again' >&2; exit 7"
    )

    with pytest.raises(AnsibleActionFail, match=r"did not start: error: stale plan again$"):
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
    """A server that gives no sign of progress is ended, and the message says for how long."""
    _fleet(tmp_path, monkeypatch, "exec sleep 30")

    with pytest.raises(AnsibleActionFail, match=r"it gave no sign for 1 seconds$"):
        permit_server.serve("/city", plan, os.getpid(), 1)

    until(lambda: not alive(_pid(tmp_path)))


@pytest.mark.filterwarnings("ignore:subprocess .* is still running:ResourceWarning")
def test_a_server_that_was_still_reading_devices_was_killed(
    tmp_path: Path, plan: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It works for longer than the patience lasts, but says something all the while."""
    _fleet(
        tmp_path,
        monkeypatch,
        "for n in 1 2 3 4 5 6 7 8; do echo observed $n >&2; sleep 0.4; done;"
        'echo \'{"socket": "/s", "rollout": "r-1"}\'; exec sleep 30',
    )

    facts = permit_server.serve("/city", plan, os.getpid(), 1.5)

    assert facts["rollout"] == "r-1"
    os.kill(_pid(tmp_path), 9)
    os.waitpid(_pid(tmp_path), 0)


def test_a_server_given_up_amid_up_was_killed_and_settled_nothing(
    tmp_path: Path, plan: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """TERM comes first, and what it does then is waited for."""
    _fleet(
        tmp_path,
        monkeypatch,
        "trap 'kill $!; sleep 1; echo settled > end; echo ended in order >&2; exit 143' TERM\n"
        "sleep 30 &\nwait",
    )

    with pytest.raises(AnsibleActionFail, match=r"ended in order$"):
        permit_server.serve("/city", plan, os.getpid(), 1)

    assert (tmp_path / "end").read_text() == "settled\n"


def test_a_server_deaf_to_term_is_killed_after_its_grace(
    tmp_path: Path, plan: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The play goes on to fail; nothing is left behind."""
    monkeypatch.setattr(permit_server, "_END_GRACE_S", 0.2)
    _fleet(tmp_path, monkeypatch, "trap '' TERM\necho deaf\nexec sleep 30")

    with pytest.raises(AnsibleActionFail, match="it said nothing"):
        permit_server.serve("/city", plan, os.getpid(), 20)

    until(lambda: not alive(_pid(tmp_path)))


def _twin(folder: Path, script: str) -> Path:
    """An environment with our packages whose program `fleet` is `script`; returns its `bin`."""
    bin_dir, lib = folder / "bin", Path("lib", f"python{sys.version_info[0]}.{sys.version_info[1]}")
    bin_dir.mkdir(parents=True)
    (folder / lib).mkdir(parents=True)
    (folder / lib / "site-packages").symlink_to(sysconfig.get_path("purelib"))
    shutil.copy(BIN.parent / "pyvenv.cfg", folder / "pyvenv.cfg")
    (bin_dir / "python").symlink_to(Path(sys.executable).resolve())
    (bin_dir / "fleet").write_text(f"#!/bin/sh\n{script}\n")
    (bin_dir / "fleet").chmod(0o700)
    return bin_dir


def test_site_given_a_plan_writes_under_the_server_it_started(
    tmp_path: Path, plan: Path, city: Path
) -> None:
    """Every stage of every host is told the socket of the server that the first play started."""
    note = tmp_path / "started"
    script = f"""echo "$@" >> {note}; echo '{{"socket": "/run/s", "rollout": "r-7"}}'"""
    twin = _twin(tmp_path / "twin", script)
    done_by_worker = {"changed": True, "devices": {"x": ["f"]}, "failed": {}, "diff": []}
    answers = {"socket": "/run/s", "drive": done_by_worker}

    done = subprocess.run(
        [
            *(twin / "python", BIN / "ansible-playbook", "-i", city),
            *("site.yml", "-e", f"fleet_plan={plan}"),
        ],
        cwd=PLAYBOOKS,
        env={
            "PATH": "/usr/bin:/bin",
            "HOME": str(tmp_path),
            "LC_ALL": "C.UTF-8",
            "PYTHONPATH": str(Path(__file__).parent / "injected"),
            "FLEET_TEST_ANSWERS": json.dumps(answers),
        },
        capture_output=True,
        text=True,
        timeout=50,
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr
    (words,) = note.read_text().splitlines()
    assert f"rollout serve --plan {plan} --parent " in words
    hosts = done.stdout.partition("PLAY RECAP")[2].strip().splitlines()[1:]
    assert len(hosts) > 1
    assert all("changed=6" in host and "failed=0" in host for host in hosts)


def test_site_given_no_such_plan_stops_at_once(ansible: Run, city: Path, tmp_path: Path) -> None:
    """A misspelt file name is told before anything is started."""
    gone = f"fleet_plan={tmp_path}/gone.json"

    done = ansible("ansible-playbook", "-i", str(city), "site.yml", "-e", gone)

    assert done.returncode == 2
    assert "there is no plan file gone.json" in done.stdout + done.stderr
    assert "Drive" not in done.stdout


def test_a_missing_plan_was_told_in_english_to_a_chinese_caller(
    ansible: Run, city: Path, tmp_path: Path
) -> None:
    """FLEET_LANG comes before the locale, which Ansible wants to be one that exists."""
    gone = f"fleet_plan={tmp_path}/gone.json"

    done = ansible(
        "ansible-playbook", "-i", str(city), "site.yml", "-e", gone, environ={"FLEET_LANG": "zh"}
    )

    assert done.returncode == 2
    assert "没有计划文件 gone.json" in done.stdout + done.stderr
