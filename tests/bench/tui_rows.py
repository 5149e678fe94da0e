"""The city that tui_bench.py shows, of any size, and how it changes."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator

from fleet.model.compound import Category, Site
from fleet.model.fleet import City, Compound, District
from fleet_tui.store.states import State
from fleet_tui.store.table import DeviceInfo

EVERY_S = 0.05
PER_COMPOUND = 100
DISTRICTS = 10
KINDS = (("camera", "cameras"), ("door", "doors"), ("gate", "gates"))


def city(rows: int) -> City:
    """Compounds of a hundred devices each; the devices themselves stand in the table alone."""
    count = max(1, rows // PER_COMPOUND)
    site = Site(category=Category.NEW, built_year=2020)
    districts = []
    for d in range(DISTRICTS):
        code = f"3407{d:02d}"
        compounds = tuple(
            Compound(id=f"c{n:04d}", name=f"幸福里{n}期", district=code, file="x.yaml", site=site)
            for n in range(d, count, DISTRICTS)
        )
        districts.append(District(code=code, name=f"第{d}区", folder=code, compounds=compounds))
    return City(code="340700", name="铜陵市", districts=tuple(districts))


def devices(rows: int, compounds: int) -> Iterator[DeviceInfo]:
    """Device after device."""
    for n in range(rows):
        kind, stage = KINDS[n % 3]
        number = min(n // PER_COMPOUND, compounds - 1)
        address = f"10.{n >> 16}.{n >> 8 & 255}.{n & 255}:80"
        yield DeviceInfo(f"c{number:04d}-{kind}-{n:06d}", f"枪机-{n}", kind, number, address, stage)


class Changes:
    """So many changes a second, however often it is called."""

    def __init__(self, rows: int, per_second: int) -> None:
        self.rows = rows
        self.per_second = per_second
        self.random = random.Random(7)
        self.last = time.monotonic()

    def due(self) -> Iterator[tuple[int, State]]:
        """The changes since the last call."""
        now = time.monotonic()
        count = int((now - self.last) * self.per_second)
        if count:
            self.last = now
        for _ in range(min(count, self.per_second)):
            yield self.random.randrange(self.rows), State(self.random.randrange(len(State)))
