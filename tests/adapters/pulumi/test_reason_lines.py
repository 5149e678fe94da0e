"""The engine's words line by line: what counts as a cause, what is left out, and how long it is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleet.adapters.pulumi.reasons import reason
from fleet.model.errors import EngineError, FleetError, LockHeld, StalePlan

STACK = "platform-340705"


def told(*lines: str) -> FleetError:
    """The error of an output of these lines."""
    return reason("\n".join(lines), STACK)


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        (("error: boom",), "boom"),
        (("    error: boom",), "boom"),
        (("Diagnostics:", "  fleet:index:Ca (ca):", "    error: boom"), "boom"),
        (("x: error: boom",), "boom"),
        (("error: Unexpected <class 'fleet.provider.errors.Odd'>: boom",), "boom"),
        (("error: Unexpected <class 'ValueError'>: a: b",), "a: b"),
        (("\x1b[31merror: \x1b[0mboom\x1b[0m",), "boom"),
        (("\x1b[1;31merror:\x1b[0m boom",), "boom"),
        (("error: one", "error: two"), "one | two"),
        (("error: one", "error: one"), "one"),
        (("error: one", "  error: one  "), "one"),
        (("error: update failed", "error: boom"), "boom"),
        (("error: boom", "error: preview failed"), "boom"),
        (("error: refresh failed", "error: destroy failed", "error: x"), "x"),
        (("warning: careful", "error: boom"), "boom"),
        (("an error: is not at the start of the line but counts",),
         "is not at the start of the line but counts"),
        (("noterror: boom",), "it ended without a word"),
        (("error:boom",), "it ended without a word"),
        (("error: ",), "it ended without a word"),
        (("Error: boom",), "it ended without a word"),
        (("panic: nil pointer",), "it ended without a word"),
        (("error: update failed",), "it ended without a word"),
        ((), "it ended without a word"),
        (tuple(f"error: {n}" for n in range(9)), "0 | 1 | 2 | 3 | 4 | 5"),
        (("error: " + "x" * 900,), "x" * 800),
        (("error: 区县证书损坏",), "区县证书损坏"),
    ],
)  # fmt: skip
def test_the_causes_of_a_failure(lines: tuple[str, ...], words: str) -> None:
    """Marked lines alone, each once, without class names and colours, six at most, cut each."""
    error = told(*lines)

    assert isinstance(error, EngineError)
    assert error.summary.en == f"the engine failed on {STACK}: {words}"
    said = "引擎异常结束，没有给出原因" if words == "it ended without a word" else words
    assert error.summary.zh == f"引擎处理 {STACK} 失败：{said}"


GENERAL = ("fleet doctor checks engine and keys", "fleet doctor 可检查引擎与密钥")
ESCROW = (
    "put keys/engine-passphrase back from its escrow",
    "请从托管备份恢复 keys/engine-passphrase",
)
SETUP = ("run make setup again", "请重新运行 make setup")


@pytest.mark.parametrize(
    ("line", "fix"),
    [
        ("error: boom", GENERAL),
        ("error: incorrect passphrase", ESCROW),
        ("error: passphrase must be set with PULUMI_CONFIG_PASSPHRASE", ESCROW),
        ("could not open: incorrect passphrase", ESCROW),
        ("error: no resource plugin 'pulumi-resource-fleet' found", SETUP),
        ("error: Could not find plugin", SETUP),
        ("error: no resource plugin 'pulumi-resource-aws' found", GENERAL),
        ("", GENERAL),
    ],
)
def test_the_way_out_of_a_failure(line: str, fix: tuple[str, str]) -> None:
    """By what was said anywhere, in both languages."""
    error = told("Updating", line)

    assert error.fix is not None
    assert (error.fix.en, error.fix.zh) == fix


@pytest.mark.parametrize(
    "line",
    [
        "error: resource urn:x violates plan: properties changed: ++port[{1}!={2}]",
        "error: create is not allowed by the plan: no steps were expected for this resource",
        "error: resource x: no changes were expected",
        "error: expected resource operations for urn:x but none were seen",
    ],
)
def test_each_way_to_miss_a_plan_is_a_stale_plan(line: str) -> None:
    """Exit 7 with the engine's words, and the way on."""
    error = told("Updating", line, "error: update failed")

    assert isinstance(error, StalePlan)
    words = line.removeprefix("error: ")
    assert error.summary.en == f"{STACK} no longer stands as it did when it was planned: {words}"
    assert error.summary.zh == f"{STACK} 与制定计划时的状态不一致：{words}"
    assert error.fix is not None
    assert (error.fix.en, error.fix.zh) == ("plan again: fleet plan", "请重新制定计划：fleet plan")


def test_a_cause_wins_over_a_missed_plan() -> None:
    """A resource that failed leaves others undone; only the failure is told."""
    error = told(
        "error: boom",
        "error: expected resource operations for urn:x but none were seen",
        "error: resource y violates plan: z",
    )

    assert isinstance(error, EngineError)
    assert error.summary.en == f"the engine failed on {STACK}: boom"


@pytest.mark.parametrize(
    ("line", "en", "zh"),
    [
        (
            "  file:///x/a.json: created by fleet@site (pid 4242) at 2026-11-24T10:00:00+08:00",
            "fleet@site (pid 4242) since 2026-11-24T10:00:00+08:00",
            "fleet@site（进程 4242），自 2026-11-24T10:00:00+08:00 起",
        ),
        ("  created by somebody", "another process", "其他进程"),
        ("", "another process", "其他进程"),
    ],
)
def test_who_holds_the_lock(line: str, en: str, zh: str) -> None:
    """Name, pid and time where the backend tells them; the way out is named."""
    error = told("error: the stack is currently locked by 1 lock(s).", line, "error: boom")

    assert isinstance(error, LockHeld)
    assert error.summary.en == f"the engine's state of {STACK} is locked by {en}"
    assert error.summary.zh == f"{STACK} 的引擎状态被 {zh} 锁定"
    assert error.fix is not None
    assert "fleet stacks recover" in error.fix.en


@given(st.lists(st.sampled_from(["error: ", "x", "\n", "\x1b[31m", " ", "plan", "东", "locked"])))
def test_any_output_is_one_error_about_this_stack(pieces: list[str]) -> None:
    """Whatever the engine prints: one error, its stack named, no colour code, bounded."""
    error = reason("".join(pieces), STACK)

    assert isinstance(error, EngineError | StalePlan | LockHeld)
    assert STACK in error.summary.en
    assert "\x1b" not in error.summary.en
    assert len(error.summary.en) < 5000
