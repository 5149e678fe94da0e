"""The shim: no program without a living, expected parent that said go."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from fleet.adapters.ansible import shim
from fleet.adapters.processes import LinuxProcesses
from tests.adapters.ansible.support import alive, until

PROGRAM = """
import os, sys, time
print(os.getpid(), oct(os.umask(0)), sys.argv[1:], flush=True)
time.sleep(60 if sys.argv[1:] == ["stay"] else 0)
"""


@pytest.fixture
def fifos(tmp_path: Path) -> Iterator[tuple[int, int]]:
    """Both fifos, open as the adapter opens them; `program.py` lies beside them."""
    (tmp_path / "program.py").write_text(PROGRAM)
    ends = []
    for name in (shim.HELLO, shim.GO):
        os.mkfifo(tmp_path / name, 0o600)
        ends.append(os.open(tmp_path / name, os.O_RDWR | os.O_NONBLOCK))
    yield ends[0], ends[1]
    for end in ends:
        os.close(end)


def _start(folder: Path, parent: int, *arguments: str) -> subprocess.Popen[str]:
    words = [sys.executable, "-I", "-S", shim.__file__, str(parent), str(folder), sys.executable]
    return subprocess.Popen(
        [*words, str(folder / "program.py"), *arguments], stdout=subprocess.PIPE, text=True
    )


def test_it_becomes_the_program_after_the_word(tmp_path: Path, fifos: tuple[int, int]) -> None:
    """Same pid, same arguments, mask 077; and not before the caller said so."""
    hello, go = fifos
    with _start(tmp_path, os.getpid(), "a", "b c") as process:
        until(lambda: Path(f"/proc/{process.pid}/wchan").exists())
        assert process.poll() is None
        os.write(go, b"g")
        said, _ = process.communicate(timeout=20)

    assert f"{process.pid} 0o77 ['a', 'b c']" == said.strip()
    assert process.pid == int(os.read(hello, 32))
    assert process.returncode == 0


def test_it_refuses_another_parent(tmp_path: Path, fifos: tuple[int, int]) -> None:
    """A caller that died before the signal was asked for leaves another parent: no program."""
    with _start(tmp_path, 1) as process:
        os.write(fifos[1], b"g")
        said, _ = process.communicate(timeout=20)

    assert said == ""
    assert process.returncode == 1


def test_it_refuses_another_word(tmp_path: Path, fifos: tuple[int, int]) -> None:
    """Anything but the agreed byte is no permission."""
    with _start(tmp_path, os.getpid()) as process:
        os.write(fifos[1], b"x")
        said, _ = process.communicate(timeout=20)

    assert said == ""
    assert process.returncode == 1


def test_program_dies_with_the_thread_that_started_it(tmp_path: Path) -> None:
    """The signal asked for before exec still holds after it: KILL the parent, the program goes."""
    (tmp_path / "program.py").write_text(PROGRAM)
    for name in (shim.HELLO, shim.GO):
        os.mkfifo(tmp_path / name, 0o600)
    go = os.open(tmp_path / shim.GO, os.O_RDWR | os.O_NONBLOCK)
    hello = os.open(tmp_path / shim.HELLO, os.O_RDWR | os.O_NONBLOCK)
    os.write(go, b"g")
    parent = (
        "import os, subprocess, sys; a = sys.argv[1:]; "
        "subprocess.run([sys.executable, '-I', '-S', a[0], str(os.getpid()), a[1], "
        "sys.executable, a[1] + '/program.py', 'stay'])"
    )
    words = [sys.executable, "-c", parent, shim.__file__, str(tmp_path)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        child = int(process.stdout.readline().split()[0])
        assert len(alive(child)) == 1

        os.kill(process.pid, signal.SIGKILL)

        until(lambda: not alive(child))
    os.close(go)
    os.close(hello)


def test_waiting_shim_dies_with_its_caller(tmp_path: Path) -> None:
    """A caller that dies before it said go leaves no shim behind that waits for ever."""
    for name in (shim.HELLO, shim.GO):
        os.mkfifo(tmp_path / name, 0o600)
    hello = os.open(tmp_path / shim.HELLO, os.O_RDWR | os.O_NONBLOCK)
    parent = (
        "import os, subprocess, sys; a = sys.argv[1:]; "
        "subprocess.run([sys.executable, '-I', '-S', a[0], str(os.getpid()), a[1], 'x', 'y'])"
    )
    with subprocess.Popen([sys.executable, "-c", parent, shim.__file__, str(tmp_path)]) as process:
        deadline = time.monotonic() + 15
        said = b""
        while not said and time.monotonic() < deadline:
            try:
                said = os.read(hello, 32)
            except BlockingIOError:
                time.sleep(0.005)
        child = int(said)
        assert LinuxProcesses().identify(child) is not None

        os.kill(process.pid, signal.SIGKILL)

        until(lambda: not alive(child))
    os.close(hello)
