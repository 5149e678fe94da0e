"""One round: an apply on fresh devices, killed, recovered, and compared with an undisturbed one."""

from __future__ import annotations

import shutil
import time
from collections import Counter
from dataclasses import dataclass

from tests.support.line import Line
from tests.support.victims import kill, victims

Logs = dict[str, Counter[str]]
SETTLE_S = 150.0


@dataclass(frozen=True)
class Point:
    """Where to kill: after `share` of the undisturbed time, whom, and whether a device is late."""

    share: float
    role: str
    late: str = ""


@dataclass(frozen=True)
class Round:
    """What came of a point: how many writes had been done, and what is wrong (nothing: held)."""

    point: Point
    killed: bool
    writes: int
    wrong: tuple[str, ...]


def fresh(line: Line) -> None:
    """Factory-new devices and an empty state: servers destroyed, journal and keys gone."""
    line.run("stacks", "destroy", "--yes")
    line.ok("sim", "down")
    shutil.rmtree(line.state, ignore_errors=True)
    line.ok("sim", "up", "--fresh")


def undisturbed(line: Line) -> tuple[float, Logs]:
    """Seconds of an undisturbed apply, and what it wrote."""
    began = time.monotonic()
    line.ok("apply", "--yes")
    return time.monotonic() - began, line.logs()


def disturbed(line: Line, point: Point, took: float, base: Logs) -> Round:
    """Kill at a point, recover as the handbook says, and compare."""
    fresh(line)
    if point.late:
        line.ok("sim", "fault", point.late, "late", "2")
    process = line.start("apply", "--yes")
    killed = _kill_at(process.pid, point, took, process.poll)
    if point.role not in ("caller", "tree") and killed:
        # The caller lives and may well heal by itself; it is given time to end.
        until = time.monotonic() + SETTLE_S
        while process.poll() is None and time.monotonic() < until:
            time.sleep(0.1)
        kill([process.pid])
    process.wait()
    writes = line.writes()
    wrong = []
    for verb in (("stacks", "recover", "--yes"), ("rollout", "resume"), ("apply", "--yes")):
        said = line.run(*verb)
        if said.code != 0:
            wrong.append(f"{' '.join(verb)}: {said.code}: {said.all[-300:]}")
    for verb in (("drift",), ("journal", "verify")):
        if (code := line.run(*verb).code) != 0:
            wrong.append(f"{' '.join(verb)}: {code}")
    wrong += differences(base, line.logs())
    return Round(point, killed, writes, tuple(wrong))


def differences(base: Logs, now: Logs) -> list[str]:
    """Fields written more or less often than in the undisturbed run."""
    return [
        f"{device} {name}: {base.get(device, Counter())[name]} → {now.get(device, Counter())[name]}"
        for device in sorted(set(base) | set(now))
        for name in sorted(set(base.get(device, ())) | set(now.get(device, ())))
        if base.get(device, Counter())[name] != now.get(device, Counter())[name]
    ]


def _kill_at(pid: int, point: Point, took: float, poll: object) -> bool:
    """Wait for the moment, then for the victim to exist; False when the apply ended before."""
    until = time.monotonic() + took * point.share
    while time.monotonic() < until:
        if callable(poll) and poll() is not None:
            return False
        time.sleep(0.01)
    patience = time.monotonic() + took
    while callable(poll) and poll() is None and time.monotonic() < patience:
        if found := victims(pid, point.role):
            kill(found)
            return True
        time.sleep(0.01)
    return False
