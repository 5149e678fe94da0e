"""The ledger under any order of commits, trials, confirmations, restarts and time."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from fleet.simulator.ssh import ledger
from fleet.simulator.ssh.configuration import Configuration, Refused, make_vlans
from fleet.simulator.ssh.ledger import State

SESSIONS = st.integers(1, 3)
IDS = st.sampled_from(["", "tx-1", "tx-2"])
VLANS = st.integers(2, 9)
pytestmark = pytest.mark.property


class Ledger(RuleBasedStateMachine):
    """A device, and beside it what everybody may rely on: `sure` stays, whatever comes."""

    def __init__(self) -> None:
        super().__init__()
        config = Configuration("sw")
        self.state = State(config, config)
        self.now = 0.0
        self.sure = config
        self.saved = config

    @rule(vlan=VLANS, session=SESSIONS, persist=IDS, seconds=st.integers(1, 20))
    def try_out(self, vlan: int, session: int, persist: str, seconds: int) -> None:
        """A trial is refused while it is another's; what was sure stays sure."""
        before = self.state
        own = before.trial is None or _own(before, session, persist)
        try:
            edits = [make_vlans([vlan])]
            deadline = self.now + seconds
            self.state = ledger.tried(before, edits, session, persist, deadline)
        except Refused:
            assert not own
            assert self.state == before
        else:
            assert own
            assert vlan in self.state.running.vlans
            assert self.state.trial is not None
            assert self.state.trial.deadline == deadline

    @rule(vlan=VLANS, session=SESSIONS, persist=IDS)
    def commit(self, vlan: int, session: int, persist: str) -> None:
        """A commit makes everything sure, or nothing."""
        before = self.state
        try:
            self.state = ledger.committed(before, [make_vlans([vlan])], session, persist)
        except Refused:
            assert self.state == before
            trial = before.trial
            unknown = persist and (trial is None or not trial.persist)
            assert unknown or (trial and not _own(before, session, persist))
        else:
            self.sure = self.state.running
            assert vlan in self.sure.vlans

    @precondition(lambda self: self.state.trial is not None)
    @rule(session=SESSIONS, persist=IDS)
    def abort(self, session: int, persist: str) -> None:
        """Ends a trial of one's own alone."""
        before = self.state
        try:
            self.state = ledger.aborted(before, session, persist)
        except Refused:
            assert self.state == before
        else:
            assert self.state.running == self.sure

    @rule(session=SESSIONS)
    def leave(self, session: int) -> None:
        """A trial without an id goes with its session, one with an id does not."""
        trial = self.state.trial
        self.state = ledger.left(self.state, session)
        gone = trial is not None and not trial.persist and trial.session == session
        assert self.state.trial == (None if gone else trial)

    @rule(seconds=st.integers(0, 15))
    def wait(self, seconds: int) -> None:
        """At its deadline, not before, a trial goes back."""
        trial = self.state.trial
        self.now += seconds
        self.state = ledger.settled(self.state, self.now)
        over = trial is not None and self.now >= trial.deadline
        assert self.state.trial == (None if over else trial)

    @rule()
    def save(self) -> None:
        """What runs, on trial or not, is what the next start takes."""
        self.state = ledger.saved(self.state)
        self.saved = self.state.running

    @rule()
    def restart(self) -> None:
        """The startup configuration runs, and is sure."""
        self.state = ledger.restarted(self.state)
        self.sure = self.saved
        assert (self.state.running, self.state.trial) == (self.saved, None)

    @rule()
    def sleep_on_disk(self) -> None:
        """What is kept is what was."""
        assert ledger.from_json(ledger.to_json(self.state)) == self.state

    @invariant()
    def what_is_sure_stays(self) -> None:
        """With a trial or without."""
        assert self.state.confirmed == self.sure
        assert ledger.undone(self.state).running == self.sure
        if self.state.trial is None:
            assert self.state.running == self.sure


def _own(state: State, session: int, persist: str) -> bool:
    """Whose a trial is, in other words than the ledger's own."""
    trial = state.trial
    assert trial is not None
    return persist == trial.persist if trial.persist else trial.session == session


TestLedger = Ledger.TestCase
TestLedger.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)


def test_commits_are_listed_up_to_fifty() -> None:
    """Numbers go on, the oldest go."""
    config = Configuration("sw")
    state = State(config, config)
    for at in range(60):
        state = ledger.pointed(state, "admin", "VTY 0", float(at), description=f"c{at}")
    assert len(state.points) == ledger.POINTS_MAX
    assert (state.points[0].description, state.points[-1].number) == ("c10", 1000000060)


def test_comwares_point_is_the_first_ones() -> None:
    """Set again, the end moves and the base does not; kept, nothing goes back."""
    config = Configuration("sw")
    state = ledger.armed(State(config, config), 10.0)
    state = replace(state, running=make_vlans([5])(state.running))
    again = ledger.armed(state, 20.0)
    assert again.trial is not None
    assert (again.trial.base, again.trial.deadline) == (config, 20.0)
    assert ledger.settled(again, 15.0) == again
    assert ledger.settled(again, 20.0).running == config
    kept = ledger.kept(again)
    assert ledger.settled(kept, 99.0).running == state.running
    with pytest.raises(Refused):
        ledger.kept(kept)


@pytest.mark.parametrize(
    "broken", ["", "[]", "{}", '{"running": "{}", "startup": "{}", "trial": null, "points": []}']
)
def test_a_broken_document_is_said_to_be_one(broken: str) -> None:
    """Nothing is guessed."""
    with pytest.raises((ValueError, KeyError, TypeError)):
        ledger.from_json(broken)
