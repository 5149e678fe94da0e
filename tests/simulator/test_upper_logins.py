"""The upper platform request by request: who gets in, for how long, and what it then accepts."""

from __future__ import annotations

from pathlib import Path

import pytest

from fleet.protocols.digest import Challenge, authorization, ha1, parse_challenges
from fleet.protocols.sip import Request, Response, SipError
from fleet.simulator.sip import upper as module
from fleet.simulator.sip.upper import UpperDevice, factory
from fleet.simulator.spec import DeviceSpec
from fleet.simulator.store import Store
from tests.simulator.upper_kit import DOMAIN, GB_ID, SERVER, SIP_PASSWORD, upper_spec

PEER = ("127.0.0.1", 5061)
OTHER = "34070501011187000002"


class Clock:
    """The monotonic clock of the platform, moved by the tests."""

    def __init__(self) -> None:
        self.now = 5000.0

    def monotonic(self) -> float:
        """Seconds since something."""
        return self.now

    @staticmethod
    def strftime(form: str, at: object) -> str:
        """The date in an answer."""
        return "2026-11-24T10:00:00"

    @staticmethod
    def localtime() -> None:
        """No matter."""


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The clock that the platform looks at."""
    made = Clock()
    monkeypatch.setattr(module, "time", made)
    return made


@pytest.fixture
def platform(tmp_path: Path, clock: Clock) -> UpperDevice:
    """A platform that knows two recorders; it needs no socket to be asked."""
    known = {gb_id: ha1(gb_id, DOMAIN, SIP_PASSWORD) for gb_id in (GB_ID, OTHER)}
    spec: DeviceSpec = upper_spec(known)
    return UpperDevice(spec, Store(tmp_path / "upper.json", factory))


def request(method: str, *more: tuple[str, str], user: str = GB_ID, number: int = 1) -> Request:
    """A request as a recorder sends it."""
    own = f"<sip:{user}@{DOMAIN}>"
    head = (
        ("via", "SIP/2.0/UDP 127.0.0.1:5061;rport;branch=z9hG4bK1"),
        ("from", f"{own};tag=1"),
        ("to", own),
        ("call-id", "c1"),
        ("cseq", f"{number} {method}"),
    )
    return Request(headers=(*head, *more), method=method, uri=f"sip:{SERVER}@{DOMAIN}")


def ask(platform: UpperDevice, asked: Request) -> Response:
    """The platform's answer, without a wire."""
    return platform._asked(asked, PEER)


def challenge(platform: UpperDevice, user: str = GB_ID) -> Challenge:
    """What a request without login is answered with."""
    got = ask(platform, request("REGISTER", user=user))
    assert (got.status, got.reason) == (401, "Unauthorized")
    (found,) = parse_challenges([got.need("www-authenticate")])
    return found


def login(
    given: Challenge, user: str = GB_ID, password: str = SIP_PASSWORD, **other: str
) -> tuple[str, str]:
    """The Authorization header of a recorder."""
    values = {"username": user, "password": password} | other
    uri = values.pop("uri", f"sip:{SERVER}@{DOMAIN}")
    header = authorization(given, method="REGISTER", uri=uri, nc=1, **values)
    return ("authorization", header)


def register(
    platform: UpperDevice, *more: tuple[str, str], user: str = GB_ID, password: str = SIP_PASSWORD
) -> Response:
    """Both requests of a registration; the second one's answer."""
    given = challenge(platform, user)
    return ask(platform, request("REGISTER", login(given, user, password), *more, user=user))


def test_the_challenge(platform: UpperDevice) -> None:
    """Digest in the platform's domain, with a nonce of its own each time."""
    one, two = challenge(platform), challenge(platform)

    assert (one.realm, one.qop, one.stale) == (DOMAIN, "auth", False)
    assert one.nonce != two.nonce
    assert platform.store.stats()["sessions"] == 2
    assert platform.store.stats()["logins"] == 0


@pytest.mark.parametrize(
    ("told", "lasts"),
    [
        ("3600", 3600),
        ("86400", 86400),
        (None, 3600),
        ("604800", 604_800),
        ("604801", 604_800),
        ("999999999", 604_800),
        ("1", 1),
    ],
)
def test_how_long_a_registration_lasts(
    platform: UpperDevice, clock: Clock, told: str | None, lasts: int
) -> None:
    """As asked, an hour where nothing is asked, a week at most; then it is gone."""
    got = register(platform, *([] if told is None else [("expires", told)]))

    assert (got.status, got.get("expires")) == (200, str(lasts))
    assert got.get("date") == "2026-11-24T10:00:00"
    assert platform.values() == {"registered": [GB_ID]}
    clock.now += lasts - 0.5
    assert platform.values() == {"registered": [GB_ID]}
    clock.now += 0.5
    assert platform.values() == {"registered": []}


@pytest.mark.parametrize("told", ["", "x", "-1", "1.5", "1 2", "１", "²", "9999999999"])
def test_an_expiry_that_is_no_number(platform: UpperDevice, told: str) -> None:
    """Dropped like other nonsense; nobody is registered by it."""
    given = challenge(platform)
    asked = request("REGISTER", login(given), ("expires", told))
    if told == "":
        assert ask(platform, asked).get("expires") == "3600"
        return

    with pytest.raises(SipError):
        ask(platform, asked)
    assert platform.values() == {"registered": []}


def test_expiry_zero_signs_off(platform: UpperDevice) -> None:
    """One recorder signs off, the other stays; signing off twice is no fault."""
    register(platform)
    register(platform, user=OTHER)

    for _ in range(2):
        assert register(platform, ("expires", "0")).get("expires") == "0"
        assert platform.values() == {"registered": [OTHER]}


@pytest.mark.parametrize(
    "wrong",
    [
        {"password": "other"},
        {"password": ""},
        {"user": "34070501011187000009"},
    ],
)
def test_a_wrong_login(platform: UpperDevice, wrong: dict[str, str]) -> None:
    """403, counted, and nobody is registered."""
    got = register(platform, **wrong)

    assert (got.status, got.reason) == (403, "Forbidden")
    assert platform.store.stats()["failed_logins"] == 1
    assert platform.values() == {"registered": []}


def test_a_recorder_cannot_register_another(platform: UpperDevice) -> None:
    """Its own login does not do for another one's address of record."""
    given = challenge(platform)

    got = ask(platform, request("REGISTER", login(given), user=OTHER))

    assert got.status == 403
    assert platform.values() == {"registered": []}


def test_another_realms_login_is_wrong(platform: UpperDevice) -> None:
    """A header made for another domain is refused, whatever its password."""
    given = challenge(platform)
    foreign = Challenge(realm="3402000000", nonce=given.nonce, qop="auth")

    assert ask(platform, request("REGISTER", login(foreign))).status == 403


@pytest.mark.parametrize(("age", "status"), [(0, 200), (59.9, 200), (60.1, 401), (10_000, 401)])
def test_a_nonce_grows_stale(platform: UpperDevice, clock: Clock, age: float, status: int) -> None:
    """After a minute the right login is asked again, without being counted as wrong."""
    given = challenge(platform)
    clock.now += age

    got = ask(platform, request("REGISTER", login(given)))

    assert got.status == status
    assert platform.store.stats()["failed_logins"] == 0
    if status == 401:
        (again,) = parse_challenges([got.need("www-authenticate")])
        assert again.stale
        assert ask(platform, request("REGISTER", login(again), number=2)).status == 200


def test_a_nonce_of_somebody_else(platform: UpperDevice, clock: Clock) -> None:
    """One that the platform never gave out is stale, and the login is not counted as wrong."""
    made_up = Challenge(realm=DOMAIN, nonce="0" * 32, qop="auth")

    got = ask(platform, request("REGISTER", login(made_up)))

    assert got.status == 401
    assert platform.values() == {"registered": []}


@pytest.mark.parametrize("header", ["", "Basic eA==", "Digest", "Digest username=", "Digest a=b"])
def test_what_is_no_digest(platform: UpperDevice, header: str) -> None:
    """400, and no count of a wrong login."""
    got = ask(platform, request("REGISTER", ("authorization", header)))

    assert got.status == 400
    assert platform.store.stats()["failed_logins"] == 0


@pytest.mark.parametrize("method", ["INVITE", "OPTIONS", "BYE", "SUBSCRIBE", "NOTIFY"])
def test_other_methods(platform: UpperDevice, method: str) -> None:
    """Not spoken here, registered or not."""
    register(platform)

    assert ask(platform, request(method)).status == 405


def test_messages_only_from_the_registered(platform: UpperDevice, clock: Clock) -> None:
    """Before, during and after a registration, and never from another one."""
    assert ask(platform, request("MESSAGE")).status == 403
    register(platform, ("expires", "60"))

    assert ask(platform, request("MESSAGE")).status == 200
    assert ask(platform, request("MESSAGE", user=OTHER)).status == 403
    clock.now += 60
    assert ask(platform, request("MESSAGE")).status == 403


def test_counters_over_a_day(platform: UpperDevice, clock: Clock) -> None:
    """Each registration is a session and a login; wrong ones are counted apart."""
    for _ in range(3):
        register(platform)
        clock.now += 3600
    register(platform, password="other")

    stats = platform.store.stats()

    assert (stats["sessions"], stats["logins"], stats["failed_logins"]) == (4, 3, 1)
    assert stats["writes"] == 0


def test_old_nonces_are_forgotten(platform: UpperDevice) -> None:
    """A flood of requests does not fill the memory; the oldest nonce is no longer known."""
    first = challenge(platform)
    for _ in range(1024):
        challenge(platform)

    assert ask(platform, request("REGISTER", login(first))).status == 401
