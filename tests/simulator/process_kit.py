"""Simulator processes for tests: a state folder with its simulators, and ways to look at them."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from pathlib import Path

from fleet.adapters.processes import LinuxProcesses
from fleet.ports.process import ProcessId
from fleet.simulator import identity
from fleet.simulator.identity import Identity
from fleet.simulator.launch import Simulators
from fleet.simulator.places import Places
from fleet.simulator.spec import DeviceSpec, Kind, ProcessSpec
from tests.simulator.kit import spec_of


class Machine:
    """The real machine's processes, as wiring gives them."""

    def __init__(self) -> None:
        self.real = LinuxProcesses()

    def alive(self, process: Identity) -> bool:
        """Whether it runs."""
        return self.real.alive(_id(process))

    def end(self, process: Identity, grace_s: float) -> bool:
        """End it."""
        return self.real.end(_id(process), grace_s)


def _id(process: Identity) -> ProcessId:
    return ProcessId(pid=process.pid, start=process.start, boot=process.boot, host=process.host)


class Fleet:
    """The simulators of one state folder, and what was said while they moved."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.said: list[tuple[str, str]] = []
        self.run = Simulators(root, Machine())

    def tell(self, step: str, name: str, _number: int) -> None:
        """Note one line of progress."""
        self.said.append((step, name))

    def up(self, *specs: ProcessSpec, fresh: bool = False) -> list[tuple[str, str]]:
        """Bring them up; what was said."""
        self.said.clear()
        self.run.up(specs, fresh, self.tell)
        return list(self.said)

    def down(self) -> int:
        """Bring them down."""
        self.said.clear()
        return self.run.down(self.tell)

    def who(self, name: str) -> Identity:
        """The record of a process that must be there."""
        found = identity.read(Places(self.root / name).record)
        assert found is not None
        return found


def process(name: str, *kinds: Kind) -> ProcessSpec:
    """A process with one device of each kind named."""
    devices = tuple(spec_of(k, device=f"{name}-{k}-{n}") for n, k in enumerate(kinds))
    return ProcessSpec(name, devices)


def listens(spec: DeviceSpec) -> bool:
    """Whether somebody has the device's address."""
    if spec.kind not in ("gate", "upper"):
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as caller:
            return caller.connect_ex((spec.address, spec.port)) == 0
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind((spec.address, spec.port))
        except OSError:
            return True
    return False


def wait(true: Callable[[], bool], seconds: float = 15.0) -> None:
    """Wait for something that another process does, within bounded time."""
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it did not become so"
        time.sleep(0.05)
