"""Runs a supervised service so that it cannot outlive its supervisor, nor meet its own past.

`python -m fleet.services.guard [--record FILE] [--parent PID] -- COMMAND …`

After kill -9 of a supervisor its children go on and keep their ports, and the next supervisor's
copy cannot bind. So the guard asks the kernel for SIGKILL at its parent's death, looks whether the
parent is still there, ends what the record's last process left (proved by pid, start time and boot
id, so that nobody else's process is hit), records itself and becomes COMMAND. The setting and the
identity survive exec (prctl(2), proc(5)). A parent that was replaced by a subreaper before the
first look is seen only with `--parent`; the record still lets the next start end such an orphan.

Standard library only: it has to start fast. Exit codes: 64 usage, 70 orphaned or the predecessor
cannot be ended, 126 and 127 as a shell has them for a COMMAND that cannot be run.
"""

from __future__ import annotations

import argparse
import ctypes
import json
import os
import select
import signal
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import NoReturn

from fleet.services.files import replace_private

_PR_SET_PDEATHSIG = 1  # linux/prctl.h
_GRACE_S = 2.0
_KILL_WAIT_S = 5.0
_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


class GuardError(Exception):
    """The command must not be started; the text says why."""


class UsageFault(Exception):
    """The command line is wrong; the text says how."""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise UsageFault(message)


@dataclass(frozen=True, slots=True)
class Identity:
    """A process that cannot be mistaken; `start` in clock ticks since boot (proc(5), field 22)."""

    pid: int
    start: int
    boot: str
    host: str


def identify(pid: int) -> Identity | None:
    """The process that has this pid now; None if there is none or it is a zombie."""
    try:
        raw = Path(f"/proc/{pid}/stat").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return None
    # The name in parentheses may itself hold spaces and parentheses: count from the last one.
    fields = raw[raw.rindex(b")") + 2 :].split()
    if fields[0] in (b"Z", b"X", b"x"):
        return None
    boot = _BOOT_ID.read_text("ascii").strip()
    return Identity(pid=pid, start=int(fields[19]), boot=boot, host=os.uname().nodename)


def die_with_parent(parent: int | None = None) -> None:
    """Have the kernel kill this process when its parent ends.

    Raises:
        GuardError: the parent (`parent`, or who it is now) is gone already.
        OSError: the kernel refuses.
    """
    expected = os.getppid() if parent is None else parent
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_PDEATHSIG, ctypes.c_ulong(signal.SIGKILL), 0, 0, 0) != 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
    if os.getppid() != expected or (expected == 1 and parent is None):
        raise GuardError("the supervisor is gone already")


def end_predecessor(record: Path) -> None:
    """End the process that `record` names, if exactly that one still runs.

    Raises:
        GuardError: it does not end, or belongs to another user.
    """
    last = _recorded(record)
    if last is None or last.pid == os.getpid() or identify(last.pid) != last:
        return
    try:
        fd = os.pidfd_open(last.pid)
    except ProcessLookupError:
        return
    try:
        # The pidfd pins whoever has the pid now; only then is the comparison a proof.
        if identify(last.pid) != last:
            return
        if not (_end(fd, signal.SIGTERM, _GRACE_S) or _end(fd, signal.SIGKILL, _KILL_WAIT_S)):
            raise GuardError(f"process {last.pid} of the last start does not end")
    except PermissionError:
        raise GuardError(f"process {last.pid} of the last start is another user's") from None
    finally:
        os.close(fd)


def write_record(record: Path) -> None:
    """Write this process's identity, as JSON, whole and durable.

    Raises:
        OSError: it cannot be written.
        GuardError: /proc does not show this process.
    """
    me = identify(os.getpid())
    if me is None:
        raise GuardError("/proc does not show this process")
    replace_private(record, json.dumps(asdict(me)).encode() + b"\n")


def main(argv: list[str] | None = None) -> int:
    """Become COMMAND; returns only on failure, with the exit code."""
    parser = _Parser(prog="fleet.services.guard")
    parser.add_argument("--record", type=Path)
    parser.add_argument("--parent", type=int)
    parser.add_argument("command", nargs="+", metavar="COMMAND")
    try:
        given = parser.parse_args(argv)
    except UsageFault as fault:
        return _fail(str(fault), 64)
    try:
        die_with_parent(given.parent)
        if given.record is not None:
            end_predecessor(given.record)
            write_record(given.record)
    except (GuardError, OSError) as error:
        return _fail(str(error), 70)
    try:
        # To become the command is the point, and there is no shell to quote for.
        os.execvp(given.command[0], given.command)  # noqa: S606  # it becomes the service
    except FileNotFoundError as error:
        return _fail(str(error), 127)
    except OSError as error:
        return _fail(str(error), 126)


def _recorded(record: Path) -> Identity | None:
    """Who the record names; None where there is none that can be read."""
    try:
        found = json.loads(record.read_bytes())
        return Identity(
            pid=int(found["pid"]),
            start=int(found["start"]),
            boot=str(found["boot"]),
            host=str(found["host"]),
        )
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError):
        print(f"guard: {record} is no record; taken as absent", file=sys.stderr)
        return None


def _end(fd: int, sig: signal.Signals, wait_s: float) -> bool:
    try:
        signal.pidfd_send_signal(fd, sig)
    except ProcessLookupError:
        return True
    poll = select.poll()
    poll.register(fd, select.POLLIN)
    return bool(poll.poll(wait_s * 1000))


def _fail(why: str, code: int) -> int:
    print(f"guard: {why}", file=sys.stderr)
    return code


if __name__ == "__main__":
    sys.exit(main())
