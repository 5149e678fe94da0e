"""The collection as Ansible's own tools see it: documented, clean, buildable."""

from __future__ import annotations

import json
import tarfile
from pathlib import Path

import pytest

from tests.playbooks.conftest import COLLECTION, PLAYBOOKS, Run

pytestmark = pytest.mark.scenario
STAGES = ("links", "gates", "doors", "cameras", "uplink", "verify")


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("module", "drive"),
        ("module", "servers"),
        ("module", "permit_server"),
        ("inventory", "city"),
    ],
)
def test_ansible_doc_shows_every_plugin(ansible: Run, kind: str, name: str) -> None:
    """Each plugin has a description, an example, and options that are all described."""
    done = ansible("ansible-doc", "-t", kind, f"compound.fleet.{name}", "--json")

    assert done.returncode == 0, done.stderr
    shown = json.loads(done.stdout)[f"compound.fleet.{name}"]
    assert shown["doc"]["short_description"] and shown["doc"]["description"]
    assert shown["examples"]
    assert all(option["description"] for option in shown["doc"]["options"].values())


def test_every_action_plugin_is_documented() -> None:
    """ansible-doc looks among the modules: an action plugin without a twin there is invisible."""
    actions = {p.stem for p in (COLLECTION / "plugins" / "action").glob("*.py")}
    modules = {p.stem for p in (COLLECTION / "plugins" / "modules").glob("*.py")}

    assert actions == modules


@pytest.mark.timeout(150)
def test_lint_is_clean_in_the_production_profile(ansible: Run) -> None:
    """ansible-lint's strictest profile finds nothing."""
    done = ansible("ansible-lint", "--offline", "--nocolor", "--profile", "production")

    assert done.returncode == 0, done.stdout + done.stderr
    assert "it passed" in done.stderr + done.stdout


def test_collection_builds_and_carries_its_licence_headers(ansible: Run, tmp_path: Path) -> None:
    """`ansible-galaxy collection build` packs every plugin; each code file names GPL-3.0."""
    done = ansible(
        "ansible-galaxy", "collection", "build", str(COLLECTION), "--output-path", str(tmp_path)
    )

    assert done.returncode == 0, done.stderr
    (archive,) = tmp_path.glob("compound-fleet-*.tar.gz")
    with tarfile.open(archive) as packed:
        names = set(packed.getnames())
    assert {"plugins/action/drive.py", "plugins/inventory/city.py"} <= names
    headed = [*PLAYBOOKS.rglob("*.py"), *PLAYBOOKS.glob("*.yml"), PLAYBOOKS / "ansible.cfg"]
    assert all("GPL-3.0-or-later" in p.read_text("utf-8")[:300] for p in headed)


def test_site_runs_all_stages_in_their_order(ansible: Run, city: Path) -> None:
    """Permits come before any stage, and the stages in the order of a wave."""
    done = ansible("ansible-playbook", "-i", str(city), "site.yml", "--list-tasks")

    assert done.returncode == 0, done.stderr
    order = (
        "Serve permits",
        "Show the servers",
        "Drive switches",
        "Drive gate",
        "Drive door",
        "Drive cameras",
    )
    places = [done.stdout.index(name) for name in (*order, "Drive recorders", "Read back")]
    assert places == sorted(places)


@pytest.mark.parametrize("stage", STAGES)
def test_each_stage_playbook_is_one_play_with_one_task(
    ansible: Run, city: Path, stage: str
) -> None:
    """What fleet runs for a stage starts no more forks than there are compounds."""
    done = ansible("ansible-playbook", "-i", str(city), f"{stage}.yml", "--list-tasks")

    assert done.returncode == 0, done.stderr
    assert done.stdout.count("play #") == 1
    assert done.stdout.count("TAGS: []") == 2
