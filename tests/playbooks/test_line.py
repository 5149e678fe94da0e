"""Plain Ansible against simulated devices: it sees what `fleet plan` sees and applies the seal."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.playbooks.conftest import BIN, ROOT
from tests.support.line import Line, line_up

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(200)]
# An operator's uplink: neither plan nor apply needs a server engine.
COMPOUND = "lianhu"


@pytest.fixture(scope="module")
def line(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Line]:
    """The example city with its devices up; the tests below go on from there in their order."""
    with line_up(tmp_path_factory.mktemp("plain")) as up:
        (up.city / "city.fleet.yml").write_text("plugin: compound.fleet.city\n", "utf-8")
        yield up


def _site(line: Line, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run site.yml from the checkout's root, where no ansible.cfg is, as a visitor would."""
    return subprocess.run(
        [
            *(BIN / "ansible-playbook", "-i", line.city / "city.fleet.yml", "--limit", COMPOUND),
            *("playbooks/site.yml", *arguments),
        ],
        cwd=ROOT,
        env={
            **line.environment,
            "PATH": f"{BIN}{os.pathsep}/usr/bin{os.pathsep}/bin",
            "ANSIBLE_HOME": str(line.city.parent / "ansible"),
            "ANSIBLE_NOCOLOR": "1",
        },
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def _shown(output: str) -> set[tuple[str, str]]:
    """(device, field) of each line that a diff says would be there afterwards."""
    device, found = "", set()
    for line in output.splitlines():
        if line.startswith("+++ after: "):
            device = line.removeprefix("+++ after: ")
        elif line.startswith("+") and ": " in line + " ":
            found.add((device, line[1:].partition(":")[0]))
    return found


def _planned(plan: Path) -> set[tuple[str, str]]:
    """(device, field) of each change in a plan file in Terraform's plan shape."""
    changes = json.loads(plan.read_text("utf-8"))["resource_changes"]
    return {
        (change["name"], field)
        for change in changes
        for field in {**change["change"]["after"], **change["change"]["after_unknown"]}
    }


class TestPlainAnsible:
    """In the order of a visitor who knows Ansible and not fleet."""

    def test_check_shows_what_plan_shows_and_writes_nothing(self, line: Line) -> None:
        """Field by field the same differences on the same devices; no device was written."""
        plan = line.city.parent / "plan.json"
        line.ok("plan", "--target", COMPOUND, "-o", str(plan))

        done = _site(line, "--check", "--diff")

        assert done.returncode == 0, done.stdout + done.stderr
        assert _shown(done.stdout) == _planned(plan)
        assert len(_planned(plan)) > 50
        assert line.writes() == 0

    def test_sealed_plan_is_applied_once_and_is_on_record(self, line: Line) -> None:
        """Each planned field is written once; fleet's journal has the rollout; nothing is left."""
        plan = line.city.parent / "plan.json"

        done = _site(line, "-e", f"fleet_plan={plan}")

        assert done.returncode == 0, done.stdout + done.stderr
        logs = line.logs()
        assert {(device, field) for device, log in logs.items() for field in log} == _planned(plan)
        assert {count for log in logs.values() for count in log.values()} == {1}
        assert line.run("plan", "--target", COMPOUND, "--detailed-exitcode").code == 0
        line.ok("journal", "verify")
        assert "done" in line.ok("rollout", "list").out
        assert "changed=0" in _site(line, "--check", "--diff").stdout

    def test_the_same_plan_again_is_stale_and_writes_nothing(self, line: Line) -> None:
        """What the plan was sealed for no longer stands: fleet's refusal is Ansible's."""
        before = line.writes()

        done = _site(line, "-e", f"fleet_plan={line.city.parent / 'plan.json'}")

        assert done.returncode == 2
        assert "the permit server did not start: error:" in done.stdout
        assert line.writes() == before
