"""REGISTER and keepalive as a device sees them (GB/T 28181-2022, 9.1 and 9.6)."""

from __future__ import annotations

import re
import socket
import time
from datetime import UTC, datetime, timedelta

import pytest

from tests.services.device import DOMAIN, GB_ID, SERVER, ha1, header, status
from tests.services.running import PASSWORD, Running


def test_challenge_then_binding(registrar: Running) -> None:
    """401 with our domain as realm, then 200 with what was granted, then a binding."""
    device = registrar.device()

    challenge = device.challenged()
    answer = device.ask(device.registration(device.login(challenge), expires=7200))

    assert challenge.startswith("Digest ")
    assert f'realm="{DOMAIN}"' in challenge
    assert "stale" not in challenge
    assert status(answer) == 200
    assert header(answer, "Expires") == "7200"
    assert header(answer, "Contact").endswith(";expires=7200")
    assert f"rport={device.port}" in header(answer, "Via")
    binding = registrar.bindings()[GB_ID]
    assert binding["registered"] is True
    assert binding["credential_version"] == 1
    assert binding["contact"] == f"sip:{GB_ID}@{device.address}:{device.port}"
    assert binding["keepalive_age_s"] is None
    assert 7000 < float(str(binding["expires_in_s"])) <= 7200


def test_date_is_beijing_time(registrar: Running) -> None:
    """9.10: the final 200 OK carries the time without zone, in Beijing's."""
    answer = registrar.device().register()

    date = header(answer, "Date")

    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}", date)
    told = datetime.fromisoformat(date).replace(tzinfo=UTC) - timedelta(hours=8)
    assert abs(told - datetime.now(UTC)) < timedelta(minutes=1)


def test_counted_nonce(registrar: Running) -> None:
    """With qop a nonce serves again with a higher count; the same count again is stale."""
    device = registrar.device()
    challenge = device.challenged()

    first = device.ask(device.registration(device.login(challenge, nc=1)))
    second = device.ask(device.registration(device.login(challenge, nc=2)))
    again = device.ask(device.registration(device.login(challenge, nc=2)))

    assert [status(a) for a in (first, second, again)] == [200, 200, 401]
    assert "stale=true" in header(again, "WWW-Authenticate")


def test_legacy_nonce_serves_once(registrar: Running) -> None:
    """Without a count a captured answer cannot be played again: stale, and a fresh nonce."""
    device = registrar.device()
    challenge = device.challenged()
    login = device.login(challenge)

    first = device.ask(device.registration(login))
    replayed = device.ask(device.registration(login))

    assert (status(first), status(replayed)) == (200, 401)
    fresh = header(replayed, "WWW-Authenticate")
    assert "stale=true" in fresh
    assert fresh != challenge
    assert status(device.ask(device.registration(device.login(fresh)))) == 200


def test_nonces_of_somebody_else_are_stale(registrar: Running) -> None:
    """A nonce that we did not make is not accepted, however right the answer."""
    device = registrar.device()

    for nonce in ("made up", "1.2.3", "ffffff." + "0" * 16 + "." + "0" * 32, "东门"):
        answer = device.ask(device.registration(device.login(f'nonce="{nonce}"')))

        assert status(answer) == 401
    assert not registrar.bindings()


def test_a_wrong_password_is_refused(registrar: Running) -> None:
    """403, no binding, and the log names the device and no secret."""
    answer = registrar.device().register(password="wrong")

    assert status(answer) == 403
    assert not registrar.bindings()
    assert f"{GB_ID} from" in registrar.log
    assert "response" not in registrar.log


def test_nobody_registers_for_another(registrar: Running) -> None:
    """A right login under another id's To, or a From that differs, binds nothing."""
    device = registrar.device()
    other = "34070501001180000002"
    login = device.login(device.challenged())

    swapped = device.registration(login).replace(
        f"To: <sip:{GB_ID}".encode(), f"To: <sip:{other}".encode()
    )
    both = device.registration(login)
    both = both.replace(f"To: <sip:{GB_ID}".encode(), f"To: <sip:{other}".encode())
    both = both.replace(f"From: <sip:{GB_ID}".encode(), f"From: <sip:{other}".encode())

    assert status(device.ask(swapped)) == 400
    assert status(device.ask(both)) == 403
    assert not registrar.bindings()


def test_another_realm_is_not_ours(registrar: Running) -> None:
    """An answer that names another realm was made for somebody else, right as its hash may be."""
    device = registrar.device()
    login = device.login(device.challenged()).replace(f'realm="{DOMAIN}"', 'realm="3402000000"')

    assert status(device.ask(device.registration(login))) == 403
    assert not registrar.bindings()


def test_too_brief_an_expiry(registrar: Running) -> None:
    """423 names the least; nothing is bound; an unlogged device learns nothing."""
    answer = registrar.device().register(expires=60)

    assert (status(answer), header(answer, "Min-Expires")) == (423, "3600")
    assert not registrar.bindings()


def test_default_and_largest_expiry(registrar: Running) -> None:
    """No Expires means the standard's 86400 s; a week is the most."""
    device = registrar.device()

    assert header(device.register(expires=None), "Expires") == "86400"
    assert header(device.register(expires=99_999_999), "Expires") == "604800"


def test_signing_off(registrar: Running) -> None:
    """Expires 0 ends the binding; a keepalive afterwards is refused."""
    device = registrar.device()
    device.register()

    answer = device.register(expires=0)

    assert (status(answer), header(answer, "Expires")) == (200, "0")
    assert not registrar.bindings()
    assert status(device.notify()) == 403


def test_the_version_that_authenticated(registrar: Running) -> None:
    """Several versions are accepted at once, and the binding says which one it was."""
    registrar.accounts.append({"username": GB_ID, "version": 2, "ha1": ha1(GB_ID, "Zz9Yy8Xx7Ww6")})
    registrar.configure()
    assert registrar.ask({"verb": "reload"}) == {"ok": True, "users": 1}
    device = registrar.device()

    device.register(password="Zz9Yy8Xx7Ww6")
    newer = registrar.bindings()[GB_ID]["credential_version"]
    device.register(password=PASSWORD)
    older = registrar.bindings()[GB_ID]["credential_version"]

    assert (newer, older) == (2, 1)


def test_keepalive(registrar: Running) -> None:
    """200 to one that is registered; its age is told afterwards."""
    device = registrar.device()
    device.register()

    answer = device.notify()

    assert status(answer) == 200
    age = registrar.bindings()[GB_ID]["keepalive_age_s"]
    assert isinstance(age, float)
    assert 0 <= age < 60


def test_keepalives_that_do_not_count(registrar: Running) -> None:
    """Unknown sender, another address, another's id: refused, so that the device registers."""
    device = registrar.device()
    assert status(device.notify()) == 403
    device.register()

    assert status(registrar.device(last=10).notify()) == 403
    assert status(device.notify(gb_id="34070501001180000002")) == 400
    assert registrar.bindings()[GB_ID]["keepalive_age_s"] is None


def test_offline_after_the_misses(stopped: Running) -> None:
    """keepalive_count periods without a sign of life: not registered, and back with the next."""
    stopped.settings = {"keepalive_s": 1, "keepalive_count": 1}
    stopped.configure()
    stopped.start()
    device = stopped.device()
    device.register()

    def registered() -> object:
        return stopped.bindings()[GB_ID]["registered"]

    stopped.wait_for(lambda: not registered(), "offline")
    stopped.wait_for(lambda: status(device.notify()) == 200 and registered(), "online again")

    assert stopped.log.count("registered from") == 1


def test_retransmission_is_answered_and_not_executed(registrar: Running) -> None:
    """The same bytes again give the same bytes: the nonce is not spent twice."""
    device = registrar.device()
    datagram = device.registration(device.login(device.challenged()))

    first = device.ask(datagram)
    copies = [device.ask(datagram) for _ in range(3)]

    assert status(first) == 200
    assert copies == [first] * 3
    assert registrar.log.count("registered from") == 1


def test_a_login_under_the_same_branch_is_not_a_copy(registrar: Running) -> None:
    """Seen on devices: branch and CSeq kept when the challenge is answered."""
    device = registrar.device()
    bare = device.registration()
    challenge = header(device.ask(bare), "WWW-Authenticate")

    answer = device.ask(
        bare.replace(b"Content-Length", f"{device.login(challenge)}\r\nContent-Length".encode())
    )

    assert status(answer) == 200


def test_each_address_answers_for_itself(registrar: Running) -> None:
    """The answer and the catalog query leave from the address that was asked (see receive)."""
    device = registrar.device(server=2)

    assert status(device.register()) == 200
    assert device.request().startswith(b"MESSAGE ")


def test_without_rport_the_answer_goes_to_the_via_port(registrar: Running) -> None:
    """RFC 3261, 18.2.2: a device that does not ask for symmetric answers gets none."""
    device = registrar.device()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as elsewhere:
        elsewhere.bind((device.address, 0))
        elsewhere.settimeout(10)
        via = f"{device.address}:{elsewhere.getsockname()[1]}"
        datagram = device.registration().replace(
            f"{device.address}:{device.port};rport".encode(), via.encode(), 1
        )

        device.send(datagram)

        assert status(elsewhere.recv(65_535)) == 401


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ((b"REGISTER sip", b"INVITE sip"), 400),
        ((b"Expires: 86400", b"Expires: soon"), 400),
        ((b"Expires: 86400", b"Expires: -1"), 400),
        ((b"Contact: <sip:", b"Contact: <mailto:"), 400),
        ((b"To: <sip:34070501001180000001", b"To: <sip:nvr"), 400),
        ((f"sip:{SERVER}@".encode(), b"sip:34070500002000000009@"), 404),
        ((b"Max-Forwards: 70", b"Authorization: Basic dTpw"), 400),
        ((b"Max-Forwards: 70", b'Authorization: Digest realm="x'), 400),
    ],
)
def test_bad_requests_are_answered(
    registrar: Running, change: tuple[bytes, bytes], code: int
) -> None:
    """Each with its own status; the service goes on."""
    device = registrar.device()

    assert code == status(device.ask(device.registration().replace(*change)))
    assert status(device.register()) == 200


def test_other_methods_and_bodies(registrar: Running) -> None:
    """405 with Allow; 415 for another body; 400 for a bomb; 200 for other reports."""
    device = registrar.device()
    device.register()
    kind = ("Content-Type: Application/MANSCDP+xml",)

    refused = device.ask(device.build("SUBSCRIBE"))

    assert (status(refused), header(refused, "Allow")) == (405, "REGISTER, MESSAGE")
    assert status(device.ask(device.build("MESSAGE", ("Content-Type: text/plain",), "x"))) == 415
    assert status(device.ask(device.build("MESSAGE", kind, "<!DOCTYPE x><x/>"))) == 400
    assert status(device.notify("Alarm")) == 200


def test_nonsense_is_not_answered(registrar: Running) -> None:
    """Noise, blanks, cut messages, ACKs and stray responses get no answer and do no harm."""
    device = registrar.device()
    good = device.registration()
    for noise in (
        b"\x00" * 100,
        b"\r\n\r\n",
        b"GET / HTTP/1.1\r\n\r\n",
        good[:50],
        good.replace(b"Via", b"Xia"),
        good.replace(b"z9hG4bK", b"z9hG4bK" + b"x" * 5000),
        good.replace(b"REGISTER", b"ACK"),
        good.replace(b";rport", b":0;x=y").replace(f":{device.port}:0".encode(), b":0"),
        b"SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP a;branch=x\r\n\r\n",
        b"SIP/2.0 200 OK\r\n\r\n",
    ):
        device.send(noise)

    answer = device.register()

    assert status(answer) == 200
    assert "Traceback" not in registrar.log


def test_a_flood_of_challenges_is_bounded(registrar: Running) -> None:
    """Thousands of nonces asked for and never used: the next device still gets in."""
    flood = registrar.device(last=11)
    for _ in range(3000):
        flood.send(flood.registration())
    end = time.monotonic() + 20
    device = registrar.device()
    device.socket.settimeout(2)

    while True:
        try:
            answer = device.register()
            break
        except TimeoutError:
            # The kernel's queue was full: what a real device does is send again.
            assert time.monotonic() < end

    assert status(answer) == 200
