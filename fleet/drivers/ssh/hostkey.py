"""SSH host keys: what a server shows before any login, and whether it is the one that is pinned.

A key is pinned as its fingerprint (OpenSSH's form, SHA-256 in base64 without padding) or whole.
netmiko tells a refused key as a time-out, and a fingerprint is no line of a known_hosts file: so
the key is looked at by a key exchange of our own, which ends before anybody logs in.
"""

from __future__ import annotations

import base64
import hashlib
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager

import paramiko  # type: ignore[import-untyped]  # no types upstream

from fleet.drivers.ssh.pace import Pace
from fleet.ports.driver import HostKey

# Asked for one by one where the first key shown is not the pinned one: a server has several.
_KINDS = (
    ("ssh-ed25519",),
    ("ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521"),
    ("rsa-sha2-512", "rsa-sha2-256"),
)
# Keys whose fingerprints were compared already; a fingerprint stands for one key only.
_seen: dict[str, HostKey] = {}


def host_key(kind: str, blob: bytes) -> HostKey:
    """A key as both of its forms."""
    digest = base64.b64encode(hashlib.sha256(blob).digest()).decode().rstrip("=")
    line = f"{kind} {base64.b64encode(blob).decode()}"
    return HostKey(line=line, fingerprint=f"SHA256:{digest}")


def pinned_key(pinned: str) -> HostKey | None:
    """The pinned key where it is pinned whole, or where its fingerprint was met before."""
    if pinned.startswith("SHA256:"):
        return _seen.get(pinned)
    kind, blob, *_ = pinned.split()
    return host_key(kind, base64.b64decode(blob))


def fingerprint_of(pinned: str) -> str:
    """The fingerprint of what is pinned, whichever form it has."""
    if pinned.startswith("SHA256:"):
        return pinned
    kind, blob, *_ = pinned.split()
    return host_key(kind, base64.b64decode(blob)).fingerprint


def shown_keys(address: str, port: int, pace: Pace) -> Iterator[HostKey]:
    """The keys that a server shows, its preferred one first; one key exchange each.

    Raises:
        OSError: no connection.
        paramiko.SSHException: no SSH server, or it has no key at all that we know.
    """
    first = _shown(address, port, None, pace)
    yield first
    for kinds in _KINDS:
        if not first.line.startswith(kinds[0].split("-")[0]):
            try:
                yield _shown(address, port, kinds, pace)
            except paramiko.SSHException:
                # The server has no key of that kind, which is no fault of it.
                continue


def matching_key(address: str, port: int, pinned: str, pace: Pace) -> tuple[HostKey, bool]:
    """The server's key that is pinned and True, or the key that it prefers and False.

    Raises:
        OSError, paramiko.SSHException: as `shown_keys`.
    """
    wanted = fingerprint_of(pinned)
    keys = shown_keys(address, port, pace)
    first = next(keys)
    key: HostKey | None = first
    while key is not None and key.fingerprint != wanted:
        key = next(keys, None)
    if key is None:
        return first, False
    _seen[wanted] = key
    return key, True


@contextmanager
def known_hosts(address: str, port: int, key: HostKey) -> Iterator[str]:
    """The path of a known_hosts file with this one key, which lies in memory only."""
    host = address if port == 22 else f"[{address}]:{port}"
    handle = os.memfd_create("known_hosts", os.MFD_CLOEXEC)
    try:
        os.write(handle, f"{host} {key.line}\n".encode())
        yield f"/proc/self/fd/{handle}"
    finally:
        os.close(handle)


def _shown(address: str, port: int, kinds: tuple[str, ...] | None, pace: Pace) -> HostKey:
    sock = socket.create_connection((address, port), timeout=pace.left())
    with pace.closing(sock):
        transport = paramiko.Transport(sock)
        try:
            if kinds is not None:
                transport.get_security_options().key_types = kinds
            transport.start_client(timeout=pace.left())
            key = transport.get_remote_server_key()
            return host_key(key.get_name(), key.asbytes())
        finally:
            transport.close()
