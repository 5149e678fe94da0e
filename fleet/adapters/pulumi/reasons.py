"""Why the engine failed, read off what it printed: the one place where its words are interpreted.

Pulumi's command line has one failing exit status for everything, so there is nothing else to go by.
Each pattern is tested against text that engine 3.259.0 printed (tests/adapters/pulumi/said/).
"""

from __future__ import annotations

import re

from fleet.model.errors import EngineError, FleetError, LockHeld, StalePlan
from fleet.model.text import Text, text

_LINES_MAX = 6
_LINE_LENGTH_MAX = 800
_SUMMARIES = ("update failed", "preview failed", "refresh failed", "destroy failed")
_COLOURS = re.compile(r"\x1b\[[0-9;]*m")
# The provider SDK puts our exception's class before its text.
_SAID = re.compile(r"(?:^|\s)error: (?:Unexpected <class '[\w.]+'>: )?(?P<what>.+)$")

_PLAN = re.compile(
    r"violates plan|not allowed by the plan|no changes were expected|expected resource operations"
)
_LOCKED = re.compile(r"the stack is currently locked by")
_HOLDER = re.compile(r"created by (?P<who>\S+) \(pid (?P<pid>\d+)\) at (?P<since>\S+)")
_PASSPHRASE = re.compile(r"incorrect passphrase|passphrase must be set")
_PLUGIN = re.compile(r"no resource plugin 'pulumi-resource-fleet|Could not find plugin")


def reason(said: str, stack: str) -> FleetError:
    """The error that a failed call of the engine means; `said` is all that it printed."""
    plain = _COLOURS.sub("", said)
    if _LOCKED.search(plain):
        return _locked(plain, stack)
    words = _words(plain)
    # A resource that fails leaves others undone, which the plan then misses too: the cause counts.
    causes = [w for w in words if not _PLAN.search(w)]
    if words and not causes:
        return StalePlan(
            text(
                "{s} no longer stands as it did when it was planned: {w}",
                "{s} 与制定计划时的状态不一致：{w}",
                s=stack,
                w=_joined(words),
            ),
            text("plan again: fleet plan", "请重新制定计划：fleet plan"),
        )
    return _failed(plain, _joined(causes), stack)


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


def _words(plain: str) -> list[str]:
    """The lines that the engine marked as errors, each once."""
    found: list[str] = []
    for line in plain.splitlines():
        match = _SAID.search(line)
        if match and match["what"].strip() not in (*found, *_SUMMARIES):
            found.append(match["what"].strip()[:_LINE_LENGTH_MAX])
    return found


def _joined(words: list[str]) -> Text:
    said = " | ".join(words[:_LINES_MAX])
    return (
        Text(en=said, zh=said)
        if said
        else text("it ended without a word", "引擎异常结束，没有给出原因")
    )
