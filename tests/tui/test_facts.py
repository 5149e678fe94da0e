"""The journal's projection: what a device shows after each kind of record."""

from __future__ import annotations

import pytest

from fleet.model.secret import SecretRef
from fleet.model.text import Text
from fleet.rollout import records
from fleet.rollout.state import rollouts
from fleet_tui.store.facts import Facts, seconds
from fleet_tui.store.states import State
from tests.tui.scene import (
    CALLER,
    FIRST,
    NOW,
    SECOND,
    UNREACHABLE,
    Scene,
    busy,
    plan_over,
    verified,
)

DEVICE, STEP = "cuihu-cam-3", "cuihu-cam-3/01-time"


@pytest.fixture
def scene() -> Scene:
    """A rollout that has begun."""
    begun = Scene()
    begun.write(records.started(FIRST, plan_over(begun.city), CALLER, "li"))
    return begun


def facts(scene: Scene, batch: int = 1000) -> Facts:
    """All that its journal tells, taken in batches."""
    found = Facts()
    while taken := scene.records(found.seq, batch):
        found.take(taken)
    return found


def permit(scene: Scene, step: str = STEP) -> None:
    """A write is permitted."""
    scene.write(records.intent(FIRST, DEVICE, step, 1.0, "boot"))


@pytest.mark.parametrize(
    ("outcome", "state"),
    [
        ("done", State.WRITTEN),
        ("failed", State.FAILED),
        ("stale", State.FAILED),
        ("in_doubt", State.DOUBT),
        ("not_applied", State.UNKNOWN),
    ],
)
def test_what_became_of_a_step_is_what_a_device_shows(
    scene: Scene, outcome: str, state: State
) -> None:
    """From permitted to settled."""
    permit(scene)
    assert facts(scene).state_of(DEVICE) is State.APPLYING
    scene.write(records.settled(FIRST, DEVICE, STEP, outcome))
    assert facts(scene).state_of(DEVICE) is state


def test_the_worst_step_counts_and_an_open_one_first(scene: Scene) -> None:
    """One done, one failed: failed. A third one permitted: applying."""
    scene.write(records.settled(FIRST, DEVICE, STEP, "done"))
    scene.write(records.settled(FIRST, DEVICE, f"{DEVICE}/02-osd", "failed", fault=UNREACHABLE))
    known = facts(scene)
    assert known.state_of(DEVICE) is State.FAILED
    assert known.devices[DEVICE].fault == UNREACHABLE
    permit(scene, f"{DEVICE}/05-user")
    assert facts(scene).state_of(DEVICE) is State.APPLYING


def test_verify_makes_verified_or_differs(scene: Scene) -> None:
    """And a new write makes it unverified again."""
    scene.write(records.settled(FIRST, DEVICE, STEP, "done"))
    scene.write(verified(FIRST, DEVICE))
    assert facts(scene).state_of(DEVICE) is State.VERIFIED
    scene.write(verified(FIRST, DEVICE, "osd_text is x"))
    known = facts(scene)
    assert known.state_of(DEVICE) is State.DIFFERS
    assert known.devices[DEVICE].problems == (Text(en="osd_text is x", zh="osd_text is x（不符）"),)
    scene.write(records.settled(FIRST, DEVICE, STEP, "done"))
    assert facts(scene).state_of(DEVICE) is State.WRITTEN


def test_a_rollout_without_a_process_leaves_its_steps_unsettled(scene: Scene) -> None:
    """Applying becomes unsettled when the process is gone, and is told again on resume."""
    permit(scene)
    known = facts(scene)
    assert known.status(FIRST) == "running"
    assert known.mark_gone(FIRST, True) == {DEVICE}
    assert (known.status(FIRST), known.state_of(DEVICE)) == ("died", State.OPEN)
    assert known.mark_gone(FIRST, True) == set()
    scene.write(records.resumed(FIRST, CALLER, "wang"))
    assert known.take(scene.records(known.seq, 10)) == {DEVICE}
    assert (known.status(FIRST), known.state_of(DEVICE)) == ("running", State.APPLYING)


def test_a_value_is_kept_with_its_time_and_rollout(scene: Scene) -> None:
    """What was read back last, and which version of a password was proven."""
    scene.write(records.settled(FIRST, DEVICE, STEP, "done", "readback", {"time_mode": "ntp"}))
    at = scene.clock.now()
    ref = SecretRef(source="generated", name="device/x/admin", version=3)
    scene.write(records.proven(FIRST, DEVICE, "admin_password", ref, "login"))
    known = facts(scene).devices[DEVICE]
    seen = known.fields["time_mode"]
    assert (seen.value, seen.at, seen.rollout) == ("ntp", at, FIRST)
    assert known.proven["admin_password"].ref == "secret://generated/device/x/admin?version=3"


def test_a_refused_login_is_noted(scene: Scene) -> None:
    """It belongs to the device, also outside of any rollout."""
    scene.write(records.refused(DEVICE, UNREACHABLE))
    assert facts(scene).devices[DEVICE].refused_at == scene.clock.now()


@pytest.mark.parametrize("batch", [1, 3, 1000])
def test_batches_make_no_difference(batch: int) -> None:
    """One record after the other or all at once: the same facts, and those of the rollout room."""
    scene = busy()
    known, whole = facts(scene, batch), facts(scene)
    assert known.rollouts == whole.rollouts
    assert known.devices == whole.devices
    assert list(known.events) == list(whole.events)
    assert list(known.rollouts.values()) == rollouts(scene.journal)


def test_the_newest_rollout_and_its_rate() -> None:
    """Steps of the last half minute, measured from the first one where it is younger."""
    known = facts(busy())
    newest = known.newest()
    assert newest is not None and newest.id == SECOND
    ticks = known.settled_at[SECOND]
    last = seconds(ticks[-1][0])
    settled = sum(n for _, n in ticks)
    took = last - seconds(ticks[0][0])
    assert took < 30
    assert known.rate(SECOND, last) == pytest.approx(settled / took)
    assert known.rate(SECOND, NOW.timestamp()) == 0.0
    assert known.rate("nobody", last) == 0.0


def test_a_record_of_a_later_fleet_is_an_event_and_no_fault(scene: Scene) -> None:
    """An unknown kind is shown by its name."""
    from fleet.ports.journal import Draft

    scene.write(Draft(kind="collector.heard", subject=DEVICE, data={"x": 1}))
    known = facts(scene)
    assert known.events[-1].told.said.en == "collector.heard"
    assert known.state_of(DEVICE) is State.UNKNOWN
