"""Unsettled steps after a break: waited out, looked at, decided, and proved where unreadable."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from fleet.app.apply import tools_of
from fleet.model.change import DeviceWork, Fidelity, FieldChange, Step
from fleet.model.device import DeviceKind
from fleet.model.fleet import City, Recorder
from fleet.model.secret import SecretRef
from fleet.rollout.catalog import compare_catalog
from fleet.rollout.prove import REGISTER_WAIT_S, RegistrationProof
from fleet.rollout.settle import LOOKS, Settler
from fleet.rollout.settlement import Settlement
from fleet.rollout.verify import Verifier
from tests.support.fakes import value_of
from tests.support.fakes_city import World, cameras, city, compound, recorder, uplink, world
from tests.support.fakes_plans import change, step, work

OSD = step()
GB_REF = SecretRef(source="generated", name="sip/34070500001180000001", version=2)
SIP = FieldChange(field="gb_password", secret=GB_REF, fidelity=Fidelity.UNKNOWN)
GB = step("c1-nvr-1/02-gb28181", change("gb_enabled", False, True), SIP)
GB_ALONE = step("c1-nvr-1/02-gb28181", SIP)
ADMIN = SecretRef(source="generated", name="device/c1-cam-1/admin")
USER = step(
    "c1-cam-1/05-user",
    FieldChange(field="admin_password", secret=ADMIN, fidelity=Fidelity.UNKNOWN),
)


def settler(w: World) -> Settler:
    """A settler of a new process."""
    tools = tools_of(w.app(), lambda _: None)
    return Settler("r1", w.journal, w.clock, w.drivers, tools.credentials, tools.proof)


async def settle(w: World, one: Step, kind: DeviceKind = DeviceKind.CAMERA) -> Settlement:
    """Settle one step that was permitted this moment."""
    job = work(one, kind=kind)
    found = await settler(w).settle([(job, one)])
    return found[one.id]


def uplinked(source: str = "platform") -> City:
    """A compound with a recorder at its uplink."""
    nvr = recorder("c1-nvr-1", version=2)
    listed = Recorder(
        device="c1-nvr-1",
        channels=("c1-cam-1",),
        channel_ids=("ch-1", "ch-spare"),
        spare_ids=("ch-spare",),
    )
    return city([compound("c1", [nvr], uplink(source), recorders=[listed])], platform=True)


def register(w: World, version: int = 2, enabled: bool = True) -> None:
    """The recorder registers with one version of its password."""
    nvr = w.devices["c1-nvr-1"]
    nvr.secrets["gb_password"] = value_of(GB_REF.model_copy(update={"version": version}))
    nvr.fields["gb_enabled"] = enabled


@pytest.mark.parametrize(
    ("value", "outcome", "code"),
    [("东门", "done", None), ("", "not_applied", None), ("other", "in_doubt", "not_kept")],
)
async def test_what_the_device_shows_decides(
    tmp_path: Path, value: str, outcome: str, code: str | None
) -> None:
    """After, before, or anything else; journalled, and nothing is written."""
    w = world(cameras(1, 1), tmp_path)
    w.devices["c1-cam-1"].fields["osd_text"] = value

    seen = await settle(w, OSD)

    assert (seen.outcome, seen.fault.code if seen.fault else None) == (outcome, code)
    (record,) = w.journal.kinds("step.settled")
    assert record.data["outcome"] == outcome
    assert w.written() == []


async def test_the_longest_apply_time_since_the_intent_is_waited_out(tmp_path: Path) -> None:
    """A dead sender's request may still be applied: not looked at before."""
    w = world(cameras(1, 1), tmp_path)
    w.devices["c1-cam-1"].pending.append((w.clock.boot() + 1.99, {"osd_text": "东门"}))

    assert (await settle(w, OSD)).outcome == "done"
    assert w.clock.slept[0] >= w.drivers["isapi"].apply_time_max_s


async def test_a_request_sent_long_after_its_intent_is_waited_out_too(tmp_path: Path) -> None:
    """A worker that stalled and wrote in its last moment: the wait counts from now."""
    w = world(cameras(1, 1), tmp_path)
    w.clock.seconds += 3600
    w.devices["c1-cam-1"].pending.append((w.clock.boot() + 1.99, {"osd_text": "东门"}))

    assert (await settle(w, OSD)).outcome == "done"
    assert w.clock.slept[0] >= w.drivers["isapi"].apply_time_max_s


async def test_a_device_that_stays_away_is_in_doubt_after_some_looks(tmp_path: Path) -> None:
    """Bounded, and told as it is."""
    w = world(cameras(1, 1), tmp_path)
    w.devices["c1-cam-1"].unreachable = True

    seen = await settle(w, OSD)

    assert seen.outcome == "in_doubt"
    assert seen.fault is not None
    assert seen.fault.code == "unreachable"
    assert len(w.clock.slept) == LOOKS


async def test_a_missing_secret_leaves_the_step_in_doubt(tmp_path: Path) -> None:
    """Without a login nobody can look; the device is named, others go on."""
    w = world(cameras(1, 1), tmp_path)
    w.secrets.missing.add("secret://vault/device/bootstrap")

    seen = await settle(w, OSD)

    assert seen.outcome == "in_doubt"
    assert seen.fault is not None
    assert "no secret" in seen.fault.en


async def test_a_login_refused_lately_is_not_tried_to_find_out(tmp_path: Path) -> None:
    """One wrong login per device and half an hour holds for a resume too."""
    w = world(cameras(1, 1), tmp_path)
    w.devices["c1-cam-1"].password = "changed by hand"
    assert (await settle(w, OSD)).outcome == "in_doubt"
    w.clock.seconds += 60

    again = await settle(w, OSD)

    assert again.outcome == "in_doubt"
    assert w.wrong_logins() == {"c1-cam-1": 1}
    assert again.fault is not None
    assert again.fault.code == "login_budget"


async def test_a_password_step_has_one_probe_of_its_own(tmp_path: Path) -> None:
    """The new password is tried once, also after a refusal: it is another one."""
    w = world(cameras(1, 1), tmp_path)
    w.devices["c1-cam-1"].password = value_of(ADMIN)

    seen = await settle(w, USER)

    assert (seen.outcome, seen.evidence) == ("done", "login")
    (record,) = w.journal.kinds("credential.proven")
    assert record.data == {"field": "admin_password", "ref": str(ADMIN), "evidence": "login"}


async def test_a_proven_password_is_the_login_from_then_on(tmp_path: Path) -> None:
    """In this process and in the next."""
    w = world(cameras(1, 1), tmp_path)
    w.devices["c1-cam-1"].password = value_of(ADMIN)
    await settle(w, USER)
    w.devices["c1-cam-1"].fields["osd_text"] = "东门"

    assert (await settle(w, OSD)).outcome == "done"
    assert w.wrong_logins() == {}


async def test_a_password_that_did_not_arrive_may_be_written(tmp_path: Path) -> None:
    """The probe fails: not applied, and one attempt was spent."""
    w = world(cameras(1, 1), tmp_path)

    assert (await settle(w, USER)).outcome == "not_applied"
    assert w.wrong_logins() == {"c1-cam-1": 1}


async def test_an_answer_waited_in_memory_for_the_slowest_device(tmp_path: Path) -> None:
    """All devices are looked at side by side; each answer is journalled as it lands."""
    w = world(cameras(1, 3), tmp_path)
    jobs = [work(step(f"c1-cam-{n}/03-osd")) for n in (1, 2, 3)]

    found = await settler(w).settle([(j, j.steps[0]) for j in jobs])

    assert {s.outcome for s in found.values()} == {"not_applied"}
    assert (len(found), w.journal.appends) == (3, 3)


async def test_nothing_to_settle_writes_nothing(tmp_path: Path) -> None:
    """No empty transaction."""
    w = world(cameras(1, 1), tmp_path)

    assert await settler(w).settle([]) == {}
    assert w.journal.appends == 0


async def prove(
    w: World, one: Step, seen: Settlement, meanwhile: Callable[[], None] | None = None
) -> Settlement:
    """Complete a settlement by the registrar's word."""
    if meanwhile is not None:
        meanwhile()
    proof = RegistrationProof.of(w.city, w.upper, w.clock)
    return await proof.settle(work(one, kind=DeviceKind.RECORDER), one, seen)


@pytest.mark.parametrize(
    ("version", "enabled", "outcome"),
    [(2, True, "done"), (1, True, "in_doubt"), (2, False, "in_doubt")],
)
async def test_our_registrar_says_which_version_came(
    tmp_path: Path, version: int, enabled: bool, outcome: str
) -> None:
    """Only the wanted version proves; an older one, or no registration, leaves it in doubt."""
    w = world(uplinked(), tmp_path)
    register(w, version, enabled)

    seen = await prove(w, GB, Settlement("done", "readback", {"gb_enabled": True}))

    assert seen.outcome == outcome
    assert seen.observed == {"gb_enabled": True}
    assert (seen.evidence == "registration") is (outcome == "done")
    waited = w.clock.boot() - 1000.0
    assert waited >= (0 if outcome == "done" else REGISTER_WAIT_S)


async def test_a_registrar_that_tells_no_version_proves_nothing(tmp_path: Path) -> None:
    """Registered, with whatever password: the step is in doubt and named."""
    w = world(uplinked(), tmp_path)
    register(w)
    w.upper.tells_version = False

    seen = await prove(w, GB, Settlement("done", "readback"))

    assert seen.outcome == "in_doubt"
    assert seen.fault is not None
    assert seen.fault.field == "gb_password"


@pytest.mark.parametrize(
    ("one", "before", "after"),
    [
        (GB, Settlement("done", "witness"), "done"),
        (GB, Settlement("done", "readback"), "done"),
        (GB_ALONE, Settlement("done", "accepted"), "done"),
        (GB_ALONE, Settlement("unproven"), "in_doubt"),
    ],
)
async def test_an_operators_platform_cannot_be_asked(
    tmp_path: Path, one: Step, before: Settlement, after: str
) -> None:
    """Readable fields of the same request are the witness; without any nobody can tell."""
    w = world(uplinked("operator"), tmp_path)
    register(w)

    assert (await prove(w, one, before)).outcome == after
    assert w.upper.asked == []


@pytest.mark.parametrize(("version", "outcome"), [(2, "done"), (1, "not_applied")])
async def test_a_password_without_witness_is_told_by_the_registrar(
    tmp_path: Path, version: int, outcome: str
) -> None:
    """Unproven by looking: the registrar saw it, or it may be written."""
    w = world(uplinked(), tmp_path)
    register(w, version)

    assert (await prove(w, GB_ALONE, Settlement("unproven"))).outcome == outcome


@pytest.mark.parametrize("outcome", ["failed", "stale", "in_doubt", "not_applied"])
async def test_only_a_done_step_needs_a_proof(tmp_path: Path, outcome: str) -> None:
    """A step that did not succeed is not asked about."""
    w = world(uplinked(), tmp_path)

    assert (await prove(w, GB, Settlement(outcome))).outcome == outcome
    assert w.upper.asked == []


async def test_a_step_without_a_sip_password_is_not_asked_about(tmp_path: Path) -> None:
    """Channel ids alone need no registration."""
    w = world(uplinked(), tmp_path)
    channels = step("c1-nvr-1/01-channels", change("gb_channel_ids", [], ["1"]))

    assert (await prove(w, channels, Settlement("done"))).outcome == "done"
    assert w.upper.asked == []


@pytest.mark.parametrize(
    ("seen", "missing", "extra", "spare"),
    [
        (["a", "b"], (), (), ()),
        (["b", "a", "a"], (), (), ()),
        (["a"], ("b",), (), ()),
        (["a", "b", "z"], (), ("z",), ()),
        (["a", "b", "s"], (), (), ("s",)),
        ([], ("a", "b"), (), ()),
    ],
)
def test_catalogs_are_compared_as_sets(
    seen: list[str], missing: tuple[str, ...], extra: tuple[str, ...], spare: tuple[str, ...]
) -> None:
    """Declared a, b and spare s: order and repetition do not count, spares are no fault."""
    gap = compare_catalog(["a", "b", "s"], ["s"], seen)

    assert (gap.missing, gap.extra, gap.spare) == (missing, extra, spare)


def works() -> list[DeviceWork]:
    """The recorder's work."""
    return [work(GB, kind=DeviceKind.RECORDER)]


@pytest.mark.parametrize(
    ("channels", "words"),
    [
        (["ch-1"], []),
        (["ch-1", "ch-spare"], []),
        ([], ["its catalog misses ch-1"]),
        (["ch-1", "phantom"], ["has phantom too many"]),
    ],
)
async def test_the_verifier_compares_the_catalog(
    tmp_path: Path, channels: list[str], words: list[str]
) -> None:
    """What the registrar got from the recorder against the inventory."""
    w = world(uplinked(), tmp_path)
    register(w)
    w.devices["c1-nvr-1"].fields["gb_channel_ids"] = channels
    verifier = Verifier(w.city, w.upper, w.clock)

    found = await verifier.judge(works(), {"c1-nvr-1": {"problems": []}})

    assert len(found["c1-nvr-1"]) == len(words)
    for problem, word in zip(found["c1-nvr-1"], words, strict=True):
        assert word in problem.en
        assert "目录" in problem.zh


async def test_the_verifier_waits_for_a_recorder_to_register(tmp_path: Path) -> None:
    """Not registered is a problem only when it stays so."""
    w = world(uplinked(), tmp_path)
    verifier = Verifier(w.city, w.upper, w.clock)

    (problem,) = (await verifier.judge(works(), {"c1-nvr-1": {}}))["c1-nvr-1"]

    assert "does not see it registered" in problem.en
    assert len(w.upper.asked) > 5


async def test_the_verifier_asks_nobody_for_an_operators_uplink(tmp_path: Path) -> None:
    """The police's platform is not ours to ask."""
    w = world(uplinked("operator"), tmp_path)

    found = await Verifier(w.city, w.upper, w.clock).judge(works(), {"c1-nvr-1": {}})

    assert found == {"c1-nvr-1": []}
    assert w.upper.asked == []


async def test_the_verifier_names_what_was_not_read_again(tmp_path: Path) -> None:
    """Silence is a problem, a fault is one in both languages, and a field by its name."""
    w = world(cameras(1, 3), tmp_path)
    jobs = [work(step(f"c1-cam-{n}/03-osd")) for n in (1, 2, 3)]
    looked = {
        "c1-cam-2": {"fault": {"en": "no connection", "zh": "无法连接"}},
        "c1-cam-3": {"problems": ["osd_text", "time_mode"]},
    }
    verifier = Verifier(w.city, w.upper, w.clock)

    found = await verifier.judge(jobs, looked)

    assert [t.en for t in found["c1-cam-1"]] == ["it was not read again"]
    assert [t.zh for t in found["c1-cam-2"]] == ["无法连接"]
    assert [t.en.split()[0] for t in found["c1-cam-3"]] == ["osd_text", "time_mode"]
    fault = verifier.fault("c1-cam-3", found["c1-cam-3"])
    assert fault.code == "not_kept"
    assert "；" in fault.zh
