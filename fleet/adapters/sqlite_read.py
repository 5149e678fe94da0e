"""Reading SQLite files without a trace and without a library to load: for pages that must be fast.

SQLAlchemy takes a fifth of a second to import, which is most of what `fleet status` may take. What
is read here is written by the stores beside (store.py, health.py); nothing is made where nothing
is, and no write right is needed beyond SQLite's own for a log that is in use.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from fleet.ports.store import Head, Row

_BUSY_S = 10.0
_PAGE = 1000
_FIELDS = ", ".join(Row._fields)


def rows_of(path: Path, query: str, values: Sequence[object] = ()) -> list[sqlite3.Row]:
    """Run one query on a file that must be there.

    Raises:
        sqlite3.Error: it cannot be read.
    """
    uri = f"file:{quote(str(path.absolute()))}?mode=ro"
    connection = sqlite3.connect(uri, uri=True, timeout=_BUSY_S)
    try:
        connection.row_factory = sqlite3.Row
        # Damaged bytes must come through to be named by record, not stop the reading.
        connection.text_factory = _text
        return connection.execute(query, tuple(values)).fetchall()
    finally:
        connection.close()


class JournalRows:
    """Implements the reading half of `fleet.ports.store.Store` over a state folder's journal.

    `failed` makes the StoreError of what SQLite says; only the anchor's file is not looked at.
    """

    def __init__(self, path: Path, failed: Callable[[Exception], Exception]) -> None:
        self._path = path
        self._failed = failed

    def append(self, make: Callable[[Head], tuple[Row, ...]]) -> tuple[Row, ...]:
        """Refuse: this is for reading."""
        raise self._failed(PermissionError("opened for reading"))

    def rows(
        self,
        rollout: str | None = None,
        kind: str | None = None,
        subject: str | None = None,
        after: int = 0,
    ) -> Iterator[Row]:
        """See Store."""
        wanted = {"rollout": rollout, "kind": kind, "subject": subject}
        given = {name: value for name, value in wanted.items() if value is not None}
        where = "".join(f" AND {name} = ?" for name in given)
        # The names are our own; every value is bound.
        query = f"SELECT {_FIELDS} FROM journal WHERE seq > ?{where} ORDER BY seq LIMIT {_PAGE}"  # noqa: S608  # our own words only
        while True:
            page = self._all(query, (after, *given.values()))
            yield from (Row(*row) for row in page)
            if len(page) < _PAGE:
                return
            after = int(page[-1]["seq"])

    def head(self) -> Head:
        """See Store."""
        found = self._all("SELECT seq, digest FROM journal ORDER BY seq DESC LIMIT 1", ())
        return Head(int(found[0]["seq"]), str(found[0]["digest"])) if found else Head(0, "")

    def anchor(self) -> Head:
        """Nothing is known of it here."""
        return Head(0, "")

    def check(self) -> None:
        """Nothing is checked here: `journal verify` does it."""

    def close(self) -> None:
        """Nothing is held between two calls."""

    def _all(self, query: str, values: Sequence[object]) -> list[sqlite3.Row]:
        try:
            return rows_of(self._path, query, values)
        except sqlite3.Error as error:
            raise self._failed(error) from error


def _text(raw: bytes) -> Any:  # noqa: ANN401 - sqlite3's own signature
    return raw.decode("utf-8", "surrogateescape")
