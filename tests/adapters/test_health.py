"""The collector's history on disk: private, durable over kill -9, bounded in age and size."""

from __future__ import annotations

import os
import signal
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fleet.adapters import health
from fleet.adapters.health import SqlHealth
from fleet.adapters.health_read import HealthReader, history_file
from fleet.model.errors import StoreError
from fleet.ports.health_store import AlarmRow, Batch, OpenRow, PollRow, SpanRow, Trap

DAY = 86400.0


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqlHealth]:
    """A store with small bounds."""
    made = SqlHealth.in_folder(tmp_path, keep_days=10, max_bytes=400_000)
    yield made
    made.close()


def spans(device: str, first: float, count: int, every: float = 10.0) -> list[SpanRow]:
    """A series of closed intervals."""
    return [
        SpanRow(device, "online" if n % 2 else "offline", first + n * every,
                first + (n + 1) * every, "")
        for n in range(count)
    ]  # fmt: skip


def trap(key: str, at: float = 1.0) -> Trap:
    """A notification."""
    return Trap(key=key, at=at, source="127.0.0.9", version="v2c", kind="inform", oid="1.2.3",
                values={"1.2": "门"})  # fmt: skip


def test_files_are_private(store: SqlHealth, tmp_path: Path) -> None:
    """Goal: folder 0700, every file of the database 0600, whatever the umask."""
    store.write(Batch(meta={"beat": 1.0}))

    folder = tmp_path / "health"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    modes = {p.name: stat.S_IMODE(p.stat().st_mode) for p in folder.iterdir()}
    assert {"health.db", "health.db-wal"} <= set(modes)
    assert set(modes.values()) == {0o600}


def test_what_is_written_is_read_by_another_process_and_by_a_plain_reader(
    store: SqlHealth, tmp_path: Path
) -> None:
    """Goal: all kinds of rows come back as they were, to the millisecond."""
    batch = Batch(
        closed=spans("a", 100.125, 3),
        opened=[OpenRow("a", "unknown", 130.125, "unwatched", 130.125)],
        polls=[PollRow("a", 7, 1, 2), PollRow("a", 7, 1, 1)],
        alarms=[AlarmRow("id", "k", "a", "c", 1.5, None, ("x", "y"))],
        add={"traps": 2},
        strangers={"who": 1},
        meta={"beat": 140.0, "poll_s": 60.0},
    )
    store.write(batch)
    reader = HealthReader(history_file(tmp_path))

    assert list(reader.spans(0, 1e9)) == batch.closed
    assert reader.opens() == batch.opened
    assert reader.polls(0, 9) == [PollRow("a", 7, 2, 3)]
    assert reader.alarms(0, 9) == batch.alarms
    assert (reader.counters(), reader.strangers()) == ({"traps": 2}, {"who": 1})
    assert reader.meta() == {"beat": 140.0, "poll_s": 60.0}
    assert reader.size() == store.size() > 0


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25,
          deadline=None)  # fmt: skip
@given(
    rows=st.lists(
        st.tuples(st.sampled_from("abc"), st.integers(0, 50), st.integers(1, 20)),
        unique_by=lambda r: (r[0], r[1]),
        max_size=20,
    ),
    begin=st.integers(0, 60),
    length=st.integers(1, 40),
    only=st.sets(st.sampled_from("abcd")),
)
def test_a_period_reads_exactly_what_touches_it(
    tmp_path_factory: pytest.TempPathFactory,
    rows: list[tuple[str, int, int]],
    begin: int,
    length: int,
    only: set[str],
) -> None:
    """Goal: the query equals a filter in plain Python, in order, for any rows and period."""
    mine = SqlHealth.in_folder(tmp_path_factory.mktemp("h"))
    kept = [SpanRow(d, "online", float(b), float(b + n), "") for d, b, n in rows]
    mine.write(Batch(closed=kept))

    found = list(mine.spans(begin, begin + length, sorted(only)))

    touching = [r for r in kept if r.begin < begin + length and r.end > begin and r.device in only]
    assert sorted(touching, key=lambda r: (r.device, r.begin)) == found
    mine.close()


def test_long_series_are_read_in_pages(store: SqlHealth) -> None:
    """Goal: more rows than a page come in order and once."""
    rows = [*spans("a", 0.0, 2500, 1.0), *spans("b", 0.0, 2500, 1.0)]
    store.write(Batch(closed=rows))

    assert list(store.spans(0, 1e9)) == rows


def test_a_repeat_is_told_and_counted_once(store: SqlHealth) -> None:
    """Goal: also when it comes in the same batch, and after more than one."""
    assert store.add_traps([trap("k"), trap("k"), trap("l")]) == (True, False, True)
    assert store.add_traps([trap("k")]) == (False,)

    found = {t.key: t for t in store.traps(10)}
    assert (found["k"].repeats, found["l"].repeats) == (2, 0)
    assert found["k"].values == {"1.2": "门"}


def test_what_ended_long_ago_goes(store: SqlHealth) -> None:
    """Goal: the bound on age holds for intervals, polls, alarms and notifications; what still
    stands stays however old."""
    now = 100 * DAY
    store.write(
        Batch(
            closed=[SpanRow("a", "online", 0.0, 89 * DAY, ""),
                    SpanRow("a", "offline", 89 * DAY, 91 * DAY, "")],
            opened=[OpenRow("b", "online", 0.0, "", now)],
            polls=[PollRow("a", 80, 1, 1), PollRow("a", 95, 1, 1)],
            alarms=[AlarmRow("old", "k", "a", "c", 0.0, 80 * DAY, ()),
                    AlarmRow("stands", "k", "a", "c", 0.0, None, ())],
        )
    )  # fmt: skip
    store.add_traps([trap("old", 80 * DAY), trap("new", 95 * DAY)])

    assert store.prune(now) == 4
    assert [s.end for s in store.spans(0, 1e12)] == [91 * DAY]
    assert [p.day for p in store.polls(0, 1000)] == [95]
    assert [a.id for a in store.alarms(0, 1e12)] == ["stands"]
    assert [t.key for t in store.traps(10)] == ["new"]
    assert len(store.opens()) == 1


def test_the_bound_on_size_holds_and_the_newest_stays(store: SqlHealth, tmp_path: Path) -> None:
    """Goal: rows in use stay under the bound, the oldest go first, the file stops growing."""
    sizes = []
    for turn in range(6):
        store.write(Batch(closed=spans(f"device-{turn}", 1000.0 * turn, 4000, 0.2)))
        store.prune(10_000.0)
        sizes.append((tmp_path / "health" / "health.db").stat().st_size)
        assert store.size() <= 400_000

    assert list(store.spans(5500.0, 1e9)), "the newest are still there"
    assert not list(store.spans(0.0, 900.0)), "the oldest are not"
    assert sizes[-1] <= max(sizes[:3]) * 1.1
    assert (tmp_path / "health" / "health.db-wal").stat().st_size <= 4 * 1024 * 1024


def test_notifications_and_strangers_are_bounded_in_number(
    store: SqlHealth, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Goal: a storm of different ones pushes out the oldest, never the newest."""
    monkeypatch.setattr(health, "TRAPS_MAX", 50)
    monkeypatch.setattr(health, "STRANGERS_MAX", 5)
    store.add_traps([trap(f"k{n:03}", 1000.0 + n) for n in range(200)])
    for n in range(20):
        store.write(Batch(strangers={f"who-{n}": 1}, at=float(n)))
    store.prune(2000.0)

    assert [t.key for t in store.traps(1000)] == [f"k{n:03}" for n in range(199, 149, -1)]
    assert set(store.strangers()) == {f"who-{n}" for n in range(15, 20)}


_WRITER = """
import sys
from pathlib import Path
from fleet.adapters.health import SqlHealth
from fleet.ports.health_store import Batch, SpanRow, Trap
store = SqlHealth.in_folder(Path(sys.argv[1]))
n = 0
while True:
    store.write(Batch(closed=[SpanRow("a", "online", float(n), n + 1.0, "")]))
    store.add_traps([Trap(key=str(n), at=1.0, source="s", version="v3", kind="inform", oid="1")])
    n += 1
    print(n, flush=True)
"""


def test_nothing_acknowledged_is_lost_by_kill_9(tmp_path: Path) -> None:
    """Goal: every row that the writer said it had stored is there after SIGKILL."""
    child = subprocess.Popen(
        [sys.executable, "-c", _WRITER, str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    assert child.stdout is not None
    said = 0
    for line in child.stdout:
        said = int(line)
        if said >= 25:
            break
    os.kill(child.pid, signal.SIGKILL)
    said = max([said, *(int(rest) for rest in child.stdout.read().split())])
    child.wait()
    child.stdout.close()
    found = SqlHealth.in_folder(tmp_path)

    assert len(list(found.spans(0, 1e9))) >= said
    assert {str(n) for n in range(said)} <= {t.key for t in found.traps(10_000)}
    found.close()


def test_a_newer_form_is_refused(tmp_path: Path) -> None:
    """Goal: not guessed at, by the writer and by the reader."""
    SqlHealth.in_folder(tmp_path).close()
    file = history_file(tmp_path)
    connection = sqlite3.connect(file)
    connection.execute("UPDATE meta SET value = 99 WHERE key = 'schema_version'")
    connection.commit()
    connection.close()

    with pytest.raises(StoreError, match="form 99"):
        SqlHealth.in_folder(tmp_path)
    with pytest.raises(StoreError, match="form 99"):
        HealthReader(file)


def test_a_file_that_is_none_is_told(tmp_path: Path) -> None:
    """Goal: a damaged file is an error of the store, not a crash; and it is left as it is."""
    file = history_file(tmp_path)
    file.parent.mkdir(mode=0o700)
    file.write_bytes(b"no database " * 200)

    with pytest.raises(StoreError):
        SqlHealth.in_folder(tmp_path)
    with pytest.raises(StoreError, match="history of health"):
        HealthReader(file)
    assert file.read_bytes().startswith(b"no database")


def test_a_history_without_tables_is_not_there_yet(tmp_path: Path) -> None:
    """Goal: a reader that comes while the first collector starts sees no history and no error."""
    assert HealthReader.of(tmp_path) is None
    file = history_file(tmp_path)
    file.parent.mkdir(mode=0o700)
    file.touch(mode=0o600)
    assert HealthReader.of(tmp_path) is None
    SqlHealth.in_folder(tmp_path).close()
    reader = HealthReader.of(tmp_path)
    assert reader is not None
    assert reader.opens() == []
    file.write_bytes(b"no database " * 200)
    with pytest.raises(StoreError):
        HealthReader.of(tmp_path)


def test_reading_makes_nothing(tmp_path: Path) -> None:
    """Goal: a reader of a folder without history leaves no trace there."""
    assert HealthReader.of(tmp_path) is None
    with pytest.raises(StoreError):
        HealthReader(history_file(tmp_path))

    assert list(tmp_path.iterdir()) == []
