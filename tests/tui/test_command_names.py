"""What is typed after `:`: every verb of the command line, near misses, and searchable help."""

from __future__ import annotations

import pytest

from fleet.cli.main import VERBS
from fleet.model.text import Text
from fleet_tui import start
from fleet_tui.commands import COMMANDS, ELSEWHERE, Call, nearest, understand
from fleet_tui.look import Look
from tests.tui.drive import driven
from tests.tui.scene import FIRST


@pytest.mark.parametrize("verb", sorted(VERBS))
def test_no_verb_of_the_command_line_is_unknown_here(verb: str) -> None:
    """It is a screen, wants an argument, or is sent to a shell by its own name."""
    found = understand(verb)
    if isinstance(found, Text):
        assert "missing" in found.en or found.en.endswith(f"fleet {verb}")


def test_nothing_is_sent_to_a_shell_that_no_shell_knows() -> None:
    """`fleet adopt` and eight others were, and are no verbs."""
    assert set(VERBS) >= ELSEWHERE


@pytest.mark.parametrize(
    "typed",
    [
        "device activate cuihu-cam-01",
        "device pin cuihu-sw-01",
        "device repower cuihu-cam-01",
        "device unlock cuihu-cam-01",
        "journal verify",
        "journal export",
        "rollout serve",
        "alarms ack a1",
        "collector status",
        "plan -o p.json",
    ],
)
def test_a_verb_without_a_screen_is_given_back_as_it_is_typed_in_a_shell(typed: str) -> None:
    """`:device unlock X` was taken for a device of the name `unlock X`."""
    found = understand(typed)
    assert isinstance(found, Text)
    assert found.en.endswith(f"fleet {typed}") and found.zh.endswith(f"fleet {typed}")


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("devcies", ":devices"),
        ("compund x", ":compound"),
        ("rollout aprove", ":rollout approve"),
        ("rolout undo", ":rollout undo"),
        ("vaildate", ":validate"),
        ("aply", ":apply"),
        ("colector", ":collector"),
        ("quti", ":quit"),
    ],
)
def test_a_slip_is_answered_by_the_nearest_command(typed: str, meant: str) -> None:
    """Those of the shell too; in both languages."""
    found = understand(typed)
    assert isinstance(found, Text)
    assert f"did you mean {meant}?" in found.en and f"是否想用 {meant}？" in found.zh


def test_nothing_near_is_not_guessed() -> None:
    """A guess at random would be worse than none."""
    assert nearest("zzzz", ["cuihu", "wusong"]).en == ""
    assert nearest("cuhu", ["cuihu", "wusong"]).en == "; did you mean cuihu?"
    assert nearest("x", []).en == ""


@pytest.mark.parametrize(
    ("typed", "kind", "meant"),
    [
        ("compound cuihuu", "compound", "cuihu"),
        ("device cuihu-cam-33", "device", "cuihu-cam-3"),
        (f"rollout show {FIRST[:-1]}", "rollout", FIRST),
    ],
)
async def test_a_mistyped_id_is_answered_by_the_nearest_one(
    typed: str, kind: str, meant: str
) -> None:
    """The screen stays; what was typed is in the answer."""
    async with driven(size=(120, 36)) as at:
        at.app.run_command(typed)
        await at.pilot.pause()
        foot = at.lines()[-1]
        given = typed.rsplit(maxsplit=1)[-1]
        assert at.kind == "overview" and f"no such {kind}: {given}" in foot
        assert f"did you mean {meant}?" in foot


@pytest.mark.parametrize("command", COMMANDS, ids=lambda c: c.words)
def test_each_command_is_understood_as_its_usage_says(command: object) -> None:
    """With its argument where it wants one."""
    assert command in COMMANDS
    words, argument, action, _ = command  # type: ignore[misc]  # one of the table's rows
    given = "zh" if argument == "zh|en" else "x" if argument else ""
    assert understand(f"{words} {given}") == Call(action, given)


@pytest.mark.parametrize(
    ("word", "row"),
    [
        ("approve", "Y"),
        ("批准", "Y"),
        ("pinyin", "/"),
        ("拼音", "/"),
        (":rollout abort", ":rollout abort [ID]"),
        ("offline", "X offline"),
        ("存疑", "* in doubt"),
    ],
)
async def test_help_is_searched_in_both_languages(word: str, row: str) -> None:
    """Keys, commands, states; whatever language is shown."""
    async with driven() as at:
        at.app.run_command(f"help {word}")
        await at.pilot.pause()
        await at.pilot.pause()
        rows = at.screen.vtable.rows
        labels = [rows.items[n].cells[0][0] for n in range(len(rows))]  # type: ignore[attr-defined]  # this table has items
        assert at.kind == "help" and row in labels and len(labels) < 12


async def test_help_without_a_hit_is_empty_and_esc_shows_all_again() -> None:
    """Out of the search first, then out of the help."""
    async with driven() as at:
        await at.press("question_mark", "slash")
        await at.type("zzzz")
        await at.press("enter")
        assert len(at.screen.vtable.rows) == 0 and "0/0" in at.lines()[-1]
        await at.press("escape")
        assert at.kind == "help" and len(at.screen.vtable.rows) > 50
        await at.press("escape")
        assert at.kind == "overview"


@pytest.mark.parametrize(("value", "mono"), [("1", True), ("", False), (None, False)])
def test_no_color_takes_all_colour_away(
    value: str | None, mono: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Set and not empty, as no-color.org has it."""
    made: list[Look] = []

    class Screens:
        """Stands for the app: keeps its look."""

        return_value, return_code = 0, 0

        def __init__(self, _watch: object, _lang: str, look: Look, **_more: object) -> None:
            made.append(look)

        def run(self) -> None:
            """Nothing is drawn."""

    class Frame:
        """Stands for the first frame."""

        def hand_over(self) -> None:
            """Nothing was drawn."""

    monkeypatch.delenv("NO_COLOR", raising=False)
    if value is not None:
        monkeypatch.setenv("NO_COLOR", value)
    monkeypatch.setattr("fleet_tui.app.FleetTui", Screens)
    monkeypatch.setattr("sys.__stderr__", None)
    monkeypatch.setattr(start.signal, "signal", lambda *_: None)
    assert start.run(None, "en", True, None, Frame()) == 0  # type: ignore[arg-type]  # stand-ins
    assert made == [Look(mono=mono, plain=True)]
