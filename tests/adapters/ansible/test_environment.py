"""What of the caller's environment reaches a playbook's tree."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleet.adapters.ansible.environment import PASSED, RUNNER, cleaned, settings
from fleet.adapters.ansible.tree import MARK

OWN = settings(Path("/f"), "cafe", Path("/p"), (Path("/f/bin"), Path("/venv/bin")))


@pytest.mark.property
@given(st.dictionaries(st.text(), st.text()))
def test_only_listed_names_pass(prepared: dict[str, str]) -> None:
    """Whatever the caller has, the result has listed names and our own, and nothing else."""
    seen = cleaned(prepared, OWN, {})

    assert set(seen) <= {*PASSED, *RUNNER, *OWN}


def test_ours_wins_over_the_callers() -> None:
    """A caller's PATH, HOME, ANSIBLE_CONFIG or mark never replaces ours."""
    prepared = dict.fromkeys(OWN, "evil")

    assert cleaned(prepared, OWN, {}) == {**OWN, "FLEET_LANG": "en"}


def test_extra_is_added_last() -> None:
    """What the composition root adds is there."""
    assert cleaned({"TZ": "1"}, OWN, {"TZ": "2"})["TZ"] == "2"


def test_shim_comes_first_on_path() -> None:
    """ansible-runner starts whatever `ansible-playbook` it finds first: it must be the shim."""
    assert OWN["PATH"].startswith("/f/bin:/venv/bin:")


def test_locale_is_one_that_ansible_starts_in() -> None:
    """`LC_ALL=C` makes Ansible refuse to start."""
    assert OWN["LC_ALL"] == "C.UTF-8"


def test_ansible_writes_nothing_outside_the_run_folder() -> None:
    """Killed runs leave temporary files: home and temp folders are inside what is wiped."""
    places = ("HOME", "TMPDIR", "ANSIBLE_HOME", "ANSIBLE_LOCAL_TEMP")

    assert all(OWN[place].startswith("/f/") for place in places)
    assert OWN[MARK] == "cafe"


@pytest.mark.parametrize(
    ("caller", "lang"),
    [
        ({"LANG": "zh_CN.UTF-8"}, "zh"),
        ({"LC_ALL": "zh_CN.UTF-8", "FLEET_LANG": "en"}, "en"),
        ({}, "en"),
    ],
)
def test_a_playbook_of_a_chinese_caller_spoke_english(caller: dict[str, str], lang: str) -> None:
    """The tree's locale is ours, not the caller's: the language is told by name."""
    assert cleaned(caller, OWN, {})["FLEET_LANG"] == lang
