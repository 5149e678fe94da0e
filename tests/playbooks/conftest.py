"""Running the plain Ansible programs on the shipped playbooks, with answers made by the test."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PLAYBOOKS = ROOT / "playbooks"
COLLECTION = PLAYBOOKS / "collections" / "ansible_collections" / "compound" / "fleet"
BIN = Path(sys.executable).parent
# Unit tests import the collection's pure parts as Ansible does.
sys.path.append(str(PLAYBOOKS / "collections"))

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def ansible(tmp_path: Path) -> Run:
    """Run one of Ansible's programs in `playbooks/`, with a home of its own."""

    def run(
        program: str,
        *arguments: str,
        answers: object = None,
        environ: Mapping[str, str] | None = None,
    ) -> subprocess.CompletedProcess[str]:
        environment = {
            "PATH": f"{BIN}{os.pathsep}/usr/bin{os.pathsep}/bin",
            "HOME": str(tmp_path),
            "LC_ALL": "C.UTF-8",
            "ANSIBLE_HOME": str(tmp_path / "ansible"),
            "ANSIBLE_NOCOLOR": "1",
            "PYTHONPATH": str(Path(__file__).parent / "injected"),
            "FLEET_TEST_ANSWERS": json.dumps(answers or {}),
            **(environ or {}),
        }
        return subprocess.run(
            [BIN / program, *arguments],
            cwd=PLAYBOOKS,
            env=environment,
            capture_output=True,
            text=True,
            timeout=110,
            check=False,
        )

    return run


@pytest.fixture
def city(tmp_path: Path) -> Path:
    """An inventory file, outside the city, of the example city."""
    path = tmp_path / "tongling.fleet.yml"
    folder = ROOT / "inventories" / "tongling"
    path.write_text(f"plugin: compound.fleet.city\ncity: {folder}\n", "utf-8")
    return path
