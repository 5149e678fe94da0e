"""The line from YAML to the register in the device, as a user runs it."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.line import Line, line_up

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(400)]


@pytest.fixture(scope="module")
def line(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Line]:
    """One city, brought to its plan once; the tests below go on from there in their order."""
    with line_up(tmp_path_factory.mktemp("line")) as up:
        yield up


class TestLine:
    """Tests in the order of an operator's first day."""

    def test_plan_apply_plan_apply_drift_end_as_the_contract_says(self, line: Line) -> None:
        """2, 0, 0, 0, 0, and the second apply sends no write."""
        first = line.run("plan", "--detailed-exitcode").code
        applied = line.run("apply", "--yes")
        written = line.writes()
        again = line.run("plan", "--detailed-exitcode").code
        second = line.run("apply", "--yes").code

        assert [first, applied.code, again, second] == [2, 0, 0, 0], applied.all
        assert written > 100
        assert line.writes() == written
        assert line.run("drift").code == 0

    def test_no_device_saw_a_wrong_login(self, line: Line) -> None:
        """Nothing in a whole rollout spends a login attempt."""
        assert {d: e["failed_logins"] for d, e in line.stats().items() if e["failed_logins"]} == {}

    def test_both_sides_tell_the_registration(self, line: Line) -> None:
        """Every recorder on our registrar is registered with version 1, its catalog complete."""
        ups = line.json("status")["uplinks"]

        own = [u for u in ups if u["registrar"]["registered"] is not None]
        assert len(own) >= 3
        assert all(u["registrar"]["registered"] for u in own)
        assert {u["registrar"]["credential_version"] for u in own} == {1}
        assert all(u["catalog"]["missing"] == u["catalog"]["extra"] == [] for u in own)
        assert any(u["catalog"]["spare"] for u in own)

    def test_an_operators_uplink_is_unknown_on_the_upper_side(self, line: Line) -> None:
        """What cannot be asked is unknown, never assumed."""
        ups = {u["compound"]: u for u in line.json("status")["uplinks"]}

        assert ups["lianhu"]["registrar"]["registered"] is None

    def test_a_gate_changed_by_hand_is_named_and_healed(self, line: Line) -> None:
        """Drift names the field; apply writes exactly that field."""
        line.ok("sim", "tamper", "cuihu-gate-02", "open_time_s", "33")
        before = line.log("cuihu-gate-02")

        said = line.run("drift")
        line.ok("apply", "--yes")

        assert said.code == 2
        assert "open_time_s" in said.out
        assert line.log("cuihu-gate-02")[len(before) :] == ["open_time_s"]
        assert line.run("drift").code == 0

    def test_face_only_is_cited_as_rule_14_from_the_reader_itself(self, line: Line) -> None:
        """The rule judges what the device says, whatever is declared."""
        line.ok("sim", "tamper", "cuihu-door-01", "auth_ways", "face")

        said = line.run("drift")
        line.ok("apply", "--yes")

        assert said.code == 2
        assert "auth_ways" in said.out
        assert "14" in said.out

    def test_a_sealed_plan_goes_stale_with_the_inventory(self, line: Line, tmp_path: Path) -> None:
        """A file changed after the plan: refused whole, exit 7, nothing written."""
        line.ok("sim", "tamper", "cuihu-gate-02", "open_time_s", "44")
        file = tmp_path / "plan.json"
        assert line.run("plan", "-o", str(file)).code == 0
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
        assert line.run("plan", "-o", str(file)).code == 0
        line.ok("sim", "tamper", "cuihu-gate-02", "open_time_s", "45")
        written = line.writes()

        said = line.run("apply", str(file), "--yes")

        assert said.code == 7
        assert "cuihu-gate-02" in said.err
        assert line.writes() == written

    def test_a_changed_plan_file_is_refused(self, line: Line, tmp_path: Path) -> None:
        """One byte of a value is enough."""
        file = tmp_path / "plan.json"
        assert line.run("plan", "-o", str(file)).code == 0
        document = json.loads(file.read_text())
        document["fleet"]["plan"]["works"][0]["steps"][0]["changes"][0]["after"] = 59
        file.write_text(json.dumps(document))

        assert line.run("apply", str(file), "--yes").code == 7
        assert line.ok("apply", "--yes").code == 0

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
        line.ok("sim", "tamper", "lianhu-gate-01", "open_time_s", "50")
        without = dict(line.environment, PATH="/nowhere", XDG_CACHE_HOME="/nowhere")
        lone = Line(line.city, line.block, without)

        assert lone.run("plan", "--target", "lianhu", "--detailed-exitcode").code == 2
        assert lone.run("apply", "--target", "lianhu", "--yes").code == 0

    def test_a_killed_registrar_comes_back_by_itself(self, line: Line) -> None:
        """Supervision restarts it; bindings survive."""
        records = list(line.state.glob("services/*/registrar/**/*"))
        assert records
        until = time.monotonic() + 20
        while time.monotonic() < until:
            ups = [u for u in line.json("status")["uplinks"] if u["compound"] != "lianhu"]
            if all(u["registrar"]["registered"] for u in ups):
                break
            time.sleep(0.5)
        assert all(u["registrar"]["registered"] for u in ups)

    def test_the_journal_verifies_and_lists_the_rollouts(self, line: Line) -> None:
        """Every rollout of this day is done, and the chain holds."""
        assert {r["status"] for r in line.json("rollout", "list")} == {"done"}
        assert line.ok("journal", "verify").code == 0
