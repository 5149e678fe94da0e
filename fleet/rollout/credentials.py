"""Which login a device has now, by what the journal proves, and whether one may be tried."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from fleet.model.change import Step
from fleet.model.device import Login
from fleet.model.errors import LoginBudgetSpent, LoginRefused
from fleet.model.secret import Secret, SecretRef
from fleet.model.text import text
from fleet.ports.driver import Credential
from fleet.ports.journal import Journal, Record
from fleet.ports.secrets import SecretStore
from fleet.rollout import records
from fleet.rollout.settlement import Settlement

# One wrong login per device and half an hour: far below the usual lock-out of five.
BUDGET = timedelta(minutes=30)
# Stamps of one machine may differ by this much without a clock having been set.
AHEAD = timedelta(minutes=1)
# What `Proven` is made of.
LEARNED = (records.PROVEN, records.REFUSED, records.LIFTED)


@dataclass
class Proven:
    """Write-only fields by device: the reference and version that the journal proves on it."""

    refs: dict[str, dict[str, SecretRef]] = field(default_factory=dict)
    refused_at: dict[str, datetime] = field(default_factory=dict)

    @classmethod
    def replay(cls, journal: Journal) -> Proven:
        """Read it out of the journal."""
        found = cls()
        told = [r for kind in LEARNED for r in journal.records(kind=kind)]
        for record in sorted(told, key=lambda r: r.seq):
            found.learn(record)
        return found

    def learn(self, record: Record) -> None:
        """Take one record of a proof, a refusal or a lifted wait into account."""
        if record.kind == records.REFUSED:
            self.refuse(record.subject, record.at)
        elif record.kind == records.LIFTED:
            self.refused_at.pop(record.subject, None)
        else:
            ref = SecretRef.parse(str(record.data["ref"]))
            self.prove(record.subject, str(record.data["field"]), ref)

    def refuse(self, device: str, at: str) -> None:
        """A login was refused at this time (RFC 3339): the device is left alone for a while."""
        self.refused_at[device] = _time(at)

    def prove(self, device: str, name: str, ref: SecretRef) -> None:
        """A device is proven to hold a version; a proven login also ends its waiting time."""
        self.refs.setdefault(device, {})[name] = ref
        if name == "admin_password":
            self.refused_at.pop(device, None)

    def of(self, device: str) -> dict[str, SecretRef]:
        """What is proven on one device."""
        return self.refs.get(device, {})

    def check_budget(self, device: str, now: str) -> None:
        """Refuse before a login is tried.

        Raises:
            LoginBudgetSpent: this device refused a login less than half an hour ago.
        """
        last = self.refused_at.get(device)
        if last is None or _time(now) - last >= BUDGET:
            return
        if last - _time(now) > AHEAD:
            raise _clock_set_back(device, last)
        minutes = math.ceil((BUDGET - (_time(now) - last)).total_seconds() / 60)
        raise LoginBudgetSpent(
            device,
            text(
                "a login was refused less than 30 minutes ago; not tried again for {m} min",
                "30 分钟内曾登录被拒；{m} 分钟内不再尝试",
                m=minutes,
            ),
            text(
                "correct the password in the vault, then: fleet device unlock {d}; another wrong"
                " try could lock the device",
                "请更正密码库中的口令，然后执行 fleet device unlock {d}；再次错误可能锁定设备",
                d=device,
            ),
        )


@dataclass
class Credentials:
    """Logins and write-only values for grants, resolved as late as possible."""

    secrets: SecretStore
    proven: Proven

    def login(self, device: str, login: Login) -> Credential:
        """The login in force: the password the journal proves, else the bootstrap one."""
        ref = self.proven.of(device).get("admin_password", login.password)
        return Credential(
            login.user,
            password=self._get(ref),
            auth=self._get(login.auth),
            priv=self._get(login.priv),
        )

    def values(self, step: Step) -> dict[str, Secret]:
        """The write-only values that a step sends."""
        return {c.field: self.secrets.resolve(c.secret) for c in step.changes if c.secret}

    def learn(self, step: Step, seen: Settlement, now: str) -> None:
        """Take what a settled step proves, or the login it spent, into account at once."""
        for change in step.write_only:
            if seen.outcome == "done" and change.secret is not None:
                self.proven.prove(step.device, change.field, change.secret)
        if seen.fault is not None and seen.fault.code == LoginRefused.code:
            self.proven.refuse(step.device, now)

    def check(self, refs: Iterable[SecretRef | None]) -> None:
        """Resolve references before anything starts.

        Raises:
            SecretError: one of them is missing.
        """
        for ref in {r for r in refs if r is not None}:
            self.secrets.resolve(ref)

    def _get(self, ref: SecretRef | None) -> Secret | None:
        return None if ref is None else self.secrets.resolve(ref)


def _clock_set_back(device: str, refused_at: datetime) -> LoginBudgetSpent:
    return LoginBudgetSpent(
        device,
        text(
            "a login was refused at {t}, which has not come yet: the clock was set back, and nobody"
            " can tell how long ago that was",
            "{t} 曾登录被拒，而该时刻尚未到来：时钟被拨回，无法得知已过多久",
            t=refused_at.isoformat(timespec="seconds"),
        ),
        text(
            "set the clock right; when the password is right: fleet device unlock {d}",
            "请校正时钟；确认口令正确后执行 fleet device unlock {d}",
            d=device,
        ),
    )


def _time(stamp: str) -> datetime:
    return datetime.fromisoformat(stamp.replace("Z", "+00:00")).astimezone(UTC)
