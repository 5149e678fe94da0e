"""The platform's life with the real engine: planned, enforced, mended, removed to the last file."""

from __future__ import annotations

import os
import shutil
import signal
from pathlib import Path

import pytest

from fleet.adapters.keys import StateKeys
from fleet.adapters.pulumi import PulumiEngine
from fleet.adapters.secrets.derive import derive_password, fingerprint
from fleet.adapters.supervision import CollectorService, RegistrarService, Supervisor
from fleet.model.errors import AlteredPlan, EngineError, StalePlan
from fleet.model.stack import PlatformSpec, ResourceChange
from tests.adapters.pulumi.marks import SDK_LEAK
from tests.support import canary, servers

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(180), SDK_LEAK]


def registrar(state: Path, spec: PlatformSpec) -> RegistrarService:
    """The registrar as the provider sees it."""
    return RegistrarService(Supervisor(state), spec.district)


def collector(state: Path, spec: PlatformSpec) -> CollectorService:
    """The collector as the provider sees it."""
    return CollectorService(Supervisor(state), spec.district)


def test_a_plan_of_one_process_is_carried_out_by_the_next(
    state: Path, spec: PlatformSpec, engine: PulumiEngine
) -> None:
    """Goal: preview in one process, `up` in another, enforced; then nothing more to do."""
    with servers.caller(state, spec, "preview") as process:
        line = servers.await_line(process, "previewed")
        assert process.wait(60) == 0
    from fleet.model.stack import StackPreview

    preview = StackPreview.model_validate_json(line.removeprefix("previewed "))
    assert preview.dirty
    assert {c.action for c in preview.changes} == {"create"}
    assert servers.bound(spec) == set()

    told: list[tuple[str, str]] = []
    outputs = engine.up(preview, lambda change, phase: told.append((change.name, phase)))
    assert servers.bound(spec) == set(spec.addresses)
    assert {n for n, p in told if p == "done"} == {c.name for c in preview.changes}
    assert outputs == engine.outputs(spec.district)
    assert engine.stacks() == (spec.district,)
    assert engine.clean(spec)

    key = StateKeys(state).city_key()
    assert outputs.fingerprints == {
        f"{c.name}@{c.version}": fingerprint(key, derive_password(key, c.name, c.version))
        for c in spec.credentials
    }
    again = engine.preview(spec)
    assert not again.dirty
    assert again.plan_file is None
    assert engine.up(preview) == outputs
    assert engine.refresh(spec) == ()


def test_an_altered_or_stale_plan_is_refused(
    state: Path, spec: PlatformSpec, engine: PulumiEngine
) -> None:
    """Goal: a changed plan file, a foreign one and a world that moved on are each refused."""
    preview = engine.preview(spec)
    assert preview.plan_file is not None
    path = state / preview.plan_file
    whole = path.read_bytes()
    path.write_bytes(whole.replace(b"create", b"delete", 1))
    with pytest.raises(AlteredPlan):
        engine.up(preview)
    path.unlink()
    with pytest.raises(AlteredPlan):
        engine.up(preview)
    path.write_bytes(whole)
    other = preview.model_copy(update={"spec": spec.model_copy(update={"port": spec.port + 1})})
    with pytest.raises(StalePlan) as caught:
        engine.up(other)
    assert "plan" in caught.value.summary.en
    assert servers.bound(spec) == set()
    engine.up(preview)
    nothing = engine.preview(spec)
    registrar(state, spec).folder.joinpath("config.json").unlink()
    with pytest.raises(StalePlan):
        engine.up(nothing)


def test_killed_services_are_restarted_and_a_killed_supervisor_too(
    state: Path, spec: PlatformSpec, engine: PulumiEngine
) -> None:
    """Goal: supervised; after kill -9 of supervisord no orphan has a port, and any verb mends."""
    spec = servers.with_collector(spec)
    assert spec.collector is not None
    engine.up(engine.preview(spec))
    service, watching = registrar(state, spec), collector(state, spec)
    first, eye = service.process(), watching.process()
    assert first is not None
    assert eye is not None
    os.kill(first.pid, signal.SIGKILL)
    os.kill(eye.pid, signal.SIGKILL)
    servers.until(
        lambda: (
            service.process() not in (None, first)
            and watching.process() not in (None, eye)
            and engine.clean(spec)
        )
    )

    supervisor = Supervisor(state).record()
    assert supervisor is not None
    assert supervisor.process is not None
    os.kill(supervisor.process.pid, signal.SIGKILL)
    servers.until(lambda: servers.bound(spec) == set())
    servers.until(lambda: watching.process() is None)
    drift = engine.refresh(spec)
    kinds = ("collector", "registrar")
    assert sorted(c.name for c in drift) == [f"{kind}-{spec.district}" for kind in kinds]
    assert [c.after["running"] for c in drift] == [False, False]
    assert engine.clean(spec)
    commands = list(servers.processes_of(state).values())
    assert [sum(f"services.{kind}" in c for c in commands) for kind in kinds] == [1, 1]
    # A collector whose folder somebody removed is no longer what was brought up.
    shutil.rmtree(watching.folder)
    assert not engine.clean(spec)


def test_deleted_files_are_seen_and_mended(
    state: Path, spec: PlatformSpec, engine: PulumiEngine
) -> None:
    """Goal: whatever somebody deletes, with the process killed or not, is drift until `up`."""
    engine.up(engine.preview(spec))
    folder = state / "services" / spec.district
    for lost in ("registrar/config.json", "registrar", "certificates", "."):
        process = registrar(state, spec).process()
        target = folder / lost
        shutil.rmtree(target) if target.is_dir() else target.unlink()
        if lost == ".":
            assert process is not None
            os.kill(process.pid, signal.SIGKILL)
        assert not engine.clean(spec), lost
        assert engine.refresh(spec) != (), lost
        preview = engine.preview(spec)
        assert preview.dirty, lost
        engine.up(preview)
        assert engine.clean(spec), lost
        assert servers.bound(spec) == set(spec.addresses), lost
    # Looking twice must find the same: the record is not changed by it.
    (folder / "registrar" / "config.json").unlink()
    assert engine.refresh(spec) == engine.refresh(spec) != ()
    engine.up(engine.preview(spec))
    assert engine.refresh(spec) == ()


def test_the_whole_services_folder_deleted_under_a_running_supervisor(
    state: Path, spec: PlatformSpec, engine: PulumiEngine
) -> None:
    """Goal: a supervisord whose record is gone is found and ended, so the new one can bind."""
    engine.up(engine.preview(spec))
    shutil.rmtree(state / "services")
    assert not engine.clean(spec)
    engine.up(engine.preview(spec))
    assert engine.clean(spec)
    supervisors = [c for c in servers.processes_of(state).values() if "supervisor.supervisord" in c]
    assert len(supervisors) == 1


def test_changes_keep_what_they_do_not_touch(
    state: Path, spec: PlatformSpec, engine: PulumiEngine
) -> None:
    """Goal: a new version is added beside the old without a restart; a new port restarts."""
    first = engine.up(engine.preview(spec))
    before = registrar(state, spec).process()
    rotated = servers.with_collector(servers.with_version(spec, 2))
    assert rotated.collector is not None
    assert not engine.clean(rotated)
    preview = engine.preview(rotated)
    assert {(c.name, c.action) for c in preview.changes if c.action != "same"} == {
        (f"sip/{servers.GB_ID}@2", "create"),
        (f"registrar-{spec.district}", "update"),
        (f"collector-{spec.district}", "create"),
    }
    second = engine.up(preview)
    assert collector(state, spec).answers()
    assert second.credentials[f"sip/{servers.GB_ID}"] == (1, 2)
    assert first.fingerprints.items() <= second.fingerprints.items()
    assert registrar(state, spec).process() == before
    config = registrar(state, spec).config()
    assert config is not None
    assert [a.version for a in config.accounts] == [1, 2]

    moved = rotated.model_copy(update={"port": servers.free_block()[1], "collector": None})
    engine.up(engine.preview(moved))
    assert not collector(state, spec).folder.exists(), "not asked for any more"
    assert engine.clean(moved)
    assert servers.bound(moved) == set(moved.addresses)
    assert servers.bound(rotated) == set()
    assert registrar(state, spec).process() != before


def test_destroy_leaves_no_process_listener_or_file(
    state: Path, spec: PlatformSpec, engine: PulumiEngine
) -> None:
    """Goal: after destroy only the city's own two keys are there; a second stack keeps running."""
    spec, other = servers.with_collector(spec), servers.spec_for("340722")
    engine.up(engine.preview(spec))
    engine.up(engine.preview(other))
    told: list[ResourceChange] = []
    engine.destroy(spec.district, lambda change, _phase: told.append(change))
    assert {c.action for c in told} == {"delete"}
    assert servers.bound(spec) == set()
    assert engine.clean(other)
    left = [p.relative_to(state) for p in state.rglob("*") if spec.district in p.name]
    # A lease's file stays, so that nobody can lock a name that another process still holds.
    assert [str(p) for p in left if p.parts[0] != "locks"] == []
    assert engine.stacks() == (other.district,)

    registrar(state, other).folder.joinpath("config.json").unlink()
    engine.destroy(other.district)
    engine.destroy(other.district)
    assert servers.processes_of(state) == {}
    assert servers.bound(other) == set()
    # What the collector saw and the journal outlive the servers; nothing else does.
    kept = {"health", "journal.db", "locks", "run"}
    files = [p.relative_to(state) for p in state.rglob("*")]
    assert sorted(str(p) for p in files if p.parts[0] not in kept) == [
        "keys",
        "keys/city-key",
        "keys/engine-passphrase",
    ]
    assert Path("health/health.db") in files


def test_no_secret_stands_anywhere(state: Path, spec: PlatformSpec, engine: PulumiEngine) -> None:
    """Goal: values, keys, passphrase in no file but the key files, in no form; all files 0600."""
    spec = servers.with_version(spec, 2)
    engine.up(engine.preview(spec))
    engine.refresh(spec)
    keys = StateKeys(state)
    city_key = keys.city_key()
    secrets = {
        f"{c.name}@{c.version}": derive_password(city_key, c.name, c.version)
        for c in spec.credentials
    }
    secrets["city key"] = city_key.hex()
    secrets["passphrase"] = keys.engine_passphrase_file().read_text()
    secrets["CA key"] = keys.ca_key_file(spec.district).read_text().splitlines()[1]
    everything = [p for p in state.iterdir() if p.name != "keys"]
    assert canary.scan(everything, secrets) == []
    # The scanner would have found them.
    assert len(canary.scan([keys.folder], secrets)) >= 3
    for path in state.rglob("*"):
        assert path.stat().st_mode & 0o077 == 0, path
    for pid in servers.processes_of(state):
        for name in ("cmdline", "environ"):
            text = Path(f"/proc/{pid}/{name}").read_bytes().decode("utf-8", "replace")
            assert not any(value in text for value in secrets.values())


def test_without_an_engine_the_way_to_one_is_named(state: Path, spec: PlatformSpec) -> None:
    """Goal: no traceback, exit code 10, and the command that helps."""
    engine = PulumiEngine(state, state, lambda _spec: None, find=lambda: None)
    with pytest.raises(EngineError) as caught:
        engine.preview(spec)
    assert caught.value.exit_code == 10
    assert caught.value.fix is not None
    assert "make setup" in caught.value.fix.en
    assert list(state.iterdir()) == []
    assert not engine.clean(spec)
    assert engine.outputs(spec.district) is None
