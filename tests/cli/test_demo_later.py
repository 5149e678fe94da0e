"""The demo's steps on links, health and the report, over a played program."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Collection, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from fleet.cli.context import Context
from fleet.cli.demo import links, watching
from fleet.cli.demo.stage import StepFailed, Story

UPLINK = "10GE1/0/1 vlans=100,200,300 desc=To the router"
WAITS = """
import signal, sys
signal.signal(15, lambda *_: sys.exit({code}))
print(flush=True)
signal.pause()
"""


class Played(Story):
    """A story whose verbs answer as a test says, with a real process for the collector.

    `states` and `alarms` are told one after the other, the last of them for ever.
    """

    def __init__(self, folder: Path, code: int = 143) -> None:
        super().__init__(Context(lang="en"), folder / "tongling", 13, 137)
        self.file = self.city / "340705-tongguan" / "cuihu.yaml"
        self.file.parent.mkdir(parents=True)
        self.file.write_text(f'uplink_ports: ["{UPLINK}"]\n', "utf-8")
        self.ran: list[tuple[str, ...]] = []
        self.seen_in_git: list[str] = []
        self.said: dict[str, str] = {}
        self.states: list[list[str]] = [["unknown", "online"], ["online", "online"]]
        self.alarms: list[list[str]] = [[], ["cuihu-cam-02"], []]
        self.made: tuple[str, ...] = (".docx", ".xlsx", ".json")
        self.code = code

    def run(self, *verb: str, want: int | Collection[int] = 0, lines: int = 40) -> str:
        """Answer as told; a report makes its files."""
        self.ran.append((*verb, str(want)))
        self.seen_in_git.append(self.file.read_text("utf-8"))
        if verb[:2] == ("report", "monthly"):
            where = Path(verb[verb.index("-o") + 1])
            where.mkdir()
            for suffix in self.made:
                (where / f"monthly{suffix}").touch()
        return self.said.get(verb[0], "")

    def json(self, *verb: str) -> Any:
        """States and alarms, as told."""
        if verb[0] == "status":
            told = self.states.pop(0) if len(self.states) > 1 else self.states[0]
            rows = [{"compound": "cuihu", "state": state} for state in told]
            return {"health": {"devices": [*rows, {"compound": "other", "state": "offline"}]}}
        told = self.alarms.pop(0) if len(self.alarms) > 1 else self.alarms[0]
        return [{"subject": device} for device in told]

    def start(self, *verb: str) -> subprocess.Popen[bytes]:
        """A process that ends with `code` when it is told to."""
        self.ran.append(verb)
        process = subprocess.Popen(
            [sys.executable, "-c", WAITS.format(code=self.code)],
            stdout=subprocess.PIPE,
            start_new_session=True,
        )
        assert process.stdout is not None
        process.stdout.readline()  # it hears the signal from here on
        process.stdout.close()
        self._started.append(process)
        return process


@pytest.fixture
def played(tmp_path: Path) -> Iterator[Played]:
    """A story in which everything holds; nothing of it runs on."""
    made = Played(tmp_path)
    yield made
    for process in made._started:
        if process.poll() is None:
            process.kill()
        process.wait()


@pytest.fixture(autouse=True)
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """What does not come about is given up soon."""
    monkeypatch.setattr(watching, "WAIT_S", 0.5)
    monkeypatch.setattr(time, "sleep", lambda _seconds: None)


def test_the_cut_path_is_applied_and_the_inventory_put_back(played: Played) -> None:
    """Goal: the apply sees the narrowed uplink, the drift after it the whole one."""
    played.said["apply"] = "cuihu-sw-01 [path_cut]: the change cut our own path"
    links.path_cut(played)
    seen = dict(zip(played.ran, played.seen_in_git, strict=True))
    assert "vlans=100,200 " in seen["apply", "--yes", "6"]
    assert "vlans=100,200,300 " in seen["drift", "0"]
    assert played.ran[0] == ("sim", "fault", "cuihu-sw-01", "cut-path", "0")
    assert ("sim", "fault", "cuihu-sw-01", "none", "0") in played.ran


def test_a_cut_that_is_not_named_fails_the_demo(played: Played) -> None:
    """Goal: exit 6 for another reason is not taken for it."""
    played.said["apply"] = "halted"
    with pytest.raises(StepFailed, match="not named"):
        links.path_cut(played)


def test_without_the_switchs_uplink_there_is_nothing_to_edit(played: Played) -> None:
    """Goal: an example that changed fails here and not silently."""
    played.file.write_text("devices: []\n", "utf-8")
    with pytest.raises(StepFailed, match="nothing to edit"):
        links.path_cut(played)


def test_health_waits_for_online_then_alarm_then_its_end(played: Played) -> None:
    """Goal: the alarm is shown while it stands, and the collector is ended by us."""
    watching.health(played)
    assert [" ".join(r) for r in played.ran] == [
        "collector run --compound cuihu --poll 4",
        "status 0",
        "sim fault cuihu-cam-02 slow 60 0",
        "alarms list 0",
        "sim fault cuihu-cam-02 none 0",
    ]
    (collector,) = played._started
    assert collector.returncode == 143


@pytest.mark.parametrize(
    ("states", "alarms", "why"),
    [
        ([["online", "offline"]], [[]], "not every device was seen online"),
        ([[]], [[]], "not every device was seen online"),
        ([["online"]], [[]], "no alarm was raised for cuihu-cam-02"),
        ([["online"]], [["cuihu-cam-03"]], "no alarm was raised for cuihu-cam-02"),
        ([["online"]], [["cuihu-cam-02"]], "the alarm for cuihu-cam-02 did not end"),
    ],
)
def test_what_does_not_come_about_fails_the_step(
    played: Played, states: list[list[str]], alarms: list[list[str]], why: str
) -> None:
    """Goal: none of the three waits can be passed without what it waits for."""
    played.states, played.alarms = states, alarms
    with pytest.raises(StepFailed, match=why):
        watching.health(played)


def test_a_collector_that_ends_badly_fails_the_step(tmp_path: Path) -> None:
    """Goal: TERM must end it with the contract's code."""
    played = Played(tmp_path, code=1)
    with pytest.raises(StepFailed, match="ended with 1"):
        watching.health(played)


def test_the_report_is_of_the_month_that_runs_in_shanghai(
    played: Played, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Goal: on the last evening in London it is the next month's there."""

    class Then(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> Then:
            return cls.fromisoformat("2026-11-30T20:00:00+00:00").astimezone(tz)

    monkeypatch.setattr(watching, "datetime", Then)
    watching.report(played)
    monthly, trace = played.ran
    assert monthly[:6] == ("report", "monthly", "--district", "340705", "--month", "2026-12")
    assert trace[1] == "trace"
    assert "2026-12" in trace


@pytest.mark.parametrize("made", [(".docx", ".xlsx"), (), (".json", ".docx")])
def test_a_report_without_one_of_its_files_fails_the_step(
    played: Played, made: tuple[str, ...]
) -> None:
    """Goal: document, sheet and JSON, all three."""
    played.made = made
    with pytest.raises(StepFailed, match="lacks a file"):
        watching.report(played)


def test_the_demo_tells_them_before_everything_is_torn_down() -> None:
    """Goal: the three steps stand between resume and the end."""
    from fleet.cli.demo import steps

    told = [step for _, step in steps.STEPS]
    assert told[-4:] == [links.path_cut, watching.health, watching.report, steps.torn_down]


def test_a_started_collector_is_a_group_of_its_own(played: Played) -> None:
    """Goal: the signal that ends it reaches nobody else."""
    process = played.start("collector", "run")
    assert os.getpgid(process.pid) == process.pid != os.getpgid(0)
    os.killpg(process.pid, signal.SIGTERM)
    assert process.wait(10) == 143
