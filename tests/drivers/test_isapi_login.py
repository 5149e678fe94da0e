"""How an ISAPI session logs in: carefully, and never twice."""

from __future__ import annotations

import pytest

from fleet.model.errors import (
    LoginBudgetSpent,
    LoginRefused,
    MalformedReply,
    SchemeMismatch,
)
from tests.drivers import golden
from tests.drivers.conftest import Isapi
from tests.drivers.isapi_device import PASSWORD, Device, http, running

CHECK_3_LEFT = (
    b"<userCheck><statusValue>401</statusValue><statusString>Unauthorized</statusString>"
    b"<retryLoginTime>3</retryLoginTime><lockStatus>unlock</lockStatus></userCheck>"
)


CHECK_LOCKED = (
    b"<userCheck><statusValue>401</statusValue><retryLoginTime>0</retryLoginTime>"
    b"<lockStatus>locked</lockStatus><unlockTime>1723</unlockTime></userCheck>"
)


def left(n: int) -> bytes:
    """A userCheck with `n` tries left."""
    return CHECK_3_LEFT.replace(b">3<", f">{n}<".encode())


async def test_each_request_after_the_challenge_carries_a_counted_login(isapi: Isapi) -> None:
    """Goal: preemptive digest: one challenge, then nc 1, 2, 3… and never a request without."""
    async with running(Device(golden.camera("a"))) as device, isapi.session(device) as session:
        await session.read()

    logged = [s for s in device.seen if s.login != "none"]
    assert [s.target for s in device.seen if s.login == "none"] == [
        "/SDK/activateStatus",
        "/ISAPI/Security/userCheck",
    ]
    assert {"right"} == {s.login for s in logged}
    assert list(range(1, len(logged) + 1)) == device.counts


async def test_the_password_never_travels(isapi: Isapi) -> None:
    """Goal: no request holds the password, in a header or a body."""
    async with running(Device(golden.camera("a"))) as device, isapi.session(device) as session:
        await session.read()

    assert not [s for s in device.seen if PASSWORD in str(s.headers) + s.body.decode()]


async def test_a_wrong_password_is_one_attempt_and_ends_the_session(isapi: Isapi) -> None:
    """Goal: whatever is called afterwards, the device counts one wrong login."""
    async with (
        running(Device(golden.camera("a"), check_body=CHECK_3_LEFT)) as device,
        isapi.session(device, password="Wrong-pass-1") as session,
    ):
        for call in (session.identify, session.read, session.identify):
            with pytest.raises(LoginRefused):
                await call()
        with pytest.raises(LoginRefused):
            await session.write("osd", {"osd_text": "x"})
        assert not await session.prove_login()

    assert device.wrong_logins == 1
    assert not device.of("PUT")


@pytest.mark.parametrize(
    ("refused_body", "check_body", "expected"),
    [
        (left(4), left(5), 4),
        (b"<html>401</html>", left(5), 5),
        (b"", b"", None),
    ],
)
async def test_the_tries_left_come_from_the_refusal_or_the_user_check(
    isapi: Isapi, refused_body: bytes, check_body: bytes, expected: int | None
) -> None:
    """Goal: the device's own number, or None where it does not say; asking costs no attempt."""
    device = Device(golden.camera("a"), refused_body=refused_body, check_body=check_body)
    async with running(device), isapi.session(device, password="Wrong-pass-1") as session:
        with pytest.raises(LoginRefused) as caught:
            await session.identify()

    assert expected == caught.value.attempts_left
    assert device.wrong_logins == 1
    assert "Wrong-pass-1" not in str(caught.value)


async def test_a_refusal_that_locks_names_the_unlock_time(isapi: Isapi) -> None:
    """Goal: the attempt that locks says so."""
    device = Device(golden.camera("a"), refused_body=CHECK_LOCKED)
    async with running(device), isapi.session(device, password="Wrong-pass-1") as session:
        with pytest.raises(LoginRefused, match="1723") as caught:
            await session.identify()

    assert "1723" in caught.value.summary.zh


async def test_a_locked_device_is_left_alone_and_its_unlock_time_named(isapi: Isapi) -> None:
    """Goal: no attempt is spent on a device that says it is locked."""
    async with (
        running(Device(golden.camera("a"), check_body=CHECK_LOCKED)) as device,
        isapi.session(device) as session,
    ):
        with pytest.raises(LoginBudgetSpent, match="1723"):
            await session.identify()
        with pytest.raises(LoginBudgetSpent, match="1723"):
            await session.prove_login()

    assert {"none"} == {s.login for s in device.seen}


@pytest.mark.parametrize("n", [0, 1])
async def test_the_last_try_is_never_spent(isapi: Isapi, n: int) -> None:
    """Goal: where a wrong login would lock the device, none is made."""
    async with (
        running(Device(golden.camera("a"), check_body=left(n))) as device,
        isapi.session(device) as session,
    ):
        with pytest.raises(LoginBudgetSpent, match=f"says {n} login"):
            await session.identify()

    assert {"none"} == {s.login for s in device.seen}


@pytest.mark.parametrize(
    ("schemes", "offered"),
    [(("Basic",), "Basic"), ((), "no login scheme"), (("NTLM", "Basic"), "NTLM")],
)
async def test_another_login_scheme_is_a_mismatch_without_any_credential(
    isapi: Isapi, schemes: tuple[str, ...], offered: str
) -> None:
    """Goal: Basic would give the password away; it is named and nothing is sent."""
    async with (
        running(Device(golden.camera("a"), schemes=schemes)) as device,
        isapi.session(device) as session,
    ):
        with pytest.raises(SchemeMismatch, match=offered):
            await session.identify()

    assert not [s for s in device.seen if "authorization" in s.headers]


@pytest.mark.parametrize(
    ("challenge", "odd"),
    [
        ('Digest realm="r", nonce="n", qop="auth-int"', "qop auth-int"),
        ('Digest realm="r", nonce="n", algorithm=MD5-sess, qop="auth"', "algorithm MD5-sess"),
        ('Basic realm="r", Digest realm="r", nonce="n", algorithm=SHA-512-256', "SHA-512-256"),
    ],
)
async def test_a_digest_that_is_not_answered_here_says_what_is_odd(
    isapi: Isapi, challenge: str, odd: str
) -> None:
    """Goal: "offers Digest instead of digest login" helped nobody."""
    refused = http(401, b"", f"WWW-Authenticate: {challenge}")
    device = Device(golden.camera("a"))
    device.raw = lambda seen: refused if "userCheck" in seen.target else None
    async with running(device), isapi.session(device) as session:
        with pytest.raises(SchemeMismatch, match=f"in a form not answered here .*{odd}"):
            await session.identify()

    assert not [s for s in device.seen if "authorization" in s.headers]


async def test_digest_is_taken_where_basic_is_offered_too(isapi: Isapi) -> None:
    """Goal: the order of the offers does not matter (RFC 9110, 11.6.1)."""
    async with (
        running(Device(golden.camera("a"), schemes=("Basic", "Digest"))) as device,
        isapi.session(device) as session,
    ):
        identity = await session.identify()

    assert identity.serial == golden.SERIAL
    assert not [s for s in device.seen if "Basic" in s.headers.get("authorization", "")]


async def test_a_device_without_any_login_is_a_mismatch(isapi: Isapi) -> None:
    """Goal: a device that lets everybody in is not configured as if it were protected."""
    device = Device(golden.camera("a"), answers={"/ISAPI/Security/userCheck": (200, b"<x/>")})
    async with running(device), isapi.session(device) as session:
        with pytest.raises(SchemeMismatch, match="without login"):
            await session.identify()


async def test_firmware_without_user_check_gives_its_challenge_elsewhere(isapi: Isapi) -> None:
    """Goal: the first challenge does not depend on a page that old firmware lacks."""
    device = Device(golden.camera("a"), answers={"/ISAPI/Security/userCheck": (404, b"")})
    async with running(device), isapi.session(device) as session:
        identity = await session.identify()

    assert identity.serial == golden.SERIAL


async def test_a_stale_nonce_is_answered_once_also_for_a_write(isapi: Isapi) -> None:
    """Goal: stale means "not applied": the PUT goes again with the new nonce, nc from 1."""
    async with running(Device(golden.camera("a"))) as device, isapi.session(device) as session:
        await session.read(["osd"])
        device.raw = lambda seen: _arm_stale(device, seen.method)
        await session.write("osd", {"osd_text": "东门"})

    puts = device.of("PUT")
    assert [s.login for s in puts] == ["right", "right"]
    assert puts[0].body == puts[1].body
    assert device.wrong_logins == 0
    assert device.counts[-1] == 1


def _arm_stale(device: Device, method: str) -> None:
    if method == "PUT" and len(device.of("PUT")) == 1:
        device.stale_next = 1


async def test_a_device_that_calls_every_nonce_stale_is_malformed(isapi: Isapi) -> None:
    """Goal: the second answer is the last one."""
    async with (
        running(Device(golden.camera("a"), stale_next=99)) as device,
        isapi.session(device) as session,
    ):
        with pytest.raises(MalformedReply, match="stale"):
            await session.identify()

    assert sum(s.login == "right" for s in device.seen) == 2
