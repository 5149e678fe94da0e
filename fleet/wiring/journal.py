"""Opens the journal of a state folder; the database library is imported only here and now."""

from __future__ import annotations

from pathlib import Path

from fleet.journal import HashJournal
from fleet.model.errors import StoreError
from fleet.model.text import text


def open_journal(state_dir: Path, url: str | None = None) -> HashJournal:
    """The journal of `state_dir`, or the one in the PostgreSQL database `url`; made on need.

    Raises:
        StoreError: it cannot be opened, is damaged, or was written by a newer fleet.
    """
    from fleet.adapters.clock import SystemClock
    from fleet.adapters.store import SqlStore

    store = SqlStore.in_folder(state_dir) if url is None else SqlStore.at_url(url, state_dir)
    return HashJournal(store, SystemClock())


def read_journal(state_dir: Path) -> HashJournal | None:
    """The journal of `state_dir` for reading only, without the database library; None: none there.

    Every record is checked as it is read; the note of its end is not (`journal verify` does that).

    Raises:
        StoreError: this user may not look into the state folder.
    """
    from fleet.adapters.clock import SystemClock
    from fleet.adapters.sqlite_read import JournalRows

    file = state_dir / "journal.db"
    if not has_journal(state_dir):
        return None

    def failed(error: Exception) -> StoreError:
        return StoreError(
            text("the journal {p} cannot be read: {e}", "无法读取日志 {p}：{e}", p=file, e=error)
        )

    return HashJournal(JournalRows(file, failed), SystemClock())


def has_journal(state_dir: Path) -> bool:
    """Whether there is a journal or a trace of one; reading must not make an empty one.

    Raises:
        StoreError: this user may not look into the state folder.
    """
    try:
        return any((state_dir / name).exists() for name in ("journal.db", "journal.head"))
    except PermissionError as error:
        raise StoreError(
            text(
                "the state folder {p} is closed to this user",
                "当前用户无权进入状态目录 {p}",
                p=state_dir,
            ),
            text(
                "run as its owner, or name another one with FLEET_STATE",
                "请以其所有者身份运行，或用 FLEET_STATE 指定其他目录",
            ),
        ) from error
