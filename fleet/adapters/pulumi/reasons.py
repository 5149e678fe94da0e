"""Why the engine failed, read off what it printed: the one place where its words are interpreted.

Pulumi's command line has one failing exit status for everything, so there is nothing else to go by.
Each pattern is tested against text that engine 3.259.0 printed (tests/adapters/pulumi/said/).
"""

from __future__ import annotations

import re

from fleet.model.errors import AlteredPlan, EngineError, FleetError, LockHeld, StalePlan
from fleet.model.text import Text, text

_LINES_MAX = 6
_LINE_LENGTH_MAX = 300
_COLOURS = re.compile(r"\x1b\[[0-9;]*m")
# The provider SDK puts our exception's class before its text.
_SAID = re.compile(r"(?:^|\s)error: (?:Unexpected <class '[\w.]+'>: )?(?P<what>.+)$")

_PLAN = re.compile(
    r"violates plan|not allowed by the plan|no changes were expected|"
    r"resource .* constrained by (?:the )?plan|expected resource operations for"
)
_LOCKED = re.compile(r"the stack is currently locked by")
_HOLDER = re.compile(r"created by (?P<who>\S+) \(pid (?P<pid>\d+)\) at (?P<since>\S+)")
_UNREADABLE_PLAN = re.compile(r"message authentication failed|cipher: |reading plan|decoding plan")
_PASSPHRASE = re.compile(r"incorrect passphrase|passphrase must be set")
_PLUGIN = re.compile(r"no resource plugin 'pulumi-resource-fleet|Could not find plugin")


def reason(said: str, stack: str) -> FleetError:
    """The error that a failed call of the engine means; `said` is all that it printed."""
    plain = _COLOURS.sub("", said)
    why = _words(plain)
    if _LOCKED.search(plain):
        return _locked(plain, stack)
    if _PLAN.search(plain):
        return StalePlan(
            text(
                "{s} no longer stands as it did when it was planned: {w}",
                "{s} 与制定计划时的状态不一致：{w}",
                s=stack,
                w=why,
            ),
            text("plan again: fleet plan", "请重新制定计划：fleet plan"),
        )
    if _UNREADABLE_PLAN.search(plain):
        return AlteredPlan(
            text(
                "the plan file of {s} cannot be read: altered, or of another state folder",
                "无法读取 {s} 的计划文件：已被改动，或来自其他状态目录",
                s=stack,
            ),
            text("plan again: fleet plan", "请重新制定计划：fleet plan"),
        )
    return _failed(plain, why, stack)


def _failed(plain: str, why: Text, stack: str) -> EngineError:
    fix = text("fleet doctor checks engine and keys", "fleet doctor 可检查引擎与密钥")
    if _PASSPHRASE.search(plain):
        fix = text(
            "put keys/engine-passphrase back from its escrow",
            "请从托管备份恢复 keys/engine-passphrase",
        )
    elif _PLUGIN.search(plain):
        fix = text("run make setup again", "请重新运行 make setup")
    return EngineError(
        text("the engine failed on {s}: {w}", "引擎处理 {s} 失败：{w}", s=stack, w=why), fix
    )


def _locked(plain: str, stack: str) -> LockHeld:
    found = _HOLDER.search(plain)
    who = (
        text(
            "{w} (pid {p}) since {t}",
            "{w}（进程 {p}），自 {t} 起",
            w=found["who"],
            p=found["pid"],
            t=found["since"],
        )
        if found
        else text("another process", "其他进程")
    )
    return LockHeld(
        text(
            "the engine's state of {s} is locked by {w}",
            "{s} 的引擎状态被 {w} 锁定",
            s=stack,
            w=who,
        ),
        text(
            "if that process was killed: fleet stacks recover",
            "若该进程已被杀死：fleet stacks recover",
        ),
    )


def _words(plain: str) -> Text:
    """The lines that the engine marked as errors, each once; else its last line."""
    found: list[str] = []
    for line in plain.splitlines():
        match = _SAID.search(line)
        if match and match["what"].strip() not in found:
            found.append(match["what"].strip()[:_LINE_LENGTH_MAX])
    useful = [w for w in found if w not in ("update failed", "preview failed")] or found
    if not useful:
        useful = [line.strip() for line in plain.splitlines() if line.strip()][-1:]
    said = " | ".join(useful[:_LINES_MAX]) or "?"
    return Text(en=said, zh=said)
