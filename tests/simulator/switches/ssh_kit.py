"""Switches that listen, and clients that we did not write: OpenSSH's `ssh`, netmiko, paramiko."""

from __future__ import annotations

import asyncio
import os
import re
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import netmiko
import paramiko  # type: ignore[import-untyped]  # no types upstream

from fleet.simulator.spec import DeviceSpec
from fleet.simulator.ssh import device as switches
from fleet.simulator.ssh.device import SwitchDevice
from fleet.simulator.ssh.hostkey import public_line
from fleet.simulator.store import Store
from tests.simulator.switches.kit import PASSWORD, USER

_ASKPASS = '#!/bin/sh\nprintf "%s\\n" "$SSH_TEST_PASSWORD"\n'


def opened(
    spec: DeviceSpec, folder: Path, lockout_s: float = 1800.0, ahead_s: float = 0.0
) -> SwitchDevice:
    """A switch that is not started, with its memory in `folder` and its clock ahead of ours."""
    store = Store(folder / f"{spec.id}.json", lambda: switches.factory(spec))
    return SwitchDevice(spec, store, lockout_s, lambda: time.time() + ahead_s)


@asynccontextmanager
async def running_switch(
    spec: DeviceSpec, folder: Path, lockout_s: float = 1800.0
) -> AsyncIterator[SwitchDevice]:
    """A switch that listens."""
    device = opened(spec, folder, lockout_s)
    await device.start()
    try:
        yield device
    finally:
        await device.stop()


def written(device: SwitchDevice) -> list[str]:
    """The fields of the write log, in order."""
    return [entry.field for entry in device.store.kept.log]


def known_hosts(spec: DeviceSpec, folder: Path, device: str | None = None) -> Path:
    """A known_hosts file with the key of the device, or of another."""
    path = folder / "known_hosts"
    path.write_text(f"[{spec.address}]:{spec.port} {public_line(device or spec.id)}\n")
    return path


async def ssh(
    spec: DeviceSpec,
    folder: Path,
    *lines: str,
    password: str = PASSWORD,
    options: tuple[str, ...] = (),
    command: tuple[str, ...] = (),
    known: Path | None = None,
) -> tuple[int, str, str]:
    """Run OpenSSH's client with a password from SSH_ASKPASS; type lines; code, stdout, stderr."""
    helper = folder / "askpass"
    helper.write_text(_ASKPASS)
    helper.chmod(0o700)
    child = await asyncio.create_subprocess_exec(
        "ssh", "-F", "none", "-tt", "-p", str(spec.port),
        "-o", f"UserKnownHostsFile={known or known_hosts(spec, folder)}",
        "-o", "GlobalKnownHostsFile=/dev/null", "-o", "StrictHostKeyChecking=yes",
        "-o", "PubkeyAuthentication=no", "-o", "NumberOfPasswordPrompts=1",
        *options, f"{USER}@{spec.address}", *command,
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={**os.environ, "SSH_ASKPASS": str(helper), "SSH_ASKPASS_REQUIRE": "force",
             "SSH_TEST_PASSWORD": password},
    )  # fmt: skip
    async with asyncio.timeout(30):
        out, err = await child.communicate("".join(f"{line}\n" for line in lines).encode())
    return child.returncode or 0, out.decode().replace("\r\n", "\n"), err.decode()


@contextmanager
def by_netmiko(spec: DeviceSpec, folder: Path) -> Iterator[netmiko.BaseConnection]:
    """netmiko's own connection of the platform, with strict host keys; closed at once."""
    connection = netmiko.ConnectHandler(
        device_type=spec.platform,
        host=spec.address,
        port=spec.port,
        username=USER,
        password=PASSWORD,
        ssh_strict=True,
        system_host_keys=False,
        alt_host_keys=True,
        alt_key_file=str(known_hosts(spec, folder)),
        use_keys=False,
        allow_agent=False,
    )
    try:
        yield connection
    finally:
        connection.paramiko_cleanup()


class Raw:
    """A terminal over paramiko's client: lines in, all that comes until a pattern stands there."""

    def __init__(self, spec: DeviceSpec, password: str = PASSWORD) -> None:
        self.client = paramiko.SSHClient()
        self.client.set_missing_host_key_policy(paramiko.AutoAddPolicy())
        self.client.connect(
            spec.address, spec.port, USER, password, timeout=10, banner_timeout=10,
            auth_timeout=10, allow_agent=False, look_for_keys=False,
        )  # fmt: skip
        self.channel = self.client.invoke_shell()
        self.channel.settimeout(15)
        self.until(r"<.+>$")

    def until(self, pattern: str) -> str:
        """All that comes until its end looks like the pattern, or the line is closed."""
        got = b""
        while not re.search(pattern, got.decode(errors="replace")):
            part = self.channel.recv(4096)
            if not part:
                break
            got += part
        return got.decode(errors="replace").replace("\r\n", "\n")

    def __call__(self, *lines: str, until: str = r"[\]>:]$") -> str:
        """Type lines; the answer to the last one."""
        got = ""
        for line in lines:
            self.channel.sendall(f"{line}\n".encode())
            got = self.until(until)
        return got

    def close(self) -> None:
        """Break the line."""
        self.client.close()


async def terminal(spec: DeviceSpec, password: str = PASSWORD) -> Raw:
    """A terminal, logged in without holding up the device's own loop."""
    return await asyncio.to_thread(Raw, spec, password)


async def say(raw: Raw, *lines: str, until: str = r"[\]>:]$") -> str:
    """Type lines without holding up the device's own loop."""
    return await asyncio.to_thread(raw, *lines, until=until)
