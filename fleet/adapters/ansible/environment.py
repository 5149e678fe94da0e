"""What a playbook's process tree may see of the caller's environment: next to nothing.

ansible-runner seeds the tree with the caller's whole environment and writes that to disk. We pass
names from a short list, and settings of our own that make Ansible start fast and touch nothing
outside the run's folder; docs/decisions/0001 has what each was measured to bring.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from fleet.adapters.ansible.tree import MARK
from fleet.model.language import language_of

# Of the caller's environment; each is about where and in which language, none can hold a secret.
PASSED = ("TZ", "TZDIR", "FLEET_LANG", "LD_LIBRARY_PATH", "SSL_CERT_FILE", "SSL_CERT_DIR")
# What ansible-runner itself sets and its event callback reads in the tree.
RUNNER = (
    "ANSIBLE_CALLBACK_PLUGINS",
    "ANSIBLE_STDOUT_CALLBACK",
    "AWX_ISOLATED_DATA_DIR",
    "RUNNER_OMIT_EVENTS",
    "RUNNER_ONLY_FAILED_EVENTS",
)


def settings(
    folder: Path, mark: str, playbooks: Path, bin_dirs: tuple[Path, ...]
) -> dict[str, str]:
    """The settings of one run, for `folder` and the collections beside `playbooks`."""
    return {
        MARK: mark,
        "PATH": os.pathsep.join([*map(str, bin_dirs), "/usr/bin", "/bin"]),
        # Not C: Ansible refuses to start in a locale that is not UTF-8.
        "LC_ALL": "C.UTF-8",
        "HOME": str(folder / "home"),
        "TMPDIR": str(folder / "tmp"),
        "PYTHONNOUSERSITE": "1",
        "ANSIBLE_HOME": str(folder / "home"),
        "ANSIBLE_LOCAL_TEMP": str(folder / "tmp"),
        "ANSIBLE_CONFIG": str(playbooks / "ansible.cfg"),
        "ANSIBLE_COLLECTIONS_PATH": str(playbooks / "collections"),
        "ANSIBLE_COLLECTIONS_SCAN_SYS_PATH": "False",
        # Only the one inventory file of our own making.
        "ANSIBLE_INVENTORY_ENABLED": "ansible.builtin.yaml",
        "ANSIBLE_GATHERING": "explicit",
        "ANSIBLE_NOCOLOR": "True",
        "ANSIBLE_DEPRECATION_WARNINGS": "False",
    }


def cleaned(
    prepared: Mapping[str, object], own: Mapping[str, str], extra: Mapping[str, str]
) -> dict[str, str]:
    """Reduce what ansible-runner `prepared` to the listed names; `own` and `extra` win.

    The tree's locale is not the caller's, so the caller's language is told by name.
    """
    kept = {name: str(prepared[name]) for name in (*PASSED, *RUNNER) if name in prepared}
    spoken = language_of({name: str(value) for name, value in prepared.items()})
    return {**kept, "FLEET_LANG": spoken, **own, **extra}
