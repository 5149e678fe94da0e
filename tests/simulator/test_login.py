"""Logging in to an ISAPI device: digest by the book, honest counts, lock-out."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest

from fleet.simulator.isapi.login import USER_CHECK
from fleet.simulator.spec import Personality
from tests.simulator.kit import PASSWORD, USER, Client, running, spec_of

INFO = "/ISAPI/System/deviceInfo"
BOTH: list[Personality] = ["a", "b"]


async def test_a_request_without_login_is_challenged(tmp_path: Path) -> None:
    """401 with the device's realm and a nonce that is new each time; no attempt is counted."""
    spec = spec_of("camera")
    async with running(spec, tmp_path) as device:
        first = await Client(spec).raw("GET", INFO)
        second = await Client(spec).raw("GET", INFO)

    assert (first.status, second.status) == (401, 401)
    assert f'realm="{spec.realm}"' in first.header("www-authenticate")
    assert 'qop="auth"' in first.header("www-authenticate")
    assert first.header("www-authenticate") != second.header("www-authenticate")
    assert device.store.stats() | {"sessions": 0} == dict.fromkeys(device.store.stats(), 0)


async def test_the_right_password_logs_in_once_per_nonce(tmp_path: Path) -> None:
    """Three requests on one nonce are one login and three reads."""
    spec = spec_of("camera")
    client = Client(spec)
    async with running(spec, tmp_path) as device:
        for _ in range(3):
            assert (await client.get(INFO)).status == 200
        stats = device.store.stats()
    assert (stats["logins"], stats["reads"], stats["failed_logins"]) == (1, 3, 0)
    assert stats["sessions"] == 4


async def test_a_count_that_does_not_grow_is_stale(tmp_path: Path) -> None:
    """The same header twice: the second is refused, as stale and not as wrong."""
    spec = spec_of("camera")
    client = Client(spec)
    async with running(spec, tmp_path) as device:
        assert (await client.get(INFO)).status == 200
        replayed = await client.raw(
            "GET", INFO, headers={"Authorization": client.answer("GET", INFO)}
        )
        stats = device.store.stats()

    assert replayed.status == 401
    assert "stale=true" in replayed.header("www-authenticate")
    assert (stats["failed_logins"], stats["reads"]) == (0, 1)


async def test_a_nonce_of_another_life_is_stale(tmp_path: Path) -> None:
    """After a restart an old nonce is answered with a new one and costs nothing."""
    spec = spec_of("camera")
    client = Client(spec)
    async with running(spec, tmp_path):
        assert (await client.get(INFO)).status == 200
    async with running(spec, tmp_path) as device:
        old = await client.get(INFO)
        assert device.store.stats()["failed_logins"] == 0
    assert old.status == 401
    assert "stale=true" in old.header("www-authenticate")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("qop=auth, ", ""),
        ("algorithm=MD5", "algorithm=SHA-256"),
        ('uri="/ISAPI/System/deviceInfo"', 'uri="/ISAPI/System/time"'),
        ("IP Camera", "IP Chimera"),
        ('username="admin"', 'username="root"'),
    ],
)
async def test_an_altered_answer_is_wrong(tmp_path: Path, old: str, new: str) -> None:
    """Whatever part of the answer is altered, it does not let anybody in, and it is counted."""
    spec = spec_of("camera")
    client = Client(spec)
    async with running(spec, tmp_path) as device:
        await client.get(INFO)
        client.count += 1
        header = client.answer("GET", INFO)
        assert old in header
        got = await client.raw("GET", INFO, headers={"Authorization": header.replace(old, new)})
        assert device.store.stats()["failed_logins"] == 1
    assert got.status == 401


async def test_a_put_cannot_ride_on_the_answer_of_a_get(tmp_path: Path) -> None:
    """The method is part of the digest."""
    spec = spec_of("camera")
    client = Client(spec)
    async with running(spec, tmp_path) as device:
        await client.get(INFO)
        client.count += 1
        header = client.answer("GET", "/ISAPI/System/time")
        got = await client.raw("PUT", "/ISAPI/System/time", b"<x/>", {"Authorization": header})
        assert device.store.stats()["writes"] == 0
    assert got.status == 401


async def test_personality_a_tells_the_tries_left_without_spending_one(tmp_path: Path) -> None:
    """userCheck without login answers 401 with retryLoginTime; asking is free."""
    spec = spec_of("camera", "a")
    bad = Client(spec, password="Wrong-123")
    async with running(spec, tmp_path):
        left = []
        for _ in range(3):
            told = await Client(spec).raw("GET", USER_CHECK)
            left.append((told.status, told.node("retryLoginTime"), told.node("lockStatus")))
            await Client(spec).raw("GET", USER_CHECK)
            await bad.get(INFO)
    assert left == [(401, "5", "unlock"), (401, "4", "unlock"), (401, "3", "unlock")]


async def test_personality_b_tells_nothing_without_login(tmp_path: Path) -> None:
    """Its 401 has no body."""
    spec = spec_of("camera", "b")
    async with running(spec, tmp_path):
        told = await Client(spec).raw("GET", USER_CHECK)
    assert (told.status, told.body) == (401, b"")


@pytest.mark.parametrize("personality", BOTH)
async def test_five_wrong_logins_lock_also_the_right_password(
    tmp_path: Path, personality: Personality
) -> None:
    """The sixth attempt, with the right password, is refused; the lock and its time are told."""
    spec = spec_of("door", personality)
    async with running(spec, tmp_path) as device:
        for _ in range(5):
            assert (await Client(spec, password="Wrong-123").get(INFO)).status == 401
        right = await Client(spec).get(USER_CHECK)
        assert device.store.stats()["logins"] == 0

    assert right.status == 401
    assert right.node("lockStatus") == "lock"
    assert 1795 <= int(right.node("unlockTime") or 0) <= 1800
    assert right.node("retryLoginTime") == ("0" if personality == "a" else None)


@pytest.mark.parametrize("personality", BOTH)
async def test_a_right_login_takes_the_count_back(tmp_path: Path, personality: Personality) -> None:
    """Four wrong, one right, four wrong: not locked."""
    spec = spec_of("camera", personality)
    async with running(spec, tmp_path) as device:
        for _ in range(2):
            for _ in range(4):
                assert (await Client(spec, password="Wrong-123").get(INFO)).status == 401
            assert (await Client(spec).get(INFO)).status == 200
        assert device.store.stats()["failed_logins"] == 8


async def test_a_scaled_lock_opens_by_itself(tmp_path: Path) -> None:
    """With a short lock-out the right password works again after it."""
    import asyncio

    spec = spec_of("camera")
    async with running(spec, tmp_path, lockout_s=0.3):
        for _ in range(5):
            await Client(spec, password="Wrong-123").get(INFO)
        assert (await Client(spec).get(INFO)).status == 401
        await asyncio.sleep(0.4)
        assert (await Client(spec).get(INFO)).status == 200


async def test_user_check_with_login(tmp_path: Path) -> None:
    """Logged in it says 200 and all tries."""
    spec = spec_of("camera", "a")
    async with running(spec, tmp_path):
        told = await Client(spec).get(USER_CHECK)
    assert (told.node("statusValue"), told.node("retryLoginTime")) == ("200", "5")


@pytest.mark.parametrize("header", ["Basic !!!", "Bearer x", "Digest", "Digest x=1", ""])
async def test_what_is_no_digest_login_is_no_attempt(tmp_path: Path, header: str) -> None:
    """Another scheme, or no whole header: challenged, not counted."""
    spec = spec_of("camera")
    async with running(spec, tmp_path) as device:
        got = await Client(spec).raw("GET", INFO, headers={"Authorization": header})
        assert device.store.stats()["failed_logins"] == 0
    assert got.status == 401


async def test_basic_only(tmp_path: Path) -> None:
    """Under the fault only Basic is offered: digest is no attempt, Basic logs in or counts."""
    spec = spec_of("camera", "b")

    def basic(password: str) -> dict[str, str]:
        told = base64.b64encode(f"{USER}:{password}".encode()).decode()
        return {"Authorization": f"Basic {told}"}

    async with running(spec, tmp_path) as device:
        client = Client(spec)
        await client.get(INFO)
        await device.set_fault("basic-only", "")
        client.count += 1
        digest = await client.raw(
            "GET", INFO, headers={"Authorization": client.answer("GET", INFO)}
        )
        broken = await client.raw("GET", INFO, headers={"Authorization": "Basic !!!"})
        wrong = await client.raw("GET", INFO, headers=basic("Wrong-123"))
        right = await client.raw("GET", INFO, headers=basic(PASSWORD))
        stats = device.store.stats()

    assert digest.header("www-authenticate").startswith("Basic ")
    assert [g.status for g in (digest, broken, wrong, right)] == [401, 401, 401, 200]
    assert (stats["failed_logins"], stats["logins"]) == (1, 2)


async def test_old_nonces_are_forgotten(tmp_path: Path) -> None:
    """However many challenges are asked for, the device keeps a bounded number of nonces."""
    from fleet.simulator.isapi import login

    spec = spec_of("camera")
    async with running(spec, tmp_path) as device:
        client = Client(spec)
        assert (await client.get(INFO)).status == 200
        for _ in range(login.NONCES_MAX + 1):
            device._login.refuse("GET", INFO, {})
        assert len(device._login._nonces) == login.NONCES_MAX
        assert "stale=true" in (await client.get(INFO)).header("www-authenticate")
