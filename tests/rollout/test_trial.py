"""One step under trial: what is confirmed, what is waited out, and that nothing else ever is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from fleet.model.change import Step
from fleet.model.device import DeviceKind, FieldValue
from fleet.model.errors import MalformedReply, Unreachable
from fleet.model.secret import Secret
from fleet.model.text import text
from fleet.plan.steps import target_of
from fleet.ports.driver import Credential, Trial
from fleet.rollout.grant import Grant
from fleet.rollout.settlement import Settlement
from fleet.rollout.trial import MARGIN_S, path_lost, pending_s, perform_trial, trial_of
from tests.support.fakes import value_of
from tests.support.fakes_city import BOOTSTRAP, STANDING, city, compound, device, world
from tests.support.fakes_links import FakeLink
from tests.support.fakes_plans import change, step

NEW: dict[str, FieldValue] = {"lldp_enabled": True, "vlans": ["100 cameras"]}
STEP = step(
    "c1-sw-1/01-link",
    change("vlans", [], ["100 cameras"]),
    change("lldp_enabled", False, True),
)


class Bench:
    """One switch, one step, one permit."""

    def __init__(self, folder: Path) -> None:
        switch = device("c1-sw-1", DeviceKind.SWITCH)
        self.world = world(city([compound("c1", [switch])]), folder)
        self.clock, self.driver = self.world.clock, self.world.ssh
        link = self.world.devices["c1-sw-1"]
        assert isinstance(link, FakeLink)
        self.link, self.target = link, target_of(switch)
        trial = trial_of(self.driver, "r1", self.target, STEP, self.clock.boot())
        assert trial is not None
        self.trial = trial
        self.deadline = self.clock.boot() + 60 + pending_s(self.driver, trial)

    async def run(self, one: Step = STEP) -> Settlement:
        """Perform the step."""
        login = Credential("admin", Secret(value_of(BOOTSTRAP)))
        grant = Grant(login, {}, self.deadline, self.trial)
        return await perform_trial(self.driver, self.target, one, grant, self.trial, self.clock)

    def events(self) -> list[str]:
        """What reached the switch or happened on it, in order."""
        return [
            w for w, _ in self.world.trace.events if w in ("write", "confirm", "save", "undone")
        ]

    def as_before(self) -> bool:
        """Whether it runs and would start with what it had."""
        return self.link.fields == self.link.saved == dict(STANDING[DeviceKind.SWITCH])


@pytest.fixture
def b(tmp_path: Path) -> Bench:
    """A bench."""
    return Bench(tmp_path)


async def test_kept_by_its_id_over_a_new_connection_and_saved(b: Bench) -> None:
    """Written, confirmed, saved, in that order; a restart brings it back."""
    seen = await b.run()

    assert (seen.outcome, seen.evidence, seen.fault) == ("done", "confirmed", None)
    assert seen.observed == NEW
    assert b.events() == ["write", "confirm", "save"]
    assert b.world.trace.of("confirm") == [f"c1-sw-1 {b.trial.id}"]
    b.link.restart()
    assert b.link.fields["vlans"] == ["100 cameras"]


async def test_what_the_step_does_not_name_is_not_compared(b: Bench) -> None:
    """Another VLAN that somebody made since the plan is not our business."""
    b.link.fields["vlans"] = ["1", "7 theirs"]

    assert (await b.run()).outcome == "done"


async def test_another_value_than_sealed_is_stale_and_untouched(b: Bench) -> None:
    """As for every device: nothing is sent."""
    b.link.fields["lldp_enabled"] = True

    seen = await b.run()

    assert (seen.outcome, b.events()) == ("stale", [])


async def test_a_permit_that_could_outlive_its_deadline_is_handed_back(b: Bench) -> None:
    """Sending, trial and margin must all be over at the deadline; else nothing is sent."""
    b.deadline = b.clock.boot() + pending_s(b.driver, b.trial)

    seen = await b.run()

    assert (seen.outcome, b.events()) == ("not_applied", [])


@pytest.mark.parametrize(
    ("way", "code"),
    [("refuse", "write_refused"), ("ask", "device_asked"), ("close", "session_closed")],
)
async def test_an_error_a_question_a_closed_session_is_never_success(
    b: Bench, way: str, code: str
) -> None:
    """Not confirmed even where the change is on the device: it takes it back, and is as before."""
    b.link.ways = [way]

    seen = await b.run()

    assert (seen.outcome, seen.fault and seen.fault.code) == ("failed", code)
    assert "confirm" not in b.events()
    assert b.as_before()
    assert not path_lost(seen)


async def test_a_refused_line_is_told_at_once(b: Bench) -> None:
    """The device has never heard of the trial and stands as before: no minute is waited out."""
    b.link.ways, began = ["refuse"], b.clock.boot()

    await b.run()

    assert b.clock.boot() - began < 10


async def test_an_unanswered_question_is_waited_out(b: Bench) -> None:
    """Nobody knows what the device made of it, so the whole trial must be over."""
    b.link.ways, began = ["ask"], b.clock.boot()

    await b.run()

    assert b.clock.boot() - began >= b.trial.seconds


async def test_somebody_elses_trial_stops_ours_at_once(b: Bench) -> None:
    """Nothing was sent; it is told by name."""
    b.link.trial, b.link.due = Trial(id="theirs", seconds=600), b.clock.boot() + 600

    seen = await b.run()

    assert (seen.outcome, seen.fault and seen.fault.code) == ("failed", "trial_busy")
    assert b.events() == []


async def test_another_value_than_written_is_never_confirmed(b: Bench) -> None:
    """The device took the change and shows something else: it goes back as a whole."""
    b.link.ways = ["wrong"]

    seen = await b.run()

    assert (seen.outcome, seen.fault and seen.fault.code) == ("failed", "not_kept")
    assert b.events() == ["write", "undone"]
    assert b.as_before()


@pytest.mark.parametrize("forgets", [False, True])
async def test_a_cut_path_comes_back_by_itself(b: Bench, forgets: bool) -> None:
    """Unreachable after the change: never confirmed, waited out, told by its own name."""
    b.link.cuts, b.link.forgets, began = {"vlans"}, forgets, b.clock.boot()

    seen = await b.run()

    assert (seen.outcome, seen.fault and seen.fault.code) == ("failed", "path_cut")
    assert b.clock.boot() - began >= b.trial.seconds
    assert b.events() == ["write", "undone"]
    assert b.as_before()
    assert path_lost(seen)


async def test_something_else_in_its_place_is_a_cut_too(b: Bench) -> None:
    """A connection that no device speaks on is as good as none."""
    garbage = [MalformedReply("c1-sw-1", text("no SSH server", "非 SSH 服务")) for _ in range(9)]
    _after_write(b, lambda: b.driver.on_session.extend(garbage))

    seen = await b.run()

    assert (seen.outcome, seen.fault and seen.fault.code) == ("failed", "path_cut")


async def test_a_cut_amid_the_write_is_told_as_a_cut(b: Bench) -> None:
    """The session ended with the path: the cause is the path and not the session."""
    b.link.cuts, b.link.ways = {"vlans"}, ["close"]

    seen = await b.run()

    assert (seen.outcome, seen.fault and seen.fault.code) == ("failed", "path_cut")


async def test_a_port_that_needs_a_moment_is_no_cut(b: Bench) -> None:
    """Unreachable for a fifth of the trial: it is confirmed when it is back."""
    _after_write(b, lambda: _blind(b, b.trial.seconds / 5))

    seen = await b.run()

    assert (seen.outcome, seen.evidence) == ("done", "confirmed")


async def test_a_path_that_is_back_too_late_is_not_confirmed(b: Bench) -> None:
    """A path that was away for most of the trial may go again: the device takes the change back."""
    _after_write(b, lambda: _blind(b, b.trial.seconds * 0.8))

    seen = await b.run()

    assert seen.outcome == "failed"
    assert b.events() == ["write", "undone"]
    assert b.as_before()


async def test_a_confirmation_whose_answer_was_lost_is_asked_for_again(b: Bench) -> None:
    """The device says that it is confirmed: that, the values and the saving make it done."""
    b.link.ways = ["lose_confirm"]

    seen = await b.run()

    assert (seen.outcome, seen.evidence) == ("done", "confirmed")
    assert b.events() == ["write", "confirm", "save"]


async def test_saving_that_fails_is_done_again(b: Bench) -> None:
    """What is confirmed and not saved is not done; saving may be repeated."""
    b.link.ways = ["unsaved"]

    seen = await b.run()

    assert seen.outcome == "done"
    assert b.link.saved["vlans"] == ["100 cameras"]


async def test_saving_that_never_works_is_in_doubt(b: Bench) -> None:
    """It runs and a restart would lose it: told with the device's own reason."""
    b.link.ways = ["unsaved"] * 50

    seen = await b.run()

    assert (seen.outcome, seen.fault and seen.fault.code) == ("in_doubt", "not_kept")
    assert path_lost(seen)


async def test_a_device_that_never_comes_back_is_in_doubt(b: Bench) -> None:
    """Looked at some more times after its trial must be over, and then left alone."""
    _after_write(b, lambda: _blind(b, 1e6))

    seen = await b.run()

    assert (seen.outcome, seen.fault and seen.fault.code) == ("in_doubt", "unreachable")
    assert path_lost(seen)


async def test_a_refused_login_ends_the_looking(b: Bench) -> None:
    """One wrong login and no second: the budget is the same for links."""
    _after_write(b, lambda: setattr(b.link, "password", "another"))

    seen = await b.run()

    assert (seen.outcome, seen.fault and seen.fault.code) == ("in_doubt", "login_refused")
    assert b.link.wrong_logins == 1


async def test_a_device_that_cannot_be_reached_is_not_written(b: Bench) -> None:
    """Nothing was sent, so nothing is waited for."""
    b.driver.on_session = [Unreachable("c1-sw-1", text("no", "否"))]
    began = b.clock.boot()

    seen = await b.run()

    assert (seen.outcome, seen.fault and seen.fault.code) == ("failed", "unreachable")
    assert (b.events(), b.clock.boot()) == ([], began)


def test_every_intent_has_an_id_of_its_own(b: Bench) -> None:
    """An attempt is never taken for an earlier one; the id is what every platform takes."""
    first = trial_of(b.driver, "r1", b.target, STEP, 1000.0)
    later = trial_of(b.driver, "r1", b.target, STEP, 1000.001)
    other = trial_of(b.driver, "r2", b.target, STEP, 1000.0)

    assert first is not None
    assert later is not None
    assert other is not None
    assert len({first.id, later.id, other.id}) == 3
    assert first == trial_of(b.driver, "r1", b.target, STEP, 1000.0)


def test_a_driver_without_trials_gives_none(b: Bench) -> None:
    """Neither one that arms no undo, nor one whose platform has none."""
    assert trial_of(b.world.drivers["isapi"], "r1", b.target, STEP, 1.0) is None
    b.driver.seconds = 0
    assert trial_of(b.driver, "r1", b.target, STEP, 1.0) is None


def test_a_permit_covers_all_that_may_still_happen(b: Bench) -> None:
    """Sending, applying, the trial itself and the device's own lateness."""
    assert pending_s(b.driver, b.trial) == 20.0 + 1.0 + 60 + MARGIN_S


def _after_write(b: Bench, then: Callable[[], None]) -> None:
    """Have something happen when the change has arrived."""
    store = b.link.store

    def both(values: Mapping[str, FieldValue | Secret]) -> None:
        store(values)
        then()

    setattr(b.link, "store", both)  # noqa: B010 - a hook on one object


def _blind(b: Bench, seconds: float) -> None:
    b.link.blind_until = b.clock.boot() + seconds
