"""Without --write no key and no command changes anything, on any screen, and each says why."""

from __future__ import annotations

import pytest

from fleet.model.text import Lang
from fleet_tui import keys
from fleet_tui.acts import FITS
from fleet_tui.commands import COMMANDS
from tests.tui.drive import driven
from tests.tui.scene import SECOND
from tests.tui.scenes import died, ended, waiting

ACTING = [k for k in keys.KEYS if k.action.startswith("act(")]
SCREENS = {
    "overview": "1",
    "compound": "2",
    "devices": "3",
    "rollout": "4",
    "events": "5",
    "plan": "6",
    "findings": "7",
    "help": "question_mark",
}
SENTENCE = {
    "en": "read-only; start with: fleet watch --write",
    "zh": "当前为只读；请用 fleet watch --write 启动",
}


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("screen", SCREENS)
async def test_every_acting_key_is_refused_where_it_is_pressed(screen: str, lang: Lang) -> None:
    """The sentence names the way; the screen stays the one that it was."""
    scene = waiting(may_write=False)
    async with driven(scene, lang=lang) as at:
        await at.press(SCREENS[screen])
        for key in ACTING:
            await at.press("down")
            assert SENTENCE[lang] not in at.lines()[-1]
            await at.press(key.keys)
            assert SENTENCE[lang] in at.lines()[-1], key.shown
            assert at.kind == screen
    assert scene.requests == [] and scene.started == []


async def test_a_device_refuses_too() -> None:
    """The screen that is deepest in."""
    async with driven(waiting(may_write=False)) as at:
        at.app.show_device("wusong-door-2")
        await at.pilot.pause()
        for key in ACTING:
            await at.press(key.keys)
            assert SENTENCE["en"] in at.lines()[-1] and at.kind == "device"


@pytest.mark.parametrize("verb", FITS)
async def test_every_acting_command_is_refused(verb: str) -> None:
    """`:rollout VERB`, with an id and without one."""
    scene = waiting(may_write=False)
    async with driven(scene) as at:
        for typed in (f"rollout {verb}", f"rollout {verb} {SECOND}"):
            await at.press("colon")
            await at.type(typed)
            await at.press("enter")
            assert SENTENCE["en"] in at.lines()[-1]
            await at.press("down")
    assert scene.requests == [] and scene.started == []


async def test_the_foot_of_a_looker_offers_no_act() -> None:
    """Whatever state the rollout is in."""
    for scene in (waiting(False), died(False), ended("halted", False)):
        async with driven(scene) as at:
            await at.press("4")
            offered = {k.shown for k in ACTING if f" {k.shown} " in at.lines()[-1]}
            assert offered == set()


async def test_the_mark_of_read_only_stands_on_every_screen() -> None:
    """And WRITE on every screen of one who may."""
    for may_write, mark in ((False, "read-only"), (True, "WRITE")):
        async with driven(waiting(may_write)) as at:
            for key in SCREENS.values():
                await at.press(key)
                assert mark in at.lines()[0]
                await at.press("escape")


async def test_help_says_of_every_acting_key_that_it_needs_write() -> None:
    """In the row of the key itself; none of those that look says so."""
    async with driven(waiting(False), size=(120, 60)) as at:
        await at.press("question_mark")
        rows = at.screen.vtable.rows
        told = {
            rows.items[n].cells[0][0]: "needs --write" in rows.items[n].cells[1][0]  # type: ignore[attr-defined]  # this table has items
            for n in range(len(keys.KEYS))
        }
        assert told == {k.shown: k in ACTING for k in keys.KEYS}


async def test_help_of_one_who_may_says_nothing_of_it() -> None:
    """The words would be noise."""
    async with driven(waiting(True), size=(120, 90)) as at:
        await at.press("question_mark")
        assert "needs --write" not in at.text()


def test_no_lower_case_letter_acts_and_every_act_is_upper_case() -> None:
    """The rule of the keys, over the whole table."""
    for key in keys.KEYS:
        names = key.keys.split(",")
        if key.action.startswith("act("):
            assert all(len(n) == 1 and n.isupper() for n in names), key.keys
        letters = [n for n in names if len(n) == 1 and n.islower()]
        assert not (letters and key.action.startswith("act("))


def test_every_verb_has_one_key_and_one_command() -> None:
    """What a key can do can be typed, and the other way round."""
    by_key = [k.action.removeprefix("act('").removesuffix("')") for k in ACTING]
    typed = [c.action for c in COMMANDS if c.action in FITS]
    assert sorted(by_key) == sorted(FITS) and sorted(typed) == sorted(FITS)


def test_no_key_is_bound_twice_on_one_screen() -> None:
    """Else one of both would never arrive."""
    for screen in SCREENS:
        names = [n for k in keys.of(screen) for n in k.keys.split(",")]
        assert len(names) == len(set(names)), screen
