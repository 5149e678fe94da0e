"""Host keys before any password, one login attempt, sessions that are over: without a network."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import paramiko  # type: ignore[import-untyped]  # no types upstream
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fleet.drivers import complaints
from fleet.drivers.ssh import hostkey, login, session
from fleet.drivers.ssh.hostkey import fingerprint_of, host_key, matching_key, pinned_key
from fleet.drivers.ssh.pace import Overdue, Pace
from fleet.drivers.ssh.platform import Platform
from fleet.model.change import Target
from fleet.model.device import DeviceKind
from fleet.model.errors import (
    DeviceError,
    HostKeyChanged,
    HostKeyUnknown,
    LoginRefused,
    Unreachable,
    WriteRefused,
)
from fleet.model.observation import Identity
from fleet.model.secret import Secret
from fleet.ports.driver import Credential, HostKey, Trial

ED, EC, RSA = (
    host_key(kind, kind.encode()) for kind in ("ssh-ed25519", "ecdsa-sha2-nistp256", "ssh-rsa")
)
OTHER = host_key("ssh-ed25519", b"another")
TRIAL = Trial(id="t", seconds=60)
LOGIN = Credential("fleet", Secret("pass-word-1"))


def target(key: str | None) -> Target:
    """A switch with that key pinned."""
    return Target(
        device="x-sw-01",
        kind=DeviceKind.SWITCH,
        driver="ssh",
        address="127.0.0.1",
        port=22,
        platform="huawei_vrpv8",
        host_key=key,
    )


class Server:
    """A server with some keys; counts the key exchanges."""

    def __init__(self, *keys: HostKey, fault: Exception | None = None) -> None:
        self.keys = keys
        self.fault = fault
        self.asked: list[tuple[str, ...] | None] = []

    def shown(self, address: str, port: int, kinds: tuple[str, ...] | None, pace: Pace) -> HostKey:
        """One key exchange."""
        self.asked.append(kinds)
        if self.fault is not None:
            raise self.fault
        for key in self.keys:
            kind = key.line.split()[0]
            # An RSA key is asked for by the ways of signing with it.
            if kinds is None or kind in kinds or (kind == "ssh-rsa" and "rsa-sha2-512" in kinds):
                return key
        raise paramiko.SSHException("no key of that kind")


@pytest.fixture(autouse=True)
def forgetful(monkeypatch: pytest.MonkeyPatch) -> None:
    """No fingerprint was met before."""
    monkeypatch.setattr(hostkey, "_seen", {})


@pytest.fixture
def serve(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Put a server behind every address."""

    def put(server: Server) -> Server:
        monkeypatch.setattr(hostkey, "_shown", server.shown)
        return server

    return put


def test_without_a_pinned_key_the_shown_one_is_told_and_nothing_sent(serve: Any) -> None:
    """Goal: the fingerprint to compare is in the words and in the fields, in one key exchange."""
    server = serve(Server(ED, RSA))

    with pytest.raises(HostKeyUnknown) as raised:
        login.checked_key(target(None), Pace(5))

    assert ED.fingerprint in raised.value.summary.en
    assert ED.fingerprint in raised.value.summary.zh
    assert raised.value.fix is not None
    assert f"host_key: {ED.fingerprint}" in raised.value.fix.en
    assert server.asked == [None]


@pytest.mark.parametrize("pinned", [ED, EC, RSA], ids=["ed25519", "ecdsa", "rsa"])
def test_any_of_a_servers_keys_may_be_the_pinned_one(serve: Any, pinned: HostKey) -> None:
    """Goal: a server prefers one key; the pinned one is found among the others as well."""
    serve(Server(ED, EC, RSA))

    assert login.checked_key(target(pinned.fingerprint), Pace(5)) == pinned


def test_a_kind_that_the_server_lacks_is_no_fault(serve: Any) -> None:
    """Goal: the refusal of one kind of key does not end the search for another."""
    server = serve(Server(ED, RSA))

    assert login.checked_key(target(RSA.fingerprint), Pace(5)) == RSA
    assert len(server.asked) == 3


def test_a_changed_key_is_told_with_both_fingerprints(serve: Any) -> None:
    """Goal: pinned and shown, in both languages; the one that it prefers is shown."""
    serve(Server(OTHER, EC))

    with pytest.raises(HostKeyChanged) as raised:
        login.checked_key(target(ED.fingerprint), Pace(5))

    for said in (raised.value.summary.en, raised.value.summary.zh):
        assert ED.fingerprint in said
        assert OTHER.fingerprint in said
    assert said.index(ED.fingerprint) < said.index(OTHER.fingerprint)


def test_a_key_that_is_pinned_whole_needs_no_look(serve: Any) -> None:
    """Goal: a whole key goes to the login itself; the wire is not asked twice."""
    server = serve(Server(ED))

    assert login.checked_key(target(f"{ED.line} comment"), Pace(5)) == ED
    assert server.asked == []


def test_a_fingerprint_is_looked_up_once(serve: Any) -> None:
    """Goal: the key behind a fingerprint is remembered, a wrong one never is."""
    server = serve(Server(ED))
    for _ in range(3):
        login.checked_key(target(ED.fingerprint), Pace(5))
    assert server.asked == [None]

    for _ in range(2):
        assert matching_key("127.0.0.1", 22, OTHER.fingerprint, Pace(5)) == (ED, False)
    assert pinned_key(OTHER.fingerprint) is None


@pytest.mark.parametrize(
    "fault", [ConnectionRefusedError(111, "Connection refused"), TimeoutError(), EOFError()]
)
@pytest.mark.parametrize("pinned", [None, ED.fingerprint])
def test_nobody_there_is_no_changed_key(serve: Any, fault: Exception, pinned: str | None) -> None:
    """Goal: a path that is down is told as that, pinned or not."""
    serve(Server(fault=fault))

    with pytest.raises(Unreachable):
        login.checked_key(target(pinned), Pace(5))


def test_our_own_deadline_is_no_fault_of_the_path(serve: Any) -> None:
    """Goal: what breaks after our time is over is lateness."""
    serve(Server(fault=OSError("closed")))
    pace = Pace(5)
    pace.stop()

    with pytest.raises(Overdue):
        login.checked_key(target(ED.fingerprint), pace)


@pytest.mark.property
@given(st.binary(min_size=1, max_size=200))
@settings(max_examples=80, deadline=None)
def test_both_forms_of_a_key_have_one_fingerprint(blob: bytes) -> None:
    """Goal: a key pinned whole, with a comment or without, equals its own fingerprint."""
    key = host_key("ssh-ed25519", blob)

    assert fingerprint_of(key.line) == fingerprint_of(f"{key.line} x y") == key.fingerprint
    assert fingerprint_of(key.fingerprint) == key.fingerprint
    assert base64.b64decode(key.line.split()[1]) == blob
    assert "=" not in key.fingerprint


class Desk:
    """A desk that says who it is, counts, and fails where it is told to."""

    def __init__(self) -> None:
        self.asked = 0
        self.fault: Exception | None = None

    def paced(self, pace: Pace) -> None:
        """No time here."""

    def identity(self) -> Identity:
        """One question."""
        self.asked += 1
        if self.fault is not None:
            raise self.fault
        return Identity(serial="S1")

    def read(self) -> dict[str, Any]:
        """One field."""
        return {"sysname": "x"}

    def write_trial(self, before: object, after: object, trial: Trial) -> None:
        """Fail, if that is wanted."""
        if self.fault is not None:
            raise self.fault


class Bench:
    """A session over a login that is counted, and perhaps refused."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.logins = 0
        self.open = 0
        self.refusal: DeviceError | None = None
        self.desk = Desk()
        monkeypatch.setattr(session, "logged_in", self._logged_in)
        platform = Platform(
            name="huawei_vrpv8",
            fields=frozenset({"sysname"}),
            trial_s=60,
            open=self._opened,
            judge=lambda field, value: None,
        )
        self.session = session.SshSession(target(ED.line), LOGIN, platform, 5.0)

    def _opened(self, line: object, target: Target, pace: Pace) -> Any:
        return self.desk

    @contextmanager
    def _logged_in(self, there: Target, login: Credential, pace: Pace) -> Iterator[object]:
        self.logins += 1
        if self.refusal is not None:
            raise self.refusal
        self.open += 1
        try:
            yield SimpleNamespace()
        finally:
            self.open -= 1


@pytest.fixture
async def b(monkeypatch: pytest.MonkeyPatch) -> Any:
    """A bench that is put away."""
    made = Bench(monkeypatch)
    yield made
    await made.session.close()


async def test_one_login_serves_every_call(b: Bench) -> None:
    """Goal: identity, reading and proof are one attempt; who it is is asked once."""
    assert (await b.session.identify()).serial == "S1"
    assert (await b.session.read(["link"])).fields == {"sysname": "x"}
    assert (await b.session.read([])).fields == {}
    assert await b.session.prove_login()
    assert (b.logins, b.desk.asked) == (1, 1)
    assert await b.session.attempts_left() is None


async def test_a_refused_login_is_never_tried_again(b: Bench) -> None:
    """Goal: every later call tells the same refusal, and the device has counted one attempt."""
    b.refusal = complaints.login_refused("x-sw-01", "fleet")

    for _ in range(3):
        with pytest.raises(LoginRefused):
            await b.session.identify()
    assert await b.session.prove_login() is False
    assert b.logins == 1


async def test_a_path_that_was_down_may_be_tried_again(b: Bench) -> None:
    """Goal: no attempt was spent, so the next call logs in."""
    b.refusal = Unreachable("x-sw-01", complaints.system_says("down"))
    with pytest.raises(Unreachable):
        await b.session.read()
    b.refusal = None

    assert (await b.session.read()).fields == {"sysname": "x"}
    assert (b.logins, b.open) == (2, 1)


@pytest.mark.parametrize("resources", [["time"], ["link", "user"]])
async def test_resources_that_a_link_has_not(b: Bench, resources: list[str]) -> None:
    """Goal: a wrong name is refused before any login."""
    with pytest.raises(WriteRefused, match="no such resource"):
        await b.session.read(resources)
    with pytest.raises(WriteRefused):
        await b.session.write_trial(resources[-1] + "x", {}, {}, TRIAL)
    assert b.logins == 0


async def test_a_field_that_a_platform_has_not_is_refused_before_a_login(b: Bench) -> None:
    """Goal: nothing is sent for a change that cannot be whole."""
    with pytest.raises(WriteRefused, match="no such field"):
        await b.session.write_trial("link", {"vlans": []}, {}, TRIAL)
    assert b.logins == 0


async def test_a_trial_ends_its_session_whatever_came_of_it(b: Bench) -> None:
    """Goal: a confirmation comes over a new connection only; this one is closed, and says so."""
    b.desk.fault = complaints.write_refused("x-sw-01", "link", "no")

    with pytest.raises(WriteRefused):
        await b.session.write_trial("link", {"sysname": "y"}, {}, TRIAL)
    with pytest.raises(Unreachable, match="closed"):
        await b.session.trial_state("t")
    assert (b.logins, b.open) == (1, 0)


async def test_closing_twice_is_closing(b: Bench) -> None:
    """Goal: the connection is given back once, and a session never opened has none."""
    await b.session.close()
    await b.session.close()

    with pytest.raises(Unreachable):
        await b.session.identify()
    assert (b.logins, b.open) == (0, 0)


async def test_too_late_is_too_late_for_good(b: Bench) -> None:
    """Goal: after an operation's time nothing more is asked in this session."""
    b.desk.fault = Overdue()

    with pytest.raises(DeviceError) as raised:
        await b.session.identify()
    b.desk.fault = None
    with pytest.raises(DeviceError) as again:
        await b.session.read()

    assert raised.value.code == again.value.code == "too_slow"
    assert b.desk.asked == 1
