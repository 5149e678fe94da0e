"""What the journal's records say of a rollout: a projection, from any process."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from fleet.model.change import Fidelity, FieldChange
from fleet.model.observation import Fault
from fleet.model.secret import SecretRef
from fleet.model.text import Text
from fleet.ports.journal import Draft
from fleet.rollout import records
from fleet.rollout.settlement import Settlement
from fleet.rollout.state import RolloutState, rollout, rollouts, unfinished
from tests.support.fakes import FakeClock, FakeProcesses, Trace, WatchedJournal
from tests.support.fakes_plans import plan_of, step, work

FAULT = Fault(code="write_refused", en="no", zh="否")
PLAN = plan_of(
    work(step("c1-cam-1/01-time"), step("c1-cam-1/03-osd")), work(step("c2-cam-1/03-osd"))
)


class Book:
    """A journal and its processes."""

    def __init__(self) -> None:
        self.processes = FakeProcesses()
        self.journal = WatchedJournal(FakeClock(), Trace())

    def begin(self, name: str = "r1", undo_of: str = "") -> None:
        """A rollout begins."""
        self.add(records.started(name, PLAN, self.processes.me(), "tester", undo_of))

    def add(self, *drafts: Draft) -> None:
        """More records."""
        self.journal.append(drafts)

    def state(self, name: str = "r1") -> RolloutState:
        """The projection."""
        found = rollout(self.journal, name)
        assert found is not None
        return found


@pytest.fixture
def b() -> Book:
    """A journal in which r1 began."""
    book = Book()
    book.begin()
    return book


def intent(name: str) -> Draft:
    """A permit."""
    return records.intent("r1", name.partition("/")[0], name, 1.0, "boot")


def settled(name: str, outcome: str, fault: Fault | None = None) -> Draft:
    """A settlement."""
    return records.settled("r1", name.partition("/")[0], name, outcome, fault=fault)


def test_it_runs_while_its_process_lives(b: Book) -> None:
    """And died when it is gone without a word."""
    assert b.state().status(b.processes) == "running"
    b.processes.kill_all()
    assert b.state().status(b.processes) == "died"


@pytest.mark.parametrize(
    ("status", "resumable"),
    [
        ("done", False), ("partial", False), ("halted", False), ("aborted", False),
        ("paused", True), ("interrupted", True), ("failed", True),
    ],
)  # fmt: skip
def test_how_it_ended_says_whether_it_can_be_taken_up(
    b: Book, status: str, resumable: bool
) -> None:
    """Paused, interrupted, failed, or died: yes. Ended for good: no."""
    b.add(records.ended("r1", status))

    assert b.state().status(b.processes) == status
    assert b.state().resumable(b.processes) is resumable


def test_a_running_one_cannot_be_taken_up_and_a_died_one_can(b: Book) -> None:
    """Only its dead process makes the difference."""
    assert not b.state().resumable(b.processes)
    b.processes.kill_all()
    assert b.state().resumable(b.processes)


def test_a_resumed_one_belongs_to_the_new_process(b: Book) -> None:
    """It runs again, and its earlier end is forgotten."""
    b.add(records.ended("r1", "paused"))
    b.processes.kill_all()
    b.add(records.resumed("r1", b.processes.me(), "another"))

    assert b.state().status(b.processes) == "running"
    assert b.state().ended_at == ""


def test_a_permit_without_settlement_is_unsettled(b: Book) -> None:
    """With the time at which it was given."""
    b.add(intent("c1-cam-1/01-time"), intent("c1-cam-1/03-osd"))
    b.add(settled("c1-cam-1/01-time", "done"))

    assert list(b.state().unsettled()) == ["c1-cam-1/03-osd"]
    assert b.state().unsettled()["c1-cam-1/03-osd"].intended_at.startswith("2026-11-24T")
    assert b.state().done() == {"c1-cam-1/01-time"}


def test_a_step_that_was_not_applied_is_neither_done_nor_failed_nor_open(b: Book) -> None:
    """It may be permitted again, and then it is open again."""
    b.add(intent("c1-cam-1/01-time"), settled("c1-cam-1/01-time", "not_applied"))
    state = b.state()
    assert (state.done(), state.failed(), state.unsettled()) == (set(), {}, {})
    b.add(intent("c1-cam-1/01-time"))
    assert list(b.state().unsettled()) == ["c1-cam-1/01-time"]


@pytest.mark.parametrize("outcome", ["failed", "stale", "in_doubt"])
def test_bad_outcomes_fail_their_device(b: Book, outcome: str) -> None:
    """With why."""
    b.add(settled("c1-cam-1/01-time", outcome, FAULT))

    assert b.state().failed() == {"c1-cam-1": FAULT}


def test_what_verify_found_fails_the_device_until_it_is_found_well(b: Book) -> None:
    """A later look replaces an earlier one."""
    b.add(
        records.verified(
            "r1", "c1-cam-1", [Text(en="osd_text is not as it was written", zh="不同")]
        )
    )
    assert b.state().failed() == {"c1-cam-1": None}
    b.add(records.verified("r1", "c1-cam-1", []))
    assert b.state().failed() == {}


def test_counts_are_of_the_plans_steps(b: Book) -> None:
    """Done, failed devices, left."""
    b.add(settled("c1-cam-1/01-time", "done"), settled("c2-cam-1/03-osd", "failed", FAULT))

    assert b.state().counts(PLAN) == (1, 1, 2)


def test_the_start_says_what_it_is_about(b: Book) -> None:
    """Plan digest, compounds, sizes, who, and of what it is an undo."""
    b.begin("r2", undo_of="r1")
    data = b.state("r2").data

    assert data["plan"] == PLAN.seal.digest
    assert (data["compounds"], data["steps"], data["devices"]) == (["c1", "c2"], 3, 2)
    assert (b.state("r2").actor, data["undo_of"]) == ("tester", "r1")


def test_every_process_of_every_tree_is_remembered(b: Book) -> None:
    """A resume has all of them to prove dead."""
    for _ in range(3):
        b.add(records.tree("r1", "worker", [b.processes.me()]))
        b.processes.fork()

    assert [p.start for p in b.state().processes] == [1, 2, 3]


def test_rollouts_come_in_order_and_do_not_mix(b: Book) -> None:
    """Records of one do not touch another; unknown ones are not invented."""
    b.begin("r2")
    b.add(records.ended("r2", "done"), records.wave("r1", 4, ["c1"]))

    assert [s.id for s in rollouts(b.journal)] == ["r1", "r2"]
    assert (b.state("r1").wave, b.state("r1").ended, b.state("r2").ended) == (4, "", "done")
    assert rollout(b.journal, "r3") is None


def test_requests_and_stacks_are_told(b: Book) -> None:
    """Who asked for what."""
    b.add(records.request("r1", "pause", "another"))

    ((_, verb, actor),) = b.state().requests
    assert (verb, actor) == ("pause", "another")
    assert b.state().stacks == set()


@pytest.mark.parametrize(
    ("end", "compounds", "found"),
    [
        (None, ["c2"], True),
        (None, ["c3"], False),
        ("paused", ["c1", "c9"], True),
        ("failed", ["c1"], True),
        ("done", ["c1"], False),
        ("aborted", ["c1"], False),
        ("halted", ["c1"], False),
    ],
)
def test_an_unfinished_rollout_is_found_by_its_compounds(
    b: Book, end: str | None, compounds: list[str], found: bool
) -> None:
    """Running, died, paused, interrupted or failed on one of the same compounds."""
    if end is not None:
        b.add(records.ended("r1", end))

    state = unfinished(b.journal, b.processes, compounds)

    assert (state.id if state else None) == ("r1" if found else None)


def _none() -> None:
    return None


@pytest.mark.parametrize(
    ("outcome", "fault", "kinds"),
    [
        ("done", _none, ["step.settled", "credential.proven"]),
        ("failed", _none, ["step.settled"]),
        ("in_doubt", _none, ["step.settled"]),
        (
            "failed",
            lambda: Fault(code="login_refused", en="no", zh="否", attempts_left=4),
            ["step.settled", "login.refused"],
        ),
    ],
)
def test_a_settlement_brings_all_its_records(
    outcome: str, fault: Callable[[], Fault | None], kinds: list[str]
) -> None:
    """A proven version only with done; a spent login only with a refused one."""
    ref = SecretRef(source="generated", name="x")
    secret = FieldChange(field="admin_password", secret=ref, fidelity=Fidelity.UNKNOWN)
    drafts = records.settlement(
        "r1", step("c1-cam-1/05-user", secret), Settlement(outcome, fault=fault())
    )

    assert [d.kind for d in drafts] == kinds
    assert {d.subject for d in drafts} == {"c1-cam-1"}
