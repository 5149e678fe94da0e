"""The doctor's look at a state folder: modes, keys, journal, locks."""

from __future__ import annotations

import stat
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from pathlib import Path

from fleet.app.doctor import Check
from fleet.journal import HashJournal
from fleet.model.errors import StoreError
from fleet.model.text import Text, join, text

_FOLDER = text("state folder", "状态目录")
_KEYS = text("key files", "密钥文件")
_JOURNAL = text("journal", "日志")
_LOCKS = text("locks", "锁")
# Who may share a folder with a group, by choice: the group writes, and new files stay the group's.
_SHARED = 0o2770
_ESCROW = text(
    "keep a sealed copy of keys/ off this machine: without engine-passphrase nobody can open the "
    "servers' state again, without city-key no generated password can be made again",
    "请将 keys/ 的副本密封后异地保存：丢失 engine-passphrase 则无法再打开服务器状态，"
    "丢失 city-key 则无法再生成原有密码",
)


def folder(state_dir: Path) -> Check:
    """The folder is ours alone (0700), or shared with a group on purpose (2770)."""
    try:
        mode = stat.S_IMODE(state_dir.stat().st_mode)
    except FileNotFoundError:
        return Check(
            code="state",
            name=_FOLDER,
            status="ok",
            found=text(
                "{p} is not there yet; the first verb that needs it makes it",
                "{p} 尚不存在，首个需要它的命令会自动创建",
                p=state_dir,
            ),
        )
    except PermissionError:
        return _closed("state", _FOLDER, state_dir)
    loose = mode & 0o077 and mode != _SHARED
    return Check(
        code="state",
        name=_FOLDER,
        status="error" if loose else "ok",
        found=text("{p}, mode {m:04o}", "{p}，权限 {m:04o}", p=state_dir, m=mode),
        fix=text("chmod 0700 {p}", "运行 chmod 0700 {p}", p=state_dir) if loose else None,
    )


def keys(state_dir: Path) -> Check:
    """Every key file is readable by its owner alone; says why and how to keep copies."""
    try:
        files = sorted(p for p in (state_dir / "keys").rglob("*") if p.is_file())
    except PermissionError:
        return _closed("keys", _KEYS, state_dir / "keys")
    if not files:
        return Check(
            code="keys",
            name=_KEYS,
            status="ok",
            found=text("none yet", "尚未生成"),
        )
    loose = [p for p in files if p.stat().st_mode & 0o077]
    if loose:
        names = " ".join(str(p) for p in loose)
        return Check(
            code="keys",
            name=_KEYS,
            status="error",
            found=text("others may read {n}", "其他用户可读：{n}", n=names),
            fix=text(
                "chmod 0600 {n}; if others had access to this machine, rotate what they protect",
                "运行 chmod 0600 {n}；若他人可登录本机，请更换相应密钥",
                n=names,
            ),
        )
    return Check(
        code="keys",
        name=_KEYS,
        status="ok",
        found=text(
            "{n} in {p}: {f}",
            "{p} 下共 {n} 个：{f}",
            n=len(files),
            p=state_dir / "keys",
            f=", ".join(p.name for p in files),
        ),
        fix=_ESCROW,
    )


def journal(opened: Callable[[], AbstractContextManager[HashJournal | None]]) -> tuple[Check, str]:
    """The journal opens (which proves WAL and synchronous=FULL) and its end is the noted one.

    Also returns the time of its last record (RFC 3339; empty: none).
    """
    try:
        with opened() as book:
            if book is None:
                none = text("none yet", "尚未建立")
                return Check(code="journal", name=_JOURNAL, status="ok", found=none), ""
            book.prove_anchor()
            seq = book.head().seq
            last = next(book.records(after=max(0, seq - 1)), None)
    except StoreError as error:
        broken = Check(
            code="journal", name=_JOURNAL, status="error", found=error.summary, fix=error.fix
        )
        return broken, ""
    found = text(
        "{n} records, WAL, synchronous=FULL, end as noted (all of it: fleet journal verify)",
        "{n} 条记录，WAL，synchronous=FULL，末尾与锚点一致（全量校验：fleet journal verify）",
        n=seq,
    )
    return Check(code="journal", name=_JOURNAL, status="ok", found=found), last.at if last else ""


def locks(held: Callable[[], Iterable[Text]]) -> Check:
    """Who acts on what at this moment; `held` gives one text a lease."""
    try:
        lines = list(held())
    except StoreError as error:
        return Check(code="locks", name=_LOCKS, status="error", found=error.summary, fix=error.fix)
    return Check(
        code="locks",
        name=_LOCKS,
        status="ok",
        found=join(lines) if lines else text("none held", "无"),
    )


def _closed(code: str, name: Text, path: Path) -> Check:
    return Check(
        code=code,
        name=name,
        status="error",
        found=text("{p} is closed to this user", "当前用户无权进入 {p}", p=path),
        fix=text("run as the owner of the state folder", "请以状态目录所有者的身份运行"),
    )
