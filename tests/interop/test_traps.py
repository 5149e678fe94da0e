"""The receiver of notifications against net-snmp's own snmptrap."""

from __future__ import annotations

import asyncio
import random
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

import pytest

from fleet.adapters.traps import TrapReceiver, TrapUser, engine_identity
from fleet.model.errors import StoreError
from fleet.model.text import text
from fleet.ports.health_store import Trap

pytestmark = pytest.mark.interop
USER, AUTH, PRIV, COMMUNITY = "guard", "Auth-phrase-1", "Priv-phrase-2", "compound-7"
FORCED_OPEN = "1.3.6.1.4.1.32473.28181.1.4.1"
SENDER = "8000000001020304"


def localized(phrase: str, engine_id: str) -> bytes:
    """RFC 3414 A.2.1 with SHA-256 (RFC 7860), written anew: the receiver gets keys, no phrases."""
    octets = phrase.encode()
    key = sha256((octets * (2**20 // len(octets) + 1))[: 2**20]).digest()
    engine = bytes.fromhex(engine_id)
    return sha256(key + engine + key).digest()


def user_on(engine_id: str, own: str = "", auth: str = AUTH) -> TrapUser:
    """The tests' user on one engine; on the receiver's own, `engine_id` is empty."""
    engine = engine_id or own
    return TrapUser(USER, engine_id, localized(auth, engine), localized(PRIV, engine)[:16])


@dataclass
class Ear:
    """Remembers everything; `broken` makes storing fail."""

    stored: list[Trap] = field(default_factory=list)
    calls: list[int] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)
    strangers: dict[str, int] = field(default_factory=dict)
    broken: bool = False
    clock: float = 1_000_000.0

    def now(self) -> float:
        """Time goes on by itself."""
        self.clock += 0.001
        return self.clock

    def heard(self, traps: list[Trap]) -> None:
        """Store."""
        if self.broken:
            raise StoreError(text("the disk is full", "磁盘已满"))
        self.calls.append(len(traps))
        self.stored += traps

    def count(self, name: str, times: int) -> None:
        """Count."""
        self.counts[name] = self.counts.get(name, 0) + times

    def stranger(self, who: str, times: int) -> None:
        """Count a stranger."""
        self.strangers[who] = self.strangers.get(who, 0) + times


@dataclass
class Up:
    """A receiver that listens."""

    receiver: TrapReceiver
    ear: Ear
    place: tuple[str, int]
    work: asyncio.Task[None]

    async def until(self, done: object) -> None:
        """Wait until `done()` is true; the test's time limit ends it."""
        assert callable(done)
        while not done():  # noqa: ASYNC110 - the program outside knows no event of ours
            await asyncio.sleep(0.02)


@asynccontextmanager
async def receiving(folder: Path, *users: TrapUser, community: str | None = None,
                    own_user: bool = False, auth: str = AUTH) -> AsyncIterator[Up]:  # fmt: skip
    """A receiver on a free place."""
    identity = engine_identity(folder)
    known = [*users, *([user_on("", identity[0], auth)] if own_user else [])]
    ear = Ear()
    receiver = TrapReceiver(ear, identity, known, community)
    address = f"127.{random.randint(100, 250)}.{random.randint(0, 255)}.{random.randint(1, 254)}"
    (place,) = receiver.open([address], 0)
    work = asyncio.create_task(receiver.run())
    try:
        yield Up(receiver, ear, place, work)
    finally:
        work.cancel()
        await asyncio.gather(work, return_exceptions=True)
        receiver.close()


async def snmptrap(folder: Path, place: tuple[str, int], *how: str, values: Sequence[str] = (),
                   oid: str = FORCED_OPEN) -> int:  # fmt: skip
    """Run net-snmp's sender; its exit code (an unanswered inform is not 0)."""
    process = await asyncio.create_subprocess_exec(
        "snmptrap", "-t", "1", *how, f"udp:{place[0]}:{place[1]}", "", oid, *values,
        env={"SNMP_PERSISTENT_DIR": str(folder), "SNMPCONFPATH": str(folder), "MIBS": "",
             "PATH": "/usr/bin:/bin"},
        stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    return await process.wait()


V3 = ("-v3", "-l", "authPriv", "-u", USER, "-a", "SHA-256", "-A", AUTH, "-x", "AES", "-X", PRIV)


async def test_a_v2c_trap_is_heard_with_its_values(tmp_path: Path) -> None:
    """Goal: object id, bindings and sender arrive; Chinese octets do no harm."""
    async with receiving(tmp_path, community=COMMUNITY) as up:
        code = await snmptrap(
            tmp_path, up.place, "-v2c", "-c", COMMUNITY,
            values=("1.3.6.1.2.1.1.5.0", "s", "东门闸机"),
        )  # fmt: skip
        await up.until(lambda: up.ear.stored)

    (trap,) = up.ear.stored
    assert code == 0
    assert (trap.version, trap.kind, trap.oid) == ("v2c", "trap", FORCED_OPEN)
    assert trap.source.startswith("127.")
    assert trap.user == trap.engine_id == ""
    assert any("1.3.6.1.2.1.1.5.0" in oid for oid in trap.values)


async def test_a_v2c_inform_is_answered(tmp_path: Path) -> None:
    """Goal: snmptrap waits for the answer and gets it."""
    async with receiving(tmp_path, community=COMMUNITY) as up:
        code = await snmptrap(tmp_path, up.place, "-v2c", "-Ci", "-r", "1", "-c", COMMUNITY)

    assert code == 0
    assert [t.kind for t in up.ear.stored] == ["inform"]


async def test_a_v3_trap_by_its_senders_engine(tmp_path: Path) -> None:
    """Goal: keys on the sender's engine authenticate it; the engine id names the sender."""
    async with receiving(tmp_path, user_on(SENDER)) as up:
        assert await snmptrap(tmp_path, up.place, *V3, "-e", f"0x{SENDER}") == 0
        await up.until(lambda: up.ear.stored)

    (trap,) = up.ear.stored
    assert (trap.version, trap.kind, trap.user, trap.engine_id) == ("v3", "trap", USER, SENDER)


async def test_a_v3_inform_by_our_engine(tmp_path: Path) -> None:
    """Goal: the sender discovers our engine id and clock, then its inform is stored and answered;
    the discovery is no stranger."""
    async with receiving(tmp_path, own_user=True) as up:
        assert await snmptrap(tmp_path, up.place, *V3, "-Ci", "-r", "2") == 0

    assert [(t.version, t.kind, t.user) for t in up.ear.stored] == [("v3", "inform", USER)]
    assert up.ear.strangers == {}


async def test_an_inform_that_cannot_be_stored_is_not_answered(tmp_path: Path) -> None:
    """Goal: no record, no answer; the receiver ends with the store's error."""
    async with receiving(tmp_path, own_user=True) as up:
        up.ear.broken = True
        code = await snmptrap(tmp_path, up.place, *V3, "-Ci", "-r", "0")
        with pytest.raises(StoreError):
            await up.work

    assert code != 0
    assert up.ear.stored == []


async def test_an_inform_after_a_restart_needs_our_new_boots(tmp_path: Path) -> None:
    """Goal: the engine id stays, the boots grow, and a sender with its old notion is answered."""
    async with receiving(tmp_path, own_user=True) as up:
        assert await snmptrap(tmp_path, up.place, *V3, "-Ci", "-r", "2") == 0
    first = engine_identity(tmp_path)
    async with receiving(tmp_path, own_user=True) as up:
        assert await snmptrap(tmp_path, up.place, *V3, "-Ci", "-r", "2") == 0

    second = engine_identity(tmp_path)
    assert first[0] == second[0]
    assert second[1] == first[1] + 2


@pytest.mark.parametrize(
    ("how", "why"),
    [
        (("-v2c", "-c", "public"), "unknown_community"),
        ((*V3, "-e", "0x80000000ff010203"), "unknown_engine"),
        ((*V3[:4], "nobody", *V3[5:], "-e", f"0x{SENDER}"), "unknown_user"),
        ((*V3[:8], "Wrong-phrase-9", *V3[9:], "-e", f"0x{SENDER}"), "wrong_key"),
    ],
)
async def test_strangers_are_counted_and_named(
    tmp_path: Path, how: tuple[str, ...], why: str
) -> None:
    """Goal: nothing is dropped in silence; a community is not shown, an engine and user are."""
    async with receiving(tmp_path, user_on(SENDER), community=COMMUNITY) as up:
        await snmptrap(tmp_path, up.place, *how)
        await up.until(lambda: up.ear.counts)

    assert up.ear.counts == {why: 1}
    (who,) = up.ear.strangers
    assert why in who
    assert "public" not in who
    assert up.ear.stored == []


async def test_a_storm_does_not_drown_what_is_not_yet_known(tmp_path: Path) -> None:
    """Goal: 6,000 equal v2c traps as fast as they can be sent; a trap of another kind sent in their
    midst is heard, the known ones are counted, and nothing is lost without a count."""
    async with receiving(tmp_path, community=COMMUNITY) as up:
        captured = await captured_trap(tmp_path)
        storm = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        with storm:
            for n in range(6000):
                storm.sendto(captured, up.place)
                if n % 100 == 0:
                    await asyncio.sleep(0)
                if n == 3000:
                    lone = asyncio.create_task(
                        snmptrap(tmp_path, up.place, "-v2c", "-c", COMMUNITY, oid=f"{FORCED_OPEN}9")
                    )
            assert await lone == 0
            await up.until(lambda: any(t.oid == f"{FORCED_OPEN}9" for t in up.ear.stored))

    known = up.ear.counts.get("storm_repeats", 0)
    lost = up.ear.counts.get("socket_drops", 0) + up.ear.counts.get("queue_drops", 0)
    decoded = len([t for t in up.ear.stored if t.oid == FORCED_OPEN])
    assert known > 3000
    assert decoded <= 10
    assert known + lost + decoded >= 5900


async def test_repeats_of_an_inform_are_answered_and_told_by_their_key(tmp_path: Path) -> None:
    """Goal: the same datagram twice gives the same key, so that the store knows the repeat; both
    are answered, since the first answer may have been lost."""
    async with receiving(tmp_path, community=COMMUNITY) as up:
        inform = await captured_trap(tmp_path, "-Ci")
        loop = asyncio.get_running_loop()
        peer = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        with peer:
            peer.setblocking(False)
            peer.connect(up.place)
            for _ in range(2):
                await loop.sock_sendall(peer, inform)
                assert await loop.sock_recv(peer, 65535)

    assert len(up.ear.stored) == 2
    assert len({t.key for t in up.ear.stored}) == 1, up.ear.stored


async def captured_trap(folder: Path, *how: str) -> bytes:
    """One notification of net-snmp, caught on its way."""
    catcher = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    with catcher:
        catcher.bind((f"127.{random.randint(100, 250)}.7.{random.randint(1, 254)}", 0))
        catcher.setblocking(False)
        caught = asyncio.create_task(asyncio.get_running_loop().sock_recv(catcher, 65535))
        await snmptrap(
            folder, catcher.getsockname(), "-v2c", "-r", "0", "-c", COMMUNITY, *how
        )  # fmt: skip
        return await caught
