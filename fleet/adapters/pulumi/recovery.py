"""After a kill: prove the holder dead, end what outlived it, clear the lock, say what hangs.

Order matters. First the lock of the call, which its caller holds as long as it lives: if it is
held, nothing is touched. Then everything that carries the call's mark is ended by identity: an
engine that lost its caller, a provider that lost its engine. Only then may the backend's lock files
go.
"""

from __future__ import annotations

import datetime as dt
import json
import os
from pathlib import Path

from fleet.adapters.filelock import locked
from fleet.adapters.processes import LinuxProcesses
from fleet.adapters.pulumi.call import MARK, Call, CallBook
from fleet.adapters.pulumi.places import Places
from fleet.model.errors import EngineError, LockHeld
from fleet.model.text import text
from fleet.ports.process import ProcessId

_END_GRACE_S = 3.0


def recover_stack(places: Places, stack: str, processes: LinuxProcesses) -> tuple[str, ...]:
    """Clear what a killed call left; names each pending operation, lock and survivor.

    Returns nothing where there was nothing to do.

    Raises:
        LockHeld: the holder lives, or is on another machine and cannot be looked at.
        EngineError: a survivor does not end.
    """
    try:
        with locked(places.call_lock(stack), 0):
            return recover_locked(places, stack, processes)
    except TimeoutError as error:
        call = CallBook(places, stack, processes).standing()
        holder = call.caller if call is not None else processes.me()
        raise _lives(stack, holder.pid, holder.host) from error


def recover_locked(places: Places, stack: str, processes: LinuxProcesses) -> tuple[str, ...]:
    """`recover_stack` for whoever holds the stack's call lock."""
    book = CallBook(places, stack, processes)
    call = book.standing()
    done: list[str] = []
    if call is not None:
        if call.caller.host != processes.host:
            raise _lives(stack, call.caller.pid, call.caller.host)
        done += fence(call, processes)
    for lock in sorted(places.locks(stack).glob("*.json")):
        _prove_dead(stack, lock, processes)
        lock.unlink(missing_ok=True)
        done.append(f"lock {lock.stem}")
    pending = pending_operations(places, stack) if done or call is not None else ()
    if call is not None:
        book.clear()
        done.append(f"call {call.verb}")
    return (*done, *pending)


def pending_operations(places: Places, stack: str) -> tuple[str, ...]:
    """Operations that the backend records as begun and not ended, as `creating TYPE NAME`."""
    try:
        saved = json.loads(places.checkpoint(stack).read_bytes())
    except (FileNotFoundError, ValueError):
        return ()
    if not isinstance(saved, dict):
        return ()
    latest = (saved.get("checkpoint") or saved.get("deployment") or {}).get("latest") or {}
    return tuple(
        f"{operation.get('type')} {operation['resource'].get('type')} "
        f"{operation['resource'].get('urn', '').rsplit('::', 1)[-1]}"
        for operation in latest.get("pending_operations") or ()
    )


def marked_processes(mark: str, processes: LinuxProcesses) -> tuple[ProcessId, ...]:
    """Every process of this user that inherited the mark of a call."""
    wanted = f"{MARK}={mark}".encode()
    found = []
    for pid in (int(e) for e in os.listdir("/proc") if e.isdigit()):
        process = processes.identify(pid)
        try:
            environment = Path(f"/proc/{pid}/environ").read_bytes()
        except (FileNotFoundError, ProcessLookupError, PermissionError):
            # Gone by now, or another user's: no descendant of ours.
            continue
        if process is not None and wanted in environment.split(b"\0"):
            found.append(process)
    return tuple(found)


def session_processes(engine: ProcessId, processes: LinuxProcesses) -> tuple[ProcessId, ...]:
    """The engine and every process of its session (proc(5), field 6 of stat).

    One that is just ending has given up its environment and with it the mark, while a thread of it
    may still be there.
    """
    found = []
    for pid in (int(e) for e in os.listdir("/proc") if e.isdigit()):
        process = processes.identify(pid)
        if process is None or process.boot != engine.boot or process.start < engine.start:
            continue
        try:
            session = int(Path(f"/proc/{pid}/stat").read_bytes().rsplit(b")", 1)[1].split()[3])
        except (FileNotFoundError, ProcessLookupError):
            continue
        if session == engine.pid:
            found.append(process)
    return tuple(found)


def fence(call: Call, processes: LinuxProcesses) -> list[str]:
    """End everything that a call started and that still runs; says whom.

    Raises:
        EngineError: it does not end.
    """
    ended: set[ProcessId] = set()
    # Looked at again until a look finds nobody: an engine may start a provider after the first one.
    while survivors := _survivors(call, processes) - ended:
        for process in sorted(survivors, key=lambda p: p.pid):
            if not processes.end(process, _END_GRACE_S):
                raise EngineError(
                    text(
                        "pid {p} outlived its caller and does not end",
                        "进程 {p} 在调用者死亡后仍存活且无法结束",
                        p=process.pid,
                    ),
                    text("end it as its owner, then recover again", "请以其所有者身份结束它后重试"),
                )
        ended |= survivors
    return [f"ended pid {p.pid}" for p in sorted(ended, key=lambda p: p.pid)]


def _survivors(call: Call, processes: LinuxProcesses) -> set[ProcessId]:
    marked = set(marked_processes(call.mark, processes))
    return (
        marked if call.engine is None else marked | set(session_processes(call.engine, processes))
    )


def _prove_dead(stack: str, lock: Path, processes: LinuxProcesses) -> None:
    """The backend's lock names pid, host and time: alive is who has that pid and is older.

    Raises:
        LockHeld: the holder lives or cannot be looked at.
    """
    try:
        holder = json.loads(lock.read_bytes())
        pid, host = int(holder["pid"]), str(holder["hostname"])
        since = dt.datetime.fromisoformat(str(holder["timestamp"]))
    except (ValueError, KeyError, TypeError):
        # Cut off by the kill: nobody who lives wrote half a lock.
        return
    if host != processes.host:
        raise _lives(stack, pid, host)
    process = processes.identify(pid)
    if process is not None and _started(process) <= since.timestamp() + 1:
        raise _lives(stack, pid, host)


def _started(process: ProcessId) -> float:
    """When a process started, in seconds since the epoch."""
    boot = next(
        int(line.split()[1])
        for line in Path("/proc/stat").read_text("ascii").splitlines()
        if line.startswith("btime ")
    )
    return boot + process.start / os.sysconf("SC_CLK_TCK")


def _lives(stack: str, pid: int, host: str) -> LockHeld:
    return LockHeld(
        text(
            "{s} is being changed by pid {p} on {h}, which lives",
            "{s} 正由主机 {h} 的进程 {p} 变更，该进程仍存活",
            s=stack,
            p=pid,
            h=host,
        ),
        text("wait until it ends, or end it", "请等待其结束，或结束该进程"),
    )
