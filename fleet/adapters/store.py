"""The journal's rows in SQLite or, by URL, in PostgreSQL, over SQLAlchemy Core.

Several processes may append: each reads the head inside a transaction that shuts the others out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import sqlalchemy as sa

from fleet.adapters.store_anchor import NONE, Anchor
from fleet.adapters.store_dialects import (
    BUSY_TIMEOUT_S,
    Dialect,
    PostgresDialect,
    SqliteDialect,
)
from fleet.adapters.store_errors import store_error, told
from fleet.adapters.store_schema import SCHEMA_VERSION, VERSION_KEY, journal, meta, metadata
from fleet.model.errors import StoreError
from fleet.model.text import text
from fleet.ports.store import Head, Row

DB_NAME = "journal.db"
ANCHOR_NAME = "journal.head"
# Rows are read in pages, so that a long reading neither holds a snapshot nor fills the memory.
_PAGE = 1000


class SqlStore:
    """Implements `fleet.ports.store.Store`."""

    def __init__(self, dialect: Dialect, where: str, anchor: Anchor) -> None:
        self._dialect = dialect
        self._where = where
        self._anchor = anchor
        self._writer = dialect.begin_write()
        self._prepare()

    @classmethod
    def in_folder(cls, state_dir: Path, busy_timeout_s: float = BUSY_TIMEOUT_S) -> SqlStore:
        """The journal of a state folder, made where there is none.

        Raises:
            StoreError: it cannot be opened, is damaged, or was written by a newer fleet.
        """
        path = state_dir / DB_NAME
        anchor = Anchor(state_dir / ANCHOR_NAME)
        noted = anchor.read().seq
        if noted and not path.exists():
            # A new, empty file would hide that the old one is gone.
            raise store_error(
                path,
                text(
                    "it is gone, and journal.head noted {n} records",
                    "文件已丢失，而 journal.head 记有 {n} 条记录",
                    n=noted,
                ),
                text("put it back from a backup", "请从备份恢复"),
            )
        with told(path):
            return cls(SqliteDialect(path, busy_timeout_s), str(path), anchor)

    @classmethod
    def at_url(cls, url: str, state_dir: Path) -> SqlStore:
        """The journal in a PostgreSQL database; this machine's anchor stays in `state_dir`.

        Raises:
            StoreError: as `in_folder`, or the URL names another kind of database.
        """
        try:
            parsed = sa.make_url(url)
        except sa.exc.ArgumentError as error:
            raise _bad_url("?") from error
        shown = parsed.render_as_string(hide_password=True)
        if parsed.get_backend_name() != "postgresql":
            raise _bad_url(shown)
        with told(shown):
            return cls(PostgresDialect(parsed), shown, Anchor(state_dir / ANCHOR_NAME))

    def append(self, make: Callable[[Head], tuple[Row, ...]]) -> tuple[Row, ...]:
        """Store the rows that `make` gives for the present head, in one durable transaction."""
        with told(self._where), self._writer.begin() as connection:
            self._dialect.lock(connection)
            rows = make(_head(connection))
            connection.execute(journal.insert(), [row._asdict() for row in rows])
        self._anchor.note(Head(rows[-1].seq, rows[-1].digest))
        return rows

    def rows(
        self,
        rollout: str | None = None,
        kind: str | None = None,
        subject: str | None = None,
        after: int = 0,
    ) -> Iterator[Row]:
        """Rows in order of `seq`, filtered."""
        wanted = {"rollout": rollout, "kind": kind, "subject": subject}
        query = sa.select(journal).order_by(journal.c.seq).limit(_PAGE)
        for column, value in wanted.items():
            if value is not None:
                query = query.where(journal.c[column] == value)
        while True:
            with told(self._where), self._dialect.engine.begin() as connection:
                page = connection.execute(query.where(journal.c.seq > after)).all()
            yield from (Row(*row) for row in page)
            if len(page) < _PAGE:
                return
            after = page[-1].seq

    def head(self) -> Head:
        """The last row's `seq` and `digest`."""
        with told(self._where), self._dialect.engine.begin() as connection:
            return _head(connection)

    def anchor(self) -> Head:
        """The head last noted in `journal.head`."""
        return self._anchor.read()

    def check(self) -> None:
        """Have the database check its own structure."""
        with told(self._where), self._dialect.engine.begin() as connection:
            wrong = self._dialect.check(connection)
        if wrong is not None:
            raise store_error(
                self._where,
                text("its structure is damaged: {w}", "内部结构已损坏：{w}", w=wrong),
                text("put it back from a backup", "请从备份恢复"),
            )

    def close(self) -> None:
        """Close every connection."""
        self._dialect.engine.dispose()

    def _prepare(self) -> None:
        with self._dialect.engine.begin() as connection:
            fresh = not sa.inspect(connection).has_table(meta.name)
        if fresh:
            self._make()
        with self._dialect.engine.begin() as connection:
            query = sa.select(meta.c.value).where(meta.c.key == VERSION_KEY)
            version = connection.execute(query).scalar_one()
        if version != str(SCHEMA_VERSION):
            raise store_error(
                self._where,
                text(
                    "it has form {found}, and this fleet knows form {known}",
                    "其格式为 {found}，而本版 fleet 只认识格式 {known}",
                    found=version,
                    known=SCHEMA_VERSION,
                ),
                text("use the newer fleet that wrote it", "请使用写入它的较新版本 fleet"),
            )

    def _make(self) -> None:
        with self._writer.begin() as connection:
            # Several processes may get here at once; the first one's transaction makes all of it.
            if not sa.inspect(connection).has_table(meta.name):
                metadata.create_all(connection)
                self._dialect.guard(connection)
                row = {"key": VERSION_KEY, "value": str(SCHEMA_VERSION)}
                connection.execute(meta.insert(), [row])
        self._dialect.made()


def _head(connection: sa.Connection) -> Head:
    query = sa.select(journal.c.seq, journal.c.digest).order_by(journal.c.seq.desc()).limit(1)
    row = connection.execute(query).one_or_none()
    return NONE if row is None else Head(row.seq, row.digest)


def _bad_url(shown: str) -> StoreError:
    return store_error(
        shown,
        text("only a postgresql:// URL can be used", "只支持 postgresql:// 地址"),
        text("postgresql://USER@HOST/DATABASE", "格式：postgresql://用户@主机/数据库"),
    )
