"""Figures that others told: kept whole, newest word wins, readable without the library."""

from __future__ import annotations

import sqlite3
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from fleet.adapters.health_figures import SqlFigures
from fleet.adapters.health_figures_read import FiguresReader, figures_file
from fleet.model.errors import StoreError
from fleet.model.evidence import Evidence, Origin
from fleet.model.health import CompoundFigures, DeviceFigures, Repair

BEGIN, END = "2026-11-23T16:00:00.000Z", "2026-11-24T16:00:00.000Z"
AFTER = "2026-11-26T16:00:00.000Z"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqlFigures]:
    """A new store."""
    opened = SqlFigures(figures_file(tmp_path))
    yield opened
    opened.close()


def device(
    name: str = "cam-1",
    online_s: float = 80000.0,
    as_of: str = END,
    evidence: Evidence = Evidence.SITE_SIGNED,
    begin: str = BEGIN,
    end: str = END,
) -> DeviceFigures:
    """A site's word on one device's day."""
    return DeviceFigures(
        device=name,
        compound="cuihu",
        begin=begin,
        end=end,
        origin=Origin(evidence=evidence, source="site cuihu", as_of=as_of),
        online_s=online_s,
        offline_s=100.0,
        repairs=(Repair(ended=END, lasted_s=100.0), Repair(ended=END)),
    )


def compound(online: int, as_of: str = END) -> CompoundFigures:
    """A person's word on a compound that nobody manages."""
    origin = Origin(evidence=Evidence.DECLARED, source="district.yaml:12", as_of=as_of)
    return CompoundFigures(
        compound="laojie",
        name="老街小区",
        district="340705",
        origin=origin,
        devices=24,
        online=online,
    )


def test_what_was_put_is_read_back_whole(store: SqlFigures, tmp_path: Path) -> None:
    """Every field survives, also for a reader that opens the file itself."""
    assert store.put([device(), device("cam-0")], [compound(22)]) == (2, 1)
    reader = FiguresReader(figures_file(tmp_path))
    assert reader.devices(BEGIN, END) == [device("cam-0"), device()]
    assert reader.compounds() == [compound(22)]


def test_the_newer_word_wins_whatever_the_order(store: SqlFigures) -> None:
    """A file that was held up on its way does not undo what a later one said."""
    later = device(online_s=70000.0, as_of="2026-11-25T16:00:00.000Z")
    assert store.put([later]) == (1, 0)
    assert store.put([device()], [compound(1, "2026-11-25T16:00:00.000Z")]) == (0, 1)
    assert store.put([], [compound(9)]) == (0, 0)
    assert store.devices(BEGIN, END) == [later]
    assert store.compounds()[0].online == 1


def test_kinds_of_evidence_stand_beside_each_other(store: SqlFigures) -> None:
    """The sheet's word replaces nothing that the site has signed."""
    sheet = device(evidence=Evidence.PLATFORM_EXPORTED, online_s=1.0)
    store.put([device()])
    store.put([sheet])
    assert store.devices(BEGIN, END) == [sheet, device()]


def test_only_rows_within_the_period_are_read(store: SqlFigures) -> None:
    """Sums cannot be cut, so a row that reaches out is left out."""
    store.put([device()])
    assert store.devices(BEGIN, "2026-11-24T15:59:59.999Z") == []
    assert store.devices("2026-11-23T16:00:00.001Z", END) == []


def test_what_ended_long_before_the_newest_word_is_dropped(tmp_path: Path) -> None:
    """The bound on age holds here too, also for a file that comes late with old days."""
    opened = SqlFigures(figures_file(tmp_path), keep_days=2)
    opened.put([device()])
    kept = device("cam-2", as_of="2026-11-26T15:59:59.999Z")
    opened.put([kept])
    assert len(opened.devices(BEGIN, END)) == 2, "not yet two days before"
    newer = device("cam-3", begin=END, end="2026-11-26T16:00:00.000Z", as_of=AFTER)
    opened.put([newer])
    opened.put([device("cam-4")])
    assert opened.devices(BEGIN, "2026-11-27T00:00:00.000Z") == [newer]
    opened.close()


def test_the_file_is_for_its_owner_only(store: SqlFigures, tmp_path: Path) -> None:
    """0600 in a 0700 folder, like all state."""
    file = figures_file(tmp_path)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


def test_reading_makes_nothing(tmp_path: Path) -> None:
    """Where nothing was taken in there is nothing, and looking leaves no trace."""
    reader = FiguresReader(figures_file(tmp_path))
    assert (reader.devices(BEGIN, END), reader.compounds()) == ([], [])
    assert list(tmp_path.iterdir()) == []


def test_a_killed_put_leaves_all_of_the_last_one(tmp_path: Path) -> None:
    """kill -9 between two puts keeps the first whole: it was durable when it returned."""
    script = (
        "import os, signal, sys\n"
        "from pathlib import Path\n"
        "from tests.adapters.test_health_figures import SqlFigures, compound, device\n"
        "SqlFigures(Path(sys.argv[1])).put([device()], [compound(3)])\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    file = figures_file(tmp_path)
    done = subprocess.run([sys.executable, "-c", script, str(file)], timeout=60, check=False)
    assert done.returncode == -9
    assert FiguresReader(file).devices(BEGIN, END) == [device()]
    assert FiguresReader(file).compounds() == [compound(3)]


def test_a_damaged_file_is_told_as_such(tmp_path: Path) -> None:
    """No traceback and no guess: a StoreError that names the file."""
    file = figures_file(tmp_path)
    file.parent.mkdir()
    file.write_bytes(b"no database at all, but long enough to be looked at" * 40)
    with pytest.raises(StoreError, match=r"figures\.db"):
        FiguresReader(file).compounds()
    with pytest.raises(StoreError, match=r"figures\.db"):
        SqlFigures(file)


@pytest.mark.parametrize("table", ["device", "compound"])
def test_a_row_that_is_no_figure_is_told_as_such(
    store: SqlFigures, tmp_path: Path, table: str
) -> None:
    """Somebody edited the file: that is damage, and not an empty history."""
    store.put([device()], [compound(3)])
    store.close()
    connection = sqlite3.connect(figures_file(tmp_path))
    connection.execute(f"UPDATE {table} SET value = '{{}}'")
    connection.commit()
    connection.close()
    reader = FiguresReader(figures_file(tmp_path))
    with pytest.raises(StoreError, match="cannot be used"):
        reader.devices(BEGIN, END) if table == "device" else reader.compounds()
