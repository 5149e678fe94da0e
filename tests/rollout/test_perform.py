"""One step on one device, and one step found again by looking: every way it can end."""

from __future__ import annotations

import pytest

from fleet.model.change import Fidelity, FieldChange, Step
from fleet.model.device import DeviceKind
from fleet.model.secret import Secret, SecretRef
from fleet.ports.driver import Credential
from fleet.rollout.grant import Grant
from fleet.rollout.perform import observe_step, perform
from fleet.rollout.settlement import Settlement
from tests.support.fakes import FakeClock, Trace
from tests.support.fakes_devices import FakeDevice, FakeDriver, Fault
from tests.support.fakes_plans import change, step, work

OLD, NEW = "old-Passw0rd", "new-Passw0rd"
REF = SecretRef(source="generated", name="device/c1-cam-1/admin")
PASSWORD = FieldChange(field="admin_password", secret=REF, fidelity=Fidelity.UNKNOWN)
SIP = FieldChange(field="gb_password", secret=REF, fidelity=Fidelity.UNKNOWN)
OSD = step()
USER = step("c1-cam-1/05-user", PASSWORD)
GB = step("c1-cam-1/02-gb28181", change("gb_enabled", False, True), SIP)
GB_ALONE = step("c1-cam-1/02-gb28181", SIP)
TIME = step("c1-cam-1/01-time", change("time_mode", "manual", "ntp"), change("time_zone", "a", "b"))


class Bench:
    """One device on a bench, with a driver and a grant."""

    def __init__(self, *faults: Fault, kind: DeviceKind = DeviceKind.CAMERA) -> None:
        self.clock = FakeClock()
        self.kind = kind
        self.device = FakeDevice(
            "c1-cam-1", self.clock, Trace(), "S-c1-cam-1", OLD, faults=list(faults)
        )
        self.device.fields = {
            "osd_text": "", "time_mode": "manual", "time_zone": "a", "gb_enabled": False,
            "close_delay_s": 0, "auth_ways": ["card"],
        }  # fmt: skip
        self.driver = FakeDriver({"c1-cam-1": self.device})
        secrets = {"admin_password": Secret(NEW), "gb_password": Secret("sip")}
        self.grant = Grant(Credential("admin", Secret(OLD)), secrets, self.clock.boot() + 30)

    async def perform(self, one: Step = OSD) -> Settlement:
        """Do a step."""
        target = work(one, kind=self.kind).target
        return await perform(self.driver, target, one, self.grant_for(one), self.clock)

    async def look(self, one: Step = OSD) -> Settlement:
        """Find out by looking."""
        target = work(one, kind=self.kind).target
        return await observe_step(self.driver, target, one, self.grant_for(one))

    def grant_for(self, one: Step) -> Grant:
        """A grant with the secrets of the step alone, as the server gives it."""
        mine = {c.field: self.grant.secrets[c.field] for c in one.write_only}
        return Grant(self.grant.credential, mine, self.grant.deadline)


def code(seen: Settlement) -> str | None:
    """The code of a settlement's fault."""
    return seen.fault.code if seen.fault else None


async def test_a_kept_write_is_done_by_its_read_back() -> None:
    """One write, seen on a new connection."""
    b = Bench()
    seen = await b.perform()

    assert (seen.outcome, seen.evidence, seen.observed) == (
        "done",
        "readback",
        {"osd_text": "东门"},
    )
    assert b.device.writes == [("osd", ("osd_text",))]


async def test_only_sealed_fields_are_sent() -> None:
    """The other field of the same resource is not in the request."""
    b = Bench()
    await b.perform(step("c1-cam-1/01-time", change("time_mode", "manual", "ntp")))

    assert b.device.writes == [("time", ("time_mode",))]
    assert b.device.fields["time_zone"] == "a"


async def test_a_changed_value_is_stale_and_untouched() -> None:
    """The live value is not the sealed one: named with field and value, nothing sent."""
    b = Bench()
    b.device.fields["osd_text"] = "somebody's"
    seen = await b.perform()

    assert (seen.outcome, code(seen)) == ("stale", "stale")
    assert seen.fault is not None
    assert (seen.fault.field, "somebody's" in seen.fault.en) == ("osd_text", True)
    assert b.device.writes == []


async def test_a_value_that_is_already_there_is_stale_too() -> None:
    """Somebody set it by hand to what is wanted: still not what was sealed, and not written."""
    b = Bench()
    b.device.fields["osd_text"] = "东门"

    assert (await b.perform()).outcome == "stale"
    assert b.device.writes == []


async def test_ways_in_another_order_are_not_stale() -> None:
    """The live value is compared as the set it is."""
    b = Bench(kind=DeviceKind.DOOR)
    b.device.fields["auth_ways"] = ["face", "card"]
    reader = step("c1-cam-1/02-reader", change("auth_ways", ["card", "face"], ["card"]))

    assert (await b.perform(reader)).outcome == "done"


async def test_a_permit_that_ran_out_is_given_back_unwritten() -> None:
    """The reading took longer than the permit lasts."""
    b = Bench()
    b.grant = Grant(b.grant.credential, b.grant.secrets, b.clock.boot())
    seen = await b.perform()

    assert (seen.outcome, code(seen)) == ("not_applied", "too_slow")
    assert b.device.writes == []


@pytest.mark.parametrize(
    ("how", "outcome", "fault"),
    [
        ("refuse", "failed", "write_refused"),
        ("keeps_nothing", "failed", "not_kept"),
        ("break_before", "failed", "unreachable"),
        ("break_after", "done", None),
        ("garbage", "done", None),
        ("half", "failed", "unreachable"),
    ],
)
async def test_a_write_ends_as_what_the_device_shows(
    how: str, outcome: str, fault: str | None
) -> None:
    """Broken lines and answers that nobody understands are looked into, never sent again."""
    b = Bench(Fault(how))
    if how == "half":
        b.device.faults = [Fault("break_before")]
    seen = await b.perform()

    assert (seen.outcome, code(seen)) == (outcome, fault)
    assert len(b.device.writes) == 1


async def test_a_write_that_arrived_by_half_is_in_doubt() -> None:
    """Some fields are new and some are old: named, not touched again."""
    b = Bench(Fault("half"))
    seen = await b.perform(TIME)

    assert (seen.outcome, code(seen)) == ("in_doubt", "not_kept")
    assert seen.observed == {"time_mode": "ntp", "time_zone": "a"}
    assert len(b.device.writes) == 1


@pytest.mark.parametrize("late", [0.1, 1.7, 1.99])
async def test_a_late_application_is_waited_out_before_looking(late: float) -> None:
    """Within the driver's longest apply time the device may still do it."""
    b = Bench(Fault("late", late_s=late))

    assert (await b.perform()).outcome == "done"
    assert b.clock.slept[0] == b.driver.apply_time_max_s


async def test_a_device_that_stays_away_is_in_doubt() -> None:
    """Looked for several times, then told as it is: nobody knows."""
    b = Bench(Fault("blind", late_s=1e6))
    seen = await b.perform()

    assert (seen.outcome, code(seen)) == ("in_doubt", "unreachable")
    assert len(b.clock.slept) == 5


async def test_a_device_that_comes_back_is_settled() -> None:
    """A reboot amid the write: seen again after some seconds, and done."""
    b = Bench(Fault("blind", late_s=5))

    assert (await b.perform()).outcome == "done"


async def test_a_wrong_login_fails_without_a_write() -> None:
    """One attempt is spent, not more."""
    b = Bench()
    b.device.password = "changed by hand"
    seen = await b.perform()

    assert (seen.outcome, code(seen), b.device.wrong_logins) == ("failed", "login_refused", 1)
    assert seen.fault is not None
    assert seen.fault.attempts_left == 4


async def test_the_wrong_device_is_told_before_any_login() -> None:
    """Another serial: nothing is sent to it, not even a password."""
    b = Bench()
    b.device.serial = "S-other"

    assert code(await b.perform()) == "wrong_identity"
    assert (b.device.logins, b.device.wrong_logins, b.device.writes) == (0, 0, [])


async def test_a_password_proves_itself_by_a_login() -> None:
    """Write-only: done when the new one logs in, with that as the evidence."""
    b = Bench()
    seen = await b.perform(USER)

    assert (seen.outcome, seen.evidence, seen.observed) == ("done", "login", {})
    assert b.device.password == NEW


async def test_a_password_that_was_not_kept_fails_after_one_try() -> None:
    """Accepted and not in force: one wrong login is spent to know it."""
    b = Bench(Fault("keeps_nothing"))
    seen = await b.perform(USER)

    assert (seen.outcome, code(seen), b.device.wrong_logins) == ("failed", "not_kept", 1)


@pytest.mark.parametrize(("how", "outcome"), [("break_after", "done"), ("break_before", "failed")])
async def test_a_password_whose_line_broke_is_tried_once(how: str, outcome: str) -> None:
    """A login with the new one tells; below the device's lock-out."""
    b = Bench(Fault(how))

    assert (await b.perform(USER)).outcome == outcome
    assert b.device.wrong_logins <= 1


async def test_a_rounded_value_is_done_when_it_moved() -> None:
    """A predicted field need not be the wanted one, but it must not be the old one."""
    delay = FieldChange(field="close_delay_s", before=0, after=7, fidelity=Fidelity.PREDICTED)
    gate = step("c1-cam-1/01-gate", delay)
    b = Bench(Fault("break_after"), kind=DeviceKind.GATE)
    assert (await b.perform(gate)).outcome == "done"
    b.device.fields["close_delay_s"] = 6
    assert (await b.look(gate)).outcome == "done"
    b.device.fields["close_delay_s"] = 0
    assert (await b.look(gate)).outcome == "not_applied"


@pytest.mark.parametrize(
    ("fields", "outcome"),
    [
        ({"time_mode": "ntp", "time_zone": "b"}, "done"),
        ({"time_mode": "manual", "time_zone": "a"}, "not_applied"),
        ({"time_mode": "ntp", "time_zone": "a"}, "in_doubt"),
        ({"time_mode": "platform", "time_zone": "c"}, "in_doubt"),
    ],
)
async def test_looking_tells_after_before_or_doubt(fields: dict[str, str], outcome: str) -> None:
    """All new, all old, or anything else; nothing is written while looking."""
    b = Bench()
    b.device.fields.update(fields)
    seen = await b.look(TIME)

    assert (seen.outcome, seen.observed) == (outcome, fields)
    assert b.device.writes == []


async def test_a_device_that_cannot_be_read_is_asked_again_later() -> None:
    """Unreachable is no verdict; the wrong device or a refused login is one."""
    b = Bench()
    b.device.unreachable = True
    assert (await b.look()).outcome == "unreadable"
    b.device.unreachable, b.device.serial = False, "S-other"
    assert (await b.look()).outcome == "in_doubt"


@pytest.mark.parametrize(("there", "outcome"), [(True, "done"), (False, "not_applied")])
async def test_readable_fields_of_the_request_are_the_witness(there: bool, outcome: str) -> None:
    """They arrived with the SIP password or not at all."""
    b = Bench(kind=DeviceKind.RECORDER)
    b.device.fields["gb_enabled"] = there
    seen = await b.look(GB)

    assert (seen.outcome, seen.evidence) == (outcome, "witness" if there else "")


async def test_a_sip_password_alone_has_no_witness() -> None:
    """Left to the registrar."""
    b = Bench(kind=DeviceKind.RECORDER)

    assert (await b.look(GB_ALONE)).outcome == "unproven"


@pytest.mark.parametrize(("password", "outcome"), [(NEW, "done"), (OLD, "not_applied")])
async def test_a_password_is_looked_for_by_one_login(password: str, outcome: str) -> None:
    """Logs in with the new one, or still has the old one."""
    b = Bench()
    b.device.password = password

    assert (await b.look(USER)).outcome == outcome
    assert b.device.wrong_logins <= 1


def test_a_settlement_survives_its_message() -> None:
    """Packed and unpacked it is the same."""
    b = Settlement("in_doubt", "witness", {"a": ["x"], "b": True}, reboot_pending=("cloud",))

    assert Settlement.unpack(b.pack()) == b
    with pytest.raises(KeyError):
        Settlement.unpack({})
