"""A state folder of its own for each test, and proof that the test leaves nothing running."""

from __future__ import annotations

import gc
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest

from fleet.adapters.pulumi import PulumiEngine
from fleet.model.stack import PlatformSpec
from fleet.wiring.engine import open_engine
from tests.support import servers


@pytest.fixture
def state(tmp_path: Path) -> Iterator[Path]:
    """A state folder; whatever still runs from it afterwards is ended."""
    folder = tmp_path / "市 state %d"
    folder.mkdir(mode=0o700)
    yield folder
    servers.end_all(folder)


@pytest.fixture(autouse=True)
def collected() -> Iterator[None]:
    """Collect the event loop that the SDK's server forgets to close when the engine fails.

    It logs that it is about to close it, to the engine that has just gone, and never gets further
    (pulumi/automation/_server.py, 3.259). Left alone it would be collected in another test.
    """
    yield
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()


@pytest.fixture
def spec() -> PlatformSpec:
    """A platform on free addresses."""
    return servers.spec_for()


@pytest.fixture
def engine(state: Path) -> PulumiEngine:
    """The engine adapter as the product builds it, over a city without compounds."""
    engine = open_engine(servers.empty_city(state.parent / "city", "340705", "340722"), state)
    assert isinstance(engine, PulumiEngine)
    return engine
