"""Where the engine's files are, what counts as a stack, what is forgotten, what is on record."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from pydantic import ValidationError

from fleet.adapters.keys import StateKeys
from fleet.adapters.processes import LinuxProcesses
from fleet.adapters.pulumi.call import MARK, CallBook, engine_environment
from fleet.adapters.pulumi.places import PROJECT, Places, stack_name
from fleet.adapters.pulumi.records import read_record, record_of, spec_digest, write_record
from fleet.adapters.pulumi.recovery import pending_operations, recover_stack
from tests.support import servers

EXPORT = {
    "server_id": "34070500002000000001",
    "server_domain": "3407050000",
    "addresses": ["127.0.0.1"],
    "port": 5060.0,
    "ca_fingerprint": "ca",
    "certificate_fingerprint": "cert",
    "renew_after": "2030-01-01T00:00:00Z",
    "config": "c0",
    "fingerprints": {"device/cam-1/admin@1": "aa"},
}


def made(places: Places, district: str) -> Path:
    """A checkpoint with its neighbours."""
    places.prepare(stack_name(district))
    path = places.checkpoint(stack_name(district))
    path.parent.mkdir(parents=True, exist_ok=True)
    for name in (path, path.with_name(path.name + ".bak"), path.with_name(path.name + ".attrs")):
        name.write_text("{}")
    return path


def test_everything_made_is_private(tmp_path: Path) -> None:
    """Goal: folders 0700 and the project file 0600 under any umask."""
    old = os.umask(0)
    try:
        places = Places(tmp_path / "s")
        places.prepare("platform-340705")
    finally:
        os.umask(old)
    for path in (tmp_path / "s").rglob("*"):
        assert path.stat().st_mode & 0o777 == (0o700 if path.is_dir() else 0o600), path
    project = places.work("platform-340705") / "Pulumi.yaml"
    assert f"name: {PROJECT}\n" in project.read_text()


def test_a_district_counts_by_stack_or_by_record(tmp_path: Path) -> None:
    """Goal: a record without a stack, and a stack without a record, are both listed."""
    places = Places(tmp_path)
    made(places, "340705")
    places.up_record("340722").parent.mkdir(parents=True)
    places.up_record("340722").write_text("{}")
    assert places.districts() == ("340705", "340722")


def test_forgetting_takes_one_stack_and_the_last_takes_all(tmp_path: Path) -> None:
    """Goal: nothing with the district's code in its name stays; the other's files do."""
    places = Places(tmp_path)
    made(places, "340705")
    other = made(places, "340722")
    (places.plans / "platform-340705.ab.json").write_text("{}")
    (places.plans / "platform-340722.ab.json").write_text("{}")
    places.forget("platform-340705")
    assert [p for p in tmp_path.rglob("*") if "340705" in p.name] == []
    assert other.exists()
    assert (places.plans / "platform-340722.ab.json").exists()
    places.forget("platform-340722")
    assert not places.root.exists()
    places.forget("platform-340722")


def test_old_logs_go_and_new_ones_stay(tmp_path: Path) -> None:
    """Goal: the engine writes a log a command for ever; the newest twenty are kept."""
    places = Places(tmp_path)
    folder = places.home / "logs"
    folder.mkdir(parents=True)
    for n in range(25):
        (folder / f"{n}.log").write_text("x")
        os.utime(folder / f"{n}.log", (n, n))
    places.prune_logs()
    assert {p.name for p in folder.iterdir()} == {f"{n}.log" for n in range(5, 25)}


def test_a_record_holds_what_was_exported_and_round_trips(tmp_path: Path) -> None:
    """Goal: numbers of the engine are integers again, versions are gathered by name."""
    places, spec = Places(tmp_path), servers.spec_for(sip_version=3)
    record = record_of(spec, EXPORT)
    write_record(places, spec.district, record)
    assert read_record(places, spec.district) == record
    assert record.outputs.port == 5060
    assert record.outputs.credentials[f"sip/{servers.GB_ID}"] == (1, 2, 3)
    assert record.certificates == {"ca": "ca", "registrar": "cert"}
    assert places.up_record(spec.district).stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("content", ["", "{}", "[", "null"])
def test_a_damaged_record_is_none(tmp_path: Path, content: str) -> None:
    """Goal: it only costs an engine call, never a traceback."""
    places = Places(tmp_path)
    path = places.up_record("340705")
    path.parent.mkdir(parents=True)
    path.write_text(content)
    assert read_record(places, "340705") is None


@pytest.mark.parametrize("lost", sorted(set(EXPORT) - {"fingerprints"}))
def test_a_foreign_export_is_refused(lost: str) -> None:
    """Goal: an export of another version is an error, not half a record."""
    with pytest.raises(ValidationError):
        record_of(servers.spec_for(), {k: v for k, v in EXPORT.items() if k != lost})


def test_a_specs_digest_changes_with_anything_in_it() -> None:
    """Goal: `clean` compares by it, so no input may be left out."""
    spec = servers.spec_for()
    others = [
        spec.model_copy(update={"port": spec.port + 1}),
        spec.model_copy(update={"addresses": spec.addresses[:1]}),
        spec.model_copy(update={"name": "other"}),
        servers.with_version(spec, 2),
    ]
    digests = {spec_digest(s) for s in (spec, *others)}
    assert len(digests) == 5
    assert spec_digest(spec) == spec_digest(spec.model_copy())


def test_the_engine_gets_nothing_of_our_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Goal: no secret of the caller and no setting of another Pulumi leaks in."""
    monkeypatch.setenv("FLEET_TEST_UPPER", "secret")
    monkeypatch.setenv("PULUMI_ACCESS_TOKEN", "secret")
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE", "secret")
    path = StateKeys(tmp_path).engine_passphrase_file()
    monkeypatch.setenv("FLEET_LANG", "zh")
    environment = engine_environment(Places(tmp_path), tmp_path, path, Path("/opt/engine/pulumi"))
    assert environment["FLEET_LANG"] == "zh"
    assert "secret" not in environment.values()
    assert environment["PULUMI_CONFIG_PASSPHRASE_FILE"] == str(path)
    assert path.read_text() not in environment.values()
    assert environment["PATH"].split(":")[1] == "/opt/engine"
    assert environment["PULUMI_BACKEND_URL"].startswith("file:///")


def test_a_call_is_on_record_while_it_lasts(tmp_path: Path) -> None:
    """Goal: caller and mark before the engine runs, its process after, nothing when it ended."""
    places, processes = Places(tmp_path), LinuxProcesses()
    places.prepare("platform-340705")
    book = CallBook(places, "platform-340705", processes)
    assert book.standing() is None
    with book.calling("up") as mark:
        first = book.standing()
        assert first is not None
        assert (first.caller, first.engine, first.mark) == (processes.me(), None, mark)
        book.engine_runs(os.getpid())
        second = CallBook(places, "platform-340705", processes).standing()
        assert second is not None
        assert second.engine == processes.me()
    assert book.standing() is None
    assert MARK not in os.environ


def test_pending_operations_are_named(tmp_path: Path) -> None:
    """Goal: what a person must know: the operation, the type and the name; none is no error."""
    places = Places(tmp_path)
    assert pending_operations(places, "platform-340705") == ()
    path = made(places, "340705")
    path.write_text(
        '{"checkpoint":{"latest":{"pending_operations":[{"type":"creating","resource":'
        '{"type":"fleet:index:Registrar","urn":"urn:pulumi:s::p::t::registrar-340705"}}]}}}'
    )
    assert pending_operations(places, "platform-340705") == (
        "creating fleet:index:Registrar registrar-340705",
    )
    path.write_text("{")
    assert pending_operations(places, "platform-340705") == ()


def test_recovering_where_nothing_was_is_nothing(tmp_path: Path) -> None:
    """Goal: no stack, no call, no lock: an empty answer."""
    assert recover_stack(Places(tmp_path), "platform-340705", LinuxProcesses()) == ()
