"""Registrars for the tests of this room."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.services.running import Running, end, make


@pytest.fixture
def registrar(tmp_path: Path) -> Iterator[Running]:
    """A running registrar with one account in one version."""
    made = make(tmp_path)
    made.start()
    try:
        yield made
    finally:
        end(made)


@pytest.fixture
def stopped(tmp_path: Path) -> Iterator[Running]:
    """A configured registrar that does not run yet."""
    made = make(tmp_path)
    try:
        yield made
    finally:
        end(made)


# The machine may be shared: how long one example takes says nothing about the code.
settings.register_profile("calm", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("calm")
