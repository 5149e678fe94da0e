"""Whatever is done to a journal behind its back is found, on real SQLite files.

Each example takes a fresh copy of one journal, does one thing to it by hand, and looks.
"""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from fleet.journal import chain
from fleet.journal.canonical import canonical
from fleet.model.errors import StoreError
from fleet.ports.journal import Record
from fleet.ports.store import Head, Row
from tests.adapters.stores import FREED, draft, opened

pytestmark = pytest.mark.property

COUNT = 9
TEXTS = ("at", "kind", "rollout", "subject", "data", "prev", "digest")
SEQS = st.integers(1, COUNT)
REAL_FILES = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    database=None,
)


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A journal of nine records, closed."""
    folder = tmp_path_factory.mktemp("sound")
    with opened(folder) as journal:
        for n in range(0, COUNT, 3):
            journal.append([draft(n + i, name=f"东门{i}", on=True, at=[1, 2.5]) for i in range(3)])
    return folder


@pytest.fixture(scope="module")
def original(sound: Path) -> list[Record]:
    """What the sound journal says."""
    with opened(sound) as journal:
        return list(journal.records())


@pytest.fixture
def copy(sound: Path, tmp_path: Path) -> Path:
    """Where each example puts its own copy."""
    return tmp_path / "copy"


def fresh(sound: Path, copy: Path) -> Path:
    """A new copy of the sound journal."""
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(sound, copy)
    return copy


def change(folder: Path, sql: str, *values: object) -> int:
    """Change rows with the guards taken away; how many were changed."""
    with closing(sqlite3.connect(folder / "journal.db")) as connection, connection:
        for guard in FREED:
            connection.execute(guard)
        return connection.execute(sql, values).rowcount


def refused(folder: Path) -> str:
    """What `verify` says against the journal in `folder`."""
    with pytest.raises(StoreError) as caught, opened(folder) as journal:
        journal.verify()
    return caught.value.summary.en


def test_the_sound_one_verifies(sound: Path, copy: Path) -> None:
    """The copy that every example starts from is sound, guards or no guards."""
    folder = fresh(sound, copy)
    change(folder, "SELECT 1")

    with opened(folder) as journal:
        assert journal.verify() == COUNT


@REAL_FILES
@given(seq=SEQS, column=st.sampled_from(TEXTS), data=st.data())
def test_any_flipped_bit_in_any_text_column(
    sound: Path, copy: Path, seq: int, column: str, data: st.DataObject
) -> None:
    """One bit of one text of one record: that record, or the one after it, is named."""
    folder = fresh(sound, copy)
    with closing(sqlite3.connect(folder / "journal.db")) as connection:
        query = f"SELECT CAST({column} AS BLOB) FROM journal WHERE seq = ?"
        old = bytearray(connection.execute(query, (seq,)).fetchone()[0])
    place = data.draw(st.integers(0, len(old) - 1))
    old[place] ^= 1 << data.draw(st.integers(0, 7))

    sql = f"UPDATE journal SET {column} = CAST(? AS TEXT) WHERE seq = ?"
    assert change(folder, sql, bytes(old), seq) == 1

    assert f"record {seq}:" in refused(folder)


@REAL_FILES
@given(seq=SEQS, other=st.integers(-(2**63), 2**63 - 1).filter(lambda n: not 1 <= n <= COUNT))
def test_any_other_sequence_number(sound: Path, copy: Path, seq: int, other: int) -> None:
    """A record under another number is missing under its own."""
    folder = fresh(sound, copy)

    change(folder, "UPDATE journal SET seq = ? WHERE seq = ?", other, seq)

    refused(folder)


@REAL_FILES
@given(gone=st.sets(SEQS, min_size=1))
def test_any_dropped_records(sound: Path, copy: Path, gone: set[int]) -> None:
    """The first missing record is named, also at the end and where all are gone."""
    folder = fresh(sound, copy)

    change(folder, f"DELETE FROM journal WHERE seq IN ({','.join(map(str, sorted(gone)))})")

    assert f"record {min(gone)}" in refused(folder)


@REAL_FILES
@given(pair=st.sets(SEQS, min_size=2, max_size=2))
def test_any_two_records_exchanged(sound: Path, copy: Path, pair: set[int]) -> None:
    """Two records that took each other's number: the first of them is named."""
    folder = fresh(sound, copy)
    one, other = sorted(pair)

    change(folder, f"UPDATE journal SET seq = -seq WHERE seq IN ({one}, {other})")
    with closing(sqlite3.connect(folder / "journal.db")) as connection, connection:
        connection.execute(f"UPDATE journal SET seq = {other} WHERE seq = -{one}")
        connection.execute(f"UPDATE journal SET seq = {one} WHERE seq = -{other}")

    assert f"record {one}:" in refused(folder)


@REAL_FILES
@given(source=SEQS, before=SEQS)
def test_any_inserted_copy(sound: Path, copy: Path, source: int, before: int) -> None:
    """A second copy of a record, pushed in anywhere with the rest moved up, is found."""
    folder = fresh(sound, copy)
    columns = ", ".join(TEXTS)

    change(folder, f"UPDATE journal SET seq = -(seq + 1) WHERE seq >= {before}")
    taken = source if source < before else -(source + 1)
    with closing(sqlite3.connect(folder / "journal.db")) as connection, connection:
        connection.execute(
            f"INSERT INTO journal (seq, {columns}) SELECT {before}, {columns} "
            f"FROM journal WHERE seq = {taken}"
        )
        connection.execute("UPDATE journal SET seq = -seq WHERE seq < 0")

    refused(folder)


@REAL_FILES
@given(start=SEQS)
def test_a_rewritten_chain_is_given_away_by_the_anchor(
    sound: Path, copy: Path, original: list[Record], start: int
) -> None:
    """Somebody changes a record and computes every digest after it anew: the anchor differs."""
    folder = fresh(sound, copy)
    head = chain.GENESIS if start == 1 else Head(start - 1, original[start - 2].digest)
    for record in original[start - 1 :]:
        forged = Row(
            seq=record.seq,
            at=record.at,
            kind=record.kind,
            rollout=record.rollout,
            subject="somebody-else",
            data=canonical(dict(record.data)),
            prev=head.digest,
            digest="",
        )
        head = Head(forged.seq, chain.digest(forged))
        with closing(sqlite3.connect(folder / "journal.db")) as connection, connection:
            for guard in FREED:
                connection.execute(guard.replace("TRIGGER", "TRIGGER IF EXISTS"))
            connection.execute(
                "UPDATE journal SET subject = ?, prev = ?, digest = ? WHERE seq = ?",
                (forged.subject, forged.prev, head.digest, forged.seq),
            )

    assert f"record {COUNT}: it is not the record that journal.head noted" in refused(folder)


@REAL_FILES
@given(place=st.integers(0, 85), bit=st.integers(0, 7))
def test_any_flipped_bit_of_the_anchor(sound: Path, copy: Path, place: int, bit: int) -> None:
    """An anchor that was changed fits no record, or is no anchor."""
    folder = fresh(sound, copy)
    raw = bytearray((folder / "journal.head").read_bytes())
    assert len(raw) == 86
    raw[place] ^= 1 << bit
    (folder / "journal.head").write_bytes(raw)

    refused(folder)


@settings(REAL_FILES, max_examples=150)
@given(place=st.floats(0, 1, exclude_max=True), bit=st.integers(0, 7))
@example(place=3887 / 28672, bit=7)  # a byte of the schema, quoted in SQLite's own message
def test_any_flipped_bit_of_the_file(
    sound: Path, copy: Path, original: list[Record], place: float, bit: int
) -> None:
    """A bit anywhere in the database file: refused, or a bit that means nothing.

    Free space inside a page may change unseen, but never what the journal says.
    """
    folder = fresh(sound, copy)
    raw = bytearray((folder / "journal.db").read_bytes())
    raw[int(place * len(raw))] ^= 1 << bit
    (folder / "journal.db").write_bytes(raw)

    try:
        with opened(folder) as journal:
            count = journal.verify()
            said = list(journal.records())
            filtered = list(journal.records(rollout="r-1"))
    except StoreError:
        return

    assert (COUNT, original, original) == (count, said, filtered)


@REAL_FILES
@given(seq=SEQS, column=st.sampled_from(("kind", "data", "prev")))
def test_a_changed_record_is_never_handed_out(
    sound: Path, copy: Path, original: list[Record], seq: int, column: str
) -> None:
    """Reading, not only `verify`, stops at a record that is not what was written."""
    folder = fresh(sound, copy)
    change(folder, f"UPDATE journal SET {column} = {column} || ' ' WHERE seq = ?", seq)

    said: list[Record] = []
    with pytest.raises(StoreError, match=f"record {seq}:"), opened(folder) as journal:
        said.extend(journal.records())

    assert original[: seq - 1] == said
