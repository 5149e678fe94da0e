"""Observations taken and planned from: the same content as by looking, and no device touched."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from fleet.app.compose import Ground
from fleet.app.observed import obey_review, obey_reviewed_plan, plan_observed, take
from fleet.app.plan import ground_of, make_plan
from fleet.model.diagnostic import Diagnostic, Severity
from fleet.model.errors import ConsentNeeded, PolicyDenied, SecretError, StalePlan
from fleet.model.exitcodes import ExitCode
from fleet.model.fleet import City
from fleet.model.plan import Plan
from fleet.model.sight import FleetObservation
from fleet.model.text import text
from fleet.plan.review import NOT_OBSERVED, review_fingerprint
from tests.support.fakes_city import (
    World,
    cameras,
    city,
    compound,
    device,
    recorder,
    uplink,
    world,
)
from tests.support.fakes_plans import applied

pytestmark = pytest.mark.usefixtures("broken_rules")


def servers_and_recorder(version: int = 1) -> City:
    """A compound at the district's own platform, and one of cameras."""
    return city(
        [
            compound("c1", [recorder("c1-nvr-1", version=version)], uplink()),
            compound("c2", [device("c2-cam-1")]),
        ],
        platform=True,
    )


def ground(w: World, town: City | None = None) -> Ground:
    """What a pipeline without credentials stands on."""
    found = ground_of(w.app())
    return found if town is None else Ground(town, found.drivers, found.code, None, found.now)


def planned(
    w: World, seen: FleetObservation, town: City | None = None, targets: Sequence[str] = ()
) -> Plan:
    """The plan from an observation."""
    return plan_observed(ground(w, town), seen, targets).plan


async def test_a_plan_from_an_observation_has_the_content_of_one_by_looking(
    tmp_path: Path,
) -> None:
    """Devices and servers; it says what it was made from, and touched nobody."""
    w = world(servers_and_recorder(), tmp_path)
    seen = await take(w.app())
    logins = {d.id: d.logins for d in w.devices.values()}
    asked = len(w.trace.events)

    plan = planned(w, seen)

    assert {d.id: d.logins for d in w.devices.values()} == logins
    assert len(w.trace.events) == asked
    looked = (await make_plan(w.app())).plan
    assert plan.works == looked.works
    assert [(s.stack, s.dirty) for s in plan.stacks] == [(s.stack, s.dirty) for s in looked.stacks]
    assert review_fingerprint(plan) == review_fingerprint(looked)
    assert (plan.observed_at, looked.observed_at) == (seen.taken_at, None)


async def test_after_an_apply_nothing_is_left_to_review(tmp_path: Path) -> None:
    """Proven versions and servers that stand travel in the observation."""
    w = world(servers_and_recorder(), tmp_path)
    await applied(w, (await make_plan(w.app())).plan)

    plan = planned(w, await take(w.app()))

    assert (plan.empty, plan.faults) == (True, {})


async def test_looking_begins_before_the_first_device_is_read(tmp_path: Path) -> None:
    """So that an age never looks too small."""
    w = world(cameras(1, 2), tmp_path)
    before = w.clock.now()

    assert (await take(w.app())).taken_at == before


async def test_a_device_that_is_new_or_moved_is_named_and_not_guessed(tmp_path: Path) -> None:
    """New, at another address, of another identity: what was seen then says nothing of it."""
    w = world(cameras(1, 3), tmp_path)
    seen = await take(w.app())
    moved = device("c1-cam-1", address="127.34.9.9")
    swapped = device("c1-cam-2", serial="S-new")
    town = city([compound("c1", [moved, swapped, device("c1-cam-3"), device("c1-cam-4")])])

    plan = planned(w, seen, town)

    assert {d: f.code for d, f in plan.faults.items()} == dict.fromkeys(
        ("c1-cam-1", "c1-cam-2", "c1-cam-4"), NOT_OBSERVED
    )
    assert [x.target.device for x in plan.works] == ["c1-cam-3"]


async def test_what_could_not_be_read_then_is_told_as_it_was(tmp_path: Path) -> None:
    """Its own fault, not a new device's."""
    w = world(cameras(1, 2), tmp_path)
    w.devices["c1-cam-1"].unreachable = True

    plan = planned(w, await take(w.app()))

    assert plan.faults["c1-cam-1"].code == "unreachable"


async def test_an_observation_of_a_part_is_one(tmp_path: Path) -> None:
    """Targets read nobody else, and a plan of the same targets has no gap."""
    w = world(cameras(2, 1), tmp_path)
    seen = await take(w.app(), ["c2"])

    assert w.devices["c1-cam-1"].logins == 0
    assert planned(w, seen, targets=["c2"]).faults == {}
    assert set(planned(w, seen).faults) == {"c1-cam-1"}


async def test_all_logins_refused_signs_nothing(tmp_path: Path) -> None:
    """Exit 9, as for a plan."""
    w = world(cameras(1, 2), tmp_path)
    w.secrets.wrong["secret://vault/device/bootstrap"] = "wrong"

    with pytest.raises(SecretError):
        await take(w.app())


async def test_servers_whose_inputs_changed_are_predicted(tmp_path: Path) -> None:
    """A credential more or less is named; a stack that was never seen is made anew."""
    w = world(servers_and_recorder(), tmp_path)
    await applied(w, (await make_plan(w.app())).plan)
    seen = await take(w.app())

    (stack,) = planned(w, seen, servers_and_recorder(version=2)).stacks
    shown = {(c.type, c.name.rsplit("@")[-1], c.action) for c in stack.changes}
    assert shown == {("platform", "inputs", "update"), ("credential", "2", "create")}

    bare = seen.model_copy(update={"stacks": ()})
    (stack,) = planned(w, bare).stacks
    assert {c.action for c in stack.changes} == {"create"}

    more = await take(world(servers_and_recorder(2), tmp_path).app())
    (stack,) = planned(w, more).stacks
    assert ("credential", "delete") in {(c.type, c.action) for c in stack.changes}


async def test_a_broken_rule_denies_without_any_device(
    tmp_path: Path, broken_rules: list[Diagnostic]
) -> None:
    """The pull request's own files are judged."""
    w = world(cameras(1, 1), tmp_path)
    seen = await take(w.app())
    broken_rules.append(
        Diagnostic(
            code="CF16", severity=Severity.ERROR, summary=text("a", "b"), fix=text("a", "b"),
            compound="c1",
        )
    )  # fmt: skip

    with pytest.raises(PolicyDenied):
        planned(w, seen)


async def test_only_reviewed_content_passes(tmp_path: Path) -> None:
    """The reviewed plan again: yes. A value changed by hand since, or other files: exit 8."""
    w = world(cameras(1, 2), tmp_path)
    seen = await take(w.app())
    reviewed = planned(w, seen)
    mark = review_fingerprint(reviewed)

    for again in (None, reviewed):
        obey_review(mark, again, (await make_plan(w.app())).plan)
    w.devices["c1-cam-2"].fields["osd_text"] = "by hand"
    for again in (None, reviewed):
        with pytest.raises(ConsentNeeded, match="not reviewed") as caught:
            obey_review(mark, again, (await make_plan(w.app())).plan)
        assert caught.value.exit_code is ExitCode.WAITING
    assert "c1-cam-2" in caught.value.summary.en
    assert w.written() == []


async def test_files_that_do_not_give_the_reviewed_plan_are_other_content(tmp_path: Path) -> None:
    """What was merged is not what the comment was about."""
    w = world(cameras(1, 2), tmp_path)
    seen = await take(w.app())
    mark = review_fingerprint(planned(w, seen))
    w.city = cameras(1, 2, settings={"osd_text": "西门"})
    again = planned(w, seen)

    with pytest.raises(ConsentNeeded, match="do not give the plan that was reviewed"):
        obey_review(mark, again, (await make_plan(w.app())).plan)


async def test_a_new_device_may_get_what_was_reviewed_for_it(tmp_path: Path) -> None:
    """With the observation; by the fingerprint alone nobody knows that it is new."""
    w = world(cameras(1, 1), tmp_path)
    seen = await take(w.app())
    w = world(cameras(1, 2), tmp_path)
    again = planned(w, seen)
    fresh = (await make_plan(w.app())).plan
    mark = review_fingerprint(again)

    obey_review(mark, again, fresh)
    with pytest.raises(ConsentNeeded):
        obey_review(mark, None, fresh)


async def test_many_differences_are_cut_short(tmp_path: Path) -> None:
    """Five names and a count."""
    w = world(cameras(1, 9), tmp_path)
    reviewed = planned(w, await take(w.app()))
    for one in w.devices.values():
        one.fields["osd_text"] = "by hand"

    with pytest.raises(ConsentNeeded, match="and 4 more") as caught:
        obey_reviewed_plan(reviewed, (await make_plan(w.app())).plan)
    assert caught.value.summary.en.count("c1-cam-") == 5


async def test_a_plan_for_review_is_never_run_itself(tmp_path: Path) -> None:
    """It binds content, not devices: whoever runs sealed plans refuses it."""
    w = world(cameras(1, 1), tmp_path)
    plan = planned(w, await take(w.app()))

    with pytest.raises(StalePlan, match="for review alone"):
        await applied(w, plan)
    assert w.written() == []
