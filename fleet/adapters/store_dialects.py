"""What differs between databases: how one is opened, made durable, locked, guarded and checked.

SQLite keeps every commit only with synchronous=FULL in WAL mode, and silently stays in another mode
where it cannot switch, so both are set and read back on every connection (decision 0003).
"""

from __future__ import annotations

import errno
import os
import sqlite3
from pathlib import Path
from typing import Any, Protocol

import sqlalchemy as sa

from fleet.adapters.atomic import FILE_MODE, private_folder, sync_folder
from fleet.adapters.store_errors import store_error
from fleet.adapters.store_schema import journal
from fleet.model.text import text

BUSY_TIMEOUT_S = 10.0
_WRITE = "fleet_write"


class Dialect(Protocol):
    """One kind of database."""

    engine: sa.Engine

    def made(self) -> None:
        """Called once after the tables were made."""
        ...

    def begin_write(self) -> sa.Engine:
        """The engine whose transactions shut out other writers from their first statement on."""
        ...

    def lock(self, connection: sa.Connection) -> None:
        """Shut out other writers until the end of this transaction."""
        ...

    def guard(self, connection: sa.Connection) -> None:
        """Forbid changing and deleting rows, as far as the database can."""
        ...

    def check(self, connection: sa.Connection) -> str | None:
        """Have the database check its structure; what is wrong, or None."""
        ...


class SqliteDialect:
    """A file (0600) in WAL mode with synchronous=FULL."""

    def __init__(self, path: Path, busy_timeout_s: float = BUSY_TIMEOUT_S) -> None:
        self.path = path
        self._busy_timeout_s = busy_timeout_s
        _make_file(path)
        self.engine = sa.create_engine(
            sa.URL.create("sqlite", database=str(path)),
            connect_args={"timeout": busy_timeout_s},
        )
        sa.event.listen(self.engine, "connect", self._connected)
        sa.event.listen(self.engine, "begin", self._begin)

    def made(self) -> None:
        """Make the file's name durable too."""
        sync_folder(self.path.parent)

    def begin_write(self) -> sa.Engine:
        """Transactions of this engine start with BEGIN IMMEDIATE."""
        return self.engine.execution_options(**{_WRITE: True})

    def lock(self, connection: sa.Connection) -> None:
        """Nothing: BEGIN IMMEDIATE has done it."""

    def guard(self, connection: sa.Connection) -> None:
        """Two triggers."""
        for verb in ("UPDATE", "DELETE"):
            connection.exec_driver_sql(
                f"CREATE TRIGGER IF NOT EXISTS journal_no_{verb.lower()} BEFORE {verb} ON journal "
                "BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END"
            )

    def check(self, connection: sa.Connection) -> str | None:
        """PRAGMA integrity_check: pages, indexes against rows, types."""
        first = str(connection.exec_driver_sql("PRAGMA integrity_check(1)").scalar_one())
        return None if first == "ok" else " ".join(first.split())

    def _connected(self, connection: sqlite3.Connection, _record: object) -> None:
        # SQLAlchemy's begin event starts the transactions; the driver must not start its own.
        connection.isolation_level = None
        # Damaged bytes must come through to be named by record, not stop the reading.
        connection.text_factory = _text
        mode = connection.execute("PRAGMA journal_mode=WAL").fetchone()[0]
        connection.execute("PRAGMA synchronous=FULL")
        mode = connection.execute("PRAGMA journal_mode").fetchone()[0]
        synchronous = connection.execute("PRAGMA synchronous").fetchone()[0]
        if (mode, synchronous) != ("wal", 2):
            raise store_error(
                self.path,
                text(
                    "its file system does not keep commits: journal_mode={m}, synchronous={s}",
                    "所在文件系统无法保证提交落盘：journal_mode={m}，synchronous={s}",
                    m=mode,
                    s=synchronous,
                ),
                text(
                    "put the state folder on a local disk (FLEET_STATE)",
                    "请把状态目录放到本地磁盘（FLEET_STATE）",
                ),
            )

    def _begin(self, connection: sa.Connection) -> None:
        write = connection.get_execution_options().get(_WRITE, False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")


class PostgresDialect:
    """A database of several machines; needs the `psycopg` package beside us."""

    def __init__(self, url: sa.URL) -> None:
        self.url = url.set(drivername="postgresql+psycopg")
        try:
            self.engine = sa.create_engine(self.url)
        except ModuleNotFoundError as error:
            raise store_error(
                url.render_as_string(hide_password=True),
                text("the package psycopg is missing", "缺少软件包 psycopg"),
                text("pip install 'psycopg[binary]'", "运行 pip install 'psycopg[binary]'"),
            ) from error
        sa.event.listen(self.engine, "connect", self._connected)

    def made(self) -> None:
        """Nothing: the server has made it durable."""

    def begin_write(self) -> sa.Engine:
        """The ordinary engine; `lock` does the rest."""
        return self.engine

    def lock(self, connection: sa.Connection) -> None:
        """Readers go on, writers wait."""
        connection.execute(sa.text(f"LOCK TABLE {journal.name} IN EXCLUSIVE MODE"))

    def guard(self, connection: sa.Connection) -> None:
        """Two rules that raise nothing and change nothing."""
        for verb in ("UPDATE", "DELETE"):
            connection.exec_driver_sql(
                f"CREATE OR REPLACE RULE journal_no_{verb.lower()} AS ON {verb} TO journal "
                "DO INSTEAD NOTHING"
            )

    def check(self, connection: sa.Connection) -> str | None:
        """Nothing: the server checks its pages (data_checksums), we check the chain."""
        return None

    def _connected(self, connection: Any, _record: object) -> None:  # noqa: ANN401 - the driver's type
        with connection.cursor() as cursor:
            cursor.execute("SET synchronous_commit = on")
            cursor.execute(f"SET lock_timeout = {int(BUSY_TIMEOUT_S * 1000)}")
            cursor.execute("SHOW fsync")
            fsync = cursor.fetchone()[0]
        connection.commit()
        if fsync != "on":
            raise store_error(
                self.url.host,
                text("the server runs with fsync off", "服务器关闭了 fsync"),
                text("set fsync = on in postgresql.conf", "请在 postgresql.conf 中设置 fsync = on"),
            )


def _make_file(path: Path) -> None:
    # SQLite gives its -wal and -shm files the mode of the database file; it must be right first.
    # One that is there is never opened by us: closing it again would drop the POSIX locks that
    # SQLite holds on it for another connection of this process.
    try:
        private_folder(path.parent)
        if not path.exists():
            os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, FILE_MODE))
        elif not os.access(path, os.R_OK | os.W_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    except FileExistsError:
        # Another process made it in between, the same way.
        return
    except OSError as error:
        raise store_error(
            path,
            text("{why}", "系统报告：{why}", why=error.strerror),
            text(
                "check that this user may write in the state folder and that its disk has space",
                "请检查当前用户可否写入状态目录、磁盘是否有空间",
            ),
        ) from error


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "surrogateescape")
