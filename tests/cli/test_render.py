"""Findings, plans and progress as lines for a person."""

from __future__ import annotations

import pytest

from fleet.cli.context import Context
from fleet.cli.planview import show_plan, summary
from fleet.cli.progress import OUTCOMES, PLAIN_EVERY_S, Progress, stage_name
from fleet.cli.render import diagnostic_lines, show_error
from fleet.model.change import Fidelity, FieldChange
from fleet.model.diagnostic import Diagnostic, Position, Severity
from fleet.model.errors import InventoryError, PolicyDenied
from fleet.model.observation import Fault
from fleet.model.secret import SecretRef
from fleet.model.text import Lang, text
from fleet.plan.seal import fingerprint
from fleet.rollout.progress import Event
from tests.support.fakes_city import cameras
from tests.support.fakes_plans import change, full_plan, plan_of, step, work

EN, ZH = Context(lang="en"), Context(lang="zh")
FINDING = Diagnostic(
    code="CF14",
    severity=Severity.ERROR,
    summary=text("face only", "仅人脸"),
    fix=text("add card", "增加刷卡"),
    position=Position(file="c1.yaml", line=3, column=7),
    compound="c1",
    device="c1-door-1",
    field="auth_ways",
    clause="14",
)


def test_a_finding_says_where_what_why_and_what_to_do() -> None:
    """file:line:column first, so that editors can jump there."""
    assert diagnostic_lines(EN, FINDING) == [
        "c1.yaml:3:7: error: [CF14] (14) c1-door-1 auth_ways: face only",
        "    → add card",
    ]
    assert diagnostic_lines(ZH, FINDING) == [
        "c1.yaml:3:7: 错误: [CF14] (14) c1-door-1 auth_ways: 仅人脸",
        "    → 增加刷卡",
    ]


@pytest.mark.parametrize(
    ("gone", "head"),
    [
        ({"position": None}, "error: [CF14] (14) c1-door-1 auth_ways: face only"),
        ({"device": None}, "c1.yaml:3:7: error: [CF14] (14) c1 auth_ways: face only"),
        ({"clause": None, "field": None}, "c1.yaml:3:7: error: [CF14] c1-door-1: face only"),
        (
            {"device": None, "compound": None, "field": None, "severity": Severity.WARNING},
            "c1.yaml:3:7: warning: [CF14] (14) face only",
        ),
    ],
)
def test_what_is_unknown_is_left_out(gone: dict[str, object], head: str) -> None:
    """No empty brackets and no stray colon."""
    assert diagnostic_lines(EN, FINDING.model_copy(update=gone))[0] == head


@pytest.mark.parametrize("kind", [InventoryError, PolicyDenied])
def test_an_error_shows_all_of_its_findings(
    capsys: pytest.CaptureFixture[str], kind: type[InventoryError]
) -> None:
    """Each of them, then the sentence; on stderr."""
    show_error(EN, kind(text("2 errors", "2 处错误"), [FINDING, FINDING]))

    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("[CF14]") == 2
    assert err.endswith("error: 2 errors\n")


def shown(capsys: pytest.CaptureFixture[str], ctx: Context, *args: object) -> str:
    """A plan as it is shown."""
    show_plan(ctx, *args)  # type: ignore[arg-type]  # a stand-in
    out, err = capsys.readouterr()
    assert err == ""
    return out


def test_equal_changes_are_folded(capsys: pytest.CaptureFixture[str]) -> None:
    """Twelve cameras with the same change are one line; the odd one has its own."""
    works = [work(step(f"c1-cam-{n}/03-osd")) for n in range(1, 13)]
    odd = work(step("c1-cam-13/03-osd", change("osd_text", "", "西门")))
    out = shown(capsys, EN, plan_of(*works, odd))

    (folded,) = [line for line in out.splitlines() if "→ 东门" in line]
    assert "×12 devices" in folded
    assert "osd_text" in folded
    assert "isapi" in folded
    (single,) = [line for line in out.splitlines() if "→ 西门" in line]
    assert single.endswith("c1-cam-13")
    chinese = shown(capsys, ZH, plan_of(*works, odd))
    assert "×12 台" in chinese


def test_another_before_is_another_line(capsys: pytest.CaptureFixture[str]) -> None:
    """Folding is over before and after, not over after alone."""
    one = work(step("c1-cam-1/03-osd", change("osd_text", "a", "x")))
    two = work(step("c1-cam-2/03-osd", change("osd_text", "b", "x")))
    out = shown(capsys, EN, plan_of(one, two))

    assert ("a → x" in out, "b → x" in out, "×" in out) == (True, True, False)


@pytest.mark.parametrize(
    ("one", "words"),
    [
        (change("f", True, False), "true → false"),
        (change("f", "", "x"), "– → x"),
        (change("f", None, 0), "– → 0"),
        (change("f", ["card"], ["card", "face"]), "[card] → [card, face]"),
        (change("f", [], ["x"]), "[] → [x]"),
        (change("f", [], [f"3407050000131000000{n}" for n in range(9)]), "… ×9]"),
        (
            FieldChange(
                field="f",
                secret=SecretRef(source="generated", name="s", version=2),
                before_version=1,
                fidelity=Fidelity.UNKNOWN,
            ),
            "? f                    v1 → v2 (secret)",
        ),
        (
            FieldChange(
                field="f",
                secret=SecretRef(source="vault", name="s"),
                fidelity=Fidelity.UNKNOWN,
            ),
            "– → v1 (secret)",
        ),
        (FieldChange(field="f", before=1, after=2, fidelity=Fidelity.PREDICTED), "~ f "),
    ],
)
def test_values_and_marks(capsys: pytest.CaptureFixture[str], one: FieldChange, words: str) -> None:
    """Every kind of value has one form; secrets show versions alone."""
    assert words in shown(capsys, EN, plan_of(work(step("c1-cam-1/03-osd", one))))


def test_a_plan_names_compounds_waves_and_servers(capsys: pytest.CaptureFixture[str]) -> None:
    """With the canary, the inventory's names, faults, and the fingerprint."""
    plan = full_plan()
    out = shown(capsys, EN, plan, cameras(1, 1))

    assert "c1 c1 小区  (wave 1, canary)" in out
    assert "platform-340705" in out
    assert "  create   fleet:Service create" in out
    assert "fleet:Service same" not in out
    assert "! c1-cam-9 [unreachable]: no" in out
    assert out.splitlines()[-1] == summary(plan).en
    assert fingerprint(plan)[:12] in out
    assert "！" not in out


def test_the_summary_counts() -> None:
    """Devices, fields, requests, server resources; or nothing."""
    assert summary(full_plan()).en.startswith(
        "Plan: 1 devices, 4 fields, 2 requests; 4 server resources. Fingerprint "
    )
    assert summary(plan_of()).zh == "无需变更。"


class Ticks:
    """A clock in the hands of a test."""

    now = 0.0

    def __call__(self) -> float:
        """The time."""
        return self.now


def lines(capsys: pytest.CaptureFixture[str], lang: Lang, *events: Event) -> list[str]:
    """What a rollout's events show where stderr is no terminal."""
    progress = Progress(Context(lang=lang), Ticks())
    for event in events:
        progress(event)
    out, err = capsys.readouterr()
    assert out == ""
    return err.splitlines()


@pytest.mark.parametrize(
    ("event", "english", "chinese"),
    [
        (Event("wave", wave=2, detail="c2, c3"), "wave 2: c2, c3", "第 2 批：c2, c3"),
        (Event("stage", stage="doors"), "  doors …", "  单元门 …"),
        (Event("stack", detail="platform-1"), "  platform-1 …", "  platform-1 …"),
        (Event("stack", step="p registrar", detail="done"), "  p registrar done", "  p registrar"),
        (Event("stopped", detail="threshold"), "stopped: too many", "停止：失败过多"),
        (Event("waiting", detail="settle"), "finding out what became", "正在查明"),
        (
            Event("settled", step="d/1", detail="failed", fault=Fault(code="x", en="no", zh="否")),
            "    d/1: failed: no",
            "    d/1: 失败: 否",
        ),
        (Event("settled", device="d", detail="in_doubt"), "    d: in doubt", "    d: 存疑"),
        (Event("verified", device="d", detail="bad"), "    d: bad", "    d: bad"),
    ],
)
def test_what_happens_is_one_line(
    capsys: pytest.CaptureFixture[str], event: Event, english: str, chinese: str
) -> None:
    """In either language, on stderr."""
    for lang, words in (("en", english), ("zh", chinese)):
        (line,) = lines(capsys, lang, event)  # type: ignore[arg-type]  # a stand-in
        assert line.startswith(words)


@pytest.mark.parametrize("kind", ["granted", "settled", "ended", "verified"])
def test_what_goes_well_is_quiet(capsys: pytest.CaptureFixture[str], kind: str) -> None:
    """A hundred thousand devices do not write a hundred thousand lines."""
    detail = {"settled": "done", "ended": "done"}.get(kind, "")

    assert lines(capsys, "en", *[Event(kind, detail=detail)] * 50) == []


def test_a_line_comes_at_least_every_half_minute(capsys: pytest.CaptureFixture[str]) -> None:
    """With compound, stage, done, failed, left and rate."""
    ticks = Ticks()
    progress = Progress(EN, ticks)
    event = Event(
        "settled", wave=1, stage="cameras", compound="c1", detail="done", done=10, failed=2, left=5
    )
    for ticks.now in (10.0, PLAIN_EVERY_S - 0.1, PLAIN_EVERY_S, PLAIN_EVERY_S + 1):
        progress(event)

    (line,) = capsys.readouterr().err.splitlines()
    assert line == "  1 cameras c1: done 10, failed 2, left 5, 0.3/s"


def test_an_observation_tells_its_end(capsys: pytest.CaptureFixture[str]) -> None:
    """One plain line when all are read."""
    progress = Progress(ZH, Ticks())
    for n in range(1, 41):
        progress.seen(n, 40)

    assert capsys.readouterr().err == "已读取 40/40 台设备\n"


def test_a_terminal_has_one_live_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Overwritten in place, and cleared before a line that stays."""
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    progress = Progress(EN, Ticks())
    progress.seen(1, 2)
    progress(Event("granted", wave=1, stage="gates", compound="c1"))
    progress(Event("wave", wave=2, detail="c2"))

    err = capsys.readouterr().err
    assert "observing 1/2" in err
    assert "\r" in err
    assert err.endswith("\rwave 2: c2\n")


def test_every_word_has_both_languages() -> None:
    """Outcomes differ in the two languages; an unknown stage shows as it is."""
    assert all(word.en != word.zh for word in OUTCOMES.values())
    assert stage_name("future").zh == "future"
