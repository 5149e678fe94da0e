"""The targets of make that the documents name, and the one test that CONTRIBUTING shows.

`make demo`, `make test` and `make bundle` run in the suite and the pipeline themselves
(tests/cli, .ci/run, tests/bundle/run); here it is made sure that they are there. `make setup` is
run: the checkout is set up, so it has nothing to do.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs.pages import blocks
from tests.docs.reference import ROOT
from tests.house.files import tracked

PAGES = [name for name in tracked() if name.endswith(".md") and not name.startswith("inventories")]


def make(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run make in the checkout."""
    return subprocess.run(
        ["make", *arguments], cwd=ROOT, capture_output=True, text=True, check=False, timeout=120
    )


def targets() -> set[str]:
    """Every target that a document tells its reader to make."""
    words = "\n".join((ROOT / name).read_text("utf-8") for name in PAGES)
    return set(re.findall(r"(?m)(?:^|`)make ([a-z][a-z-]*)(?=[ `\n])", words))


def test_every_target_that_is_named_is_there() -> None:
    """Goal: README's two commands, and each other one, can be typed."""
    named = targets()

    assert {"demo", "test", "setup", "lint", "chaos", "bundle", "reference"} <= named
    for target in sorted(named):
        planned = make("-n", target)
        assert planned.returncode == 0, f"make {target}: {planned.stderr}"
        assert planned.stdout.strip(), target


def test_a_target_that_is_not_there_would_be_told() -> None:
    """Goal: the test above can fail."""
    assert make("-n", "no-such-target").returncode == 2


@pytest.mark.timeout(130)
def test_setup_again_changes_nothing() -> None:
    """Goal: the two commands set themselves up, each time; what is set up is left as it is."""
    # What changed since the last set-up is taken up once.
    assert make("setup").returncode == 0
    site = Path(sys.executable).parent.parent / "lib"
    before = {p: p.stat().st_mtime_ns for p in site.rglob("*.dist-info")}

    done = make("setup")

    assert done.returncode == 0, done.stdout + done.stderr
    assert before
    assert {p: p.stat().st_mtime_ns for p in site.rglob("*.dist-info")} == before


def test_the_one_test_that_contributing_shows_runs() -> None:
    """Goal: how to run one test is no guess; its file and its -k still find one."""
    page = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    commands = [c.text for b in blocks("CONTRIBUTING.md", page) for c in b.commands]
    (one,) = [c.split("#")[0].split() for c in commands if "pytest" in c]

    done = subprocess.run(
        [sys.executable, *one[1:], "-p", "no:cacheprovider"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert " passed" in done.stdout


@pytest.mark.parametrize("page", PAGES)
def test_every_link_leads_somewhere(page: str) -> None:
    """Goal: no dead end; a heading that is linked to is there."""
    words = re.sub(r"```.*?```", "", (ROOT / page).read_text("utf-8"), flags=re.DOTALL)
    for link in re.findall(r"\]\(([^)\s]+)\)", re.sub(r"`[^`\n]*`", "", words)):
        if re.match(r"[a-z]+:", link):
            continue
        file, _, heading = link.partition("#")
        aim = (ROOT / page).parent / file if file else ROOT / page
        assert aim.exists(), f"{page}: {link}"
        if heading:
            titles = re.findall(r"(?m)^#+ (.+)$", aim.read_text("utf-8"))
            assert heading in {anchor(title) for title in titles}, f"{page}: {link}"


def anchor(title: str) -> str:
    """A heading's anchor, as code hosts make it."""
    return re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")
