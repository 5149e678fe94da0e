"""A state folder with services of its own; nothing of it runs on after a test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from fleet.adapters.supervision import RegistrarService, Supervisor
from fleet.model.registrar import RegistrarConfig
from tests.support import servers


@pytest.fixture
def state(tmp_path: Path) -> Iterator[Path]:
    """A state folder whose name needs quoting wherever it is written down."""
    folder = tmp_path / "市 %d s"
    yield folder
    servers.end_all(folder)


@pytest.fixture
def supervisor(state: Path) -> Supervisor:
    """The folder's supervisor, not started."""
    return Supervisor(state)


@pytest.fixture
def service(supervisor: Supervisor) -> RegistrarService:
    """A district's registrar, not installed."""
    return RegistrarService(supervisor, "340705")


@pytest.fixture
def config(service: RegistrarService) -> RegistrarConfig:
    """A configuration on free addresses."""
    return config_of(service)


def config_of(service: RegistrarService) -> RegistrarConfig:
    """A configuration on free addresses for a service."""
    addresses, port = servers.free_block()
    return RegistrarConfig(
        server_id="34070500002000000001",
        server_domain="3407050000",
        addresses=addresses,
        port=port,
        bindings_file=str(service.bindings_file()),
        control_socket=str(service.control_socket),
    )
