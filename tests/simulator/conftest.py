"""Fixtures of the simulator's tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.simulator.process_kit import Fleet


@pytest.fixture
def fleet(tmp_path: Path) -> Iterator[Fleet]:
    """A fleet that is ended whatever happens, folder gone or not."""
    made = Fleet(tmp_path / "sim")
    yield made
    if made.root.is_dir():
        made.down()
