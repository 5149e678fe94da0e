"""Each exit code of the contract that can be reached, each by a real call of the real command."""

from __future__ import annotations

import json
import os
import pwd
import re
import shutil
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.acts import by_hand, give, running, vault, vault_text, written
from tests.support.line import Line, line_up

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]
LIANHU = ("--target", "lianhu")
CAMS = [f"lianhu-cam-{n:02}" for n in range(1, 4)]
CAM = ("--target", "lianhu-cam-0[123]")


@pytest.fixture(scope="module")
def line(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Line]:
    """One city; one camera is brought to its plan, for codes that need something to stand."""
    with line_up(tmp_path_factory.mktemp("codes")) as up:
        yield up


def with_state(line: Line, state: Path, **more: str) -> Line:
    """The same city over another state folder."""
    return Line(line.city, line.block, line.environment | {"FLEET_STATE": str(state), **more})


@pytest.mark.parametrize(
    "call",
    [
        ["nosuchverb"],
        ["plan", "--nosuch"],
        ["plan", "--target", "nothing-*"],
        ["apply", "FILE", "--target", "lianhu"],
        ["rollout", "show", "r0"],
        ["rollout", "undo"],
        ["stacks", "up", "999999"],
        ["sim", "fault", "lianhu-cam-01", "nosuch"],
    ],
    ids=" ".join,
)
def test_64_usage(line: Line, call: list[str]) -> None:
    """A wrong command line, or a name that nothing has."""
    assert line.run(*call).code == 64


class TestNothingStarts:
    """Codes that end a call before the first write."""

    def test_3_inventory_invalid_or_not_found(self, line: Line, tmp_path: Path) -> None:
        """Both kinds, for validate, plan and apply, with file, line and column."""
        nowhere = Line(tmp_path, 0, line.environment)
        line.edit("340722-*/lianhu.yaml", "category: old", "category: antique")
        try:
            for verb in (["validate"], ["plan"], ["apply", "--yes"], ["stacks", "list"]):
                said = line.run(*verb)
                assert said.code == 3, verb
                assert re.search(r"lianhu\.yaml:\d+:\d+", said.all)
                assert nowhere.run(*verb).code == 3
        finally:
            line.edit("340722-*/lianhu.yaml", "category: antique", "category: old")
        assert line.writes() == 0

    def test_4_policy_denied_and_3_before_it(self, line: Line) -> None:
        """Face only at a household door is denied; a fault of form comes first."""
        two = "          - card\n          - password\n"
        line.edit("340722-*/lianhu.yaml", two, "          - face\n")
        try:
            for verb in (["validate"], ["plan", *LIANHU], ["apply", "--yes", *LIANHU]):
                said = line.run(*verb)
                assert said.code == 4, said.all
                assert "14" in said.all
            line.edit("340722-*/lianhu.yaml", "category: old", "category: antique")
            assert line.run("validate").code == 3
        finally:
            line.edit("340722-*/lianhu.yaml", "          - face\n", two)
        line.edit("340722-*/lianhu.yaml", "category: antique", "category: old")
        assert line.writes() == 0

    def test_8_nobody_said_yes(self, line: Line) -> None:
        """Without --yes and without a terminal the answer is no."""
        said = line.run("apply", *LIANHU)

        assert said.code == 8
        assert "--yes" in said.err
        assert line.writes() == 0

    def test_9_the_vaults_password_is_wrong(self, line: Line) -> None:
        """Named by its file; no device was asked."""
        file = line.city / "vault-password"
        right = file.read_bytes()
        before = line.stats()
        file.write_bytes(b"another\n")
        try:
            for verb in ("plan", "apply --yes", "drift"):
                said = line.run(*verb.split(), *LIANHU)
                assert said.code == 9, said.all
                assert "vault-password" in said.err
        finally:
            file.write_bytes(right)
        assert line.stats() == before

    def test_9_every_login_was_refused(self, line: Line, tmp_path: Path) -> None:
        """One wrong secret for all: nothing starts, and each device lost one attempt, not more."""
        lone = with_state(line, tmp_path / "state")
        right = vault_text(line)
        wrong = re.sub(r"(?m)^  door: .*$", "  door: Wrong0Password", right)
        vault(line, wrong)
        try:
            for verb in ("plan", "apply --yes", "drift"):
                said = lone.run(*verb.split(), "--target", "lianhu-door-*")
                assert said.code == 9, said.all
        finally:
            vault(line, right)
        doors = {d: e for d, e in line.stats().items() if d.startswith("lianhu-door")}
        assert {e["failed_logins"] for e in doors.values()} == {1}
        assert line.writes() == 0

    def test_10_a_stack_is_needed_and_no_engine_is_there(self, line: Line, tmp_path: Path) -> None:
        """Neither on PATH nor in the cache: named, with what to do, before any write."""
        bare = with_state(
            line, tmp_path / "state", PATH="/nowhere", XDG_CACHE_HOME=str(tmp_path), HOME="/nowhere"
        )
        for verb in (["plan"], ["apply", "--yes"], ["stacks", "preview"]):
            said = bare.run(*verb)
            assert said.code == 10, said.all
            assert "make setup" in said.err or "pulumi" in said.err
        assert line.writes() == 0

    @pytest.mark.parametrize("damage", ["garbage", "folder", "truncated"])
    def test_1_the_journal_cannot_be_used(self, line: Line, tmp_path: Path, damage: str) -> None:
        """No audit, no act: named clearly, nothing written."""
        state = tmp_path / "state"
        lone = with_state(line, state)
        assert lone.run("plan", "--target", "lianhu-cam-05").code == 0
        db = state / "journal.db"
        if damage == "folder":
            for file in state.glob("journal.db*"):
                file.unlink()
            db.mkdir()
        elif damage == "garbage":
            db.write_bytes(b"this is no database" * 1000)
        else:
            db.write_bytes(db.read_bytes()[:3000])

        said = lone.run("apply", "--target", "lianhu-cam-05", "--yes")

        assert said.code == 1, said.all
        assert "journal" in said.err
        assert "internal error" not in said.err
        assert line.writes() == 0

    def test_1_a_flipped_record_stops_every_write(self, line: Line, tmp_path: Path) -> None:
        """A chain that does not hold is found by the next apply, not only by verify."""
        state = tmp_path / "state"
        lone = with_state(line, state)
        lone.run("apply", "--target", "lianhu-gate-02", "--yes")
        flipped = (state / "journal.db").read_bytes()
        assert b"open_time_s" in flipped
        (state / "journal.db").write_bytes(flipped.replace(b"open_time_s", b"open_time_x"))
        written_before = line.writes()

        said = lone.run("apply", "--target", "lianhu-cam-05", "--yes")

        assert lone.run("journal", "verify").code == 1
        assert said.code == 1, said.all
        assert "internal error" not in said.err
        assert line.writes() == written_before


class TestSomethingStands:
    """Codes of a city that was applied."""

    def test_0_and_2(self, line: Line) -> None:
        """Nothing to do is 0, a change is 2 where it was asked for."""
        assert line.run("plan", "--detailed-exitcode", *CAM).code == 2
        assert line.run("apply", "--yes", *CAM).code == 0
        assert line.run("plan", "--detailed-exitcode", *CAM).code == 0
        assert line.run("drift", *CAM).code == 0
        by_hand(line, {CAMS[0]: ("channel_name", "A")})
        assert line.run("drift", *CAM).code == 2
        assert line.run("plan", *CAM).code == 0

    def test_7_a_plan_of_another_city(self, line: Line, tmp_path: Path) -> None:
        """A sealed file is for one city alone."""
        other = tmp_path / "other"
        shutil.copytree(line.city, other, ignore=shutil.ignore_patterns(".fleet"))
        for file in other.rglob("*.yaml"):
            if "vault" not in file.name:
                words = file.read_text("utf-8")
                file.write_text(re.sub(r"3407(\d\d)", r"3408\1", words), "utf-8")
        for folder in other.glob("3407*"):
            folder.rename(other / folder.name.replace("3407", "3408", 1))
        foreign = Line(other, line.block, line.environment)
        sealed = tmp_path / "plan.json"
        assert line.run("plan", "-o", str(sealed), *LIANHU).code == 0
        before = line.logs()

        said = foreign.run("apply", str(sealed), "--yes")

        assert said.code == 7, said.all
        assert "340700" in said.err
        assert written(line, before) == {}

    def test_7_no_plan_at_all(self, line: Line, tmp_path: Path) -> None:
        """A file that is none, or was changed; one that is not there is a wrong command line."""
        sealed = tmp_path / "plan.json"
        assert line.run("plan", "-o", str(sealed), *LIANHU).code == 0
        altered = json.loads(sealed.read_text())
        altered["fleet"]["plan"]["targets"] = ["cuihu"]
        (tmp_path / "altered.json").write_text(json.dumps(altered))
        (tmp_path / "none.json").write_text("{}")
        for name, code in (("altered.json", 7), ("none.json", 7), ("missing.json", 64)):
            assert line.run("apply", str(tmp_path / name), "--yes").code == code
            assert line.run("show", str(tmp_path / name)).code == code

    def test_7_130_resume_0(self, line: Line, tmp_path: Path) -> None:
        """A second apply is told who acts; Ctrl-C ends in good order; resume does the rest once."""
        give(line, dict.fromkeys(CAMS, "slow 0.3"))
        by_hand(line, {c: ("channel_name", "B") for c in CAMS})
        before = line.logs()
        with running(line, tmp_path, "apply", "--yes", *CAM) as first:
            first.await_words("cameras …")
            second = line.run("apply", "--yes", "--target", "lianhu-gate-*")
            first.signal(signal.SIGINT)
            code = first.end()

        assert second.code == 7, second.all
        for word in (str(first.process.pid), socket.gethostname(), "since 20"):
            assert word in second.err
        assert code == 130, first.words
        state = line.json("rollout", "list")[-1]["status"]
        assert state == "interrupted"
        refused = line.run("apply", "--yes", *LIANHU)
        assert refused.code == 7
        assert "rollout resume" in refused.err
        give(line, dict.fromkeys(CAMS, "none"))
        assert line.run("rollout", "resume").code == 0
        assert written(line, before) == {c: {"channel_name": 1} for c in CAMS}

    def test_130_at_once_by_the_second_ctrl_c(self, line: Line, tmp_path: Path) -> None:
        """What was permitted is told as unsettled, then found out by resume, and written once."""
        give(line, dict.fromkeys(CAMS, "late 3"))
        by_hand(line, {c: ("channel_name", "C") for c in CAMS})
        before = line.logs()
        with running(line, tmp_path, "apply", "--yes", *CAM) as apply:
            apply.await_words("cameras …")
            while not any(s["outcome"] == "intent" for s in steps(line).values()):
                assert apply.process.poll() is None, apply.words
            apply.signal(signal.SIGINT)
            apply.await_words("Ctrl-C again")
            apply.signal(signal.SIGINT)
            code = apply.end()

        give(line, dict.fromkeys(CAMS, "none"))
        assert code == 130, apply.words
        assert line.json("rollout", "list")[-1]["status"] == "interrupted"
        assert any(s["outcome"] == "intent" for s in steps(line).values())
        give(line, dict.fromkeys(CAMS, "none"))
        said = line.run("rollout", "resume")
        assert said.code == 0, said.all
        assert written(line, before) == {c: {"channel_name": 1} for c in CAMS}

    def test_143_terminated(self, line: Line, tmp_path: Path) -> None:
        """A service manager's TERM ends it in good order, with its own code."""
        give(line, dict.fromkeys(CAMS, "slow 0.3"))
        by_hand(line, {c: ("channel_name", "D") for c in CAMS})
        before = line.logs()
        with running(line, tmp_path, "apply", "--yes", *CAM) as apply:
            apply.await_words("cameras …")
            apply.signal(signal.SIGTERM)
            assert apply.end() == 143, apply.words

        give(line, dict.fromkeys(CAMS, "none"))
        assert line.run("rollout", "resume").code == 0
        assert written(line, before) == {c: {"channel_name": 1} for c in CAMS}

    def test_143_and_130_before_anything_was_planned(self, line: Line, tmp_path: Path) -> None:
        """While devices are being read there is nothing to finish: it ends at once."""
        give(line, {CAMS[0]: "slow 8"})
        for number, wanted in ((signal.SIGTERM, 143), (signal.SIGINT, 130)):
            before = line.stats()[CAMS[0]]["sessions"]
            with running(line, tmp_path, "plan", "--target", CAMS[0]) as plan:
                while line.stats()[CAMS[0]]["sessions"] == before:
                    assert plan.process.poll() is None, plan.words
                plan.signal(number)
                assert plan.end() == wanted, plan.words
        give(line, {CAMS[0]: "none"})


def steps(line: Line) -> dict[str, dict[str, str]]:
    """The newest rollout's steps as `rollout show` tells them."""
    found = line.json("rollout", "show")["step_outcomes"]
    assert isinstance(found, dict)
    return found


def test_the_user_is_named_as_the_holder(line: Line) -> None:
    """The journal names the user who acts, not only a number."""
    assert {r["actor"] for r in line.json("rollout", "list")} == {pwd.getpwuid(os.getuid()).pw_name}
