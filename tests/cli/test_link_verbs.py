"""Consents, held devices, trials and approvals, as the command line asks and shows them."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from fleet.app.watch import tell
from fleet.model.device import DeviceKind
from fleet.model.exitcodes import ExitCode
from fleet.model.fleet import City, RolloutLimits
from fleet.model.text import text
from fleet.ports.driver import Need
from fleet.rollout import records
from fleet.rollout.state import rollouts
from tests.cli.conftest import Call
from tests.support.fakes_city import World, cameras, city, compound, device
from tests.support.fakes_links import FakeLink

Serve = Callable[[City], World]
REBOOT = Need(kind="reboot", text=text("only a restart undoes it", "只能靠重启回退"))
OTHERS = Need(kind="others", text=text("edits of others go back", "他人的修改也会回退"))


@pytest.fixture
def w(served: Serve) -> World:
    """A switch, a camera behind it, and failures tolerated."""
    devices = [device("c1-sw-1", DeviceKind.SWITCH), device("c1-cam-1", via="c1-sw-1")]
    return served(city([compound("c1", devices)], RolloutLimits(tolerated_failures=9)))


def link(w: World) -> FakeLink:
    """The switch."""
    found = w.devices["c1-sw-1"]
    assert isinstance(found, FakeLink)
    return found


def told(w: World) -> list[str]:
    """The journal as screens and `rollout watch` tell it."""
    return [tell(r).said.en for r in w.journal.records()]


def waiting(served: Serve, call: Call) -> World:
    """Three compounds of which the second waits for an approval."""
    limits = RolloutLimits(approve="after_canary", wave_size=1, canary="c1")
    w = served(cameras(3, 1, limits))
    assert call("apply", "--yes").code == ExitCode.WAITING
    return w


def test_a_plan_says_what_it_needs_and_apply_refuses_without(w: World, call: Call) -> None:
    """In text and JSON: the device, the price, the words; --yes is no consent to an outage."""
    w.ssh.told = {"c1-sw-1": (REBOOT, OTHERS)}

    shown = call("plan").out
    assert "! c1-sw-1 needs --accept reboot: only a restart undoes it" in shown
    assert "1 devices behind it go dark for about 5 min: c1-cam-1" in shown
    assert "! c1-sw-1: edits of others go back" in shown
    needs = call("--format", "json", "plan").json["fleet"]["plan"]["needs"]
    assert [(n["kind"], n["dark"]) for n in needs] == [("reboot", ["c1-cam-1"]), ("others", [])]
    refused = call("--lang", "zh", "apply", "--yes")
    assert refused.code == ExitCode.WAITING
    assert "缺少同意：c1-sw-1（reboot）" in refused.err
    assert "--accept reboot" in refused.err
    assert w.written() == []


def test_with_the_consent_it_runs_and_the_journal_has_it(w: World, call: Call) -> None:
    """Given by name; another word is a usage error."""
    w.ssh.told = {"c1-sw-1": (REBOOT, OTHERS)}

    assert call("apply", "--yes", "--accept", "others").code == ExitCode.USAGE
    assert call("apply", "--yes", "--accept", "reboot").code == 0
    assert "accepted: reboot" in "\n".join(told(w))


def test_what_was_held_is_named_with_its_link(w: World, call: Call) -> None:
    """At the end of apply, in show, in watch and in JSON; retry takes it up."""
    link(w).ways = ["refuse"]

    said = call("apply", "--yes")

    assert said.code == ExitCode.PARTIAL
    words = "c1-cam-1: not started, since c1-sw-1 failed and it is reached through it"
    assert words in said.out
    assert words in said.err
    assert words in call("rollout", "show").out
    assert words in told(w)
    shown = call("--format", "json", "rollout", "show").json
    assert shown["held"] == {"c1-cam-1": "c1-sw-1"}
    assert call("rollout", "retry", "--yes").code == 0
    assert call("drift").code == 0


def test_a_cut_path_halts_with_its_own_code_and_name(w: World, call: Call) -> None:
    """Exit 6, though nine failures are tolerated; the way on is a retry, not a resume."""
    link(w).cuts = {"vlans"}

    said = call("apply", "--yes")

    assert said.code == ExitCode.HALTED
    assert "c1-sw-1 [path_cut]: the change cut our own path" in said.out
    assert "a link was lost" in said.out
    assert w.written() == ["c1-sw-1/link"]


def test_an_open_trial_is_shown_with_its_id(w: World, call: Call) -> None:
    """After a kill: what the device knows the change by, and what resume will do."""
    w.journal.fail_at = w.journal.appends + 6  # the settlement of the switch
    assert call("apply", "--yes").code == ExitCode.INTERNAL
    w.mend()
    (intent,) = w.journal.kinds(records.INTENT)

    shown = call("rollout", "show").out

    assert f"on trial {intent.data['trial']['id']}; the device takes it back 60 s after" in shown
    steps = call("--format", "json", "rollout", "show").json["step_outcomes"]
    assert steps["c1-sw-1/01-link"]["trial"] == intent.data["trial"]
    assert f"on trial {intent.data['trial']['id']}, taken back after 60 s" in "\n".join(told(w))
    assert call("rollout", "resume").code == 0


def test_a_wave_that_waits_ends_with_8_and_says_how_to_go_on(served: Serve, call: Call) -> None:
    """Shown as waiting in list, show and watch; a resume alone does not pass."""
    w = waiting(served, call)
    name = rollouts(w.journal)[-1].id

    assert "waiting for an approval" in call("rollout", "list").out
    assert f"wave 2 waits for: fleet rollout approve {name}" in call("rollout", "show").out
    assert "wave 2 waits for an approval" in told(w)
    assert told(w)[-1] == "rollout ends: waits for an approval"
    assert call("rollout", "resume").code == ExitCode.WAITING
    assert {n.split("-")[0] for n in w.written()} == {"c1"}


def test_approve_asks_records_and_goes_on(served: Serve, call: Call) -> None:
    """Nobody there to say yes: 8 and no record; with --yes the rest runs here, to its verdict."""
    w = waiting(served, call)
    assert call("--non-interactive", "rollout", "approve").code == ExitCode.WAITING
    assert w.journal.kinds(records.APPROVED) == []

    said = call("rollout", "approve", "--yes")

    assert said.code == 0
    assert "wave 2 is approved" in said.err
    assert {n.split("-")[0] for n in w.written()} == {"c1", "c2", "c3"}
    assert "wave 2 approved by tester" in call("rollout", "show").out


def test_approve_may_leave_the_rest_to_another(served: Serve, call: Call) -> None:
    """The approver only signs; whoever resumes goes on."""
    w = waiting(served, call)

    assert call("rollout", "approve", "--yes", "--no-resume").code == 0
    assert {n.split("-")[0] for n in w.written()} == {"c1"}
    assert call("rollout", "resume").code == 0
    assert call("rollout", "approve", "--yes").code == ExitCode.USAGE
