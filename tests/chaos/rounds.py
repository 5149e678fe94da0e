"""One round: an apply on fresh devices, killed, recovered, and compared with an undisturbed one."""

from __future__ import annotations

import shutil
import subprocess
import time
from collections import Counter
from dataclasses import dataclass

from fleet.wiring.sim import simulators
from tests.support.line import Line
from tests.support.victims import kill, victims

Logs = dict[str, Counter[str]]
SETTLE_S = 150.0


@dataclass(frozen=True)
class Point:
    """Where to kill: after `share` of the undisturbed time (or writes), whom, and who is late."""

    share: float
    role: str
    late: str = ""
    by_writes: bool = False
    targets: tuple[str, ...] = ()  # of the apply; none: the whole city


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


def apply_of(targets: tuple[str, ...]) -> tuple[str, ...]:
    """The words of an apply of these targets."""
    return ("apply", "--yes", *(word for target in targets for word in ("--target", target)))


def undisturbed(line: Line, targets: tuple[str, ...] = ()) -> tuple[float, Logs]:
    """Seconds of an undisturbed apply, and what it wrote."""
    began = time.monotonic()
    line.ok(*apply_of(targets))
    return time.monotonic() - began, line.logs()


def disturbed(line: Line, point: Point, took: float, base: Logs) -> Round:
    """Kill at a point, recover as the handbook says, and compare."""
    fresh(line)
    if point.late:
        line.ok("sim", "fault", point.late, "late", "2")
    process = line.start(*apply_of(point.targets))
    moment = _after_writes if point.by_writes else _after_time
    killed = moment(line, point, took, base, process) and _kill(process, point.role, took)
    if point.role not in ("caller", "tree") and killed:
        # The caller lives and may well heal by itself; it is given time to end.
        until = time.monotonic() + SETTLE_S
        while process.poll() is None and time.monotonic() < until:
            time.sleep(0.1)
        kill([process.pid])
    process.wait()
    writes = line.writes()
    wrong = []
    for verb in (("stacks", "recover", "--yes"), ("rollout", "resume"), apply_of(point.targets)):
        said = line.run(*verb)
        if said.code != 0:
            wrong.append(f"{' '.join(verb)}: {said.code}: {said.all[-300:]}")
    for verb in (("drift", *apply_of(point.targets)[2:]), ("journal", "verify")):
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


def _after_time(
    line: Line, point: Point, took: float, base: Logs, process: subprocess.Popen[bytes]
) -> bool:
    """Wait for a share of the undisturbed time; False when the apply ended before."""
    until = time.monotonic() + took * point.share
    while time.monotonic() < until and process.poll() is None:
        time.sleep(0.01)
    return process.poll() is None


def _after_writes(
    line: Line, point: Point, took: float, base: Logs, process: subprocess.Popen[bytes]
) -> bool:
    """Wait until a share of the undisturbed run's writes is done, counted by the devices."""
    wanted = point.share * sum(sum(c.values()) for c in base.values())
    with simulators(line.state) as devices:
        while process.poll() is None:
            if sum(entry["writes"] for entry in devices.stats().values()) >= wanted:
                return True
            time.sleep(0.01)
    return False


def _kill(process: subprocess.Popen[bytes], role: str, took: float) -> bool:
    """Kill the victim as soon as it exists; False when the apply ended before it did."""
    patience = time.monotonic() + took
    while process.poll() is None and time.monotonic() < patience:
        if found := victims(process.pid, role):
            kill(found)
            return True
        time.sleep(0.01)
    return False
