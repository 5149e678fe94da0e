"""Progress event by event: each line in both languages, on a terminal and off one."""

from __future__ import annotations

import pytest

from fleet.cli.context import Context
from fleet.cli.progress import OUTCOMES, PLAIN_EVERY_S, STAGES, Progress
from fleet.model.observation import Fault
from fleet.model.text import Lang
from fleet.rollout.progress import Event

WHY = Fault(code="unreachable", en="no connection", zh="无法连接")
ZERO = "done 0, failed 0, left 0, 0.0/s"
NULL = "完成 0，失败 0，剩余 0，0.0/秒"


class Hand:
    """A clock moved by hand."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        """Seconds."""
        return self.now


def settled(detail: str, fault: Fault | None = None, step: str = "d/01-x") -> Event:
    """A step that was settled."""
    return Event("settled", device="d", step=step, detail=detail, fault=fault)


LINES: list[tuple[Event, str | None, str | None]] = [
    (Event("wave", wave=1, detail="c1, c2"), "wave 1: c1, c2", "第 1 批：c1, c2"),
    (Event("stage", stage="links"), f"  links … {ZERO}", f"  链路 … {NULL}"),
    (Event("stage", stage="gates"), f"  gates … {ZERO}", f"  出入口闸机 … {NULL}"),
    (Event("stage", stage="doors"), f"  doors … {ZERO}", f"  单元门 … {NULL}"),
    (Event("stage", stage="cameras"), f"  cameras … {ZERO}", f"  摄像机 … {NULL}"),
    (Event("stage", stage="uplink"), f"  uplink … {ZERO}", f"  上联 … {NULL}"),
    (Event("stage", stage="verify"), f"  verify … {ZERO}", f"  验证 … {NULL}"),
    (Event("stage", stage="new"), f"  new … {ZERO}", f"  new … {NULL}"),
    (Event("stack", detail="platform-340705"), "  platform-340705 …", "  platform-340705 …"),
    (settled("done"), None, None),
    (settled(""), None, None),
    (settled("failed"), "    d/01-x: failed", "    d/01-x: 失败"),
    (settled("failed", WHY), "    d/01-x: failed: no connection", "    d/01-x: 失败: 无法连接"),
    (settled("failed", WHY, ""), "    d: failed: no connection", "    d: 失败: 无法连接"),
    (settled("stale"), "    d/01-x: stale, untouched", "    d/01-x: 已变化，未改动"),
    (settled("in_doubt", WHY), "    d/01-x: in doubt, untouched since: no connection",
     "    d/01-x: 存疑，此后未改动: 无法连接"),
    (settled("not_applied"), "    d/01-x: not applied, will be tried",
     "    d/01-x: 未生效，将重试"),
    (settled("odd"), "    d/01-x: odd", "    d/01-x: odd"),
    (Event("waiting", detail="settle"), "finding out what became of unsettled writes",
     "正在查明未结算写入的结果"),
    (Event("waiting", detail="odd"), "odd", "odd"),
    (Event("stopped", detail="threshold"), "stopped: too many failures", "停止：失败过多"),
    (Event("stopped", detail="pause"), "pausing: finishing what is permitted",
     "正在暂停：完成已许可的写入"),
    (Event("stopped", detail="abort"), "aborting: finishing what is permitted",
     "正在中止：完成已许可的写入"),
    (Event("stopped", detail="interrupt"),
     "stopping: finishing what is permitted (Ctrl-C again stops now)",
     "正在停止：完成已许可的写入（再按 Ctrl-C 立即停止）"),
    (Event("stopped", detail="terminate"), "stopping: finishing what is permitted",
     "正在停止：完成已许可的写入"),
    (Event("verified", device="d", detail=""), None, None),
    (Event("verified", device="d", detail="not kept"), "    d: not kept", "    d: not kept"),
    (Event("granted", device="d", step="d/01-x"), None, None),
    (Event("ended", detail="done"), None, None),
]  # fmt: skip


def err(capsys: pytest.CaptureFixture[str]) -> str:
    """What was said; nothing may ever stand on stdout, which is for data."""
    out, said = capsys.readouterr()
    assert out == ""
    return said


@pytest.mark.parametrize(("event", "en", "zh"), LINES)
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_an_event_off_a_terminal(
    capsys: pytest.CaptureFixture[str], event: Event, en: str | None, zh: str | None, lang: Lang
) -> None:
    """One whole line or none, without any control character."""
    Progress(Context(lang=lang), Hand())(event)

    line = en if lang == "en" else zh
    assert err(capsys) == ("" if line is None else f"{line}\n")


@pytest.mark.parametrize(("event", "en", "zh"), LINES)
def test_an_event_on_a_terminal(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    event: Event,
    en: str | None,
    zh: str | None,
) -> None:
    """The same line stays; behind a grant or a settled step a live line without an end."""
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    Progress(Context(lang="zh"), Hand())(event)

    said = err(capsys)
    live = event.kind in ("granted", "settled")
    assert said.startswith("" if zh is None else f"{zh}\n")
    assert said.endswith(NULL if live else "" if zh is None else f"{zh}\n")
    assert en is None or said.count("\n") == 1


@pytest.mark.parametrize(
    ("seconds", "done", "rate"),
    [(0.0, 0, "0.0"), (1.0, 7, "7.0"), (2.0, 7, "3.5"), (60.0, 1, "0.0"), (0.0, 5, "5000.0")],
)
def test_the_rate_is_over_the_whole_run(
    capsys: pytest.CaptureFixture[str], seconds: float, done: int, rate: str
) -> None:
    """Steps a second since the beginning; no division by nothing."""
    clock = Hand()
    progress = Progress(Context(lang="en"), clock)
    clock.now += seconds
    progress(Event("stage", stage="gates", done=done, failed=1, left=2))

    assert err(capsys) == f"  gates … done {done}, failed 1, left 2, {rate}/s\n"


@pytest.mark.parametrize(
    ("after", "lines"),
    [
        ([PLAIN_EVERY_S - 0.1], 0),
        ([PLAIN_EVERY_S], 1),
        ([PLAIN_EVERY_S, 1.0], 1),
        ([PLAIN_EVERY_S, PLAIN_EVERY_S - 0.1], 1),
        ([PLAIN_EVERY_S] * 3, 3),
        ([10.0] * 9, 3),
    ],
)
def test_quiet_events_give_a_line_now_and_then(
    capsys: pytest.CaptureFixture[str], after: list[float], lines: int
) -> None:
    """Every half minute at most; what is silent for long would be taken for dead."""
    clock = Hand()
    progress = Progress(Context(lang="zh"), clock)
    for seconds in after:
        clock.now += seconds
        progress(Event("granted", wave=2, stage="doors", compound="c1"))

    said = err(capsys).splitlines()
    assert len(said) == lines
    assert all(line.startswith("  2 单元门 c1：完成 0，失败 0，剩余 0，") for line in said)


def test_a_line_that_stays_clears_the_live_one(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Overwritten by blanks over its whole width, also where characters take two columns."""
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    progress = Progress(Context(lang="zh"), Hand())
    progress.seen(1, 40)
    progress(Event("wave", wave=1, detail="c1"))

    live = "正在读取 1/40"
    assert err(capsys) == f"{live}\r{' ' * (2 * len(live))}\r第 1 批：c1\n"


@pytest.mark.parametrize(
    ("lang", "live", "plain"),
    [
        ("en", "observing 40/40", "observed 40/40 devices\n"),
        ("zh", "正在读取 40/40", "已读取 40/40 台设备\n"),
    ],
)
def test_an_observation_ends_without_a_trace_on_a_terminal(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    lang: Lang,
    live: str,
    plain: str,
) -> None:
    """And with one plain line off it."""
    Progress(Context(lang=lang), Hand()).seen(40, 40)
    assert err(capsys) == plain

    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    Progress(Context(lang=lang), Hand()).seen(40, 40)
    assert err(capsys) == f"{live}\r{' ' * (2 * len(live))}\r"


def test_no_word_of_progress_is_the_same_in_both_languages() -> None:
    """Every stage and outcome was translated."""
    for word in (*STAGES.values(), *OUTCOMES.values()):
        assert word.en.isascii()
        assert any("\u4e00" <= c <= "\u9fff" for c in word.zh)
