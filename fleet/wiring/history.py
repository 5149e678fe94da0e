"""The composition roots of those who read health: alarms, the page of status, the collector's own.

Nothing here logs in to a device, and reading makes no history where no collector ever ran.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from fleet.adapters.clock import SystemClock
from fleet.adapters.health_figures_read import FiguresReader, figures_file
from fleet.adapters.health_read import HealthReader
from fleet.adapters.leases import user_name
from fleet.adapters.processes import LinuxProcesses
from fleet.adapters.upper import RegistrarClient
from fleet.app.alarms import AlarmDesk
from fleet.health.history import History
from fleet.inventory import load
from fleet.journal import HashJournal
from fleet.model.fleet import City
from fleet.ports.health_store import HealthRows
from fleet.wiring.journal import open_journal, read_journal
from fleet.wiring.state import registrar_socket


@dataclass
class StatusView:
    """What one page of status is made of; what is not there is None."""

    city: City
    upper: RegistrarClient
    processes: LinuxProcesses
    journal: HashJournal | None
    history: History | None
    desk: AlarmDesk | None
    taken: FiguresReader | None = None

    def now(self) -> str:
        """The wall clock as UTC, RFC 3339."""
        return SystemClock().now()


@contextmanager
def open_store(state_dir: Path) -> Iterator[HealthReader | None]:
    """The collector's history for a reader; None where no collector ever ran.

    Raises:
        StoreError: it cannot be opened, is damaged, or was written by a newer fleet.
    """
    yield HealthReader.of(state_dir)


@contextmanager
def open_history(state_dir: Path) -> Iterator[History | None]:
    """As `open_store`, as readers see it."""
    with open_store(state_dir) as store:
        yield None if store is None else history_of(store)


@contextmanager
def open_desk(state_dir: Path) -> Iterator[AlarmDesk]:
    """The alarms of a state folder; the journal is made where there is none.

    Raises:
        StoreError: history or journal cannot be used.
    """
    journal = open_journal(state_dir)
    try:
        with open_history(state_dir) as history:
            yield AlarmDesk(history, journal, SystemClock(), user_name())
    finally:
        journal.close()


@contextmanager
def open_status(city_dir: Path, state_dir: Path) -> Iterator[StatusView]:
    """All that the page of status shows, without a trace in the state folder.

    The inventory is judged by its form alone: whether every value can be written takes the drivers,
    and with them half of the time that the page may take.

    Raises:
        InventoryError: the city cannot be used.
        StoreError: journal or history cannot be read.
    """
    city = load(city_dir).require()
    journal = read_journal(state_dir)
    with open_history(state_dir) as history:
        yield StatusView(
            city=city,
            upper=RegistrarClient(lambda code: registrar_socket(state_dir, code)),
            processes=LinuxProcesses(),
            journal=journal,
            history=history,
            desk=None
            if journal is None
            else AlarmDesk(history, journal, SystemClock(), user_name()),
            taken=FiguresReader(figures_file(state_dir)),
        )


def history_of(store: HealthRows) -> History:
    """The readers' view of an open store."""
    return History(store, time.time)
