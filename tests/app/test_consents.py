"""Consents by name: shown in the plan, refused without, journalled with."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

import pytest

from fleet.app.apply import Terms, apply_plan
from fleet.app.rollouts import find, undo
from fleet.model.device import DeviceKind
from fleet.model.errors import ConsentNeeded
from fleet.model.fleet import UnmanagedSwitch
from fleet.model.text import text
from fleet.plan.canonical import canonical_bytes
from fleet.plan.document import from_document, to_document
from fleet.ports.driver import Need
from fleet.rollout.run import Result
from tests.support.fakes_city import World, city, compound, device, world
from tests.support.fakes_plans import planned

PAPER = Need(kind="experimental", text=text("proved on paper alone", "仅按资料验证"))
REBOOT = Need(kind="reboot", text=text("only a restart undoes it", "只能靠重启回退"))
OTHERS = Need(kind="others", text=text("edits of others go back, too", "他人的修改也会回退"))


@pytest.fixture
def w(tmp_path: Path) -> World:
    """A switch with a camera behind it, on a platform that needs everything."""
    devices = [device("c1-sw-1", DeviceKind.SWITCH), device("c1-cam-1", via="c1-sw-1")]
    found = world(city([compound("c1", devices)]), tmp_path)
    found.ssh.told = {"c1-sw-1": (PAPER, REBOOT, OTHERS)}
    return found


async def apply(w: World, accepted: Collection[str]) -> Result:
    """Plan, and apply on these terms."""
    plan = (await planned(w)).plan
    terms = Terms(frozenset(accepted))
    return await apply_plan(w.app(), plan, lambda _: None, lambda _: None, terms=terms)


@pytest.mark.parametrize(
    ("accepted", "lacks", "has"),
    [
        ((), ("experimental", "reboot"), ()),
        (("experimental",), ("reboot",), ("experimental",)),
        (("reboot",), ("experimental",), ("reboot",)),
    ],
)
async def test_what_lacks_is_named_and_nothing_is_done(
    w: World, accepted: Collection[str], lacks: Collection[str], has: Collection[str]
) -> None:
    """The device, what its change needs, and the words that consent; exit code 8."""
    with pytest.raises(ConsentNeeded) as caught:
        await apply(w, accepted)

    assert caught.value.exit_code == 8
    assert caught.value.fix is not None
    assert all(f"--accept {k}" in caught.value.fix.en for k in lacks)
    assert not any(f"--accept {k}" in caught.value.fix.en for k in has)
    assert "c1-sw-1" in caught.value.summary.en
    assert "others" not in caught.value.fix.en
    assert (w.written(), w.journal.kinds("rollout.started"), w.leases.taken) == ([], [], [])


async def test_a_consent_goes_into_the_journal(w: World) -> None:
    """Who started it and what was consented to stand in one record."""
    result = await apply(w, ("reboot", "experimental"))

    assert result.status == "done"
    (started,) = w.journal.kinds("rollout.started")
    assert started.data["accepted"] == ["experimental", "reboot"]


async def test_the_plan_prices_the_outage(w: World) -> None:
    """The camera behind the switch is named with the time; the file keeps all of it."""
    plan = (await planned(w)).plan

    needs = {n.kind: n for n in plan.needs}
    assert set(needs) == {"experimental", "reboot", "others"}
    assert (needs["reboot"].dark, needs["reboot"].dark_s) == (("c1-cam-1",), 300)
    assert "c1-cam-1" in needs["reboot"].text.zh
    assert from_document(canonical_bytes(to_document(plan))).needs == plan.needs


async def test_a_plan_without_the_link_needs_nothing(w: World) -> None:
    """Only what is written is asked for."""
    assert (await planned(w, "c1-cam-1")).plan.needs == ()


async def test_an_undo_asks_again(w: World) -> None:
    """Putting back is a change of its own, with the same outage."""
    done = await apply(w, ("reboot", "experimental"))
    before = w.written()

    with pytest.raises(ConsentNeeded):
        await undo(w.app(), find(w.app(), done.rollout), lambda _: None, lambda _: None)

    assert w.written() == before


async def test_an_unmanaged_switch_is_never_asked(tmp_path: Path) -> None:
    """It is no device; it is named where what hangs on it cannot be read."""
    one = compound("c1", [device("c1-cam-1", via="c1-mute"), device("c1-cam-2")])
    mute = UnmanagedSwitch(id="c1-mute", name="弱电间")
    w = world(city([one.model_copy(update={"unmanaged": (mute,)})]), tmp_path)
    assert (await planned(w)).plan.notes == ()
    w.devices["c1-cam-1"].unreachable = True

    (note,) = (await planned(w)).plan.notes

    assert "c1-mute is unmanaged" in note.en
    assert "c1-cam-1" in note.en
