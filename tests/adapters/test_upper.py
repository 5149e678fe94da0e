"""The registrar's client against a scripted socket: every answer, and everything that is none."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from fleet.adapters.upper import RegistrarClient
from fleet.model.observation import Registration

ID = "34070501001180000001"
BOUND: dict[str, object] = {
    "gb_id": ID,
    "registered": True,
    "contact": f"sip:{ID}@127.0.0.9:5060",
    "expires_in_s": 3000.0,
    "keepalive_age_s": 12.5,
    "credential_version": 2,
    "catalog": ["34070501001310000001"],
    "catalog_age_s": 4.0,
}
UNKNOWN = Registration(gb_id=ID, source="registrar")
TOLD = Registration(
    gb_id=ID,
    source="registrar",
    registered=True,
    keepalive_age_s=12.5,
    credential_version=2,
    catalog=("34070501001310000001",),
)
HANG_UP = b""
SILENT = None


@dataclass
class Script:
    """A control socket that gives the next answer of its list to each connection."""

    folder: Path
    answers: list[bytes | None] = field(default_factory=list)
    asked: list[dict[str, object]] = field(default_factory=list)
    served: list[asyncio.Task[None]] = field(default_factory=list)

    @property
    def path(self) -> Path:
        """The socket."""
        return self.folder / "control.sock"

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self.served.append(task)
        self.asked.append(json.loads(await reader.readline()))
        answer = self.answers.pop(0)
        if answer is SILENT:
            await reader.read()
        else:
            writer.write(answer)
            with contextlib.suppress(ConnectionError):
                await writer.drain()
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()

    @contextlib.asynccontextmanager
    async def open(self) -> AsyncIterator[RegistrarClient]:
        """Listen, and a client of it."""
        server = await asyncio.start_unix_server(self._serve, str(self.path))
        async with server:
            yield RegistrarClient(lambda _district: self.path, answer_s=0.5)
            await asyncio.gather(*self.served)


@pytest.fixture
def script(tmp_path: Path) -> Script:
    """A socket in a folder of its own."""
    return Script(tmp_path)


def line(**answer: object) -> bytes:
    """One answer."""
    return json.dumps(answer).encode() + b"\n"


def bound(**changes: object) -> dict[str, object]:
    """A binding with parts changed."""
    return {**BOUND, **changes}


REGISTRATIONS: list[tuple[bytes | None, Registration]] = [
    (line(ok=True, registrations=[BOUND]), TOLD),
    (line(ok=True, registrations=[bound(gb_id="0" * 20), BOUND]), TOLD),
    (line(ok=True, registrations=[BOUND, bound(registered=False)]), TOLD),
    (
        line(ok=True, registrations=[bound(registered=False)]),
        TOLD.model_copy(update={"registered": False}),
    ),
    (
        line(ok=True, registrations=[bound(keepalive_age_s=None, catalog=None)]),
        TOLD.model_copy(update={"keepalive_age_s": None, "catalog": None}),
    ),
    (
        line(ok=True, registrations=[bound(catalog=[])]),
        TOLD.model_copy(update={"catalog": ()}),
    ),
    (
        line(ok=True, registrations=[]),
        Registration(gb_id=ID, source="registrar", registered=False),
    ),
    (line(ok=True), Registration(gb_id=ID, source="registrar", registered=False)),
    (
        line(ok=True, registrations=[bound(gb_id="0" * 20)]),
        Registration(gb_id=ID, source="registrar", registered=False),
    ),
    (line(ok=False), UNKNOWN),
    (line(ok=False, error="busy"), UNKNOWN),
    (line(ok=False, registrations=[BOUND]), UNKNOWN),
    (line(registrations=[BOUND]), UNKNOWN),
    (line(ok="maybe", registrations=[BOUND]), UNKNOWN),
    (line(ok=True, registrations={}), UNKNOWN),
    (line(ok=True, registrations=[{}]), UNKNOWN),
    (line(ok=True, registrations=[bound(registered="often")]), UNKNOWN),
    (line(ok=True, registrations=[bound(expires_in_s="soon")]), UNKNOWN),
    (b"[]\n", UNKNOWN),
    (b"null\n", UNKNOWN),
    (b"\n", UNKNOWN),
    (b"not JSON\n", UNKNOWN),
    (b"\xff\xfe\n", UNKNOWN),
    (b'{"ok": true', UNKNOWN),
    (HANG_UP, UNKNOWN),
    (SILENT, UNKNOWN),
]


@pytest.mark.parametrize(("answer", "found"), REGISTRATIONS)
async def test_what_a_registrar_says_of_a_recorder(
    script: Script, answer: bytes | None, found: Registration
) -> None:
    """Bound, not bound, or unknown: never an exception, never a guess."""
    script.answers = [answer]
    async with script.open() as client:
        assert await client.registration("340705", ID) == found
    assert script.asked == [{"verb": "registrations"}]


CATALOGS: list[tuple[list[bytes | None], Registration]] = [
    ([line(ok=True, binding=BOUND)], TOLD),
    ([line(ok=True, binding=bound(catalog=[]))], TOLD.model_copy(update={"catalog": ()})),
    (
        [line(ok=False, error="no answer"), line(ok=True, registrations=[BOUND])],
        TOLD.model_copy(update={"catalog": None}),
    ),
    (
        [line(ok=False, error="no such recorder"), line(ok=True, registrations=[])],
        Registration(gb_id=ID, source="registrar", registered=False),
    ),
    (
        [line(ok=True), line(ok=True, registrations=[BOUND])],
        TOLD.model_copy(update={"catalog": None}),
    ),
    (
        [line(ok=True, binding=None), line(ok=True, registrations=[BOUND])],
        TOLD.model_copy(update={"catalog": None}),
    ),
    ([line(ok=False, error="no answer"), HANG_UP], UNKNOWN),
    ([line(ok=False, error="no answer"), line(ok=False)], UNKNOWN),
    ([line(binding=BOUND)], UNKNOWN),
    ([line(ok=True, binding={})], UNKNOWN),
    ([line(ok=True, binding=[BOUND])], UNKNOWN),
    ([b"rubbish\n"], UNKNOWN),
    ([HANG_UP], UNKNOWN),
]


@pytest.mark.parametrize(("answers", "found"), CATALOGS)
async def test_a_catalog_asked_afresh(
    script: Script, answers: list[bytes | None], found: Registration
) -> None:
    """An older catalog never passes for a fresh one; a failed query still tells the binding."""
    script.answers = list(answers)
    async with script.open() as client:
        assert await client.query_catalog("340705", ID, timeout_s=0.2) == found
    assert script.asked[0] == {"verb": "query_catalog", "gb_id": ID, "timeout_s": 0.2}
    assert script.answers == []


async def test_a_silent_query_is_unknown(script: Script) -> None:
    """The time of the query and of the answer together bound the waiting."""
    script.answers = [SILENT]
    async with script.open() as client:
        assert await client.query_catalog("340705", ID, timeout_s=0.01) == UNKNOWN


@pytest.mark.parametrize("verb", ["registration", "query_catalog"])
@pytest.mark.parametrize(
    "make",
    [
        lambda _folder: None,
        lambda folder: folder / "control.sock",
        lambda folder: folder / "no" / "folder" / "control.sock",
        lambda folder: folder / ("long" * 70),
    ],
)
async def test_a_registrar_that_is_not_there(
    tmp_path: Path, verb: str, make: Callable[[Path], Path | None]
) -> None:
    """No district of that kind, no socket, no folder: unknown."""
    client = RegistrarClient(lambda _district: make(tmp_path))

    assert await getattr(client, verb)("340705", ID) == UNKNOWN


@pytest.mark.parametrize("kind", ["file", "folder", "dead"])
async def test_what_has_the_sockets_name_and_is_none(script: Script, kind: str) -> None:
    """A file, a folder, and a socket whose process is gone."""
    if kind == "file":
        script.path.write_bytes(b"")
    elif kind == "folder":
        script.path.mkdir()
    else:
        async with script.open():
            pass
    client = RegistrarClient(lambda _district: script.path)

    assert await client.registration("340705", ID) == UNKNOWN


async def test_each_district_has_its_own_socket(tmp_path: Path) -> None:
    """The client asks where the district says, and only there."""
    asked: list[str] = []

    def socket_of(district: str) -> None:
        asked.append(district)

    client = RegistrarClient(socket_of)
    await client.registration("340705", ID)
    await client.query_catalog("340722", ID)

    assert asked == ["340705", "340722"]


async def test_a_socket_deeper_than_a_path_may_be_long(tmp_path: Path) -> None:
    """108 bytes are the limit of a socket's path (unix(7)); a state folder may lie deeper."""
    deep = tmp_path / ("d" * 100) / ("e" * 60)
    deep.mkdir(parents=True)
    near = Script(tmp_path, [line(ok=True, registrations=[BOUND])])
    async with near.open():
        near.path.rename(deep / "control.sock")
        client = RegistrarClient(lambda _district: deep / "control.sock")
        assert await client.registration("340705", ID) == TOLD


async def test_many_questions_at_once_do_not_mix(script: Script) -> None:
    """Each on a connection of its own."""
    ids = [f"340705010011800000{n:02d}" for n in range(20)]
    script.answers = [line(ok=True, registrations=[bound(gb_id=i) for i in ids])] * len(ids)
    async with script.open() as client:
        found = await asyncio.gather(*(client.registration("340705", i) for i in ids))

    assert [f.gb_id for f in found] == ids
    assert all(f.registered for f in found)


async def test_a_long_answer_is_read_whole(script: Script) -> None:
    """Thousands of channels are one line of some hundred kilobytes."""
    many = [f"{n:020d}" for n in range(20_000)]
    script.answers = [line(ok=True, registrations=[bound(catalog=many)])]
    async with script.open() as client:
        found = await client.registration("340705", ID)

    assert found.catalog == tuple(many)
