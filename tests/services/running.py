"""A registrar in a process of its own, on addresses of its own, and what a test asks of it."""

from __future__ import annotations

import json
import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from tests.services.device import DOMAIN, GB_ID, SERVER, Device, ha1

ROOT = Path(__file__).resolve().parents[2]
START_S = 20.0
PASSWORD = "Aa1Bb2Cc3Dd4Ee5F"


def free_place() -> tuple[str, int]:
    """A loopback block and UDP port that are free now; the block's .1 is the registrar's."""
    while True:
        block = f"127.{random.randint(100, 250)}.{random.randint(0, 255)}"
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.bind((f"{block}.1", 0))
            port = int(probe.getsockname()[1])
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as second:
            try:
                second.bind((f"{block}.2", port))
            except OSError:
                continue
        return block, port


@dataclass
class Running:
    """One registrar: its configuration, its process, its devices."""

    folder: Path
    block: str
    port: int
    accounts: list[dict[str, object]]
    settings: dict[str, object] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None
    devices: list[Device] = field(default_factory=list)

    @property
    def socket(self) -> Path:
        """The control socket."""
        return self.folder / "control.sock"

    @property
    def config(self) -> Path:
        """The configuration file."""
        return self.folder / "config.json"

    @property
    def log(self) -> str:
        """What it wrote to stderr so far."""
        return (self.folder / "log").read_text()

    def configure(self) -> None:
        """Write the configuration file."""
        config = {
            "server_id": SERVER,
            "server_domain": DOMAIN,
            "addresses": [f"{self.block}.1", f"{self.block}.2"],
            "port": self.port,
            "bindings_file": str(self.folder / "bindings.json"),
            "control_socket": str(self.socket),
            "accounts": self.accounts,
            **self.settings,
        }
        self.config.write_text(json.dumps(config))

    def spawn(self) -> subprocess.Popen[bytes]:
        """Start a process, whether or not it comes up."""
        command = [sys.executable, "-m", "fleet.services.registrar", "--config", str(self.config)]
        with (self.folder / "log").open("ab") as log:
            return subprocess.Popen(command, cwd=ROOT, stderr=log)

    def start(self) -> None:
        """Start it and wait until it answers."""
        self.process = self.spawn()
        end = time.monotonic() + START_S
        while True:
            try:
                assert self.ask({"verb": "status"})["ok"]
                return
            except OSError:
                assert self.process.poll() is None, self.log
                assert time.monotonic() < end, self.log
                time.sleep(0.01)

    def stop(self, number: int = signal.SIGTERM) -> int:
        """End it; the exit code."""
        assert self.process is not None
        self.process.send_signal(number)
        return self.process.wait(START_S)

    def ask(self, request: object) -> dict[str, object]:
        """One line for one line on the control socket."""
        return self.ask_raw(json.dumps(request).encode() + b"\n")

    def ask_raw(self, line: bytes) -> dict[str, object]:
        """The same with any bytes."""
        folder = os.open(self.folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            with socket.socket(socket.AF_UNIX) as client:
                client.settimeout(START_S)
                client.connect(f"/proc/self/fd/{folder}/control.sock")
                client.sendall(line)
                with client.makefile("rb") as stream:
                    answer = json.loads(stream.readline())
        finally:
            os.close(folder)
        assert isinstance(answer, dict)
        return answer

    def bindings(self) -> dict[str, dict[str, object]]:
        """The registrations by GB id."""
        listed = self.ask({"verb": "registrations"})["registrations"]
        assert isinstance(listed, list)
        return {binding["gb_id"]: binding for binding in listed}

    def device(self, last: int = 9, server: int = 1, gb_id: str = GB_ID) -> Device:
        """A device in the registrar's block, asking its address number `server`."""
        device = Device((f"{self.block}.{server}", self.port), f"{self.block}.{last}", gb_id)
        self.devices.append(device)
        return device

    def wait_for(self, condition: Callable[[], object], what: str) -> None:
        """Poll until it holds."""
        end = time.monotonic() + START_S
        while not condition():
            assert time.monotonic() < end, f"waited in vain for {what}: {self.log}"
            time.sleep(0.01)


def make(folder: Path) -> Running:
    """A configured registrar in a folder deeper than a socket's path may be long."""
    deep = folder / ("d" * 60) / ("e" * 60)
    deep.mkdir(mode=0o700, parents=True)
    block, port = free_place()
    account = {"username": GB_ID, "version": 1, "ha1": ha1(GB_ID, PASSWORD)}
    made = Running(deep, block, port, [account])
    made.configure()
    return made


def end(made: Running) -> None:
    """Leave nothing running."""
    for device in made.devices:
        device.close()
    if made.process is not None and made.process.poll() is None:
        made.process.kill()
        made.process.wait()
