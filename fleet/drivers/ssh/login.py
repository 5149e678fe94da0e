"""Logging in: netmiko connects with the one pinned host key, and every refusal is told apart.

netmiko's own handlers of a login are left out: at a device's questions they answer by themselves,
one of them with a save. Its refusal of a host key is a `NetmikoTimeoutException`, so the key is
looked at before; what it then raises can only be the line, the login, or a key changed in between.
"""

from __future__ import annotations

import logging
import socket
from collections.abc import Iterator
from contextlib import contextmanager

import netmiko
import paramiko  # type: ignore[import-untyped]  # no types upstream

from fleet.drivers import complaints
from fleet.drivers.ssh import sayings
from fleet.drivers.ssh.hostkey import (
    fingerprint_of,
    known_hosts,
    matching_key,
    pinned_key,
    shown_keys,
)
from fleet.drivers.ssh.pace import Overdue, Pace
from fleet.model.change import Target
from fleet.model.errors import DeviceError
from fleet.model.text import text
from fleet.ports.driver import Credential, HostKey

# Its transport thread logs each connection, and tracebacks of broken ones, which are told here.
logging.getLogger("paramiko").setLevel(logging.CRITICAL)

CONNECT_S = 6.0


class Line:
    """One authenticated connection: a terminal's channel, and the client for single commands."""

    def __init__(self, connection: netmiko.BaseConnection) -> None:
        self._connection = connection

    @property
    def channel(self) -> paramiko.Channel:
        """The terminal that was opened with the login."""
        channel: paramiko.Channel = self._connection.remote_conn
        return channel

    @property
    def client(self) -> paramiko.SSHClient:
        """The client, for commands without a terminal."""
        client: paramiko.SSHClient = self._connection.remote_conn_pre
        return client


@contextmanager
def logged_in(target: Target, credential: Credential, pace: Pace) -> Iterator[Line]:
    """Log in to a device whose host key is the pinned one; one attempt.

    Raises:
        HostKeyUnknown: none is pinned. HostKeyChanged: it is another one. Nothing was sent.
        LoginRefused, Unreachable, TooSlow, MalformedReply: as named.
    """
    key = checked_key(target, pace)
    try:
        sock = socket.create_connection(
            (target.address, target.port), timeout=pace.at_most(CONNECT_S)
        )
    except OSError as error:
        raise unreachable(target, error) from None
    # Each line of a change is a small packet that waits for its answer.
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    with pace.closing(sock), known_hosts(target.address, target.port, key) as file:
        connection = netmiko.ConnectHandler(
            device_type="terminal_server",
            host=target.address,
            port=target.port,
            username=credential.user,
            password=credential.password.reveal() if credential.password else "",
            sock=sock,
            ssh_strict=True,
            system_host_keys=False,
            alt_host_keys=True,
            alt_key_file=file,
            use_keys=False,
            allow_agent=False,
            conn_timeout=pace.left(),
            auth_timeout=pace.left(),
            banner_timeout=pace.left(),
            auto_connect=False,
        )
        try:
            _establish(connection, target, credential, key, pace)
            yield Line(connection)
        finally:
            connection.paramiko_cleanup()


def checked_key(target: Target, pace: Pace) -> HostKey:
    """The pinned key, looked at on the wire where only its fingerprint is known.

    Raises:
        HostKeyUnknown, HostKeyChanged, Unreachable, TooSlow, MalformedReply: as named.
    """
    pinned = target.host_key
    if pinned is not None and (known := pinned_key(pinned)) is not None:
        return known
    with looking(target, pace):
        if pinned is None:
            shown = next(shown_keys(target.address, target.port, pace))
            raise sayings.host_key_unknown(target.device, shown.fingerprint)
        key, right = matching_key(target.address, target.port, pinned, pace)
    if not right:
        raise sayings.host_key_changed(target.device, fingerprint_of(pinned), key.fingerprint)
    return key


@contextmanager
def looking(target: Target, pace: Pace) -> Iterator[None]:
    """Map what a key exchange raises onto device errors."""
    try:
        yield
    except (paramiko.SSHException, OSError, EOFError) as error:
        pace.left()
        raise broken(target, error) from None


def where(target: Target) -> str:
    """ADDRESS:PORT."""
    return f"{target.address}:{target.port}"


def unreachable(target: Target, error: BaseException) -> DeviceError:
    """No connection, in the system's words."""
    told = complaints.system_says(getattr(error, "strerror", None) or str(error) or "closed")
    return complaints.unreachable(target.device, where(target), told)


def broken(target: Target, error: BaseException) -> DeviceError:
    """What a connection that came to no login tells.

    A peer that ends before its first line is a cut or busy path; one whose first line is of another
    protocol, or that shares no method with us, is no server that we can speak to.
    """
    foreign = isinstance(error, paramiko.SSHException) and "ndecipherable" in str(error)
    if foreign or isinstance(error, paramiko.ssh_exception.IncompatiblePeer):
        why = text("no SSH server that we understand ({e})", "不是可用的 SSH 服务（{e}）", e=error)
        return complaints.malformed(target.device, where(target), why)
    return unreachable(target, error)


def _establish(
    connection: netmiko.BaseConnection,
    target: Target,
    credential: Credential,
    key: HostKey,
    pace: Pace,
) -> None:
    try:
        connection.establish_connection()
    except netmiko.NetmikoAuthenticationException as error:
        raise _refused(target, credential, error.__context__ or error) from None
    except (netmiko.NetmikoTimeoutException, paramiko.SSHException, OSError, EOFError) as error:
        pace.left()
        raise _why(target, key, error, pace) from None


def _refused(target: Target, credential: Credential, cause: BaseException) -> DeviceError:
    """A login that failed: refused, not asked for a password at all, or broken off amid it."""
    if isinstance(cause, paramiko.BadAuthenticationType):
        return sayings.no_password_asked(target.device, ", ".join(cause.allowed_types))
    words = str(cause)
    if "saw EOF" in words or "imeout" in words:
        # paramiko calls a lost connection a failed authentication; nothing was refused.
        return unreachable(target, cause)
    return complaints.login_refused(target.device, credential.user)


def _why(target: Target, key: HostKey, error: BaseException, pace: Pace) -> DeviceError:
    """What is behind netmiko's time-out: another host key than a moment ago, or the line."""
    cause = error.__context__ or error
    changed = isinstance(cause, paramiko.BadHostKeyException) or "known_hosts" in str(cause)
    if changed:
        try:
            with looking(target, pace):
                seen, _ = matching_key(target.address, target.port, key.fingerprint, pace)
        except (DeviceError, Overdue):
            return sayings.host_key_changed(target.device, key.fingerprint, "?")
        return sayings.host_key_changed(target.device, key.fingerprint, seen.fingerprint)
    return broken(target, cause)
