"""A loopback block of its own for each run of the example city, so that two can run at once.

The example's addresses all lie in 127.34.0.0/16; a copy is moved to 127.B.0.0/16. A block is held
by an abstract unix socket, which the kernel releases with the process and keeps apart by network
namespace; a block where something still listens is passed over.
"""

from __future__ import annotations

import re
import shutil
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from fleet.inventory import load
from fleet.model.errors import UsageError
from fleet.model.text import text

EXAMPLE_BLOCK = 34
BLOCKS = range(35, 225)
_ADDRESS = re.compile(r"\b127\.34\.(\d{1,3})\.(\d{1,3})\b")


@contextmanager
def block_of_loopback(probes: list[tuple[str, int]]) -> Iterator[int]:
    """Hold a free block while the context lasts; yields its number B (127.B.0.0/16).

    Args:
        probes: addresses and ports of the example that must be free in the block.

    Raises:
        UsageError: every block is taken.
    """
    for number in BLOCKS:
        lock = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        try:
            lock.bind(f"\0compound-fleet-block-{number}")
        except OSError:
            lock.close()
            continue
        with lock:
            if all(_free(moved(address, number), port) for address, port in probes):
                yield number
                return
    raise UsageError(
        text("every loopback block is in use", "所有回环地址块均被占用"),
        text("end other demos first: fleet sim down", "请先结束其他演示：fleet sim down"),
    )


def copy_city(source: Path, target: Path, block: int) -> None:
    """Copy a city without its state folder and move every example address into `block`."""
    shutil.copytree(source, target, ignore=shutil.ignore_patterns(".fleet"))
    for file in sorted(target.rglob("*.yaml")):
        if "vault" not in file.name:
            file.write_text(moved(file.read_text("utf-8"), block), "utf-8")


def example_probes(city_dir: Path) -> list[tuple[str, int]]:
    """Every listener of the example, for finding out whether a block is free.

    Devices, and the platforms that recorders register at, our own and the operators'.

    Raises:
        InventoryError: the city cannot be used.
    """
    city = load(city_dir).require()
    found = [(d.address, d.port) for d in city.devices()]
    for district in city.districts:
        if (own := district.platform) is not None:
            found += [(address, own.port) for address in own.addresses]
        for compound in district.compounds:
            if (up := compound.uplink) is not None:
                found.append((up.server_address, up.server_port))
    return [place for place in dict.fromkeys(found) if _ADDRESS.fullmatch(place[0])]


def moved(words: str, block: int) -> str:
    """A text with every address of the example's block moved into another."""
    return _ADDRESS.sub(rf"127.{block}.\1.\2", words)


def _free(address: str, port: int) -> bool:
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
        with socket.socket(socket.AF_INET, kind) as probe:
            try:
                probe.bind((address, port))
            except OSError:
                return False
    return True
