"""`observe`, `plan --observed`, `apply --reviewed` over a small city, as a pipeline calls them."""

from __future__ import annotations

import json
import re
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from fleet.model.exitcodes import ExitCode
from fleet.model.fleet import City, RolloutLimits
from tests.cli.conftest import Call, Said
from tests.support.fakes_city import World, cameras

Serve = Callable[[City], World]
ALL = RolloutLimits(tolerated_failures=5)


@pytest.fixture
def w(served: Serve) -> World:
    """Two cameras in one compound."""
    return served(cameras(1, 2, ALL))


@pytest.fixture
def site(tmp_path: Path, call: Call) -> Callable[..., Said]:
    """Calls of a verb in a city folder of its own."""
    folder = tmp_path / "city"
    folder.mkdir()
    return lambda *args: call("-C", str(folder), "--non-interactive", *args)


@pytest.fixture
def seen(tmp_path: Path, w: World, site: Callable[..., Said]) -> Path:
    """An observation by an enrolled key."""
    file = tmp_path / "seen.json"
    assert site("observe", "--enrol", "-o", str(file)).code == 0
    return file


def review(said: Said) -> str:
    """The fingerprint in a comment."""
    found = re.search(r"^<!-- compound-fleet .*review=(\S+)", said.out)
    assert found is not None
    return found[1]


def comment(site: Callable[..., Said], seen: Path, *more: str) -> Said:
    """The comment of a pull request."""
    return site("--format", "markdown", "plan", "--observed", str(seen), *more)


def test_observe_signs_and_enrols(tmp_path: Path, w: World, site: Callable[..., Said]) -> None:
    """The key is told, the file is private, enrolling twice adds one line."""
    file = tmp_path / "seen.json"
    said = site("observe", "--enrol", "-o", str(file))
    (line,) = (tmp_path / "city" / "observers.pub").read_text().splitlines()

    assert said.code == 0
    assert "2 devices, 0 could not be read, 0 stacks" in said.out
    assert line.split()[0] in said.out
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert "enrolled already" in site("observe", "--enrol").err
    assert len((tmp_path / "city" / "observers.pub").read_text().splitlines()) == 1


def test_observe_as_json_names_who_could_not_be_read(
    tmp_path: Path, w: World, site: Callable[..., Said]
) -> None:
    """Exit 5; what could be read is signed."""
    w.devices["c1-cam-1"].unreachable = True
    said = site("--format", "json", "observe", "-o", str(tmp_path / "o.json"))

    assert said.code == ExitCode.PARTIAL
    assert said.json["unread"] == {"c1-cam-1": "unreachable"}
    assert said.json["key"].startswith("ed25519:")


def test_observe_without_anything_to_do_is_usage(w: World, site: Callable[..., Said]) -> None:
    """Exit 64; and a place that cannot be written is told."""
    assert site("observe").code == ExitCode.USAGE
    said = site("observe", "-o", "/proc/nowhere/x")
    assert (said.code, "cannot write" in said.err) == (ExitCode.INTERNAL, True)


def test_a_plan_from_it_touches_no_device_and_tells_its_age(
    w: World, site: Callable[..., Said], seen: Path
) -> None:
    """The age on stderr and in the comment; the comment's marker names the observation."""
    logins = {d.id: d.logins for d in w.devices.values()}
    w.clock.seconds += 5 * 3600
    said = comment(site, seen)

    assert (said.code, {d.id: d.logins for d in w.devices.values()}) == (0, logins)
    assert "5 h old; no device was contacted" in said.err
    assert "5 h old" in said.out
    assert re.search(r"observation=[0-9a-f]{64} -->$", said.out.splitlines()[0])
    assert site("plan", "--observed", str(seen), "--detailed-exitcode").code == ExitCode.CHANGES


def test_too_old_is_refused_unless_allowed(w: World, site: Callable[..., Said], seen: Path) -> None:
    """36 hours, or what is said."""
    w.clock.seconds += 37 * 3600

    said = comment(site, seen)
    assert (said.code, "37 h old; at most 36 h" in said.err) == (ExitCode.STALE, True)
    assert comment(site, seen, "--max-age", "48").code == 0
    w.clock.seconds -= 36 * 3600
    assert comment(site, seen, "--max-age", "0.5").code == ExitCode.STALE


def test_altered_and_foreign_ones_are_refused(
    tmp_path: Path, w: World, site: Callable[..., Said], seen: Path
) -> None:
    """A changed value; a key that is not enrolled; no file of keys; a file that is none."""
    document = json.loads(seen.read_text())
    document["fleet_observation"]["devices"][0]["seen"]["reading"]["fields"]["osd_text"] = "东门"
    altered = tmp_path / "altered.json"
    altered.write_text(json.dumps(document))

    for args, words in (
        ([str(altered)], "not what was signed"),
        ([str(tmp_path / "none.json")], "cannot read"),
        ([str(seen), "--observer-key", "ed25519:" + "A" * 43 + "="], "does not trust"),
        ([str(seen), "--observer-key", str(tmp_path / "none")], "no key is trusted"),
        ([str(seen), "--observer-key", "ed25519:short"], "line 1"),
    ):
        said = site("plan", "--observed", *args)
        assert (said.code, words in said.err) == (ExitCode.STALE, True), said.err
    (tmp_path / "city" / "observers.pub").unlink()
    assert site("plan", "--observed", str(seen)).code == ExitCode.STALE
    key = document["key"]
    assert site("plan", "--observed", str(seen), "--observer-key", key).code == 0


@pytest.mark.parametrize(
    "args",
    [
        ["plan", "--max-age", "3"],
        ["plan", "--observer-key", "x"],
        ["apply", "--observed", "x"],
        ["apply", "--observer-key", "x"],
        ["apply", "x", "--reviewed", "0" * 64 + "." + "0" * 64],
        ["apply", "--reviewed", "0" * 64],
    ],
)
def test_options_that_belong_together(w: World, site: Callable[..., Said], args: list[str]) -> None:
    """Each without its other is a usage error."""
    assert site(*args).code == ExitCode.USAGE
    assert w.written() == []


@pytest.mark.parametrize("with_observation", [True, False])
def test_reviewed_content_is_applied_without_a_question(
    w: World, site: Callable[..., Said], seen: Path, with_observation: bool
) -> None:
    """And a second run of the pipeline has nothing to do."""
    more = ["--observed", str(seen)] if with_observation else []
    mark = review(comment(site, seen))
    said = site("apply", "--reviewed", mark, *more)

    assert said.code == 0, said.err
    assert "this content was reviewed" in said.err
    assert len(w.written()) == 4
    assert site("apply", "--reviewed", mark, *more).code == 0
    assert len(w.written()) == 4


@pytest.mark.parametrize("with_observation", [True, False])
def test_anything_else_is_exit_eight_and_nothing_is_written(
    w: World, site: Callable[..., Said], seen: Path, with_observation: bool
) -> None:
    """Other files, or a device that somebody changed since; `--yes` does not help."""
    more = ["--observed", str(seen)] if with_observation else []
    mark = review(comment(site, seen))
    town = w.city
    w.city = cameras(1, 2, RolloutLimits(tolerated_failures=6))
    other = site("apply", "--reviewed", mark, "--yes", *more)
    w.city = town
    w.devices["c1-cam-2"].fields["osd_text"] = "by hand"
    drifted = site("apply", "--reviewed", mark, "--yes", *more)

    assert (other.code, drifted.code) == (ExitCode.WAITING, ExitCode.WAITING)
    assert "not reviewed" in other.err
    assert ("c1-cam-2" in drifted.err) is with_observation
    assert w.written() == []


def test_a_file_of_the_reviewed_plan_is_planned_again(
    tmp_path: Path, w: World, site: Callable[..., Said], seen: Path
) -> None:
    """It asks as any apply does; other content is 8, the same is run."""
    file = tmp_path / "plan.json"
    assert comment(site, seen, "-o", str(file)).code == 0
    assert json.loads(file.read_text())["applyable"] is False
    assert site("apply", str(file)).code == ExitCode.WAITING
    w.devices["c1-cam-1"].fields["time_mode"] = "platform"
    assert site("apply", str(file), "--yes").code == ExitCode.WAITING
    assert w.written() == []
    w.devices["c1-cam-1"].fields["time_mode"] = "manual"

    assert site("apply", str(file), "--yes").code == 0
    assert len(w.written()) == 4


def test_show_gives_the_comment_of_a_file(
    tmp_path: Path, w: World, site: Callable[..., Said], seen: Path
) -> None:
    """With the same fingerprint."""
    file = tmp_path / "plan.json"
    mark = review(comment(site, seen, "-o", str(file)))

    assert review(site("--format", "markdown", "show", str(file))) == mark


def test_a_new_device_needs_the_observation(
    served: Serve, site: Callable[..., Said], seen: Path
) -> None:
    """The comment names it as new; a fingerprint alone cannot tell that it is."""
    w = served(cameras(1, 3, ALL))
    said = comment(site, seen)
    mark = review(said)

    assert said.code == 0
    assert "New or changed since the observation: 1 devices" in said.out
    assert site("apply", "--reviewed", mark).code == ExitCode.WAITING
    assert w.written() == []
    assert site("apply", "--reviewed", mark, "--observed", str(seen)).code == 0
    assert len(w.written()) == 6


def test_drift_as_a_comment_is_what_an_alarm_sends(w: World, site: Callable[..., Said]) -> None:
    """Exit 2 with every field; 0 and one sentence when all stands as declared."""
    assert site("apply", "--yes").code == 0
    quiet = site("--format", "markdown", "drift")
    w.devices["c1-cam-2"].fields["osd_text"] = "by hand"
    said = site("--format", "markdown", "drift")

    assert (quiet.code, "**Nothing to do.**" in quiet.out) == (0, True)
    assert said.code == ExitCode.CHANGES
    assert "`osd_text` `by hand` → `东门`: `c1-cam-2`" in said.out
