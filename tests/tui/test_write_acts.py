"""With --write: what each act reaches is shown, its id is typed, and only what fits is offered."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from fleet.model.errors import StoreError
from fleet.model.text import text
from fleet_tui import keys
from fleet_tui.acts import FITS
from fleet_tui.screens.confirm import MEANS
from tests.tui.drive import Driver, driven
from tests.tui.scene import FIRST, SECOND, FakeJob, Scene, busy
from tests.tui.scenes import died, ended, waiting

KEY = {k.action.removeprefix("act('").removesuffix("')"): k.keys for k in keys.KEYS}
STATES: dict[str, Callable[[], Scene]] = {
    "running": lambda: busy(may_write=True),
    "died": died,
    "waiting": waiting,
    "paused": lambda: ended("paused"),
    "interrupted": lambda: ended("interrupted"),
    "failed": lambda: ended("failed"),
    "done": lambda: ended("done"),
    "partial": lambda: ended("partial"),
    "halted": lambda: ended("halted"),
    "aborted": lambda: ended("aborted"),
}


async def on_rollout(at: Driver, status: str) -> None:
    """The rollout's screen with its plan, and the state that is meant."""
    await at.press("4")
    await at.read_plans_of(SECOND)
    await at.until(lambda: at.app.picture.facts.status(SECOND) == status)
    at.app.renew()
    at.screen.facts_changed()
    await at.pilot.pause()


@pytest.mark.parametrize("status", STATES)
async def test_the_foot_offers_exactly_what_fits(status: str) -> None:
    """What it offers is let through; what it does not is refused with the state as the reason."""
    async with driven(STATES[status](), size=(120, 36)) as at:
        await on_rollout(at, status)
        offered = {v for v in FITS if f" {KEY[v]} " in at.lines()[-1]}
        fits = {v for v, states in FITS.items() if status in states}
        if status != "waiting":
            fits.discard("approve")
        assert offered == fits
        for verb in sorted(set(FITS) - fits):
            await at.press(KEY[verb])
            assert at.kind == "rollout"
            assert f"cannot {verb}" in at.lines()[-1] or "no wave" in at.lines()[-1]
    assert at.scene.requests == [] and at.scene.started == []


@pytest.mark.parametrize(
    ("verb", "status", "reach"),
    [
        ("abort", "running", "19 devices in 5 compounds, 42 steps"),
        ("resume", "died", "19 devices in 5 compounds, 42 steps"),
        ("approve", "waiting", "10 devices in 2 compounds, 22 steps"),
        ("retry", "halted", "2 devices in 1 compounds"),
        ("undo", "halted", "6 devices in 2 compounds, 13 steps"),
    ],
)
async def test_the_reach_of_each_act_is_shown_before_it(verb: str, status: str, reach: str) -> None:
    """Numbers, what it means, and every device in a list that can be walked."""
    async with driven(STATES[status](), size=(120, 36)) as at:
        await on_rollout(at, status)
        await at.press(KEY[verb])
        assert at.kind == "confirm" and reach in at.text()
        await at.until(lambda: MEANS[verb].en.split(".")[0] in at.text())
        assert len(at.screen.vtable.rows) == int(reach.split(maxsplit=1)[0])
        await at.press("escape")
        assert "not done: it was not confirmed" in at.lines()[-1]
    assert at.scene.requests == [] and at.scene.started == []


@pytest.mark.parametrize(
    ("verb", "status"),
    [("abort", "running"), ("approve", "waiting"), ("retry", "halted"), ("undo", "halted")],
)
@pytest.mark.parametrize("typed", ["", "yes", FIRST, SECOND[:-1], SECOND.upper(), "y"])
async def test_anything_but_the_id_confirms_nothing(verb: str, status: str, typed: str) -> None:
    """The id of another rollout least of all."""
    async with driven(STATES[status]()) as at:
        await on_rollout(at, status)
        await at.press(KEY[verb])
        at.screen.typed("confirm", typed)
        await at.pilot.pause()
        assert at.kind == "rollout" and "not confirmed" in at.lines()[-1]
    assert at.scene.requests == [] and at.scene.started == []


@pytest.mark.parametrize(
    ("verb", "status"),
    [("approve", "waiting"), ("retry", "halted"), ("undo", "halted"), ("abort", "died")],
)
async def test_the_id_starts_a_process_of_its_own(verb: str, status: str) -> None:
    """It goes on when the screens are closed, so it is none of ours."""
    scene = STATES[status]()
    async with driven(scene) as at:
        await on_rollout(at, status)
        await at.press(KEY[verb])
        at.screen.typed("confirm", f" {SECOND} ")
        await at.until(lambda: scene.started == [(verb, SECOND)])
        await at.until(lambda: f"{verb}: started" in at.lines()[-1])
    assert scene.requests == []


@pytest.mark.parametrize("code", [0, 5, 8])
async def test_the_end_of_a_started_act_is_told_with_its_code(code: int) -> None:
    """And with its last line, in the language of the screens."""
    scene = STATES["waiting"]()
    async with driven(scene, lang="zh") as at:
        await on_rollout(at, "waiting")
        await at.press("Y")
        at.screen.typed("confirm", SECOND)
        await at.until(lambda: len(at.app.jobs) == 1)
        scene.jobs[0].result = (code, "第一行\n最后一行\n")
        await at.until(lambda: "批准 已结束" in at.lines()[-1])
        assert f"退出码 {code}：最后一行" in at.lines()[-1] and at.app.jobs == []


async def test_two_started_acts_are_told_each_by_its_own_end() -> None:
    """One that ended does not hide the one that still runs."""
    first, second = FakeJob((0, "first ended")), FakeJob()
    async with driven(busy(may_write=True)) as at:
        at.app.jobs = [("retry", first), ("undo", second)]
        await at.until(lambda: "retry ended with 0: first ended" in at.lines()[-1])
        assert [v for v, _ in at.app.jobs] == ["undo"]


async def test_an_act_without_any_words_at_its_end() -> None:
    """A killed process says nothing; its code is still told."""
    async with driven(busy(may_write=True)) as at:
        at.app.jobs = [("undo", FakeJob((137, "")))]
        await at.until(lambda: "undo ended with 137" in at.lines()[-1])


async def test_an_act_before_its_plan_is_read_asks_for_patience() -> None:
    """Nothing is confirmed blind: without the plan no reach could be shown."""
    async with driven(busy(may_write=True)) as at:
        await at.press("colon")
        await at.type(f"rollout undo {FIRST}")
        await at.press("enter")
        assert at.kind != "confirm" and "its plan is being read" in at.lines()[-1]


async def test_a_request_that_cannot_be_journalled_is_told() -> None:
    """The error's own sentence, not silence."""
    scene = busy(may_write=True)

    def refuse(_rollout: str, _verb: str) -> bool:
        raise StoreError(text("the disk is full", "磁盘已满"))

    scene.request = refuse  # type: ignore[method-assign]  # a fault at this one place
    async with driven(scene) as at:
        await on_rollout(at, "running")
        await at.press("P")
        await at.until(lambda: "the disk is full" in at.lines()[-1])


async def test_a_request_that_nobody_hears_is_told() -> None:
    """The process ended in between."""
    scene = busy(may_write=True)
    scene.request = lambda _rollout, _verb: False  # type: ignore[method-assign]  # nobody there
    async with driven(scene) as at:
        await on_rollout(at, "running")
        await at.press("P")
        await at.until(lambda: "nobody is there to hear it" in at.lines()[-1])


@pytest.mark.parametrize("key", ["P", "R", "Y", "A", "T", "B"])
async def test_an_act_elsewhere_leads_to_the_rollout_and_does_nothing_yet(key: str) -> None:
    """What is acted on was seen first; the words are in the language of the screens."""
    scene = STATES["waiting"]()
    async with driven(scene, lang="zh") as at:
        await at.press("3", key)
        assert at.kind == "rollout" and "请在此界面按键" in at.lines()[-1]
        assert not any(verb in at.lines()[-1] for verb in FITS)
    assert scene.requests == [] and scene.started == []


async def test_while_the_id_is_typed_letters_are_letters() -> None:
    """Q, A and B in an id leave nothing and start nothing."""
    async with driven(STATES["halted"]()) as at:
        await on_rollout(at, "halted")
        await at.press("B")
        await at.type("qABPT")
        assert at.kind == "confirm" and at.app.return_value is None
    assert at.scene.started == []


async def test_the_question_is_asked_in_the_language_of_now() -> None:
    """It stayed English on a screen that had become Chinese."""
    async with driven(STATES["halted"]()) as at:
        await on_rollout(at, "halted")
        await at.press("B")
        assert f"type {SECOND} to confirm" in at.text()
        at.app.switch_language()
        await at.pilot.pause()
        assert f"键入 {SECOND} 确认" in at.text() and "to confirm" not in at.text()
