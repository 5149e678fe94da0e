"""A Linux router behind a real sshd in a network namespace, and stories told to it by the driver.

Run inside fresh network and mount namespaces (`test_linux_sshd` does); it prints one JSON object
with what happened, told story by story. The host's own files are covered by the mount namespace.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from fleet.drivers.ssh.driver import SshDriver
from fleet.model.change import Target
from fleet.model.device import DeviceKind, FieldValue
from fleet.model.errors import DeviceError
from fleet.model.secret import Secret
from fleet.plan.diff import canonical_value
from fleet.ports.driver import Credential, Session, Trial, TrialSession

PASSWORD = "Router-1234"
HERE, THERE, PORT = "10.99.0.1", "10.99.0.2", 2222
FOLDER = Path("/var/lib/compound-fleet/link")


def run(*words: str, check: bool = True) -> str:
    """One program's output."""
    return subprocess.run(words, capture_output=True, text=True, check=check).stdout


class World:
    """This namespace and the router's behind a cable."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.router = subprocess.Popen(["unshare", "-n", "sleep", "600"])
        self.server: subprocess.Popen[bytes] | None = None

    def inside(self, *words: str, check: bool = True) -> str:
        """One program's output in the router's network."""
        return run("nsenter", "-n", "-t", str(self.router.pid), *words, check=check)

    def build(self) -> None:
        """Cables, addresses, routes, and a password of root's that this namespace alone knows."""
        for path in ("/var/lib", "/run", "/etc/systemd"):
            run("mount", "-t", "tmpfs", "none", path)
        Path("/run/sshd").mkdir(mode=0o755)
        Path("/etc/systemd/system").mkdir()
        hashed = subprocess.run(
            ["openssl", "passwd", "-6", "-stdin"],
            input=PASSWORD,
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
        shadow = self.folder / "shadow"
        shadow.write_text(f"root:{hashed}:19000:0:99999:7:::\nsshd:!:19000::::::\n")
        shadow.chmod(0o600)
        run("mount", "--bind", str(shadow), "/etc/shadow")
        # Until unshare has made it, the router's namespace is still this one.
        while os.readlink(f"/proc/{self.router.pid}/ns/net") == os.readlink("/proc/self/ns/net"):
            time.sleep(0.01)
        run("ip", "link", "set", "lo", "up")
        run("ip", "link", "add", "up0", "type", "veth", "peer", "name", "eth0",
            "netns", str(self.router.pid))  # fmt: skip
        run("ip", "link", "add", "lan0", "type", "veth", "peer", "name", "eth1",
            "netns", str(self.router.pid))  # fmt: skip
        for name, address in (("up0", f"{HERE}/24"), ("lan0", "10.98.0.1/24")):
            run("ip", "addr", "add", address, "dev", name)
            run("ip", "link", "set", name, "up")
        run("ip", "addr", "add", "10.97.0.1/24", "dev", "up0")
        for words in (
            "link set lo up", "link set eth0 up", "link set eth1 up",
            f"addr add {THERE}/24 brd 10.99.0.255 dev eth0", "addr add 10.98.0.2/24 dev eth1",
            f"route add default via {HERE}", f"route add 10.5.0.0/16 via {HERE} metric 7",
            "route add 10.6.0.0/16 dev eth1",
        ):  # fmt: skip
            self.inside("ip", *words.split())

    def serve(self, key: str) -> str:
        """Start sshd with a host key of its own; returns the public key line."""
        path = self.folder / key
        if not path.exists():
            run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(path))
        config = self.folder / "sshd_config"
        config.write_text(
            f"Port {PORT}\nHostKey {path}\nUsePAM no\nPermitRootLogin yes\nStrictModes no\n"
            "PasswordAuthentication yes\nKbdInteractiveAuthentication no\nPidFile none\n"
        )
        self.server = subprocess.Popen(
            ["nsenter", "-n", "-t", str(self.router.pid),
             "/usr/sbin/sshd", "-D", "-f", str(config)]
        )  # fmt: skip
        while f":{PORT}" not in self.inside("ss", "-ltn"):
            time.sleep(0.05)
        return path.with_suffix(".pub").read_text().strip()

    def stop_serving(self) -> None:
        """End sshd, not its sessions' detached children."""
        if self.server is not None:
            self.server.terminate()
            self.server.wait()

    def stands(self) -> dict[str, str]:
        """Addresses and routes, byte for byte."""
        return {
            "addresses": self.inside("ip", "-4", "addr", "show", "scope", "global"),
            "routes": self.inside("ip", "-4", "route", "show", "table", "all"),
        }

    def close(self) -> None:
        """End everything of this world."""
        self.stop_serving()
        self.router.terminate()
        self.router.wait()


class Stories:
    """What the driver does to the router; each story returns what happened."""

    def __init__(self, world: World, key: str) -> None:
        self.world = world
        self.driver = SshDriver()
        self.login = Credential("root", Secret(PASSWORD))
        self.deadline_s = 8.0
        self.target = Target(
            device="x-rt-01", kind=DeviceKind.ROUTER, driver="ssh", address=THERE, port=PORT,
            platform="linux", host_key=key,
        )  # fmt: skip

    @asynccontextmanager
    async def session(self, **changed: Any) -> AsyncIterator[Session]:
        """A session, perhaps with something else about the target."""
        target = self.target.model_copy(update=changed)
        async with self.driver.session(target, self.login, self.deadline_s) as session:
            yield session

    async def write(self, after: dict[str, FieldValue], trial: Trial) -> dict[str, FieldValue]:
        """Read, then put `after` on trial; returns what stood before."""
        async with self.session() as session:
            fields = (await session.read(["link"])).fields
            before = {k: canonical_value(k, fields[k], v) for k, v in after.items()}
            assert isinstance(session, TrialSession)
            await session.write_trial("link", after, before, trial)
        return before

    async def look(self, trial: Trial) -> dict[str, Any]:
        """The trial's state and the fields, on a connection of its own."""
        async with self.session() as session:
            assert isinstance(session, TrialSession)
            state = await session.trial_state(trial.id)
            return {"state": state, "fields": dict((await session.read()).fields)}

    async def settled(self, trial: Trial) -> dict[str, Any]:
        """Look until the trial is over."""
        while True:
            try:
                found = await self.look(trial)
                if found["state"] != "open":
                    return found
            except DeviceError:
                # The path is cut until the router has taken the change back.
                pass
            await asyncio.sleep(0.3)

    async def reading(self) -> dict[str, Any]:
        """Identity and fields, with the pinned key whole and as a fingerprint."""
        shown = await self.driver.host_key(self.target)
        async with self.session(host_key=shown.fingerprint) as session:
            identity = await session.identify()
            reading = await session.read()
        return {
            "line": shown.line,
            "pinned": self.target.host_key,
            "identity": identity.model_dump(),
            "fields": dict(reading.fields),
        }

    async def kept(self) -> dict[str, Any]:
        """A change of address and routes on the far side, confirmed and saved."""
        after: dict[str, FieldValue] = {
            "addresses": ["eth1 10.98.1.2/24", "eth1 10.98.2.2/24"],
            "static_routes": [f"10.5.0.0/16 via {HERE}", "10.7.0.0/24 via 10.98.1.1"],
        }
        trial = Trial(id="kept-1", seconds=30)
        await self.write(after, trial)
        first = await self.look(trial)
        async with self.session() as session:
            assert isinstance(session, TrialSession)
            confirmed = [await session.confirm(trial.id), await session.confirm(trial.id)]
            state = await session.trial_state(trial.id)
            await session.save()
            await session.save()
        return {"first": first, "confirmed": confirmed, "state": state} | on_disk()

    async def restarted(self) -> dict[str, Any]:
        """The router loses everything that runs and takes what was saved."""
        wanted = self.world.stands()
        self.world.inside("ip", "addr", "flush", "dev", "eth1", "scope", "global")
        self.world.inside("ip", "addr", "add", "10.98.0.2/24", "dev", "eth1")
        self.world.inside("sh", str(FOLDER / "start"))
        self.world.inside("ip", "addr", "del", "10.98.0.2/24", "dev", "eth1")
        async with self.session() as session:
            fields = dict((await session.read()).fields)
        return {"wanted": wanted["addresses"], "fields": fields}

    async def cut(self) -> dict[str, Any]:
        """A change of the address that we come in on: the router takes it back by itself."""
        before = self.world.stands()
        trial = Trial(id="cut-1", seconds=3)
        after: dict[str, FieldValue] = {
            "addresses": ["eth0 10.96.0.2/24"],
            "static_routes": ["10.7.0.0/24 via 10.98.1.9", "10.8.0.0/16 via 10.98.1.1"],
        }
        await self.write(after, trial)
        await asyncio.sleep(1.0)
        during = self.world.stands()
        self.deadline_s = 1.5
        try:
            await self.look(trial)
            reached = "reached"
        except DeviceError as error:
            reached = error.code
        over = await self.settled(trial)
        self.deadline_s = 8.0
        async with self.session() as session:
            assert isinstance(session, TrialSession)
            late = await session.confirm(trial.id)
        return {
            "before": before,
            "during": during,
            "after": self.world.stands(),
            "reached": reached,
            "state": over["state"],
            "late": late,
        }

    async def late(self) -> dict[str, Any]:
        """Seen, not confirmed in time, taken back; a confirmation afterwards is lost."""
        before = self.world.stands()
        trial = Trial(id="late-1", seconds=6)
        await self.write({"static_routes": ["10.5.0.0/16 via 10.98.1.1"]}, trial)
        first = await self.look(trial)
        over = await self.settled(trial)
        async with self.session() as session:
            assert isinstance(session, TrialSession)
            late = await session.confirm(trial.id)
            unknown = await session.trial_state("never-1")
        return {
            "first": first["state"],
            "routes": first["fields"]["static_routes"],
            "over": over["state"],
            "late": late,
            "unknown": unknown,
            "same": before == self.world.stands(),
        }

    async def busy(self) -> dict[str, Any]:
        """Two trials at once: the second is refused and changes nothing."""
        trial = Trial(id="first-1", seconds=20)
        await self.write({"static_routes": ["10.5.0.0/16 via 10.98.1.1"]}, trial)
        await self.look(trial)
        stands = self.world.stands()
        try:
            await self.write(
                {"static_routes": ["10.9.0.0/16 via 10.98.1.1"]}, Trial(id="b", seconds=9)
            )
            second = "written"
        except DeviceError as error:
            second = error.code
        same = stands == self.world.stands()
        # Killed timer, as after a restart of the router: the next login undoes.
        timer = (FOLDER / "first-1.timer").read_text().strip()
        os.killpg(int(timer), signal.SIGKILL)
        return {"second": second, "same": same, "state": (await self.look(trial))["state"]}

    async def impossible(self) -> dict[str, Any]:
        """A next hop that nobody reaches: the change fails amid and is taken back."""
        before = self.world.stands()
        trial = Trial(id="bad-1", seconds=6)
        after: dict[str, FieldValue] = {
            "static_routes": ["10.8.0.0/16 via 10.98.1.1", "10.9.0.0/16 via 172.31.0.1"]
        }
        await self.write(after, trial)
        first = await self.look(trial)
        await self.settled(trial)
        return {"routes": first["fields"]["static_routes"], "same": before == self.world.stands()}

    async def refusals(self) -> dict[str, Any]:
        """No key, another key, a changed key, a wrong password, nobody there."""
        other = "SHA256:" + "A" * 43
        found: dict[str, Any] = {}
        for name, changed in (
            ("unknown", {"host_key": None}),
            ("wrong", {"host_key": other}),
            ("nobody", {"port": 9}),
        ):
            try:
                async with self.session(**changed) as session:
                    await session.identify()
            except DeviceError as error:
                found[name] = [error.code, getattr(error, "pinned", ""), getattr(error, "seen", "")]
        self.login = Credential("root", Secret("not-it"))
        try:
            async with self.session() as session:
                found["proof"] = await session.prove_login()
                await session.identify()
        except DeviceError as error:
            found["login"] = error.code
        self.login = Credential("root", Secret(PASSWORD))
        self.world.stop_serving()
        now = self.world.serve("other_key")
        try:
            async with self.session() as session:
                await session.identify()
        except DeviceError as error:
            found["changed"] = [
                error.code,
                getattr(error, "pinned", ""),
                getattr(error, "seen", ""),
            ]
        found["now"] = now
        return found


def on_disk() -> dict[str, Any]:
    """What a start of the router would find."""
    return {
        "start": (FOLDER / "start").read_text(),
        "unit": Path("/etc/systemd/system/compound-fleet-link.service").exists(),
        "mode": oct(FOLDER.stat().st_mode & 0o777),
    }


async def main(folder: Path) -> dict[str, Any]:
    """Every story, in an order in which each stands on the one before."""
    world = World(folder)
    try:
        world.build()
        stories = Stories(world, world.serve("host_key"))
        told = {}
        for name in (
            "reading", "kept", "restarted", "cut", "late", "busy", "impossible", "refusals",
        ):  # fmt: skip
            began = time.monotonic()
            told[name] = await getattr(stories, name)()
            print(name, f"{time.monotonic() - began:.1f} s", file=sys.stderr)
        return told
    finally:
        world.close()


if __name__ == "__main__":
    print(json.dumps(asyncio.run(main(Path(sys.argv[1])))))
