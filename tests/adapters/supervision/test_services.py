"""Real supervisord, real guard, real registrar: installed, restarted, adopted, removed."""

from __future__ import annotations

import os
import signal
import socket
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from fleet.adapters.supervision import (
    RegistrarService,
    ServiceState,
    Supervisor,
    config_digest,
    revive,
)
from fleet.model.errors import EngineError
from fleet.model.registrar import Account, RegistrarConfig
from tests.adapters.supervision.conftest import config_of
from tests.support import servers

pytestmark = [pytest.mark.scenario, pytest.mark.timeout(120)]


def look(service: RegistrarService, config: RegistrarConfig) -> ServiceState:
    """What stands of a configuration."""
    return service.look(config.addresses, config.port)


def well(service: RegistrarService, config: RegistrarConfig) -> bool:
    """Whether exactly this configuration is served on every address."""
    seen = look(service, config)
    return (
        seen.config == config_digest(config)
        and seen.listening == config.addresses
        and seen.process is not None
        and seen.answers
    )


def test_installed_adopted_reloaded_and_removed(
    state: Path, supervisor: Supervisor, service: RegistrarService, config: RegistrarConfig
) -> None:
    """Goal: a service's life; the same twice is the same process; nothing is left at the end."""
    service.install(config)
    assert well(service, config)
    first = service.process()
    service.install(config)
    assert service.process() == first

    account = Account(username="34070500001180000001", version=1, ha1="0" * 32)
    more = config.model_copy(update={"accounts": (account,)})
    service.install(more)
    assert service.process() == first
    assert well(service, more)

    for path in state.rglob("*"):
        assert path.stat().st_mode & 0o077 == 0, path
    assert stat.S_ISSOCK(service.control_socket.stat().st_mode)
    log = supervisor.log.read_text("utf-8")
    # It also notes that its socket asks for no password: file modes guard it.
    assert "running as root" not in log
    assert "WARN" not in log

    record = supervisor.record()
    assert record is not None
    service.remove()
    assert look(service, more) == ServiceState()
    assert servers.processes_of(state) == {}
    assert list(state.rglob("*")) == []
    assert not Path(record.socket).exists()
    assert not (
        Path(record.socket).parent.name.startswith("fleet-") and Path(record.socket).parent.exists()
    )
    service.remove()


def test_killed_children_come_back_and_a_killed_supervisor_leaves_no_orphan(
    state: Path, supervisor: Supervisor, service: RegistrarService, config: RegistrarConfig
) -> None:
    """Goal: a restart by supervisord; after kill -9 of it the port is free, then one copy runs."""
    service.install(config)
    first = service.process()
    assert first is not None
    os.kill(first.pid, signal.SIGKILL)
    servers.until(lambda: service.process() not in (None, first) and well(service, config))

    record = supervisor.record()
    assert record is not None
    assert record.process is not None
    os.kill(record.process.pid, signal.SIGKILL)
    servers.until(lambda: not look(service, config).listening)
    assert service.process() is None
    assert revive(supervisor, [service])
    assert not revive(supervisor, [service])
    assert well(service, config)
    commands = list(servers.processes_of(state).values())
    assert sum("services.registrar" in c for c in commands) == 1


def test_a_supervisor_that_is_stopped_or_unrecorded_is_replaced(
    state: Path, supervisor: Supervisor, service: RegistrarService, config: RegistrarConfig
) -> None:
    """Goal: neither a SIGSTOP nor a deleted record leads to a second copy that cannot bind."""
    service.install(config)
    (supervisor.folder / "supervisord.json").unlink()
    service.install(config)
    assert well(service, config)
    commands = list(servers.processes_of(state).values())
    assert sum("supervisor.supervisord" in c for c in commands) == 1


def test_a_supervisor_that_comes_up_too_late_is_ended(
    state: Path,
    service: RegistrarService,
    config: RegistrarConfig,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Goal: seen on a busy machine: the caller gave up, and nobody knew of it any more."""
    monkeypatch.setattr("fleet.adapters.supervision.supervisor.START_WAIT_S", 0.0)
    with pytest.raises(EngineError, match="supervisord cannot be used"):
        service.install(config)

    assert servers.processes_of(state) == {}


def test_two_services_share_one_supervisor_and_the_last_ends_it(
    state: Path, supervisor: Supervisor, service: RegistrarService, config: RegistrarConfig
) -> None:
    """Goal: installed at the same moment by two callers: one supervisord, both run."""
    other = RegistrarService(Supervisor(state), "340722")
    other_config = config_of(other)
    with ThreadPoolExecutor(2) as pool:
        list(
            pool.map(
                lambda pair: pair[0].install(pair[1]), [(service, config), (other, other_config)]
            )
        )
    assert well(service, config)
    assert well(other, other_config)
    commands = list(servers.processes_of(state).values())
    assert sum("supervisor.supervisord" in c for c in commands) == 1
    before = other.process()
    service.remove()
    assert other.process() == before
    assert well(other, other_config)
    other.remove()
    assert servers.processes_of(state) == {}
    assert list(state.rglob("*")) == []


def test_a_service_that_cannot_start_is_told_with_its_log(
    service: RegistrarService, config: RegistrarConfig
) -> None:
    """Goal: what never comes up is quoted and its log named, FATAL already or not yet."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as thief:
        thief.bind((config.addresses[0], config.port))
        with pytest.raises(EngineError) as caught:
            service.install(config)
        assert "does not come up" in caught.value.summary.en
        assert "in use" in caught.value.summary.en
        assert caught.value.fix is not None
        assert str(service.folder / "log") in caught.value.fix.en
    service.install(config)
    assert well(service, config)


def test_a_port_that_stays_bound_is_named(
    service: RegistrarService, config: RegistrarConfig
) -> None:
    """Goal: removal proves the port free, and says so when somebody else holds it."""
    service.install(config)
    process = service.process()
    assert process is not None
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as thief:
        os.kill(process.pid, signal.SIGSTOP)
        other = config.model_copy(update={"port": servers.free_block()[1]})
        thief.bind((other.addresses[0], other.port))
        (service.folder / "config.json").unlink()
        with pytest.raises(EngineError) as caught:
            service.remove(other.addresses, other.port)
    assert f"{other.addresses[0]}:{other.port}" in caught.value.summary.en
    assert not look(service, config).listening
