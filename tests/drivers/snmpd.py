"""net-snmp's real `snmpd` for tests: own configuration folder, own address, ended by its pid."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from fleet.model.change import Target
from fleet.model.device import DeviceKind
from fleet.model.secret import Secret
from fleet.ports.driver import Credential
from tests.drivers.isapi_device import free_address

USER, AUTH, PRIV = "fleet", "Auth-phrase-1", "Priv-phrase-2"
GATE = {"1.1": "REF-GATE", "1.2": "G-0001", "2.1": 5, "2.2": 2, "2.3": "card", "2.4": 2}
PASS_GATE = Path(__file__).with_name("pass_gate.py")


@dataclass
class Snmpd:
    """One agent. `branch` 1 or 2 makes it a gate controller of personality a or b."""

    folder: Path
    branch: int | None = None
    engine_id: str = "8000000001020304"
    address: str = field(default_factory=free_address)
    port: int = 0
    boots: int = 1
    process: subprocess.Popen[bytes] | None = None

    @property
    def sets(self) -> list[str]:
        """The SETs that reached the gate's objects, in order."""
        log = self.folder / "sets.log"
        return log.read_text().splitlines() if log.exists() else []

    @property
    def state(self) -> dict[str, str | int]:
        """What the gate's objects hold."""
        held: dict[str, str | int] = json.loads((self.folder / "state.json").read_text())
        return held

    def start(self) -> None:
        """Start it and wait until it answers."""
        self.port = self.port or free_port(self.address)
        lines = [
            f'createUser {USER} SHA-256 "{AUTH}" AES "{PRIV}"',
            f"rwuser {USER} priv",
            f"exactEngineID 0x{self.engine_id}",
            f"engineBoots {self.boots}",
            f"oldEngineID 0x{self.engine_id}",
        ]
        if self.branch is not None:
            state = self.folder / "state.json"
            if not state.exists():
                state.write_text(json.dumps(GATE))
            command = f"{sys.executable} -S -E {PASS_GATE} {self.branch} {state}"
            lines += [
                f"sysObjectID .1.3.6.1.4.1.32473.28181.{self.branch}",
                "pass_persist .1.3.6.1.4.1.32473.28181."
                f"{self.branch} {command} {self.folder / 'sets.log'}",
            ]
        conf = self.folder / "snmpd.conf"
        conf.write_text("\n".join(lines) + "\n")
        environment = {
            "PATH": os.environ["PATH"],
            "MIBS": "",
            "SNMPCONFPATH": str(self.folder),
            "SNMP_PERSISTENT_DIR": str(self.folder / "persistent"),
        }
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                ["snmpd", "-f", "-C", "-c", str(conf), "-Lo", f"udp:{self.address}:{self.port}"],
                env=environment,
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
            )
        self._wait()

    def _wait(self) -> None:
        from fleet.drivers.snmp.discovery import NoAgent, discover

        for _ in range(200):
            if self.process is None or self.process.poll() is not None:
                raise RuntimeError((self.folder / "log").read_text())
            with contextlib.suppress(NoAgent, TimeoutError):
                asyncio.run(asyncio.wait_for(discover(self.address, self.port), 1))
                return
            time.sleep(0.02)
        raise RuntimeError("snmpd does not answer")

    def stop(self) -> None:
        """End it and wait until it is gone."""
        if self.process is not None:
            self.process.terminate()
            self.process.wait(10)
            self.process = None

    def restart(self) -> None:
        """The same agent once more: one boot later, its clock from zero."""
        self.stop()
        self.boots += 1
        self.start()

    def target(self, port: int | None = None, **pinned: str) -> Target:
        """The agent as the inventory has it; `port` of a proxy in front of it."""
        return Target(
            device="cuihu-gate-01",
            kind=DeviceKind.GATE,
            driver="snmp",
            address=self.address,
            port=port or self.port,
            **pinned,
        )


def credential(auth: str = AUTH, priv: str = PRIV, user: str = USER) -> Credential:
    """The right login unless told otherwise."""
    return Credential(user, auth=Secret(auth), priv=Secret(priv))


def free_port(address: str) -> int:
    """A UDP port that nobody has at this moment."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind((address, 0))
        port: int = probe.getsockname()[1]
        return port


@contextlib.contextmanager
def agent(folder: Path, branch: int | None = None) -> Iterator[Snmpd]:
    """A running agent until the block ends."""
    snmpd = Snmpd(folder, branch)
    snmpd.start()
    try:
        yield snmpd
    finally:
        snmpd.stop()
