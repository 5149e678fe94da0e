"""The wrappers call the script's steps, keep credentials off pull requests, say what they set."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "pipeline"
SCRIPT = FOLDER / "fleet-pipeline"
WRAPPERS = ["github.yml", "gitea.yml", "gitlab.yml"]
STEPS = {"pr", "merge", "nightly"}


def jobs(name: str) -> dict[str, Any]:
    """Jobs of a wrapper by their step."""
    found = yaml.safe_load((FOLDER / name).read_text("utf-8"))
    listed = found.get("jobs") or {k: v for k, v in found.items() if k.startswith("fleet-")}
    return {key.removeprefix("fleet-"): job for key, job in listed.items()}


def commands(job: dict[str, Any]) -> list[str]:
    """What a job runs of ours."""
    lines = job.get("script") or [step.get("run", "") for step in job["steps"]]
    return [line for line in lines if line]


@pytest.mark.parametrize("name", WRAPPERS)
def test_each_job_runs_its_one_step(name: str) -> None:
    """Nothing of the logic is in a wrapper."""
    found = jobs(name)

    assert set(found) == STEPS
    for step, job in found.items():
        assert commands(job) == [f"docs/pipeline/fleet-pipeline {step}"]


@pytest.mark.parametrize("name", WRAPPERS)
def test_pull_requests_never_run_where_the_credentials_are(name: str) -> None:
    """The site's runner and its state belong to merge and nightly alone."""
    for step, job in jobs(name).items():
        words = str(job)
        assert ("fleet-site" in words) is (step != "pr"), (name, step)
        assert ("FLEET_STATE" in words) is (step != "pr"), (name, step)


@pytest.mark.parametrize("name", WRAPPERS)
def test_what_a_wrapper_sets_is_explained(name: str) -> None:
    """In the script's head, or in the helper's."""
    told = SCRIPT.read_text("utf-8") + (FOLDER / "host.py").read_text("utf-8")
    for word in set(re.findall(r"\bFLEET_[A-Z]+\b", (FOLDER / name).read_text("utf-8"))):
        assert word in told, word


def test_every_variable_of_the_script_is_in_its_head() -> None:
    """What it reads is what it explains."""
    words = SCRIPT.read_text("utf-8")
    head, body = words.split("set -u\n", 1)

    read = set(re.findall(r"\$\{?(FLEET_[A-Z_]+)", body))
    assert read <= set(re.findall(r"\bFLEET_[A-Z_]+\b", head))


@pytest.mark.parametrize("args", [[], ["deploy"]])
def test_an_unknown_step_is_usage(tmp_path: Path, args: list[str]) -> None:
    """64, with the line that says what there is; without a city it says that."""
    path = {"PATH": "/usr/bin:/bin"}
    said = subprocess.run(
        [str(SCRIPT), *args], cwd=tmp_path, env=path | {"FLEET_CITY": "x"},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (said.returncode, "pr | merge | nightly" in said.stderr) == (64, True)

    said = subprocess.run(
        [str(SCRIPT), "pr"], cwd=tmp_path, env=path, capture_output=True, text=True, check=False
    )
    assert said.returncode != 0
    assert "FLEET_CITY" in said.stderr
