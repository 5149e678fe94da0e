"""Over the real history and journal of a state folder: what a collector kept becomes the rates."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from fleet.adapters.health import SqlHealth
from fleet.app.report import files, issue, monthly
from fleet.model.errors import InventoryError
from fleet.ports.health_store import AlarmRow, Batch, PollRow, SpanRow
from fleet.report.period import instant
from fleet.report.trace import find, trace
from fleet.wiring.report import keep, open_desk
from tests.inventory.cities import EXAMPLE

MONTH = "2026-10"
AS_OF = "2026-10-25T01:00:00Z"
CAMERA, DOOR = "cuihu-cam-01", "cuihu-door-01"
HOUR = 3600.0
# The period's first moment: 25 September 00:00 in Shanghai.
BEGIN = instant("2026-09-24T16:00:00Z").timestamp()
END = instant("2026-10-24T16:00:00Z").timestamp()
FIRST_DAY = int((BEGIN + 8 * HOUR) // 86400)


@pytest.fixture
def city(tmp_path: Path) -> Path:
    """A copy of the example."""
    return Path(
        shutil.copytree(EXAMPLE, tmp_path / "city", ignore=shutil.ignore_patterns(".fleet"))
    )


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """A state folder whose collector saw two devices: one 3 of 4 hours online, one always."""
    folder = tmp_path / "state"
    folder.mkdir(mode=0o700)
    write(
        folder,
        Batch(
            closed=[
                SpanRow(CAMERA, "online", BEGIN - HOUR, BEGIN + 2 * HOUR, ""),
                SpanRow(CAMERA, "offline", BEGIN + 2 * HOUR, BEGIN + 3 * HOUR, "no answer"),
                SpanRow(CAMERA, "online", BEGIN + 3 * HOUR, BEGIN + 4 * HOUR, ""),
                SpanRow(DOOR, "online", BEGIN, END + HOUR, ""),
            ],
            polls=[PollRow(CAMERA, FIRST_DAY, 3, 4), PollRow(CAMERA, FIRST_DAY - 1, 0, 9)],
            alarms=[
                AlarmRow(
                    "cuihu-cam-01/offline", "offline", CAMERA, "cuihu", BEGIN, BEGIN + HOUR, ()
                ),
                AlarmRow("lianhu/x", "offline", "lianhu-cam-01", "lianhu", BEGIN, None, ()),
            ],
        ),
    )
    return folder


def write(folder: Path, batch: Batch) -> None:
    """What a collector would write."""
    store = SqlHealth.in_folder(folder)
    try:
        store.write(batch)
    finally:
        store.close()


def test_rates_over_a_real_history(city: Path, state: Path) -> None:
    """(3/4 + 1) / 2 online, 3 of 4 polls, both intact, one fault of an hour, one alarm of ours."""
    with open_desk(city, state) as desk:
        made = monthly(desk, "340705", MONTH, AS_OF)

    value = {f.id: f.value for f in made.figures}
    assert str(value["rate.online"]) == "7/8"
    assert str(value["rate.connectivity"]) == "3/4"
    assert value["rate.intact"] == 1
    assert value["time.repair"] == 1
    assert value["alarms.total"] == 1
    assert made.facts.unwatched is None
    assert len(made.facts.watched) == value["devices.total"]


def test_the_intervals_behind_a_device(city: Path, state: Path) -> None:
    """Cut to the period, in Shanghai's time, with their cause."""
    with open_desk(city, state) as desk:
        made = monthly(desk, "340705", MONTH, AS_OF)

    rows = trace(made, find(made, "rate.online"), "zh")
    camera = next(r for r in rows if r.key == CAMERA)
    assert camera.part == "3/4"
    assert camera.events == (
        "09-25 00:00:00 → 09-25 02:00:00  在线",
        "09-25 02:00:00 → 09-25 03:00:00  离线 no answer",
        "09-25 03:00:00 → 09-25 04:00:00  在线",
    )


def test_what_is_seen_later_does_not_change_a_closed_month(city: Path, state: Path) -> None:
    """Intervals, polls and alarms of the next period: the same three files."""
    with open_desk(city, state) as desk:
        before = files(desk, issue(desk, monthly(desk, "340705", MONTH, AS_OF)), "zh")

    write(
        state,
        Batch(
            closed=[SpanRow(CAMERA, "offline", END + HOUR, END + 9 * HOUR, "")],
            polls=[PollRow(CAMERA, FIRST_DAY + 30, 0, 50)],
            alarms=[AlarmRow("late", "offline", CAMERA, "cuihu", END + HOUR, None, ())],
        ),
    )
    with open_desk(city, state) as desk:
        after = files(desk, issue(desk, monthly(desk, "340705", MONTH, None)), "zh")

    assert before == after


def test_a_planned_window_of_the_inventory_is_taken_out(city: Path, state: Path) -> None:
    """The hour in which the camera was away was planned: it was online whenever it should be."""
    path = city / "340705-tongguan" / "district.yaml"
    window = "{from: 2026-09-25 02:00, to: 2026-09-25 03:00, reason: 割接, compounds: [cuihu]}"
    path.write_text(path.read_text("utf-8") + f"report: {{windows: [{window}]}}\n", "utf-8")

    with open_desk(city, state) as desk:
        made = monthly(desk, "340705", MONTH, AS_OF)

    assert made.figure("rate.online").value == 1
    assert made.figure("time.repair").value is None
    (row,) = next(s for s in made.sheets if s.id == "windows").rows
    assert row.shown("zh")[1:3] == ("2026-09-25 02:00", "2026-09-25 03:00")


def test_without_a_collector_nothing_is_made_for_it(city: Path, tmp_path: Path) -> None:
    """Reading makes no empty history: the rates stay unknown the next time, too."""
    for _ in range(2):
        with open_desk(city, tmp_path / "fresh") as desk:
            made = monthly(desk, "340705", MONTH, AS_OF)
        assert made.figure("rate.online").value is None
        assert made.facts.unwatched is not None
    assert not [p for p in (tmp_path / "fresh").rglob("*") if "health" in p.name]


@pytest.mark.parametrize("content", [b"# \xff\xfe", "字".encode() * 70_000])
def test_a_text_file_that_is_none(city: Path, tmp_path: Path, content: bytes) -> None:
    """Not UTF-8, or longer than anybody writes: refused with its name."""
    (city / "340705-tongguan" / "monthly.zh.txt").write_bytes(content)

    with open_desk(city, tmp_path / "s") as desk, pytest.raises(InventoryError) as caught:
        monthly(desk, "340705", MONTH, AS_OF)

    assert "340705-tongguan/monthly.zh.txt" in caught.value.summary.zh


def test_a_windows_editors_mark_is_no_text(city: Path, tmp_path: Path) -> None:
    """A byte order mark before the first heading and CR LF are taken in stride."""
    path = city / "340705-tongguan" / "monthly.zh.txt"
    path.write_bytes("\ufeff# 主要做法\r\n一。\r\n\r\n二。\r\n".encode())

    with open_desk(city, tmp_path / "s") as desk:
        made = monthly(desk, "340705", MONTH, AS_OF)

    assert made.facts.sections.practices == ("一。", "二。")


def test_files_replace_older_ones_whole(tmp_path: Path) -> None:
    """A second report of the month in the same folder leaves nothing beside it."""
    keep(tmp_path / "out", "a.docx", b"old and longer")
    path = keep(tmp_path / "out", "a.docx", b"new")

    assert path.read_bytes() == b"new"
    assert [p.name for p in path.parent.iterdir()] == ["a.docx"]
