"""A device's memory: change and log in one file, whole or not at all, and never a value."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleet.simulator import files
from fleet.simulator.lockout import TRIES, Lockout
from fleet.simulator.store import Kept, Store, as_stats, read_kept


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the memory lies."""
    return tmp_path / "dev.json"


def opened(path: Path) -> Store:
    """A store over a device with one document."""
    return Store(path, lambda: Kept(documents={"/p": "<a/>"}, ha1="0" * 32))


def test_a_new_device_comes_from_the_factory_once(path: Path) -> None:
    """The factory is asked only while there is no file."""
    first = opened(path)
    first.commit(replace(first.kept, documents={"/p": "<b/>"}))

    again = Store(path, lambda: pytest.fail("asked again"))

    assert again.kept.documents == {"/p": "<b/>"}
    assert path.stat().st_mode & 0o777 == 0o600


def test_change_and_log_are_on_disk_together(path: Path) -> None:
    """After commit a reader of the file sees both, numbered from 1."""
    store = opened(path)
    store.commit(replace(store.kept, documents={"/p": "<b/>"}), changed=["x", "y"])
    store.commit(store.kept, secrets=["pw"])
    store.commit(store.kept, changed=["x"], secrets=["pw"])

    kept = read_kept(path)

    assert [(e.seq, e.field, e.received) for e in kept.log] == [
        (1, "x", None),
        (2, "y", None),
        (3, "pw", 1),
        (4, "x", None),
        (5, "pw", 2),
    ]
    assert all(e.time.endswith("Z") and len(e.time) == 24 for e in kept.log)


def test_a_failed_write_keeps_nothing(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the disk refuses, memory and disk stay as they were."""
    store = opened(path)
    before = path.read_bytes()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("fleet.simulator.store.write_whole", full)
    with pytest.raises(OSError, match="No space"):
        store.commit(replace(store.kept, documents={}), changed=["x"])

    assert store.kept.documents == {"/p": "<a/>"}
    assert store.kept.log == ()
    assert path.read_bytes() == before


def test_counters_are_exact_in_memory_and_lazy_on_disk(path: Path) -> None:
    """Counting writes nothing; flush does, and a restart goes on from there."""
    store = opened(path)
    store.count("reads")
    store.count("sessions", 3)
    assert store.stats()["reads"] == 1
    assert as_stats(read_kept(path))["reads"] == 0

    store.flush()

    assert as_stats(read_kept(path)) == {**store.stats()}
    again = opened(path)
    again.count("sessions")
    assert again.stats()["sessions"] == 4


def test_a_commit_takes_the_counters_along(path: Path) -> None:
    """A write makes the counts before it durable too."""
    store = opened(path)
    store.count("logins")
    store.commit(store.kept, changed=["x"])
    assert as_stats(read_kept(path)) == {
        "sessions": 0,
        "logins": 1,
        "failed_logins": 0,
        "reads": 0,
        "writes": 1,
    }


def test_flush_without_news_writes_nothing(path: Path) -> None:
    """An idle device leaves its file alone."""
    store = opened(path)
    before = path.stat()
    store.flush()
    assert (path.stat().st_ino, path.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


@pytest.mark.parametrize("broken", ["", "{", "[]", "{}", '{"log": 5}', '{"log": [{"seq": 1}]}'])
def test_a_broken_memory_is_said_to_be_one(path: Path, broken: str) -> None:
    """It is not silently replaced by a factory device."""
    path.write_text(broken)
    with pytest.raises(ValueError, match=r".+"):
        opened(path)
    assert path.read_text() == broken


@given(st.lists(st.sampled_from(["x", "y", "pw"]), max_size=20))
def test_arrivals_are_counted_for_each_secret(names: list[str]) -> None:
    """The n-th arrival of a secret has the number n, whatever comes between."""
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        store = opened(Path(folder) / "d.json")
        for name in names:
            if name == "pw":
                store.commit(store.kept, secrets=[name])
            else:
                store.commit(store.kept, changed=[name])
    log = store.kept.log
    assert [e.field for e in log] == names
    assert [e.seq for e in log] == list(range(1, len(names) + 1))
    assert [e.received for e in log if e.field == "pw"] == list(range(1, names.count("pw") + 1))


def test_a_whole_file_or_the_old_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A kill before the rename leaves the old bytes under the name."""
    path = tmp_path / "f"
    files.write_whole(path, b"old")

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("os.replace", killed)
    with pytest.raises(KeyboardInterrupt):
        files.write_whole(path, b"new")
    assert path.read_bytes() == b"old"


def test_folders_are_private(tmp_path: Path) -> None:
    """Every level that is made is 0700."""
    made = files.private_folder(tmp_path / "a" / "b")
    assert made.is_dir()
    assert {p.stat().st_mode & 0o777 for p in (made, made.parent)} == {0o700}


def test_five_wrong_logins_lock(path: Path) -> None:
    """The tries run down to a lock; a right login before takes the count back."""
    store = opened(path)
    lockout = Lockout(store, 1800)
    seen = []
    for _ in range(TRIES - 1):
        lockout.wrong()
        seen.append(lockout.left)
    assert seen == [4, 3, 2, 1]

    lockout.right()
    assert lockout.left == TRIES
    for _ in range(TRIES):
        lockout.wrong()

    assert lockout.left == 0
    assert 1799 < lockout.locked_s <= 1800
    assert store.stats()["failed_logins"] == 2 * TRIES - 1


def test_the_lock_and_the_count_survive_a_restart(path: Path) -> None:
    """A locked device that is switched off and on is still locked."""
    counted = opened(path)
    Lockout(counted, 1800).wrong()
    assert Lockout(opened(path), 1800).left == TRIES - 1
    for _ in range(TRIES - 1):
        Lockout(counted, 1800).wrong()
    assert Lockout(opened(path), 1800).locked_s > 1700


def test_a_wrong_login_while_locked_does_not_prolong_it(path: Path) -> None:
    """The lock opens when it said it would."""
    store = opened(path)
    lockout = Lockout(store, 1800)
    for _ in range(TRIES):
        lockout.wrong()
    until = store.kept.locked_until
    lockout.wrong()
    assert store.kept.locked_until == until
    assert store.stats()["failed_logins"] == TRIES + 1


def test_the_lock_opens(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """After its time the device has all its tries again."""
    lockout = Lockout(opened(path), 60)
    for _ in range(TRIES):
        lockout.wrong()
    assert lockout.locked_s > 0
    import time

    later = time.time() + 61
    monkeypatch.setattr("fleet.simulator.lockout.time.time", lambda: later)
    assert lockout.locked_s == 0
    assert lockout.left == TRIES


def test_no_value_stands_in_the_log(path: Path) -> None:
    """Entries have these keys and no others."""
    store = opened(path)
    store.commit(store.kept, changed=["x"], secrets=["pw"])
    raw = json.loads(path.read_text())["log"]
    assert {frozenset(entry) for entry in raw} == {frozenset(("seq", "time", "field", "received"))}
