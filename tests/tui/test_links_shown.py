"""Switches and routers on the screens: their stage, their fields, and what a cut path leaves."""

from __future__ import annotations

import pytest

from fleet.rollout import records
from fleet_tui.look import Look
from fleet_tui.store.states import State
from tests.tui.drive import driven
from tests.tui.scene import FIRST, settle
from tests.tui.scenes import CAMERA_ID, ROUTER_ID, SWITCH_ID, cut_link, linked


async def test_a_compound_shows_its_links_before_all_that_stands_behind_them() -> None:
    """The order of the stages is the order of the list: links, gates, cameras."""
    async with driven(linked()) as at:
        await at.press("enter")
        titles = [n for n, line in enumerate(at.lines()) if line.startswith("──")]
        words = [at.lines()[n].split()[-1] for n in titles]
        assert words == ["links", "gates", "cameras"]
        first, second = at.lines()[titles[0] + 1 : titles[1]]
        assert ROUTER_ID in first and "出口路由器" in first
        assert SWITCH_ID in second and "接入交换机" in second


async def test_the_stage_of_links_has_a_name_in_chinese() -> None:
    """Live: the same screen, the other language."""
    async with driven(linked(), lang="zh") as at:
        await at.press("enter")
        assert "── 链路" in at.text() and "── 摄像机" in at.text()
        await at.press("L")
        assert "── links" in at.text() and "链路" not in at.text()


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("kind=switch", {SWITCH_ID}),
        ("kind=router", {ROUTER_ID}),
        ("jrjhj", {SWITCH_ID}),
        ("ckly", {ROUTER_ID}),
        ("kind=switch !jrjhj", set()),
        ("类型=router", {ROUTER_ID}),
    ],
)
async def test_links_are_found_by_kind_and_by_initials(typed: str, expected: set[str]) -> None:
    """jrjhj is 接入交换机, ckly the beginning of 出口路由器."""
    async with driven(linked()) as at:
        await at.press("3")
        at.screen.query_text = typed
        at.screen.choose()
        rows = at.screen.vtable.rows
        ids = at.app.picture.table.ids
        found = {ids[int(str(rows.key(n)))] for n in range(len(rows))}
        assert found == expected


async def test_a_links_fields_are_shown_with_what_is_wanted() -> None:
    """VLANs as a list, a switch of yes and no as a word, the host key's holder by its address."""
    async with driven(linked()) as at:
        at.app.show_device(SWITCH_ID)
        await at.pilot.pause()
        assert "switch ssh 127.34.7.2" in at.text()
        assert "vlans" in at.text() and "100 cameras" in at.text()
        assert "lldp_enabled" in at.text() and "true" in at.text()


async def test_a_rollout_shows_the_links_stage_first() -> None:
    """Its own line with its own bar, above gates and cameras."""
    async with driven(linked()) as at:
        await at.press("4")
        await at.read_plans_of(FIRST)
        await at.until(lambda: "wave 1" in at.text())
        stages = [line.split()[0] for line in at.lines() if line.startswith("    ")]
        assert stages == ["links", "gates", "cameras"]
        links = next(line for line in at.lines() if line.startswith("    links"))
        assert links.split()[-1] == "0/2"


async def test_the_bar_of_the_links_fills_as_they_are_proved() -> None:
    """Another process settles one, then the other."""
    scene = linked()
    async with driven(scene, look=Look(plain=True)) as at:
        await at.press("4")
        await at.read_plans_of(FIRST)
        for name, done in ((ROUTER_ID, "1/2"), (SWITCH_ID, "2/2")):
            settle(scene, FIRST, scene.plans[FIRST].work(name), look=True)
            await at.until(
                lambda done=done: any(
                    line.startswith("    links") and line.rstrip().endswith(done)
                    for line in at.lines()
                )
            )
        full = next(line for line in at.lines() if line.startswith("    links"))
        assert "############" in full


async def test_a_switch_that_cut_its_own_path_is_failed_with_the_reason() -> None:
    """The change came back by itself; what hangs on it was not begun, and both are told."""
    async with driven(cut_link(), size=(120, 36)) as at:
        row = at.app.picture.table.row(SWITCH_ID)
        assert row is not None and at.app.picture.table.state(row) is State.FAILED
        await at.press("4")
        await at.read_plans_of(FIRST)
        await at.until(lambda: "wave 1" in at.text())
        assert f"! {SWITCH_ID}" in at.text() and "no new connection after the trial" in at.text()
        await at.press("5")
        held = [line for line in at.lines() if CAMERA_ID in line]
        assert held and SWITCH_ID in held[0]


async def test_the_reason_of_a_cut_link_is_on_its_own_screen_in_both_languages() -> None:
    """Code and sentence."""
    async with driven(cut_link(), size=(120, 36)) as at:
        at.app.show_device(SWITCH_ID)
        await at.pilot.pause()
        assert "[unreachable] no new connection after the trial" in at.text()
        await at.press("L")
        assert "试提交后无法建立新连接" in at.text()


async def test_next_problem_goes_to_the_failed_link() -> None:
    """From the compound, over titles and what is well."""
    async with driven(cut_link()) as at:
        await at.press("enter", "home", "n")
        assert SWITCH_ID in at.row()
        await at.press("n")
        assert SWITCH_ID in at.row()


async def test_a_camera_behind_a_failed_link_is_not_called_failed() -> None:
    """Nothing was written to it: it is unknown as before, and its row says so."""
    async with driven(cut_link()) as at:
        row = at.app.picture.table.row(CAMERA_ID)
        assert row is not None and at.app.picture.table.state(row) is State.UNKNOWN


async def test_retry_reaches_the_link_and_the_devices_held_behind_it() -> None:
    """What was not begun because of the link is begun again with it."""
    scene = cut_link()
    scene.may_write = True
    scene.alive_pids.clear()
    scene.write(records.ended(FIRST, "halted", done=1, failed=1, left=3))
    async with driven(scene) as at:
        await at.press("4")
        await at.read_plans_of(FIRST)
        await at.press("T")
        assert at.kind == "confirm" and "2 devices in 1 compounds" in at.text()
        assert SWITCH_ID in at.text() and CAMERA_ID in at.text()
        assert ROUTER_ID not in at.text()
