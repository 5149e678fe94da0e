"""supervisord's files as text, the sockets that are bound, and the control socket's client."""

from __future__ import annotations

import configparser
import json
import shlex
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleet.adapters.supervision.config import program_text, supervisord_text
from fleet.adapters.supervision.control import NoAnswer, ask
from fleet.adapters.supervision.rpc import Rpc, RpcError
from fleet.adapters.supervision.sockets import bound_udp, taken
from tests.support.servers import free_block

NAMES = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cs", "Cc", "Z")), min_size=1, max_size=12
)


def read(text: str, section: str) -> dict[str, str]:
    """A section as supervisord expands it: percent signs halved, comments cut."""
    parser = configparser.RawConfigParser(inline_comment_prefixes=(";", "#"), strict=False)
    parser.read_string(text)
    return {k: v % {} for k, v in parser.items(section)}


@given(name=NAMES.filter(lambda n: ";" not in n and "#" not in n))
def test_any_folder_name_survives(name: str) -> None:
    """Property: quotes, percent signs and Chinese in a path arrive as they are."""
    folder = Path("/srv") / name
    text = program_text("x", ["/bin/true", str(folder)], folder, Path("x/log"))
    got = read(text, "program:x")
    assert shlex.split(got["command"]) == ["/bin/true", str(folder)]
    assert got["directory"] == str(folder)
    main = read(supervisord_text(folder, folder / "s"), "supervisord")
    assert main["logfile"] == f"{folder}/supervisord.log"
    assert main["umask"] == "077"


@pytest.mark.parametrize("name", ["a\nb", "a ;b"])
def test_a_folder_that_supervisord_cannot_take_is_refused(name: str) -> None:
    """Goal: a line break or a comment mark in a path is an error, not half a path."""
    with pytest.raises(ValueError, match="cannot take"):
        program_text("x", ["/bin/true"], Path("/srv") / name, Path("x/log"))


def test_bound_and_taken_agree_with_the_kernel() -> None:
    """Goal: a socket is seen while it is bound and not afterwards; other addresses stay free."""
    addresses, port = free_block()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as own:
        own.bind((addresses[0], port))
        assert (addresses[0], port) in bound_udp()
        assert taken(addresses, port) == (addresses[0],)
    assert (addresses[0], port) not in bound_udp()
    assert taken(addresses, port) == ()


def test_the_kernels_table_is_read_as_it_is_written(tmp_path: Path) -> None:
    """Goal: the address is a number in the machine's byte order (here a little-endian sample)."""
    table = tmp_path / "udp"
    table.write_text(
        "   sl  local_address rem_address   st tx_queue\n"
        "  101: 0100007F:13C4 00000000:0000 07 00000000:00000000\n"
        "  102: 020A227F:3AD4 00000000:0000 07 00000000:00000000\n"
    )
    assert bound_udp(table) == {("127.0.0.1", 5060), ("127.34.10.2", 15060)}


@contextmanager
def answering(path: Path, reply: bytes) -> Iterator[list[bytes]]:
    """A control socket that reads one line and answers `reply`."""
    asked: list[bytes] = []
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as server:
        server.bind(str(path))
        server.listen()

        def serve() -> None:
            connection, _ = server.accept()
            with connection, connection.makefile("rwb") as stream:
                asked.append(stream.readline())
                stream.write(reply)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield asked
        thread.join(5)


def test_a_verb_is_asked_and_answered(tmp_path: Path) -> None:
    """Goal: one object a line in, one out."""
    with answering(tmp_path / "s", b'{"ok":true,"n":1}\n') as asked:
        assert ask(tmp_path / "s", "status", 2.0) == {"ok": True, "n": 1}
    assert json.loads(asked[0]) == {"verb": "status"}


@pytest.mark.parametrize("reply", [b"", b"[1]\n", b"{\n", b"\xff\n", b'"x"\n'])
def test_a_bad_answer_is_no_answer(tmp_path: Path, reply: bytes) -> None:
    """Goal: whatever comes back, one error."""
    with answering(tmp_path / "s", reply), pytest.raises(NoAnswer):
        ask(tmp_path / "s", "status", 2.0)


def test_nobody_there_is_no_answer(tmp_path: Path) -> None:
    """Goal: no folder, no socket, a file in its place, a listener that never answers."""
    (tmp_path / "file").write_text("x")
    for path in (tmp_path / "none" / "s", tmp_path / "s", tmp_path / "file"):
        with pytest.raises(NoAnswer):
            ask(path, "status", 0.5)
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as server:
        server.bind(str(tmp_path / "deaf"))
        server.listen()
        with pytest.raises(NoAnswer):
            ask(tmp_path / "deaf", "status", 0.1)


def test_a_deep_folder_is_reached(tmp_path: Path) -> None:
    """Goal: a socket whose path is longer than 108 bytes is asked like any other."""
    deep = tmp_path / ("d" * 60) / ("e" * 60)
    deep.mkdir(parents=True)
    short = tmp_path / "s"
    with answering(short, b'{"ok":true}\n'):
        short.rename(deep / "control.sock")
        assert ask(deep / "control.sock", "status", 2.0) == {"ok": True}


def test_a_supervisor_that_is_not_there_is_one_error(tmp_path: Path) -> None:
    """Goal: no socket, or one that speaks no HTTP, raises RpcError and leaks no socket."""
    with pytest.raises(RpcError):
        Rpc(tmp_path / "none").pid()
    with answering(tmp_path / "s", b"hello\n"), pytest.raises(RpcError):
        Rpc(tmp_path / "s").pid()
