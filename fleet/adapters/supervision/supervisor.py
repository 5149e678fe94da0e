"""One supervisord a state folder: started as a daemon, proved by identity, ended with its last job.

Its record (`services/supervisord.json`) is written before it is started and again when it runs, so
that a caller killed in between leaves nothing nobody knows of. All changes are made under one file
lock: two districts' stacks may come up at once.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from pydantic import ValidationError

from fleet.adapters.atomic import clear_killed, create_private, write_private
from fleet.adapters.filelock import locked
from fleet.adapters.processes import LinuxProcesses
from fleet.adapters.supervision.config import supervisord_text
from fleet.adapters.supervision.rpc import Rpc, RpcError
from fleet.model.base import Frozen
from fleet.model.errors import EngineError
from fleet.model.text import text
from fleet.ports.process import ProcessId

START_WAIT_S = 20.0
_LOOK_EVERY_S = 0.05
_END_GRACE_S = 10.0
_LOCK_WAIT_S = 60.0
# sun_path holds 108 bytes, and supervisord first binds a name with its pid appended (unix(7)).
_SOCKET_PATH_MAX = 100
# The folder made for it, its random part and the socket's own name.
_SHORT_NAME = len("/fleet-sv-12345678/supervisord.sock")
_CHILD_ENVIRONMENT = ("PATH", "HOME", "LANG", "TMPDIR", "TZ")


class SupervisorRecord(Frozen):
    """Where the supervisord of a state folder listens and which process it is (None: starting)."""

    socket: str
    process: ProcessId | None = None


class Supervisor:
    """The supervisord of one state folder."""

    def __init__(self, state_dir: Path, processes: LinuxProcesses | None = None) -> None:
        self.folder = state_dir / "services"
        self.log = self.folder / "supervisord.log"
        self._conf = self.folder / "supervisord.conf"
        self._record = self.folder / "supervisord.json"
        self._pidfile = self.folder / "supervisord.pid"
        self.processes = processes or LinuxProcesses()

    @contextlib.contextmanager
    def changing(self) -> Iterator[None]:
        """Hold the lock under which the supervisor and its programs are changed.

        Raises:
            EngineError: another process holds it for a minute.
        """
        path = self.folder / ".lock"
        try:
            with locked(path, _LOCK_WAIT_S):
                yield
                if not any(self.folder.glob("*/*/program.conf")) and self.record() is None:
                    path.unlink(missing_ok=True)
                    with contextlib.suppress(OSError):
                        self.folder.rmdir()
        except TimeoutError as error:
            raise _failed(self.log, str(error)) from error

    def record(self) -> SupervisorRecord | None:
        """What is known of this state folder's supervisord; None if there is none."""
        try:
            return SupervisorRecord.model_validate_json(self._record.read_bytes())
        except (FileNotFoundError, ValidationError):
            return None

    def running(self) -> Rpc | None:
        """A client of the running supervisord; None if it does not run or does not answer."""
        record = self.record()
        if record is None or record.process is None or not self.processes.alive(record.process):
            return None
        rpc = Rpc(Path(record.socket))
        try:
            return rpc if rpc.pid() == record.process.pid else None
        except RpcError:
            return None

    def ensure(self) -> Rpc:
        """A client of the running supervisord, started where there is none; under `changing`.

        Raises:
            EngineError: it does not start or does not answer; the text names its log.
        """
        rpc = self.running()
        if rpc is not None:
            return rpc
        self._end_old()
        record = SupervisorRecord(socket=str(self._socket_path()))
        write_private(self._record, record.model_dump_json().encode())
        write_private(self._conf, supervisord_text(self.folder, Path(record.socket)).encode())
        # Made first: supervisord would open its log before it sets its umask.
        create_private(self.log, b"")
        try:
            rpc = self._started(Rpc(Path(record.socket)))
        except EngineError:
            # One that came up too late would run on, known to nobody.
            self._end_old()
            raise
        process = self.processes.identify(rpc.pid())
        written = SupervisorRecord(socket=record.socket, process=process)
        write_private(self._record, written.model_dump_json().encode())
        return rpc

    def end_if_idle(self) -> None:
        """End supervisord and remove its files where it has no program left; under `changing`.

        Raises:
            EngineError: it does not end.
        """
        if any(self.folder.glob("*/*/program.conf")):
            return
        record = self.record()
        self._end_old()
        if record is not None:
            socket = Path(record.socket)
            socket.unlink(missing_ok=True)
            if socket.parent != self.folder and socket.parent.is_dir():
                socket.parent.rmdir()
        for path in (
            self._conf,
            self._pidfile,
            self._record,
            *self.folder.glob("supervisord.log*"),
        ):
            clear_killed(path)
            path.unlink(missing_ok=True)

    def _socket_path(self) -> Path:
        record = self.record()
        if record is not None and Path(record.socket).parent.is_dir():
            return Path(record.socket)
        path = self.folder / "supervisord.sock"
        if len(os.fsencode(path)) < _SOCKET_PATH_MAX:
            return path
        return short_folder() / path.name

    def _end_old(self) -> None:
        """End a supervisord that is ours and does not answer, or was started and not recorded."""
        record = self.record()
        known = {record.process} if record is not None and record.process is not None else set()
        for process in known | self._unrecorded():
            if not self.processes.end(process, _END_GRACE_S):
                raise _failed(self.log, f"pid {process.pid} does not end")
        if record is not None:
            Path(record.socket).unlink(missing_ok=True)

    def _unrecorded(self) -> set[ProcessId]:
        """Every supervisord of this very state folder, known by the file that it was given.

        There is one more than recorded if its starter was killed, or if somebody removed the
        folder beneath it.
        """
        wanted = os.fsencode(self._conf)
        found = set()
        for pid in (int(entry) for entry in os.listdir("/proc") if entry.isdigit()):
            try:
                command = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
            except (FileNotFoundError, ProcessLookupError):
                continue
            if wanted in command and b"supervisor.supervisord" in command:
                process = self.processes.identify(pid)
                found |= {process} if process is not None else set()
        return found

    def _started(self, rpc: Rpc) -> Rpc:
        environment = {k: os.environ[k] for k in _CHILD_ENVIRONMENT if k in os.environ}
        starter = subprocess.Popen(
            [sys.executable, "-m", "supervisor.supervisord", "-c", str(self._conf)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            cwd=self.folder,
            env={**environment, "PYTHONDONTWRITEBYTECODE": "1", "PYTHONUTF8": "1"},
            start_new_session=True,
            umask=0o077,
        )
        deadline = time.monotonic() + START_WAIT_S
        why = ""
        while time.monotonic() < deadline:
            # It forks to become a daemon; what we started ends at once, with 0 where that worked.
            if starter.poll():
                said = starter.communicate()[1].decode("utf-8", "replace").strip()
                raise _failed(self.log, said.partition("\n")[0])
            try:
                rpc.pid()
                starter.communicate(timeout=_END_GRACE_S)
                return rpc
            except RpcError as error:
                why = str(error)
            time.sleep(_LOOK_EVERY_S)
        starter.kill()
        starter.communicate()
        raise _failed(self.log, why)


def short_folder() -> Path:
    """A new private folder in which a socket's path is short enough.

    A temporary folder may itself lie too deep: then the user's run-time folder (XDG Base Directory
    Specification), then /tmp.

    Raises:
        EngineError: none of them can be written.
    """
    last = "/tmp"  # noqa: S108 - mkdtemp makes a folder of our own in it, 0700
    places = [tempfile.gettempdir(), os.environ.get("XDG_RUNTIME_DIR"), last]
    for place in places:
        if place and len(os.fsencode(place)) < _SOCKET_PATH_MAX - _SHORT_NAME:
            with contextlib.suppress(OSError):
                return Path(tempfile.mkdtemp(prefix="fleet-sv-", dir=place))
    raise EngineError(
        text(
            "no folder is short enough for supervisord's socket: {p}",
            "没有路径足够短的目录可放 supervisord 的套接字：{p}",
            p=", ".join(p for p in places if p),
        ),
        text("set TMPDIR to a short path", "请将 TMPDIR 设为较短的路径"),
    )


def _failed(log: Path, why: str) -> EngineError:
    return EngineError(
        text("supervisord cannot be used: {w}", "supervisord 无法使用：{w}", w=why),
        text("its log says more: {p}", "详见其日志：{p}", p=log),
    )
