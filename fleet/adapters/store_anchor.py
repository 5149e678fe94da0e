"""The journal's anchor: the last head, noted in a file beside the database after each commit.

A chain alone cannot tell that its end was cut off or that an older copy was put back. The note is
not synced: after a power cut it may lag behind the rows, which are, but it can never lead, so an
anchor ahead of the rows proves a loss. One line of fixed width, written by one pwrite.
"""

from __future__ import annotations

import fcntl
import os
import re
from pathlib import Path

from fleet.adapters.atomic import FILE_MODE
from fleet.adapters.store_errors import store_error
from fleet.model.errors import StoreError
from fleet.model.text import text
from fleet.ports.store import Head

NONE = Head(0, "0" * 64)
_LINE = re.compile(rb"([0-9]{20}) ([0-9a-f]{64})\n")


class Anchor:
    """The file `journal.head` (0600)."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self) -> Head:
        """The noted head; sequence number 0 where nothing was noted yet.

        Raises:
            StoreError: the file cannot be read or is no anchor.
        """
        try:
            raw = self._path.read_bytes()
        except FileNotFoundError:
            return NONE
        except OSError as error:
            raise _unusable(self._path, error) from error
        return _parse(self._path, raw)

    def note(self, head: Head) -> None:
        """Note `head` unless a later one is noted; never waits.

        Raises:
            StoreError: the file cannot be written.
        """
        try:
            fd = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, FILE_MODE)
        except OSError as error:
            raise _unusable(self._path, error) from error
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if _parse(self._path, os.pread(fd, 128, 0)).seq < head.seq:
                os.pwrite(fd, b"%020d %s\n" % (head.seq, head.digest.encode()), 0)
        except BlockingIOError:
            # Another process notes its own head at this moment: ours may lag until the next commit.
            return
        except OSError as error:
            raise _unusable(self._path, error) from error
        finally:
            os.close(fd)


def _parse(path: Path, raw: bytes) -> Head:
    if not raw:
        return NONE
    match = _LINE.fullmatch(raw)
    # Nothing is noted for an empty journal, so a note of record 0 is a damaged one.
    if match is None or int(match[1]) == 0:
        raise store_error(
            path,
            text("it is no anchor of a journal", "内容不是日志锚点"),
            text("put it back from a backup", "请从备份恢复该文件"),
        )
    return Head(int(match[1]), match[2].decode())


def _unusable(path: Path, error: OSError) -> StoreError:
    return store_error(
        path,
        text("{why}", "系统报告：{why}", why=error.strerror),
        text(
            "check who owns the state folder and whether its disk is sound",
            "请检查状态目录的所有者与磁盘状况",
        ),
    )
