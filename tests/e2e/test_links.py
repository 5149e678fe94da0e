"""Links over SSH as an operator sees them: a cut path comes back, a kill amid a trial heals.

Simulated switches that speak VRP8 and Comware, the real driver, playbooks and processes.
"""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from fleet.model.exitcodes import ExitCode
from tests.support.line import Line
from tests.support.link_line import BEHIND, ELSEWHERE, ROUTER, SWITCH, TARGETS, link_line_up
from tests.support.victims import kill, victims

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(420)]


@pytest.fixture(scope="module")
def line(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Line]:
    """A router, a switch and cameras; a trial of two minutes takes twelve seconds."""
    with link_line_up(tmp_path_factory.mktemp("links")) as up:
        yield up


def records(line: Line, kind: str) -> list[dict[str, Any]]:
    """The journal's records of one kind."""
    lines = line.ok("journal", "export").out.splitlines()
    return [r for r in map(json.loads, lines) if r["kind"] == kind]


def until(line: Line, kind: str, subject: str) -> dict[str, Any]:
    """Wait for a record of a running apply."""
    end = time.monotonic() + 120
    while time.monotonic() < end:
        if found := [r for r in records(line, kind) if r["subject"] == subject]:
            return found[-1]
        time.sleep(0.2)
    raise AssertionError(f"no {kind} of {subject}")


class TestLinks:
    """In order: the cut, the way on, and a kill between change and confirmation."""

    def test_a_path_cutting_change_comes_back_by_itself(self, line: Line) -> None:
        """Exit 6 though nine failures are tolerated; the device is as before, nobody went on."""
        line.tell(SWITCH, verb="fault", fault="cut-path")

        said = line.run("apply", "--yes", *TARGETS)

        assert said.code == ExitCode.HALTED, said.all
        assert f"{SWITCH} [path_cut]: the change cut our own path" in said.out
        assert f"{BEHIND}: not started, since {SWITCH} failed" in said.out
        assert line.logs() == {ROUTER: Counter(lldp_enabled=1)}
        shown = line.json("rollout", "show")
        assert set(shown["failed"]) == {SWITCH}
        assert set(shown["step_outcomes"]) == {f"{ROUTER}/01-link", f"{SWITCH}/01-link"}
        assert shown["step_outcomes"][f"{ROUTER}/01-link"]["evidence"] == "confirmed"

    def test_killed_between_change_and_confirmation_it_is_kept_by_its_id(self, line: Line) -> None:
        """kill -9 of all processes while the change is on trial: confirmed once, written once."""
        line.ok("sim", "down")
        line.ok("sim", "up", "--fresh", "--trial-scale", "1")
        line.tell(SWITCH, verb="fault", fault="cut-path")
        before = len(records(line, "step.intent"))
        process = line.start("apply", "--yes", *TARGETS)
        until(line, "step.settled", ROUTER)
        end = time.monotonic() + 90
        while not [r for r in records(line, "step.intent")[before:] if r["subject"] == SWITCH]:
            assert time.monotonic() < end
            time.sleep(0.2)
        time.sleep(4)  # the change is typed in well under this; its worker waits for the path
        kill(victims(process.pid, "tree"))
        process.wait()
        line.tell(SWITCH, verb="fault", fault="none")
        intent = [r for r in records(line, "step.intent") if r["subject"] == SWITCH][-1]
        shown = line.ok("rollout", "show").out
        assert f"on trial {intent['data']['trial']['id']}" in shown

        resumed = line.run("rollout", "resume")

        assert resumed.code == 0, resumed.all
        settled = [r for r in records(line, "step.settled") if r["subject"] == SWITCH][-1]
        assert (settled["data"]["outcome"], settled["data"]["evidence"]) == ("done", "confirmed")
        once = Counter(osd_text=1, cloud_enabled=1)
        assert line.logs() == {
            ROUTER: Counter(lldp_enabled=1),
            SWITCH: Counter(sysname=1, vlans=1, lldp_enabled=1),
            BEHIND: once,
            ELSEWHERE: once,
        }
        assert line.run("drift", *TARGETS).code == 0
        assert line.run("journal", "verify").code == 0

    def test_what_was_confirmed_survives_a_restart_and_can_be_undone(self, line: Line) -> None:
        """Saved: the restarted devices stand as declared. Undone: each as an installer left it."""
        for device in (SWITCH, ROUTER):
            line.tell(device, verb="fault", fault="reboot", value="now")
        end = time.monotonic() + 60
        while (said := line.run("drift", *TARGETS)).code == ExitCode.PARTIAL:
            assert time.monotonic() < end, said.all
        assert said.code == 0, said.all

        undone = line.run("rollout", "undo", "--yes")

        assert undone.code == 0, undone.all
        assert line.logs()[SWITCH] == Counter(sysname=2, vlans=2, lldp_enabled=2)
        links = ("--target", SWITCH, "--target", ROUTER)
        planned = line.json("plan", *links)["fleet"]["plan"]["works"]
        before = {
            c["field"]: c["before"] for w in planned for s in w["steps"] for c in s["changes"]
        }
        assert before == {"sysname": "HUAWEI", "vlans": [], "lldp_enabled": False}
