"""Real supervisord, real guard, real collector on a city without devices: its whole life."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from fleet.adapters.health_read import HealthReader
from fleet.adapters.supervision import (
    CollectorService,
    RegistrarService,
    Supervisor,
    config_digest,
    revive,
)
from fleet.model.collector import CollectorConfig
from fleet.model.errors import EngineError
from tests.adapters.supervision.conftest import config_of
from tests.support import servers

pytestmark = [pytest.mark.scenario, pytest.mark.timeout(180)]


@pytest.fixture
def collector(supervisor: Supervisor) -> CollectorService:
    """A district's collector, not installed."""
    return CollectorService(supervisor, "340705")


@pytest.fixture
def terms(collector: CollectorService, state: Path, tmp_path: Path) -> CollectorConfig:
    """What it watches: nobody, but on free addresses."""
    addresses, port = servers.free_block()
    return CollectorConfig(
        city_dir=str(servers.empty_city(tmp_path / "city")),
        state_dir=str(state),
        district="340705",
        poll_s=1.0,
        trap_addresses=addresses,
        trap_port=port,
        control_socket=str(collector.control_socket),
    )


def well(service: CollectorService, config: CollectorConfig) -> bool:
    """Whether exactly this configuration is served on every address."""
    seen = service.look(*service.places(config))
    return (
        seen.config == config_digest(config)
        and seen.listening == config.trap_addresses
        and seen.process is not None
        and seen.answers
    )


def test_its_life_beside_a_registrar(
    state: Path, supervisor: Supervisor, collector: CollectorService, terms: CollectorConfig
) -> None:
    """Goal: one supervisord for both. Killed, it comes back; after kill -9 of supervisord no orphan
    holds its port and both come back at once; removed, the history alone stays."""
    registrar = RegistrarService(supervisor, "340705")
    registrar_config = config_of(registrar)
    registrar.install(registrar_config)
    collector.install(terms)
    assert well(collector, terms)
    first = collector.process()
    assert first is not None
    collector.install(terms)
    assert collector.process() == first, "the same twice is the same process"

    os.kill(first.pid, signal.SIGKILL)
    servers.until(lambda: collector.process() not in (None, first) and well(collector, terms))

    record = supervisor.record()
    assert record is not None
    assert record.process is not None
    os.kill(record.process.pid, signal.SIGKILL)
    servers.until(lambda: not collector.look(*collector.places(terms)).listening)
    servers.until(lambda: (collector.process(), registrar.process()) == (None, None))
    assert revive(supervisor, (registrar, collector))
    assert well(collector, terms), "both are waited for"
    commands = list(servers.processes_of(state).values())
    assert sum("services.collector" in c for c in commands) == 1

    slower = terms.model_copy(update={"poll_s": 2.0})
    before = collector.process()
    collector.install(slower)
    assert well(collector, slower)
    assert collector.process() != before, "its terms are taken up at start only"

    collector.remove()
    assert not collector.folder.exists()
    assert registrar.process() is not None
    assert registrar.look(registrar_config.addresses, registrar_config.port).answers
    registrar.remove()
    assert servers.processes_of(state) == {}
    assert not (state / "services").exists()
    rows = HealthReader.of(state)
    assert rows is not None, "what was seen outlives the service that saw it"
    assert "beat:340705" in rows.meta()
    for path in state.rglob("*"):
        assert path.stat().st_mode & 0o077 == 0, path


def test_one_that_cannot_start_is_told_with_its_log(
    collector: CollectorService, terms: CollectorConfig, tmp_path: Path
) -> None:
    """Goal: an inventory that is not there is named in the error, and mended it comes up."""
    lost = terms.model_copy(update={"city_dir": str(tmp_path / "nowhere")})
    with pytest.raises(EngineError) as caught:
        collector.install(lost)
    assert "FATAL" in caught.value.summary.en
    assert "city.yaml" in caught.value.summary.en
    assert caught.value.fix is not None
    assert str(collector.folder / "log") in caught.value.fix.en
    collector.install(terms)
    assert well(collector, terms)
    collector.remove()
