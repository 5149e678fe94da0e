"""RegistrarClient against the real registrar, and against those that do not answer."""

from __future__ import annotations

import asyncio
import socket
import threading
from pathlib import Path

import pytest

from fleet.adapters.upper import RegistrarClient
from fleet.model.observation import Registration
from fleet.ports.upper import UpperSide
from tests.services.device import GB_ID
from tests.services.running import Running

CHANNELS = [f"3407050100132{n:07d}" for n in range(1, 4)]
UNKNOWN = Registration(gb_id=GB_ID, source="registrar")


def client(path: Path | None, answer_s: float = 10.0) -> UpperSide:
    """A client whose only district is 340705."""
    return RegistrarClient(lambda code: path if code == "340705" else None, answer_s)


async def test_a_registered_recorder(registrar: Running) -> None:
    """State, version, keepalive age and catalog, all from the registrar."""
    device = registrar.device()
    await asyncio.to_thread(device.register)
    await asyncio.to_thread(device.list, CHANNELS)
    await asyncio.to_thread(device.notify)

    registrar.wait_for(lambda: registrar.bindings()[GB_ID]["catalog"], "the catalog")

    told = await client(registrar.socket).registration("340705", GB_ID)

    assert (told.source, told.registered, told.credential_version) == ("registrar", True, 1)
    assert told.keepalive_age_s is not None
    assert told.catalog == tuple(CHANNELS)


async def test_one_that_never_registered(registrar: Running) -> None:
    """The registrar answers, and knows it not: False, which is not unknown."""
    told = await client(registrar.socket).registration("340705", GB_ID)

    assert told == Registration(gb_id=GB_ID, source="registrar", registered=False)


async def test_a_fresh_catalog(registrar: Running) -> None:
    """query_catalog makes the registrar ask, and waits for the answer."""
    device = registrar.device()
    await asyncio.to_thread(device.register)
    await asyncio.to_thread(device.list, CHANNELS[:1])
    answering = threading.Thread(target=device.list, args=(CHANNELS,), daemon=True)
    answering.start()

    told = await client(registrar.socket).query_catalog("340705", GB_ID, 10.0)
    answering.join(10)

    assert told.registered is True
    assert told.catalog == tuple(CHANNELS)


async def test_a_catalog_that_does_not_come(registrar: Running) -> None:
    """The recorder is silent: registered as told, and no old catalog that passes for fresh."""
    device = registrar.device()
    await asyncio.to_thread(device.register)
    await asyncio.to_thread(device.list, CHANNELS)
    registrar.wait_for(lambda: registrar.bindings()[GB_ID]["catalog"], "the catalog")

    told = await client(registrar.socket).query_catalog("340705", GB_ID, 0.2)

    assert (told.registered, told.catalog) == (True, None)


async def test_no_registrar_at_all(tmp_path: Path) -> None:
    """No district, no folder, no socket, a plain file: unknown each time."""
    (tmp_path / "file").write_text("x")
    for path in (None, tmp_path / "no" / "s", tmp_path / "s", tmp_path / "file"):
        assert await client(path).registration("340705", GB_ID) == UNKNOWN
        assert await client(path).query_catalog("340705", GB_ID, 0.1) == UNKNOWN
    assert await client(tmp_path / "s").registration("340722", GB_ID) == UNKNOWN


async def test_a_stopped_registrar(registrar: Running) -> None:
    """Its socket file is gone or refuses: unknown."""
    registrar.stop()

    assert await client(registrar.socket).registration("340705", GB_ID) == UNKNOWN


async def test_one_that_listens_and_never_answers(tmp_path: Path) -> None:
    """The whole question has one deadline: unknown, and no waiting for ever."""
    with socket.socket(socket.AF_UNIX) as mute:
        mute.bind(str(tmp_path / "s"))
        mute.listen(4)

        assert await client(tmp_path / "s", 0.1).registration("340705", GB_ID) == UNKNOWN
        assert await client(tmp_path / "s", 0.1).query_catalog("340705", GB_ID, 0.1) == UNKNOWN


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"\n",
        b"no json\n",
        b"[]\n",
        b'{"ok": false, "error": "x"}\n',
        b'{"ok": true, "x": 1}\n',
    ],
)
async def test_nonsense_is_unknown(tmp_path: Path, answer: bytes) -> None:
    """An answer in another form says nothing about the recorder."""

    async def say(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readline()
        writer.write(answer)
        writer.close()

    server = await asyncio.start_unix_server(say, tmp_path / "s")
    try:
        assert await client(tmp_path / "s").registration("340705", GB_ID) == UNKNOWN
        assert await client(tmp_path / "s").query_catalog("340705", GB_ID, 0.1) == UNKNOWN
    finally:
        server.close()
