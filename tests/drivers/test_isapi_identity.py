"""Who an ISAPI device is, whether its login works, and who does not answer."""

from __future__ import annotations

import asyncio

import pytest

from fleet.model.device import DeviceKind
from fleet.model.errors import (
    LoginBudgetSpent,
    LoginRefused,
    MalformedReply,
    NotActivated,
    TooSlow,
    Unreachable,
    WrongIdentity,
)
from fleet.ports.driver import Credential
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


async def test_a_factory_new_device_is_named_before_any_login(isapi: Isapi) -> None:
    """Goal: not activated comes from the page without login; nothing else is asked."""
    async with (
        running(Device(golden.camera("a"), activated="false")) as device,
        isapi.session(device) as session,
    ):
        with pytest.raises(NotActivated, match="factory-new"):
            await session.identify()
        with pytest.raises(NotActivated):
            await session.prove_login()

    assert {"/SDK/activateStatus"} == {s.target for s in device.seen}


@pytest.mark.parametrize("answer", [(404, b""), (401, b""), (403, b"")])
async def test_firmware_without_activation_page_is_taken_as_activated(
    isapi: Isapi, answer: tuple[int, bytes]
) -> None:
    """Goal: only a clear "false" says factory-new."""
    device = Device(golden.camera("a"), answers={"/SDK/activateStatus": answer})
    async with running(device), isapi.session(device) as session:
        assert (await session.identify()).serial == golden.SERIAL


@pytest.mark.parametrize("body", [b"", b"<ActivateStatus/>", b"<x/>"])
async def test_an_odd_activation_page_is_malformed(isapi: Isapi, body: bytes) -> None:
    """Goal: no login is risked on a device whose state cannot be told."""
    device = Device(golden.camera("a"), answers={"/SDK/activateStatus": (200, body)})
    async with running(device), isapi.session(device) as session:
        with pytest.raises(MalformedReply, match="activateStatus"):
            await session.identify()

    assert len(device.seen) == 1


async def test_another_serial_is_the_wrong_device_with_both_shown(isapi: Isapi) -> None:
    """Goal: nothing but the identity is read from a swapped device, nothing is written."""
    async with (
        running(Device(golden.camera("a"))) as device,
        isapi.session(device, serial="DS-OTHER-1") as session,
    ):
        with pytest.raises(WrongIdentity) as caught:
            await session.identify()
        with pytest.raises(WrongIdentity):
            await session.read()
        with pytest.raises(WrongIdentity):
            await session.write("osd", {"osd_text": "x"})
        with pytest.raises(WrongIdentity):
            await session.prove_login()

    assert golden.SERIAL in str(caught.value)
    assert "DS-OTHER-1" in str(caught.value)
    assert not device.of("PUT")
    assert {golden.INFO} == {s.target for s in device.seen if s.login == "right"} - {
        "/ISAPI/Security/userCheck"
    }


async def test_a_device_that_nobody_pinned_tells_who_it_is(isapi: Isapi) -> None:
    """Goal: without a pinned serial the first contact gives one."""
    async with (
        running(Device(golden.camera("b"))) as device,
        isapi.session(device, serial=None) as session,
    ):
        assert (await session.identify()).serial == golden.SERIAL


async def test_an_identity_without_serial_is_malformed(isapi: Isapi) -> None:
    """Goal: what cannot be compared is not taken as equal."""
    documents = golden.camera("a") | {golden.INFO: golden.device_info("a", "")}
    async with running(Device(documents)) as device, isapi.session(device) as session:
        with pytest.raises(MalformedReply, match="serialNumber"):
            await session.identify()


@pytest.mark.parametrize(("password", "right"), [(PASSWORD, True), ("Wrong-pass-1", False)])
async def test_a_login_is_proved_by_exactly_one_attempt(
    isapi: Isapi, password: str, right: bool
) -> None:
    """Goal: the proof is one authenticated userCheck."""
    async with (
        running(Device(golden.camera("a"), check_body=CHECK_3_LEFT)) as device,
        isapi.session(device, password=password) as session,
    ):
        assert right is await session.prove_login()

    checks = [s for s in device.seen if s.target.endswith("userCheck") and s.login != "none"]
    assert ["right" if right else "wrong"] == [s.login for s in checks]
    assert (0 if right else 1) == device.wrong_logins


async def test_a_refusal_told_in_a_200_answer_is_a_refusal(isapi: Isapi) -> None:
    """Goal: firmware that tells statusValue 401 with HTTP 200 is understood, once."""
    device = Device(golden.camera("a"))
    device.raw = lambda seen: (
        http(200, CHECK_3_LEFT)
        if seen.target.endswith("userCheck") and seen.login != "none"
        else None
    )
    async with running(device), isapi.session(device) as session:
        assert not await session.prove_login()
        with pytest.raises(LoginRefused) as caught:
            await session.identify()

    assert caught.value.attempts_left == 3


async def test_the_tries_left_are_read_without_spending_one(isapi: Isapi) -> None:
    """Goal: a number where the device tells it (family a), None where not (family b)."""
    async with (
        running(Device(check_body=CHECK_3_LEFT)) as device,
        isapi.session(device, password="Wrong-pass-1") as session,
    ):
        told = await session.attempts_left()
        device.check_body = b""
        untold = await session.attempts_left()

    assert (told, untold) == (3, None)
    assert {"none"} == {s.login for s in device.seen}


@pytest.mark.parametrize(
    "body", [left(3).replace(b">3<", b">many<"), CHECK_LOCKED.replace(b"locked", b"ajar")]
)
async def test_an_odd_user_check_is_malformed_before_any_login(isapi: Isapi, body: bytes) -> None:
    """Goal: a number that rules is not guessed."""
    async with (
        running(Device(golden.camera("a"), check_body=body)) as device,
        isapi.session(device) as session,
    ):
        with pytest.raises(MalformedReply):
            await session.identify()

    assert {"none"} == {s.login for s in device.seen}


async def test_a_closed_port_is_unreachable(isapi: Isapi) -> None:
    """Goal: nobody there is named with the address."""
    async with running(Device()) as device:
        pass
    async with isapi.session(device) as session:
        with pytest.raises(Unreachable, match=device.address):
            await session.identify()


async def test_a_device_that_answers_too_slowly_is_named_so(isapi: Isapi) -> None:
    """Goal: the deadline bounds the whole call, not each request."""
    async with (
        running(Device(golden.camera("a"), delay_s=0.08)) as device,
        isapi.session(device, deadline_s=0.2) as session,
    ):
        with pytest.raises(TooSlow, match=r"0\.2 s"):
            await session.read()

    assert len(device.seen) < 6


async def test_a_peer_that_never_accepts_is_unreachable_at_the_deadline(isapi: Isapi) -> None:
    """Goal: no connection and no answer are told apart."""
    device = Device(address="127.0.0.1", port=1)
    async with isapi.session(device, deadline_s=0.1) as session:
        channel = session._channel  # type: ignore[attr-defined]  # the only way to hold a connect
        channel._send = _hang(channel)
        with pytest.raises(Unreachable, match="no connection within"):
            await session.identify()


def _hang(channel: object) -> object:
    async def send(_request: object) -> None:
        channel.connecting = True  # type: ignore[attr-defined]  # as while connecting
        await asyncio.sleep(5)

    return send


async def test_a_login_without_password_is_not_tried(isapi: Isapi) -> None:
    """Goal: a missing secret is no empty password."""
    async with running(Device(golden.camera("a"))) as device:
        target = isapi.target(device, DeviceKind.CAMERA)
        async with isapi.driver.session(target, Credential("admin")) as session:
            with pytest.raises(LoginBudgetSpent, match="no password"):
                await session.identify()

    assert not [s for s in device.seen if s.login != "none"]


async def test_a_user_name_outside_ascii_is_one_clean_refusal(isapi: Isapi) -> None:
    """Goal: no encoding error, just a wrong login."""
    async with (
        running(Device(golden.camera("a"))) as device,
        isapi.session(device, user="管理员") as session,
    ):
        with pytest.raises(LoginRefused, match="管理员"):
            await session.identify()


async def test_a_user_name_with_a_line_break_is_not_sent(isapi: Isapi) -> None:
    """Goal: no header is smuggled in through the inventory."""
    async with (
        running(Device(golden.camera("a"))) as device,
        isapi.session(device, user="admin\r\nX: y") as session,
    ):
        with pytest.raises(LoginBudgetSpent, match="header"):
            await session.identify()

    assert not [s for s in device.seen if "x" in s.headers or s.login != "none"]


async def test_a_realm_outside_ascii_is_hashed_as_it_came(
    isapi: Isapi, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Goal: the octets of the realm go into the digest, in whatever language it is."""
    monkeypatch.setattr("tests.drivers.isapi_device.REALM", "摄像机(C1234)")
    async with running(Device(golden.camera("a"))) as device, isapi.session(device) as session:
        identity = await session.identify()

    assert identity.serial == golden.SERIAL


@pytest.mark.parametrize(("password", "right"), [(PASSWORD, True), ("Wrong-pass-1", False)])
async def test_firmware_without_user_check_proves_a_login_by_its_identity(
    isapi: Isapi, password: str, right: bool
) -> None:
    """Goal: a page that is missing is neither a yes nor a no; the identity is asked once."""
    device = Device(golden.camera("a"), answers={"/ISAPI/Security/userCheck": (404, b"")})
    async with running(device), isapi.session(device, password=password) as session:
        assert await session.prove_login() is right

    logged = [s.login for s in device.seen if s.target == golden.INFO and s.login != "none"]
    assert logged == (["right", "right"] if right else ["wrong"])
