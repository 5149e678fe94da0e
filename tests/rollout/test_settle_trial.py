"""A trial whose worker is dead: found by its journalled id, kept only while open and right."""

from __future__ import annotations

from pathlib import Path

import pytest

from fleet.app.apply import tools_of
from fleet.model.change import DeviceWork
from fleet.model.device import DeviceKind, FieldValue, Login, Stage
from fleet.plan.steps import target_of
from fleet.ports.driver import Trial, TrialState
from fleet.rollout import records
from fleet.rollout.settle import Settler
from fleet.rollout.settlement import Settlement
from tests.support.fakes_city import BOOTSTRAP, World, city, compound, device, world
from tests.support.fakes_links import FakeLink
from tests.support.fakes_plans import change, step

SWITCH = device("c1-sw-1", DeviceKind.SWITCH)
STEP = step(
    "c1-sw-1/01-link",
    change("vlans", [], ["100 cameras"]),
    change("lldp_enabled", False, True),
)
WORK = DeviceWork(
    target=target_of(SWITCH),
    compound="c1",
    stage=Stage.LINKS,
    login=Login(user="admin", password=BOOTSTRAP),
    steps=(STEP,),
)
NEW: dict[str, FieldValue] = {"vlans": ["1", "100 cameras"], "lldp_enabled": True}
OURS = Trial(id="fleet-0123456789ab", seconds=60)


@pytest.fixture
def w(tmp_path: Path) -> World:
    """A world with one switch."""
    return world(city([compound("c1", [SWITCH])]), tmp_path)


def link(w: World) -> FakeLink:
    """The switch."""
    found = w.devices["c1-sw-1"]
    assert isinstance(found, FakeLink)
    return found


def on_trial(w: World, left: float = 40.0, trial: Trial = OURS) -> FakeLink:
    """The change stands, unconfirmed, for some seconds more."""
    switch = link(w)
    switch.old = dict(switch.fields)
    switch.store(NEW)
    switch.trial, switch.due = trial, w.clock.boot() + left
    return switch


async def settle(w: World, *journalled: Trial) -> Settlement:
    """Settle the step in a new process, after intents with these trials."""
    for trial in journalled or (OURS,):
        w.journal.append([records.intent("r1", "c1-sw-1", STEP.id, 1.0, "boot", trial)])
    tools = tools_of(w.app(), lambda _: None)
    settler = Settler("r1", w.journal, w.clock, w.drivers, tools.credentials, tools.proof)
    return (await settler.settle([(WORK, STEP)]))[STEP.id]


async def test_open_and_as_sealed_is_kept_by_the_journalled_id(w: World) -> None:
    """Confirmed, saved and journalled as such; nothing is written."""
    switch = on_trial(w)

    seen = await settle(w)

    assert (seen.outcome, seen.evidence) == ("done", "confirmed")
    assert w.trace.of("confirm") == [f"c1-sw-1 {OURS.id}"]
    assert switch.saved["vlans"] == ["1", "100 cameras"]
    assert w.written() == []


async def test_the_newest_intent_tells_the_id(w: World) -> None:
    """An attempt before it was taken back; its id is not what the device knows now."""
    on_trial(w)

    seen = await settle(w, Trial(id="fleet-older", seconds=60), OURS)

    assert seen.outcome == "done"


async def test_another_trial_with_our_values_is_not_ours_to_keep(w: World) -> None:
    """Somebody else tries the same values: waited out, and never confirmed."""
    on_trial(w, trial=Trial(id="theirs", seconds=60))

    seen = await settle(w)

    assert (seen.outcome, w.trace.of("confirm")) == ("not_applied", [])


async def test_open_and_not_as_sealed_is_waited_out(w: World) -> None:
    """Half of a change is never kept."""
    on_trial(w).fields["lldp_enabled"] = False

    seen = await settle(w)

    assert (seen.outcome, w.trace.of("confirm")) == ("not_applied", [])
    assert w.trace.of("undone") == ["c1-sw-1"]


@pytest.mark.parametrize(
    ("state", "values", "outcome", "evidence"),
    [
        ("confirmed", NEW, "done", "confirmed"),
        ("confirmed", {"vlans": ["1"], "lldp_enabled": True}, "in_doubt", ""),
        ("undone", {}, "not_applied", ""),
        ("undone", NEW, "in_doubt", ""),
        ("unknown", {}, "not_applied", ""),
        ("unknown", NEW, "done", "readback"),
        ("unknown", {"lldp_enabled": True}, "in_doubt", ""),
    ],
)
async def test_what_the_device_says_and_shows_decides(
    w: World,
    state: TrialState,
    values: dict[str, FieldValue],
    outcome: str,
    evidence: str,
) -> None:
    """Neither its word on the trial nor its values alone make a step done."""
    link(w).told[OURS.id] = state
    link(w).store(values)

    seen = await settle(w)

    assert (seen.outcome, seen.evidence) == (outcome, evidence)
    assert w.written() == w.trace.of("confirm") == []
    assert w.trace.of("save") == (["c1-sw-1"] if outcome == "done" else [])


@pytest.mark.parametrize(("state", "waits"), [("undone", False), ("unknown", True)])
async def test_only_the_devices_own_word_ends_the_waiting(
    w: World, state: TrialState, waits: bool
) -> None:
    """Standing as before proves nothing while an undo, or the change, may still come."""
    link(w).told[OURS.id] = state
    began = w.clock.boot()

    await settle(w)

    assert (w.clock.boot() - began >= OURS.seconds) is waits


async def test_a_change_that_stands_is_not_done_while_it_may_go_back(w: World) -> None:
    """The device does not tell of trials, shows the new values, and takes them back in time."""
    on_trial(w, left=30).forgets = True
    link(w).trial = Trial(id="hidden", seconds=60)

    seen = await settle(w)

    assert seen.outcome == "not_applied"
    assert w.trace.of("save") == []


async def test_a_path_that_is_cut_is_waited_for(w: World) -> None:
    """Killed while nobody could get in: it comes back by itself and may be tried again."""
    on_trial(w).cut = True

    seen = await settle(w)

    assert (seen.outcome, seen.fault) == ("not_applied", None)


async def test_it_is_journalled_as_it_lands(w: World) -> None:
    """The record holds the evidence and what was read, of the fields of the step alone."""
    on_trial(w)

    await settle(w)

    (settled,) = w.journal.kinds("step.settled")
    assert settled.data["evidence"] == "confirmed"
    assert settled.data["observed"] == {"vlans": ["100 cameras"], "lldp_enabled": True}
