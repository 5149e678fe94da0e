"""Which login is in force, which version is proven, and how often a wrong one is tried."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from fleet.model.change import Fidelity, FieldChange
from fleet.model.device import Login
from fleet.model.errors import (
    DeviceError,
    LoginBudgetSpent,
    LoginRefused,
    SecretError,
    WriteRefused,
)
from fleet.model.observation import Fault
from fleet.model.secret import SecretRef
from fleet.model.text import text
from fleet.rollout import records
from fleet.rollout.credentials import BUDGET, Credentials, Proven
from fleet.rollout.faults import device_error, error_of, fault_of, fault_text
from fleet.rollout.wire import pack_credential, step_values, unpack_credential
from tests.support.fakes import FakeClock, FakeSecrets, Trace, WatchedJournal, value_of
from tests.support.fakes_plans import change, step

BOOT = SecretRef(source="vault", name="boot")
V1 = SecretRef(source="generated", name="device/d1/admin")
V2 = V1.model_copy(update={"version": 2})
LOGIN = Login(user="admin", password=BOOT)
REFUSED = Fault(code="login_refused", en="no", zh="否", attempts_left=4)


@pytest.fixture
def journal() -> WatchedJournal:
    """An empty journal."""
    return WatchedJournal(FakeClock(), Trace())


def password_of(journal: WatchedJournal, login: Login = LOGIN) -> str | None:
    """The password that a new process would use for d1."""
    found = Credentials(FakeSecrets(), Proven.replay(journal)).login("d1", login)
    return found.password.reveal() if found.password else None


def test_without_any_proof_the_bootstrap_login_is_used(journal: WatchedJournal) -> None:
    """As the inventory gives it."""
    assert password_of(journal) == value_of(BOOT)


def test_the_last_proven_version_is_used(journal: WatchedJournal) -> None:
    """Over restarts; another device's proof or another field's does not count."""
    journal.append([records.proven("r1", "d1", "admin_password", V1, "login")])
    assert password_of(journal) == value_of(V1)
    journal.append([records.proven("r2", "d1", "admin_password", V2, "login")])
    journal.append([records.proven("r2", "d2", "admin_password", V1, "login")])
    journal.append([records.proven("r2", "d1", "gb_password", V1, "registration")])
    assert password_of(journal) == value_of(V2)


def test_snmp_logins_have_two_keys() -> None:
    """User, auth and priv by reference (RFC 3414)."""
    login = Login(user="fleet", auth=BOOT, priv=V1)
    found = Credentials(FakeSecrets(), Proven()).login("g1", login)

    assert found.password is None
    assert found.auth is not None
    assert found.priv is not None
    assert (found.auth.reveal(), found.priv.reveal()) == (value_of(BOOT), value_of(V1))


def test_a_refused_login_is_not_tried_for_half_an_hour(journal: WatchedJournal) -> None:
    """Over restarts, to the second; the text says how long."""
    clock = journal.clock
    journal.append([records.refused("d1", REFUSED)])
    proven = Proven.replay(journal)

    with pytest.raises(LoginBudgetSpent) as caught:
        proven.check_budget("d1", clock.now())
    assert "30 min" in caught.value.summary.en
    clock.seconds += BUDGET.total_seconds() - 1
    with pytest.raises(LoginBudgetSpent) as caught:
        proven.check_budget("d1", clock.now())
    assert "1 min" in caught.value.summary.en
    assert "1 分钟" in caught.value.summary.zh
    clock.seconds += 1
    assert proven.check_budget("d1", clock.now()) is None


def test_the_budget_is_each_devices_own(journal: WatchedJournal) -> None:
    """Another device is not held back."""
    journal.append([records.refused("d1", REFUSED)])

    assert Proven.replay(journal).check_budget("d2", journal.clock.now()) is None


def test_a_login_proven_after_a_refusal_ends_the_waiting(journal: WatchedJournal) -> None:
    """In the order of the records: a refusal that came before the proof is over."""
    journal.append([records.refused("d1", REFUSED)])
    journal.append([records.proven("r1", "d1", "admin_password", V1, "login")])
    assert Proven.replay(journal).refused_at == {}

    journal.append([records.refused("d1", REFUSED)])
    assert set(Proven.replay(journal).refused_at) == {"d1"}


def test_a_sip_password_does_not_end_the_waiting(journal: WatchedJournal) -> None:
    """It is no login of ours."""
    journal.append([records.refused("d1", REFUSED)])
    journal.append([records.proven("r1", "d1", "gb_password", V1, "registration")])

    assert set(Proven.replay(journal).refused_at) == {"d1"}


def test_values_of_a_step_are_its_write_only_ones() -> None:
    """Literals stay as sealed; secrets come from the grant."""
    secret = FieldChange(field="admin_password", secret=V2, fidelity=Fidelity.UNKNOWN)
    one = step("d1/05-user", change("x", 1, 2), secret)
    values = Credentials(FakeSecrets(), Proven()).values(one)

    assert {k: v.reveal() for k, v in values.items()} == {"admin_password": value_of(V2)}
    sent = step_values(one, values)
    assert sent == {"x": 2, "admin_password": values["admin_password"]}


def test_a_missing_secret_is_found_before_anything_starts() -> None:
    """Exit 9, with its name."""
    secrets = FakeSecrets()
    secrets.missing.add(str(V2))
    credentials = Credentials(secrets, Proven())

    assert credentials.check([None, BOOT, V1]) is None
    with pytest.raises(SecretError, match="version=2"):
        credentials.check([BOOT, V2])


def test_a_login_survives_its_message_and_does_not_show_itself() -> None:
    """Packed for the private socket alone; its text says nothing."""
    login = Login(user="fleet", auth=BOOT, priv=V1)
    found = Credentials(FakeSecrets(), Proven()).login("g1", login)
    again = unpack_credential(pack_credential(found))

    assert (again.user, again.password, again.auth, again.priv) == (
        found.user, None, found.auth, found.priv,
    )  # fmt: skip
    assert "value of" not in repr(found) + str(found.auth)


@pytest.mark.parametrize(
    "error",
    [
        LoginRefused("d1", text("no", "否"), text("fix", "改"), attempts_left=3),
        WriteRefused("d1", text("no", "否"), field="osd_text"),
        LoginBudgetSpent("d1", text("no", "否")),
        DeviceError("d1", text("no", "否")),
    ],
)
def test_a_device_error_survives_as_a_value(error: DeviceError) -> None:
    """Class, texts in both languages, field and attempts left come back."""
    again = error_of("d1", fault_of(error))

    assert type(again) is type(error)
    assert (again.summary, again.fix, again.field) == (error.summary, error.fix, error.field)
    assert fault_of(again) == fault_of(error)
    assert fault_text(fault_of(error)) == error.summary


@pytest.mark.parametrize(
    "make", [lambda: SecretError(text("s", "密")), lambda: WriteRefused("d1", text("w", "写"))]
)
def test_any_error_becomes_its_devices_own(make: Callable[[], DeviceError]) -> None:
    """A device error stays what it is; another is told in the device's name."""
    error = make()
    found = device_error("d1", error)

    assert (found.device, found.summary) == ("d1", error.summary)
    assert (found is error) is isinstance(error, DeviceError)
