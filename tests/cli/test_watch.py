"""`fleet watch` and `fleet rollout watch` from outside: exit codes; looking leaves no trace."""

from __future__ import annotations

import json
import os
import shutil
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from fleet.adapters.processes import LinuxProcesses
from fleet.cli.context import Context
from fleet.cli.rollout_watch import HEARTBEAT_S, Follower
from fleet.cli.watch import arguments
from fleet.journal import HashJournal
from fleet.model.errors import UsageError
from fleet.model.exitcodes import ExitCode
from fleet.ports.process import ProcessId
from fleet.rollout import records
from fleet.wiring.journal import open_journal
from fleet.wiring.watch import Watch
from tests.support.line import EXAMPLE, FLEET
from tests.tui.scene import UNREACHABLE, plan_over, verified
from tests.tui.scene import city as scene_city

ROLLOUT = "r20261124T020000-aaaa"
DEAD = ProcessId(pid=1, start=1, boot="another boot")


@pytest.fixture
def city(tmp_path: Path) -> Path:
    """The example, without a state folder."""
    folder = tmp_path / "tongling"
    shutil.copytree(EXAMPLE, folder, ignore=shutil.ignore_patterns(".fleet"))
    return folder


def environment(**more: str) -> dict[str, str]:
    """Without anything of this machine's own."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("FLEET_", "LC_", "LANG"))}
    return {**kept, "LC_ALL": "C.UTF-8", **more}


def fleet(city_dir: Path, *verb: str) -> subprocess.CompletedProcess[str]:
    """Run a verb to its end."""
    return subprocess.run(
        [str(FLEET), "-C", str(city_dir), *verb],
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        env=environment(),
        timeout=50,
        check=False,
    )


@contextmanager
def journal(city_dir: Path) -> Iterator[HashJournal]:
    """The city's journal, to be written."""
    opened = open_journal(city_dir / ".fleet")
    try:
        yield opened
    finally:
        opened.close()


def test_without_a_terminal_it_says_what_to_use_instead(city: Path) -> None:
    """64, both twins named, and no state folder made."""
    done = fleet(city, "watch")
    assert done.returncode == ExitCode.USAGE
    assert "fleet status" in done.stderr and "fleet rollout watch" in done.stderr
    assert not (city / ".fleet").exists()


def test_no_inventory_is_3(tmp_path: Path) -> None:
    """Before anything is drawn, also without a terminal."""
    done = fleet(tmp_path, "watch")
    assert done.returncode == ExitCode.INVENTORY
    assert "error" in done.stderr and "Traceback" not in done.stderr


def test_a_faulty_inventory_is_3_and_named(city: Path) -> None:
    """File, line, what is wrong, and the verb that lists all of it; in Chinese too."""
    file = city / "340705-tongguan" / "cuihu.yaml"
    file.write_text(file.read_text("utf-8").replace("kind: gate", "kind: moat", 1), "utf-8")
    done = fleet(city, "watch")
    assert done.returncode == ExitCode.INVENTORY
    assert "340705-tongguan/cuihu.yaml:" in done.stderr and "fleet validate" in done.stderr
    assert "错误" in fleet(city, "--lang", "zh", "watch").stderr


def test_a_plan_that_is_none_is_7(city: Path, tmp_path: Path) -> None:
    """As `fleet show` has it."""
    (tmp_path / "plan.json").write_text("{}", "utf-8")
    done = fleet(city, "watch", "--plan", str(tmp_path / "plan.json"))
    assert done.returncode == ExitCode.STALE


def test_what_is_passed_on(tmp_path: Path) -> None:
    """City, state, language and permission; nothing of the current folder can be imported."""
    ctx = Context(city_dir=tmp_path, lang="zh")
    found = arguments(ctx, True, True, tmp_path / "p.json")
    assert found[:4] == [sys.executable, "-P", "-m", "fleet_tui"]
    assert found[4:] == [
        *("--city", str(tmp_path), "--state", str(ctx.state_dir), "--lang", "zh"),
        *("--write", "--ascii", "--plan", str(tmp_path / "p.json")),
    ]
    assert "--write" not in arguments(ctx, False, False, None)


def test_the_command_line_does_not_load_the_screens(city: Path) -> None:
    """`fleet` stays fast: Textual and Rich are of the other program."""
    code = (
        "import sys; from fleet.cli.main import run; run(sys.argv[1:]); import fleet.cli.watch;"
        "import fleet.cli.rollout_watch; print({'textual', 'rich'} & set(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, "-C", str(city), "rollout", "watch"],
        capture_output=True, text=True, env=environment(), timeout=50, check=False,
    )  # fmt: skip
    assert done.stdout.strip().endswith("set()"), done.stderr


def test_looking_makes_nothing(city: Path) -> None:
    """No state folder, no journal; unknown is an answer."""
    watch = Watch(city, city / ".fleet")
    assert watch.records(0, 10) == () and watch.rollouts() == []
    assert not watch.has_registrar("340705")
    assert len(watch.findings()) >= 1
    watch.close()
    assert not (city / ".fleet").exists()


def test_a_journal_that_comes_later_is_found(city: Path) -> None:
    """The screens may be open before the first apply."""
    watch = Watch(city, city / ".fleet")
    assert watch.records(0, 10) == ()
    with journal(city) as opened:
        opened.append([records.request(ROLLOUT, "pause", "li")] * 3)
        assert [r.seq for r in watch.records(1, 10)] == [2, 3]
        assert [r.seq for r in watch.records(0, 2)] == [1, 2]
    watch.close()
    assert stat.S_IMODE((city / ".fleet" / "journal.db").stat().st_mode) == 0o600


async def test_a_registrar_that_is_not_there_is_unknown(city: Path) -> None:
    """Nothing is started to find out."""
    watch = Watch(city, city / ".fleet")
    said = await watch.registration("340705", "34070501011187000001")
    assert said.registered is None and not (city / ".fleet").exists()


@pytest.mark.parametrize("verb", ["pause", "resume"])
def test_a_looker_may_not_act(city: Path, verb: str) -> None:
    """Refused by the wiring too, not by the keys alone."""
    watch = Watch(city, city / ".fleet")
    with pytest.raises(UsageError):
        watch.request(ROLLOUT, verb) if verb == "pause" else watch.start(verb, ROLLOUT)
    assert not (city / ".fleet").exists()


def test_a_request_reaches_the_journal(city: Path) -> None:
    """With --write; and a rollout without a process hears nothing."""
    with journal(city) as opened:
        me = LinuxProcesses().me()
        opened.append([records.started(ROLLOUT, plan_over(scene_city()), me, "li")])
        watch = Watch(city, city / ".fleet", may_write=True)
        assert watch.request(ROLLOUT, "pause")
        last = watch.records(1, 10)[-1]
        assert (last.kind, last.data["verb"]) == (records.REQUEST, "pause")
        opened.append([records.ended(ROLLOUT, "paused")])
        assert not watch.request(ROLLOUT, "abort")
        watch.close()


def test_an_act_is_a_process_of_its_own_and_its_words_come_back(city: Path) -> None:
    """Exit code and last words of the started `fleet`; what cannot be started is refused."""
    watch = Watch(city, city / ".fleet", may_write=True)
    with pytest.raises(UsageError):
        watch.start("pause", ROLLOUT)
    started = watch.start("retry", "r-nobody")
    started._child.wait(50)
    ended = started.ended()
    assert ended is not None and ended == started.ended()
    assert ended[0] == ExitCode.USAGE and "r-nobody" in ended[1]


class Told(Context):
    """A context that keeps what is said."""

    def __init__(self, **more: object) -> None:
        super().__init__(**more)  # type: ignore[arg-type]  # passed through
        self.lines: list[str] = []

    def out(self, line: object = "") -> None:
        """Keep a line."""
        self.lines.append(line if isinstance(line, str) else self.render(line))  # type: ignore[arg-type]  # a Text


def begun(opened: HashJournal, caller: ProcessId) -> None:
    """A rollout with one step of each kind."""
    opened.append([records.started(ROLLOUT, plan_over(scene_city()), caller, "li")])
    opened.append([records.intent(ROLLOUT, "cuihu-cam-3", "cuihu-cam-3/01-time", 1.0, "boot")])
    done = records.settled(ROLLOUT, "cuihu-cam-3", "cuihu-cam-3/01-time", "done", "readback")
    door = "cuihu-door-2"
    failed = records.settled(ROLLOUT, door, f"{door}/01-time", "failed", fault=UNREACHABLE)
    opened.append([done, failed])


@pytest.mark.parametrize(
    ("status", "code"),
    [
        ("done", ExitCode.OK),
        ("partial", ExitCode.PARTIAL),
        ("halted", ExitCode.HALTED),
        ("paused", ExitCode.HALTED),
        ("aborted", ExitCode.HALTED),
        ("failed", ExitCode.ENGINE),
    ],
)
def test_the_verdict_is_the_exit_code(city: Path, status: str, code: ExitCode) -> None:
    """Of a rollout that has ended; every record is a line, the last one sums up."""
    with journal(city) as opened:
        begun(opened, DEAD)
        opened.append([records.ended(ROLLOUT, status)])
    done = fleet(city, "rollout", "watch")
    lines = done.stdout.splitlines()
    assert done.returncode == code
    assert len(lines) == 6 and "no connection within 8 s" in done.stdout
    assert lines[-1].startswith(ROLLOUT) and "1 steps done, 54 left, 1 devices failed" in lines[-1]


def test_every_line_of_json_is_one_object(city: Path) -> None:
    """With the record itself, so that a program needs no other source."""
    with journal(city) as opened:
        begun(opened, DEAD)
        opened.append([records.ended(ROLLOUT, "done")])
    done = fleet(city, "--format", "json", "rollout", "watch", ROLLOUT)
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert [f["kind"] for f in found[:-1]] == [
        *(records.STARTED, records.INTENT, records.SETTLED, records.SETTLED, records.ENDED)
    ]
    assert found[3]["data"]["fault"]["code"] == "unreachable" and found[3]["weight"] == "bad"
    assert found[-1] == {
        "kind": "verdict", "rollout": ROLLOUT, "status": "done",
        "steps_done": 1, "devices_failed": 1, "steps_left": 54,
    }  # fmt: skip


def test_a_rollout_whose_process_died_is_halted(city: Path) -> None:
    """It waits for nobody."""
    with journal(city) as opened:
        begun(opened, DEAD)
    done = fleet(city, "rollout", "watch")
    assert done.returncode == ExitCode.HALTED and "its process died" in done.stdout


def test_no_rollout_is_a_usage_error_and_makes_nothing(city: Path) -> None:
    """Neither for none at all nor for a wrong id."""
    assert fleet(city, "rollout", "watch").returncode == ExitCode.USAGE
    assert not (city / ".fleet").exists()
    with journal(city) as opened:
        begun(opened, DEAD)
    assert "r-nobody" in fleet(city, "rollout", "watch", "r-nobody").stderr


def test_a_running_rollout_is_followed_with_a_heartbeat(city: Path) -> None:
    """New records are lines as they come; silence is broken; the end ends it."""
    ctx = Told(city_dir=city)
    watch = Watch(city, city / ".fleet")
    now = [0.0]
    with journal(city) as opened:
        begun(opened, LinuxProcesses().me())
        steps = iter(
            [
                lambda: opened.append([records.wave(ROLLOUT, 2, ["wusong"])]),
                lambda: now.__setitem__(0, HEARTBEAT_S),
                lambda: opened.append([verified("another", "x-1")]),
                lambda: opened.append([records.ended(ROLLOUT, "done")]),
            ]
        )
        code = Follower(ctx, watch, None, lambda _: next(steps)(), lambda: now[0]).run()
    watch.close()
    assert code is ExitCode.OK
    assert [("wave 2" in x, "still running" in x) for x in ctx.lines[4:6]] == [
        (True, False),
        (False, True),
    ]
    assert len(ctx.lines) == 8 and "x-1" not in "".join(ctx.lines)


def test_the_running_one_is_meant_before_a_newer_one(city: Path) -> None:
    """Without an id."""
    ctx = Told(city_dir=city)
    newer = ROLLOUT.replace("aaaa", "bbbb")
    with journal(city) as opened:
        begun(opened, LinuxProcesses().me())
        plan = plan_over(scene_city())
        opened.append([records.started(newer, plan, DEAD, "wang"), records.ended(newer, "done")])
        watch = Watch(city, city / ".fleet")
        end = [records.ended(ROLLOUT, "halted")]
        code = Follower(ctx, watch, None, lambda _: opened.append(end) and None, lambda: 0.0).run()
        watch.close()
    assert code is ExitCode.HALTED and ctx.lines[-1].startswith(ROLLOUT)
