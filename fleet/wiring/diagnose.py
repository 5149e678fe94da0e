"""The composition root of `uplink diagnose`: the app, and plain sockets to ask who answers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from fleet.adapters.reach import SocketReach
from fleet.app.context import App
from fleet.ports.reach import Reach
from fleet.wiring.build import open_app


@contextmanager
def open_diagnosis(city_dir: Path, state_dir: Path) -> Iterator[tuple[App, Reach]]:
    """As `open_app`, with what asks whether somebody answers."""
    with open_app(city_dir, state_dir) as app:
        yield app, SocketReach()
