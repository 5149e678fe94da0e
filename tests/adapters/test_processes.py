"""A process is told by pid, start and boot, and ended only when it is exactly the one meant."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from fleet.adapters.processes import LinuxProcesses, set_parent_death_signal
from fleet.ports.process import ProcessId
from tests.adapters.forked import Forked, in_fork

PROCESSES = LinuxProcesses()


def until(condition: Callable[[], bool], seconds: float = 10.0) -> None:
    """Wait for something another process does; fail when it does not happen."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.005)


def identified(pid: int) -> ProcessId:
    """The process `pid`, which is there."""
    found = PROCESSES.identify(pid)
    assert found is not None
    return found


@pytest.fixture
def sleeper() -> Iterator[subprocess.Popen[bytes]]:
    """A process that would run for a minute."""
    process = subprocess.Popen(["sleep", "60"])
    yield process
    process.kill()
    process.wait()


def test_me_is_this_process() -> None:
    """`me` names the caller: its pid, this boot, this host, and it is alive."""
    me = PROCESSES.me()

    assert os.getpid() == me.pid
    assert Path("/proc/sys/kernel/random/boot_id").read_text().strip() == me.boot
    assert os.uname().nodename == me.host
    assert PROCESSES.alive(me)


def test_start_time_is_field_22(sleeper: subprocess.Popen[bytes]) -> None:
    """The start time agrees with procps' reading of the same field (ps -o lstart is derived)."""
    fields = Path(f"/proc/{sleeper.pid}/stat").read_text().split()

    assert int(fields[21]) == identified(sleeper.pid).start


def test_no_process_is_none() -> None:
    """A pid that nobody has, here a child that was reaped, identifies as nobody."""
    child = subprocess.Popen(["true"])
    child.wait()

    assert PROCESSES.identify(child.pid) is None


def test_zombie_is_dead(sleeper: subprocess.Popen[bytes]) -> None:
    """A process that ended and was not reaped is none, though /proc still shows it."""
    process = identified(sleeper.pid)
    sleeper.kill()

    until(lambda: not PROCESSES.alive(process))

    assert Path(f"/proc/{sleeper.pid}/stat").exists()
    assert PROCESSES.identify(sleeper.pid) is None


def test_stopped_is_alive(sleeper: subprocess.Popen[bytes]) -> None:
    """A stopped process has not ended: it may go on at any time."""
    process = identified(sleeper.pid)
    sleeper.send_signal(signal.SIGSTOP)

    until(lambda: Path(f"/proc/{sleeper.pid}/stat").read_text().split()[2] == "T")

    assert PROCESSES.alive(process)


@pytest.mark.parametrize("name", ["a) S 1 (b", "x y z", "((", "))"])
def test_odd_names_are_parsed(tmp_path: Path, name: str) -> None:
    """A program may call itself anything: fields are counted from the last parenthesis."""
    program = tmp_path / name
    program.symlink_to("/bin/sleep")
    child = subprocess.Popen([str(program), "60"])
    try:
        until(lambda: name[:15] in Path(f"/proc/{child.pid}/stat").read_text())

        assert PROCESSES.alive(identified(child.pid))
    finally:
        child.kill()
        child.wait()


def test_another_start_is_another_process(sleeper: subprocess.Popen[bytes]) -> None:
    """A reused pid does not pass for the process that had it before."""
    process = identified(sleeper.pid)

    assert not PROCESSES.alive(process.model_copy(update={"start": process.start - 1}))


def test_another_boot_is_dead_and_another_host_is_not_ours_to_judge() -> None:
    """Nothing survives a reboot; of another machine nobody can tell, so it counts as alive."""
    me = PROCESSES.me()

    assert not PROCESSES.alive(me.model_copy(update={"boot": "0" * 36}))
    assert PROCESSES.alive(me.model_copy(update={"host": "elsewhere", "boot": "0" * 36}))


def test_descendants_are_all_below() -> None:
    """Children and grandchildren are named, parents first, and nobody else."""
    script = "sleep 60 & sh -c 'sleep 60 & echo go; wait' & wait"
    with subprocess.Popen(["sh", "-c", script], stdout=subprocess.PIPE) as top:
        assert top.stdout is not None
        top.stdout.readline()
        process = identified(top.pid)
        below = PROCESSES.descendants(process)

        assert len(below) == 3
        assert all(PROCESSES.alive(p) for p in below)
        assert process not in below
        for one in (process, *below):
            assert PROCESSES.end(one, 5.0)


def test_a_dead_process_has_no_descendants(sleeper: subprocess.Popen[bytes]) -> None:
    """A wrong start time means another process, whose children are not asked for."""
    me = PROCESSES.me()
    assert identified(sleeper.pid) in PROCESSES.descendants(me)

    assert PROCESSES.descendants(me.model_copy(update={"start": me.start + 1})) == ()


def test_end_asks_first(sleeper: subprocess.Popen[bytes]) -> None:
    """A process that heeds TERM ends by it."""
    assert PROCESSES.end(identified(sleeper.pid), 10.0)

    assert sleeper.wait() == -signal.SIGTERM


def test_end_makes_it_end() -> None:
    """A process that ignores TERM is killed after the grace."""

    def deaf(fd: int) -> None:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        os.write(fd, b"1")
        time.sleep(60)

    fork = Forked(deaf)
    assert fork.read() == b"1"

    assert PROCESSES.end(identified(fork.pid), 0.05)

    assert fork.wait() == -signal.SIGKILL


def test_end_spares_another_with_the_same_pid(sleeper: subprocess.Popen[bytes]) -> None:
    """Where the pid belongs to another by now, the one meant is gone and nobody is signalled."""
    process = identified(sleeper.pid)

    assert PROCESSES.end(process.model_copy(update={"start": process.start + 1}), 0.05)

    assert sleeper.poll() is None
    assert PROCESSES.alive(process)


def test_end_of_a_process_elsewhere_is_refused(sleeper: subprocess.Popen[bytes]) -> None:
    """A process of another host is neither ended nor said to be."""
    process = identified(sleeper.pid).model_copy(update={"host": "elsewhere"})

    assert not PROCESSES.end(process, 0.05)

    assert sleeper.poll() is None


def test_end_of_a_dead_process_is_done() -> None:
    """Ending what has ended succeeds, also when it was never there."""
    me = PROCESSES.me()

    assert PROCESSES.end(me.model_copy(update={"boot": "0" * 36}), 0.05)


def test_children_die_with_their_parent() -> None:
    """Kill -9 of a parent ends the child that asked for it."""

    def parent(fd: int) -> None:
        me = os.getpid()

        def child(_fd: int) -> None:
            set_parent_death_signal(me)
            os.write(fd, b"%d\n" % os.getpid())
            time.sleep(60)

        Forked(child)
        time.sleep(60)

    fork = Forked(parent)
    child = identified(int(fork.read()))

    fork.kill()
    fork.wait()

    until(lambda: not PROCESSES.alive(child))


def test_a_parent_that_died_before_is_found() -> None:
    """Asked too late, the signal is delivered at once: the parent named is not the parent."""

    def late(_fd: int) -> None:
        set_parent_death_signal(os.getppid() + 1, signal.SIGTERM)

    assert Forked(late).wait() == -signal.SIGTERM


def test_a_refused_signal_is_an_error() -> None:
    """The kernel's refusal of a signal that does not exist is raised, not swallowed."""

    def wrong() -> str:
        try:
            set_parent_death_signal(os.getppid(), 12345)
        except OSError as error:
            return type(error).__name__
        return "nothing"

    assert in_fork(wrong) == "OSError"


def test_a_leader_that_ended_before_its_threads_is_alive() -> None:
    """A process whose first thread is over (state Z) still runs in its other threads."""

    def work(fd: int) -> None:
        import threading

        def other() -> None:
            until(lambda: b") Z " in Path(f"/proc/{os.getpid()}/stat").read_bytes())
            os.write(fd, b"1")
            time.sleep(60)

        threading.Thread(target=other).start()
        # pthread_exit of the first thread alone; the process lives on.
        ctypes.CDLL(None).syscall(60 if os.uname().machine == "x86_64" else 93, 0)

    fork = Forked(work)
    try:
        assert fork.read() == b"1"
        assert PROCESSES.identify(fork.pid) is not None
    finally:
        fork.kill()
        fork.wait()
