"""A private file is whole or absent, 0600 from its first moment, and made once."""

from __future__ import annotations

import fcntl
import os
import resource
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from fleet.adapters.atomic import clear_killed, create_private, private_folder, write_private
from tests.adapters.forked import Forked, in_fork


def mode(path: Path) -> int:
    """The permission bits of a path."""
    return stat.S_IMODE(path.stat().st_mode)


def test_written_and_private(tmp_path: Path) -> None:
    """The bytes arrive, 0600 under any umask, and nothing else is left in the folder."""
    path = tmp_path / "key"

    def write() -> None:
        os.umask(0)
        write_private(path, b"one")
        write_private(path, b"two")

    in_fork(write)

    assert path.read_bytes() == b"two"
    assert mode(path) == 0o600
    assert [path] == list(tmp_path.iterdir())


def test_a_loose_file_is_replaced_by_a_private_one(tmp_path: Path) -> None:
    """A file that others could read does not lend its mode to its successor."""
    path = tmp_path / "key"
    path.write_bytes(b"old")
    path.chmod(0o644)

    write_private(path, b"new")

    assert mode(path) == 0o600


def test_a_full_disk_keeps_the_old_bytes(tmp_path: Path) -> None:
    """A write that fails in the middle leaves the old file whole and no half beside it."""
    path = tmp_path / "state"
    write_private(path, b"old" * 100)

    def write() -> str:
        resource.setrlimit(resource.RLIMIT_FSIZE, (1000, resource.RLIM_INFINITY))
        try:
            write_private(path, b"new" * 100_000)
        except OSError as error:
            return str(error.strerror)
        return "written"

    assert in_fork(write) == "File too large"
    assert path.read_bytes() == b"old" * 100
    assert [path] == list(tmp_path.iterdir())


def test_a_refused_rename_leaves_nothing(tmp_path: Path) -> None:
    """Where a folder has the name, the error comes out and no temporary file stays."""
    (tmp_path / "taken").mkdir()

    with pytest.raises(IsADirectoryError):
        write_private(tmp_path / "taken", b"x")

    assert [tmp_path / "taken"] == list(tmp_path.iterdir())


def test_created_once(tmp_path: Path) -> None:
    """The second maker is told so, and the first one's bytes stand."""
    path = tmp_path / "city-key"

    assert create_private(path, b"first")
    assert not create_private(path, b"second")

    assert path.read_bytes() == b"first"
    assert mode(path) == 0o600
    assert [path] == list(tmp_path.iterdir())


def test_of_many_makers_one_succeeds(tmp_path: Path) -> None:
    """Eight processes make one key at once: one says yes, and its bytes are the key."""
    path = tmp_path / "city-key"

    def make(number: int) -> Forked:
        def work(fd: int) -> None:
            os.write(fd, b"1" if create_private(path, b"%d" % number) else b"0")

        return Forked(work)

    said = []
    for fork in [make(n) for n in range(8)]:
        said.append(fork.read())
        assert fork.wait() == 0

    assert said.count(b"1") == 1
    assert b"%d" % said.index(b"1") == path.read_bytes()


KILLED = (
    "import os, signal, sys\n"
    "from pathlib import Path\n"
    "from fleet.adapters import atomic\n"
    "die = lambda *_: os.kill(os.getpid(), signal.SIGKILL)\n"
    "setattr(os, sys.argv[2], die)\n"
    "getattr(atomic, sys.argv[1])(Path(sys.argv[3]), b'secret')\n"
)


@pytest.mark.parametrize(
    ("write", "at", "made"),
    [
        ("write_private", "fsync", False),
        ("write_private", "replace", False),
        ("create_private", "link", False),
        ("create_private", "unlink", True),
    ],
)
def test_what_a_killed_writer_left_goes_at_the_next_use(
    tmp_path: Path, write: str, at: str, made: bool
) -> None:
    """Also a key under its second name, which nobody would ever make again."""
    path = tmp_path / "city-key"
    command = [sys.executable, "-c", KILLED, write, at, str(path)]
    assert subprocess.run(command, check=False, timeout=30).returncode == -signal.SIGKILL
    assert path.exists() is made
    assert len(list(tmp_path.iterdir())) == 1 + made

    clear_killed(path)

    assert list(tmp_path.iterdir()) == [path] * made
    write_private(path, b"next")
    assert list(tmp_path.iterdir()) == [path]


def test_a_living_writers_file_and_other_names_are_left_alone(tmp_path: Path) -> None:
    """Only exactly our form of name, and only where no lock is held."""
    path = tmp_path / "state"
    others = [
        tmp_path / name for name in (".state.new", ".state.0123456789ab.x", ".state2.0123456789ab")
    ]
    living = tmp_path / ".state.0123456789ab"
    for file in (*others, living):
        file.touch()
    with living.open() as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        write_private(path, b"x")
        assert set(tmp_path.iterdir()) == {path, living, *others}
    clear_killed(path)
    assert set(tmp_path.iterdir()) == {path, *others}


def test_a_folder_that_is_not_there_has_nothing_to_clear(tmp_path: Path) -> None:
    """The first use of a state folder."""
    clear_killed(tmp_path / "keys" / "city-key")


def test_many_writers_of_one_file_do_not_take_each_other_for_dead(tmp_path: Path) -> None:
    """Eight processes replace one file again and again: no error, and one of theirs stands."""
    path = tmp_path / "state"

    def write(number: int) -> Forked:
        def work(fd: int) -> None:
            for _ in range(20):
                write_private(path, b"%d" % number)
            os.write(fd, b"done")

        return Forked(work)

    forks = [write(n) for n in range(8)]
    assert [fork.read() for fork in forks] == [b"done"] * 8
    assert [fork.wait() for fork in forks] == [0] * 8
    assert path.read_bytes() in {b"%d" % n for n in range(8)}
    assert list(tmp_path.iterdir()) == [path]


def test_folders_are_private_and_parents_too(tmp_path: Path) -> None:
    """Every folder made is 0700; one that was there keeps its mode (a shared 2770 is a choice)."""
    shared = tmp_path / "shared"
    shared.mkdir()
    shared.chmod(0o2770)

    def make() -> None:
        os.umask(0)
        private_folder(shared / "a" / "b")

    in_fork(make)

    assert [
        mode(p) & 0o7777 & ~(0o2000 if p != shared else 0)
        for p in (shared, shared / "a", shared / "a" / "b")
    ] == [0o2770, 0o700, 0o700]


def test_a_file_in_the_way_of_a_folder_is_an_error(tmp_path: Path) -> None:
    """A file with the folder's name is not taken for it."""
    (tmp_path / "locks").write_text("")

    with pytest.raises(OSError, match="locks"):
        private_folder(tmp_path / "locks")
