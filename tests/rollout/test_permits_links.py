"""Permits for links and for what is behind them, asked for by workers in the hands of a test."""

from __future__ import annotations

from pathlib import Path

import pytest

from fleet.model.change import DeviceWork
from fleet.model.device import DeviceKind, Stage
from fleet.model.errors import PathCut
from fleet.model.fleet import RolloutLimits
from fleet.model.text import text
from fleet.rollout.faults import fault_of
from fleet.rollout.permits import PERMIT_S
from tests.support.fakes_links import FakeLinkDriver
from tests.support.fakes_permits import Room
from tests.support.fakes_plans import change, step, work

LINK, CORE, CAMERA = "c1-sw-1/01-link", "c1-gw/01-link", "c1-cam-1/03-osd"
ALL = RolloutLimits(tolerated_failures=9, in_flight=9)
CUT = fault_of(PathCut("c1-sw-1", text("cut", "断"))).model_dump(mode="json")


def link(name: str, kind: DeviceKind = DeviceKind.SWITCH, *through: str) -> DeviceWork:
    """The work of one link."""
    made = work(step(name, change("lldp_enabled", False, True)), kind=kind)
    target = made.target.model_copy(update={"driver": "ssh"})
    return made.model_copy(update={"target": target, "stage": Stage.LINKS, "through": through})


def camera(*through: str) -> DeviceWork:
    """The work of a camera behind links."""
    return work(step(CAMERA)).model_copy(update={"through": through})


def room(folder: Path, *works: DeviceWork, stage: str = "links") -> Room:
    """A server of these works with a driver that arms undos."""
    made = Room(folder, works, ALL, stage)
    made.drivers["ssh"] = FakeLinkDriver({})
    return made


async def test_a_grant_carries_the_trial_that_its_intent_journalled(tmp_path: Path) -> None:
    """The worker knows the id from the grant alone; the deadline covers all of the trial."""
    r = room(tmp_path, link(LINK))
    async with r.open() as peer:
        began = r.clock.boot()
        await peer.ask(LINK)
        grant = await peer.hear()

    (intent,) = r.journal.kinds("step.intent")
    driver = r.drivers["ssh"]
    assert isinstance(driver, FakeLinkDriver)
    assert grant["trial"] == intent.data["trial"]
    assert grant["trial"]["seconds"] == driver.seconds
    pending = driver.write_trial_max_s + driver.apply_time_max_s + driver.seconds
    assert grant["deadline"] >= began + PERMIT_S + pending


async def test_a_device_without_trials_gets_a_plain_grant(tmp_path: Path) -> None:
    """Nothing changes for cameras."""
    r = room(tmp_path, camera(), stage="cameras")
    async with r.open() as peer:
        began = r.clock.boot()
        await peer.ask(CAMERA)
        grant = await peer.hear()

    assert grant["trial"] is None
    assert grant["deadline"] == began + PERMIT_S
    assert "trial" not in r.journal.kinds("step.intent")[0].data


async def test_a_second_intent_has_another_id(tmp_path: Path) -> None:
    """Handed back and asked for again: the attempts cannot be taken for each other."""
    r = room(tmp_path, link(LINK))
    async with r.open() as peer:
        await peer.ask(LINK)
        first = await peer.hear()
        await peer.settle(LINK, "not_applied")
        await peer.hear()
        await r.clock.sleep(1.0)
        await peer.ask(LINK, 1)
        second = await peer.hear()

    assert first["trial"]["id"] != second["trial"]["id"]


async def test_a_link_waits_for_the_link_before_it(tmp_path: Path) -> None:
    """Both are in one stage: the second is granted when the first is settled, not before."""
    r = room(tmp_path, link(LINK, DeviceKind.SWITCH, "c1-gw"), link(CORE, DeviceKind.ROUTER))
    async with r.open() as peer:
        await peer.ask(LINK)
        assert await peer.nothing()
        await peer.ask(CORE)
        assert (await peer.hear())["grant"] == CORE
        assert await peer.nothing()
        await peer.settle(CORE)
        answers = [await peer.hear(), await peer.hear()]

    assert {a.get("grant") or a.get("settled") for a in answers} == {CORE, LINK}


@pytest.mark.parametrize("outcome", ["failed", "stale", "in_doubt"])
async def test_behind_a_failed_link_nothing_is_granted(tmp_path: Path, outcome: str) -> None:
    """Refused with the link's name, and without an intent."""
    r = room(tmp_path, link(CORE, DeviceKind.ROUTER), link(LINK, DeviceKind.SWITCH, "c1-gw"))
    async with r.open() as peer:
        await peer.ask(CORE)
        await peer.hear()
        await peer.settle(CORE, outcome)
        await peer.hear()
        await peer.ask(LINK)
        refused = await peer.hear()

    reason = "threshold" if outcome == "in_doubt" else "link c1-gw failed"
    assert (refused["device"], refused["refuse"]) == ("c1-sw-1", reason)
    assert [x.data["step"] for x in r.journal.kinds("step.intent")] == [CORE]


async def test_out_of_order_stages_are_refused_and_do_not_hang(tmp_path: Path) -> None:
    """A plain playbook that drives cameras before links: told which link is to be done first."""
    r = room(tmp_path, link(LINK), camera("c1-sw-1"), stage="")
    async with r.serve():
        peer = await r.peer(stage="cameras")
        await peer.ask(CAMERA)
        refused = await peer.hear()

    assert refused["refuse"] == "link c1-sw-1 is not done"
    assert r.journal.kinds("step.intent") == []


async def test_a_link_that_is_not_in_the_plan_holds_nobody(tmp_path: Path) -> None:
    """A switch without changes is no obstacle."""
    r = room(tmp_path, camera("c1-sw-1"), stage="cameras")
    async with r.open() as peer:
        await peer.ask(CAMERA)
        assert (await peer.hear())["grant"] == CAMERA


async def test_a_cut_path_stops_all_further_grants(tmp_path: Path) -> None:
    """Nine failures are tolerated; the other switch still gets no permit in this wave."""
    other = "c1-sw-2/01-link"
    r = room(tmp_path, link(LINK), link(other))
    async with r.open() as peer:
        await peer.ask(LINK)
        await peer.hear()
        await peer.settle(LINK, "failed", fault=CUT)
        await peer.hear()
        await peer.ask(other)
        refused = await peer.hear()

    assert (refused["device"], refused["refuse"]) == ("c1-sw-2", "threshold")
    assert r.book.stop == "threshold"


async def test_the_same_words_from_a_camera_stop_nobody(tmp_path: Path) -> None:
    """Only what was permitted on trial can halt a wave by its path."""
    r = room(tmp_path, camera(), stage="cameras")
    async with r.open() as peer:
        await peer.ask(CAMERA)
        await peer.hear()
        await peer.settle(CAMERA, "in_doubt")
        await peer.hear()

    assert r.book.stop == ""
