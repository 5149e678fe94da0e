"""Start, find, ask and end simulator processes; each is known by a record, not by a pid alone."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import select
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from fleet.simulator import identity
from fleet.simulator.errors import SimError
from fleet.simulator.files import private_folder, write_whole
from fleet.simulator.identity import Identity
from fleet.simulator.places import Places
from fleet.simulator.socketpath import connected
from fleet.simulator.spec import ProcessSpec, from_json
from fleet.simulator.store import as_stats, read_kept

START_S = 60.0
END_GRACE_S = 5.0
ASK_S = 20.0
# How long a process that hung up may take to be gone.
GONE_S = 5.0
# Told of each step: what happened ("starting", "up", "already", "ended") and the process's name.
Progress = Callable[[str, str, int], None]


class Processes(Protocol):
    """What is needed of the machine: whether a recorded process lives, and how to end it."""

    def alive(self, process: Identity) -> bool:
        """Whether exactly this process runs."""
        ...

    def end(self, process: Identity, grace_s: float) -> bool:
        """TERM, then KILL; whether it is gone."""
        ...


@dataclass
class _Starting:
    """A process on its way: its pipe is read until it says how it went."""

    spec: ProcessSpec
    places: Places
    child: subprocess.Popen[bytes]
    told: bytes = b""


class Simulators:
    """The simulator processes of one state folder (`<state>/sim`)."""

    def __init__(self, root: Path, processes: Processes) -> None:
        self._root = root
        self._processes = processes

    def up(self, specs: Sequence[ProcessSpec], fresh: bool, progress: Progress) -> None:
        """Have exactly these processes run; returns when every device listens.

        One that runs already with the same spec is left alone; one with another is ended first.
        With `fresh` all devices come out of their boxes again.

        Raises:
            SimError: a device's address is taken, or a process does not start; what this call
                started has been ended again.
        """
        private_folder(self._root)
        with self._alone():
            self._up(specs, fresh, progress)

    def _up(self, specs: Sequence[ProcessSpec], fresh: bool, progress: Progress) -> None:
        wanted = {spec.name for spec in specs}
        for name in self._names():
            if fresh or name not in wanted:
                self._end(name, progress)
            if name not in wanted:
                # Its devices are in no inventory any more; their memories wait for their return.
                Places(self._root / name).spec.unlink(missing_ok=True)
        if fresh:
            for name in self._names():
                shutil.rmtree(self._root / name)
        starting = []
        for spec in specs:
            if self._runs_as(spec):
                progress("already", spec.name, len(spec.devices))
                continue
            self._end(spec.name, progress)
            starting.append(self._started(spec, progress))
        try:
            self._await(starting, progress)
        except SimError:
            for one in starting:
                self._end(one.spec.name, progress)
            raise

    def down(self, progress: Progress) -> int:
        """End every process of this state folder and prove it gone; returns how many ran.

        Raises:
            SimError: one could not be ended.
        """
        if not self._root.is_dir():
            return 0
        with self._alone():
            return sum(self._end(name, progress) for name in self._names())

    def running(self) -> list[str]:
        """The names of the processes that run."""
        return [name for name in self._names() if self._alive(name) is not None]

    def ask(self, name: str, question: dict[str, Any]) -> dict[str, Any]:
        """Ask one process over its control socket.

        Raises:
            SimError: it does not run, or says no.
        """
        try:
            with connected(Places(self._root / name).socket, ASK_S) as sock:
                sock.sendall(json.dumps(question, ensure_ascii=False).encode() + b"\n")
                with sock.makefile("rb") as stream:
                    answer: dict[str, Any] = json.loads(stream.readline())
        except (OSError, ValueError):
            raise SimError("not-running", why=name) from None
        if not answer.pop("ok"):
            raise SimError(answer["code"], **answer["facts"])
        return answer

    def stats(self) -> dict[str, dict[str, int]]:
        """The counters of every device: exact of those that run, from disk of the others.

        Raises:
            SimError: a device's memory cannot be read.
        """
        found: dict[str, dict[str, int]] = {}
        for name in self._names():
            if self._alive(name) is None:
                found |= self._stored(name)
                continue
            try:
                found |= self.ask(name, {"verb": "stats"})["devices"]
            except SimError as error:
                if error.code != "not-running" or not self._gone(name):
                    raise
                # It ended between the look and the question; what it flushed is exact then.
                found |= self._stored(name)
        return found

    def log(self, device: str) -> list[dict[str, Any]]:
        """The write log of a device, whether it runs or not.

        Raises:
            SimError: nobody knows the device, or its memory cannot be read.
        """
        name = self.process_of(device)
        if self._alive(name) is not None:
            entries: list[dict[str, Any]] = self.ask(name, {"verb": "log", "device": device})["log"]
            return entries
        path = Places(self._root / name).device(device)
        if not path.exists():
            return []
        raw: list[dict[str, Any]] = json.loads(path.read_text("utf-8"))["log"]
        return raw

    def process_of(self, device: str) -> str:
        """The name of the process that has a device.

        Raises:
            SimError: none has it; `known` holds the ids there are.
        """
        known: list[str] = []
        for name in self._names():
            spec = self._spec(name)
            ids = [d.id for d in spec.devices] if spec else []
            if device in ids:
                return name
            known += ids
        raise SimError("unknown-device", device=device, known=known)

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        """One starter or ender at a time; the kernel lets go when it dies."""
        fd = os.open(self._root / ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(fd, fcntl.LOCK_EX)
            yield
        finally:
            os.close(fd)

    def _names(self) -> list[str]:
        if not self._root.is_dir():
            return []
        return sorted(p.name for p in self._root.iterdir() if p.is_dir())

    def _alive(self, name: str) -> Identity | None:
        found = identity.read(Places(self._root / name).record)
        return found if found is not None and self._processes.alive(found) else None

    def _gone(self, name: str) -> bool:
        """Whether a process that no longer answers has ended; its last moments are waited for."""
        deadline = time.monotonic() + GONE_S
        while self._alive(name) is not None:
            if time.monotonic() > deadline:
                return False
            time.sleep(0.01)
        return True

    def _spec(self, name: str) -> ProcessSpec | None:
        try:
            return from_json(Places(self._root / name).spec.read_text("utf-8"))
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def _runs_as(self, spec: ProcessSpec) -> bool:
        if self._alive(spec.name) is None or self._spec(spec.name) != spec:
            return False
        try:
            self.ask(spec.name, {"verb": "stats"})
        except SimError:
            return False
        return True

    def _stored(self, name: str) -> dict[str, dict[str, int]]:
        spec = self._spec(name)
        found = {}
        for device in spec.devices if spec else ():
            path = Places(self._root / name).device(device.id)
            if path.exists():
                try:
                    found[device.id] = as_stats(read_kept(path))
                except (OSError, ValueError) as error:
                    raise SimError("broken-state", device=device.id, why=str(error)) from error
        return found

    def _started(self, spec: ProcessSpec, progress: Progress) -> _Starting:
        places = Places(private_folder(self._root / spec.name))
        private_folder(places.devices)
        write_whole(places.spec, spec.to_json().encode())
        progress("starting", spec.name, len(spec.devices))
        child = subprocess.Popen(
            [sys.executable, "-P", "-m", "fleet.simulator", str(places.folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        if child.stdin is None or child.stdout is None:
            raise RuntimeError("a child started with pipes has them")
        try:
            child.stdin.write(spec.to_json().encode())
            child.stdin.close()
        except BrokenPipeError:
            # It died before it read; the end of its pipe says so below.
            child.stdin = None
        os.set_blocking(child.stdout.fileno(), False)
        return _Starting(spec, places, child)

    def _await(self, starting: Sequence[_Starting], progress: Progress) -> None:
        """Read every pipe until its process has said how it went, all at once, within START_S."""
        deadline = time.monotonic() + START_S
        waiting = {one.child.stdout: one for one in starting if one.child.stdout}
        failed: SimError | None = None
        while waiting:
            left = deadline - time.monotonic()
            readable, _, _ = select.select(list(waiting), [], [], max(0.0, left))
            if not readable:
                names = [one.spec.name for one in waiting.values()]
                failed = SimError("not-started", why="timeout", process=", ".join(names))
                break
            for pipe in readable:
                one = waiting[pipe]
                part = pipe.read()
                one.told += part or b""
                # Its end of the pipe is closed after its word: then nothing of ours is left in it.
                if part != b"":
                    continue
                del waiting[pipe]
                outcome = _outcome(one)
                if outcome is None:
                    progress("up", one.spec.name, len(one.spec.devices))
                failed = failed or outcome
        for one in starting:
            if one.child.stdout:
                one.child.stdout.close()
            one.child.wait()
        if failed is not None:
            raise failed

    def _end(self, name: str, progress: Progress) -> int:
        """End a process if it runs; remove what only a running one needs. 1 if it ran."""
        places = Places(self._root / name)
        found = self._alive(name)
        if found is not None:
            if not self._processes.end(found, END_GRACE_S):
                raise SimError("not-ended", process=name, pid=found.pid)
            progress("ended", name, found.pid)
        for path in (places.socket, places.record, places.log):
            path.unlink(missing_ok=True)
        return 0 if found is None else 1


def _outcome(one: _Starting) -> SimError | None:
    """What a process said about its start; None if all its devices listen."""
    try:
        told = json.loads(one.told)
    except ValueError:
        try:
            why = one.places.log.read_text("utf-8", "replace").strip().splitlines()
        except OSError:
            why = []
        return SimError("not-started", process=one.spec.name, why=why[-1] if why else "it died")
    if told["ok"]:
        return None
    return SimError(told["code"], **told["facts"])
