"""The locks: a hash for every file of every package, no address, no path, and all in step."""

from __future__ import annotations

import re
import tomllib

import pytest

from fleet.bootstrap.engine import VERSION
from fleet.bootstrap.packages import locked_names, normal
from tests.house.files import ROOT, text

RUNTIME = "requirements.lock"
DEVELOPMENT = "requirements-dev.lock"
TOOLCHAIN = "stacks/engine/toolchain.lock"
LOCKS = (RUNTIME, DEVELOPMENT, TOOLCHAIN)


def versions(name: str) -> dict[str, str]:
    """Package to version, as a lock has it."""
    found = re.findall(r"(?m)^([A-Za-z0-9][\w.-]*)==(\S+)", text(name))
    return {normal(package): version for package, version in found}


@pytest.mark.parametrize("name", LOCKS)
def test_every_entry_has_hashes(name: str) -> None:
    logical = re.sub(r"\\\n\s*", " ", text(name)).splitlines()
    entries = [line for line in logical if line and not line.lstrip().startswith("#")]
    assert entries
    for entry in entries:
        assert re.match(r"[A-Za-z0-9][\w.-]*==\S+( ; .+?)?(\s+--hash=sha256:[0-9a-f]{64})+$", entry)


@pytest.mark.parametrize("name", LOCKS)
@pytest.mark.parametrize(
    "forbidden", ["://", "--find-links", "--index-url", "--extra-index-url", " @ ", "file:", "-e "]
)
def test_no_address_and_no_path(name: str, forbidden: str) -> None:
    assert forbidden not in text(name)


def test_development_is_runtime_and_more() -> None:
    runtime, development = versions(RUNTIME), versions(DEVELOPMENT)
    assert runtime.items() <= development.items()
    assert len(development) > len(runtime)


def test_everything_that_is_asked_for_is_locked() -> None:
    project = tomllib.loads(text("pyproject.toml"))
    asked = {
        normal(re.split(r"[\s<>=!~;\[]", line)[0]) for line in project["project"]["dependencies"]
    }
    assert asked <= locked_names(text(RUNTIME))
    groups = project["dependency-groups"]
    tools = {
        normal(re.split(r"[\s<>=!~;\[]", line)[0])
        for group in groups.values()
        for line in group
        if isinstance(line, str)
    }
    assert tools <= locked_names(text(DEVELOPMENT))
    assert "hatchling" in tools, "an editable install under hashes needs the backend locked too"


def test_engine_and_sdk_move_together() -> None:
    assert versions(RUNTIME)["pulumi"] == VERSION


def test_the_modules_are_pinned_by_sum() -> None:
    sums = (ROOT / "stacks" / "engine" / "go.sum").read_text("utf-8")
    assert f"github.com/pulumi/pulumi/pkg/v3 v{VERSION} h1:" in sums
