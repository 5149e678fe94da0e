"""The permit server against peers that say what the test wants: order, limits, refusals."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from fleet.model.change import Fidelity, FieldChange
from fleet.model.fleet import RolloutLimits
from fleet.model.secret import SecretRef
from fleet.rollout.permits import PERMIT_S
from tests.support.fakes_permits import Room, room
from tests.support.fakes_plans import step, work

SECRET = SecretRef(source="generated", name="device/c1-cam-1/admin", version=2)
USER = FieldChange(field="admin_password", secret=SECRET, fidelity=Fidelity.UNKNOWN)
ONE = "c1-cam-1/03-osd"
TWO = "c1-cam-2/03-osd"


async def test_a_worker_gets_its_own_compound_and_no_secret(tmp_path: Path) -> None:
    """The jobs are the compound's works; a credential travels only in a grant."""
    other = work(step("c2-cam-1/03-osd"))
    r = Room(tmp_path, [work(step(ONE)), other])
    async with r.open() as peer:
        assert peer.jobs is not None
        assert [j["target"]["device"] for j in peer.jobs["jobs"]] == ["c1-cam-1"]
        assert "value of" not in str(peer.jobs)


async def test_an_intent_is_durable_before_its_grant(tmp_path: Path) -> None:
    """When the grant arrives, the record is there; with the boot time and boot it was made in."""
    r = room(tmp_path)
    async with r.open() as peer:
        await peer.ask(ONE, number=7)
        grant = await peer.hear()

        assert (grant["grant"], grant["ask"]) == (ONE, 7)
        (intent,) = r.journal.kinds("step.intent")
        assert intent.data == {
            "step": ONE,
            "boottime_ms": 1_000_000,
            "boot_id": "boot-of-these-tests",
        }


async def test_the_asker_is_journalled_before_anything_is_granted(tmp_path: Path) -> None:
    """Peer pid, start time and boot id stand in the journal: a resume can prove it dead."""
    r = room(tmp_path)
    async with r.open() as peer:
        await peer.ask(ONE)
        await peer.hear()

    kinds = [x.kind for x in r.journal.records()]
    assert kinds[:2] == ["tree", "step.intent"]
    (tree,) = r.journal.kinds("tree")
    assert tree.data["processes"][0]["start"] == r.processes.start


async def test_a_grant_carries_login_values_and_a_deadline(tmp_path: Path) -> None:
    """Write-only values are resolved for the grant alone."""
    r = Room(tmp_path, [work(step("c1-cam-1/05-user", USER))])
    async with r.open() as peer:
        await peer.ask("c1-cam-1/05-user")
        grant = await peer.hear()

    assert grant["credential"] == {"user": "admin", "password": "value of device/bootstrap v1"}
    assert grant["secrets"] == {"admin_password": "value of device/c1-cam-1/admin v2"}
    assert grant["deadline"] == r.clock.boot() + PERMIT_S
    assert "value of" not in str([x.data for x in r.journal.records()])


async def test_a_settled_password_is_proven_and_used_from_then_on(tmp_path: Path) -> None:
    """The next grant of the same device logs in with the new one."""
    r = Room(tmp_path, [work(step("c1-cam-1/05-user", USER), step("c1-cam-1/06-x"))])
    async with r.open() as peer:
        await peer.ask("c1-cam-1/05-user")
        await peer.hear()
        await peer.settle("c1-cam-1/05-user", evidence="login")
        assert (await peer.hear())["go"] == "done"
        await peer.ask("c1-cam-1/06-x")
        assert (await peer.hear())["credential"]["password"] == "value of device/c1-cam-1/admin v2"

    (proven,) = r.journal.kinds("credential.proven")
    assert proven.data["ref"] == "secret://generated/device/c1-cam-1/admin?version=2"


async def test_a_settlement_is_durable_before_it_is_answered(tmp_path: Path) -> None:
    """The final word comes with its record."""
    r = room(tmp_path)
    async with r.open() as peer:
        await peer.ask(ONE)
        await peer.hear()
        await peer.settle(ONE, evidence="readback", observed={"osd_text": "东门"})
        answer = await peer.hear()

        assert answer == {"device": "c1-cam-1", "settled": ONE, "go": "done"}
        (settled,) = r.journal.kinds("step.settled")
        assert settled.data["observed"] == {"osd_text": "东门"}


async def test_no_more_devices_than_the_limit_are_under_change(tmp_path: Path) -> None:
    """Two tolerated of five: three grants; the next one only when one has settled."""
    r = room(tmp_path, 5, limits=RolloutLimits(tolerated_failures=2))
    async with r.open() as peer:
        for n in range(1, 6):
            await peer.ask(f"c1-cam-{n}/03-osd", number=n)
        assert {(await peer.hear())["ask"] for _ in range(3)} == {1, 2, 3}
        assert await peer.nothing()
        await peer.settle(ONE)
        assert (await peer.hear())["settled"] == ONE
        assert (await peer.hear())["ask"] == 4
        assert await peer.nothing()

    assert len(r.journal.kinds("step.intent")) == 4


async def test_a_failure_takes_a_place_away(tmp_path: Path) -> None:
    """With one tolerated: after a failure only one device goes at a time."""
    r = room(tmp_path, 4, limits=RolloutLimits(tolerated_failures=1))
    async with r.open() as peer:
        for n in range(1, 5):
            await peer.ask(f"c1-cam-{n}/03-osd", number=n)
        await peer.hear()
        await peer.hear()
        await peer.settle(ONE, "failed")
        assert (await peer.hear())["go"] == "failed"
        assert await peer.nothing()
        await peer.settle(TWO, "done")
        assert (await peer.hear())["go"] == "done"
        assert (await peer.hear())["ask"] == 3
        assert await peer.nothing()


async def test_at_the_threshold_everybody_who_waits_is_refused(tmp_path: Path) -> None:
    """None tolerated and one failed: no further intent, the others hear why."""
    r = room(tmp_path, 3)
    async with r.open() as peer:
        await peer.ask(ONE)
        await peer.ask(TWO)
        await peer.hear()
        await peer.settle(ONE, "failed")
        assert (await peer.hear())["go"] == "failed"
        assert await peer.hear() == {"device": "c1-cam-2", "refuse": "threshold"}
        await peer.ask("c1-cam-3/03-osd")
        assert await peer.hear() == {"device": "c1-cam-3", "refuse": "threshold"}

    assert [x.data["step"] for x in r.journal.kinds("step.intent")] == [ONE]


@pytest.mark.parametrize("why", ["pause", "abort", "interrupt"])
async def test_a_stopped_rollout_grants_nothing(tmp_path: Path, why: str) -> None:
    """The answer says why."""
    r = room(tmp_path)
    r.book.stop = why
    async with r.open() as peer:
        await peer.ask(ONE)
        assert await peer.hear() == {"device": "c1-cam-1", "refuse": why}

    assert r.journal.kinds("step.intent") == []


async def test_an_ask_whose_deadline_is_over_is_dropped_before_an_intent(tmp_path: Path) -> None:
    """A worker that gave up gets no permit behind its back."""
    r = room(tmp_path)
    async with r.open() as peer:
        await peer.ask(ONE, deadline=r.clock.boot())
        assert await peer.nothing()

    assert r.journal.kinds("step.intent") == []


async def test_an_ask_that_ran_out_while_waiting_is_dropped(tmp_path: Path) -> None:
    """It waited for a free place until its own deadline was over."""
    r = room(tmp_path, 2)
    async with r.open() as peer:
        await peer.ask(ONE)
        await peer.hear()
        await peer.ask(TWO, deadline=r.clock.boot() + 5)
        assert await peer.nothing()
        r.clock.seconds += 6
        await peer.settle(ONE)
        assert (await peer.hear())["settled"] == ONE
        assert await peer.nothing()

    assert len(r.journal.kinds("step.intent")) == 1


async def test_an_asker_that_died_gets_no_intent(tmp_path: Path) -> None:
    """Its process is gone though its socket is still open (a child may hold it)."""
    r = room(tmp_path)
    async with r.open() as peer:
        r.processes.dead.add(r.processes.start)
        await peer.ask(ONE)
        assert await peer.nothing()

    assert r.journal.kinds("step.intent") == []


async def test_an_asker_that_hung_up_while_waiting_gets_no_intent(tmp_path: Path) -> None:
    """Its wish is forgotten with its connection; another worker's is granted."""
    r = room(tmp_path, 2)
    async with r.open() as peer:
        await peer.ask(ONE)
        await peer.hear()
        other = await r.peer()
        await other.ask(TWO)
        assert await other.nothing()
        other.writer.close()
        await peer.settle(ONE)
        assert (await peer.hear())["settled"] == ONE
        assert await peer.nothing()

    assert [x.data["step"] for x in r.journal.kinds("step.intent")] == [ONE]


async def test_after_the_runner_returned_nothing_is_granted(tmp_path: Path) -> None:
    """Whoever still asks is nobody's worker, and a new one is not even welcomed."""
    r = room(tmp_path)
    async with r.open() as peer:
        r.server.stop_granting()
        await peer.ask(ONE)
        assert await peer.hear() == {"device": "c1-cam-1", "refuse": "closed"}
        late = await r.peer()
        assert late.jobs is None

    assert r.journal.kinds("step.intent") == []


async def test_a_step_that_is_permitted_is_not_permitted_again(tmp_path: Path) -> None:
    """A second wish for the same step waits until the first permit is settled."""
    r = room(tmp_path, limits=RolloutLimits(tolerated_failures=5))
    async with r.open() as peer:
        await peer.ask(ONE, number=1)
        assert (await peer.hear())["ask"] == 1
        await peer.ask(ONE, number=2)
        assert await peer.nothing()
        assert len(r.journal.kinds("step.intent")) == 1
        await peer.settle(ONE, "not_applied")
        assert (await peer.hear())["go"] == "not_applied"
        assert (await peer.hear())["ask"] == 2


async def test_a_failed_device_gets_no_further_permit(tmp_path: Path) -> None:
    """Its next step is refused, also when others may go on."""
    r = Room(
        tmp_path,
        [work(step(ONE), step("c1-cam-1/04-cloud"))],
        limits=RolloutLimits(tolerated_failures=3),
    )
    async with r.open() as peer:
        await peer.ask(ONE)
        await peer.hear()
        await peer.settle(ONE, "failed")
        await peer.hear()
        await peer.ask("c1-cam-1/04-cloud")
        assert (await peer.hear())["refuse"] == "closed"


async def test_a_login_that_was_refused_lately_is_not_granted(tmp_path: Path) -> None:
    """The budget holds over restarts: the device fails without a try, and says why."""
    r = room(tmp_path)
    r.credentials.proven.refuse("c1-cam-1", r.clock.now())
    async with r.open() as peer:
        await peer.ask(ONE)
        assert (await peer.hear())["refuse"] == "budget"

    assert r.book.failed == {"c1-cam-1"}
    assert [e.fault.code for e in r.events if e.fault] == ["login_budget"]
    assert r.journal.kinds("step.intent") == []


async def test_a_secret_that_is_gone_fails_its_device_and_no_other(tmp_path: Path) -> None:
    """Nobody waits for ever: the wish is refused before an intent, the next one is granted."""
    r = Room(
        tmp_path,
        [work(step("c1-cam-1/05-user", USER)), work(step(TWO))],
        limits=RolloutLimits(tolerated_failures=3),
    )
    r.secrets.missing.add(str(SECRET))
    async with r.open() as peer:
        await peer.ask("c1-cam-1/05-user")
        assert (await peer.hear())["refuse"] == "secret"
        await peer.ask(TWO)
        assert (await peer.hear())["grant"] == TWO

    assert [x.data["step"] for x in r.journal.kinds("step.intent")] == [TWO]


@pytest.mark.parametrize("when", ["welcome", "intent", "settlement"])
async def test_a_failing_journal_hangs_up_on_everybody(tmp_path: Path, when: str) -> None:
    """No grant, no word: the connection is cut, and the failure is kept for the rollout."""
    r = room(tmp_path)
    r.journal.fail_at = {"welcome": 1, "intent": 2, "settlement": 3}[when]
    async with r.serve():
        peer = await r.peer()
        if when == "welcome":
            assert peer.jobs is None
        else:
            await peer.ask(ONE)
            if when == "settlement":
                assert (await peer.hear())["grant"] == ONE
                await peer.settle(ONE)
            assert await peer.hung_up()
        assert r.server.broken is not None
        again = await r.peer()
        assert again.jobs is None


async def test_a_settlement_that_arrived_is_kept_though_the_runner_is_gone(tmp_path: Path) -> None:
    """Drain journals it; what was granted and never settled stays named."""
    r = room(tmp_path, 2, limits=RolloutLimits(tolerated_failures=1))
    async with r.open() as peer:
        await peer.ask(ONE)
        await peer.ask(TWO)
        await peer.hear()
        await peer.hear()
        await peer.settle(ONE)
        await peer.hear()
        r.server.stop_granting()
        await r.server.drain()
        assert [s.id for s in r.server.unsettled()] == [TWO]

    assert [x.data["step"] for x in r.journal.kinds("step.settled")] == [ONE]


@pytest.mark.parametrize(
    "message",
    [
        {"device": "c2-cam-9", "step": ONE, "ask": 1, "deadline": 1e9},
        {"device": "c1-cam-1", "step": "c1-cam-1/99-nothing", "ask": 1, "deadline": 1e9},
        {"device": "c1-cam-1", "step": ONE, "settle": {"outcome": "done"}},
        {"device": "c1-cam-1"},
        {"what": 1},
    ],
)
async def test_a_message_that_fits_nothing_changes_nothing(
    tmp_path: Path, message: dict[str, Any]
) -> None:
    """An unknown device or step, a settlement of what was never granted: no record, no answer."""
    r = room(tmp_path)
    async with r.open() as peer:
        before = len(r.journal.store.kept)
        await peer.say(**message)
        assert await peer.nothing()
        assert len(r.journal.store.kept) == before
        await peer.ask(ONE)
        assert (await peer.hear())["grant"] == ONE


async def test_another_compounds_device_cannot_be_asked_for(tmp_path: Path) -> None:
    """A worker stays within its compound."""
    r = Room(tmp_path, [work(step(ONE)), work(step("c2-cam-1/03-osd"))])
    async with r.open() as peer:
        await peer.ask("c2-cam-1/03-osd")
        assert await peer.nothing()

    assert r.journal.kinds("step.intent") == []


async def test_looking_needs_no_intent(tmp_path: Path) -> None:
    """The verify stage gets a login and writes nothing."""
    r = room(tmp_path, stage="verify")
    async with r.open() as peer:
        await peer.say(device="c1-cam-1", look=True)
        answer = await peer.hear()
        await peer.say(device="c1-cam-1", seen=True, problems=[])
        await peer.nothing()

    assert answer["credential"]["password"] == "value of device/bootstrap v1"
    assert r.journal.kinds("step.intent") == []
    assert r.server.looked["c1-cam-1"]["problems"] == []


async def test_looking_without_a_login_says_so(tmp_path: Path) -> None:
    """A spent budget or a missing secret gives no credential."""
    r = room(tmp_path, stage="verify")
    r.credentials.proven.refuse("c1-cam-1", r.clock.now())
    async with r.open() as peer:
        await peer.say(device="c1-cam-1", look=True)
        assert "refused less than 30 minutes ago" in (await peer.hear())["none"]


async def test_a_server_of_all_stages_serves_the_one_that_is_named(tmp_path: Path) -> None:
    """For a plain ansible-playbook: the hello names the stage."""
    r = Room(tmp_path, [work(step(ONE))], stage="")
    async with r.serve():
        doors, all_of_it = await r.peer(stage="doors"), await r.peer(stage="verify")
        cams = await r.peer(stage="cameras")

    found = [len(p.jobs["jobs"]) for p in (doors, cams, all_of_it) if p.jobs is not None]
    assert found == [0, 1, 1]
