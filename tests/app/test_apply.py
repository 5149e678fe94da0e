"""Applying: what is refused before the first write, and what a resume may take up."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from fleet.app.apply import apply_plan, check_fresh, leases_of, resume
from fleet.app.plan import make_plan
from fleet.model.errors import (
    AlteredPlan,
    EngineError,
    FleetError,
    LockHeld,
    SecretError,
    StalePlan,
    UnfinishedRollout,
    UsageError,
)
from fleet.model.exitcodes import ExitCode
from fleet.model.fleet import RolloutLimits
from fleet.model.plan import Plan
from fleet.model.secret import SecretRef
from fleet.plan.canonical import canonical_bytes
from fleet.plan.document import from_document, to_document
from fleet.plan.seal import sealed
from fleet.rollout import records
from fleet.rollout.run import Result
from fleet.rollout.state import rollouts
from tests.support.fakes_city import World, cameras, city, compound, device, uplink, world
from tests.support.fakes_plans import applied, planned

REF = SecretRef(source="vault", name="device/new")


async def file_plan(w: World, *targets: str) -> Plan:
    """A plan as `apply FILE` has it."""
    return (await planned(w, *targets)).plan


async def refused(w: World, plan: Plan, error: type[FleetError], code: ExitCode) -> str:
    """Apply, and be refused whole: nothing journalled as started, nothing written."""
    with pytest.raises(error) as caught:
        await applied(w, plan)
    assert caught.value.exit_code is code
    assert w.written() == []
    assert w.journal.kinds("step.intent") == []
    return str(caught.value.summary.en)


def tamper(w: World) -> None:
    """Somebody changes a managed field."""
    w.devices["c1-cam-2"].fields["osd_text"] = "other"


def edit(w: World) -> None:
    """Somebody edits a compound's file."""
    first, *rest = w.city.districts[0].compounds
    other = first.model_copy(update={"content": "edited"})
    district = w.city.districts[0].model_copy(update={"compounds": (other, *rest)})
    w.city = w.city.model_copy(update={"districts": (district,)})


def remove(w: World) -> None:
    """Somebody removes a compound."""
    district = w.city.districts[0].model_copy(
        update={"compounds": w.city.districts[0].compounds[1:]}
    )
    w.city = w.city.model_copy(update={"districts": (district,)})


def prove(w: World) -> None:
    """Another rollout proves a version of a managed secret."""
    w.journal.append([records.proven("r0", "c1-cam-1", "admin_password", REF, "login")])
    w.devices["c1-cam-1"].password = f"value of {REF.name} v1"


def vanish(w: World) -> None:
    """A device that was read is gone."""
    w.devices["c1-cam-2"].unreachable = True


@pytest.mark.parametrize(
    ("happens", "word"),
    [
        (tamper, "device c1-cam-2"),
        (edit, "compound c1"),
        (remove, "compound c1"),
        (prove, "device c1-cam-1"),
    ],
)
async def test_a_plan_that_no_longer_fits_is_refused_before_the_first_write(
    tmp_path: Path, happens: Callable[[World], None], word: str
) -> None:
    """Exit 7, whole, with what changed."""
    one = device("c1-cam-1", secrets={"admin_password": REF})
    town = city([compound("c1", [one, device("c1-cam-2")]), compound("c2", [device("c2-cam-1")])])
    w = world(town, tmp_path)
    plan = await file_plan(w)
    happens(w)

    assert word in await refused(w, plan, StalePlan, ExitCode.STALE)


async def test_a_device_that_cannot_be_read_any_more_is_its_own_failure(tmp_path: Path) -> None:
    """Not stale: the others are applied, it fails by name (exit 5)."""
    w = world(cameras(1, 2).model_copy(update={"limits": _tolerant()}), tmp_path)
    plan = await file_plan(w)
    vanish(w)

    result = await applied(w, plan)

    assert {d: f.code for d, f in result.failed.items() if f} == {"c1-cam-2": "unreachable"}
    assert w.devices["c1-cam-1"].fields["osd_text"] == "东门"


def _tolerant() -> RolloutLimits:
    return RolloutLimits(tolerated_failures=3)


async def test_another_version_of_fleet_makes_it_stale(tmp_path: Path) -> None:
    """Rules and drivers are part of what was sealed."""
    w = world(cameras(1, 1), tmp_path)
    plan = await file_plan(w)
    app = w.app()
    app.code = "another"

    with pytest.raises(StalePlan, match="fleet itself"):
        await apply_plan(app, plan, lambda _: None, lambda _: None)

    assert w.written() == []


async def test_a_change_elsewhere_does_not_matter(tmp_path: Path) -> None:
    """A plan for one compound is not made stale by another, and does not lock or read it."""
    w = world(cameras(2, 1), tmp_path)
    plan = await file_plan(w, "c1")
    w.devices["c2-cam-1"].fields["osd_text"] = "other"
    logins = w.devices["c2-cam-1"].logins

    assert (await applied(w, plan)).status == "done"
    assert w.devices["c2-cam-1"].logins == logins
    assert ("compound/c1",) in w.leases.taken
    assert not any("compound/c2" in names for names in w.leases.taken)


async def test_an_unmanaged_field_does_not_make_it_stale(tmp_path: Path) -> None:
    """Only what the inventory manages is sealed."""
    w = world(cameras(1, 1), tmp_path)
    plan = await file_plan(w)
    w.devices["c1-cam-1"].fields["channel_name"] = "renamed by hand"

    assert (await applied(w, plan)).status == "done"


async def test_another_citys_plan_is_foreign(tmp_path: Path) -> None:
    """Exit 7, naming both."""
    w = world(cameras(1, 1), tmp_path)
    plan = await file_plan(w)
    foreign = sealed(plan.model_copy(update={"city": "110000"}))

    said = await refused(w, foreign, AlteredPlan, ExitCode.STALE)
    assert "110000" in said
    assert "340700" in said


async def test_a_plan_applied_once_is_stale_the_second_time(tmp_path: Path) -> None:
    """The devices no longer stand as sealed; nothing is written twice."""
    w = world(cameras(1, 1), tmp_path)
    plan = await file_plan(w)
    await applied(w, plan)
    before = w.written()

    with pytest.raises(StalePlan):
        await applied(w, plan)

    assert w.written() == before


async def test_a_plan_that_was_read_from_its_file_applies(tmp_path: Path) -> None:
    """The shelf keeps the very plan that runs."""
    w = world(cameras(1, 1), tmp_path)
    plan = await file_plan(w)

    result = await applied(w, plan)

    assert from_document(w.shelf.kept[result.rollout]) == plan
    assert result.rollout.startswith("r20261124T")


async def test_a_fresh_plan_is_not_read_again(tmp_path: Path) -> None:
    """Made this moment: the devices are not logged into once more before the first write."""
    w = world(cameras(1, 1), tmp_path)
    plan = (await make_plan(w.app(), looking=True)).plan
    before = w.devices["c1-cam-1"].logins

    await apply_plan(w.app(), plan, lambda _: None, lambda _: None, fresh=False)
    without = w.devices["c1-cam-1"].logins - before

    w2 = world(cameras(1, 1), tmp_path)
    plan = (await make_plan(w2.app(), looking=True)).plan
    before = w2.devices["c1-cam-1"].logins
    await apply_plan(w2.app(), plan, lambda _: None, lambda _: None)
    assert w2.devices["c1-cam-1"].logins - before == without + 2


@pytest.mark.parametrize("name", ["compound/c1", "stack/340705"])
async def test_somebody_elses_lease_refuses(tmp_path: Path, name: str) -> None:
    """Exit 7 with the holder; nothing is written."""
    w = world(city([compound("c1", [device("c1-cam-1")], uplink())], platform=True), tmp_path)
    plan = await file_plan(w)
    w.leases.held[name] = "zhang, pid 7 on gate, apply since 10:00"

    said = await refused(w, plan, LockHeld, ExitCode.STALE)

    assert "zhang, pid 7 on gate" in said
    assert w.trace.of("engine up") == []


async def test_leases_are_given_back_whatever_happens(tmp_path: Path) -> None:
    """After an end, and after a refusal."""
    w = world(cameras(1, 1), tmp_path)
    plan = await file_plan(w)
    tamper_first = w.devices["c1-cam-1"].fields
    tamper_first["osd_text"] = "other"
    with pytest.raises(StalePlan):
        await applied(w, plan)
    assert w.leases.mine == set()
    assert (await applied(w)).status == "done"
    assert w.leases.mine == set()


@pytest.mark.parametrize(
    ("targets", "names"),
    [
        ([], ["compound/c1", "compound/c2", "stack/340705"]),
        (["c1"], ["compound/c1", "stack/340705"]),
        (["c2-cam-1"], ["compound/c2"]),
    ],
)
def test_an_apply_that_plans_by_itself_holds_what_it_will_need(
    tmp_path: Path, targets: list[str], names: list[str]
) -> None:
    """Its compounds, and the stack of a district only where one of them needs it."""
    town = city(
        [
            compound("c1", [device("c1-cam-1")], uplink()),
            compound("c2", [device("c2-cam-1")], uplink("operator")),
        ],
        platform=True,
    )

    assert leases_of(world(town, tmp_path).app(), targets) == names


async def test_an_app_holds_a_lease_once(tmp_path: Path) -> None:
    """Planning under the apply's own lease does not lock itself out."""
    w = world(city([compound("c1", [device("c1-cam-1")], uplink())], platform=True), tmp_path)
    app = w.app()
    with app.hold(leases_of(app, []), "apply"):
        plan = (await make_plan(app, looking=True)).plan
        result = await apply_plan(app, plan, lambda _: None, lambda _: None, fresh=False)

    assert result.status == "done"
    assert w.leases.mine == set()


async def test_an_unfinished_rollout_comes_first(tmp_path: Path) -> None:
    """Exit 7, naming it; another compound is free."""
    w = world(cameras(2, 3), tmp_path)
    w.script += ["dies", "dies"]
    first = await applied(w, await file_plan(w, "c1"))
    assert first.status == "failed"
    before = w.written()

    with pytest.raises(UnfinishedRollout) as caught:
        await applied(w, await file_plan(w, "c1"))

    assert caught.value.exit_code is ExitCode.STALE
    assert first.rollout in caught.value.summary.en
    assert caught.value.fix is not None
    assert f"resume {first.rollout}" in caught.value.fix.zh
    assert w.written() == before
    assert (await applied(w, await file_plan(w, "c2"))).status == "done"


async def test_a_secret_that_a_grant_will_need_is_resolved_first(tmp_path: Path) -> None:
    """Exit 9 before the rollout exists."""
    one = device("c1-cam-1", secrets={"admin_password": REF})
    w = world(city([compound("c1", [one])]), tmp_path)
    plan = await file_plan(w)
    w.secrets.missing.add(str(REF))

    await refused(w, plan, SecretError, ExitCode.SECRETS)
    assert rollouts(w.journal) == []


async def take_up(w: World, name: str | None = None) -> Result:
    """Resume in a new process."""
    known = name or rollouts(w.journal)[-1].id
    return await resume(w.app(), known, lambda _: None, lambda _: None)


async def broken(w: World) -> Result:
    """A rollout whose tree broke twice."""
    w.script += ["dies", "dies"]
    return await applied(w)


async def test_resume_needs_the_secrets_before_it_begins(tmp_path: Path) -> None:
    """A key that is gone from the vault: exit 9 at once, and the rollout can still be resumed."""
    one = device("c1-cam-1", secrets={"admin_password": REF})
    w = world(city([compound("c1", [one])]), tmp_path)
    await broken(w)
    w.secrets.missing.add(str(REF))
    before = w.written()

    with pytest.raises(SecretError):
        await take_up(w)
    assert w.written() == before

    w.secrets.missing.clear()
    assert (await take_up(w)).status == "done"


async def test_resume_proves_the_old_tree_dead_first(tmp_path: Path) -> None:
    """Whatever still runs of it is ended before anything is looked at."""
    w = world(cameras(1, 2), tmp_path)
    await broken(w)
    tree = {p.start for p in rollouts(w.journal)[-1].processes}
    assert w.processes.ended == []

    await take_up(w)

    assert tree <= set(w.processes.ended)


async def test_a_process_that_cannot_be_ended_stops_the_resume(tmp_path: Path) -> None:
    """Exit 10: nobody decides anything while it may still write."""
    w = world(cameras(1, 2), tmp_path)
    await broken(w)
    w.processes.immortal |= {p.start for p in rollouts(w.journal)[-1].processes}
    before = w.written()

    with pytest.raises(EngineError, match="cannot be ended"):
        await take_up(w)

    assert w.written() == before


async def test_a_running_rollout_is_not_taken_up(tmp_path: Path) -> None:
    """Exit 7 with who runs it."""
    w = world(cameras(1, 1), tmp_path)
    plan = await file_plan(w)
    w.app()
    w.journal.append([records.started("r1", plan, w.processes.me(), "zhang")])
    w.shelf.put("r1", canonical_bytes(to_document(plan)))

    with pytest.raises(LockHeld, match="zhang"):
        await take_up(w, "r1")


@pytest.mark.parametrize("name", [None, "r-unknown"])
async def test_an_ended_or_unknown_rollout_is_a_usage_error(
    tmp_path: Path, name: str | None
) -> None:
    """Exit 64, with what to do."""
    w = world(cameras(1, 1), tmp_path)
    await applied(w)

    with pytest.raises(UsageError) as caught:
        await take_up(w, name)

    assert caught.value.fix is not None


async def test_its_own_progress_does_not_make_a_resume_stale(tmp_path: Path) -> None:
    """Compared against the sealed plan and the journal together."""
    w = world(cameras(1, 3), tmp_path)
    first = await broken(w)
    assert 0 < first.done < 6

    second = await take_up(w)

    assert (second.status, second.done) == ("done", 6)
    assert len(w.written()) == len(set(w.written()))


async def test_check_fresh_says_nothing_of_a_plan_that_fits(tmp_path: Path) -> None:
    """No error, no write."""
    w = world(cameras(1, 1), tmp_path)

    assert await check_fresh(w.app(), await file_plan(w)) is None
    assert w.written() == []
