"""The product's screens as tui_bench.py drives them."""

from __future__ import annotations

from collections.abc import Sequence

from fleet.app.status import DeviceStatus
from fleet.model.diagnostic import Diagnostic
from fleet.model.fleet import City
from fleet.model.observation import Registration
from fleet.model.plan import Plan
from fleet.ports.health import Alarm
from fleet.ports.journal import Record
from fleet.ports.process import ProcessId
from fleet_tui.app import FleetTui
from fleet_tui.feed import Job
from fleet_tui.store.picture import Picture
from fleet_tui.store.table import CompoundInfo, Table
from tests.bench.tui_rows import EVERY_S, Changes, city, devices


class Nothing:
    """A feed that tells nothing: what is measured is the screen."""

    may_write = False

    def __init__(self, town: City) -> None:
        self.city = town

    def records(self, after: int, most: int) -> Sequence[Record]:
        """None."""
        return ()

    def alive(self, process: ProcessId) -> bool:
        """Nobody."""
        return False

    def plan_of(self, rollout: str) -> Plan:
        """Never asked."""
        raise NotImplementedError

    def plan_file(self, name: str) -> Plan:
        """Never asked."""
        raise NotImplementedError

    def findings(self) -> Sequence[Diagnostic]:
        """None."""
        return ()

    async def registration(self, district: str, gb_id: str) -> Registration:
        """Unknown."""
        return Registration(gb_id=gb_id, source="registrar")

    def health(self) -> tuple[Sequence[DeviceStatus], Sequence[Alarm]]:
        """No collector."""
        return (), ()

    def has_registrar(self, district: str) -> bool:
        """None."""
        return False

    def request(self, rollout: str, verb: str) -> bool:
        """Never asked."""
        return False

    def start(self, verb: str, rollout: str) -> Job:
        """Never asked."""
        raise NotImplementedError


class Ours(FleetTui):
    """The product's screens under change."""

    def __init__(self, rows: int, per_second: int) -> None:
        town = city(rows)
        compounds = [
            CompoundInfo(c.id, c.name, d.code, d.name) for d in town.districts for c in d.compounds
        ]
        table = Table(compounds, devices(rows, len(compounds)))
        super().__init__(Nothing(town), "en", picture=Picture(town, table))
        self.changes = Changes(rows, per_second)

    def on_mount(self) -> None:
        """The changes; the base class opens the overview."""
        if self.changes.per_second:
            self.set_interval(EVERY_S, self.change)

    def change(self) -> None:
        """What is due; the app draws at its own beat."""
        for row, state in self.changes.due():
            self.picture.table.set_config(row, state)
