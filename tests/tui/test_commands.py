"""Commands: the verbs of `fleet`, understood, refused with a reason, or sent to the shell."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleet.cli.main import VERBS
from fleet.model.text import Text
from fleet_tui import acts
from fleet_tui.commands import COMMANDS, ELSEWHERE, Call, understand


@pytest.mark.parametrize(
    ("typed", "action", "argument"),
    [
        ("status", "overview", ""),
        ("fleet status", "overview", ""),
        ("watch", "overview", ""),
        ("rollout", "rollout", ""),
        ("rollout show r1", "rollout", "r1"),
        ("rollout pause", "pause", ""),
        ("rollout undo r1", "undo", "r1"),
        ("explain cuihu-cam-01", "device", "cuihu-cam-01"),
        ("show 'a plan.json'", "plan", "a plan.json"),
        ("journal tail failed", "events", "failed"),
        ("devices state=failed !cuihu", "devices", "state=failed !cuihu"),
        ("devices　state＝失败", "devices", "state=失败"),
        ("lang en", "lang", "en"),
        ("q", "quit", ""),
        ("help pause", "help", "pause"),
    ],
)
def test_what_is_understood(typed: str, action: str, argument: str) -> None:
    """As one would type it after `fleet`, or shorter."""
    assert understand(typed) == Call(action, argument)


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        ("", "nothing"),
        ("device", "missing"),
        ("show", "missing"),
        ("apply --yes", "in a shell: fleet apply --yes"),
        ("rollout pase", "did you mean :rollout pause"),
        ("zzzz", "no such command: zzzz"),
    ],
)
def test_what_is_refused_says_why(typed: str, reason: str) -> None:
    """In both languages."""
    said = understand(typed)
    assert isinstance(said, Text) and reason in said.en and said.zh != said.en


@given(st.text(max_size=40))
def test_anything_may_be_typed(typed: str) -> None:
    """Open quotes, full-width letters, nonsense: an answer, never a break."""
    assert isinstance(understand(typed), Call | Text)


def test_every_command_does_something() -> None:
    """The table and the acts are one to one."""
    assert {c.action for c in COMMANDS} == set(acts.DOES)


def test_the_verbs_are_those_of_the_command_line() -> None:
    """What is called as in the shell is a verb there; nothing is both here and elsewhere."""
    shared = {"status", "explain", "rollout", "show", "journal", "validate"}
    first = {c.words.split()[0] for c in COMMANDS}
    assert shared <= first and shared <= set(VERBS)
    assert not ELSEWHERE & first
    assert {"plan", "apply", "drift", "stacks", "sim", "demo", "doctor", "rules"} <= ELSEWHERE
