"""What becomes of a login: each way that it can fail has an error of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import netmiko
import paramiko  # type: ignore[import-untyped]  # no types upstream
import pytest

from fleet.drivers.ssh import login
from fleet.drivers.ssh.driver import SshDriver
from fleet.drivers.ssh.hostkey import host_key
from fleet.drivers.ssh.pace import Overdue, Pace
from fleet.model.change import Target
from fleet.model.device import DeviceKind
from fleet.model.errors import (
    DeviceError,
    LoginRefused,
    MalformedReply,
    SchemeMismatch,
    TooSlow,
    Unreachable,
)
from fleet.model.secret import Secret
from fleet.ports.driver import Credential
from tests.simulator.kit import place

ADDRESS, PORT = "127.0.0.1", 22
LOGIN = Credential("fleet", Secret("pass-word-1"))


def target(address: str = ADDRESS, port: int = PORT, key: str | None = None) -> Target:
    """A switch somewhere."""
    return Target(
        device="x-sw-01",
        kind=DeviceKind.SWITCH,
        driver="ssh",
        address=address,
        port=port,
        platform="huawei_vrpv8",
        host_key=key,
    )


class Connection(netmiko.BaseConnection):
    """netmiko's connection, failing as it does."""

    def __init__(self, cause: Exception, kind: type[Exception]) -> None:
        # Nothing of the real one is wanted, least of all its connection.
        self._cause = cause
        self._kind = kind

    def establish_connection(self, width: int = 511, height: int = 1000) -> None:
        """Raise what netmiko raises while it handles what paramiko raised."""
        try:
            raise self._cause
        except type(self._cause):
            raise self._kind("long words of netmiko's") from None


REFUSED = netmiko.NetmikoAuthenticationException
SILENT = netmiko.NetmikoTimeoutException


@pytest.mark.parametrize(
    ("cause", "kind", "error"),
    [
        (paramiko.AuthenticationException("Authentication failed."), REFUSED, LoginRefused),
        (
            paramiko.BadAuthenticationType("Bad authentication type", ["publickey"]),
            REFUSED,
            SchemeMismatch,
        ),
        (
            paramiko.AuthenticationException(
                "Authentication failed: transport shut down or saw EOF"
            ),
            REFUSED,
            Unreachable,
        ),
        (paramiko.AuthenticationException("Authentication timeout."), REFUSED, Unreachable),
        (ConnectionResetError(104, "Connection reset by peer"), SILENT, Unreachable),
        (paramiko.SSHException("Error reading SSH protocol banner"), SILENT, Unreachable),
        (
            paramiko.SSHException('Indecipherable protocol version "HTTP/1.1"'),
            SILENT,
            MalformedReply,
        ),
        (paramiko.ssh_exception.IncompatiblePeer("no kex"), SILENT, MalformedReply),
        (EOFError(), SILENT, Unreachable),
    ],
)
def test_each_failure_is_told_apart(
    cause: Exception, kind: type[Exception], error: type[DeviceError]
) -> None:
    """Goal: a lost connection is no refused login, and only a refused login spends an attempt."""
    key = host_key("ssh-ed25519", b"blob")

    with pytest.raises(error) as raised:
        login._establish(Connection(cause, kind), target(), LOGIN, key, Pace(5))

    assert type(raised.value) is error
    assert "pass-word-1" not in raised.value.summary.en + raised.value.summary.zh
    assert "long words" not in raised.value.summary.en


def test_past_the_deadline_every_failure_is_slowness() -> None:
    """Goal: what breaks because we closed it is told as too slow, not as the device's fault."""
    pace = Pace(5)
    pace.stop()

    with pytest.raises(Overdue):
        login._establish(
            Connection(EOFError(), SILENT), target(), LOGIN, host_key("ssh-rsa", b"x"), pace
        )


async def _served(
    answer: bytes, act: Callable[[Target], object], hold: bool = False
) -> tuple[object, bytes]:
    """Let something else than an SSH server answer; what came of it, and what it was sent."""
    address, port = place()
    got = bytearray()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(answer)
        try:
            while chunk := await reader.read(1000):
                got.extend(chunk)
                if not hold:
                    break
        finally:
            writer.close()

    server = await asyncio.start_server(serve, address, port)
    try:
        made = act(target(address, port, "SHA256:" + "A" * 43))
        assert asyncio.iscoroutine(made)
        return await made, bytes(got)
    except DeviceError as error:
        return error, bytes(got)
    finally:
        server.close()


@pytest.mark.parametrize(
    ("answer", "hold", "error"),
    [
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", False, Unreachable),
        (b"", False, Unreachable),
        (b"", True, TooSlow),
        (b"x" * 100_000, True, TooSlow),
    ],
)
async def test_what_is_no_ssh_server(answer: bytes, hold: bool, error: type[DeviceError]) -> None:
    """Goal: another protocol, silence and a tarpit end in time, before any password."""

    async def look(there: Target) -> object:
        return await SshDriver().host_key(there, 1.5)

    async def read(there: Target) -> object:
        async with SshDriver().session(there, LOGIN, 1.5) as session:
            return await session.read()

    for act in (look, read):
        told, sent = await _served(answer, act, hold)
        assert type(told) is error
        assert b"pass-word-1" not in sent
