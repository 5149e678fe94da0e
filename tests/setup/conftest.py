"""A machine for each test."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.setup.fakes import Machine


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """A machine with nothing on it."""
    return Machine(tmp_path / "machine")
