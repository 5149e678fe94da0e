"""One actor at a time per compound or stack: file locks that the kernel itself releases.

flock(2) belongs to the open file, ends with the process however it ends, and outlasts a SIGSTOP.
The holder writes who it is into the locked file, for the one who is refused; a line that a killed
holder left behind is told from a living one by pid, start time and boot id.
"""

from __future__ import annotations

import fcntl
import json
import os
import pwd
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from pydantic import ValidationError

from fleet.adapters.atomic import FILE_MODE, private_folder
from fleet.adapters.clock import SystemClock
from fleet.model.base import Frozen
from fleet.model.errors import LockHeld, StoreError
from fleet.model.text import Text, text
from fleet.ports.clock import Clock
from fleet.ports.process import Processes, ProcessId

# A holder writes its line right after it took the lock: how often, and how long apart, the refused
# party looks again before it says "unknown".
_LOOKS = 20
_LOOK_EVERY_S = 0.01
_held: set[int] = set()


def _forget_in_child() -> None:
    # A fork shares the open file and with it the lock: it must not outlive the parent in the child.
    # Closing a copy keeps the parent's lock; LOCK_UN would end it.
    for fd in _held:
        os.close(fd)
    _held.clear()


os.register_at_fork(after_in_child=_forget_in_child)


class Holder(Frozen):
    """Who holds a lease, as written into its lock file; `since` is UTC, RFC 3339."""

    name: str
    user: str
    process: ProcessId
    purpose: str
    since: str


class FileLeases:
    """Implements `fleet.ports.lease.Leases` with lock files in `STATE/locks/`."""

    def __init__(self, state_dir: Path, processes: Processes, clock: Clock | None = None) -> None:
        self._folder = state_dir / "locks"
        self._processes = processes
        self._clock = clock or SystemClock()

    @contextmanager
    def hold(self, names: Sequence[str], purpose: str) -> Iterator[None]:
        """Take all of `names` or none (`compound/ID`, `stack/CODE`), never waiting.

        Raises:
            LockHeld: names the holder's user, pid, host, purpose and since when.
            StoreError: the lock folder cannot be used.
        """
        owner = os.getpid()
        taken: list[int] = []
        try:
            for name in sorted(set(names)):
                taken.append(self._take(name, purpose))
            yield
        finally:
            # In a fork that leaves this block the files are closed already and not ours.
            if os.getpid() == owner:
                for fd in reversed(taken):
                    _release(fd)

    def holders(self) -> tuple[Holder, ...]:
        """The leases held now, by name; takes no lock to find out, so it disturbs nobody.

        Raises:
            StoreError: this user may not look into the lock folder.
        """
        try:
            lines = [self._read(path) for path in sorted(self._folder.glob("*.lock"))]
        except PermissionError as error:
            raise _unusable(self._folder, error) from error
        return tuple(h for h in lines if h is not None and self._processes.alive(h.process))

    def _path(self, name: str) -> Path:
        return self._folder / f"{name.replace('/', '_')}.lock"

    def _take(self, name: str, purpose: str) -> int:
        path = self._path(name)
        try:
            private_folder(self._folder)
            fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, FILE_MODE)
        except OSError as error:
            raise _unusable(path, error) from error
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(fd)
            raise self._refusal(name) from None
        _held.add(fd)
        try:
            self._sign(fd, name, purpose)
        except OSError as error:
            _release(fd)
            raise _unusable(path, error) from error
        return fd

    def _sign(self, fd: int, name: str, purpose: str) -> None:
        holder = Holder(
            name=name,
            user=user_name(),
            process=self._processes.me(),
            purpose=purpose,
            since=self._clock.now(),
        )
        os.ftruncate(fd, 0)
        os.pwrite(fd, json.dumps(holder.model_dump(), ensure_ascii=False).encode() + b"\n", 0)

    def _read(self, path: Path) -> Holder | None:
        try:
            return Holder.model_validate_json(path.read_bytes())
        except (FileNotFoundError, ValidationError):
            # Free, or its holder is writing its line at this moment.
            return None

    def _refusal(self, name: str) -> LockHeld:
        for look in range(_LOOKS):
            if look:
                time.sleep(_LOOK_EVERY_S)
            holder = self._read(self._path(name))
            if holder is not None and self._processes.alive(holder.process):
                return LockHeld(held_by(holder), _WAIT)
        return LockHeld(
            text(
                "{name} is locked by a process that has not said who it is",
                "{name} 已被锁定，持有进程尚未登记身份",
                name=name,
            ),
            _WAIT,
        )


_WAIT = text(
    "wait until it ends, then try again; a lock ends with its process, so there is none to remove",
    "请等其结束后重试；锁随进程结束自动释放，无需删除任何文件",
)


def user_name() -> str:
    """The login name of this process's user, or its number where it has no name."""
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return str(os.getuid())


def held_by(holder: Holder) -> Text:
    """Who holds a lease, where, for what and since when."""
    return text(
        "{name} is locked by {user} (pid {pid} on {host}) since {since}: {purpose}",
        "{name} 已被 {user} 锁定（主机 {host}，进程 {pid}），自 {since} 起，用途：{purpose}",
        name=holder.name,
        user=holder.user,
        pid=holder.process.pid,
        host=holder.process.host,
        since=holder.since,
        purpose=holder.purpose,
    )


def _release(fd: int) -> None:
    os.ftruncate(fd, 0)
    # LOCK_UN, not only close: a child caught between fork and exec may still have a copy.
    fcntl.flock(fd, fcntl.LOCK_UN)
    _held.discard(fd)
    os.close(fd)


def _unusable(path: Path, error: OSError) -> StoreError:
    return StoreError(
        text(
            "the locks at {path} cannot be used: {why}",
            "无法使用 {path} 处的锁：{why}",
            path=path,
            why=error.strerror,
        ),
        text(
            "give this user write access to the state folder, or free space on its disk",
            "请赋予当前用户状态目录的写权限，或清理磁盘空间",
        ),
    )
