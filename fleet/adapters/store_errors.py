"""What a database's error means for the person at the keyboard, and what to do about it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from fleet.model.errors import StoreError
from fleet.model.text import Text, text

_Meaning = tuple[Text, Text]

_FULL: _Meaning = (
    text("its disk is full", "磁盘已满"),
    text("free space on the disk of the state folder", "请清理状态目录所在磁盘的空间"),
)
_CORRUPT: _Meaning = (
    text("its file is damaged or no journal", "文件已损坏或不是日志文件"),
    text(
        "keep the file as evidence and put journal.db and journal.head back from a backup",
        "请保留该文件作为证据，并从备份恢复 journal.db 与 journal.head",
    ),
)
_FORBIDDEN: _Meaning = (
    text("this user may not write it", "当前用户没有写权限"),
    text(
        "run as the owner of the state folder, or have write access given",
        "请以状态目录所有者的身份运行，或申请写权限",
    ),
)
_LOCKED: _Meaning = (
    text("another process holds it locked", "被其他进程锁定"),
    text(
        "fleet doctor names the processes at work; a stopped one must go on or be ended",
        "fleet doctor 会列出正在工作的进程；已挂起的进程需继续运行或结束",
    ),
)
_IO: _Meaning = (
    text("its disk reported an error", "磁盘读写出错"),
    text(
        "look at the system log for the disk's errors; nothing is written until it is sound",
        "请查看系统日志中的磁盘错误；恢复正常前不会写入任何内容",
    ),
)
_MISSING: _Meaning = (
    text("its file cannot be opened", "无法打开文件"),
    text(
        "check that the state folder exists and that this user may write in it",
        "请检查状态目录是否存在、当前用户是否可写",
    ),
)
# Result codes, primary and extended: https://www.sqlite.org/rescode.html
_SQLITE: dict[int, _Meaning] = {
    sqlite3.SQLITE_FULL: _FULL,
    sqlite3.SQLITE_CORRUPT: _CORRUPT,
    sqlite3.SQLITE_NOTADB: _CORRUPT,
    sqlite3.SQLITE_ERROR: _CORRUPT,
    sqlite3.SQLITE_MISMATCH: _CORRUPT,
    sqlite3.SQLITE_READONLY: _FORBIDDEN,
    sqlite3.SQLITE_PERM: _FORBIDDEN,
    sqlite3.SQLITE_BUSY: _LOCKED,
    sqlite3.SQLITE_LOCKED: _LOCKED,
    sqlite3.SQLITE_IOERR: _IO,
    # Its shared memory cannot grow: what a full disk says first, on opening.
    sqlite3.SQLITE_IOERR_SHMSIZE: _FULL,
    sqlite3.SQLITE_CANTOPEN: _MISSING,
}
# SQLSTATE classes: https://www.postgresql.org/docs/current/errcodes-appendix.html
_POSTGRES: dict[str, _Meaning] = {
    "53100": _FULL,
    "58030": _IO,
    "55P03": _LOCKED,
    "57014": _LOCKED,
    "42501": _FORBIDDEN,
    "25006": _FORBIDDEN,
    "XX001": _CORRUPT,
    "XX002": _CORRUPT,
}


def store_error(where: object, why: Text, fix: Text | None = None) -> StoreError:
    """A journal at `where` that cannot be used, with the reason."""
    summary = text(
        "the journal {where} cannot be used: {why}",
        "日志 {where} 不可用：{why}",
        where=where,
        why=why,
    )
    return StoreError(summary, fix)


@contextmanager
def told(where: object) -> Iterator[None]:
    """Turn every error of SQLAlchemy or of a database driver inside into a StoreError."""
    try:
        yield
    except UnicodeDecodeError as error:
        # SQLite's own message quotes damaged bytes of the schema, and the driver cannot decode it.
        raise store_error(where, *_CORRUPT) from error
    except (SQLAlchemyError, sqlite3.Error) as error:
        raise store_error(where, *_meaning(error)) from error


def _meaning(error: SQLAlchemyError | sqlite3.Error) -> _Meaning:
    cause = error.orig if isinstance(error, DBAPIError) else error
    code = getattr(cause, "sqlite_errorcode", None)
    if isinstance(code, int) and (known := _SQLITE.get(code) or _SQLITE.get(code & 0xFF)):
        return known
    if known := _POSTGRES.get(getattr(cause, "sqlstate", None) or ""):
        return known
    said = str(cause).strip().partition("\n")[0]
    return (
        text("{said}", "数据库报告：{said}", said=said or type(error).__name__),
        text("check that the database can be reached and used", "请检查数据库能否连接、能否使用"),
    )
