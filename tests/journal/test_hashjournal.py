"""The journal chains, checks, and stops for good after the first append that did not succeed."""

from __future__ import annotations

import threading
from types import MappingProxyType

import pytest

from fleet.journal import HashJournal
from fleet.model.device import DeviceKind
from fleet.model.errors import StoreError
from fleet.model.secret import Secret, SecretRef
from fleet.model.text import text
from fleet.ports.journal import Draft
from fleet.ports.store import Head
from tests.journal.memory import MemoryStore, disk_error


class Clock:
    """A wall clock that goes on by a second each time it is asked."""

    def __init__(self) -> None:
        self.asked = 0

    def now(self) -> str:
        """The next second."""
        self.asked += 1
        return f"2026-09-01T00:00:{self.asked:02}.000Z"

    def boot(self) -> float:
        """Not asked by a journal."""
        raise AssertionError

    async def sleep(self, seconds: float) -> None:
        """Not asked by a journal."""
        raise AssertionError


@pytest.fixture
def store() -> MemoryStore:
    """An empty store."""
    return MemoryStore()


@pytest.fixture
def journal(store: MemoryStore) -> HashJournal:
    """A journal over it."""
    return HashJournal(store, Clock())


def test_records_are_chained(journal: HashJournal) -> None:
    """Numbers without holes, each `prev` the digest before, one time for one batch."""
    first = journal.append([Draft(kind="a"), Draft(kind="b", rollout="r", subject="s")])
    second = journal.append([Draft(kind="c", data={"x": 1})])

    records = [*first, *second]
    assert [r.seq for r in records] == [1, 2, 3]
    assert ["0" * 64, *(r.digest for r in records[:2])] == [r.prev for r in records]
    assert len({r.digest for r in records}) == 3
    assert first[0].at == first[1].at < second[0].at
    assert records == list(journal.records())
    assert journal.verify() == 3


def test_no_drafts_no_transaction(journal: HashJournal, store: MemoryStore) -> None:
    """An empty batch costs nothing."""
    assert journal.append([]) == ()

    assert store.appends == 0


def test_models_and_enums_become_plain(journal: HashJournal) -> None:
    """Model values can be given as they are; what is read is JSON."""
    data = MappingProxyType(
        {
            "kind": DeviceKind.GATE,
            "secret": SecretRef.parse("secret://vault/x?version=2"),
            "why": text("slow", "慢"),
            "pair": (1, 2.0),
            "half": "\ud800",
        }
    )

    record = journal.append([Draft(kind="x", data=data)])[0]

    assert record.data == {
        "kind": "gate",
        "secret": {"source": "vault", "name": "x", "version": 2},
        "why": {"en": "slow", "zh": "慢"},
        "pair": [1, 2],
        "half": "\ufffd",
    }
    assert [record] == list(journal.records())


@pytest.mark.parametrize(
    "data",
    [
        {"value": Secret("canary")},
        {"deep": [{"er": (Secret("canary"),)}]},
        {"password": "canary"},
        {"after": {"admin_password": "canary"}},
        {"gb_password": ["canary"]},
        {"Passphrase": "canary"},
        {"ha1": "canary"},
        {"private-key": "canary"},
    ],
)
def test_a_secret_is_refused(
    journal: HashJournal, store: MemoryStore, data: dict[str, object]
) -> None:
    """Neither a Secret nor a text under a secret's name is written or shown, and nothing ends."""
    with pytest.raises(AssertionError) as caught:
        journal.append([Draft(kind="ok"), Draft(kind="x", data=data)])

    assert "canary" not in str(caught.value)
    assert store.appends == 0
    assert journal.append([Draft(kind="ok")])[0].seq == 1


@pytest.mark.parametrize(
    "data",
    [
        {"admin_password": "secret://generated/device/x/admin?version=3"},
        {"admin_password": None, "password_version": 3, "secret": ""},
        {"field": "admin_password", "credential_version": 2},
    ],
)
def test_references_and_versions_are_welcome(journal: HashJournal, data: dict[str, object]) -> None:
    """What the design journals about secrets passes the guard unchanged."""
    assert data == journal.append([Draft(kind="x", data=data)])[0].data


@pytest.mark.parametrize(
    "data", [{"x": float("nan")}, {"x": float("inf")}, {"x": {1, 2}}, {"x": b"raw"}, {"x": {1: 2}}]
)
def test_what_json_has_not_is_refused(
    journal: HashJournal, store: MemoryStore, data: dict[str, object]
) -> None:
    """A caller's defect is raised before the store is asked, and does not stop the journal."""
    with pytest.raises((TypeError, ValueError)):
        journal.append([Draft(kind="x", data=data)])

    assert store.appends == 0
    assert journal.append([Draft(kind="ok")])[0].seq == 1


@pytest.mark.parametrize("kept", [False, True])
def test_after_a_failed_append_all_fail(
    journal: HashJournal, store: MemoryStore, kept: bool
) -> None:
    """The store would go on accepting; the journal does not, and says why, every time."""
    journal.append([Draft(kind="a")])
    store.fail, store.keep_before_failing = disk_error(), kept
    with pytest.raises(StoreError, match="disk I/O error"):
        journal.append([Draft(kind="b")])
    store.fail = None

    for _ in range(2):
        with pytest.raises(StoreError, match=r"no more records.*disk I/O error") as caught:
            journal.append([Draft(kind="c")])

    assert "磁盘读写出错" in caught.value.summary.zh
    assert store.appends == 2
    assert 1 + kept == journal.verify()


def test_after_a_broken_off_append_all_fail(journal: HashJournal, store: MemoryStore) -> None:
    """Ctrl-C inside a commit leaves its outcome unknown: that ends appending as well."""
    store.fail = KeyboardInterrupt()
    with pytest.raises(KeyboardInterrupt):
        journal.append([Draft(kind="a")])
    store.fail = None

    with pytest.raises(StoreError, match="broken off"):
        journal.append([Draft(kind="b")])


def test_an_older_copy_is_not_written_on(journal: HashJournal, store: MemoryStore) -> None:
    """A journal shorter than its anchor is refused at the first append and by verify."""
    journal.append([Draft(kind="a"), Draft(kind="b"), Draft(kind="c")])
    store.kept.pop()
    late = HashJournal(store, Clock())

    with pytest.raises(StoreError, match="record 3 is missing"):
        late.append([Draft(kind="d")])
    with pytest.raises(StoreError, match="record 3 is missing"):
        late.verify()
    assert len(store.kept) == 2


def test_another_chain_is_not_written_on(journal: HashJournal, store: MemoryStore) -> None:
    """A journal whose noted record has another digest is refused at the first append."""
    journal.append([Draft(kind="a")])
    store.noted = Head(1, "f" * 64)

    with pytest.raises(StoreError, match="record 1"):
        HashJournal(store, Clock()).append([Draft(kind="b")])


def test_a_lagging_anchor_is_sound(journal: HashJournal, store: MemoryStore) -> None:
    """A kill between commit and note leaves the anchor behind: no fault."""
    journal.append([Draft(kind="a")])
    noted = store.noted
    journal.append([Draft(kind="b")])
    store.noted = noted

    assert journal.verify() == 2
    assert HashJournal(store, Clock()).append([Draft(kind="c")])[0].seq == 3


def test_threads_share_one_journal(journal: HashJournal, store: MemoryStore) -> None:
    """Appends of several threads are one chain."""
    threads = [
        threading.Thread(target=lambda: [journal.append([Draft(kind="t")] * 2) for _ in range(20)])
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert journal.verify() == 160


def test_close_lets_go(journal: HashJournal, store: MemoryStore) -> None:
    """The store is closed with the journal."""
    journal.close()

    assert store.closed
