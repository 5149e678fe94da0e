"""The engine's own words (recorded from engine 3.259.0 under said/) become the right errors."""

from __future__ import annotations

from pathlib import Path

import pytest

from fleet.adapters.pulumi.reasons import reason
from fleet.model.errors import EngineError, FleetError, LockHeld, StalePlan

SAID = Path(__file__).parent / "said"


def told(name: str) -> FleetError:
    """The error of one recorded failure."""
    return reason((SAID / f"{name}.txt").read_text("utf-8"), "platform-340705")


@pytest.mark.parametrize(
    ("name", "kind", "words", "fix"),
    [
        ("violates_plan", StalePlan, "++port[{27265}!={27266}]", "fleet plan"),
        ("create_not_allowed", StalePlan, "create is not allowed by the plan", "fleet plan"),
        ("changes_not_expected", StalePlan, "no changes were expected", "fleet plan"),
        ("locked", LockHeld, "fleet@site (pid 4242)", "stacks recover"),
        ("wrong_passphrase", EngineError, "incorrect passphrase", "engine-passphrase"),
        ("no_plugin", EngineError, "no resource plugin", "make setup"),
        ("provider_refused", EngineError, "the CA key", "doctor"),
        ("killed", EngineError, "without a word", "doctor"),
    ],
)
def test_each_recorded_failure(name: str, kind: type[FleetError], words: str, fix: str) -> None:
    """Goal: class, cause and cure of each failure that was seen, in both languages."""
    error = told(name)
    assert type(error) is kind
    assert words in error.summary.en
    assert "platform-340705" in error.summary.en
    assert "platform-340705" in error.summary.zh
    assert error.fix is not None
    assert fix in error.fix.en
    assert fix in error.fix.zh


def test_a_failed_resource_is_no_stale_plan() -> None:
    """Goal: what a failure leaves undone also violates the plan; the failure is what is told."""
    text = (SAID / "provider_refused.txt").read_text("utf-8")
    assert "expected resource operations" in text
    assert "expected resource operations" not in told("provider_refused").summary.en


def test_every_recording_is_used_and_names_no_machine() -> None:
    """Goal: a recording that no test reads, or that shows where it was made, is a defect."""
    names = {p.stem for p in SAID.iterdir()}
    assert names == {
        "changes_not_expected",
        "create_not_allowed",
        "killed",
        "locked",
        "no_plugin",
        "provider_refused",
        "violates_plan",
        "wrong_passphrase",
    }
    for path in SAID.iterdir():
        assert "/root" not in path.read_text("utf-8")


@pytest.mark.parametrize(
    "said", ["", "\n", "panic: x", "error: \x1b[31merror: boom\x1b[0m", "é" * 9999]
)
def test_anything_else_is_an_engine_failure_of_bounded_length(said: str) -> None:
    """Goal: unknown words never raise, never fill the screen, and carry no colour codes."""
    error = reason(said, "platform-340705")
    assert isinstance(error, EngineError)
    assert len(error.summary.en) < 5500
    assert "\x1b" not in error.summary.en
