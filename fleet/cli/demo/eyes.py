"""Other programs' eyes: a door read by Python's own HTTP client, a gate by net-snmp."""

from __future__ import annotations

import os
import shutil
import subprocess
import urllib.request
from pathlib import Path

from fleet.model.device import Device
from fleet.ports.driver import Credential
from fleet.wiring.build import open_app

READER = "/ISAPI/AccessControl/CardReaderCfg/1?format=json"
OPEN_TIME = {"a": "1.3.6.1.4.1.32473.28181.1.2.1.0", "b": "1.3.6.1.4.1.32473.28181.2.2.1.0"}
LOOK_S = 10


def _device(city: Path, name: str) -> tuple[Device, Credential]:
    with open_app(city, city / ".fleet") as app:
        device = next(d for d in app.city.devices() if d.id == name)
        return device, app.credentials().login(device.id, device.login)


def reader_seen_by_urllib(city: Path, name: str) -> str:
    """The reader's configuration as the device itself gives it, on one line."""
    device, login = _device(city, name)
    url = f"http://{device.address}:{device.port}{READER}"
    passwords = urllib.request.HTTPPasswordMgrWithDefaultRealm()
    word = login.password.reveal() if login.password is not None else ""
    passwords.add_password(None, url, login.user, word)
    opener = urllib.request.build_opener(
        urllib.request.ProxyHandler({}), urllib.request.HTTPDigestAuthHandler(passwords)
    )
    with opener.open(url, timeout=LOOK_S) as answer:
        return " ".join(answer.read(65536).decode("utf-8").split())


def gate_seen_by_snmpget(city: Path, name: str) -> str | None:
    """The gate's open time by net-snmp; None where that tool is not installed.

    Keys go through a configuration file that only we can read, never through arguments.
    """
    tool = shutil.which("snmpget")
    if tool is None:
        return None
    device, login = _device(city, name)
    folder = city.parent / "net-snmp"
    folder.mkdir(mode=0o700, exist_ok=True)
    auth = login.auth.reveal() if login.auth is not None else ""
    priv = login.priv.reveal() if login.priv is not None else ""
    lines = [
        "defVersion 3",
        "defSecurityLevel authPriv",
        f"defSecurityName {login.user}",
        "defAuthType SHA-256",
        "defPrivType AES",
        f"defAuthPassphrase {auth}",
        f"defPrivPassphrase {priv}",
    ]
    file = folder / "snmp.conf"
    with open(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as out:
        out.write("\n".join(lines) + "\n")
    try:
        for oid in OPEN_TIME.values():
            done = subprocess.run(
                [tool, "-r", "1", "-t", "3", "-On", f"udp:{device.address}:{device.port}", oid],
                capture_output=True,
                text=True,
                timeout=LOOK_S,
                check=False,
                env={
                    "SNMPCONFPATH": str(folder),
                    "PATH": os.environ.get("PATH", ""),
                    "SNMP_PERSISTENT_DIR": str(folder),
                },
            )
            if "INTEGER" in done.stdout:
                return done.stdout.strip()
    finally:
        shutil.rmtree(folder)
    return None
