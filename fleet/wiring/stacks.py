"""The composition root of `fleet stacks`: an engine, leases and a journal, each opened on need."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import cache
from pathlib import Path

from fleet.adapters.leases import FileLeases, user_name
from fleet.adapters.processes import LinuxProcesses
from fleet.app.stacks import Servers, specs_of
from fleet.journal import HashJournal
from fleet.wiring.build import load_city
from fleet.wiring.engine import open_engine
from fleet.wiring.journal import open_journal
from fleet.wiring.state import state_folder


@contextmanager
def open_servers(city_dir: Path, state_dir: Path) -> Iterator[Servers]:
    """Build the servers' side of one city; makes the state folder, and the journal on first use.

    Raises:
        InventoryError: the inventory cannot be used.
    """
    specs = specs_of(load_city(city_dir))
    state_folder(state_dir)
    with ExitStack() as closing:

        @cache
        def journal() -> HashJournal:
            opened = open_journal(state_dir)
            closing.callback(opened.close)
            return opened

        yield Servers(
            engine=open_engine(city_dir, state_dir),
            leases=FileLeases(state_dir, LinuxProcesses()),
            journal=journal,
            actor=user_name(),
            specs=specs,
        )
