"""Whose word counts on the page of status: ours, a site's, a platform's; declared apart."""

from __future__ import annotations

from pathlib import Path

import pytest

from fleet.adapters.health import SqlHealth
from fleet.adapters.health_figures import SqlFigures
from fleet.app.words import Evidenced, evidenced, own
from fleet.cli.evidence import lines
from fleet.health.history import History
from fleet.health.times import day_begin, day_of, seconds, stamp
from fleet.model.evidence import Evidence, Origin
from fleet.model.fleet import City
from fleet.model.health import CompoundFigures, DeviceFigures
from fleet.ports.health_store import Batch, OpenRow, SpanRow
from tests.support.fakes_city import cameras

NOW = "2026-11-24T02:00:00.000Z"
TODAY = day_begin(day_of(seconds(NOW)))
DAY = 86_400.0


@pytest.fixture
def city() -> City:
    """Four cameras in two compounds, and one that is only declared."""
    town = cameras(2, 2)
    said = CompoundFigures(
        compound="old", name="旧院", district="340705", devices=12, online=9,
        origin=Origin(evidence=Evidence.DECLARED, source="d.yaml:3", as_of=NOW),
    )  # fmt: skip
    area = town.districts[0].model_copy(update={"declared": (said,)})
    return town.model_copy(update={"districts": (area,)})


@pytest.fixture
def history(tmp_path: Path) -> History:
    """c1-cam-1 was offline a quarter of yesterday and has been online since."""
    store = SqlHealth.in_folder(tmp_path)
    now, yesterday = seconds(NOW), TODAY - DAY
    store.write(
        Batch(
            closed=[
                SpanRow("c1-cam-1", "offline", yesterday, yesterday + DAY / 4, "unreachable"),
                SpanRow("c1-cam-1", "online", yesterday + DAY / 4, TODAY, ""),
            ],
            opened=[OpenRow("c1-cam-1", "online", TODAY, "", now)],
            meta={"beat:340705": now, "poll_s:340705": 60.0},
        )
    )
    return History(store, lambda: now)


def row(device: str, kind: Evidence, online_s: float) -> DeviceFigures:
    """Yesterday, as another hand tells it."""
    return DeviceFigures(
        device=device,
        compound=device.split("-", maxsplit=1)[0],
        begin=stamp(TODAY - DAY),
        end=stamp(TODAY),
        origin=Origin(evidence=kind, source="x", as_of=stamp(TODAY)),
        online_s=online_s,
        offline_s=DAY - online_s,
    )


def look(city: City, history: History | None, folder: Path, *rows: DeviceFigures) -> Evidenced:
    """The figures of the whole city."""
    taken = SqlFigures(folder / "figures.db")
    taken.put(rows)
    try:
        return evidenced(city, list(city.compounds()), history, taken, NOW)
    finally:
        taken.close()


def test_three_hands_and_one_silence(city: City, history: History, tmp_path: Path) -> None:
    """Goal: verified is ours and the site's; told has the platform's, too; nothing is mixed."""
    found = look(
        city, history, tmp_path,
        row("c1-cam-2", Evidence.SITE_SIGNED, DAY),
        row("c2-cam-1", Evidence.PLATFORM_EXPORTED, 0.0),
        row("c1-cam-1", Evidence.PLATFORM_EXPORTED, 0.0),
    )  # fmt: skip

    watched = DAY + seconds(NOW) - TODAY
    mine = (watched - DAY / 4) / watched
    assert found.verified == pytest.approx((mine + 1.0) / 2)
    assert found.told == pytest.approx((mine + 1.0 + 0.0) / 3)
    assert found.devices == {
        Evidence.MEASURED: 1, Evidence.SITE_SIGNED: 1, Evidence.PLATFORM_EXPORTED: 1,
    }  # fmt: skip
    assert found.silent == 1
    assert (found.declared_compounds, found.declared_devices, found.declared_online) == (1, 12, 9)


def test_without_a_collector_and_without_files(city: City, tmp_path: Path) -> None:
    """Goal: unknown, never nought."""
    found = look(city, None, tmp_path)

    assert (found.verified, found.told, found.silent) == (None, None, 4)


def test_our_own_time_ends_now(city: City, history: History) -> None:
    """Goal: what lies ahead is not watched; a device that nobody looked at has no row."""
    rows = own(history, city.compounds(), stamp(TODAY - DAY), stamp(TODAY + DAY), NOW)

    (mine,) = rows
    assert (mine.device, mine.origin.as_of) == ("c1-cam-1", NOW)
    assert mine.watched_s == pytest.approx(DAY + seconds(NOW) - TODAY)
    assert own(history, city.compounds(), stamp(TODAY + DAY), stamp(TODAY + 2 * DAY), NOW) == []


def test_the_lines_of_the_page(city: City, history: History, tmp_path: Path) -> None:
    """Goal: whose word it is stands beside each figure; never rounded up to 100 %."""
    found = look(city, history, tmp_path, row("c1-cam-2", Evidence.SITE_SIGNED, DAY - 1))

    rates, declared = lines(found)

    assert "1 measured, 1 site-signed; of 2 nobody tells" in rates.en
    assert "系统实测 1、站点签名 1；2 台无数据" in rates.zh
    assert declared.en == "declared only: 1 compounds, 12 devices, 9 said to be online"
    almost = found.model_copy(update={"verified": 0.99999, "told": None, "declared_online": None})
    assert "verified 99.99 %, as told unknown" in lines(almost)[0].en
    assert "据报在线 未知" in lines(almost)[1].zh


def test_nothing_told_is_no_line(tmp_path: Path) -> None:
    """Goal: a page without a collector does not grow."""
    town = cameras(1, 1)

    assert lines(look(town, None, tmp_path)) == []
