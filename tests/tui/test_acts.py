"""Acting from the screens: only with --write, with the reach shown and the id typed."""

from __future__ import annotations

import pytest
from textual.events import Key

from fleet.model.errors import StoreError
from fleet.model.text import text
from fleet.rollout import records
from tests.tui.drive import driven
from tests.tui.scene import FIRST, SECOND, Scene, busy


@pytest.mark.parametrize("key", ["P", "R", "Y", "A", "T", "B"])
async def test_a_looker_cannot_act(key: str) -> None:
    """Read-only is said, and nothing is asked for; the foot does not offer it."""
    async with driven() as at:
        await at.press("4")
        await at.read_plans_of(SECOND)
        assert "pause" not in at.lines()[-1] and "read-only" in at.lines()[0]
        await at.press(key)
        assert "--write" in at.lines()[-1]
        assert at.kind == "rollout"
    assert at.scene.requests == [] and at.scene.started == []


async def test_to_stop_is_one_key() -> None:
    """P asks for a pause at once."""
    async with driven(busy(may_write=True)) as at:
        await at.press("4")
        assert "WRITE" in at.lines()[0]
        await at.press("P")
        await at.until(lambda: at.scene.requests == [("pause", SECOND)])
        await at.until(lambda: "asked" in at.lines()[-1])


async def test_an_abort_shows_its_reach_and_wants_the_id() -> None:
    """Devices, compounds, steps; the wrong id does nothing, the right one asks."""
    async with driven(busy(may_write=True)) as at:
        await at.press("4")
        await at.read_plans_of(SECOND)
        await at.press("A")
        assert at.kind == "confirm"
        assert "19 devices in 5 compounds, 42 steps" in at.text()
        await at.until(lambda: "taken back" in at.text())
        await at.type("yes")
        await at.press("enter")
        assert at.kind == "rollout" and "not confirmed" in at.lines()[-1]
        await at.press("A", "escape")
        assert at.kind == "rollout" and at.scene.requests == []
        await at.press("A")
        await at.type(SECOND)
        await at.press("enter")
        await at.until(lambda: at.scene.requests == [("abort", SECOND)])
    assert at.scene.started == []


async def test_resume_of_a_dead_rollout_is_a_process_of_its_own() -> None:
    """Its end is reported with its last words; `yes` is enough, since nothing is written twice."""
    scene = busy(may_write=True)
    scene.alive_pids.clear()
    async with driven(scene) as at:
        await at.press("4")
        await at.read_plans_of(SECOND)
        await at.until(lambda: "its process died" in at.text())
        await at.press("P")
        assert "cannot pause" in at.lines()[-1]
        await at.press("R")
        assert at.kind == "confirm"
        await at.type("yes")
        await at.press("enter")
        await at.until(lambda: scene.started == [("resume", SECOND)])
        await at.until(lambda: len(at.app.jobs) == 1)
        scene.jobs[0].result = (5, "first\nr2: done, but some devices failed")
        await at.until(lambda: "resume ended with 5" in at.lines()[-1])
        assert "some devices failed" in at.lines()[-1] and at.app.jobs == []


async def test_retry_and_undo_of_an_ended_rollout() -> None:
    """The failed devices, and what was done."""
    scene = busy(may_write=True)
    async with driven(scene) as at:
        scene.write(records.ended(SECOND, "halted", done=13, failed=2, left=42))
        await at.press("4")
        await at.read_plans_of(SECOND)
        await at.until(lambda: "halted" in at.text())
        await at.press("R")
        assert "cannot resume" in at.lines()[-1]
        for key, verb, reach in (("T", "retry", "2 devices"), ("B", "undo", "6 devices")):
            await at.press(key)
            assert at.kind == "confirm" and reach in at.text()
            await at.type(SECOND)
            await at.press("enter")
            await at.until(lambda verb=verb: (verb, SECOND) in scene.started)


async def test_the_wave_that_waits_is_approved_with_its_reach_shown() -> None:
    """Nothing waits: said so. A wave waits: its compounds alone are what the approval reaches."""
    scene = busy(may_write=True)
    async with driven(scene) as at:
        await at.press("4")
        await at.read_plans_of(SECOND)
        await at.press("Y")
        assert "no wave of it waits" in at.lines()[-1]
        scene.write(records.waiting(SECOND, 2))
        scene.write(records.ended(SECOND, "waiting", done=13, failed=2, left=42))
        await at.until(lambda: at.app.picture.facts.status(SECOND) == "waiting")
        await at.press("Y")
        assert at.kind == "confirm" and "2 compounds" in at.text()
        await at.type(SECOND)
        await at.press("enter")
        await at.until(lambda: scene.started == [("approve", SECOND)])


async def test_commands_act_the_same_way() -> None:
    """`:rollout abort ID` asks as the key does; `:rollout pause` means the newest."""
    async with driven(busy(may_write=True)) as at:
        await at.press("colon")
        await at.type("rollout pause")
        await at.press("enter")
        await at.until(lambda: at.scene.requests == [("pause", SECOND)])
        await at.press("colon")
        await at.type(f"rollout undo {FIRST}")
        await at.press("enter")
        await at.until(lambda: FIRST in at.app.progress)
        await at.press("colon")
        await at.type(f"rollout undo {FIRST}")
        await at.press("enter")
        assert at.kind == "confirm" and FIRST in at.lines()[0]


@pytest.mark.parametrize(
    ("typed", "kind", "shown"),
    [
        ("devices state=failed", "devices", "wusong-door-2"),
        ("compound lianhu", "compound", "莲湖新村"),
        ("device cuihu-door-2", "device", "auth_ways"),
        ("show plan.json", "plan", "25 devices"),
        ("journal tail doubt", "events", "in doubt"),
        ("validate", "findings", "CENTRE-15"),
        ("lang zh", "overview", "总览"),
        (f"rollout show {FIRST}", "rollout", FIRST),
        ("compound nobody", "overview", "no such compound"),
        ("device nobody", "overview", "no such device"),
        ("rollout show nobody", "overview", "no such rollout"),
        ("show nowhere.json", "overview", "cannot read"),
        ("lang fr", "overview", "zh or en"),
        ("apply", "overview", "in a shell: fleet apply"),
    ],
)
async def test_commands_lead_to_screens(typed: str, kind: str, shown: str) -> None:
    """Or say why not."""
    async with driven() as at:
        await at.press("colon")
        await at.type(typed)
        await at.press("enter")
        await at.until(lambda: shown in at.text())
        assert at.kind == kind


async def test_quit_by_command() -> None:
    """:q."""
    async with driven() as at:
        await at.press("colon", "q", "enter")
        await at.until(lambda: at.app.return_value == 0)


async def test_keys_on_their_way_when_the_prompt_opens_are_typed() -> None:
    """Nothing of a fast typist is lost or taken for a command."""
    async with driven() as at:
        at.screen.action_filter()
        at.screen.vtable.post_message(_key("q"))
        await at.pilot.pause()
        assert at.screen.query_text == "q" and at.app.return_value is None


async def test_a_broken_journal_is_told_and_the_screen_stays() -> None:
    """Once; what was read before is still shown."""
    async with driven() as at:
        at.scene.broken = StoreError(text("record 7 does not fit", "第 7 条记录不符"))
        await at.until(lambda: "record 7 does not fit" in at.lines()[-1])
        assert "五松花园" in at.text()


async def test_acts_before_any_rollout() -> None:
    """There is nothing to act on, and it says so."""
    async with driven(Scene(may_write=True)) as at:
        await at.press("4", "P")
        assert "no rollout yet" in at.lines()[-1]
        await at.press("colon")
        await at.type("rollout retry")
        await at.press("enter")
        assert "no rollout yet" in at.lines()[-1]


def _key(character: str) -> Key:
    return Key(character, character)
