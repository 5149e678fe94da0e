"""Which UDP sockets are bound, and whether an address and port is free: looked up natively."""

from __future__ import annotations

import errno
import ipaddress
import socket
from collections.abc import Iterable
from pathlib import Path


def bound_udp(proc: Path = Path("/proc/net/udp")) -> frozenset[tuple[str, int]]:
    """Every IPv4 UDP socket of this network namespace as address and port (proc(5))."""
    found = set()
    for line in proc.read_text("ascii").splitlines()[1:]:
        address, port = line.split()[1].split(":")
        # The kernel prints the address as one number in the machine's byte order.
        raw = int(address, 16).to_bytes(4, "little" if _LITTLE else "big")
        found.add((str(ipaddress.IPv4Address(raw)), int(port, 16)))
    return frozenset(found)


def taken(addresses: Iterable[str], port: int) -> tuple[str, ...]:
    """Those of `addresses` on which UDP `port` cannot be bound now."""
    return tuple(a for a in addresses if not _free(a, port))


def _free(address: str, port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind((address, port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                return False
            raise
    return True


_LITTLE = socket.htons(1) != 1
