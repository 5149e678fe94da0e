"""The comment helper against the three hosts' APIs: one comment, edited in place, found again."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.codehost import ROBOT, CodeHost, code_host

HELPER = Path(__file__).resolve().parents[2] / "docs" / "pipeline" / "host.py"
MARK = "<!-- fleet-pipeline inventories/tongling -->"


@pytest.fixture(params=["github", "gitea", "gitlab"])
def host(request: pytest.FixtureRequest) -> Iterator[CodeHost]:
    """Each host."""
    with code_host(request.param) as found:
        yield found


def helper(host: CodeHost, *args: str, **more: str) -> subprocess.CompletedProcess[str]:
    """One call of the helper."""
    environment = host.environment() | {"PATH": "/usr/bin", "LC_ALL": "C.UTF-8"} | more
    return subprocess.run(
        [sys.executable, str(HELPER), *args],
        capture_output=True, text=True, env=environment, check=False, timeout=30,
    )  # fmt: skip


def put(host: CodeHost, folder: Path, body: str) -> subprocess.CompletedProcess[str]:
    """Show a comment on pull request 5."""
    file = folder / "comment.md"
    file.write_text(f"{MARK}\n{body}\n", "utf-8")
    return helper(host, "put", MARK, str(file), FLEET_PR="5")


def test_one_comment_is_written_and_then_edited(host: CodeHost, tmp_path: Path) -> None:
    """Also behind other people's comments, over more than one page of them."""
    for number in range(60):
        host.write("5", "somebody", f"comment {number}")
    assert put(host, tmp_path, "first 计划").returncode == 0
    assert put(host, tmp_path, "second 计划").returncode == 0

    assert host.of_robot("5") == [f"{MARK}\nsecond 计划\n"]
    assert len(host.threads["5"]) == 61


def test_the_comment_is_found_by_the_merge_commit(host: CodeHost, tmp_path: Path) -> None:
    """Of the pull request that the commit came from, not of another."""
    put(host, tmp_path, "reviewed")
    host.write("6", ROBOT, f"{MARK}\nanother pull request")
    host.merged["abc123"] = "5"
    said = helper(host, "get", MARK, FLEET_COMMIT="abc123")

    assert (said.returncode, said.stdout) == (0, f"{MARK}\nreviewed\n\n")


def test_a_forged_comment_is_nobodys(host: CodeHost, tmp_path: Path) -> None:
    """The first line of ours by somebody else: neither edited nor believed."""
    host.write("5", "mallory", f"{MARK}\nforged")
    host.merged["abc123"] = "5"
    said = helper(host, "get", MARK, FLEET_COMMIT="abc123")
    assert (said.returncode, said.stdout) == (1, "")

    put(host, tmp_path, "ours")
    assert helper(host, "get", MARK, FLEET_COMMIT="abc123").stdout == f"{MARK}\nours\n\n"
    assert host.threads["5"][0]["body"] == f"{MARK}\nforged"


def test_a_commit_without_a_pull_request_has_no_comment(host: CodeHost) -> None:
    """Pushed past review: told, exit 1."""
    said = helper(host, "get", MARK, FLEET_COMMIT="fff")

    assert (said.returncode, said.stdout) == (1, "")
    assert "host.py: " in said.stderr


def test_another_citys_comment_is_another(host: CodeHost, tmp_path: Path) -> None:
    """Two cities in one repository have two comments."""
    other = MARK.replace("tongling", "wuhu")
    host.write("5", ROBOT, f"{other}\nwuhu")
    put(host, tmp_path, "tongling")

    assert host.of_robot("5") == [f"{other}\nwuhu", f"{MARK}\ntongling\n"]


@pytest.mark.parametrize("name", ["FLEET_HOST", "FLEET_API", "FLEET_REPO", "FLEET_TOKEN"])
def test_what_is_missing_is_named(host: CodeHost, name: str) -> None:
    """Before anything is asked."""
    said = helper(host, "get", MARK, **{name: "", "FLEET_COMMIT": "a"})

    assert (said.returncode, name in said.stderr, host.calls) == (1, True, [])


def test_a_refusal_of_the_host_is_told_without_the_token(host: CodeHost, tmp_path: Path) -> None:
    """401 with the path; the token is in no message."""
    said = helper(host, "get", MARK, FLEET_TOKEN="another-secret", FLEET_COMMIT="a")

    assert said.returncode == 1
    assert "401" in said.stderr
    assert "another-secret" not in said.stdout + said.stderr


def test_usage(host: CodeHost) -> None:
    """Neither put nor get."""
    assert "usage" in helper(host, "post").stderr
