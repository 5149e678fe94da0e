"""Links in a rollout: before what is behind them, on trial, and what follows when one fails."""

from __future__ import annotations

from pathlib import Path

import pytest

from fleet.app.apply import resume
from fleet.app.rollouts import find, to_retry, undo
from fleet.model.device import DeviceKind
from fleet.model.fleet import City, RolloutLimits
from fleet.model.plan import Plan
from fleet.rollout.progress import Event
from fleet.rollout.run import Rollout
from fleet.rollout.state import rollouts
from tests.support.fakes_city import World, city, compound, device, world
from tests.support.fakes_links import FakeLink
from tests.support.fakes_plans import applied, planned
from tests.support.fakes_runs import assert_permitted, resumed

ALL = RolloutLimits(tolerated_failures=9, in_flight=9)
SWITCH, ROUTER = DeviceKind.SWITCH, DeviceKind.ROUTER


def town(limits: RolloutLimits | None = ALL, compounds: int = 1) -> City:
    """Compounds with a switch, two cameras behind it and one that hangs elsewhere."""
    return city(
        [
            compound(
                f"c{n}",
                [
                    device(f"c{n}-cam-1", via=f"c{n}-sw-1"),
                    device(f"c{n}-cam-2", via=f"c{n}-sw-1"),
                    device(f"c{n}-cam-3"),
                    device(f"c{n}-sw-1", SWITCH),
                ],
            )
            for n in range(1, compounds + 1)
        ],
        limits,
    )


def link(w: World, name: str = "c1-sw-1") -> FakeLink:
    """A switch or router of the world."""
    found = w.devices[name]
    assert isinstance(found, FakeLink)
    return found


def assert_never_together(w: World, name: str, behind: set[str]) -> None:
    """By the journal alone: no device is permitted while the link it hangs on is, nor before."""
    under_change: set[str] = set()
    for record in w.journal.kinds("step.intent", "step.settled"):
        if record.kind == "step.settled":
            under_change.discard(record.subject)
            continue
        under_change.add(record.subject)
        assert not (name in under_change and under_change & behind), record.data


async def test_links_first_and_proved_before_what_is_behind(tmp_path: Path) -> None:
    """The stage comes first; the switch is confirmed and saved before any camera is written."""
    w = world(town(), tmp_path)

    result = await applied(w)

    assert (result.status, result.left, result.held) == ("done", 0, {})
    assert w.trace.of("stage") == ["links", "cameras", "verify"]
    told = [what for what, _ in w.trace.events if what in ("write", "confirm", "save")]
    assert told[:3] == ["write", "confirm", "save"]
    assert w.trace.of("write")[0] == "c1-sw-1/link"
    assert_permitted(w)
    assert_never_together(w, "c1-sw-1", {"c1-cam-1", "c1-cam-2"})
    assert (await planned(w)).plan.empty


async def test_the_trial_is_in_the_journal_before_anything_is_sent(tmp_path: Path) -> None:
    """Its id and seconds stand in the intent; the confirmation is by that very id."""
    w = world(town(), tmp_path)

    await applied(w)

    (intent,) = [r for r in w.journal.kinds("step.intent") if r.subject == "c1-sw-1"]
    order = [e for e in w.trace.events if e[1].startswith("c1-sw-1")]
    assert [what for what, _ in order[:2]] == ["step.intent", "write"]
    assert intent.data["trial"]["seconds"] == w.ssh.seconds
    assert w.trace.of("confirm") == [f"c1-sw-1 {intent.data['trial']['id']}"]
    cameras = [r for r in w.journal.kinds("step.intent") if r.subject != "c1-sw-1"]
    assert all("trial" not in r.data for r in cameras)


async def test_what_is_behind_a_failed_switch_is_named_and_not_started(tmp_path: Path) -> None:
    """Tolerated or not: its cameras stay as they are; the camera elsewhere is done."""
    w = world(town(), tmp_path)
    link(w).ways = ["refuse"]
    heard: list[Event] = []

    result = await applied(w, listener=heard.append)

    assert (result.status, set(result.failed)) == ("partial", {"c1-sw-1"})
    assert result.held == {"c1-cam-1": "c1-sw-1", "c1-cam-2": "c1-sw-1"}
    assert {n.split("/")[0] for n in w.written()} == {"c1-sw-1", "c1-cam-3"}
    assert [(e.device, e.detail) for e in heard if e.kind == "held"] == list(result.held.items())
    state = rollouts(w.journal)[-1]
    assert state.held == result.held
    assert to_retry(w.app(), state) == ["c1-cam-1", "c1-cam-2", "c1-sw-1"]


async def test_retry_takes_up_what_was_held(tmp_path: Path) -> None:
    """Once the switch takes its change, so do the devices behind it."""
    w = world(town(), tmp_path)
    link(w).ways = ["refuse"]
    await applied(w)
    again = to_retry(w.app(), rollouts(w.journal)[-1])

    result = await applied(w, (await planned(w, *again)).plan)

    assert result.status == "done"
    assert_never_together(w, "c1-sw-1", {"c1-cam-1", "c1-cam-2"})
    assert (await planned(w)).plan.empty


async def test_a_cut_path_halts_its_wave_whatever_is_tolerated(tmp_path: Path) -> None:
    """Nine failures are tolerated; a path that went away is not one of them."""
    w = world(town(compounds=2), tmp_path)
    first = (await planned(w)).plan.waves[0].compounds[0]
    link(w, f"{first}-sw-1").cuts = {"vlans"}

    result = await applied(w)

    assert result.status == "halted"
    assert {d: f.code for d, f in result.failed.items() if f} == {f"{first}-sw-1": "path_cut"}
    assert w.written() == [f"{first}-sw-1/link"]
    assert set(result.held) == {f"{first}-cam-1", f"{first}-cam-2"}
    assert link(w, f"{first}-sw-1").fields["vlans"] == ["1"]


async def test_a_link_in_doubt_halts_its_wave_too(tmp_path: Path) -> None:
    """A device that does not come back after its trial is worse than one that does."""
    w = world(town(), tmp_path)
    switch = link(w)
    switch.ways = ["unsaved"] * 99

    result = await applied(w)

    assert result.status == "halted"
    assert w.written() == ["c1-sw-1/link"]


async def test_all_of_a_compound_is_behind_its_edge_router(tmp_path: Path) -> None:
    """A router's failure holds every other device of its compound, and none of the next one's."""
    one = compound("c1", [device("c1-cam-1"), device("c1-sw-1", SWITCH), device("c1-gw", ROUTER)])
    w = world(city([one, compound("c2", [device("c2-cam-1")])], ALL), tmp_path)
    link(w, "c1-gw").ways = ["refuse"]

    result = await applied(w)

    assert result.held == {"c1-cam-1": "c1-gw", "c1-sw-1": "c1-gw"}
    assert set(w.written()) == {"c1-gw/link", "c2-cam-1/time", "c2-cam-1/osd"}


async def test_links_in_a_row_change_one_after_the_other(tmp_path: Path) -> None:
    """Router, core switch, access switch: each is done before the next is permitted."""
    chain = [
        device("c1-sw-2", SWITCH, via="c1-sw-1"),
        device("c1-sw-1", SWITCH, via="c1-gw"),
        device("c1-gw", ROUTER),
    ]
    w = world(city([compound("c1", chain)], ALL), tmp_path)

    result = await applied(w)

    assert result.status == "done"
    assert w.written() == ["c1-gw/link", "c1-sw-1/link", "c1-sw-2/link"]
    told = [(r.kind, r.subject) for r in w.journal.kinds("step.intent", "step.settled")]
    assert told == [
        (kind, name)
        for name in ("c1-gw", "c1-sw-1", "c1-sw-2")
        for kind in ("step.intent", "step.settled")
    ]


async def test_a_failed_link_holds_the_links_behind_it(tmp_path: Path) -> None:
    """In the very same stage: the switch behind the router is refused its permit."""
    pair = [device("c1-sw-1", SWITCH, via="c1-gw"), device("c1-gw", ROUTER)]
    w = world(city([compound("c1", pair)], ALL), tmp_path)
    link(w, "c1-gw").ways = ["refuse"]

    result = await applied(w)

    assert (result.status, result.held) == ("partial", {"c1-sw-1": "c1-gw"})
    assert w.written() == ["c1-gw/link"]


@pytest.mark.parametrize("moment", ["write", "confirm"])
async def test_a_tree_that_dies_amid_a_trial_is_settled_by_the_id(
    tmp_path: Path, moment: str
) -> None:
    """Killed after the change, or after the confirmation: kept once, written once, then saved."""
    w = world(town(), tmp_path)
    w.script = ["dies"]
    if moment == "confirm":
        link(w).ways = ["lose_confirm"]

    result = await applied(w)

    assert result.status == "done"
    assert w.written().count("c1-sw-1/link") == 1
    assert link(w).saved["vlans"] == ["100 cameras"]
    assert_permitted(w)


async def test_a_first_ctrl_c_confirms_the_open_trial_and_stops(tmp_path: Path) -> None:
    """What is permitted is finished: no trial is left to run out."""
    w = world(town(), tmp_path)
    running: list[Rollout] = []
    asked = w.trace.next("write")

    def heard(event: Event) -> None:
        if event.kind == "granted" and event.device == "c1-sw-1":
            running[0].stop("interrupt")

    result = await applied(w, listener=heard, on_rollout=running.append)

    assert asked.is_set()
    assert result.status == "interrupted"
    assert (w.trace.of("save"), w.trace.of("undone")) == (["c1-sw-1"], [])
    assert w.written() == ["c1-sw-1/link"]
    assert (await resumed(w)).status == "done"


async def test_a_resume_confirms_what_a_killed_process_left_on_trial(tmp_path: Path) -> None:
    """The whole process was killed between change and confirmation; the trial still runs."""
    w = world(town(), tmp_path)
    plan = (await planned(w)).plan
    await _killed_after_the_write(w, plan)
    assert link(w).trial is not None

    result = await resumed(w)

    assert result.status == "done"
    assert w.written().count("c1-sw-1/link") == 1
    assert len(w.trace.of("confirm")) == 1
    (settled,) = [r for r in w.journal.kinds("step.settled") if r.subject == "c1-sw-1"]
    assert settled.data["evidence"] == "confirmed"


async def test_a_resume_after_the_trial_writes_again_under_a_new_id(tmp_path: Path) -> None:
    """The device took the change back meanwhile: looked at, not taken for done, written anew."""
    w = world(town(), tmp_path)
    plan = (await planned(w)).plan
    await _killed_after_the_write(w, plan)
    w.clock.seconds += 120

    result = await resumed(w)

    assert result.status == "done"
    assert w.written().count("c1-sw-1/link") == 2
    ids = [r.data["trial"]["id"] for r in w.journal.kinds("step.intent") if "trial" in r.data]
    assert len(set(ids)) == 2
    assert_permitted(w)


async def test_undo_takes_links_back_on_trial_and_first(tmp_path: Path) -> None:
    """The same protocol the other way: what was not there is taken away again."""
    w = world(town(), tmp_path)
    done = await applied(w)
    before = len(w.written())

    result = await undo(w.app(), find(w.app(), done.rollout), lambda _: None, lambda _: None)

    assert result is not None
    assert result.status == "done"
    assert w.written()[before] == "c1-sw-1/link"
    assert len(w.trace.of("confirm")) == 2
    assert link(w).fields["lldp_enabled"] is False
    assert_never_together(w, "c1-sw-1", {"c1-cam-1", "c1-cam-2"})


async def test_a_resume_does_not_start_what_is_behind_a_failed_link(tmp_path: Path) -> None:
    """The link failed in an earlier run of the same rollout: it is remembered."""
    w = world(town(), tmp_path)
    link(w).ways = ["refuse"]
    w.script = ["", "idle", "idle"]
    first = await applied(w)
    assert first.status == "failed"

    result = await resume(w.app(), first.rollout, lambda _: None, lambda _: None)

    assert (result.status, set(result.held)) == ("partial", {"c1-cam-1", "c1-cam-2"})
    assert not {"c1-cam-1/osd", "c1-cam-2/osd"} & set(w.written())


async def _killed_after_the_write(w: World, plan: Plan) -> None:
    """Apply, and lose the process when the change has arrived: nothing later reaches a device."""
    note = w.trace.note

    def noted(kind: str, subject: str) -> None:
        note(kind, subject)
        if kind == "write":
            w.ssh.on_session = [RuntimeError("killed")] * 9

    setattr(w.trace, "note", noted)  # noqa: B010 - a hook on one object
    with pytest.raises(RuntimeError):
        await applied(w, plan)
    setattr(w.trace, "note", note)  # noqa: B010 - and off again
    w.ssh.on_session = []
    w.mend()
