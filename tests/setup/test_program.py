"""The program the Makefile calls, from outside: with a bare interpreter and no dependency."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from fleet.bootstrap import needs
from fleet.bootstrap.places import shipped

ROOT = Path(__file__).resolve().parents[2]


def bootstrap(*arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    """Run it isolated from site-packages, as the system's Python would."""
    return subprocess.run(
        [sys.executable, "-S", "-m", "fleet.bootstrap", *arguments],
        cwd=ROOT,
        env={**os.environ, **environ},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("arguments", [(), ("nonsense",), ("setup", "--what")])
def test_a_usage_error_is_64(arguments: tuple[str, ...]) -> None:
    result = bootstrap(*arguments)
    assert result.returncode == 64
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize(("locale", "part"), [("C.UTF-8", "narrated"), ("zh_CN.UTF-8", "演示")])
def test_help_in_the_readers_language(locale: str, part: str) -> None:
    result = bootstrap("help", LC_ALL=locale, PYTHONUTF8="1")
    assert result.returncode == 0
    assert part in result.stdout


def test_lacking_programs_are_3_with_the_command(tmp_path: Path) -> None:
    (tmp_path / "git").symlink_to("/bin/true")
    result = bootstrap("needs", PATH=str(tmp_path), LC_ALL="C")
    assert result.returncode == 3
    assert "missing: make" in result.stderr
    assert "install -y --no-install-recommends make" in result.stderr


def test_package_names_for_the_pipeline_are_data(tmp_path: Path) -> None:
    result = bootstrap("needs", "--packages", PATH=str(tmp_path))
    assert result.returncode == 0
    assert result.stdout == "git make\n"
    assert result.stderr == ""


def test_set_up_stops_before_any_work_when_something_lacks(tmp_path: Path) -> None:
    result = bootstrap("setup", PATH=str(tmp_path), LC_ALL="C")
    assert result.returncode == 3
    assert "environment" not in result.stderr.replace("the virtual environment)", "")


def test_data_folders_are_found_in_the_checkout() -> None:
    assert shipped("stacks/engine") == ROOT / "stacks" / "engine"


def test_data_folders_of_an_installed_package_come_first(tmp_path: Path) -> None:
    inside = tmp_path / "fleet" / "_data" / "inventories"
    inside.mkdir(parents=True)
    (tmp_path / "inventories").mkdir()
    assert shipped("inventories", tmp_path / "fleet") == inside


def test_a_folder_that_did_not_come_is_named() -> None:
    with pytest.raises(FileNotFoundError, match="no-such-folder"):
        shipped("no-such-folder")


def test_set_up_needs_stand_in_the_readme() -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    for need in needs.SETUP:
        assert need.name.split()[-1] in readme
