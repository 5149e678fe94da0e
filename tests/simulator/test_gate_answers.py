"""The agent's answers without a wire: every OID, every error-status, every limit (RFC 3416)."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from fleet.simulator.snmp import device as gate
from fleet.simulator.snmp.device import GateDevice
from fleet.simulator.snmp.engine import AUTH_PRIV, Asked, Reply, Responder
from fleet.simulator.snmp.leaves import Leaf, Oid, fixed, leaves
from fleet.simulator.snmp.library import rfc1902, rfc1905
from fleet.simulator.spec import Personality, SnmpKeys
from fleet.simulator.store import Store
from fleet.simulator.values import Value
from tests.simulator.kit import spec_of

ARC = (1, 3, 6, 1, 4, 1, 32473, 28181)
SYS = (1, 3, 6, 1, 2, 1, 1)
A, B = (*ARC, 1), (*ARC, 2)
BOTH: list[Personality] = ["a", "b"]
PEER = ("127.0.0.1", 40000)
INT, OCTETS, GAUGE = rfc1902.Integer32, rfc1902.OctetString, rfc1902.Unsigned32


class _Engine:
    """Stands where the engine stands, and hands the device its questions."""

    respond: Responder

    def __init__(self, keys: SnmpKeys, boots: int, respond: Responder) -> None:
        type(self).respond = staticmethod(respond)

    def add_user(self, user: str, keys: SnmpKeys) -> None:
        """Nobody logs in here."""

    async def start(self, address: str, port: int) -> int:
        """No socket."""
        return port

    async def stop(self) -> None:
        """Nothing to stop."""

    def refusals(self) -> int:
        """Nobody was refused."""
        return 0


@pytest.fixture(autouse=True)
def _no_wire(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(gate, "AgentEngine", _Engine)
    yield


@asynccontextmanager
async def _gate(folder: Path, personality: Personality) -> AsyncIterator[GateDevice]:
    spec = spec_of("gate", personality, "gate-1")
    device = GateDevice(spec, Store(folder / "gate-1.json", lambda: gate.factory(spec)))
    await device.start()
    yield device
    await device.stop()


async def ask(
    kind: str, *binds: tuple[Oid, Any], level: int = AUTH_PRIV, **more: int
) -> Reply | None:
    """One question as the engine would hand it over."""
    named = [(rfc1902.ObjectName(oid), value) for oid, value in binds]
    return await _Engine.respond(Asked(kind, named, PEER, level, **more))


def plain(reply: Reply | None) -> list[tuple[Oid, object]]:
    """The variables of an answer as Python values."""
    assert reply is not None
    assert reply.status == 0, (reply.status, reply.index)
    return [(tuple(name), _python(value)) for name, value in reply.binds]


def _python(value: Any) -> object:
    for told in (rfc1905.noSuchObject, rfc1905.endOfMibView):
        if value is told:
            return type(told).__name__
    if isinstance(value, rfc1902.ObjectIdentifier):
        return tuple(value)
    return int(value) if isinstance(value, rfc1902.Integer32) else bytes(value).decode()


def _tree(branch: int) -> list[tuple[Oid, object]]:
    """Every object of a factory-new gate in the order of OIDs."""
    base = (*ARC, branch)
    model = "GC-100" if branch == 1 else "GC-200"
    return [
        ((*SYS, 1, 0), f"compound-fleet reference gate controller {model}"),
        ((*SYS, 2, 0), base),
        ((*SYS, 4, 0), ""),
        ((*SYS, 5, 0), "gate-1"),
        ((*SYS, 6, 0), ""),
        ((*base, 1, 1, 0), model),
        ((*base, 1, 2, 0), "SER-gate-1"),
        ((*base, 2, 1, 0), 15),
        ((*base, 2, 2, 0), 10 if branch == 1 else 100),
        ((*base, 2, 3, 0), "card,face"),
        ((*base, 2, 4, 0), 2),
        ((*base, 3, 1, 0), 1),
    ]


@pytest.mark.parametrize("personality", BOTH)
async def test_every_object_by_get(tmp_path: Path, personality: Personality) -> None:
    """Each OID with its value, in one request and in the order that was asked."""
    wanted = _tree(1 if personality == "a" else 2)
    async with _gate(tmp_path, personality) as device:
        device.store.kept.leaves["auth_ways"] = "card,face"
        reply = await ask("get", *((oid, None) for oid, _ in reversed(wanted)))
    assert plain(reply) == list(reversed(wanted))


@pytest.mark.parametrize("personality", BOTH)
async def test_every_object_by_getnext(tmp_path: Path, personality: Personality) -> None:
    """From each object to the next one; after the last the view ends."""
    wanted = _tree(1 if personality == "a" else 2)
    async with _gate(tmp_path, personality) as device:
        device.store.kept.leaves["auth_ways"] = "card,face"
        steps = [plain(await ask("next", (oid, None)))[0] for oid, _ in wanted]
        first = plain(await ask("next", ((0, 0), None)))[0]
    assert first == wanted[0]
    assert steps[:-1] == wanted[1:]
    assert steps[-1] == (wanted[-1][0], "EndOfMibView")


@pytest.mark.parametrize(
    "oid",
    [
        (*A, 2, 1),  # without its instance
        (*A, 2, 1, 1),  # another instance
        (*A, 2, 5, 0),  # a leaf that is none
        (*A, 2, 1, 0, 0),  # below a leaf
        (*B, 2, 1, 0),  # the other personality's
        (*SYS, 3, 0),  # sysUpTime is not kept here
        (1, 3),
    ],
)
async def test_an_object_that_is_not_there(tmp_path: Path, oid: Oid) -> None:
    """noSuchObject for exactly that variable; the others of the request are answered."""
    async with _gate(tmp_path, "a"):
        reply = await ask("get", (oid, None), ((*SYS, 5, 0), None))
    assert plain(reply) == [(oid, "NoSuchObject"), ((*SYS, 5, 0), "gate-1")]


@pytest.mark.parametrize(
    ("once", "repeat", "count"), [(0, 3, 3), (1, 2, 3), (2, 5, 2), (0, 0, 0), (0, 1000, 64)]
)
async def test_getbulk(tmp_path: Path, once: int, repeat: int, count: int) -> None:
    """Non-repeaters once, the rest row by row, and never more rows than a datagram bears."""
    async with _gate(tmp_path, "a"):
        names = [((*SYS, 1, 0), None), ((*SYS, 2, 0), None)][: max(once, 1)]
        if once == 1:
            names.append(((*SYS, 2, 0), None))
        reply = await ask("bulk", *names, once=once, repeat=repeat)
    assert reply is not None
    assert len(reply.binds) == count


# field, canonical value, what an agent of a stores, what one of b stores
STORED: list[tuple[str, Value, int | str, int | str]] = [
    ("open_time_s", 1, 1, 1),
    ("open_time_s", 60, 60, 60),
    ("close_delay_s", 0, 0, 0),
    ("close_delay_s", 5, 5, 50),
    ("close_delay_s", 60, 60, 600),
    ("forced_open_alarm", True, 1, 1),
    ("forced_open_alarm", False, 2, 2),
    ("auth_ways", ["card"], "card", "card"),
    ("auth_ways", ["face", "card"], "card,face", "card,face"),
    ("auth_ways", ["password+card"], "card+password", "card+password"),
    ("auth_ways", "plate, qr", "qr,plate", "qr,plate"),
    ("contact", "", "", ""),
    ("contact", "值班岗", "值班岗", "值班岗"),
    ("contact", "x" * 255, "x" * 255, "x" * 255),
    ("location", "东门", "东门", "东门"),
]
UNSTORED: list[tuple[str, Value, str]] = [
    ("open_time_s", 0, "0 is out of the object's limits"),
    ("open_time_s", 61, "61 is out of the object's limits"),
    ("open_time_s", True, "True is no whole number"),
    ("open_time_s", "5", "'5' is no whole number"),
    ("close_delay_s", -1, "-1 is out of the object's limits"),
    ("close_delay_s", 61, "61 is out of the object's limits"),
    ("forced_open_alarm", 1, "1 is neither true nor false"),
    ("forced_open_alarm", "true", "'true' is neither true nor false"),
    ("auth_ways", [], "[] is no list of ways"),
    ("auth_ways", "", "'' is no way that opens"),
    ("auth_ways", ["card", "knock"], "'knock' is no way that opens"),
    ("auth_ways", True, "True is no list of ways"),
    ("contact", 5, "5 is no text"),
    ("contact", None, "None is no text"),
    ("contact", "x" * 256, f"{'x' * 256!r} is out of the object's limits"),
    ("location", "长" * 86, f"{'长' * 86!r} is out of the object's limits"),
]


def _leaf(personality: Personality, field: str) -> Leaf:
    found = leaves(spec_of("gate", personality)).values()
    return next(leaf for leaf in found if leaf.field == field)


@pytest.mark.parametrize(("field", "value", "in_a", "in_b"), STORED)
def test_what_a_leaf_holds(field: str, value: Value, in_a: int | str, in_b: int | str) -> None:
    """Both personalities: how it is stored, and what it is read as again."""
    for personality, raw in (("a", in_a), ("b", in_b)):
        leaf = _leaf("a" if personality == "a" else "b", field)
        assert leaf.stored(value) == raw
        assert leaf.fits(raw)
        again = leaf.canonical(raw)
        assert leaf.stored(again) == raw
        if not isinstance(value, list | str):
            assert again == value


@pytest.mark.parametrize("personality", BOTH)
@pytest.mark.parametrize(("field", "value", "why"), UNSTORED)
def test_what_a_leaf_cannot_hold(
    personality: Personality, field: str, value: Value, why: str
) -> None:
    """Limits, other types, and texts measured in octets."""
    with pytest.raises(ValueError) as raised:  # the message is compared whole
        _leaf(personality, field).stored(value)
    assert str(raised.value) == why


@pytest.mark.parametrize(
    ("raw", "told"), [(0, 0), (10, 1), (15, "1.5"), (599, "59.9"), (600, 60), (1, "0.1")]
)
def test_tenths_that_are_no_whole_second(raw: int, told: Value) -> None:
    """What somebody set at the device itself is shown, never rounded to a wanted value."""
    assert _leaf("b", "close_delay_s").canonical(raw) == told


# tail of the OID below the settings, value, error-status (RFC 3416, 3)
SETS: list[tuple[tuple[int, ...], Any, int]] = [
    ((2, 1, 0), INT(1), 0),
    ((2, 1, 0), INT(60), 0),
    ((2, 1, 0), INT(0), 10),
    ((2, 1, 0), INT(61), 10),
    ((2, 1, 0), INT(-1), 10),
    ((2, 1, 0), GAUGE(5), 7),
    ((2, 1, 0), OCTETS(b"5"), 7),
    ((2, 1, 0), rfc1902.Counter32(5), 7),
    ((2, 1, 0), rfc1902.TimeTicks(5), 7),
    ((2, 2, 0), INT(0), 0),
    ((2, 2, 0), INT(601), 10),
    ((2, 3, 0), OCTETS(b"card"), 0),
    ((2, 3, 0), OCTETS(b"face+card,qr"), 0),
    ((2, 3, 0), OCTETS(b""), 10),
    ((2, 3, 0), OCTETS(b"card, face"), 10),
    ((2, 3, 0), OCTETS(b"card,,face"), 10),
    ((2, 3, 0), OCTETS(b"knock"), 10),
    ((2, 3, 0), OCTETS(b"\xff"), 10),
    ((2, 3, 0), OCTETS(b"c" * 256), 8),
    ((2, 3, 0), INT(1), 7),
    ((2, 4, 0), INT(1), 0),
    ((2, 4, 0), INT(2), 0),
    ((2, 4, 0), INT(3), 10),
    ((2, 4, 0), INT(0), 10),
    ((2, 5, 0), INT(1), 11),
    ((2, 1), INT(1), 11),
    ((2, 1, 1), INT(1), 11),
    ((1, 1, 0), OCTETS(b"GC-999"), 17),
    ((1, 2, 0), OCTETS(b"X"), 17),
    ((3, 1, 0), INT(2), 17),
]


@pytest.mark.parametrize("personality", BOTH)
@pytest.mark.parametrize(("tail", "value", "status"), SETS)
async def test_a_set_of_one_variable(
    tmp_path: Path, personality: Personality, tail: tuple[int, ...], value: Any, status: int
) -> None:
    """Kept or refused by exactly this status; the culprit is the first variable."""
    async with _gate(tmp_path, personality) as device:
        before = dict(device.store.kept.leaves)
        reply = await ask("set", ((*ARC, 1 if personality == "a" else 2, *tail), value))
        after = dict(device.store.kept.leaves)
    assert reply is not None
    assert (reply.status, reply.index) == (status, 1 if status else 0)
    if status:
        assert after == before
        assert device.store.kept.log == ()


@pytest.mark.parametrize("culprit", [1, 2, 3, 4])
async def test_the_culprits_number(tmp_path: Path, culprit: int) -> None:
    """One bad variable among good ones: its number is told and none of them is kept."""
    good = [((*A, 2, 1, 0), INT(7)), ((*SYS, 4, 0), OCTETS(b"x")), ((*A, 2, 4, 0), INT(1))]
    binds = [*good[: culprit - 1], ((*A, 2, 2, 0), INT(61)), *good[culprit - 1 :]]
    async with _gate(tmp_path, "a") as device:
        before = device.values()
        reply = await ask("set", *binds)
        assert device.values() == before
    assert reply is not None
    assert (reply.status, reply.index) == (10, culprit)


@pytest.mark.parametrize("level", [1, 2])
@pytest.mark.parametrize("kind", ["get", "next", "bulk", "set"])
async def test_less_than_authpriv(tmp_path: Path, kind: str, level: int) -> None:
    """authorizationError, whatever is asked; nothing is read or written."""
    async with _gate(tmp_path, "a") as device:
        reply = await ask(kind, ((*A, 2, 1, 0), INT(7)), level=level)
        stats = device.store.stats()
        assert device.values()["open_time_s"] == 15
    assert reply is not None
    assert (reply.status, reply.index) == (16, 1)
    assert (stats["reads"], stats["writes"]) == (0, 0)


@pytest.mark.parametrize(
    ("fault", "value", "status", "kept"),
    [
        ("refuse", "", 13, False),
        ("keep-nothing", "", 0, False),
        ("slow", "0", 0, True),
        ("late", "0", 0, True),
        ("drop", "10", None, True),
    ],
)
async def test_faults(
    tmp_path: Path, fault: str, value: str, status: int | None, kept: bool
) -> None:
    """What each fault answers to a SET, and whether anything was kept and logged."""
    async with _gate(tmp_path, "a") as device:
        await device.set_fault(fault, value)
        reply = await ask("set", ((*A, 2, 1, 0), INT(7)))
        assert (device.values()["open_time_s"] == 7) is kept
        assert [e.field for e in device.store.kept.log] == (["open_time_s"] if kept else [])
    assert (None if reply is None else reply.status) == status


async def test_a_value_set_twice_in_one_request(tmp_path: Path) -> None:
    """The later variable counts, and the log has one entry."""
    async with _gate(tmp_path, "a") as device:
        reply = await ask("set", ((*A, 2, 1, 0), INT(7)), ((*A, 2, 1, 0), INT(8)))
        assert device.values()["open_time_s"] == 8
        assert [e.field for e in device.store.kept.log] == ["open_time_s"]
    assert reply is not None
    assert reply.status == 0


async def test_a_value_that_is_already_there_is_not_logged(tmp_path: Path) -> None:
    """Setting what is set changes nothing, and the log says so."""
    async with _gate(tmp_path, "b") as device:
        reply = await ask("set", ((*B, 2, 1, 0), INT(15)), ((*B, 2, 4, 0), INT(1)))
        assert [e.field for e in device.store.kept.log] == ["forced_open_alarm"]
    assert reply is not None
    assert reply.status == 0


@pytest.mark.parametrize("personality", BOTH)
def test_another_unit_has_another_serial_and_nothing_else(personality: Personality) -> None:
    """swap-identity: the serial number's object alone is another."""
    spec = spec_of("gate", personality)
    own, other = fixed(spec, False), fixed(spec, True)

    changed = [oid for oid in own if own[oid] != other[oid]]

    assert changed == [(*ARC, 1 if personality == "a" else 2, 1, 2, 0)]
