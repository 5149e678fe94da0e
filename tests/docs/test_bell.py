"""CONTRIBUTING.md's driver in one file, installed as somebody else's package, does its work."""

from __future__ import annotations

import asyncio
import re
import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from fleet.drivers.registry import GROUP, drivers
from fleet.model.change import Target
from fleet.model.device import DeviceKind
from fleet.model.errors import (
    DeviceError,
    LoginRefused,
    MalformedReply,
    TooSlow,
    Unreachable,
    WriteRefused,
    WrongIdentity,
)
from fleet.model.secret import Secret
from fleet.ports.driver import Credential, Driver
from tests.docs.reference import ROOT


@pytest.fixture
def bell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Driver]:
    """The driver as pip would install it: the file, and the entry point that the page shows."""
    shutil.copy(ROOT / "tests/docs/bell.py", tmp_path / "bell.py")
    page = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    entry = re.search(r'\[project\.entry-points\."(.+)"\]\nbell = "(.+)"', page)
    assert entry is not None
    assert entry[1] == GROUP
    meta = tmp_path / "bell-1.dist-info"
    meta.mkdir()
    (meta / "METADATA").write_text("Metadata-Version: 2.1\nName: bell\nVersion: 1\n")
    (meta / "entry_points.txt").write_text(f"[{entry[1]}]\nbell = {entry[2]}\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    yield drivers()["bell"]


class Gate:
    """A gate that speaks the protocol; `say` replaces an answer."""

    def __init__(self) -> None:
        self.value, self.heard = "15", list[str]()
        self.say: dict[str, bytes] = {}
        self.port = 0
        self.calls = list[asyncio.Task[None] | None]()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        self.calls.append(asyncio.current_task())
        while line := (await reader.readline()).decode().strip():
            self.heard.append(line)
            word = line.split()[0]
            answer = self.say.get(word) or self._answer(line)
            if answer == b"silence":
                continue
            writer.write(answer)
            await writer.drain()
        writer.close()
        await writer.wait_closed()

    def _answer(self, line: str) -> bytes:
        match line.split():
            case ["WHO"]:
                return b"I BELL-1\n"
            case ["LOGIN", "fleet", "right"]:
                return b"OK\n"
            case ["LOGIN", *_]:
                return b"NO 4\n"
            case ["SET", _, value] if int(value) <= 60:
                self.value = value
                return b"OK\n"
            case ["GET", _]:
                return f"= {self.value}\n".encode()
        return b"BAD\n"


@asynccontextmanager
async def gate() -> AsyncIterator[Gate]:
    """A gate that listens."""
    found = Gate()
    server = await asyncio.start_server(found.serve, "127.0.0.1", 0)
    found.port = server.sockets[0].getsockname()[1]
    async with server:
        yield found
        await asyncio.gather(*(call for call in found.calls if call is not None))


def target(port: int, serial: str = "BELL-1") -> Target:
    """The gate as an inventory would have it."""
    return Target(
        device="x-gate-01",
        kind=DeviceKind.GATE,
        driver="bell",
        address="127.0.0.1",
        port=port,
        serial=serial,
    )


RIGHT = Credential("fleet", password=Secret("right"))
WRONG = Credential("fleet", password=Secret("wrong"))


async def test_it_reads_and_writes_a_gate(bell: Driver) -> None:
    """Goal: what the page says a driver is, is enough for one."""
    async with gate() as box, bell.session(target(box.port), RIGHT) as session:
        assert (await session.read()).fields == {"open_time_s": 15}
        await session.write("bell", {"open_time_s": 8})
        assert (await session.read()).fields == {"open_time_s": 8}
        assert await session.prove_login()
        assert await session.attempts_left() is None
    assert box.heard.count("SET open_time_s 8") == 1
    assert bell.resources(DeviceKind.CAMERA) == ()
    assert [r.name for r in bell.resources(DeviceKind.GATE)] == ["bell"]


async def test_a_stranger_gets_no_password(bell: Driver) -> None:
    """Goal: identity first."""
    async with gate() as box, bell.session(target(box.port, "BELL-2"), RIGHT) as session:
        with pytest.raises(WrongIdentity):
            await session.read()
    assert box.heard == ["WHO"]


async def test_a_refused_login_is_said_once(bell: Driver) -> None:
    """Goal: one try; the device's own count is told."""
    async with gate() as box, bell.session(target(box.port), WRONG) as session:
        with pytest.raises(LoginRefused) as refused:
            await session.read()
        assert not await session.prove_login()
    assert refused.value.attempts_left == 4
    assert box.heard == ["WHO", "LOGIN fleet wrong", "LOGIN fleet wrong"]


@pytest.mark.parametrize(
    ("word", "answer", "error"),
    [
        ("GET", b"= many\n", MalformedReply),
        ("WHO", b"silence", TooSlow),
    ],
)
async def test_what_a_device_does_has_a_name(
    bell: Driver, word: str, answer: bytes, error: type[DeviceError]
) -> None:
    """Goal: nothing but device errors leaves a driver."""
    async with gate() as box:
        box.say[word] = answer
        async with bell.session(target(box.port), RIGHT, deadline_s=0.3) as session:
            with pytest.raises(error):
                await session.read()


async def test_a_refused_value_names_its_field(bell: Driver) -> None:
    """Goal: the plan can point at it."""
    async with gate() as box, bell.session(target(box.port), RIGHT) as session:
        with pytest.raises(WriteRefused) as refused:
            await session.write("bell", {"open_time_s": 61})
    assert refused.value.field == "open_time_s"
    assert box.value == "15"


async def test_nobody_there_is_unreachable(bell: Driver) -> None:
    """Goal: a closed port is no crash."""
    async with gate() as box:
        closed = box.port
    async with bell.session(target(closed), RIGHT) as session:
        with pytest.raises(Unreachable):
            await session.identify()
