"""Random fleets, faults, limits and broken trees: the protocol's promises hold in every one."""

from __future__ import annotations

import asyncio
import tempfile
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fleet.app.apply import resume
from fleet.model.fleet import RolloutLimits
from fleet.plan.waves import overshoot_max
from fleet.rollout.run import Result
from fleet.rollout.state import rollouts
from tests.support.fakes_city import World, cameras, world
from tests.support.fakes_devices import Fault
from tests.support.fakes_plans import applied, planned

pytestmark = pytest.mark.property

FAULTS = st.builds(
    Fault,
    how=st.sampled_from(
        ["refuse", "keeps_nothing", "break_before", "break_after", "late", "garbage", "half"]
    ),
    resource=st.sampled_from(["time", "osd", "*"]),
    times=st.integers(1, 2),
    late_s=st.floats(0.1, 1.9),
)
LIMITS = st.builds(
    RolloutLimits,
    tolerated_failures=st.integers(0, 3),
    in_flight=st.none() | st.integers(1, 6),
    wave_size=st.integers(1, 3),
)
# Which of up to six devices has which fault.
BAD = st.dictionaries(st.sampled_from([f"c{c}-cam-{d}" for c in (1, 2) for d in (1, 2, 3)]), FAULTS)
SCRIPT = st.lists(st.sampled_from(["", "dies", "fails"]), max_size=3)


def in_flight(w: World) -> list[int]:
    """How many devices were under change after each permit, by the journal alone."""
    open_steps: set[str] = set()
    counts = []
    for record in w.journal.kinds("step.intent", "step.settled"):
        if record.kind == "step.intent":
            open_steps.add(record.subject)
            counts.append(len(open_steps))
        else:
            open_steps.discard(record.subject)
    return counts


async def run(w: World) -> Result:
    """Apply what is planned."""
    return await applied(w, (await planned(w)).plan)


def check(w: World, limits: RolloutLimits, result: Result) -> None:
    """What must hold after any run."""
    most = limits.in_flight or limits.tolerated_failures + 1
    assert max(in_flight(w), default=0) <= most
    accepted = limits.tolerated_failures + 1 + overshoot_max(limits)
    assert len(result.failed) <= accepted * 2, "a wave's threshold, in each of two waves"
    permits = Counter(r.data["step"] for r in w.journal.kinds("step.intent"))
    for name, count in Counter(w.written()).items():
        device, resource = name.split("/")
        mine = sum(n for s, n in permits.items() if s.startswith(device) and s.endswith(resource))
        assert count <= mine, f"{name} was written more often than permitted"
    assert w.journal.verify() == len(w.journal.store.kept)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(LIMITS, BAD, SCRIPT)
def test_no_schedule_breaks_a_promise(
    limits: RolloutLimits, bad: dict[str, Fault], script: list[str]
) -> None:
    """Limits, one write a permit, a journal that verifies, and a status that tells the truth."""
    with tempfile.TemporaryDirectory() as folder:
        w = world(cameras(2, 3, limits), Path(folder))
        for device, fault in bad.items():
            w.devices[device].faults.append(Fault(fault.how, fault.resource, fault.times, 1.0))
        w.script += script

        result = asyncio.run(run(w))

        check(w, limits, result)
        if result.status == "done":
            assert (result.left, result.failed) == (0, {})
            assert all(d.fields["osd_text"] == "东门" for d in w.devices.values())
        for record in w.journal.kinds("step.settled"):
            if record.data["outcome"] == "done" and record.data["step"].endswith("osd"):
                assert w.devices[record.subject].fields["osd_text"] == "东门"


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(0, 40), st.floats(0.0, 1.9), st.integers(0, 3))
def test_a_kill_anywhere_is_resumed_without_a_second_write(
    after: int, late: float, tolerated: int
) -> None:
    """Everything dies after some number of events; a slow device applies later than that.

    The next process proves the old one dead, waits, looks, and goes on: each resource of each
    device was written exactly once over both.
    """

    async def story(w: World) -> Result | None:
        task = asyncio.create_task(run(w))
        while len(w.trace.events) < after and not task.done():
            await asyncio.wait({task}, timeout=0.0005)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        w.processes.kill_all()
        found = rollouts(w.journal)
        if not found or found[-1].ended == "done":
            return None
        return await resume(w.app(), found[-1].id, lambda _: None, lambda _: None)

    with tempfile.TemporaryDirectory() as folder:
        limits = RolloutLimits(tolerated_failures=tolerated)
        w = world(cameras(2, 3, limits), Path(folder))
        w.devices["c1-cam-1"].faults.append(Fault("late", "osd", 1, late))

        result = asyncio.run(story(w))

        assert max(Counter(w.written()).values(), default=1) == 1
        if result is not None:
            assert (result.status, result.left, len(w.written())) == ("done", 0, 12)
            assert all(d.fields["osd_text"] == "东门" for d in w.devices.values())
