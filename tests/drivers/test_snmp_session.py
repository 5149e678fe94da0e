"""The SNMP session against peers that are slow, odd or hostile, and what it leaves behind."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from fleet.drivers.snmp.discovery import OddAgent, discover, engine_id_of
from fleet.drivers.snmp.driver import SnmpDriver
from fleet.drivers.snmp.usm import localized_keys
from fleet.model.change import Target
from fleet.model.device import DeviceKind
from fleet.model.errors import (
    LoginBudgetSpent,
    LoginRefused,
    MalformedReply,
    TooSlow,
    Unreachable,
    WriteRefused,
)
from fleet.model.secret import Secret
from fleet.ports.driver import Credential
from tests.drivers.isapi_device import free_address
from tests.drivers.snmpd import AUTH, PRIV, USER, Snmpd, agent, credential
from tests.drivers.udp import peer, proxy

DRIVER = SnmpDriver()


@pytest.fixture(scope="module")
def gate(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Snmpd]:
    """A gate controller that answers as it should."""
    with agent(tmp_path_factory.mktemp("gate"), branch=1) as snmpd:
        yield snmpd


def target(address: str, port: int) -> Target:
    """A gate that nobody pinned."""
    return Target(
        device="cuihu-gate-01", kind=DeviceKind.GATE, driver="snmp", address=address, port=port
    )


def test_keys_are_localized_as_the_standard_says() -> None:
    """Goal: RFC 3414 A.2 with SHA-256 (RFC 7860); the numbers were made with net-snmp's code path.

    Method: computed here from the definition, octet by octet, instead of by the driver's shortcut.
    """
    import hashlib

    def by_definition(phrase: bytes, engine: bytes) -> bytes:
        digest = hashlib.sha256()
        for start in range(0, 1048576, 64):
            digest.update(bytes(phrase[(start + i) % len(phrase)] for i in range(64)))
        key = digest.digest()
        return hashlib.sha256(key + engine + key).digest()

    engine = bytes.fromhex("8000000001020304")
    keys = localized_keys(Secret(AUTH), Secret(PRIV), engine)

    assert keys.auth == by_definition(AUTH.encode(), engine)
    assert keys.priv == by_definition(PRIV.encode(), engine)[:16]
    assert keys.auth.hex() not in repr(keys)


async def test_a_silent_address_is_unreachable_at_the_deadline() -> None:
    """Goal: nobody ever answered; one question was asked."""
    async with (
        peer(free_address(), lambda _data: None) as silent,
        DRIVER.session(target(*silent.address), credential(), 0.2) as session,
    ):
        with pytest.raises(Unreachable, match=r"within 0\.2 s"):
            await session.identify()

    assert len(silent.asked) == 1


ODD: dict[str, Callable[[bytes], bytes]] = {
    "text": lambda _data: b"hello",
    "its own question": lambda data: data,
    "cut": lambda data: data[:20],
    "SNMPv2c": lambda _data: bytes.fromhex(
        "302602010104067075626c6963a219020101020100020100300e300c06082b060102010105000500"
    ),
    "a length bomb": lambda _data: b"\x30\x84\x7f\xff\xff\xff",
    "deep nesting": lambda _data: b"\x30\x80" * 3000,
    "zeros": lambda _data: b"\x00" * 1000,
}


@pytest.mark.parametrize("symptom", ODD)
async def test_an_odd_answer_to_the_discovery_is_malformed(symptom: str) -> None:
    """Goal: whoever answers nonsense gets no authenticated message."""
    async with (
        peer(free_address(), ODD[symptom]) as odd,
        DRIVER.session(target(*odd.address), credential(), 2) as session,
    ):
        with pytest.raises(MalformedReply, match="SNMPv3"):
            await session.read()

    assert len(odd.asked) == 1
    assert USER.encode() not in odd.asked[0]


@pytest.mark.parametrize("symptom", ODD)
async def test_an_odd_answer_within_a_session_never_hangs_or_repeats(
    gate: Snmpd, symptom: str
) -> None:
    """Goal: garbage in place of an answer is malformed or silence, and the SET went once.

    Method: a proxy that passes everything until the SET, then answers it with garbage.
    """
    async with proxy((gate.address, gate.port)) as wire:
        async with DRIVER.session(gate.target(wire.address[1]), credential(), 1.5) as session:
            await session.read()
            asked, wire.losing = len(wire.asked), True
            writing = asyncio.ensure_future(session.write("gate", {"open_time_s": 21}))
            await wire.asked_while_losing.wait()
            wire.say(ODD[symptom](wire.asked[-1]))
            with pytest.raises((MalformedReply, TooSlow)):
                await writing
        sent = len(wire.asked) - asked

    assert sent == 1


async def test_a_session_after_a_lost_answer_works_again(gate: Snmpd) -> None:
    """Goal: giving a request up costs the library's engine, not the session."""
    async with (
        proxy((gate.address, gate.port)) as wire,
        DRIVER.session(gate.target(wire.address[1]), credential(), 1.5) as session,
    ):
        before = await session.read()
        wire.losing = True
        with pytest.raises(TooSlow):
            await session.read()
        wire.losing = False
        after = await session.read()

    assert before == after


async def test_a_late_time_window_report_does_not_send_a_given_up_set(gate: Snmpd) -> None:
    """Goal: after TooSlow nothing more leaves, whatever arrives.

    Method: the SET's answer is held back, the session gives up, then the answer is delivered.
    """
    async with (
        proxy((gate.address, gate.port)) as wire,
        DRIVER.session(gate.target(wire.address[1]), credential(), 1.5) as session,
    ):
        await session.read()
        wire.losing = True
        with pytest.raises(TooSlow):
            await session.write("gate", {"open_time_s": 22})
        sent = len(wire.asked)
        wire.say(wire.answered[-1])
        await asyncio.sleep(0.1)

        assert len(wire.asked) == sent


async def test_a_session_leaves_no_task_and_no_socket(gate: Snmpd) -> None:
    """Goal: clean teardown after success, refusal and cancellation."""
    before = _sockets()
    async with DRIVER.session(gate.target(), credential()) as session:
        await session.read()
    async with DRIVER.session(gate.target(), credential(auth="Auth-phrase-9")) as session:
        with pytest.raises(LoginRefused):
            await session.read()
    async with proxy((gate.address, gate.port)) as wire:
        wire.losing = True
        async with DRIVER.session(gate.target(wire.address[1]), credential()) as session:
            reading = asyncio.ensure_future(session.read())
            await asyncio.sleep(0.05)
            reading.cancel()
            with pytest.raises(asyncio.CancelledError):
                await reading
    await asyncio.sleep(0)

    assert asyncio.all_tasks() == {asyncio.current_task()}
    assert _sockets() == before


def _sockets() -> int:
    links = [p.readlink() for p in Path("/proc/self/fd").iterdir() if p.is_symlink()]
    return sum(str(link).startswith("socket:") for link in links)


async def test_twelve_sessions_at_once_do_not_mix(gate: Snmpd) -> None:
    """Goal: sessions share nothing: right and wrong logins side by side."""

    async def one(n: int) -> object:
        login = credential() if n % 2 else credential(auth="Auth-phrase-9")
        async with DRIVER.session(gate.target(), login) as session:
            return await session.prove_login()

    assert await asyncio.gather(*(one(n) for n in range(12))) == [False, True] * 6


async def test_no_key_and_no_phrase_stands_in_errors_or_logs(
    gate: Snmpd, caplog: pytest.LogCaptureFixture
) -> None:
    """Goal: neither the pass phrases nor the keys made of them show themselves anywhere."""
    caplog.set_level(logging.DEBUG)
    keys = localized_keys(Secret("Auth-phrase-9"), Secret(PRIV), bytes.fromhex(gate.engine_id))
    login = credential(auth="Auth-phrase-9")
    async with DRIVER.session(gate.target(), login) as session:
        with pytest.raises(LoginRefused) as caught:
            await session.read()

    chain: list[str] = []
    error: BaseException | None = caught.value
    while error is not None:
        chain += [repr(error), str(error)]
        error = error.__cause__ or error.__context__
    said = " ".join([*chain, caplog.text, repr(session), repr(login)])
    for secret in ("Auth-phrase-9", PRIV, keys.auth.hex(), keys.priv.hex(), repr(keys.auth)):
        assert secret not in said


@pytest.mark.parametrize(
    "login",
    [
        Credential(USER),
        Credential(USER, auth=Secret(AUTH)),
        credential(auth=""),
        credential(priv=""),
    ],
)
async def test_a_login_without_both_keys_is_not_tried(gate: Snmpd, login: Credential) -> None:
    """Goal: there is no way down to noPriv or noAuth."""
    async with (
        proxy((gate.address, gate.port)) as wire,
        DRIVER.session(gate.target(wire.address[1]), login) as session,
    ):
        with pytest.raises(LoginBudgetSpent, match="no SNMPv3 keys"):
            await session.read()

    assert not [d for d in wire.asked if USER.encode() in d]


UNSETTABLE: dict[str, object] = {
    "open_time_s": "5",
    "close_delay_s": True,
    "auth_ways": "card",
    "forced_open_alarm": 1,
    "contact": 5,
    "location": Secret("x"),
    "gb_password": Secret("x"),
}


@pytest.mark.parametrize("field", UNSETTABLE)
async def test_a_value_of_the_wrong_type_is_refused_unsent(gate: Snmpd, field: str) -> None:
    """Goal: the field is named and no SET leaves."""
    before = gate.sets
    async with DRIVER.session(gate.target(), credential()) as session:
        with pytest.raises(WriteRefused) as caught:
            await session.write("gate", {field: UNSETTABLE[field]})  # type: ignore[dict-item]  # wrong on purpose

    assert caught.value.field == field
    assert gate.sets == before


@pytest.mark.parametrize(("field", "value"), [("open_time_s", 61), ("forced_open_alarm", None)])
async def test_a_value_out_of_range_is_the_agents_refusal(
    gate: Snmpd, field: str, value: int | None
) -> None:
    """Goal: limits are the device's own; its refusal names the field that it refused."""
    async with DRIVER.session(gate.target(), credential()) as session:
        with pytest.raises(WriteRefused) as caught:
            await session.write("gate", {field: value})

    assert caught.value.field == field


async def test_another_resource_is_refused(gate: Snmpd) -> None:
    """Goal: a gate has one resource."""
    async with DRIVER.session(gate.target(), credential()) as session:
        with pytest.raises(WriteRefused, match="no such resource"):
            await session.read(["time"])
        with pytest.raises(WriteRefused, match="no such resource"):
            await session.write("time", {"time_zone": "UTC+08:00"})
        nothing = await session.read([])

    assert nothing.fields == {}
    assert nothing.identity.serial == "G-0001"


async def test_the_discovery_names_the_engine(gate: Snmpd) -> None:
    """Goal: the id that every pin is compared with."""
    assert (await discover(gate.address, gate.port)).hex() == gate.engine_id


@pytest.mark.property
@settings(suppress_health_check=[HealthCheck.too_slow])
@given(answer=st.binary(max_size=200))
@example(answer=b"")
@example(answer=b"\x30\x80" * 20000)
@example(answer=bytes.fromhex("3000"))
def test_any_answer_is_an_engine_id_or_odd(answer: bytes) -> None:
    """Goal: hostile BER raises OddAgent and nothing else."""
    with pytest.raises(OddAgent):
        engine_id_of(answer, 7)


@pytest.mark.property
@given(data=st.data())
async def test_a_damaged_report_is_an_engine_id_or_odd(gate: Snmpd, data: st.DataObject) -> None:
    """Goal: real reports with octets changed or cut are handled the same way."""
    report = await _report(gate)
    at = data.draw(st.integers(0, len(report) - 1))
    damaged = (
        report[:at] + data.draw(st.binary(max_size=4)) + report[at + data.draw(st.integers(0, 4)) :]
    )
    number = data.draw(st.sampled_from([_number(report), 7]))
    try:
        assert 5 <= len(engine_id_of(damaged, number)) <= 32
    except OddAgent as error:
        assert str(error)


_REPORTS: list[bytes] = []


async def _report(gate: Snmpd) -> bytes:
    """A real report of net-snmp, fetched once."""
    if not _REPORTS:
        async with proxy((gate.address, gate.port)) as wire:
            await discover(*wire.address)
            _REPORTS.extend(wire.answered)
    return _REPORTS[0]


def _number(report: bytes) -> int:
    """The message id: the second INTEGER of the message."""
    at = report.index(b"\x02\x01\x03\x30") + 5
    return int.from_bytes(report[at + 2 : at + 2 + report[at + 1]], "big")
