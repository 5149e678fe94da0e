"""What each screen says, in states that the golden pictures do not show."""

from __future__ import annotations

import pytest

from fleet.model.observation import Registration
from fleet.model.plan import PlanNeed
from fleet.model.text import text
from fleet.rollout import records
from fleet_tui.look import Look
from fleet_tui.screens.plan import PlanScreen
from fleet_tui.screens.rollout import RolloutScreen
from fleet_tui.store.states import State
from tests.support.fakes_plans import full_plan
from tests.tui.drive import driven
from tests.tui.scene import CALLER, FIRST, SECOND, Scene, busy, plan_over, settle, verified


async def test_an_empty_city_says_what_is_missing() -> None:
    """No journal, no findings: every screen opens and says so, in words."""
    async with driven(Scene(found=())) as at:
        assert "unknown 25" in at.text() and "no rollout yet" in at.text()
        assert "the journal is empty" in at.text()
        for key, words in (
            ("4", "no rollout yet"),
            ("5", "nothing is in the journal"),
            ("6", "fleet plan -o FILE"),
            ("7", "nothing was found"),
        ):
            await at.press(key)
            assert words in at.text()
            await at.press("enter", "down", "n", "z", "s")


@pytest.mark.parametrize(
    ("width", "seen", "dropped"),
    [
        (80, ("state", "compound", "devices", "uplinks", "findings"), ("district",)),
        (60, ("state", "compound", "uplinks"), ("district", "findings")),
        (120, ("district", "last rollout", "findings"), ()),
    ],
)
async def test_columns_of_the_overview_by_width(
    width: int, seen: tuple[str, ...], dropped: tuple[str, ...]
) -> None:
    """State, name and problems never drop; a glyph and a word stand beside each other."""
    async with driven(size=(width, 24)) as at:
        titles = next(line for line in at.lines() if "problems" in line)
        assert all(word in titles for word in seen)
        assert not any(word in titles for word in dropped)
        assert "! failed" in at.text() and "~ differs" in at.text()


async def test_the_heat_map_shows_the_worst_of_a_cell() -> None:
    """A line a district, a cell a compound; the cursor's is bracketed and moves along."""
    async with driven() as at:
        heat = [line for line in at.lines() if line.startswith((" 铜官区", " 枞阳县"))]
        assert heat[0].split()[1:] == ["[~]", "!", "?"] and heat[1].split()[1:] == ["?", "?"]
        await at.press("down", "down", "down")
        heat = [line for line in at.lines() if line.startswith((" 铜官区", " 枞阳县"))]
        assert heat[0].split()[1:] == ["~", "!", "?"] and heat[1].split()[1:] == ["[?]", "?"]


async def test_both_sides_of_an_uplink() -> None:
    """The registrar's word, the operator's silence, and the recorder as it was last read."""
    scene = busy()
    gb_id = str(scene.city.compound("cuihu").devices[4].gb_id)
    scene.write(
        records.settled(SECOND, "cuihu-nvr-5", "cuihu-nvr-5/01-time", "done", "readback",
                        {"gb_enabled": True})
    )  # fmt: skip
    async with driven(scene, size=(110, 24)) as at:
        assert "registered, keepalive 12s ago, v1" in at.text()
        assert "recorder: enabled, read" in at.text()
        scene.registrations[gb_id] = Registration(gb_id=gb_id, source="registrar", registered=False)
        await at.app.ask_registrars()
        await at.pilot.pause()
        assert "X cuihu-nvr-5" in at.text() and "not registered" in at.text()
        assert "X offline" in at.text()
        await at.press("end")
        assert "the operator's platform cannot be asked" in at.text()


async def test_a_failed_device_says_why() -> None:
    """Its fault, by code and sentence, in the language of now."""
    async with driven() as at:
        at.app.show_device("wusong-door-2")
        await at.pilot.pause()
        assert "[unreachable] no connection within 8 s" in at.text()
        await at.press("L")
        assert "8 秒内无法连接" in at.text()


async def test_a_devices_field_tells_its_places() -> None:
    """Winning line, the one it overrides, and the reference of a secret, never a value."""
    async with driven() as at:
        at.app.show_device("cuihu-cam-3")
        await at.pilot.pause()
        assert "340705-tongguan/cuihu.yaml:40:9" in at.text() and "over city.yaml:12:3" in at.text()
        at.screen.query_text = "password"
        at.screen.choose()
        at.screen.facts_changed()
        await at.pilot.pause()
        assert "# admin_password" in at.row() and "v2" in at.row()
        assert "secret://generated/device/cuihu-cam-3/admin?version=2" in at.text()


async def test_a_device_is_read_while_it_is_looked_at() -> None:
    """A field that a rollout reads appears and is marked, without a key."""
    async with driven() as at:
        at.app.show_device("lianhu-cam-3")
        await at.pilot.pause()
        assert at.text().count("never read") == 3
        values = {"osd_text": "西门", "time_zone": "UTC+08:00"}
        step = "lianhu-cam-3/02-osd"
        at.scene.write(records.settled(SECOND, "lianhu-cam-3", step, "done", "readback", values))
        await at.until(lambda: "~ osd_text" in at.text())
        assert "西门" in at.text() and "unmanaged" in at.text()
        await at.press("home", "n")
        assert "osd_text" in at.row()


async def test_a_rollout_is_followed_to_its_end() -> None:
    """Steps, waves and status as another process writes them."""
    scene = busy()
    async with driven(scene) as at:
        await at.press("4")
        await at.read_plans_of(SECOND)
        assert "13, failed devices 2, left 42" in at.text()
        work = scene.plans[SECOND].work("wusong-cam-4")
        settle(scene, SECOND, work)
        await at.until(lambda: "16, failed devices 2, left 39" in at.text())
        assert "writing" not in at.text()
        scene.write(records.wave(SECOND, 3, ["lianhu", "jinxiu"]))
        await at.until(lambda: "wave 3" in at.text() and "running" in at.text())
        scene.write(records.ended(SECOND, "halted", done=16, failed=2, left=39))
        await at.until(lambda: "halted by the threshold" in at.text())
        assert "/s" not in at.lines()[2]


async def test_waves_behind_are_folded() -> None:
    """A long rollout shows what runs, not what is done."""
    scene = Scene()
    plan = plan_over(scene.city)
    waves = tuple(
        plan.waves[0].model_copy(update={"number": n, "compounds": (c.id,)})
        for n, c in enumerate(scene.city.compounds(), 1)
    )
    scene.plans = {FIRST: plan.model_copy(update={"waves": waves})}
    scene.write(records.started(FIRST, scene.plans[FIRST], CALLER, "li"))
    for wave in waves[:4]:
        scene.write(records.wave(FIRST, wave.number, wave.compounds))
        for work in plan.works:
            if work.compound in wave.compounds and wave.number < 4:
                settle(scene, FIRST, work, look=True)
    async with driven(scene) as at:
        await at.press("4")
        await at.read_plans_of(FIRST)
        await at.until(lambda: "waves 1-3 are behind" in at.text())
        assert "33/33" in at.text() and "wave 2" not in at.text() and "> wave 4" in at.text()


async def test_a_plan_that_cannot_be_read_is_told() -> None:
    """The rollout is shown all the same, without its waves."""
    scene = busy()
    scene.plans.clear()
    async with driven(scene) as at:
        await at.press("4")
        await at.until(lambda: "cannot read" in at.lines()[-1])
        assert "steps done 13" in at.text() and "wave" not in at.text().split("──")[0]


async def test_a_plan_with_servers_faults_and_secrets() -> None:
    """What is taken away and what could not be read stand out; n finds them."""
    async with driven(size=(120, 36)) as at:
        at.app.push_screen(PlanScreen(full_plan(), "plan.json"))
        await at.pilot.pause()
        assert "server resources 4" in at.text() and "unreadable 1" in at.text()
        assert "v1" in at.text() and "v2" in at.text() and "secret://" not in at.text()
        await at.press("home", "n")
        assert "replace" in at.row() or "delete" in at.row()
        await at.press("n", "n")
        assert "c1-cam-9" in at.row()


async def test_what_a_plan_needs_stands_out() -> None:
    """A consent with its words and the devices that go dark; a warning asks for nothing."""
    said = text("only a restart undoes it", "只能靠重启回退")
    needs = (
        PlanNeed(kind="reboot", device="c1-sw-1", text=said, dark=("c1-cam-7",), dark_s=300),
        PlanNeed(kind="others", device="c1-sw-2", text=text("theirs too", "连同他人的")),
    )
    async with driven(size=(120, 36)) as at:
        at.app.push_screen(PlanScreen(full_plan().model_copy(update={"needs": needs}), "plan.json"))
        await at.pilot.pause()
        await at.press("slash")
        await at.type("c1-sw")
        await at.press("enter", "home")
        assert "--accept reboot" in at.row() and "only a restart undoes it" in at.row()
        await at.until(lambda: "c1-cam-7" in at.text())
        await at.press("down")
        assert "theirs too" in at.row() and "--accept" not in at.row()


async def test_a_finding_leads_to_what_it_is_about() -> None:
    """Worst first; the whole of it, its place and its owner below."""
    async with driven() as at:
        await at.press("7")
        assert "! error" in at.row() and "340722-zongyang/lianhu.yaml:33:1" in at.text()
        await at.press("enter")
        assert at.kind == "compound" and "莲湖新村" in at.lines()[0]


async def test_a_name_cannot_draw() -> None:
    """Escape sequences and line feeds of a name are blanks on the screen."""
    scene = busy()
    bad = scene.city.districts[0].compounds[0].model_copy(update={"name": "坏\x1b[2J\n名\u202e"})
    first = scene.city.districts[0]
    rest = (bad, *first.compounds[1:])
    districts = (first.model_copy(update={"compounds": rest}), *scene.city.districts[1:])
    scene.city = scene.city.model_copy(update={"districts": districts})
    async with driven(scene) as at:
        assert "坏 [2J 名" in at.text()
        assert all(c == "\n" or c.isprintable() for c in at.text())


async def test_safe_mode_draws_bars_and_lines_in_ascii() -> None:
    """Also what comes from the journal."""
    scene = busy()
    scene.write(verified(SECOND, "cuihu-cam-3", "osd → “x” …"))
    async with driven(scene, look=Look(plain=True)) as at:
        assert '> "x" .' in at.text() and "##" in at.text() and "──" not in at.text()


async def test_a_rollout_screen_keeps_to_its_rollout() -> None:
    """One that was chosen stays, whatever begins meanwhile; the newest is followed."""
    scene = busy()
    third = "r20261124T021000-cccc"
    async with driven(scene) as at:
        at.app.show_rollout(SECOND)
        await at.pilot.pause()
        scene.write(records.started(third, scene.plans[FIRST], CALLER, "zhao"))
        await at.until(lambda: third in at.app.picture.facts.rollouts)
        assert SECOND in at.lines()[0]
        await at.press("1", "4")
        assert isinstance(at.screen, RolloutScreen) and third in at.lines()[0]


async def test_a_dead_process_is_seen_in_the_devices() -> None:
    """Applying becomes unsettled, here and in the counts."""
    scene = busy()
    async with driven(scene) as at:
        assert "> applying 1" in at.text()
        scene.alive_pids.clear()
        await at.until(lambda: "o unsettled 1" in at.text())
        row = at.app.picture.table.row("wusong-cam-4")
        assert row is not None and at.app.picture.table.state(row) is State.OPEN
