"""The control socket: what it answers, whom it lets in, and what it survives."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import stat
from collections.abc import Mapping
from pathlib import Path

import pytest

from fleet.services.control import CLIENTS_MAX, Answer, Control, ControlTaken
from tests.services.device import DOMAIN, GB_ID, SERVER, ha1, status
from tests.services.running import PASSWORD, Running


async def echo(request: Mapping[str, object]) -> Answer:
    """A verb for the tests."""
    return {"ok": True, "said": request.get("said")}


async def exchange(path: Path, data: bytes) -> bytes:
    """What comes back for `data` until the server has nothing more to say."""
    reader, writer = await asyncio.open_unix_connection(str(path))
    try:
        writer.write(data)
        writer.write_eof()
        return await asyncio.wait_for(reader.read(), 10)
    finally:
        writer.close()


def test_status(registrar: Running) -> None:
    """Who it is, where it is bound, and how many are registered."""
    registrar.device().register()

    answer = registrar.ask({"verb": "status"})

    assert answer == {
        "ok": True,
        "server_id": SERVER,
        "addresses": [f"{registrar.block}.1", f"{registrar.block}.2"],
        "port": registrar.port,
        "users": 1,
        "bindings": 1,
        "registered": 1,
    }


def test_the_socket_is_private(registrar: Running) -> None:
    """0600, though the path is longer than a socket's address may be."""
    assert len(str(registrar.socket)) > 108
    assert stat.S_IMODE(registrar.socket.stat().st_mode) == 0o600


@pytest.mark.parametrize(
    "line",
    [
        b"\n",
        b"status\n",
        b"[]\n",
        b'"status"\n',
        b'{"verb": 1}\n',
        b'{"verb": ["status"]}\n',
        b'{"verb": "shutdown"}\n',
        b"[" * 4000 + b"\n",
        b"\xff\xfe\n",
        b'{"verb": "query_catalog"}\n',
        b'{"verb": "query_catalog", "gb_id": "x", "timeout_s": "x"}\n',
        b'{"verb": "query_catalog", "gb_id": "x", "timeout_s": 0}\n',
        b'{"verb": "query_catalog", "gb_id": "x", "timeout_s": 1e9}\n',
        b'{"verb": "query_catalog", "gb_id": "x", "timeout_s": true}\n',
        b'{"verb": "query_catalog", "gb_id": "x", "timeout_s": NaN}\n',
    ],
)
def test_nonsense_is_answered_with_a_reason(registrar: Running, line: bytes) -> None:
    """`ok` false and a reason; the service goes on."""
    answer = registrar.ask_raw(line)

    assert answer["ok"] is False
    assert answer["error"]
    assert registrar.ask({"verb": "status"})["ok"] is True


def test_reload_takes_up_accounts(registrar: Running) -> None:
    """A new user is let in; one whose version is gone has to log in anew."""
    device = registrar.device()
    device.register()
    registrar.accounts[:] = [{"username": GB_ID, "version": 2, "ha1": ha1(GB_ID, "Zz9Yy8Xx7Ww6")}]
    registrar.configure()

    assert registrar.ask({"verb": "reload"}) == {"ok": True, "users": 1}

    assert not registrar.bindings()
    assert status(device.notify()) == 403
    assert status(device.register(password=PASSWORD)) == 403
    assert status(device.register(password="Zz9Yy8Xx7Ww6")) == 200
    assert registrar.bindings()[GB_ID]["credential_version"] == 2


def test_reload_keeps_bindings_of_accounts_that_stay(registrar: Running) -> None:
    """A second version beside the first costs nobody the registration."""
    registrar.device().register()
    registrar.accounts.append({"username": GB_ID, "version": 2, "ha1": ha1(GB_ID, "x")})
    registrar.configure()

    assert registrar.ask({"verb": "reload"})["ok"] is True
    assert registrar.bindings()[GB_ID]["registered"] is True


def test_reload_of_a_damaged_file_changes_nothing(registrar: Running) -> None:
    """The old accounts stay in force, and the reason is told without values."""
    registrar.config.write_text('{"server_id": "secret-value"')

    answer = registrar.ask({"verb": "reload"})

    assert answer["ok"] is False
    assert "secret-value" not in str(answer["error"])
    assert status(registrar.device().register()) == 200


def test_reload_does_not_move_the_service(registrar: Running) -> None:
    """Another domain or address needs a restart: said so, and nothing is taken up."""
    registrar.settings = {"server_domain": "3407220000"}
    registrar.accounts.clear()
    registrar.configure()

    answer = registrar.ask({"verb": "reload"})

    assert answer["ok"] is False
    assert "restart" in str(answer["error"])
    assert DOMAIN in registrar.device().challenged()
    assert status(registrar.device(last=12).register()) == 200


async def test_many_lines_on_one_connection(tmp_path: Path) -> None:
    """Each line is answered, in order."""
    control = Control(tmp_path / "s", {"echo": echo})
    control.claim()
    await control.serve()

    said = b"".join(json.dumps({"verb": "echo", "said": n}).encode() + b"\n" for n in range(5))
    answers = [json.loads(line) for line in (await exchange(tmp_path / "s", said)).splitlines()]
    await control.close()

    assert [answer["said"] for answer in answers] == list(range(5))


async def test_a_line_past_the_limit_ends_the_connection(tmp_path: Path) -> None:
    """Memory is bounded: no answer, and the next one is served."""
    control = Control(tmp_path / "s", {"echo": echo})
    control.claim()
    await control.serve()

    long = await exchange(tmp_path / "s", b'{"verb": "' + b"x" * 10_000 + b'"}\n')
    good = await exchange(tmp_path / "s", b'{"verb": "echo", "said": 1}\n')
    await control.close()

    assert long == b""
    assert json.loads(good)["said"] == 1


async def test_clients_are_bounded(tmp_path: Path) -> None:
    """One more than the limit is turned away; when the others leave there is room again."""
    control = Control(tmp_path / "s", {"echo": echo})
    control.claim()
    await control.serve()
    waiting = [await asyncio.open_unix_connection(str(tmp_path / "s")) for _ in range(CLIENTS_MAX)]
    for reader, writer in waiting:
        writer.write(b'{"verb": "echo"}\n')
        await asyncio.wait_for(reader.readline(), 10)

    reader, writer = await asyncio.open_unix_connection(str(tmp_path / "s"))
    turned_away = await asyncio.wait_for(reader.read(), 10)
    for _, other in [*waiting, (reader, writer)]:
        other.close()
        await other.wait_closed()
    served = b""
    for _ in range(500):
        # The server notices a moment later that they left.
        served = served or await exchange(tmp_path / "s", b'{"verb": "echo", "said": 1}\n')
    await control.close()

    assert turned_away == b""
    assert json.loads(served)["ok"] is True


async def test_a_socket_that_is_not_ours_any_more_stays(tmp_path: Path) -> None:
    """Somebody replaced the file: closing removes nothing of theirs."""
    control = Control(tmp_path / "s", {})
    control.claim()
    await control.serve()
    (tmp_path / "s").unlink()
    (tmp_path / "s").write_text("theirs")

    await control.close()

    assert (tmp_path / "s").read_text() == "theirs"


async def test_only_a_forsaken_socket_is_replaced(tmp_path: Path) -> None:
    """Proved by a refused connection: a living one, even one that never accepts, is respected."""
    with socket.socket(socket.AF_UNIX) as living:
        living.bind(str(tmp_path / "s"))
        living.listen(0)
        with pytest.raises(ControlTaken):
            Control(tmp_path / "s", {}).claim()
    forsaken = (tmp_path / "s").stat().st_ino

    control = Control(tmp_path / "s", {})
    control.claim()
    await control.close()

    assert forsaken
    assert not (tmp_path / "s").exists()


async def test_a_missing_folder_is_an_error(tmp_path: Path) -> None:
    """Nothing is made that was not asked for."""
    with pytest.raises(FileNotFoundError):
        Control(tmp_path / "no" / "s", {}).claim()
    assert not os.listdir(tmp_path)
