"""The receiver's own promises: drops are counted, boots only grow, nothing stays bound."""

from __future__ import annotations

import asyncio
import json
import random
import socket
import stat
from pathlib import Path

import pytest

from fleet.adapters.traps import TrapReceiver, TrapUser, engine_identity
from fleet.model.errors import StoreError
from fleet.ports.health_store import Trap


class Ear:
    """Counts."""

    def __init__(self) -> None:
        self.counts: dict[str, int] = {}
        self.who: dict[str, int] = {}

    def now(self) -> float:
        """A time that stands still."""
        return 1000.0

    def heard(self, traps: list[Trap]) -> None:
        """Nothing here is understood."""
        raise AssertionError(traps)

    def count(self, name: str, times: int) -> None:
        """Count."""
        self.counts[name] = self.counts.get(name, 0) + times

    def stranger(self, who: str, times: int) -> None:
        """Count a stranger."""
        self.who[who] = self.who.get(who, 0) + times


def place() -> str:
    """A loopback address that nobody else is likely to have."""
    return f"127.{random.randint(100, 250)}.{random.randint(0, 255)}.{random.randint(1, 254)}"


async def test_what_the_kernel_dropped_is_counted(tmp_path: Path) -> None:
    """Goal: more datagrams than the buffer holds, sent while nobody reads: read + dropped = sent,
    as soon as one more datagram tells of it."""
    ear = Ear()
    receiver = TrapReceiver(ear, engine_identity(tmp_path), [], None)
    (where,) = receiver.open([place()], 0)
    sent = 30_000
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as peer:
        for _ in range(sent):
            peer.sendto(b"no message", where)
        # The reader's turn comes only now.
        before = -1
        while ear.counts.get("malformed", 0) != before:
            before = ear.counts.get("malformed", 0)
            await asyncio.sleep(0.05)
        peer.sendto(b"the one that tells", where)
        await asyncio.sleep(0.1)
    receiver.close()

    assert ear.counts["socket_drops"] > 0
    assert ear.counts["malformed"] + ear.counts["socket_drops"] == sent + 1
    assert all("malformed" in who for who in ear.who)


async def test_an_address_that_is_taken_leaves_nothing_bound(tmp_path: Path) -> None:
    """Goal: all of the addresses or none."""
    free, taken = place(), place()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.bind((taken, 0))
        port = other.getsockname()[1]
        receiver = TrapReceiver(Ear(), engine_identity(tmp_path), [], None)
        with pytest.raises(OSError, match="in use"):
            receiver.open([free, taken], port)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as again:
            again.bind((free, port))


def test_boots_grow_with_every_start_and_the_engine_stays(tmp_path: Path) -> None:
    """Goal: durable, private, and never the same boots twice (RFC 3414, 2.2.2)."""
    starts = [engine_identity(tmp_path) for _ in range(4)]

    assert [boots for _, boots in starts] == [1, 2, 3, 4]
    assert len({engine for engine, _ in starts}) == 1
    assert 5 <= len(bytes.fromhex(starts[0][0])) <= 32
    assert stat.S_IMODE((tmp_path / "engine.json").stat().st_mode) == 0o600


def test_boots_at_their_end_make_a_new_engine(tmp_path: Path) -> None:
    """Goal: at the greatest boots a new engine id begins anew (RFC 3414, 2.2.3)."""
    first, _ = engine_identity(tmp_path)
    file = tmp_path / "engine.json"
    file.write_text(json.dumps({"engine_id": first, "boots": 2**31 - 1}))

    second, boots = engine_identity(tmp_path)

    assert second != first
    assert boots == 1


@pytest.mark.parametrize("content", ["{", '{"boots": 3}', '{"engine_id": "zz", "boots": 3}', "[]"])
def test_a_damaged_file_is_told_and_not_replaced(tmp_path: Path, content: str) -> None:
    """Goal: unknown boots are not guessed: that would open the door to replays."""
    (tmp_path / "engine.json").write_text(content)

    with pytest.raises(StoreError, match=r"engine\.json"):
        engine_identity(tmp_path)
    assert (tmp_path / "engine.json").read_text() == content


def test_keys_do_not_show_themselves() -> None:
    """Goal: a user in a log or an exception tells neither key."""
    user = TrapUser("guard", "8000000001020304", b"A" * 32, b"P" * 16)

    assert "AAAA" not in repr(user)
    assert "PPPP" not in repr(user)
