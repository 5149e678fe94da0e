"""What goes wrong with simulated devices, in words for a person."""

from __future__ import annotations

import difflib

from fleet.model.errors import EngineError, FleetError, UsageError
from fleet.model.text import Text, text
from fleet.simulator.errors import SimError
from fleet.simulator.faults import FAULTS


def in_words(error: SimError) -> FleetError:
    """The error of our tree that says what a SimError means."""
    facts = error.facts
    if error.code in _USAGE:
        en, zh = _USAGE[error.code]
        return UsageError(text(en, zh, **facts), _hint(error.code, facts))
    en, zh = _ENGINE[error.code]
    fix = _FIXES.get(error.code)
    return EngineError(text(en, zh, **facts), fix)


_USAGE: dict[str, tuple[str, str]] = {
    "unknown-device": ("no simulated device is called {device}", "没有名为 {device} 的模拟设备"),
    "unknown-field": ("{device} has no field {field}", "{device} 没有字段 {field}"),
    "bad-value": (
        "{device}: {field} cannot be {value!r} ({why})",
        "{device}：{field} 不能为 {value!r}（{why}）",
    ),
    "unknown-fault": ("there is no fault {fault}", "没有故障 {fault}"),
    "fault-not-here": ("{device} cannot have the fault {fault}", "{device} 不支持故障 {fault}"),
}
_ENGINE: dict[str, tuple[str, str]] = {
    "address-taken": (
        "{device}: {address}:{port} cannot be had ({why})",
        "{device}：无法使用 {address}:{port}（{why}）",
    ),
    "not-started": (
        "the simulator process {process} did not start: {why}",
        "模拟进程 {process} 未能启动：{why}",
    ),
    "not-running": ("the simulator process {why} does not run", "模拟进程 {why} 未在运行"),
    "not-ended": (
        "the simulator process {process} (pid {pid}) could not be ended",
        "无法结束模拟进程 {process}（pid {pid}）",
    ),
    "broken-state": (
        "{device}: its memory on disk cannot be used: {why}",
        "{device}：磁盘上的状态无法使用：{why}",
    ),
}
_FIXES: dict[str, Text] = {
    "address-taken": text(
        "end what listens there, or move the device in the inventory",
        "请结束占用该地址的程序，或在清单中更换设备地址",
    ),
    "not-running": text("start it: fleet sim up", "请先启动：fleet sim up"),
    "broken-state": text(
        "fleet sim up --fresh starts all devices from their factory state",
        "fleet sim up --fresh 可让全部设备从出厂状态开始",
    ),
}


def _hint(code: str, facts: dict[str, str | int | list[str]]) -> Text | None:
    """The nearest known names, or all of them where there are few; else the way to find out."""
    known = facts.get("known")
    if code == "unknown-device" and not known:
        return text("none was started yet: fleet sim up", "尚未启动任何设备：fleet sim up")
    if code == "bad-value" and facts.get("field") in FAULTS:
        return text("its form: fleet sim fault --help", "取值形式见：fleet sim fault --help")
    if not isinstance(known, list) or not known:
        return None
    tried = str(facts.get("fault") or facts.get("field") or facts.get("device"))
    near = difflib.get_close_matches(tried, known, n=3, cutoff=0.5)
    if near:
        return text("did you mean {n}?", "是否想用 {n}？", n=", ".join(near))
    return text("known: {n}", "已知：{n}", n=", ".join(known[:20]))
