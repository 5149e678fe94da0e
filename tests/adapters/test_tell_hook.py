"""Alarms by webhook and to a command: Python's HTTP server, and a shell."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import pytest

from fleet.adapters.tell.command import CommandSender
from fleet.adapters.tell.webhook import HookSender
from fleet.model.notify import CommandRoute, HookRoute
from tests.adapters.tell_peers import (
    MESSAGE,
    REF,
    SECRET,
    Certificate,
    make_certificate,
    refused,
    right,
    server_context,
    web_server,
)
from tests.drivers.isapi_device import free_address


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    """One for the whole module."""
    return make_certificate(tmp_path_factory.mktemp("tls"))


async def test_a_webhook_gets_json_and_a_token_under_tls(
    certificate: Certificate,
) -> None:
    """Goal: path and query kept, the key for telling repeats, the whole message as JSON."""
    address, authority, _ = certificate
    with web_server(address, server_context(certificate)) as (handler, port):
        route = HookRoute(url=f"https://{address}:{port}/alarms?city=tongling", token=REF)
        assert await HookSender(route, right, authority).send(MESSAGE) == "HTTP 204"
        unchecked = await refused(HookSender(route, right))

    ((path, headers, body),) = handler.got
    assert path == "/alarms?city=tongling"
    assert headers["Authorization"] == f"Bearer {SECRET}"
    assert headers["Idempotency-Key"] == "aa11.raised"
    assert headers["Content-Type"] == "application/json"
    told = json.loads(body)
    assert (told["event"], told["alarm"]["behind"]) == ("raised", ["cuihu-cam-01", "cuihu-cam-02"])
    assert told["what"] == {"en": "no device answers", "zh": "所有设备均无应答"}
    assert "CERTIFICATE_VERIFY_FAILED" in unchecked


@pytest.mark.parametrize("status", [301, 302, 400, 401, 404, 500, 503])
async def test_what_is_no_yes_is_a_failure_and_no_redirect_is_followed(status: int) -> None:
    """Goal: a token is never carried on to where an answer points."""
    address = free_address()
    with web_server(address, status=status) as (handler, port):
        route = HookRoute(url=f"http://{address}:{port}/a")
        why = await refused(HookSender(route, lambda: None))

    assert f"HTTP {status}" in why
    assert [path for path, _, _ in handler.got] == ["/a"]


async def test_a_token_never_goes_out_in_clear() -> None:
    """Goal: though the inventory refuses such a route, the sender does too; nothing is sent."""
    address = free_address()
    with web_server(address) as (handler, port):
        route = HookRoute(url=f"http://{address}:{port}/a", token=REF)
        assert "never goes out in clear" in await refused(HookSender(route, right))
    assert handler.got == []


async def test_nobody_listens_for_a_webhook() -> None:
    """Goal: a failure with the system's word."""
    route = HookRoute(url=f"http://{free_address()}:9/a")

    assert "refused" in await refused(HookSender(route, lambda: None))


def script(folder: Path, *lines: str) -> str:
    """A program of the operator's."""
    path = folder / "page"
    path.write_text("\n".join(("#!/bin/sh", *lines, "")))
    path.chmod(0o700)
    return str(path)


async def test_a_command_gets_json_words_and_a_clean_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Goal: arguments as they stand (no shell), the message on stdin, nothing of ours leaked."""
    monkeypatch.setenv("FLEET_SECRET_OF_OURS", SECRET)
    program = script(tmp_path, f"cat >{tmp_path}/in", f'echo "$1" >{tmp_path}/arg',
                     f"env >{tmp_path}/env")  # fmt: skip
    word = "$(touch /nowhere); `id` 'x'"

    evidence = await CommandSender(CommandRoute(argv=(program, word))).send(MESSAGE)

    assert evidence == "exit 0"
    assert json.loads((tmp_path / "in").read_text())["key"] == "aa11.raised"
    assert (tmp_path / "arg").read_text() == word + "\n"
    assert SECRET not in (tmp_path / "env").read_text()


@pytest.mark.parametrize(
    ("lines", "why"),
    [
        (("exit 3",), "exit 3"),
        (("kill -TERM $$",), "exit -15"),
        (("exec <&-", "exit 0"), ""),
    ],
)
async def test_exit_codes_decide(tmp_path: Path, lines: tuple[str, ...], why: str) -> None:
    """Goal: only 0 is yes; a program that does not read its stdin is no failure by itself."""
    sender = CommandSender(CommandRoute(argv=(script(tmp_path, *lines),)))
    if why:
        assert why in await refused(sender)
    else:
        assert await sender.send(MESSAGE) == "exit 0"


async def test_a_command_that_hangs_is_ended_with_its_children(tmp_path: Path) -> None:
    """Goal: bounded time, and nothing left running."""
    program = script(
        tmp_path, f"sleep 600 & echo $! >{tmp_path}/child", f"echo $$ >{tmp_path}/me", "wait"
    )

    why = await refused(CommandSender(CommandRoute(argv=(program,), timeout_s=1)))

    assert "within 1 s" in why
    for name in ("child", "me"):
        assert gone(int((tmp_path / name).read_text()))


def gone(pid: int) -> bool:
    """Whether a process has ended; a zombie of somebody else's has."""
    for _ in range(500):
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except (FileNotFoundError, ProcessLookupError):
            return True
        if state == "Z":
            return True
        threading.Event().wait(0.01)
    return False


async def test_a_command_that_is_not_there(tmp_path: Path) -> None:
    """Goal: the system's word, no traceback; a file that is no program likewise."""
    (tmp_path / "text").write_text("x")

    for argv in (str(tmp_path / "none"), str(tmp_path / "text")):
        assert await refused(CommandSender(CommandRoute(argv=(argv,))))
