"""Random links, faults and broken trees: what is promised of trials holds in every one."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fleet.app.apply import resume
from fleet.model.device import DeviceKind
from fleet.model.fleet import City, RolloutLimits
from fleet.plan.links import reached_through
from fleet.rollout import worker
from fleet.rollout.state import rollouts
from tests.support.fakes_city import STANDING, World, city, compound, device, world
from tests.support.fakes_links import FakeLink
from tests.support.fakes_plans import applied, planned

pytestmark = pytest.mark.property

LINKS = ("c1-gw", "c1-sw-1", "c1-sw-2")
OLD = STANDING[DeviceKind.SWITCH]
WAYS = st.lists(
    st.sampled_from(["refuse", "ask", "close", "busy", "wrong", "lose_confirm", "unsaved"]),
    max_size=3,
)
CUTS = st.sets(st.sampled_from(["vlans", "lldp_enabled"]), max_size=1)
FAULTS = st.fixed_dictionaries({}, optional={name: st.tuples(WAYS, CUTS) for name in LINKS})
SCRIPT = st.lists(st.sampled_from(["", "dies", "fails"]), max_size=3)
LIMITS = st.builds(RolloutLimits, tolerated_failures=st.integers(0, 9), in_flight=st.integers(1, 9))


def town(limits: RolloutLimits) -> City:
    """A router, a core and an access switch, cameras at each."""
    devices = [
        device("c1-cam-1", via="c1-sw-1"),
        device("c1-cam-2", via="c1-sw-2"),
        device("c1-cam-3"),
        device("c1-sw-2", DeviceKind.SWITCH, via="c1-sw-1"),
        device("c1-sw-1", DeviceKind.SWITCH),
        device("c1-gw", DeviceKind.ROUTER),
    ]
    return city([compound("c1", devices)], limits)


def link(w: World, name: str) -> FakeLink:
    """A link of the world."""
    found = w.devices[name]
    assert isinstance(found, FakeLink)
    return found


def check(w: World) -> None:
    """What must hold at any end."""
    through = reached_through(w.city.compound("c1"))
    under_change: set[str] = set()
    for record in w.journal.kinds("step.intent", "step.settled"):
        if record.kind == "step.settled":
            under_change.discard(record.subject)
            continue
        assert not under_change & set(through[record.subject]), "never with its link"
        assert not any(record.subject in through[d] for d in under_change), "never under others"
        under_change.add(record.subject)
    journalled = {
        r.data["trial"]["id"] for r in w.journal.kinds("step.intent") if "trial" in r.data
    }
    confirmed = {subject.split(" ")[1] for subject in w.trace.of("confirm")}
    assert confirmed <= journalled
    state = rollouts(w.journal)[-1]
    for name in LINKS:
        standing = link(w, name)
        step = state.steps.get(f"{name}/01-link")
        if step is not None and step.outcome == "done":
            assert standing.trial is None
            assert standing.saved["vlans"] == ["100 cameras"], "done is kept over a restart"
        elif step is None or step.outcome in ("failed", "not_applied"):
            assert standing.fields == OLD, "what is not done is as before"
    assert w.journal.verify() == len(w.journal.store.kept)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(LIMITS, FAULTS, SCRIPT, st.booleans())
def test_no_schedule_breaks_a_promise_of_trials(
    limits: RolloutLimits,
    faults: dict[str, tuple[list[str], set[str]]],
    script: list[str],
    forgets: bool,
) -> None:
    """Whatever goes wrong, and however often it is taken up again."""
    with tempfile.TemporaryDirectory() as folder:
        w = world(town(limits), Path(folder))
        for name, (ways, cuts) in faults.items():
            link(w, name).ways, link(w, name).cuts = list(ways), set(cuts)
            link(w, name).forgets = forgets
        w.script = list(script)
        asyncio.run(_all(w))


async def _all(w: World) -> None:
    result = await applied(w, (await planned(w)).plan)
    check(w)
    if result.status == "failed":
        await resume(w.app(), result.rollout, lambda _: None, lambda _: None)
        check(w)


@pytest.fixture(autouse=True, scope="module")
def patient() -> Iterator[None]:
    """An ask does not run out: the clock of these tests runs far ahead of the loop's."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(worker, "ASK_S", 1e6)
        yield
