"""A machine of its own for each test of the provider."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from fleet.wiring.provider import LocalMachine
from tests.support import servers


@pytest.fixture
def state(tmp_path: Path) -> Iterator[Path]:
    """A state folder; what still runs from it afterwards is ended."""
    yield tmp_path / "state"
    servers.end_all(tmp_path / "state")


@pytest.fixture
def machine(state: Path) -> LocalMachine:
    """This machine with that state folder."""
    return LocalMachine(state, state.parent / "city")
