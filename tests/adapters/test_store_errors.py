"""Each database's error codes become the same few texts, and an unknown one is still a text."""

from __future__ import annotations

import sqlite3

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from fleet.adapters.store_errors import told
from fleet.adapters.store_schema import metadata
from fleet.model.errors import StoreError


class PostgresError(Exception):
    """As psycopg raises: with an SQLSTATE."""

    def __init__(self, sqlstate: str) -> None:
        super().__init__("server said\nDETAIL: many lines")
        self.sqlstate = sqlstate


def refusal(error: Exception) -> StoreError:
    """What `told` makes of an error."""
    with pytest.raises(StoreError) as caught, told("db"):
        raise error
    assert error is caught.value.__cause__
    return caught.value


@pytest.mark.parametrize(
    ("sqlstate", "said"),
    [
        ("53100", "its disk is full"),
        ("58030", "its disk reported an error"),
        ("55P03", "holds it locked"),
        ("42501", "may not write"),
        ("25006", "may not write"),
        ("XX001", "damaged"),
    ],
)
def test_postgres_states_have_the_same_texts(sqlstate: str, said: str) -> None:
    """PostgreSQL's SQLSTATE tells what SQLite's result code tells."""
    cause = PostgresError(sqlstate)

    error = refusal(DBAPIError("INSERT", {}, cause))

    assert said in error.summary.en
    assert error.fix is not None


def test_an_unknown_error_shows_its_first_line() -> None:
    """What nobody foresaw is said by the database's own first line, in both languages."""
    error = refusal(DBAPIError("INSERT", {}, PostgresError("99999")))

    assert "server said" in error.summary.en
    assert "server said" in error.summary.zh
    assert "DETAIL" not in error.summary.en


def test_an_extended_sqlite_code_counts_as_its_primary() -> None:
    """SQLite's extended result codes carry the primary one in their low byte."""
    cause = sqlite3.OperationalError("x")
    cause.sqlite_errorcode = sqlite3.SQLITE_IOERR_FSYNC

    assert "its disk reported an error" in refusal(cause).summary.en


def test_shared_memory_that_cannot_grow_is_a_full_disk() -> None:
    """SQLite calls it an I/O error; seen on opening a journal on a full disk."""
    cause = sqlite3.OperationalError("disk I/O error")
    cause.sqlite_errorcode = sqlite3.SQLITE_IOERR_SHMSIZE

    assert "its disk is full" in refusal(cause).summary.en


def test_undecodable_words_of_the_database_mean_damage() -> None:
    """A message that quotes damaged bytes is an error of the file, not of ours."""
    error = refusal(UnicodeDecodeError("utf-8", b"\xc9", 0, 1, "invalid"))

    assert "damaged" in error.summary.en


def test_other_errors_pass() -> None:
    """A defect of the code is not dressed up as a broken database."""
    with pytest.raises(ZeroDivisionError), told("db"):
        raise ZeroDivisionError


@pytest.mark.parametrize(
    ("url", "present", "absent"),
    [("postgresql://", "BIGINT", "STRICT"), ("sqlite://", "STRICT", "BIGINT")],
)
def test_the_tables_suit_each_database(url: str, present: str, absent: str) -> None:
    """The same tables become each database's own statements, with an index per filter."""
    dialect = sa.make_url(url).get_dialect()()
    said = [
        str(sa.schema.CreateTable(table).compile(dialect=dialect))
        for table in metadata.sorted_tables
    ]
    indexes = {index.name for table in metadata.tables.values() for index in table.indexes}

    journal = next(words for words in said if "CREATE TABLE journal" in words)
    assert present in journal
    assert absent not in journal
    assert {"journal_by_rollout", "journal_by_kind", "journal_by_subject"} == indexes
