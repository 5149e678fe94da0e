"""The program as anybody's engine would run it: Pulumi's own mocks, and the file for the CLI."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from fleet.model.stack import PlatformSpec
from fleet.provider.provider import KINDS
from tests.support import servers

STACKS = Path(__file__).parents[2] / "stacks"

# Mocks replace process-wide state of the SDK, so each run has a process of its own.
RUN = """
import json, runpy, sys
import pulumi

class Recorder(pulumi.runtime.Mocks):
    def new_resource(self, args):
        made.append({"type": args.typ, "name": args.name, "inputs": dict(args.inputs)})
        outputs = {"fingerprint": "fp-" + args.name, "certificate": "PEM", "renew_after": "later"}
        return [args.name + "_id", {**args.inputs, **outputs, "config": "c"}]

    def call(self, args):
        return {}

made = []
pulumi.runtime.set_mocks(Recorder(), project="fleet", stack="platform")
exported = {}
pulumi.export = lambda name, value: exported.__setitem__(name, value)
mode, given = sys.argv[1], json.loads(sys.argv[2])

@pulumi.runtime.test
def run():
    if mode == "inline":
        from fleet_stacks.platform import platform
        platform(given)
    else:
        settings = {"fleet:spec": given["file"], "fleet:district": given["district"]}
        pulumi.runtime.set_all_config(settings)
        runpy.run_path(given["main"], run_name="__main__")
    known = pulumi.Output.from_input(exported["platform"])
    return known.apply(lambda value: exported.update(platform=value))

run()
print(json.dumps({"made": made, "exported": exported}))
"""


def run(mode: str, given: object) -> dict[str, Any]:
    """Run the program under mocks and return what it declared and exported."""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", RUN, mode, json.dumps(given)],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def _order(resource: dict[str, Any]) -> tuple[str, str]:
    return resource["type"], resource["name"]


@pytest.fixture
def spec() -> PlatformSpec:
    """A platform with two versions of one credential, and with a collector."""
    return servers.with_collector(servers.spec_for(sip_version=2))


def test_every_resource_is_declared_with_what_it_needs(spec: PlatformSpec) -> None:
    """Goal: authority, certificate, each credential version, both services; values passed on."""
    found = run("inline", spec.model_dump(mode="json"))
    made = {r["name"]: r for r in found["made"]}
    assert set(made) == {
        "ca-340705",
        "registrar",
        "device/cam-1/admin@1",
        f"sip/{servers.GB_ID}@1",
        f"sip/{servers.GB_ID}@2",
        "registrar-340705",
        "collector-340705",
    }
    assert made["registrar"]["inputs"]["authority"] == "fp-ca-340705"
    inputs = made["registrar-340705"]["inputs"]
    assert inputs["certificate"] == "fp-registrar"
    assert inputs["addresses"] == list(spec.addresses)
    # Device passwords are no business of the registrar.
    assert inputs["accounts"] == [
        {
            "username": servers.GB_ID,
            "credential": f"sip/{servers.GB_ID}",
            "version": version,
            "fingerprint": f"fp-sip/{servers.GB_ID}@{version}",
        }
        for version in (1, 2)
    ]
    assert spec.collector is not None
    assert made["collector-340705"]["inputs"] == {
        "district": "340705",
        **spec.collector.model_dump(mode="json"),
    }


def test_without_terms_there_is_no_collector(spec: PlatformSpec) -> None:
    """Goal: a district that does not ask for one gets none, and its record says so."""
    from fleet.adapters.pulumi.records import record_of

    bare = spec.model_copy(update={"collector": None})
    found = run("inline", bare.model_dump(mode="json"))
    assert not [r for r in found["made"] if "Collector" in r["type"]]
    assert record_of(bare, found["exported"]["platform"]).collector is None


def test_the_export_is_what_outputs_are_made_of(spec: PlatformSpec) -> None:
    """Goal: the record of an `up` can be built from it, and no secret is in it."""
    from fleet.adapters.pulumi.records import record_of

    exported = run("inline", spec.model_dump(mode="json"))["exported"]["platform"]
    record = record_of(spec, exported)
    assert record.outputs.credentials == {
        "device/cam-1/admin": (1,),
        f"sip/{servers.GB_ID}": (1, 2),
    }
    assert record.outputs.ca_fingerprint == "fp-ca-340705"
    assert (record.config, record.collector) == ("c", "c")
    assert "value" not in json.dumps(exported)


def test_the_pulumi_command_runs_the_same_function(spec: PlatformSpec, tmp_path: Path) -> None:
    """Goal: __main__.py with the file that `fleet stacks list` gives declares the same."""
    listing = [
        {"district": "000000", "spec": None},
        {"district": spec.district, "spec": spec.model_dump(mode="json")},
    ]
    file = tmp_path / "stacks.json"
    file.write_text(json.dumps(listing, ensure_ascii=False), "utf-8")
    given = {"file": str(file), "district": spec.district, "main": str(STACKS / "__main__.py")}
    by_cli, inline = run("cli", given), run("inline", spec.model_dump(mode="json"))
    assert sorted(by_cli["made"], key=_order) == sorted(inline["made"], key=_order)
    assert by_cli["exported"] == inline["exported"]


def test_the_project_file_is_one_that_pulumi_reads() -> None:
    """Goal: name, runtime and program are where the pulumi command looks for them."""
    project = yaml.safe_load((STACKS / "Pulumi.yaml").read_text("utf-8"))
    assert project["name"] == "fleet"
    assert project["runtime"]["name"] == "python"
    assert (STACKS / project["main"] / "__main__.py").exists()


def test_program_and_provider_know_the_same_kinds(spec: PlatformSpec) -> None:
    """Goal: each declared type has its kind, and each input is one that the kind takes."""
    kinds = {kind.type_name: kind for kind in KINDS}
    found = run("inline", spec.model_dump(mode="json"))
    for resource in found["made"]:
        kind = kinds.pop(resource["type"], None) or next(
            k for k in KINDS if k.type_name == resource["type"]
        )
        given = {k for k, v in resource["inputs"].items() if v is not None}
        assert given == set(kind.inputs.model_fields), resource["name"]
    assert kinds == {}
