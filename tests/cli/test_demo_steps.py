"""The demo's steps over a played program: each check that fails makes the demo fail."""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

import pytest

from fleet.cli.context import Context
from fleet.cli.demo import steps
from fleet.cli.demo.stage import StepFailed, Story
from fleet.model.exitcodes import ExitCode
from fleet.model.text import Lang, text
from tests.cli.conftest import Call

GOOD_UPLINK = {
    "registrar": {"registered": True},
    "catalog": {"missing": [], "extra": []},
}
OPERATORS = {"registrar": {"registered": None}, "catalog": None}
CUIHU = "open_time_s: 6\nhouseholds: 864\n- {id: cuihu-cam-05, kind: camera}\nosd_text: Cuihu R\n"
CITY = "rollout: {canary: x}\n"


class Played(Story):
    """A story whose verbs answer as a test says; `ran` has every verb with its wanted code."""

    def __init__(self, folder: Path, lang: Lang = "en") -> None:
        super().__init__(Context(lang=lang), folder / "tongling", 10, 137)
        (self.city / "340705-tongguan").mkdir(parents=True)
        (self.city / "340705-tongguan" / "cuihu.yaml").write_text(CUIHU, "utf-8")
        (self.city / "city.yaml").write_text(CITY, "utf-8")
        self.ran: list[tuple[tuple[str, ...], object]] = []
        self.said: dict[str, str] = {}
        self.codes: dict[str, int] = {}
        self.uplinks: list[dict[str, Any]] = [GOOD_UPLINK, OPERATORS]
        self.counts: list[dict[str, int]] = [{"cam": 1}]

    def run(self, *verb: str, want: int | Collection[int] = 0, lines: int = 40) -> str:
        """Answer as told; the exit code is checked as on the real stage."""
        self.ran.append((verb, want))
        code = self.codes.get(" ".join(verb), want)
        if code != want:
            raise StepFailed(text("{v}: {c}", "{v}：{c}", v=verb[0], c=code))
        return self.said.get(verb[0], "")

    def json(self, *verb: str) -> Any:
        """Statuses and statistics as told."""
        if verb[0] == "status":
            return {"uplinks": self.uplinks}
        count = self.counts.pop(0) if len(self.counts) > 1 else self.counts[0]
        return {name: {"reads": 0, "writes": n} for name, n in count.items()}

    def verbs(self) -> list[str]:
        """What was run."""
        return [" ".join(verb) for verb, _ in self.ran]


@pytest.fixture
def played(tmp_path: Path) -> Played:
    """A story in which everything holds."""
    made = Played(tmp_path)
    made.said = {
        "validate": "cuihu.yaml:1:1 x\ncuihu.yaml:2:1 y\ncuihu.yaml:3:9 z\n",
        "drift": "open_time_s auth_ways (14)",
    }
    return made


def test_doctor_and_devices(played: Played, capsys: pytest.CaptureFixture[str]) -> None:
    """The verbs themselves, and which loopback block it is."""
    steps.doctor(played)
    steps.devices_up(played)

    assert played.verbs() == ["doctor", "sim up"]
    assert "127.137.0.0/16" in capsys.readouterr().out


@pytest.mark.parametrize("step", [steps.doctor, steps.devices_up, steps.plan, steps.apply])
def test_a_verb_that_fails_fails_its_step(played: Played, step: Any) -> None:
    """Whatever the verb."""
    step(played)
    for verb in played.verbs():
        played.codes = {verb: 1}
        with pytest.raises(StepFailed):
            step(played)


def test_validate_runs_on_the_city_and_on_a_broken_copy(played: Played) -> None:
    """The copy has three mistakes, must be refused with 3, and is gone afterwards."""
    good = played.city
    steps.validate(played)

    assert [want for _, want in played.ran] == [0, 3]
    assert played.city == good
    assert not (good.parent / "broken").exists()
    assert (good / "340705-tongguan" / "cuihu.yaml").read_text("utf-8") == CUIHU


@pytest.mark.parametrize(
    ("said", "named"),
    [
        ("", 0),
        ("cuihu.yaml: broken", 0),
        ("cuihu.yaml:1:1 x\ncuihu.yaml:2:1 y", 2),
        ("wusong.yaml:1:1\nwusong.yaml:2:1\nwusong.yaml:3:1", 0),
    ],
)
def test_too_few_places_fail_the_step(played: Played, said: str, named: int) -> None:
    """Three mistakes are three places with line and column."""
    played.said["validate"] = said

    with pytest.raises(StepFailed, match=f"only {named} places named"):
        steps.validate(played)
    assert played.city.name == "tongling"


def test_a_broken_copy_that_passes_fails_the_step(played: Played) -> None:
    """Exit 0 where 3 was wanted; later steps act on the good city again."""
    good = played.city
    run = played.run

    def second_is_zero(*verb: str, want: int | Collection[int] = 0, lines: int = 40) -> str:
        if want == 3:
            raise StepFailed(text("0 not 3", "0 非 3"))
        return run(*verb, want=want, lines=lines)

    played.run = second_is_zero  # type: ignore[method-assign]  # the program answers so
    with pytest.raises(StepFailed, match="0 not 3"):
        steps.validate(played)
    assert played.city == good


@pytest.fixture
def eyes(monkeypatch: pytest.MonkeyPatch) -> dict[str, str | None]:
    """What the other programs see."""
    seen: dict[str, str | None] = {"reader": '{"defaultVerifyMode": "cardOrFace"}', "gate": "6"}
    monkeypatch.setattr(steps, "reader_seen_by_urllib", lambda _c, _d: seen["reader"])
    monkeypatch.setattr(steps, "gate_seen_by_snmpget", lambda _c, _g: seen["gate"])
    return seen


@pytest.mark.parametrize("gate", ["6", None])
def test_the_proof_holds(
    played: Played,
    eyes: dict[str, str | None],
    capsys: pytest.CaptureFixture[str],
    gate: str | None,
) -> None:
    """Both tools' words are shown; a machine without net-snmp is no failure."""
    eyes["gate"] = gate
    steps.proof(played)

    out = capsys.readouterr().out
    assert "cuihu-door-01 by Python's own HTTP client" in out
    assert ("by net-snmp: 6" in out) is (gate is not None)


@pytest.mark.parametrize(
    ("uplinks", "why"),
    [
        ([], "not every recorder is registered"),
        ([OPERATORS], "not every recorder is registered"),
        ([{**GOOD_UPLINK, "registrar": {"registered": False}}], "not every recorder"),
        ([GOOD_UPLINK, {**GOOD_UPLINK, "registrar": {"registered": False}}], "not every recorder"),
        ([{**GOOD_UPLINK, "catalog": {"missing": ["1"], "extra": []}}], "is not the inventory"),
        ([{**GOOD_UPLINK, "catalog": {"missing": [], "extra": ["1"]}}], "is not the inventory"),
        ([{**GOOD_UPLINK, "catalog": None}], "a catalog is not the inventory"),
    ],
)
def test_a_proof_that_does_not_hold(
    played: Played, eyes: dict[str, str | None], uplinks: list[dict[str, Any]], why: str
) -> None:
    """Nobody registered, one not, a catalog that differs, or one that nobody knows."""
    played.uplinks = uplinks

    with pytest.raises(StepFailed, match=why):
        steps.proof(played)


@pytest.mark.parametrize("seen", ['{"defaultVerifyMode": "face"}', "", "404"])
def test_a_reader_that_takes_no_card_fails_the_proof(
    played: Played, eyes: dict[str, str | None], seen: str
) -> None:
    """What the device itself says counts."""
    eyes["reader"] = seen

    with pytest.raises(StepFailed, match="the reader answers"):
        steps.proof(played)


@pytest.mark.parametrize(
    ("counts", "holds"),
    [
        ([{"cam": 5}, {"cam": 5}], True),
        ([{"cam": 5}, {"cam": 6}], False),
        ([{"cam": 5}, {}], False),
        ([{"cam": 5}, {"cam": 5, "nvr": 1}], False),
    ],
)
def test_nothing_to_do_writes_nothing(
    played: Played, counts: list[dict[str, int]], holds: bool
) -> None:
    """By the devices' own counters."""
    played.counts = counts
    with contextlib.nullcontext() if holds else pytest.raises(StepFailed, match="was written"):
        steps.nothing_to_do(played)
    assert played.verbs() == ["plan --detailed-exitcode", "apply --yes"]


@pytest.mark.parametrize(
    ("said", "holds"),
    [
        ("open_time_s auth_ways clause 14", True),
        ("open_time_s auth_ways", False),
        ("open_time_s (14)", False),
        ("auth_ways (14)", False),
        ("", False),
    ],
)
def test_drift_names_both_fields_and_the_rule(played: Played, said: str, holds: bool) -> None:
    """Two changes by hand, and the rule that one of them breaks."""
    played.said["drift"] = said
    with contextlib.nullcontext() if holds else pytest.raises(StepFailed, match="rule 14"):
        steps.drift(played)
    assert ("apply --yes" in played.verbs()) is holds


def test_the_halt_is_wanted_and_everything_is_taken_back(played: Played) -> None:
    """Exit 6 for the apply; undo, no drift left, servers and devices ended."""
    steps.halted(played)

    assert played.ran == [
        (("sim", "fault", "cuihu-cam-04", "refuse"), 0),
        (("apply", "--yes"), 6),
        (("sim", "fault", "cuihu-cam-04", "none"), 0),
        (("rollout", "undo", "--yes"), 0),
        (("drift",), 0),
        (("stacks", "destroy", "--yes"), 0),
        (("sim", "down"), 0),
    ]
    assert "tolerated_failures: 0" in (played.city / "city.yaml").read_text("utf-8")
    assert (played.city / "340705-tongguan" / "cuihu.yaml").read_text("utf-8") == CUIHU


@pytest.mark.parametrize("left", [0, 1, 3])
def test_a_process_that_is_left_fails_the_last_step(
    played: Played, monkeypatch: pytest.MonkeyPatch, left: int
) -> None:
    """Everything is torn down, or the demo did not hold."""
    monkeypatch.setattr(steps, "naming", lambda _city: [object()] * left)
    wanted = pytest.raises(StepFailed, match=f"{left} processes are left")
    with wanted if left else contextlib.nullcontext():
        steps.torn_down(played)


@pytest.fixture
def stage(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[str]:
    """`fleet demo` without devices: no block is taken, no city copied; notes what is torn down."""
    down: list[str] = []

    @contextlib.contextmanager
    def block(_probes: object) -> Iterator[int]:
        yield 137

    monkeypatch.setattr("fleet.wiring.blocks.block_of_loopback", block)
    monkeypatch.setattr("fleet.wiring.blocks.copy_city", lambda _s, _t, _b: None)
    monkeypatch.setattr("fleet.wiring.blocks.example_probes", lambda _s: [])
    # Also where dead demos are looked for, so that no other one is touched.
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))

    def tear_down(_self: Story, kept: bool) -> bool:
        down.append(f"keep={kept}")
        return "left" not in down

    monkeypatch.setattr(Story, "tear_down", tear_down)
    return down


def plays(monkeypatch: pytest.MonkeyPatch, *outcomes: BaseException | None) -> list[int]:
    """Steps that end so; which of them were begun."""
    begun: list[int] = []

    def make(number: int, outcome: BaseException | None) -> Any:
        def step(_story: Story) -> None:
            begun.append(number)
            if outcome is not None:
                raise outcome

        return step

    made = [(text("s", "步"), make(n, o)) for n, o in enumerate(outcomes, start=1)]
    monkeypatch.setattr(steps, "STEPS", made)
    return begun


FAILED = StepFailed(text("a device was written", "有设备被写入"))


@pytest.mark.parametrize(
    ("lang", "end"),
    [("en", "Every check held ("), ("zh", "全部检查通过（")],
)
def test_the_last_line_says_that_all_held(
    stage: list[str], call: Call, monkeypatch: pytest.MonkeyPatch, lang: str, end: str
) -> None:
    """Exit 0, every step with its title, torn down once."""
    begun = plays(monkeypatch, None, None)
    said = call("--lang", lang, "demo")

    assert (said.code, begun, stage) == (0, [1, 2], ["keep=False"])
    assert "━━ 2/2" in said.out
    assert said.out.splitlines()[-1].startswith(end)


@pytest.mark.parametrize(
    ("lang", "outcome", "code", "end"),
    [
        ("en", FAILED, ExitCode.INTERNAL, "DEMO FAILED: a device was written ("),
        ("zh", FAILED, ExitCode.INTERNAL, "演示失败：有设备被写入（"),
        ("en", KeyboardInterrupt(), ExitCode.INTERRUPTED, "DEMO FAILED: interrupted ("),
        ("zh", KeyboardInterrupt(), ExitCode.INTERRUPTED, "演示失败：已中断（"),
    ],
)
def test_the_last_line_says_what_did_not_hold(
    stage: list[str],
    call: Call,
    monkeypatch: pytest.MonkeyPatch,
    lang: str,
    outcome: BaseException,
    code: ExitCode,
    end: str,
) -> None:
    """The code of the contract, no further step, torn down all the same."""
    begun = plays(monkeypatch, None, outcome, None)
    said = call("--lang", lang, "demo", "--keep")

    assert (said.code, begun, stage) == (code, [1, 2], ["keep=True"])
    assert said.out.splitlines()[-1].startswith(end)


def test_a_step_that_breaks_is_torn_down_too(
    stage: list[str], call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A defect of the demo itself leaves no device behind and is no success."""
    plays(monkeypatch, ValueError("odd"))
    said = call("demo")

    assert (said.code, stage) == (ExitCode.INTERNAL, ["keep=False"])
    assert "odd" in said.err


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_terminated_demo_is_torn_down_and_ends_with_143(
    stage: list[str], call: Call, monkeypatch: pytest.MonkeyPatch, number: signal.Signals
) -> None:
    """TERM, or a terminal that goes away, unwinds the demo as Ctrl-C does."""
    monkeypatch.setattr(
        steps, "STEPS", [(text("s", "步"), lambda _story: signal.raise_signal(number))]
    )
    before = signal.getsignal(number)
    said = call("demo")

    assert (said.code, stage) == (ExitCode.TERMINATED, ["keep=False"])
    assert said.out.splitlines()[-1].startswith("DEMO FAILED: terminated (")
    assert signal.getsignal(number) == before


def test_a_demo_that_leaves_processes_did_not_hold(
    stage: list[str], call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where every step held."""
    plays(monkeypatch, None)
    stage.append("left")
    said = call("demo")

    assert said.code == ExitCode.INTERNAL
    assert "DEMO FAILED: processes are left" in said.out


def test_a_demo_clears_what_a_killed_one_left(
    stage: list[str], call: Call, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """By its folder, and says so."""
    plays(monkeypatch, None)
    (tmp_path / "fleet-demo-dead" / "tongling").mkdir(parents=True)
    (tmp_path / "fleet-demo-dead" / ".demo.lock").touch()
    said = call("demo")

    assert (said.code, stage) == (0, ["keep=False", "keep=False"])
    assert f"ending what it left in {tmp_path}/fleet-demo-dead" in said.err
