"""`ansible-playbook` without fleet around it: look, refuse to write, and keep answers untrusted."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from fleet.wiring.build import load_city
from tests.playbooks.conftest import ROOT, Run

pytestmark = pytest.mark.scenario
COMPOUNDS = load_city(ROOT / "inventories" / "tongling")
FIRST = next(COMPOUNDS.compounds())


def test_inventory_is_compounds_by_district_and_category(ansible: Run, city: Path) -> None:
    """Hosts are all compounds, groups their districts and categories, variables ids alone."""
    done = ansible("ansible-inventory", "-i", str(city), "--list", "--export")

    assert done.returncode == 0, done.stderr
    seen = json.loads(done.stdout)
    hosts = seen["_meta"]["hostvars"]
    assert set(hosts) <= {c.id for c in COMPOUNDS.compounds()}
    for district in COMPOUNDS.districts:
        assert seen[f"district_{district.code}"]["hosts"] == [c.id for c in district.compounds]
    for compound in COMPOUNDS.compounds():
        assert compound.id in seen[f"category_{compound.site.category}"]["hosts"]
    assert all(set(v) == {"fleet_district", "fleet_category"} for v in hosts.values())


def test_inventory_faults_are_named_with_their_place(ansible: Run, tmp_path: Path) -> None:
    """A city that cannot be read gives fleet's words, and no traceback."""
    (tmp_path / "city.yaml").write_text("city: [", "utf-8")
    path = tmp_path / "city.fleet.yml"
    path.write_text("plugin: compound.fleet.city\n", "utf-8")

    done = ansible("ansible-inventory", "-i", str(path), "--list")

    assert "city.yaml" in done.stderr
    assert "Traceback" not in done.stderr


def test_foreign_files_are_not_taken(ansible: Run, tmp_path: Path) -> None:
    """Only files named *.fleet.yml are ours, even if they say so inside."""
    path = tmp_path / "hosts.yml"
    path.write_text("plugin: compound.fleet.city\n", "utf-8")

    done = ansible("ansible-inventory", "-i", str(path), "--list")

    assert (
        "_meta" not in json.loads(done.stdout) or not json.loads(done.stdout)["_meta"]["hostvars"]
    )


def test_check_mode_shows_differences_by_device_and_field(ansible: Run, city: Path) -> None:
    """`--check --diff` prints what a plan would write; the host counts as changed."""
    rows = [
        {"device": "g-01", "field": "open_time_s", "before": 5, "after": 8},
        {"device": "g-01", "field": "auth_ways", "before": ["card"], "after": ["card", "id_card"]},
    ]
    answers = {"differences": {f"{FIRST.id}/gates": rows}}

    done = ansible(
        "ansible-playbook", "-i", str(city), "gates.yml", "--check", "--diff", answers=answers
    )

    assert done.returncode == 0, done.stdout + done.stderr
    for line in ("--- before: g-01", "-open_time_s: 5", "+open_time_s: 8", "+auth_ways: card, id"):
        assert line in done.stdout
    assert f"changed: [{FIRST.id}]" in done.stdout
    assert done.stdout.count("changed=1") == 1


def test_check_mode_verifies_nothing(ansible: Run, city: Path) -> None:
    """There is nothing to verify before anything is written."""
    done = ansible("ansible-playbook", "-i", str(city), "verify.yml", "--check")

    assert done.returncode == 0, done.stdout + done.stderr
    assert "changed=1" not in done.stdout


def test_without_permits_nothing_is_written_and_the_way_is_shown(ansible: Run, city: Path) -> None:
    """Neither fleet, nor a plan, nor check mode: it fails and says what to do."""
    done = ansible("ansible-playbook", "-i", str(city), "gates.yml")

    assert done.returncode == 2
    said = done.stdout + done.stderr
    assert "nothing may be written without a permit" in said
    assert "-e fleet_plan=FILE" in said and "--check --diff" in said


def test_the_way_to_permits_was_shown_in_english_to_a_chinese_caller(
    ansible: Run, city: Path
) -> None:
    """The same two ways, in Chinese."""
    done = ansible("ansible-playbook", "-i", str(city), "gates.yml", environ={"FLEET_LANG": "zh"})

    said = done.stdout + done.stderr
    assert done.returncode == 2
    assert "没有许可不得写入" in said and "-e fleet_plan=FILE" in said
    assert "nothing may be written" not in said


def test_every_word_of_the_plugins_stands_once() -> None:
    """No plugin says something of its own in one language, or repeats what is in `words`."""
    plugins = ROOT / "playbooks" / "collections" / "ansible_collections" / "compound" / "fleet"
    sources = {p: p.read_text("utf-8") for p in (plugins / "plugins").rglob("*.py")}

    assert sum(s.count("fleet_city is not set") for s in sources.values()) == 1
    assert [p.name for p, s in sources.items() if ".summary.en" in s] == []
    raised = re.compile(r"raise Ansible\w+\(f?[\"']\w")
    assert [p.name for p, s in sources.items() if raised.search(s)] == []


def test_failed_devices_are_warned_about_and_the_play_goes_on(ansible: Run, city: Path) -> None:
    """Under permits a failed device is the permit server's matter, and visible here."""
    fault = {"code": "unreachable", "en": "no connection", "zh": "无法连接"}
    answers = {"drive": {"changed": False, "devices": {}, "failed": {"g-01": fault}, "diff": []}}

    done = ansible(
        "ansible-playbook", "-i", str(city), "gates.yml", "-e", "fleet_socket=/x", answers=answers
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert "g-01 (no connection)" in done.stdout + done.stderr


def test_what_a_device_answers_is_never_a_template(
    ansible: Run, city: Path, tmp_path: Path
) -> None:
    """Jinja in a device's answer is printed as it came, also through a registered result."""
    trap = tmp_path / "trapped"
    evil = "{{ lookup('ansible.builtin.pipe', 'touch " + str(trap) + "') }}{{ 7 * 191 }}"
    row = {"device": "g-01", "field": "contact", "before": evil, "after": "x"}
    answer = {"changed": True, "devices": {evil: ["contact"]}, "failed": {}, "diff": [row]}
    play = tmp_path / "play.yml"
    play.write_text(
        "- hosts: all\n  gather_facts: false\n  tasks:\n"
        "    - compound.fleet.drive: {stage: gates}\n      register: seen\n"
        "    - ansible.builtin.debug: {msg: '{{ seen.devices }} {{ seen.diff }}'}\n",
        "utf-8",
    )

    done = ansible(
        "ansible-playbook",
        *("-i", str(city), str(play), "--diff", "-e", "fleet_socket=/x"),
        answers={"drive": answer},
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert not trap.exists()
    assert "7 * 191" in done.stdout
    assert "1337" not in done.stdout


def test_stage_must_be_known(ansible: Run, city: Path, tmp_path: Path) -> None:
    """A misspelt stage fails with the list of stages."""
    play = tmp_path / "play.yml"
    play.write_text(
        "- hosts: all\n  gather_facts: false\n  tasks: [{compound.fleet.drive: {stage: gate}}]\n",
        "utf-8",
    )

    done = ansible("ansible-playbook", "-i", str(city), str(play), "--check")

    assert done.returncode == 2
    assert "links, gates, doors, cameras, uplink, verify" in done.stdout + done.stderr


def test_servers_shows_registrar_ids_and_versions(ansible: Run, city: Path) -> None:
    """Each compound's upper side is printed; of a stack that stands also its recorded versions."""
    outputs = {"ca_fingerprint": "ab:cd", "credentials": {"sip/1": [1, 2], "unused": []}}

    done = ansible("ansible-playbook", "-i", str(city), "servers.yml", answers={"outputs": outputs})

    assert done.returncode == 0, done.stdout + done.stderr
    for compound in COMPOUNDS.compounds():
        if compound.uplink is not None:
            uplink = compound.uplink
            assert f'"registrar": "{uplink.server_address}:{uplink.server_port}"' in done.stdout
            assert uplink.server_id in done.stdout
    platforms = [c for c in COMPOUNDS.compounds() if c.uplink and c.uplink.source == "platform"]
    assert done.stdout.count('"credentials": "sip/1@2"') == len(platforms) > 0


def test_servers_says_that_nothing_stands_yet(ansible: Run, city: Path) -> None:
    """Before the first `up` addresses are known all the same: the inventory allocates them."""
    done = ansible("ansible-playbook", "-i", str(city), "servers.yml")

    assert done.returncode == 0, done.stdout + done.stderr
    assert '"standing": "no"' in done.stdout
    assert '"registrar": "127.' in done.stdout
