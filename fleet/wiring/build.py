"""The composition root of the command line: one city, its state folder, and adapters on need."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from fleet.adapters.clock import SystemClock
from fleet.adapters.leases import FileLeases, user_name
from fleet.adapters.processes import LinuxProcesses
from fleet.app.context import App
from fleet.drivers.registry import drivers
from fleet.inventory import load
from fleet.model.fleet import City
from fleet.ports.engine import ServerEngine
from fleet.ports.runner import OnTree, PlaybookRunner
from fleet.wiring.code import code_digest
from fleet.wiring.journal import open_journal
from fleet.wiring.shelf import FileShelf
from fleet.wiring.state import registrar_socket, state_folder
from fleet.wiring.validate import writable_check


def load_city(city_dir: Path) -> City:
    """Load a city that has no errors of form and no value that its drivers cannot write.

    Raises:
        InventoryError: it has; every one of them is in the error.
    """
    return load(city_dir, writable_check()).require()


@contextmanager
def open_app(city_dir: Path, state_dir: Path) -> Iterator[App]:
    """Build the app over one state folder, making the folder; the journal is closed at the end."""
    from fleet.adapters.secrets import open_store
    from fleet.adapters.upper import RegistrarClient

    city = load_city(city_dir)
    state_folder(state_dir)
    processes, clock = LinuxProcesses(), SystemClock()
    journal = open_journal(state_dir)
    try:
        yield App(
            city=city,
            city_dir=city_dir,
            state_dir=state_dir,
            socket_dir=state_folder(state_dir / "run"),
            journal=journal,
            clock=clock,
            processes=processes,
            drivers=drivers(),
            secrets=open_store(city_dir, city, state_dir),
            leases=FileLeases(state_dir, processes, clock),
            upper=RegistrarClient(lambda code: registrar_socket(state_dir, code)),
            plans=FileShelf(state_dir),
            runner=lambda on_tree: _runner(state_dir, processes, on_tree),
            engine=lambda: _engine(city_dir, state_dir),
            code=code_digest(),
            actor=user_name(),
            commit=commit_of(city_dir),
        )
    finally:
        journal.close()


def _runner(state_dir: Path, processes: LinuxProcesses, on_tree: OnTree) -> PlaybookRunner:
    from fleet.adapters.ansible import AnsibleRunner

    return AnsibleRunner(state_dir, processes, on_tree=on_tree)


def _engine(city_dir: Path, state_dir: Path) -> ServerEngine:
    from fleet.wiring.engine import open_engine

    return open_engine(city_dir, state_dir)


def commit_of(city_dir: Path) -> str | None:
    """The checkout's commit, recorded and not sealed; None outside git or without it."""
    command = ["git", "-C", str(city_dir), "rev-parse", "--verify", "-q", "HEAD"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=5, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() or None
