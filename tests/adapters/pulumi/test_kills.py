"""Kill -9 of each process amid `up`: recover proves, names and clears; the next one finishes."""

from __future__ import annotations

import asyncio
import os
import signal
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from fleet.adapters.keys import StateKeys
from fleet.adapters.processes import LinuxProcesses
from fleet.adapters.pulumi import PulumiEngine
from fleet.adapters.pulumi.places import Places
from fleet.adapters.secrets.derive import derive_password, fingerprint
from fleet.model.errors import EngineError, LockHeld
from fleet.model.stack import PlatformSpec, StackPreview
from tests.adapters.pulumi.marks import SDK_LEAK
from tests.support import servers

pytestmark = [pytest.mark.e2e, pytest.mark.chaos, pytest.mark.timeout(180), SDK_LEAK]


@pytest.mark.parametrize("resume", ["same plan", "new plan"])
@pytest.mark.parametrize("role", ["caller", "engine", "provider"])
def test_killed_in_create(
    state: Path, spec: PlatformSpec, engine: PulumiEngine, role: str, resume: str
) -> None:
    """Goal: after recover the next `up` ends with one registrar and the same credentials."""
    processes = LinuxProcesses()
    with servers.caller(state, spec, "up") as process:
        planned = servers.await_line(process, "previewed")
        servers.await_line(process, f"started registrar-{spec.district}")
        if role == "engine":
            # The engine tells of a step a moment before it writes it down.
            noted = f"creating fleet:index:Registrar registrar-{spec.district}"
            servers.until(lambda: noted in servers.noted(state, spec.district))
        victim = servers.victim(state, spec.district, role)
        others = [servers.victim(state, spec.district, r) for r in ("engine", "provider")]
        os.kill(victim.pid, signal.SIGKILL)
        process.wait(90)
        if role != "caller":
            assert process.returncode == 10
    preview = StackPreview.model_validate_json(planned.removeprefix("previewed "))
    if role in ("caller", "engine"):
        # Nobody may take the stack up before somebody has looked.
        with pytest.raises(LockHeld) as caught:
            engine.up(preview)
        assert caught.value.fix is not None
        assert "recover" in caught.value.fix.en
        found = engine.recover(spec.district)
        assert "call up" in found or role == "engine"
        if role == "engine":
            # An engine that only lost its caller may still have ended the step by then.
            assert f"creating fleet:index:Registrar registrar-{spec.district}" in found
    assert engine.recover(spec.district) == ()
    assert [p for p in others if processes.alive(p)] == []
    if resume == "new plan":
        preview = engine.preview(spec)
    outputs = engine.up(preview)
    key = StateKeys(state).city_key()
    assert outputs.fingerprints == {
        f"{c.name}@{c.version}": fingerprint(key, derive_password(key, c.name, c.version))
        for c in spec.credentials
    }
    assert engine.clean(spec)
    commands = list(servers.processes_of(state).values())
    assert sum("services.registrar" in c for c in commands) == 1
    assert sum("supervisor.supervisord" in c for c in commands) == 1
    assert not engine.preview(spec).dirty


def test_recover_leaves_the_living_alone(
    state: Path, spec: PlatformSpec, engine: PulumiEngine
) -> None:
    """Goal: while the caller lives its stack is not recovered; afterwards nothing is to do."""
    with servers.caller(state, spec, "up") as process:
        servers.await_line(process, "started")
        with pytest.raises(LockHeld) as caught:
            engine.recover(spec.district)
        assert str(process.pid) in caught.value.summary.en
        assert process.wait(90) == 0
    assert engine.recover(spec.district) == ()
    assert engine.clean(spec)


def test_a_killed_preview_needs_no_recovery(
    state: Path, spec: PlatformSpec, engine: PulumiEngine
) -> None:
    """Goal: a plan that was killed changed nothing, so the next one just goes on."""
    with servers.caller(state, spec, "preview") as process:
        record = Places(state).call_record(spec.stack)
        servers.until(record.exists)
        process.kill()
        process.wait()
    assert record.exists()
    assert engine.preview(spec).dirty
    assert not record.exists()


def test_a_foreign_lock_is_not_removed(
    state: Path, spec: PlatformSpec, engine: PulumiEngine
) -> None:
    """Goal: a lock of another machine, or of a living process of this one, stays."""
    engine.up(engine.preview(spec))
    folder = Places(state).locks(spec.stack)
    folder.mkdir(parents=True, exist_ok=True)
    lock = folder / "5f.json"
    form = '{"pid":%d,"username":"x","hostname":"%s","timestamp":"%s"}'
    host = LinuxProcesses().host
    for pid, where, when in (
        (1, "elsewhere", "2020-01-01T00:00:00Z"),
        (os.getpid(), host, "2099-01-01T00:00:00+08:00"),
    ):
        lock.write_text(form % (pid, where, when))
        with pytest.raises(LockHeld):
            engine.recover(spec.district)
        assert lock.exists()
    # The same pid, but a lock from before that process was born: its writer is dead.
    lock.write_text(form % (os.getpid(), host, "2020-01-01T00:00:00Z"))
    assert engine.recover(spec.district) == ("lock 5f",)
    assert not lock.exists()
    lock.write_text('{"pid":')
    assert engine.recover(spec.district) == ("lock 5f",)


async def test_two_districts_at_once_from_an_asyncio_program(
    state: Path, engine: PulumiEngine
) -> None:
    """Goal: called through threads, two stacks come up together, each with its own outputs."""
    specs = [servers.spec_for("340705"), servers.spec_for("340722")]
    previews = await asyncio.gather(*(asyncio.to_thread(engine.preview, s) for s in specs))
    outputs = await asyncio.gather(*(asyncio.to_thread(engine.up, p) for p in previews))
    assert [o.stack for o in outputs] == [s.stack for s in specs]
    assert [o.addresses for o in outputs] == [s.addresses for s in specs]
    for spec in specs:
        assert engine.clean(spec)
    commands = list(servers.processes_of(state).values())
    assert sum("supervisor.supervisord" in c for c in commands) == 1


def test_two_plans_of_one_district_wait_for_each_other(
    state: Path, spec: PlatformSpec, engine: PulumiEngine
) -> None:
    """Goal: two `fleet plan` at once both get their answer."""
    with ThreadPoolExecutor(3) as pool:
        found = list(pool.map(engine.preview, [spec] * 3))
    assert all(p.dirty for p in found)
    for preview in found:
        assert preview.plan_file is not None
        assert (state / preview.plan_file).exists()


def test_a_taken_port_is_told_with_the_services_own_words(
    state: Path, spec: PlatformSpec, engine: PulumiEngine
) -> None:
    """Goal: a registrar that cannot bind fails `up` naming its log; freed, the next one works."""
    import socket

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as thief:
        thief.bind((spec.addresses[0], spec.port))
        with pytest.raises(EngineError) as caught:
            engine.up(engine.preview(spec))
        assert "registrar" in caught.value.summary.en
        assert "log" in caught.value.summary.en
    engine.up(engine.preview(spec))
    assert engine.clean(spec)
