"""Acting on rollouts from another terminal, and on those whose process died."""

from __future__ import annotations

import json
import os
import signal
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from fleet.rollout.state import rollouts
from fleet.wiring.journal import open_journal
from tests.support.acts import Running, by_hand, give, running, written
from tests.support.line import Line, line_up

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]
CAMS = [f"lianhu-cam-{n:02}" for n in range(1, 3)]
ALL_CAMS = ("--target", "lianhu-cam-0[12]")
DOORS = [f"lianhu-door-{n:02}" for n in range(1, 4)]


@pytest.fixture(scope="module")
def line(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Line]:
    """One city, its first compound without servers brought to the plan, one device at a time."""
    with line_up(tmp_path_factory.mktemp("rollouts")) as up:
        up.edit(
            "city.yaml",
            "tolerated_failures: 2, in_flight: 8",
            "tolerated_failures: 1, in_flight: 1",
        )
        up.ok("apply", "--yes", *ALL_CAMS, "--target", "lianhu-door-*")
        yield up


@pytest.fixture
def before(line: Line) -> Iterator[dict[str, Counter[str]]]:
    """Every camera's name is changed by hand and answers are slow; the write logs until now."""
    by_hand(line, {c: ("channel_name", "By hand") for c in CAMS})
    give(line, dict.fromkeys(CAMS, "slow 0.6"))
    yield line.logs()
    if newest(line)["status"] in ("paused", "died", "interrupted"):
        line.run("rollout", "abort")  # the test failed; the next one can begin
    quick(line)


def quick(line: Line) -> None:
    """The cameras answer at once again."""
    give(line, dict.fromkeys(CAMS, "none"))


def newest(line: Line) -> dict[str, Any]:
    """The newest rollout as `rollout show` tells it."""
    found = line.json("rollout", "show")
    assert isinstance(found, dict)
    return found


def under_way(line: Line, apply: Running) -> None:
    """Wait until a first step is permitted, while others are left; the journal itself tells."""
    apply.await_words("cameras …")
    until = time.monotonic() + 60
    with closing(open_journal(line.state)) as journal:
        while True:
            state = rollouts(journal)[-1]
            if state.steps and not state.ended:
                return
            assert apply.process.poll() is None and time.monotonic() < until, apply.words


def names(line: Line, devices: list[str], field: str) -> dict[str, Any]:
    """What devices hold now, as a plan reads it: the `before` of every planned change."""
    plan = line.json("plan", *(a for d in devices for a in ("--target", d)))
    return {
        w["target"]["device"]: c["before"]
        for w in plan["fleet"]["plan"]["works"]
        for s in w["steps"]
        for c in s["changes"]
        if c["field"] == field
    }


ONCE = {c: Counter(channel_name=1) for c in CAMS}


class TestRollouts:
    """Each test leaves the cameras at their plan."""

    def test_paused_from_another_terminal(
        self, line: Line, tmp_path: Path, before: dict[str, Counter[str]]
    ) -> None:
        """Goal: exit 6, a second apply is refused, resume writes what is left, once."""
        with running(line, tmp_path, "apply", "--yes", *ALL_CAMS) as apply:
            under_way(line, apply)
            line.ok("rollout", "pause")
            assert apply.end() == 6, apply.words

        quick(line)
        state = newest(line)
        assert state["status"] == "paused"
        assert state["steps_done"] < state["steps"]
        assert line.run("apply", "--yes", *ALL_CAMS).code == 7
        assert line.run("rollout", "resume", state["id"]).code == 0
        assert newest(line)["status"] == "done"
        assert written(line, before) == ONCE

    def test_aborted_from_another_terminal(
        self, line: Line, tmp_path: Path, before: dict[str, Counter[str]]
    ) -> None:
        """Goal: exit 6, no resume, and a new apply does the rest, once."""
        with running(line, tmp_path, "apply", "--yes", *ALL_CAMS) as apply:
            under_way(line, apply)
            line.ok("rollout", "abort")
            assert apply.end() == 6, apply.words

        quick(line)
        state = newest(line)
        assert state["status"] == "aborted"
        assert line.run("rollout", "resume", state["id"]).code == 64
        assert line.run("apply", "--yes", *ALL_CAMS).code == 0
        assert written(line, before) == ONCE

    def test_a_dead_one_is_aborted(
        self, line: Line, tmp_path: Path, before: dict[str, Counter[str]]
    ) -> None:
        """Goal: its process was killed with -9: named as died, settled by looking, then closed."""
        with running(line, tmp_path, "apply", "--yes", *ALL_CAMS) as apply:
            under_way(line, apply)
            os.kill(apply.process.pid, signal.SIGKILL)
            apply.process.wait()

        quick(line)
        assert newest(line)["status"] == "died"
        said = line.run("apply", "--yes", *ALL_CAMS)
        assert said.code == 7
        assert "rollout abort" in said.err
        line.ok("rollout", "abort")
        state = newest(line)
        assert state["status"] == "aborted"
        assert "intent" not in {s["outcome"] for s in state["step_outcomes"].values()}
        assert line.run("apply", "--yes", *ALL_CAMS).code == 0
        assert written(line, before) == ONCE

    def test_a_dead_one_is_resumed(
        self, line: Line, tmp_path: Path, before: dict[str, Counter[str]]
    ) -> None:
        """Goal: what it had done is not done again, the rest is."""
        with running(line, tmp_path, "apply", "--yes", *ALL_CAMS) as apply:
            under_way(line, apply)
            os.kill(apply.process.pid, signal.SIGKILL)
            apply.process.wait()

        quick(line)
        said = line.run("rollout", "resume")

        assert said.code == 0, said.all
        assert newest(line)["status"] == "done"
        assert written(line, before) == ONCE

    def test_undo_puts_the_recorded_values_back(self, line: Line) -> None:
        """Goal: devices stand as before the rollout; a second undo has nothing new to do."""
        by_hand(line, {d: ("open_duration_s", str(20 + n)) for n, d in enumerate(DOORS)})
        found = names(line, DOORS, "open_duration_s")
        assert found == {d: 20 + n for n, d in enumerate(DOORS)}
        line.ok("apply", "--yes", "--target", "lianhu-door-*")
        done = newest(line)["id"]
        assert names(line, DOORS, "open_duration_s") == {}
        assert line.run("rollout", "undo", done).code == 8

        said = line.ok("rollout", "undo", done, "--yes")

        assert names(line, DOORS, "open_duration_s") == found, said.all
        assert newest(line)["undo_of"] == done
        line.ok("journal", "verify")
        line.ok("apply", "--yes", "--target", "lianhu-door-*")

    def test_undo_never_covers_passwords(self, line: Line) -> None:
        """Goal: the first rollout set passwords; undoing it puts settings back and no password."""
        first = line.json("rollout", "list")[0]["id"]
        passwords = {d: line.log(d).count("admin_password") for d in (*CAMS, *DOORS)}

        line.ok("rollout", "undo", first, "--yes")

        assert {d: line.log(d).count("admin_password") for d in passwords} == passwords
        assert "channel_name" in line.log(CAMS[0])[-8:]
        assert {d: e["failed_logins"] for d, e in line.stats().items() if e["failed_logins"]} == {}
        line.ok("apply", "--yes", *ALL_CAMS, "--target", "lianhu-door-*")
        line.ok("drift", *ALL_CAMS)

    def test_a_halted_one_is_retried_or_undone(self, line: Line) -> None:
        """Goal: past its threshold it halts (6); undo puts back what it did; apply heals all."""
        by_hand(line, {d: ("open_duration_s", "30") for d in DOORS})
        by_hand(line, {c: ("channel_name", "Before") for c in CAMS})
        give(line, dict.fromkeys(CAMS, "keep-nothing"))
        halted = line.run("apply", "--yes", *ALL_CAMS, "--target", "lianhu-door-*")
        assert halted.code == 6, halted.all
        assert "rollout undo" in halted.out
        assert names(line, DOORS, "open_duration_s") == {}

        line.ok("rollout", "undo", "--yes")

        assert names(line, DOORS, "open_duration_s") == dict.fromkeys(DOORS, 30)
        assert names(line, CAMS, "channel_name") == dict.fromkeys(CAMS, "Before")
        quick(line)
        halted_id = [r["id"] for r in line.json("rollout", "list") if r["status"] == "halted"][-1]
        retried = line.run("rollout", "retry", halted_id, "--yes")
        assert retried.code == 0, retried.all
        assert names(line, CAMS, "channel_name") == {}
        line.ok("apply", "--yes", *ALL_CAMS, "--target", "lianhu-door-*")

    def test_retry_takes_up_what_could_not_even_be_read(self, line: Line) -> None:
        """Goal: a device left out of a plan because it could not be read is retried too."""
        by_hand(line, {c: ("channel_name", "E") for c in CAMS})
        give(line, {CAMS[0]: "drop 20"})
        before = line.logs()
        assert line.run("apply", "--yes", *ALL_CAMS).code == 5
        give(line, {CAMS[0]: "none"})

        said = line.run("rollout", "retry", "--yes")

        assert said.code == 0, said.all
        assert written(line, before) == ONCE

    def test_a_sealed_file_is_shown_and_applied_as_it_is(self, line: Line, tmp_path: Path) -> None:
        """Goal: `show` prints what `plan` printed; apply does exactly that and is then stale."""
        by_hand(line, {CAMS[0]: ("channel_name", "F"), CAMS[1]: ("channel_name", "F")})
        sealed = tmp_path / "plan.json"
        planned = line.ok("plan", "-o", str(sealed), "--target", CAMS[0])
        shown = line.ok("show", str(sealed))
        assert line.json("show", str(sealed)) == json.loads(sealed.read_text())
        assert "channel_name" in shown.out
        assert shown.out.splitlines()[-1] == planned.out.splitlines()[-1]
        before = line.logs()

        assert line.run("apply", str(sealed), "--yes").code == 0

        assert written(line, before) == {CAMS[0]: Counter(channel_name=1)}
        assert line.run("apply", str(sealed), "--yes").code == 7
        line.ok("apply", "--yes", *ALL_CAMS)

    def test_two_applies_at_once_on_two_compounds(self, line: Line, tmp_path: Path) -> None:
        """Goal: only the same compound is locked; another one's gates are written meanwhile."""
        by_hand(line, {CAMS[0]: ("channel_name", "G")})
        give(line, {CAMS[0]: "slow 1"})
        with running(line, tmp_path, "apply", "--yes", "--target", CAMS[0]) as first:
            first.await_words("cameras …")
            other = line.run("apply", "--yes", "--target", "wusong-gate-03")
            assert first.process.poll() is None
            assert first.end() == 0, first.words
        give(line, {CAMS[0]: "none"})

        assert other.code == 0, other.all

    def test_the_list_tells_all_of_them(self, line: Line) -> None:
        """Goal: text and JSON, oldest first, with who, when, how and what was undone."""
        rows = line.json("rollout", "list")

        assert [r["id"] for r in rows] == sorted(r["id"] for r in rows)
        assert {"done", "aborted", "halted", "partial"} >= {r["status"] for r in rows}
        assert all(r["actor"] and r["started_at"] and r["ended_at"] for r in rows)
        text = line.ok("rollout", "list").out
        assert all(r["id"] in text for r in rows)
        line.ok("journal", "verify")
