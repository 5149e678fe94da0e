"""A lease has one holder, says who, and ends with its process and only then."""

from __future__ import annotations

import os
import random
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from fleet.adapters.clock import SystemClock
from fleet.adapters.leases import FileLeases, user_name
from fleet.adapters.processes import LinuxProcesses
from fleet.model.errors import LockHeld, StoreError
from tests.adapters.forked import Forked, in_fork

A, B, C = "compound/cuihu", "compound/yijing", "stack/340705"


def leases(folder: Path) -> FileLeases:
    """Leases over a state folder, as the product makes them."""
    return FileLeases(folder, LinuxProcesses())


def free(folder: Path, *names: str) -> bool:
    """Whether another process gets the leases at this moment."""

    def take() -> bool:
        try:
            with leases(folder).hold(names, "probe"):
                return True
        except LockHeld:
            return False

    return in_fork(take)


def holding(folder: Path, *names: str, purpose: str = "apply r-1") -> Forked:
    """A fork that holds leases until it is ended; returns when it has them."""

    def work(fd: int) -> None:
        with leases(folder).hold(names, purpose):
            os.write(fd, b"held")
            signal.pause()

    fork = Forked(work)
    assert fork.read() == b"held"
    return fork


def test_held_inside_and_free_after(tmp_path: Path) -> None:
    """A lease is refused to others inside the block and given to them after it."""
    with leases(tmp_path).hold([A], "apply"):
        assert not free(tmp_path, A)

    assert free(tmp_path, A)


def test_refusal_names_the_holder(tmp_path: Path) -> None:
    """The refused party reads user, pid, host, purpose and time, in both languages."""
    before = SystemClock().now()
    fork = holding(tmp_path, A)
    try:
        with pytest.raises(LockHeld) as caught, leases(tmp_path).hold([A], "mine"):
            pytest.fail("two holders")
    finally:
        fork.kill()
        fork.wait()

    for said in (caught.value.summary.en, caught.value.summary.zh):
        for part in (A, user_name(), str(fork.pid), os.uname().nodename, "apply r-1", before[:11]):
            assert part in said
    assert caught.value.fix is not None
    assert caught.value.exit_code == 7


def test_all_or_none(tmp_path: Path) -> None:
    """Where one of several is held, none is kept: the others stay free."""
    with leases(tmp_path).hold([B], "apply"):

        def take() -> str:
            try:
                with leases(tmp_path).hold([A, B, C], "other"):
                    return "all"
            except LockHeld:
                # Still inside this process: a kept one would show as held.
                return str(free(tmp_path, A, C))

        assert in_fork(take) == "True"


def test_the_same_name_twice_is_one(tmp_path: Path) -> None:
    """Naming a lease twice in one call does not lock the caller out of itself."""
    with leases(tmp_path).hold([A, A], "apply"):
        assert not free(tmp_path, A)


def test_one_process_is_no_exception(tmp_path: Path) -> None:
    """A second actor inside the same process is refused as well, naming this process."""
    with leases(tmp_path).hold([A], "first"):
        with pytest.raises(LockHeld, match=str(os.getpid())), leases(tmp_path).hold([A], "second"):
            pytest.fail("two holders")

        assert not free(tmp_path, A)


def test_kill_9_releases(tmp_path: Path) -> None:
    """After kill -9 of the holder nothing is to be cleaned: the next one gets the lease."""
    fork = holding(tmp_path, A, C)

    fork.kill(signal.SIGKILL)
    fork.wait()

    assert free(tmp_path, A, C)
    assert leases(tmp_path).holders() == ()


def test_a_stopped_holder_still_holds(tmp_path: Path) -> None:
    """SIGSTOP is not the end: the lease is refused, and the stopped holder is named."""
    fork = holding(tmp_path, A)
    try:
        fork.kill(signal.SIGSTOP)
        os.waitpid(fork.pid, os.WUNTRACED)

        with pytest.raises(LockHeld, match=str(fork.pid)), leases(tmp_path).hold([A], "mine"):
            pytest.fail("two holders")
    finally:
        fork.kill()
        fork.wait()


def test_a_fork_does_not_inherit(tmp_path: Path) -> None:
    """A forked child that outlives the holder keeps no lease, and its end takes none away."""

    def holder(fd: int) -> None:
        with leases(tmp_path).hold([A], "apply"):

            def child(_fd: int) -> None:
                signal.pause()

            os.write(fd, b"%d" % Forked(child).pid)
            signal.pause()

    fork = Forked(holder)
    child = int(fork.read())
    assert not free(tmp_path, A)

    fork.kill()
    fork.wait()
    try:
        assert free(tmp_path, A)
    finally:
        os.kill(child, signal.SIGKILL)


def test_a_fork_that_leaves_the_block_releases_nothing(tmp_path: Path) -> None:
    """A child that unwinds the parent's block does not end the parent's lease."""
    block = leases(tmp_path).hold([A], "apply")
    with block:

        def unwind() -> bool:
            block.__exit__(None, None, None)
            return True

        assert in_fork(unwind)
        assert not free(tmp_path, A)


def test_a_started_program_does_not_inherit(tmp_path: Path) -> None:
    """Lock files are close-on-exec, also for a start that closes no files by itself."""
    with leases(tmp_path).hold([A], "apply"):
        child = subprocess.Popen(["sleep", "60"], close_fds=False)
    try:
        assert free(tmp_path, A)
    finally:
        child.kill()
        child.wait()


def test_holders_are_listed_without_a_lock(tmp_path: Path) -> None:
    """The doctor's list names live holders, and looking does not refuse anybody."""
    with leases(tmp_path).hold([A, C], "apply r-7"):
        listed = leases(tmp_path).holders()

        assert [h.name for h in listed] == [A, C]
        assert {"apply r-7"} == {h.purpose for h in listed}
        assert {os.getpid()} == {h.process.pid for h in listed}
    assert leases(tmp_path).holders() == ()


def test_files_are_private(tmp_path: Path) -> None:
    """The folder is 0700 and the files 0600 whatever the umask allows."""
    state = tmp_path / "state"

    def modes() -> list[int]:
        os.umask(0)
        with leases(state).hold([A], "apply"):
            paths = (state, state / "locks", *(state / "locks").iterdir())
            return [stat.S_IMODE(p.stat().st_mode) for p in paths]

    assert in_fork(modes) == [0o700, 0o700, 0o600]


def test_an_unusable_folder_is_a_store_error(tmp_path: Path) -> None:
    """A file where the folder should be is named with its path."""
    (tmp_path / "locks").write_text("")

    with pytest.raises(StoreError, match="locks"), leases(tmp_path).hold([A], "apply"):
        pytest.fail("held nothing")


def test_a_holder_without_a_line_is_still_a_holder(tmp_path: Path) -> None:
    """A lock whose holder has not written its line is refused all the same."""
    import fcntl

    with leases(tmp_path).hold([A], "apply"):
        pass
    fd = os.open(tmp_path / "locks" / "compound_cuihu.lock", os.O_RDWR)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX)

        with pytest.raises(LockHeld, match="not said who"), leases(tmp_path).hold([A], "mine"):
            pytest.fail("two holders")
    finally:
        os.close(fd)


_ACTOR = """
import sys
from pathlib import Path
from fleet.adapters.leases import FileLeases
from fleet.adapters.processes import LinuxProcesses
from fleet.model.errors import LockHeld
leases = FileLeases(Path(sys.argv[1]), LinuxProcesses())
held = None
for line in sys.stdin:
    names = line.split()
    if names[0] == "take":
        try:
            held = leases.hold(names[1:], "interleaved")
            held.__enter__()
            print("held", flush=True)
        except LockHeld as error:
            held = None
            print("refused", error.summary.en, flush=True)
    else:
        if held is not None:
            held.__exit__(None, None, None)
            held = None
        print("dropped", flush=True)
"""


class Actor:
    """A process that takes and drops leases as it is told."""

    def __init__(self, folder: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", _ACTOR, str(folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def tell(self, words: str) -> None:
        """Say something without waiting for the answer."""
        assert self.process.stdin is not None
        self.process.stdin.write(words + "\n")
        self.process.stdin.flush()

    def answer(self) -> str:
        """The answer to the oldest thing said."""
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()

    def __enter__(self) -> Actor:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.communicate()


@pytest.mark.property
def test_200_interleavings_of_two_processes(tmp_path: Path) -> None:
    """Two processes take overlapping leases at once, 200 times: never both, and never neither.

    Both are told before either answers. Where the sets overlap at most one holds; the refused one
    names the other; where they do not overlap both hold.
    """
    dice = random.Random(20260823)
    with Actor(tmp_path) as one, Actor(tmp_path) as two:
        for _ in range(200):
            sets = [dice.sample([A, B, C], dice.randint(1, 3)) for _ in range(2)]
            told = [(one, sets[0]), (two, sets[1])]
            dice.shuffle(told)
            for actor, names in told:
                actor.tell("take " + " ".join(names))
            answers = [one.answer(), two.answer()]

            held = [a == "held" for a in answers]
            if set(sets[0]) & set(sets[1]):
                assert held != [True, True], sets
            else:
                assert held == [True, True], (sets, answers)
            for mine, other in ((0, two), (1, one)):
                if not held[mine] and held[1 - mine]:
                    assert f"pid {other.process.pid} " in answers[mine]
            for actor in (one, two):
                actor.tell("drop")
                assert actor.answer() == "dropped"
    assert free(tmp_path, A, B, C)
