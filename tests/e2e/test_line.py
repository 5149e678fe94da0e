"""The line from YAML to the register in the device, as a user runs it."""

from __future__ import annotations

import json
import os
import shutil
import signal
from pathlib import Path
from typing import Any

import pytest

from fleet.adapters.processes import LinuxProcesses
from fleet.adapters.supervision import RegistrarService, Supervisor
from fleet.adapters.supervision.control import NoAnswer, ask
from fleet.adapters.supervision.sockets import bound_udp
from tests.support.acts import by_hand
from tests.support.day import Day
from tests.support.line import Line
from tests.support.servers import processes_of, until

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(400)]
DISTRICTS = ("340705", "340722")
CUIHU = ("--target", "cuihu")


@pytest.fixture(scope="module")
def line(day: Day) -> Line:
    """The city of the day; the tests below go on from there in their order."""
    return day.line


class TestLine:
    """Tests in the order of an operator's first day."""

    def test_plan_apply_plan_apply_drift_end_as_the_contract_says(self, day: Day) -> None:
        """2, 0, 0, 0, 0, and the second apply sends no write."""
        assert day.codes == [2, 0, 0, 0]
        assert day.written[0] > 100
        assert day.written == [day.line.writes()] * 2
        assert day.line.run("drift").code == 0

    def test_no_device_saw_a_wrong_login(self, line: Line) -> None:
        """Nothing in a whole rollout spends a login attempt."""
        assert {d: e["failed_logins"] for d, e in line.stats().items() if e["failed_logins"]} == {}

    def test_both_sides_tell_the_registration(self, line: Line) -> None:
        """Every recorder on our registrar is registered with version 1, its catalog complete."""
        ups = line.json("status", "--ask")["uplinks"]

        own = [u for u in ups if u["registrar"]["registered"] is not None]
        assert len(own) >= 3
        assert all(u["registrar"]["registered"] for u in own)
        assert {u["registrar"]["credential_version"] for u in own} == {1}
        assert all(u["catalog"]["missing"] == u["catalog"]["extra"] == [] for u in own)
        assert any(u["catalog"]["spare"] for u in own)

    def test_an_operators_uplink_is_unknown_on_the_upper_side(self, line: Line) -> None:
        """What cannot be asked is unknown, never assumed."""
        ups = {u["compound"]: u for u in line.json("status", "--ask")["uplinks"]}

        assert ups["lianhu"]["registrar"]["registered"] is None

    def test_a_gate_changed_by_hand_is_named_and_healed(self, line: Line) -> None:
        """Drift names the field; apply writes exactly that field."""
        by_hand(line, {"cuihu-gate-02": ("open_time_s", "33")})
        before = line.log("cuihu-gate-02")

        said = line.run("drift", *CUIHU)
        line.ok("apply", "--yes", *CUIHU)

        assert said.code == 2
        assert "open_time_s" in said.out
        assert line.log("cuihu-gate-02")[len(before) :] == ["open_time_s"]
        assert line.run("drift", *CUIHU).code == 0

    def test_face_only_is_cited_as_rule_14_from_the_reader_itself(self, line: Line) -> None:
        """The rule judges what the device says, whatever is declared."""
        by_hand(line, {"cuihu-door-01": ("auth_ways", "face")})

        said = line.run("drift", *CUIHU)
        line.ok("apply", "--yes", *CUIHU)

        assert said.code == 2
        assert "auth_ways" in said.out
        assert "14" in said.out

    def test_a_sealed_plan_goes_stale_with_the_inventory(self, line: Line, tmp_path: Path) -> None:
        """A file changed after the plan: refused whole, exit 7, nothing written."""
        by_hand(line, {"cuihu-gate-02": ("open_time_s", "44")})
        file = tmp_path / "plan.json"
        assert line.run("plan", "-o", str(file), *CUIHU).code == 0
        written = line.writes()
        line.edit("340705-*/cuihu.yaml", "Central avenue 03", "Central avenue 3")

        said = line.run("apply", str(file), "--yes")

        assert said.code == 7
        assert "cuihu" in said.err
        assert line.writes() == written
        line.edit("340705-*/cuihu.yaml", "Central avenue 3", "Central avenue 03")

    def test_a_sealed_plan_goes_stale_with_a_device(self, line: Line, tmp_path: Path) -> None:
        """A device that no longer stands as sealed: refused before the first write."""
        file = tmp_path / "plan.json"
        assert line.run("plan", "-o", str(file), *CUIHU).code == 0
        by_hand(line, {"cuihu-gate-02": ("open_time_s", "45")})
        written = line.writes()

        said = line.run("apply", str(file), "--yes")

        assert said.code == 7
        assert "cuihu-gate-02" in said.err
        assert line.writes() == written

    def test_a_changed_plan_file_is_refused(self, line: Line, tmp_path: Path) -> None:
        """One byte of a value is enough."""
        file = tmp_path / "plan.json"
        assert line.run("plan", "-o", str(file), *CUIHU).code == 0
        document = json.loads(file.read_text())
        document["fleet"]["plan"]["works"][0]["steps"][0]["changes"][0]["after"] = 59
        file.write_text(json.dumps(document))

        assert line.run("apply", str(file), "--yes").code == 7
        assert line.ok("apply", "--yes", *CUIHU).code == 0

    def test_a_plan_for_one_compound_reads_no_other(self, line: Line) -> None:
        """--target leaves every other compound's devices alone."""
        before = line.stats()

        line.ok("plan", "--target", "lianhu")

        after = line.stats()
        touched = {d for d in after if after[d]["reads"] != before[d]["reads"]}
        assert touched
        assert all(d.startswith("lianhu") for d in touched)

    def test_an_operators_compound_needs_no_engine(self, line: Line) -> None:
        """With no engine anywhere the compound still plans and applies."""
        by_hand(line, {"lianhu-gate-01": ("open_time_s", "50")})
        without = dict(line.environment, PATH="/nowhere", XDG_CACHE_HOME="/nowhere")
        lone = Line(line.city, line.block, without)

        assert lone.run("plan", "--target", "lianhu", "--detailed-exitcode").code == 2
        assert lone.run("apply", "--target", "lianhu", "--yes").code == 0

    def test_a_killed_registrar_comes_back_by_itself(self, line: Line) -> None:
        """Killed with -9, it is started again by its supervisor with the bindings it had."""
        before, held = registrar(line).process(), bindings(line)
        assert before is not None
        assert all(b["registered"] for b in held.values())

        os.kill(before.pid, signal.SIGKILL)

        until(lambda: registrar(line).process() not in (before, None) and bindings(line))
        assert same_bindings(held, bindings(line))

    def test_a_killed_supervisor_is_started_again_by_a_verb(self, line: Line) -> None:
        """Killed with -9 it takes its registrar along; drift says so or mends it, apply is 0."""
        record, before, held = (
            Supervisor(line.state).record(),
            registrar(line).process(),
            bindings(line),
        )
        assert record is not None and record.process is not None and before is not None

        os.kill(record.process.pid, signal.SIGKILL)
        until(lambda: not LinuxProcesses().alive(before))

        assert line.run("apply", "--yes", *CUIHU).code == 0
        assert line.run("drift", *CUIHU).code == 0
        after = Supervisor(line.state).record()
        assert after is not None and after.process not in (None, record.process)
        copies = [w for w in processes_of(line.state).values() if "registrar --config" in w]
        assert len([w for w in copies if "guard" not in w]) == len(DISTRICTS)
        assert same_bindings(held, bindings(line))

    def test_a_server_taken_away_by_hand_is_seen_and_mended(self, line: Line) -> None:
        """Its process killed and its files deleted: refresh ends with 2, apply brings it back."""
        process = registrar(line).process()
        assert process is not None
        shutil.rmtree(line.state / "services" / DISTRICTS[0] / "registrar")
        os.kill(process.pid, signal.SIGKILL)

        seen = line.run("stacks", "refresh", DISTRICTS[0])
        applied = line.run("apply", "--yes", *CUIHU)

        assert seen.code == 2, seen.all
        assert applied.code == 0, applied.all
        assert line.run("stacks", "refresh").code == 0  # the other district's too
        assert registrar(line).process() not in (process, None)

    def test_the_journal_verifies_and_lists_the_rollouts(self, line: Line) -> None:
        """Every rollout of this day is done, and the chain holds."""
        assert {r["status"] for r in line.json("rollout", "list")} == {"done"}
        assert line.ok("journal", "verify").code == 0

    def test_destroy_leaves_nothing(self, line: Line) -> None:
        """No process, no listener, no file of the servers stays."""
        assert line.run("stacks", "destroy").code == 8
        line.ok("stacks", "destroy", "--yes")

        left = [w for w in processes_of(line.state).values() if "fleet.simulator" not in w]
        assert left == []
        assert f"127.{line.block}.10." not in listeners()
        assert not [p for p in (line.state / "services").rglob("*") if p.is_file()]
        assert line.json("stacks", "outputs") == {}


def registrar(line: Line) -> RegistrarService:
    """The first district's registrar."""
    return RegistrarService(Supervisor(line.state), DISTRICTS[0])


def bindings(line: Line) -> dict[str, dict[str, Any]]:
    """The first district's bindings by GB id, as its registrar tells them; none while it starts."""
    try:
        answer = ask(registrar(line).control_socket, "registrations", 5.0)
    except NoAnswer:
        return {}
    found = answer["registrations"]
    assert isinstance(found, list)
    return {str(b["gb_id"]): b for b in found}


def same_bindings(before: dict[str, dict[str, Any]], after: dict[str, dict[str, Any]]) -> bool:
    """Whether these are the old ones and no new registrations, whose expiry would start again."""
    return set(before) == set(after) and all(
        (after[k]["contact"], after[k]["credential_version"])
        == (before[k]["contact"], before[k]["credential_version"])
        and after[k]["expires_in_s"] <= before[k]["expires_in_s"]
        for k in before
    )


def listeners() -> str:
    """Every UDP address on which something is bound, one a line."""
    return "\n".join(sorted(f"{a}:{p}" for a, p in bound_udp()))
