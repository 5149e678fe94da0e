"""Planning over devices that stand, fail, refuse, and over stacks that are clean or not."""

from __future__ import annotations

from pathlib import Path

import pytest

from fleet.app.observe import observe
from fleet.app.plan import make_plan
from fleet.app.status import uplinks
from fleet.model.device import DeviceKind
from fleet.model.diagnostic import Diagnostic, Severity
from fleet.model.errors import EngineError, PolicyDenied, SecretError, UsageError
from fleet.model.exitcodes import ExitCode
from fleet.model.fleet import Recorder, RolloutLimits
from fleet.model.secret import SecretRef
from fleet.model.text import text
from fleet.plan.seal import fingerprint, intact
from tests.support.fakes import value_of
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
from tests.support.fakes_plans import applied, planned

pytestmark = pytest.mark.usefixtures("broken_rules")


def finding(compound_id: str | None, severity: Severity = Severity.ERROR) -> Diagnostic:
    """A finding of the policy."""
    return Diagnostic(
        code="CF16",
        severity=severity,
        summary=text("no uplink", "无上联"),
        fix=text("declare one", "请声明"),
        compound=compound_id,
    )


async def test_a_plan_is_sealed_and_names_what_changes(tmp_path: Path) -> None:
    """Devices that stand as wanted are not in it, but they are sealed too."""
    w = world(cameras(1, 2), tmp_path)
    w.devices["c1-cam-2"].fields.update(osd_text="东门", time_mode="ntp")

    plan = (await make_plan(w.app())).plan

    assert [x.target.device for x in plan.works] == ["c1-cam-1"]
    assert set(plan.seal.observed) == {"c1-cam-1", "c1-cam-2"}
    assert plan.seal.inventory == {"c1": "content of c1"}
    assert intact(plan)
    assert w.written() == []


async def test_two_plans_of_the_same_world_have_one_fingerprint(tmp_path: Path) -> None:
    """Whoever makes it, whenever."""
    w = world(cameras(2, 2), tmp_path)
    one = (await make_plan(w.app())).plan
    w.clock.seconds += 600
    two = (await make_plan(w.app())).plan

    assert (one.created_at, fingerprint(one)) != (two.created_at, fingerprint(one))
    assert fingerprint(one) == fingerprint(two)


async def test_a_plan_for_one_compound_reads_no_other(tmp_path: Path) -> None:
    """Neither a login nor a line in the seal."""
    w = world(cameras(2, 2), tmp_path)

    plan = (await make_plan(w.app(), ["c2"])).plan

    assert [d.logins for d in w.devices.values() if d.id.startswith("c1")] == [0, 0]
    assert (set(plan.seal.inventory), plan.targets) == ({"c2"}, ("c2",))
    assert w.leases.taken == []


async def test_a_device_that_cannot_be_read_is_a_fault_and_the_others_are_planned(
    tmp_path: Path,
) -> None:
    """Each with its own word: unreachable, another device, a refused login, no pinned identity."""
    unpinned = device("c1-cam-4", serial=None)
    town = city([compound("c1", [*[device(f"c1-cam-{n}") for n in (1, 2, 3)], unpinned])])
    w = world(town, tmp_path)
    w.devices["c1-cam-1"].unreachable = True
    w.devices["c1-cam-2"].serial = "S-other"
    w.devices["c1-cam-4"].serial = "S-new"

    plan = (await make_plan(w.app())).plan

    assert {d: f.code for d, f in plan.faults.items()} == {
        "c1-cam-1": "unreachable", "c1-cam-2": "wrong_identity", "c1-cam-4": "wrong_identity",
    }  # fmt: skip
    assert "it says serial S-new" in plan.faults["c1-cam-4"].en
    assert [x.target.device for x in plan.works] == ["c1-cam-3"]
    assert set(plan.seal.observed) == {"c1-cam-3"}


async def test_a_driver_that_is_not_installed_is_its_devices_fault(tmp_path: Path) -> None:
    """Named, and the others go on."""
    town = city([compound("c1", [device("c1-cam-1", driver="onvif"), device("c1-cam-2")])])
    w = world(town, tmp_path)

    plan = (await make_plan(w.app())).plan

    assert "no driver onvif is installed" in plan.faults["c1-cam-1"].en
    assert len(plan.works) == 1


async def test_a_refused_login_is_spent_once_in_half_an_hour(tmp_path: Path) -> None:
    """In the same process, in the next one, and again only after the time is over."""
    w = world(cameras(1, 2), tmp_path)
    w.devices["c1-cam-1"].password = "changed by hand"
    app = w.app()
    first = await make_plan(app)
    second = await make_plan(app)
    third = await make_plan(w.app())

    assert first.plan.faults["c1-cam-1"].code == "login_refused"
    assert {p.plan.faults["c1-cam-1"].code for p in (second, third)} == {"login_budget"}
    assert w.wrong_logins() == {"c1-cam-1": 1}
    w.clock.seconds += 1800
    await make_plan(w.app())
    assert w.wrong_logins() == {"c1-cam-1": 2}


async def test_all_logins_refused_is_a_wrong_secret(tmp_path: Path) -> None:
    """Exit 9: nothing could start; each device lost one attempt and not more."""
    w = world(cameras(1, 3), tmp_path)
    w.secrets.wrong["secret://vault/device/bootstrap"] = "wrong"

    for _ in range(2):
        with pytest.raises(SecretError) as caught:
            await make_plan(w.app())
        assert caught.value.exit_code is ExitCode.SECRETS

    assert set(w.wrong_logins().values()) == {1}
    assert "every login failed" in caught.value.summary.en


async def test_all_unreachable_is_no_wrong_secret(tmp_path: Path) -> None:
    """A fleet that is off gives a plan of faults."""
    w = world(cameras(1, 2), tmp_path)
    for one in w.devices.values():
        one.unreachable = True

    plan = (await make_plan(w.app())).plan

    assert (plan.empty, len(plan.faults)) == (True, 2)


async def test_a_missing_secret_stops_before_any_login(tmp_path: Path) -> None:
    """No half-way observation."""
    w = world(cameras(1, 2), tmp_path)
    w.secrets.missing.add("secret://vault/device/bootstrap")

    with pytest.raises(SecretError):
        await make_plan(w.app())

    assert [d.logins for d in w.devices.values()] == [0, 0]


async def test_progress_counts_every_device(tmp_path: Path) -> None:
    """One call a device, up to all of them."""
    w = world(cameras(1, 5), tmp_path)
    w.devices["c1-cam-3"].unreachable = True
    seen: list[tuple[int, int]] = []

    await observe(w.app(), list(w.city.devices()), lambda n, of: seen.append((n, of)))

    assert seen == [(n, 5) for n in range(1, 6)]


async def test_a_broken_rule_denies_before_anything_is_read(
    tmp_path: Path, broken_rules: list[Diagnostic]
) -> None:
    """Exit 4 with the findings; no device was touched."""
    w = world(cameras(1, 1), tmp_path)
    broken_rules += [finding("c1"), finding("c1", Severity.WARNING)]

    with pytest.raises(PolicyDenied) as caught:
        await make_plan(w.app())

    assert caught.value.exit_code is ExitCode.POLICY
    assert caught.value.diagnostics == (finding("c1"),)
    assert w.devices["c1-cam-1"].logins == 0


@pytest.mark.parametrize(("about", "denied"), [("c1", True), ("c2", False), (None, True)])
async def test_only_rules_about_what_is_targeted_deny(
    tmp_path: Path, broken_rules: list[Diagnostic], about: str | None, denied: bool
) -> None:
    """Another compound's finding does not; one about the whole city does."""
    w = world(cameras(2, 1), tmp_path)
    broken_rules.append(finding(about))

    if denied:
        with pytest.raises(PolicyDenied):
            await make_plan(w.app(), ["c1-cam-1"])
    else:
        assert len((await make_plan(w.app(), ["c1-cam-1"])).plan.works) == 1


async def test_warnings_do_not_deny(tmp_path: Path, broken_rules: list[Diagnostic]) -> None:
    """Nor does anything when one only looks (drift)."""
    w = world(cameras(1, 1), tmp_path)
    broken_rules.append(finding("c1", Severity.WARNING))
    assert (await make_plan(w.app())).plan.works
    broken_rules.append(finding("c1"))
    assert (await make_plan(w.app(), looking=True)).plan.works


async def test_the_real_rules_deny_a_compound_without_anything(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The policy of the product is the one that is asked."""
    monkeypatch.undo()
    w = world(cameras(1, 1), tmp_path)

    with pytest.raises(PolicyDenied) as caught:
        await make_plan(w.app())

    assert len(caught.value.diagnostics) > 1


async def test_a_target_that_matches_nothing_reads_nothing(tmp_path: Path) -> None:
    """Usage error first."""
    w = world(cameras(1, 1), tmp_path)

    with pytest.raises(UsageError):
        await make_plan(w.app(), ["nothing"])

    assert w.devices["c1-cam-1"].logins == 0


def engine_calls(w: World) -> list[str]:
    """What the engine was asked, in order."""
    return [what for what, _ in w.trace.events if what.startswith("engine")]


@pytest.mark.parametrize(
    ("source", "targets", "calls"),
    [
        ("platform", ["c1"], ["engine clean", "engine preview"]),
        ("platform", [], ["engine clean", "engine preview"]),
        ("operator", ["c1"], []),
    ],
)
async def test_the_engine_is_asked_only_where_a_stack_is_needed(
    tmp_path: Path, source: str, targets: list[str], calls: list[str]
) -> None:
    """An operator's uplink needs none; a platform's does, under the stack's lease."""
    town = city([compound("c1", [device("c1-cam-1")], uplink(source))], platform=True)
    w = world(town, tmp_path)

    plan = (await make_plan(w.app(), targets)).plan

    assert engine_calls(w) == calls
    assert [s.dirty for s in plan.stacks] == [True] * bool(calls)
    assert w.leases.taken == [("stack/340705",)] * bool(calls)


async def test_a_city_without_servers_never_builds_an_engine(tmp_path: Path) -> None:
    """No district has a platform: nothing to ask."""
    w = world(cameras(1, 1), tmp_path)

    await make_plan(w.app())

    assert engine_calls(w) == []


async def test_a_clean_stack_costs_one_look(tmp_path: Path) -> None:
    """No preview, and the plan has no server change."""
    town = city([compound("c1", [device("c1-cam-1")], uplink())], platform=True)
    w = world(town, tmp_path)
    await applied(w)
    w.trace.events.clear()

    plan = (await make_plan(w.app())).plan

    assert engine_calls(w) == ["engine clean"]
    assert plan.empty


async def test_looking_refreshes_and_does_not_prepare_an_up(tmp_path: Path) -> None:
    """Drift compares what stands."""
    town = city([compound("c1", [device("c1-cam-1")], uplink())], platform=True)
    w = world(town, tmp_path)

    await make_plan(w.app(), looking=True)

    assert engine_calls(w) == ["engine clean", "engine refresh"]


async def test_a_broken_engine_is_exit_ten(tmp_path: Path) -> None:
    """It is told as it is."""
    w = world(city([compound("c1", [device("c1-cam-1")], uplink())], platform=True), tmp_path)
    w.engine.broken = True

    with pytest.raises(EngineError) as caught:
        await make_plan(w.app())

    assert caught.value.exit_code is ExitCode.ENGINE


async def test_a_reader_that_only_faces_open_is_cited(tmp_path: Path) -> None:
    """Clause 14 as read back, whatever the inventory declares."""
    town = city([compound("c1", [device("c1-door-1", DeviceKind.DOOR)])])
    w = world(town, tmp_path)
    w.devices["c1-door-1"].fields["auth_ways"] = ["face"]

    citation = (await make_plan(w.app())).citations[0]

    assert "c1-door-1" in citation.en
    assert "only biometrics open it" in citation.en
    assert "生物识别" in citation.zh


async def test_an_accepted_overshoot_is_in_the_plan(tmp_path: Path) -> None:
    """A declared in_flight says how many failures past the threshold it accepts."""
    w = world(cameras(1, 1, RolloutLimits(in_flight=8)), tmp_path)

    (note,) = (await make_plan(w.app())).plan.notes

    assert "up to 8 devices" in note.en
    assert "up to 7 failures" in note.en


async def test_a_version_that_is_proven_is_not_written_again(tmp_path: Path) -> None:
    """A generated admin password: one write, then none until its version changes."""
    ref = SecretRef(source="generated", name="device/c1-cam-1/admin")
    one = device("c1-cam-1", settings={}, secrets={"admin_password": ref})
    w = world(city([compound("c1", [one])]), tmp_path)
    assert (await applied(w)).status == "done"
    assert w.devices["c1-cam-1"].password == value_of(ref)
    assert (await planned(w)).plan.empty

    newer = one.model_copy(
        update={"secrets": {"admin_password": ref.model_copy(update={"version": 2})}}
    )
    w.city = city([compound("c1", [newer])])
    (work,) = (await planned(w)).plan.works
    assert work.steps[0].changes[0].before_version == 1
    assert w.wrong_logins() == {}


async def test_status_tells_both_sides_of_an_uplink(tmp_path: Path) -> None:
    """The registrar's word, the recorder's word, and the catalog; unknown stays None."""
    nvr = recorder("c1-nvr-1")
    channels = tuple(nvr.settings["gb_channel_ids"])
    listed = Recorder(device="c1-nvr-1", channel_ids=channels)
    w = world(city([compound("c1", [nvr], uplink(), recorders=[listed])], platform=True), tmp_path)
    (before,) = await uplinks(w.app())
    assert (before.registrar.registered, before.recorder.registered) == (False, None)
    assert before.catalog is None

    await applied(w)
    w.devices["c1-nvr-1"].registered = True
    (after,) = await uplinks(w.app(), ("c1",))

    assert (after.registrar.registered, after.registrar.credential_version) == (True, 1)
    assert after.recorder.registered is True
    assert after.catalog is not None
    assert (after.catalog.missing, after.catalog.extra) == ((), ())


async def test_status_does_not_ask_for_an_operators_platform(tmp_path: Path) -> None:
    """Unknown, never assumed."""
    w = world(city([compound("c1", [recorder("c1-nvr-1")], uplink("operator"))]), tmp_path)

    (found,) = await uplinks(w.app())

    assert found.registrar.registered is None
    assert w.upper.asked == []
