"""The pipeline's steps against a bare repository, a code host and simulated devices.

One compound of the example whose uplink the police gives (no engine), and of it two devices, so
that a merge takes seconds. The pull request's side has no credential: no vault password, no state.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from fleet.wiring.blocks import block_of_loopback, copy_city, example_probes
from tests.support.codehost import CodeHost, code_host
from tests.support.line import EXAMPLE, FLEET, ROOT, Line

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]
CITY = "inventories/tongling"
TARGETS = "lianhu-gate-01 lianhu-cam-02"
COMPOUND = "340722-zongyang/lianhu.yaml"


@dataclass
class Shop:
    """A bare repository with its host; a checkout of developers, one where credentials are."""

    folder: Path
    host: CodeHost
    line: Line
    environment: dict[str, str]
    requests: int = 0
    said: list[str] = field(default_factory=list)

    @property
    def desk(self) -> Path:
        """The checkout without credentials, where pull requests are made and judged."""
        return self.folder / "desk"

    @property
    def site(self) -> Path:
        """The checkout of the runner with credentials."""
        return self.folder / "site"

    def git(self, where: Path, *args: str) -> str:
        """One git command that must succeed."""
        done = subprocess.run(
            ["git", "-C", str(where), *args],
            capture_output=True, text=True, check=False, env=self.environment,
        )  # fmt: skip
        assert done.returncode == 0, f"{args}: {done.stderr}"
        return done.stdout.strip()

    def branch(self, name: str, *edits: tuple[str, str, str]) -> None:
        """A branch from main with edits, pushed."""
        self.git(self.desk, "fetch", "-q", "origin")
        self.git(self.desk, "checkout", "-q", "-B", name, "origin/main")
        self.more(name, *edits)

    def more(self, name: str, *edits: tuple[str, str, str]) -> None:
        """One more commit on a branch, pushed."""
        for path, old, new in edits:
            file = self.desk / CITY / path
            words = file.read_text("utf-8")
            assert old in words, old
            file.write_text(words.replace(old, new, 1), "utf-8")
        self.git(self.desk, "commit", "-qam", f"Change on {name}")
        self.git(self.desk, "push", "-q", "origin", f"HEAD:{name}")

    def step(self, where: Path, name: str, **more: str) -> int:
        """One step of the pipeline; its exit code."""
        done = subprocess.run(
            [str(where / "docs/pipeline/fleet-pipeline"), name],
            cwd=where, capture_output=True, text=True, check=False, timeout=240,
            env=self.environment | self.host.environment() | more,
        )  # fmt: skip
        self.said.append(done.stdout + done.stderr)
        assert "Traceback" not in self.said[-1], self.said[-1]
        return done.returncode

    def review(self) -> int:
        """The pull request of the branch that is checked out; a new number."""
        self.requests += 1
        return self.judge()

    def judge(self) -> int:
        """The pull request's pipeline, as for each push to it."""
        return self.step(self.desk, "pr", FLEET_PR=str(self.requests))

    def merge(self, name: str, how: str) -> int:
        """Merge a branch as a host does, then run the pipeline of the base branch."""
        self.git(self.site, "fetch", "-q", "origin")
        self.git(self.site, "checkout", "-q", "-B", "main", "origin/main")
        if how == "squash":
            self.git(self.site, "merge", "-q", "--squash", f"origin/{name}")
            self.git(self.site, "commit", "-qm", f"Squashed {name}")
        else:
            self.git(self.site, "merge", "-q", "--no-ff", "-m", f"Merge {name}", f"origin/{name}")
        self.git(self.site, "push", "-q", "origin", "main")
        commit = self.git(self.site, "rev-parse", "HEAD")
        self.host.merged[commit] = str(self.requests)
        return self.deploy(commit)

    def deploy(self, commit: str, **more: str) -> int:
        """The pipeline of the base branch."""
        return self.step(
            self.site, "merge", FLEET_COMMIT=commit, FLEET_STATE=str(self.line.state), **more
        )

    def nightly(self, **more: str) -> int:
        """The pipeline of the night."""
        return self.step(self.site, "nightly", FLEET_STATE=str(self.line.state), **more)

    @property
    def comment(self) -> str:
        """The robot's one comment on the newest pull request."""
        (found,) = self.host.of_robot(str(self.requests))
        assert len(found.encode()) < 32_000
        return found


def small_city(folder: Path, block: int) -> None:
    """The example with one district and one compound, its canary, and no vault password."""
    copy_city(EXAMPLE, folder, block)
    shutil.rmtree(folder / "340705-tongguan")
    city = folder / "city.yaml"
    words = city.read_text("utf-8")
    city.write_text(words.replace("canary: cuihu", "canary: lianhu"), "utf-8")
    (folder / "vault-password").unlink()
    (folder / ".gitignore").write_text("vault-password\n.fleet/\n")


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """A repository with main, its observation branch empty, devices up as from the factory."""
    folder = tmp_path_factory.mktemp("shop")
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("FLEET_", "GIT_", "LANG"))}
    environment = kept | {
        "LC_ALL": "C.UTF-8", "HOME": str(folder), "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_AUTHOR_NAME": "t", "GIT_AUTHOR_EMAIL": "t@t", "GIT_COMMITTER_NAME": "t",
        "GIT_COMMITTER_EMAIL": "t@t", "FLEET": str(FLEET), "FLEET_CITY": CITY,
        "FLEET_TARGETS": TARGETS, "FLEET_LANG": "en",
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
    }  # fmt: skip
    with code_host("github") as host, block_of_loopback(example_probes(EXAMPLE)) as block:
        line = Line(folder / "site" / CITY, block, environment)
        shop = Shop(folder, host, line, environment)
        first(shop, block)
        try:
            line.ok("sim", "up")
            line.ok("observe", "--enrol")
            shop.git(shop.site, "add", CITY)
            shop.git(shop.site, "commit", "-qm", "Trust the runner's key")
            shop.git(shop.site, "push", "-q", "origin", "main")
            yield shop
        finally:
            line.run("sim", "down")


def first(shop: Shop, block: int) -> None:
    """The bare repository, its first commit, both checkouts; the password in one of them."""
    shop.git(shop.folder, "init", "-q", "--bare", "-b", "main", "bare.git")
    shop.git(shop.folder, "clone", "-q", "bare.git", "site")
    shop.git(shop.site, "checkout", "-q", "-b", "main")
    small_city(shop.site / CITY, block)
    shutil.copytree(ROOT / "docs/pipeline", shop.site / "docs/pipeline")
    (shop.site / ".gitignore").write_text("fleet-out/\n")
    shop.git(shop.site, "add", ".")
    shop.git(shop.site, "commit", "-qm", "A city")
    shop.git(shop.site, "push", "-q", "origin", "main")
    shop.git(shop.folder, "clone", "-q", "bare.git", "desk")
    shutil.copy(EXAMPLE / "vault-password", shop.site / CITY)


def test_without_an_observation_a_pull_request_says_so(shop: Shop) -> None:
    """7, and what to run; validation has passed before."""
    shop.branch("early", (COMPOUND, "莲湖新村中心路02", "莲湖新村中心路03"))

    assert shop.review() == 7
    assert "run the nightly step first" in shop.said[-1]
    assert (shop.desk / "fleet-out/validate.md").read_text()


def test_the_first_night_alarms_and_publishes(shop: Shop) -> None:
    """Factory devices drift: 2, the alarm command is told, the observation is on its branch."""
    alarm = shop.folder / "alarm.md"

    assert shop.nightly(FLEET_ALARM=f"cat > {alarm}") == 2
    assert "lianhu-gate-01" in alarm.read_text("utf-8")
    shop.git(shop.desk, "fetch", "-q", "origin")
    seen = shop.git(shop.desk, "show", f"origin/fleet-observed:{CITY}/observation.json")
    assert len(json.loads(seen)["fleet_observation"]["devices"]) == 2
    assert shop.line.writes() == 0


def test_a_squashed_pull_request_is_applied_as_reviewed(shop: Shop) -> None:
    """Validate, plan and comment without credentials; a second push edits the comment; merge."""
    logins = {d: e["logins"] for d, e in shop.line.stats().items()}
    shop.branch("words", (COMPOUND, "莲湖新村中心路02", "莲湖新村中心路03"))
    assert shop.review() == 0, shop.said[-1]
    before = shop.comment
    shop.more("words", (COMPOUND, "莲湖新村中心路03", "莲湖新村中心路04"))
    assert shop.judge() == 0, shop.said[-1]

    assert "`莲湖新村中心路03`" in before
    assert "`莲湖新村中心路04`" in shop.comment
    assert "Made without credentials" in shop.comment
    assert {d: e["logins"] for d, e in shop.line.stats().items()} == logins
    assert not (shop.desk / CITY / ".fleet").exists()
    assert shop.merge("words", "squash") == 0, shop.said[-1]
    assert "this content was reviewed" in shop.said[-1]
    assert "osd_text" in shop.line.log("lianhu-cam-02")


def test_the_same_pipeline_again_writes_nothing(shop: Shop) -> None:
    """A rerun of the job: 0."""
    before = shop.line.writes()
    commit = shop.git(shop.site, "rev-parse", "HEAD")

    assert shop.deploy(commit) == 0, shop.said[-1]
    assert shop.line.writes() == before


def test_a_quiet_night(shop: Shop) -> None:
    """0, no alarm, a newer observation."""
    alarm = shop.folder / "quiet.md"

    assert shop.nightly(FLEET_ALARM=f"cat > {alarm}") == 0, shop.said[-1]
    assert not alarm.exists()
    assert shop.git(shop.site, "rev-list", "--count", "origin/fleet-observed") == "2"


def test_other_content_than_reviewed_is_exit_eight(shop: Shop) -> None:
    """A commit that was pushed after the comment and merged unseen: nothing is written."""
    shop.branch("late", (COMPOUND, "莲湖新村中心路04", "莲湖新村中心路05"))
    assert shop.review() == 0
    shop.more("late", (COMPOUND, "莲湖新村中心路05", "莲湖新村中心路06"))
    before = shop.line.writes()

    assert shop.merge("late", "squash") == 8, shop.said[-1]
    assert "not reviewed" in shop.said[-1]
    assert shop.line.writes() == before


def test_a_merge_commit_keeps_the_seal(shop: Shop) -> None:
    """A pull request that reviews what stands on main now, merged without squashing."""
    shop.branch("again", (COMPOUND, "莲湖新村中心路06", "莲湖新村中心路07"))
    assert shop.review() == 0
    assert shop.merge("again", "merge") == 0, shop.said[-1]
    assert shop.git(shop.site, "rev-list", "--parents", "-n", "1", "HEAD").count(" ") == 2


def test_a_commit_without_review_is_exit_eight(shop: Shop) -> None:
    """Pushed to main past any pull request; also with a forged word and a forged comment."""
    before = shop.line.writes()
    shop.branch("sly", (COMPOUND, "莲湖新村中心路07", "莲湖新村中心路08"))
    shop.git(shop.desk, "push", "-q", "origin", "HEAD:main")
    shop.git(shop.site, "pull", "-q", "origin", "main")
    commit = shop.git(shop.site, "rev-parse", "HEAD")
    forged = shop.comment.splitlines()[1]

    assert shop.deploy(commit) == 8
    assert shop.deploy(commit, FLEET_REVIEWED=forged) == 8, shop.said[-1]
    shop.requests += 1
    shop.host.merged[commit] = str(shop.requests)
    shop.host.write(str(shop.requests), "mallory", shop.host.of_robot("2")[-1])
    assert shop.deploy(commit) == 8
    assert shop.line.writes() == before


def test_a_change_of_what_it_is_judged_by_is_said(shop: Shop) -> None:
    """Limits and trusted keys: in the comment, and the base's keys still decide."""
    shop.branch("loose", ("city.yaml", "tolerated_failures: 2", "tolerated_failures: 9"))
    keys = shop.desk / CITY / "observers.pub"
    keys.write_text(re.sub("ed25519:\\S+", "ed25519:" + "A" * 43 + "=", keys.read_text()))
    shop.git(shop.desk, "commit", "-qam", "Another key")

    assert shop.review() == 0, shop.said[-1]
    assert "judged by both sides' rules" in shop.comment
    assert "tolerated_failures changes from 2 to 9" in shop.comment
    assert "observers.pub changes" in shop.comment


def test_broken_files_are_the_comment(shop: Shop) -> None:
    """3 with the findings; SARIF and JUnit are there for the host."""
    shop.branch("broken", (COMPOUND, "households: 248", "households: many"))

    assert shop.review() == 3
    assert "households" in shop.comment
    sarif = json.loads((shop.desk / "fleet-out/validate.sarif").read_text("utf-8"))
    place = sarif["runs"][0]["results"][0]["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == f"{CITY}/{COMPOUND}"
    assert "<failure" in (shop.desk / "fleet-out/validate.xml").read_text("utf-8")


def test_drift_at_night_is_exit_two_and_alarms(shop: Shop) -> None:
    """Somebody turned a gate's time by hand: named to the alarm command."""
    alarm = shop.folder / "drift.md"
    shop.line.ok("sim", "tamper", "lianhu-gate-01", "open_time_s", "33")

    assert shop.nightly(FLEET_ALARM=f"cat > {alarm}") == 2
    assert "`33` → `8`: `lianhu-gate-01`" in alarm.read_text("utf-8")


def test_no_secret_was_said(shop: Shop) -> None:
    """Neither the vault's password nor the host's token in any output, comment or commit."""
    password = (EXAMPLE / "vault-password").read_text().strip()
    words = "".join(shop.said) + json.dumps(shop.host.threads)

    assert password not in words
    assert shop.host.environment()["FLEET_TOKEN"] not in words
    everything = shop.git(shop.folder / "bare.git", "log", "--all", "-p")
    assert password not in everything
