"""The SNMP driver against net-snmp's own agent, whose USM and BER are not ours."""

from __future__ import annotations

import asyncio
import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from fleet.drivers.snmp.driver import SnmpDriver
from fleet.model.device import FieldValue
from fleet.model.errors import LoginRefused, TooSlow, Unreachable, WriteRefused, WrongIdentity
from tests.drivers.snmpd import AUTH, PRIV, USER, Snmpd, agent, credential
from tests.drivers.udp import proxy

pytestmark = pytest.mark.interop
DRIVER = SnmpDriver()


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Snmpd]:
    """A stock agent that knows none of our objects."""
    with agent(tmp_path_factory.mktemp("snmpd")) as snmpd:
        yield snmpd


@pytest.fixture
def gate(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Snmpd]:
    """A gate controller of the personality that the test names (1 a, 2 b)."""
    with agent(tmp_path, getattr(request, "param", 1)) as snmpd:
        yield snmpd


def snmpget(snmpd: Snmpd, oid: str) -> str:
    """What net-snmp's own client sees."""
    done = subprocess.run(
        [
            "snmpget",
            "-v3",
            "-l",
            "authPriv",
            "-u",
            USER,
            "-a",
            "SHA-256",
            "-A",
            AUTH,
            "-x",
            "AES",
            "-X",
            PRIV,
            "-Oqv",
            "-m",
            "",
            f"{snmpd.address}:{snmpd.port}",
            oid,
        ],
        capture_output=True,
        text=True,
        check=True,
        timeout=20,
    )
    return done.stdout.strip()


async def test_contact_and_location_are_written_and_read_back(plain: Snmpd) -> None:
    """Goal: SHA-256 and AES-128 as net-snmp understands them, UTF-8 included; seen by snmpget."""
    wanted = {"contact": "物业值班 24h", "location": "east gate"}
    async with DRIVER.session(plain.target(engine_id=plain.engine_id), credential()) as session:
        await session.write("gate", wanted)
        reading = await session.read()

    assert wanted == reading.fields
    assert plain.engine_id == reading.identity.engine_id
    assert reading.identity.serial is None
    assert snmpget(plain, "1.3.6.1.2.1.1.6.0") == '"east gate"'


@pytest.mark.parametrize(
    "form", ["8000000001020304", "0x8000000001020304", "80:00:00:00:01:02:03:04"]
)
async def test_a_pinned_engine_id_may_be_written_in_the_usual_ways(plain: Snmpd, form: str) -> None:
    """Goal: the same octets are the same engine."""
    async with DRIVER.session(plain.target(engine_id=form), credential()) as session:
        identity = await session.identify()

    assert plain.engine_id == identity.engine_id


@pytest.mark.parametrize("pinned", ["8000000001020305", "80000000010203", "not hex"])
async def test_another_engine_id_stops_before_any_authenticated_message(
    plain: Snmpd, pinned: str
) -> None:
    """Goal: both ids are shown, and the wire saw the one unauthenticated question."""
    async with proxy((plain.address, plain.port)) as wire:
        target = plain.target(wire.address[1], engine_id=pinned)
        async with DRIVER.session(target, credential()) as session:
            with pytest.raises(WrongIdentity) as caught:
                await session.identify()
            with pytest.raises(WrongIdentity):
                await session.write("gate", {"contact": "x"})

    assert plain.engine_id in str(caught.value)
    assert pinned in str(caught.value)
    assert not [datagram for datagram in wire.asked if USER.encode() in datagram]


@pytest.mark.parametrize(
    ("login", "why"),
    [
        ({"user": "nobody"}, "Unknown USM user"),
        ({"auth": "Auth-phrase-2"}, "Wrong SNMP PDU digest"),
    ],
)
async def test_a_wrong_user_or_key_is_refused_once(
    plain: Snmpd, login: dict[str, str], why: str
) -> None:
    """Goal: named by the agent's report; the session does not try again whatever is called."""
    async with (
        proxy((plain.address, plain.port)) as wire,
        DRIVER.session(plain.target(wire.address[1]), credential(**login)) as session,
    ):
        with pytest.raises(LoginRefused, match=why) as caught:
            await session.read()
        asked = len(wire.asked)
        with pytest.raises(LoginRefused):
            await session.read()
        assert not await session.prove_login()
        assert await session.attempts_left() is None

    assert asked == len(wire.asked)
    assert "phrase" not in f"{caught.value!r} {caught.value}"


async def test_a_wrong_privacy_key_is_silence_and_ends_at_the_deadline(plain: Snmpd) -> None:
    """Goal: net-snmp drops what it cannot decrypt; nothing is repeated meanwhile."""
    async with proxy((plain.address, plain.port)) as wire:
        target = plain.target(wire.address[1])
        login = credential(priv="Priv-phrase-3")
        async with DRIVER.session(target, login, deadline_s=0.7) as session:
            with pytest.raises((TooSlow, LoginRefused)):
                await session.read()

    # The question who is there, the library's own, one for the clock, one for the values.
    assert len(wire.asked) <= 4


async def test_a_right_login_is_proved(plain: Snmpd) -> None:
    """Goal: one authenticated GET says that the keys are in force."""
    async with DRIVER.session(plain.target(), credential()) as session:
        assert await session.prove_login()


async def test_a_text_longer_than_its_object_is_refused_unsent(plain: Snmpd) -> None:
    """Goal: DisplayString has 255 octets (RFC 2579); the field is named, the agent never asked."""
    async with DRIVER.session(plain.target(), credential()) as session:
        before = (await session.read()).fields
        with pytest.raises(WriteRefused, match="at most 255") as caught:
            await session.write("gate", {"location": "x" * 300, "contact": "someone"})
        after = (await session.read()).fields

    assert caught.value.field == "location"
    assert before == after


async def test_an_object_that_the_agent_lacks_is_refused_unsent(plain: Snmpd) -> None:
    """Goal: a stock agent has no open time; no SET leaves."""
    async with DRIVER.session(plain.target(), credential()) as session:
        with pytest.raises(WriteRefused, match="no such object") as caught:
            await session.write("gate", {"contact": "z", "open_time_s": 5})

    assert caught.value.field == "open_time_s"
    assert snmpget(plain, "1.3.6.1.2.1.1.4.0") != '"z"'


@pytest.mark.parametrize(("gate", "delay"), [(1, 2), (2, 20)], indirect=["gate"])
async def test_a_gate_controller_reads_and_writes_in_one_pdu_each(gate: Snmpd, delay: int) -> None:
    """Goal: both personalities, told apart by sysObjectID; b counts its delay in tenths."""
    held = dict(gate.state)
    gate.folder.joinpath("state.json").write_text(json.dumps(held | {"2.2": delay}))
    wanted: dict[str, FieldValue] = {
        "open_time_s": 9,
        "close_delay_s": 4,
        "auth_ways": ["card", "face"],
        "forced_open_alarm": True,
        "contact": "duty",
        "location": "north gate",
    }
    async with DRIVER.session(gate.target(engine_id=gate.engine_id), credential()) as session:
        before = await session.read()
        await session.write("gate", wanted)
        after = await session.read()

    assert (before.identity.model, before.identity.serial) == ("REF-GATE", "G-0001")
    assert before.fields["close_delay_s"] == 2
    assert before.fields["forced_open_alarm"] is False
    assert wanted == after.fields
    assert (4 if gate.branch == 1 else 40) == gate.state["2.2"]
    assert len(gate.sets) == 4


async def test_another_serial_is_the_wrong_gate(gate: Snmpd) -> None:
    """Goal: where the agent tells a serial number, it is compared too."""
    async with DRIVER.session(gate.target(serial="G-0002"), credential()) as session:
        with pytest.raises(WrongIdentity, match="G-0001"):
            await session.read()


@pytest.mark.parametrize("after", ["nothing", "a read"])
async def test_a_lost_answer_does_not_repeat_a_set(gate: Snmpd, after: str) -> None:
    """Goal: one datagram on the wire and one SET in the agent, however long one waits."""
    async with proxy((gate.address, gate.port)) as wire:
        target = gate.target(wire.address[1])
        async with DRIVER.session(target, credential(), deadline_s=1.2) as session:
            await session.read()
            asked, wire.losing = len(wire.asked), True
            with pytest.raises(TooSlow):
                await session.write("gate", {"open_time_s": 33})
            sent = len(wire.asked) - asked
            wire.losing = False
            if after == "a read":
                reading = await session.read()
                assert reading.fields["open_time_s"] == 33

    assert sent == 1
    assert gate.sets == ["2.1 DONE"]


async def test_a_rebooted_agent_gets_its_set_once_after_one_resync(gate: Snmpd) -> None:
    """Goal: the time window report means "not applied", so the library sends once more, once."""
    async with (
        proxy((gate.address, gate.port)) as wire,
        DRIVER.session(gate.target(wire.address[1]), credential()) as session,
    ):
        await session.read()
        await asyncio.to_thread(gate.restart)
        asked = len(wire.asked)
        await session.write("gate", {"open_time_s": 44})

    assert len(wire.asked) - asked == 2
    assert gate.sets == ["2.1 DONE"]


async def test_an_agent_that_is_gone_is_unreachable(gate: Snmpd) -> None:
    """Goal: a closed port is told at once, before and within a session."""
    async with DRIVER.session(gate.target(), credential()) as session:
        await session.read()
        gate.stop()
        with pytest.raises(Unreachable, match="refused"):
            await session.read()
    async with DRIVER.session(gate.target(), credential()) as session:
        with pytest.raises(Unreachable, match="refused"):
            await session.identify()
