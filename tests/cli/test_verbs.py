"""`plan`, `show`, `apply`, `drift`, `status` as a person and a script see them."""

from __future__ import annotations

import asyncio
import json
import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from fleet.cli.context import Context
from fleet.cli.running import STATUS_CODE, STATUS_TEXT, Signals, finish, run_async, show_result
from fleet.model.device import DeviceKind
from fleet.model.exitcodes import ExitCode
from fleet.model.fleet import City, Recorder, RolloutLimits
from fleet.model.observation import Fault as Value
from fleet.plan.document import from_document
from fleet.rollout.run import Result
from tests.cli.conftest import Call
from tests.support.fakes_city import (
    World,
    cameras,
    city,
    compound,
    device,
    recorder,
    uplink,
)
from tests.support.fakes_devices import Fault

Serve = Callable[[City], World]
ALL = RolloutLimits(tolerated_failures=9)


def test_a_plan_is_data_on_stdout_and_talk_on_stderr(served: Serve, call: Call) -> None:
    """The changes on stdout; how far the observation is on stderr; nothing written."""
    w = served(cameras(1, 2))
    said = call("plan")

    assert said.code == 0
    assert "×2 devices" in said.out
    assert said.err == "observed 2/2 devices\n"
    assert w.written() == []


def test_changes_are_exit_two_only_when_asked(served: Serve, call: Call) -> None:
    """`--detailed-exitcode` is for pipelines; without changes it is 0."""
    served(cameras(1, 1))
    assert call("plan", "--detailed-exitcode").code == ExitCode.CHANGES
    assert call("apply", "--yes").code == 0
    assert call("plan", "--detailed-exitcode").code == 0


def test_a_device_that_cannot_be_seen_is_exit_five(served: Serve, call: Call) -> None:
    """Changes win over it when asked for."""
    w = served(cameras(1, 2))
    w.devices["c1-cam-1"].unreachable = True
    said = call("plan")

    assert said.code == ExitCode.PARTIAL
    assert "! c1-cam-1 [unreachable]: no connection" in said.out
    assert call("plan", "--detailed-exitcode").code == ExitCode.CHANGES


def test_a_sealed_file_is_shown_and_applied(served: Serve, call: Call, tmp_path: Path) -> None:
    """What `plan -o` wrote, `show` shows and `apply` runs exactly."""
    w = served(cameras(1, 2))
    file = tmp_path / "plan.json"
    made = call("plan", "-o", str(file))
    assert "sealed: " in made.err

    assert call("show", str(file)).out.splitlines()[-1] == made.out.splitlines()[-1]
    assert call("--format", "json", "show", str(file)).json == json.loads(file.read_bytes())
    assert call("apply", str(file), "--yes").code == 0
    assert len(w.written()) == 4
    assert call("apply", str(file), "--yes").code == ExitCode.STALE
    assert len(w.written()) == 4


def test_json_plans_are_the_document(served: Serve, call: Call) -> None:
    """Readable again as a plan; nothing else on stdout."""
    served(cameras(1, 1))
    said = call("--format", "json", "plan")

    assert from_document(said.out.encode()).works[0].target.device == "c1-cam-1"


@pytest.mark.parametrize("content", [b"", b"{}", b"[" * 90_000])
@pytest.mark.parametrize("verb", ["show", "apply"])
def test_a_file_that_is_no_plan_is_exit_seven(
    served: Serve, call: Call, tmp_path: Path, content: bytes, verb: str
) -> None:
    """Foreign or damaged."""
    w = served(cameras(1, 1))
    file = tmp_path / "plan.json"
    file.write_bytes(content)

    said = call(verb, str(file))

    assert said.code == ExitCode.STALE
    assert said.err.startswith("error: ")
    assert w.written() == []


@pytest.mark.parametrize("verb", ["show", "apply"])
def test_a_plan_file_that_is_not_there_is_a_wrong_command_line(
    served: Serve, call: Call, tmp_path: Path, verb: str
) -> None:
    """Exit 64 with its name and how to make it: nothing was planned, so nothing can be stale."""
    w = served(cameras(1, 1))
    said = call(verb, str(tmp_path / "plan.json"))

    assert said.code == ExitCode.USAGE
    assert f"cannot read {tmp_path}/plan.json: No such file or directory" in said.err
    assert "fleet plan -o" in said.err
    assert w.written() == []


def test_a_folder_for_the_plan_that_is_not_there_is_told_before_any_device_is_asked(
    served: Serve, call: Call, tmp_path: Path
) -> None:
    """Exit 64; a typing mistake must not cost an observation of the whole city."""
    served(cameras(1, 1))
    said = call("plan", "-o", str(tmp_path / "nowhere" / "plan.json"))

    assert said.code == ExitCode.USAGE
    assert f"no folder {tmp_path}/nowhere" in said.err
    assert "observed" not in said.err


def test_a_plan_that_cannot_be_written_is_told(served: Serve, call: Call) -> None:
    """Exit 1 with the reason, as for every full disk."""
    served(cameras(1, 1))
    said = call("plan", "-o", "/dev/full")

    assert said.code == ExitCode.INTERNAL
    assert "cannot write /dev/full: No space left on device" in said.err


def test_an_altered_file_is_refused(served: Serve, call: Call, tmp_path: Path) -> None:
    """One character in it."""
    w = served(cameras(1, 1))
    file = tmp_path / "plan.json"
    call("plan", "-o", str(file))
    file.write_text(file.read_text().replace("东门", "西门"))

    assert call("apply", str(file), "--yes").code == ExitCode.STALE
    assert w.written() == []


def test_nobody_said_yes(served: Serve, call: Call) -> None:
    """Without a terminal the answer is no: exit 8 and nothing written."""
    w = served(cameras(1, 1))
    said = call("--non-interactive", "apply")

    assert said.code == ExitCode.WAITING
    assert "nobody said yes" in said.err
    assert w.written() == []


def test_nothing_to_apply_asks_nothing(served: Serve, call: Call) -> None:
    """Exit 0 without a question, also as JSON."""
    served(cameras(1, 1))
    call("apply", "--yes")

    assert call("--non-interactive", "apply").code == 0
    said = call("--format", "json", "--non-interactive", "apply")
    assert said.lines == [{"kind": "verdict", "rollout": None, "status": "done", "steps_done": 0}]


def test_targets_belong_to_a_plan_not_to_a_file(served: Serve, call: Call, tmp_path: Path) -> None:
    """Both together are a usage error."""
    served(cameras(1, 1))

    assert call("apply", str(tmp_path / "x"), "--target", "c1").code == ExitCode.USAGE


@pytest.mark.parametrize("verb", ["plan", "apply", "drift", "status"])
def test_a_target_that_matches_nothing(served: Serve, call: Call, verb: str) -> None:
    """Exit 64, in both languages."""
    served(cameras(1, 1))

    said = call("--lang", "zh", verb, "--target", "nothing")

    assert said.code == ExitCode.USAGE
    assert "没有匹配任何小区或设备" in said.err


@pytest.mark.parametrize(
    ("tolerated", "code", "words"),
    [(5, ExitCode.PARTIAL, "done, but some devices failed"), (0, ExitCode.HALTED, "halted")],
)
def test_failures_are_exit_five_or_six(
    served: Serve, call: Call, tolerated: int, code: ExitCode, words: str
) -> None:
    """Under the threshold or over it; the device, its error and what to do next are told."""
    w = served(cameras(1, 2, RolloutLimits(tolerated_failures=tolerated)))
    w.devices["c1-cam-1"].faults.append(Fault("refuse"))
    said = call("apply", "--yes")

    assert said.code == code
    assert "c1-cam-1 [write_refused]: not this value" in said.out
    assert words in said.out
    assert "→ fleet rollout retry r2026" in said.out


def test_an_applied_rollout_as_json_is_a_line_an_event(served: Serve, call: Call) -> None:
    """Data on stdout alone, the verdict last; progress stays on stderr."""
    w = served(cameras(1, 2, ALL))
    w.devices["c1-cam-1"].faults.append(Fault("refuse"))
    said = call("--format", "json", "apply", "--yes")

    first, *events, found = said.lines
    assert (first["kind"], first["format"]) == ("version", 1)
    assert {e["kind"] for e in events} >= {"wave", "stage", "granted", "settled"}
    assert all(e["at"].endswith("Z") for e in [first, *events])
    (failed,) = [e for e in events if e["kind"] == "settled" and e.get("fault")]
    assert (failed["device"], failed["fault"]["code"]) == ("c1-cam-1", "write_refused")
    assert (found["kind"], found["status"]) == ("verdict", "partial")
    assert (found["steps_done"], found["steps_left"]) == (2, 2)
    assert found["failed"]["c1-cam-1"]["code"] == "write_refused"
    assert "wave 1: c1" in said.err


def test_drift_is_exit_two_and_names_the_fields(served: Serve, call: Call) -> None:
    """And 0 without, and 5 where somebody could not be asked."""
    w = served(cameras(1, 2))
    call("apply", "--yes")
    assert call("drift").code == 0
    w.devices["c1-cam-1"].fields["osd_text"] = "by hand"
    said = call("drift")
    assert (said.code, "by hand → 东门" in said.out) == (ExitCode.CHANGES, True)
    assert call("--format", "json", "drift").json["applyable"] is True
    call("apply", "--yes")
    w.devices["c1-cam-2"].unreachable = True
    assert call("drift").code == ExitCode.PARTIAL


def test_drift_cites_the_rule_that_a_reader_breaks(served: Serve, call: Call) -> None:
    """Face only, set by hand: clause 14."""
    w = served(city([compound("c1", [device("c1-door-1", DeviceKind.DOOR)])]))
    call("apply", "--yes")
    w.devices["c1-door-1"].fields["auth_ways"] = ["face"]

    said = call("drift")

    assert said.code == ExitCode.CHANGES
    assert "only biometrics open it" in said.out


def test_status_says_unknown_where_nobody_tells(served: Serve, call: Call) -> None:
    """Both sides, the catalog, and the last rollout."""
    nvr = recorder("c1-nvr-1")
    listed = Recorder(device="c1-nvr-1", channel_ids=tuple(nvr.settings["gb_channel_ids"]))
    served(city([compound("c1", [nvr], uplink(), recorders=[listed])], platform=True))
    assert "registrar says not registered; recorder says unknown" in call("status").out
    call("apply", "--yes")

    said = call("status")
    assert "registrar says registered, keepalive 3 s ago, credential v1" in said.out
    assert "catalog: missing 0, extra 0, declared spare 0" in said.out
    assert said.out.rstrip().endswith(": done")
    data = call("--format", "json", "status").json
    assert data["uplinks"][0]["registrar"]["registered"] is True
    assert data["uplinks"][0]["recorder"]["registered"] is None
    assert data["rollout"]["status"] == "done"
    assert "注册服务称已注册" in call("--lang", "zh", "status").out


@pytest.mark.parametrize("status", sorted(STATUS_CODE))
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_every_end_of_a_rollout_has_code_text_and_way_on(
    capsys: pytest.CaptureFixture[str], status: str, lang: str
) -> None:
    """The contract's code; what can be resumed or retried says how."""
    ctx = Context(lang="zh" if lang == "zh" else "en")
    fault = Value(code="unreachable", en="no", zh="否", fix_en="mend", fix_zh="修")
    result = Result("r1", status, done=3, left=1, failed={"d1": fault, "d2": None}, detail="last")

    code = finish(ctx, result, Signals())

    out = capsys.readouterr().out
    assert code == {
        "done": 0, "partial": 5, "halted": 6, "paused": 6, "aborted": 6, "interrupted": 130,
        "failed": 10, "waiting": 8,
    }[status]  # fmt: skip
    assert ctx.render(STATUS_TEXT[status]) in out
    assert ("mend" if lang == "en" else "修") in out
    assert ("rollout resume r1" in out) is (status in ("paused", "interrupted", "failed"))
    assert ("rollout retry r1" in out) is (status in ("halted", "partial"))
    assert ("rollout approve r1" in out) is (status == "waiting")


def test_unseen_devices_make_a_done_rollout_partial(capsys: pytest.CaptureFixture[str]) -> None:
    """Exit 5: some could not be observed."""
    assert finish(Context(), Result("r1", "done"), Signals(), unseen=1) is ExitCode.PARTIAL
    assert finish(Context(), Result("r1", "halted"), Signals(), unseen=1) is ExitCode.HALTED
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 143)]
)
def test_a_run_cut_short_has_its_signals_code(
    capsys: pytest.CaptureFixture[str], number: signal.Signals, code: int
) -> None:
    """The first signal before a rollout began, or the second, stops now."""

    async def work(_signals: Signals) -> None:
        os.kill(os.getpid(), number)
        await asyncio.sleep(30)

    result, signals = run_async(work)

    assert result is None
    assert finish(Context(), None, signals) == code
    assert "fleet rollout resume" in capsys.readouterr().err


def test_the_first_signal_stops_in_good_order_and_the_second_now() -> None:
    """One stop with its reason; then the task is cancelled."""

    class Told:
        """A rollout and a task that only remember."""

        def __init__(self) -> None:
            self.stops: list[str] = []
            self.cancelled = 0

        def stop(self, why: str) -> None:
            """Remember."""
            self.stops.append(why)

        def cancel(self) -> None:
            """Remember."""
            self.cancelled += 1

    told = Told()
    signals = Signals(task=told, rollout=told)  # type: ignore[arg-type]  # a stand-in
    signals.hear(signal.SIGINT)
    assert (told.stops, told.cancelled) == (["interrupt"], 0)
    signals.hear(signal.SIGINT)
    assert (told.stops, told.cancelled) == (["interrupt"], 1)
    assert signals.code is ExitCode.INTERRUPTED


def test_ctrl_c_amid_an_apply_finishes_what_is_permitted(served: Serve, call: Call) -> None:
    """130, a truthful state, and a resume that writes nothing twice."""
    w = served(cameras(1, 3))
    real = w.trace.note

    def note(what: str, subject: str) -> None:
        real(what, subject)
        if what == "write" and len(w.written()) == 1:
            os.kill(os.getpid(), signal.SIGINT)

    w.trace.note = note  # type: ignore[method-assign]  # a stand-in
    said = call("apply", "--yes")

    assert said.code == ExitCode.INTERRUPTED
    assert "stopped by the operator" in said.out
    assert "finishing what is permitted" in said.err
    assert call("rollout", "resume").code == 0
    assert len(w.written()) == len(set(w.written())) == 6


def test_a_result_without_failures_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    """Done: what and how much."""
    show_result(Context(lang="zh"), Result("r1", "done", done=3))

    assert capsys.readouterr().out == "r1：完成；完成 3 步，剩余 0 步，失败设备 0 台\n"


def test_the_state_folder_is_where_the_contract_says(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """CITY/.fleet, or $FLEET_STATE."""
    monkeypatch.delenv("FLEET_STATE", raising=False)
    assert Context(city_dir=tmp_path).state_dir == tmp_path / ".fleet"
    monkeypatch.setenv("FLEET_STATE", str(tmp_path / "elsewhere"))
    assert Context(city_dir=tmp_path).state_dir == tmp_path / "elsewhere"


def test_colour_is_for_terminals_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """And never with NO_COLOR."""
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert Context().style("x", bold=True) == "x"
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    assert Context().style("x", bold=True) != "x"
    monkeypatch.setenv("NO_COLOR", "1")
    assert Context().style("x", bold=True) == "x"
