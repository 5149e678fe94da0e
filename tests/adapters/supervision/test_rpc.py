"""supervisord's XML-RPC against a scripted server, and its configuration as golden text."""

from __future__ import annotations

import os
import socket
import threading
import xmlrpc.client
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from fleet.adapters.supervision.config import program_text, supervisord_text
from fleet.adapters.supervision.rpc import Rpc, RpcError


def ok(value: Any) -> bytes:
    """An HTTP answer with a value."""
    return http(xmlrpc.client.dumps((value,), methodresponse=True))


def fault(code: int, words: str) -> bytes:
    """An HTTP answer with a fault."""
    return http(xmlrpc.client.dumps(xmlrpc.client.Fault(code, words)))


def http(body: str, status: str = "200 OK") -> bytes:
    """One answer over HTTP."""
    head = f"HTTP/1.1 {status}\r\nContent-Type: text/xml\r\nContent-Length: {len(body.encode())}"
    return f"{head}\r\n\r\n{body}".encode()


@dataclass
class Scripted:
    """A supervisord that answers from a list, one connection a call; `calls` are what was asked."""

    path: Path
    replies: list[bytes] = field(default_factory=list)
    calls: list[tuple[str, tuple[object, ...]]] = field(default_factory=list)

    def serve(self, listening: socket.socket) -> None:
        """Answer until the socket is closed."""
        while True:
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            with connection, connection.makefile("rb") as stream:
                length = 0
                while (line := stream.readline().strip()) != b"":
                    if line.lower().startswith(b"content-length:"):
                        length = int(line.partition(b":")[2])
                params, method = xmlrpc.client.loads(stream.read(length))
                self.calls.append((str(method), params))
                connection.sendall(self.replies.pop(0))


@pytest.fixture
def supervisor(tmp_path: Path) -> Iterator[Scripted]:
    """A scripted server on a socket of its own."""
    made = Scripted(tmp_path / "s")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(made.path))
        listening.listen()
        thread = threading.Thread(target=made.serve, args=(listening,), daemon=True)
        thread.start()
        yield made
        listening.shutdown(socket.SHUT_RDWR)
    thread.join(5)


def test_its_own_process_number(supervisor: Scripted) -> None:
    """getPID."""
    supervisor.replies = [ok(4242)]

    assert Rpc(supervisor.path).pid() == 4242
    assert supervisor.calls == [("supervisor.getPID", ())]


@pytest.mark.parametrize(
    ("reply", "state"),
    [
        (ok({"statename": "RUNNING", "pid": 77, "name": "r"}), ("RUNNING", 77)),
        (ok({"statename": "STARTING", "pid": 78}), ("STARTING", 78)),
        (ok({"statename": "BACKOFF", "pid": 0}), ("BACKOFF", 0)),
        (ok({"statename": "FATAL", "pid": 0}), ("FATAL", 0)),
        (fault(10, "BAD_NAME: r"), ("UNKNOWN", 0)),
        (ok("no structure"), ("UNKNOWN", 0)),
    ],
)
def test_the_state_of_a_process(supervisor: Scripted, reply: bytes, state: tuple[str, int]) -> None:
    """Its name and pid; a name that nobody knows is a state too."""
    supervisor.replies = [reply]

    assert Rpc(supervisor.path).state("r") == state
    assert supervisor.calls == [("supervisor.getProcessInfo", ("r",))]


def test_reading_the_configuration_again(supervisor: Scripted) -> None:
    """Added, changed and removed, in this order."""
    supervisor.replies = [ok([[["a"], ["b", "c"], []]])]

    assert Rpc(supervisor.path).reread() == (["a"], ["b", "c"], [])


ACTS: list[tuple[str, list[tuple[str, tuple[object, ...]]], set[int]]] = [
    ("add", [("addProcessGroup", ("g",))], {90}),
    ("drop", [("stopProcessGroup", ("g", True)), ("removeProcessGroup", ("g",))], {10}),
    ("start", [("startProcess", ("g", False))], {60}),
    ("stop", [("stopProcess", ("g", True))], {70, 10}),
]


@pytest.mark.parametrize(("verb", "calls", "allowed"), ACTS)
def test_acts_are_these_calls(
    supervisor: Scripted,
    verb: str,
    calls: list[tuple[str, tuple[object, ...]]],
    allowed: set[int],
) -> None:
    """And the faults that mean "it is so already" are no errors."""
    for reply in (ok(True), *(fault(code, "as it is") for code in sorted(allowed))):
        supervisor.replies = [reply] * len(calls)
        supervisor.calls.clear()
        getattr(Rpc(supervisor.path), verb)("g")
        assert supervisor.calls == [(f"supervisor.{name}", args) for name, args in calls]


@pytest.mark.parametrize("verb", ["add", "drop", "start", "stop", "state", "pid", "reread"])
@pytest.mark.parametrize("code", [1, 2, 3, 6, 11, 50, 91, 92])
def test_any_other_fault_is_an_error_in_supervisords_words(
    supervisor: Scripted, verb: str, code: int
) -> None:
    """UNKNOWN_METHOD, SHUTDOWN_STATE, SPAWN_ERROR, STILL_RUNNING … are never passed over."""
    supervisor.replies = [fault(code, f"WORDS: {code}")] * 2
    args = () if verb in ("pid", "reread") else ("g",)

    with pytest.raises(RpcError, match=rf"\w+: WORDS: {code}"):
        getattr(Rpc(supervisor.path), verb)(*args)


@pytest.mark.parametrize(
    "reply",
    [
        http("", "500 Internal Server Error"),
        http("", "401 Unauthorized"),
        http("<html>not XML-RPC"),
        http("<methodResponse/>"),
        b"",
        b"rubbish\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n<methodResp",
    ],
)
def test_an_answer_that_is_none_is_one_error(supervisor: Scripted, reply: bytes) -> None:
    """Whatever breaks on the way: RpcError that names the call."""
    # The client of the standard library asks once more where the line broke before an answer.
    supervisor.replies = [reply, reply]

    with pytest.raises(RpcError, match="getPID: "):
        Rpc(supervisor.path).pid()


@pytest.mark.parametrize("kind", ["missing", "file", "folder"])
def test_nobody_there_is_one_error(tmp_path: Path, kind: str) -> None:
    """No socket, or something else with its name."""
    path = tmp_path / "s"
    if kind == "file":
        path.write_bytes(b"")
    elif kind == "folder":
        path.mkdir()

    with pytest.raises(RpcError, match=r"getProcessInfo: \w+Error"):
        Rpc(path).state("r")


MAIN = """\
[unix_http_server]
file=/state/100%% ok/s.sock
chmod=0600

[supervisord]
logfile=/state/100%% ok/supervisord.log
logfile_maxbytes=1MB
logfile_backups=1
pidfile=/state/100%% ok/supervisord.pid
umask=077
minfds=64
minprocs=16
nocleanup=true
identifier=fleet
{user}
[rpcinterface:supervisor]
supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface

[include]
files = */*/program.conf
"""
PROGRAM = """\
[program:registrar-340705]
command=python -m fleet.services.guard 'a b' 100%%
directory=/state/x
autostart=true
autorestart=true
startsecs=1
startretries=5
stopsignal=TERM
stopwaitsecs=5
stopasgroup=true
killasgroup=true
redirect_stderr=true
stdout_logfile=340705/registrar/log
stdout_logfile_maxbytes=1MB
stdout_logfile_backups=1
"""


@pytest.mark.parametrize(("uid", "user"), [(0, "user=0\n"), (1000, "")])
def test_the_main_file_word_for_word(monkeypatch: pytest.MonkeyPatch, uid: int, user: str) -> None:
    """One socket of our own, nothing readable by others; root is told to stay root."""
    monkeypatch.setattr(os, "geteuid", lambda: uid)
    folder = Path("/state/100% ok")

    assert supervisord_text(folder, folder / "s.sock") == MAIN.format(user=user)


def test_a_program_word_for_word() -> None:
    """Arguments quoted as a shell would, percent signs doubled, restarted and ended as a group."""
    command = ["python", "-m", "fleet.services.guard", "a b", "100%"]
    made = program_text("registrar-340705", command, Path("/state/x"), Path("340705/registrar/log"))
    slow = program_text("p", ["x"], Path("/x"), Path("log"), start_s=10)
    assert "startsecs=10\n" in slow

    assert made == PROGRAM


@pytest.mark.parametrize("folder", ["/a\nb", "/a ;b", "/a\n[program:evil]\ncommand=x"])
def test_a_path_that_would_be_read_as_something_else(folder: str) -> None:
    """A line break or a comment's beginning in it: refused, not cut."""
    with pytest.raises(ValueError, match="a path that supervisord cannot take"):
        supervisord_text(Path(folder), Path("/s"))
    with pytest.raises(ValueError, match="a path that supervisord cannot take"):
        program_text("p", ["x"], Path(folder), Path("log"))
    with pytest.raises(ValueError, match="a path that supervisord cannot take"):
        program_text("p", [folder], Path("/x"), Path("log"))
