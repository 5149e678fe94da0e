"""`fleet doctor`: what this machine and this state folder lack, each with what to do about it."""

from __future__ import annotations

import ctypes
import os
import shutil
import sys
from collections.abc import Callable, Sequence
from importlib import metadata
from pathlib import Path
from typing import Literal

from fleet.model.base import Frozen
from fleet.model.text import Text, text

Status = Literal["ok", "warning", "error"]

PYTHON_MIN = (3, 11)
# A journal of a year for a thousand compounds is some hundred MB; engine and artifacts come on top.
FREE_ERROR_BYTES = 100 * 2**20
FREE_WARNING_BYTES = 2**30
# adjtimex(2): the kernel's clock is not synchronised.
_TIME_ERROR = 5


class Check(Frozen):
    """One thing looked at: what it is, how it stands, what was found, what to do about it."""

    code: str
    name: Text
    status: Status
    found: Text
    fix: Text | None = None


def python() -> Check:
    """The interpreter is new enough."""
    version = ".".join(str(n) for n in sys.version_info[:3])
    old = sys.version_info[:2] < PYTHON_MIN
    return Check(
        code="python",
        name=text("Python", "Python"),
        status="error" if old else "ok",
        found=text("{v} at {p}", "{v}，位于 {p}", v=version, p=sys.executable),
        fix=text(
            "run make setup with Python 3.11 or newer", "请用 Python 3.11 或更新版本运行 make setup"
        )
        if old
        else None,
    )


def engine() -> Check:
    """The server engine is there; compounds with an operator's uplink do without."""
    from fleet.bootstrap.engine import VERSION, locate

    name = text("server engine (Pulumi)", "服务器引擎（Pulumi）")
    found = locate()
    if found is not None:
        told = text(
            "{v} ({o}) at {p}",
            "{v}（{o}），位于 {p}",
            v=found.version,
            o=found.origin,
            p=found.path,
        )
        return Check(code="engine", name=name, status="ok", found=told)
    return Check(
        code="engine",
        name=name,
        status="warning",
        found=text("version {v} is not here", "未找到 {v} 版本", v=VERSION),
        fix=text(
            "make setup; only platforms of your own need it, not uplinks given by an operator",
            "请运行 make setup；仅自建平台需要，由运营方给定上联参数的小区不需要",
        ),
    )


def program(name: str, package: str, use: Text) -> Check:
    """A program of our own environment (`package` brings it) can be started."""
    beside = str(Path(sys.executable).parent)
    path = shutil.which(name, path=beside) or shutil.which(name)
    what = text("{n} ({u})", "{n}（{u}）", n=name, u=use)
    try:
        version = metadata.version(package)
    except metadata.PackageNotFoundError:
        version = ""
    if path and version:
        found = text("{v} at {p}", "{v}，位于 {p}", v=version, p=path)
        return Check(code=name, name=what, status="ok", found=found)
    return Check(
        code=name,
        name=what,
        status="error",
        found=text("it is not here", "未找到"),
        fix=text("run make setup", "请运行 make setup"),
    )


def disk(state_dir: Path) -> Check:
    """The disk of the state folder has space, and this user may use it."""
    # os.path: a folder behind a closed one counts as absent, where Path.exists would raise.
    there = next(p for p in (state_dir, *state_dir.parents) if os.path.exists(p))
    usage = os.statvfs(there)
    free = usage.f_bavail * usage.f_frsize
    status: Status = (
        "error" if free < FREE_ERROR_BYTES else "warning" if free < FREE_WARNING_BYTES else "ok"
    )
    return Check(
        code="disk",
        name=text("free disk", "磁盘空间"),
        status=status,
        found=text("{m} MB free at {p}", "{p} 剩余 {m} MB", m=free // 2**20, p=there),
        fix=None
        if status == "ok"
        else text(
            "free space: a full disk stops the journal, and with it every rollout",
            "请清理空间：磁盘写满后日志停止，所有下发随之停止",
        ),
    )


def clock(now: str, last: str | None) -> Check:
    """The wall clock is disciplined and not behind the journal's last record (RFC 3339, UTC)."""
    name = text("clock", "时钟")
    if last is not None and now < last:
        return Check(
            code="clock",
            name=name,
            status="error",
            found=text(
                "{n}, behind the journal's last record of {t}",
                "{n}，早于日志最后一条记录 {t}",
                n=now,
                t=last,
            ),
            fix=text("set the clock", "请校准时钟"),
        )
    if not _synchronised():
        return Check(
            code="clock",
            name=name,
            status="warning",
            found=text("{n}, not kept by NTP", "{n}，未经 NTP 同步", n=now),
            fix=text(
                "run an NTP client: records and lock-out times follow this clock",
                "请启用 NTP 客户端：记录与登录锁定时间均以本机时钟为准",
            ),
        )
    return Check(
        code="clock",
        name=name,
        status="ok",
        found=text("{n}, kept by NTP", "{n}，NTP 已同步", n=now),
    )


def machine() -> tuple[Callable[[], Check], ...]:
    """The checks of the machine, to be called in this order."""
    return (
        python,
        engine,
        lambda: program("ansible-playbook", "ansible-core", text("devices", "设备下发")),
        lambda: program("supervisord", "supervisor", text("services", "服务守护")),
    )


def sound(checks: Sequence[Check]) -> bool:
    """Whether nothing is an error."""
    return all(c.status != "error" for c in checks)


def _synchronised() -> bool:
    # A struct timex with modes=0 only reads; its size differs by machine and is under 256 bytes.
    state = ctypes.create_string_buffer(256)
    return bool(ctypes.CDLL(None).adjtimex(state) != _TIME_ERROR)
