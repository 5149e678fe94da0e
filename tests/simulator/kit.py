"""What the tests share: free loopback places, devices in this process, a client with a login."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from fleet.protocols.digest import Challenge, authorization, ha1, parse_challenges
from fleet.simulator.isapi import device as isapi
from fleet.simulator.isapi.device import IsapiDevice
from fleet.simulator.keys import localized
from fleet.simulator.sip.recorder import Recorder
from fleet.simulator.snmp import device as gate
from fleet.simulator.snmp.device import GateDevice
from fleet.simulator.spec import (
    DeviceSpec,
    Kind,
    Personality,
    SnmpKeys,
    engine_id_of,
    other_engine_id,
    realm_of,
)
from fleet.simulator.store import Store

USER = "admin"
PASSWORD = "Boot-1234"
AUTH, PRIV = "auth-secret-1", "priv-secret-2"


def place() -> tuple[str, int]:
    """A loopback address and a high port that nobody else is likely to have."""
    rnd = random.SystemRandom()
    address = f"127.{rnd.randint(230, 250)}.{rnd.randint(0, 255)}.{rnd.randint(1, 254)}"
    return address, rnd.randint(20000, 29999)


def spec_of(
    kind: Kind, personality: Personality = "a", device: str = "dev-1", **more: object
) -> DeviceSpec:
    """A device at a free place, with the tests' credentials."""
    address, port = place()
    engine_id = engine_id_of(device)
    other = other_engine_id(engine_id)
    made = DeviceSpec(
        id=device,
        kind=kind,
        address=address,
        port=port,
        serial=f"SER-{device}",
        personality=personality,
        user=USER,
        ha1=ha1(USER, realm_of(kind, device), PASSWORD),
        keys=SnmpKeys(engine_id, localized(AUTH, engine_id), localized(PRIV, engine_id)),
        other_keys=SnmpKeys(other, localized(AUTH, other), localized(PRIV, other)),
        barrier=kind == "camera",
        channels=4 if kind == "recorder" else 0,
    )
    return replace(made, **more)  # type: ignore[arg-type]  # names are checked by replace itself


@dataclass
class Got:
    """An HTTP answer."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes

    @property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode()

    def header(self, name: str) -> str:
        """A header that must be there."""
        return next(v for n, v in self.headers if n == name.lower())

    def node(self, name: str) -> str | None:
        """The text of the first `<name>` of the body."""
        _, found, rest = self.text.partition(f"<{name}>")
        return rest.partition("<")[0] if found else None


class Broken(Exception):
    """The line broke before the answer was whole; `got` are the bytes that came."""

    def __init__(self, got: bytes) -> None:
        super().__init__(len(got))
        self.got = got


class Client:
    """A digest client that shows everything: one connection a request, counts under control."""

    def __init__(self, spec: DeviceSpec, password: str = PASSWORD, user: str = USER) -> None:
        self.spec = spec
        self.password = password
        self.user = user
        self.challenge: Challenge | None = None
        self.count = 0

    async def raw(
        self, method: str, path: str, body: bytes = b"", headers: dict[str, str] | None = None
    ) -> Got:
        """One request exactly as given."""
        reader, writer = await asyncio.open_connection(self.spec.address, self.spec.port)
        lines = [f"{method} {path} HTTP/1.1", f"Host: {self.spec.address}", "Connection: close"]
        lines += [f"{n}: {v}" for n, v in (headers or {}).items()]
        lines.append(f"Content-Length: {len(body)}")
        writer.write("\r\n".join(lines).encode() + b"\r\n\r\n" + body)
        try:
            return _parsed(await _all(reader))
        finally:
            writer.close()

    async def ask(self, method: str, path: str, body: bytes = b"") -> Got:
        """A request with login; the challenge is fetched first."""
        if self.challenge is None:
            first = await self.raw("GET", "/ISAPI/System/deviceInfo")
            assert first.status == 401, first
            (self.challenge, *_) = parse_challenges([first.header("www-authenticate")])
            self.count = 0
        self.count += 1
        return await self.raw(method, path, body, {"Authorization": self.answer(method, path)})

    def answer(self, method: str, path: str) -> str:
        """The Authorization header for the next request."""
        assert self.challenge is not None
        return authorization(
            self.challenge,
            username=self.user,
            password=self.password,
            method=method,
            uri=path,
            nc=self.count,
        )

    async def get(self, path: str) -> Got:
        """GET with login."""
        return await self.ask("GET", path)

    async def edit(self, path: str, *changes: tuple[str, str]) -> Got:
        """GET a document, replace texts that must be there, PUT it back."""
        document = (await self.get(path)).text
        for old, new in changes:
            assert old in document, document
            document = document.replace(old, new, 1)
        return await self.ask("PUT", path, document.encode())


async def _all(reader: asyncio.StreamReader) -> bytes:
    got = b""
    try:
        async with asyncio.timeout(20):
            while part := await reader.read(65536):
                got += part
    except OSError:
        raise Broken(got) from None
    return got


def _parsed(got: bytes) -> Got:
    head, separator, body = got.partition(b"\r\n\r\n")
    if not separator:
        raise Broken(got)
    first, *rest = head.decode().split("\r\n")
    headers = [(n.lower(), v.strip()) for n, _, v in (line.partition(":") for line in rest)]
    length = int(next(v for n, v in headers if n == "content-length"))
    if len(body) != length:
        raise Broken(got)
    return Got(int(first.split(" ")[1]), headers, body)


def open_isapi(spec: DeviceSpec, folder: Path, lockout_s: float = 1800.0) -> IsapiDevice:
    """A device that is not started yet, with its memory in `folder`."""
    store = Store(folder / f"{spec.id}.json", lambda: isapi.factory(spec))
    return IsapiDevice(spec, store, lockout_s)


@asynccontextmanager
async def running(
    spec: DeviceSpec, folder: Path, lockout_s: float = 1800.0
) -> AsyncIterator[IsapiDevice]:
    """A camera, door or bare recorder that listens."""
    device = open_isapi(spec, folder, lockout_s)
    await device.start()
    try:
        yield device
    finally:
        await device.stop()


@asynccontextmanager
async def running_recorder(spec: DeviceSpec, folder: Path) -> AsyncIterator[Recorder]:
    """A recorder with its uplink."""
    recorder = Recorder(open_isapi(spec, folder))
    await recorder.start()
    try:
        yield recorder
    finally:
        await recorder.stop()


@asynccontextmanager
async def running_gate(spec: DeviceSpec, folder: Path) -> AsyncIterator[GateDevice]:
    """A gate controller that listens."""
    device = GateDevice(spec, Store(folder / f"{spec.id}.json", lambda: gate.factory(spec)))
    await device.start()
    try:
        yield device
    finally:
        await device.stop()


async def away_and_back(client: Client) -> None:
    """Wait until a device is away, then until it is there again; it asks for a new login then."""
    async with asyncio.timeout(15):
        while await _answers(client):  # noqa: ASYNC110  # another end of a socket
            await asyncio.sleep(0.02)
        while not await _answers(client):  # noqa: ASYNC110  # another end of a socket
            await asyncio.sleep(0.02)
    client.challenge = None


async def _answers(client: Client) -> bool:
    try:
        return (await client.raw("GET", "/SDK/activateStatus")).status == 200
    except (OSError, Broken):
        return False


async def program(*argv: str, stdin: bytes = b"") -> tuple[int, str, str]:
    """Run somebody else's program to its end, within bounded time: code, stdout, stderr."""
    child = await asyncio.create_subprocess_exec(
        *argv,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    async with asyncio.timeout(30):
        out, err = await child.communicate(stdin)
    return child.returncode or 0, out.decode(), err.decode()


async def until(true: Callable[[], bool], seconds: float = 15.0) -> None:
    """Wait until something is so; fail when it does not become so in bounded time."""
    async with asyncio.timeout(seconds):
        while not true():  # noqa: ASYNC110  # what is watched has no event to wait for
            await asyncio.sleep(0.02)


def fields(device: IsapiDevice | Recorder | GateDevice) -> list[str]:
    """The fields of a device's write log, in order."""
    return [entry.field for entry in device.store.kept.log]
