"""`fleet rollout …` from any terminal, also on a rollout whose process died."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from fleet.app.rollouts import find
from fleet.model.exitcodes import ExitCode
from fleet.model.fleet import City, RolloutLimits
from fleet.ports.journal import Draft
from fleet.rollout import records
from fleet.rollout.state import rollouts
from tests.cli.conftest import Call
from tests.support.fakes_city import World, cameras
from tests.support.fakes_devices import Fault

Serve = Callable[[City], World]
ALL = RolloutLimits(tolerated_failures=9)


@pytest.fixture
def w(served: Serve) -> World:
    """Two cameras; the second refuses its first write."""
    world = served(cameras(1, 2, ALL))
    world.devices["c1-cam-2"].faults.append(Fault("refuse", times=1))
    return world


def died(w: World, call: Call) -> None:
    """A rollout whose process died amid its first write."""
    w.journal.fail_at = w.journal.appends + 6
    assert call("apply", "--yes").code == ExitCode.INTERNAL
    w.mend()


@pytest.mark.parametrize("verb", ["show", "retry", "undo", "pause", "abort", "approve"])
def test_without_any_rollout_there_is_nothing_to_act_on(w: World, call: Call, verb: str) -> None:
    """Exit 64 where one is needed; the list is empty and says so."""
    assert call("rollout", verb).code == ExitCode.USAGE
    listed = call("rollout", "list")
    assert (listed.code, listed.out) == (0, "")
    assert "no rollout yet" in listed.err
    assert call("--format", "json", "rollout", "list").json == []


@pytest.mark.parametrize("verb", ["show", "retry", "undo", "pause", "abort", "resume", "approve"])
def test_an_unknown_id_is_a_usage_error(w: World, call: Call, verb: str) -> None:
    """Named, in both languages."""
    call("apply", "--yes")
    w.script += ["dies", "dies"]

    said = call("--lang", "zh", "rollout", verb, "r-unknown")

    if verb != "resume":
        assert "没有这次下发：r-unknown" in said.err
    assert said.code == ExitCode.USAGE


def test_list_and_show_tell_what_happened(w: World, call: Call) -> None:
    """One line a rollout; one line a step, with its evidence or its fault."""
    call("apply", "--yes")
    name = rollouts(w.journal)[-1].id

    listed = call("rollout", "list")
    assert name in listed.out
    assert "done, but some devices failed" in listed.out
    assert listed.out.rstrip().endswith("c1")
    shown = call("rollout", "show").out
    assert "c1-cam-1/03-osd" in shown
    assert "readback" in shown
    assert "failed: not this value" in shown
    assert call("rollout", "show", name).out == shown
    chinese = call("--lang", "zh", "rollout", "show").out
    assert "不接受该值" in chinese


def test_the_same_as_json(w: World, call: Call) -> None:
    """Integers, lists and words that scripts can rely on."""
    call("apply", "--yes")
    (row,) = call("--format", "json", "rollout", "list").json

    assert (row["status"], row["steps"], row["steps_done"]) == ("partial", 4, 2)
    assert (row["failed"], row["compounds"], row["undo_of"]) == (["c1-cam-2"], ["c1"], None)
    shown = call("--format", "json", "rollout", "show").json
    assert shown["step_outcomes"]["c1-cam-1/01-time"] == {
        "device": "c1-cam-1",
        "outcome": "done",
        "evidence": "readback",
        "trial": None,
    }


def test_retry_writes_the_failed_device_alone(w: World, call: Call) -> None:
    """Asks first; then done, and a further retry has nothing to do."""
    call("apply", "--yes")
    before = len(w.written())
    assert call("--non-interactive", "rollout", "retry").code == ExitCode.WAITING
    assert len(w.written()) == before

    said = call("rollout", "retry", "--yes")

    assert said.code == 0
    assert {x.partition("/")[0] for x in w.written()[before:]} == {"c1-cam-2"}
    again = call("rollout", "retry", "--yes")
    assert (again.code, "no device failed in it" in again.err) == (0, True)


def test_undo_puts_back_and_is_listed_as_such(w: World, call: Call) -> None:
    """Asks first; then the old values stand again."""
    call("apply", "--yes")
    name = rollouts(w.journal)[-1].id
    assert call("--non-interactive", "rollout", "undo").code == ExitCode.WAITING
    assert w.devices["c1-cam-1"].fields["osd_text"] == "东门"

    assert call("rollout", "undo", "--yes").code == 0

    assert w.devices["c1-cam-1"].fields["osd_text"] == ""
    assert f"(undo of {name})" in call("rollout", "list").out
    assert call("--format", "json", "rollout", "list").json[-1]["undo_of"] == name


def test_a_died_rollout_is_resumed(w: World, call: Call) -> None:
    """Shown as died; taken up; nothing is written twice."""
    died(w, call)
    assert "its process died" in call("rollout", "list").out
    assert "permitted, unsettled" in call("rollout", "show").out

    said = call("rollout", "resume")

    assert said.code == ExitCode.OK
    assert "finding out what became" in said.err
    assert w.written().count("c1-cam-1/time") == 1
    again = call("rollout", "resume")
    assert (again.code, "nothing to resume" in again.err) == (0, True)


def test_a_died_rollout_is_aborted(w: World, call: Call) -> None:
    """Settled by looking, closed, and the next apply is free."""
    died(w, call)
    assert call("apply", "--yes").code == ExitCode.STALE
    before = w.written()

    said = call("rollout", "abort")

    assert (said.code, "aborted" in said.err) == (0, True)
    assert w.written() == before
    assert rollouts(w.journal)[-1].ended == "aborted"
    assert call("apply", "--yes").code in (0, ExitCode.PARTIAL)


@pytest.mark.parametrize("verb", ["pause", "abort"])
def test_an_ended_rollout_cannot_be_stopped(w: World, call: Call, verb: str) -> None:
    """It says how it stands; nothing is recorded."""
    call("apply", "--yes")
    before = len(w.journal.store.kept)

    said = call("rollout", verb)

    assert "is not running: done, but some devices failed" in said.err
    assert len(w.journal.store.kept) == before


@pytest.mark.parametrize("verb", ["pause", "abort"])
def test_a_running_rollout_is_asked(w: World, call: Call, verb: str) -> None:
    """The request is journalled for the process that runs it."""
    call("apply", "--yes")
    plan = find(w.app(), None)
    start = next(iter(w.journal.kinds(records.STARTED)))
    data = {**start.data, "caller": w.processes.me().model_dump(mode="json")}
    w.journal.append([Draft(kind=records.STARTED, rollout="r9", data=data)])

    said = call("rollout", verb)

    assert plan.id != "r9"
    assert f"asked rollout r9: {verb}" in said.err
    assert find(w.app(), "r9").requests[-1][1:] == (verb, "tester")
    assert call("rollout", "undo", "r9", "--yes").code == ExitCode.STALE
