"""The `:` commands: the verbs of the command line, as far as a screen shows the same thing."""

from __future__ import annotations

import shlex
from collections.abc import Iterable
from difflib import get_close_matches
from typing import NamedTuple

from fleet.model.text import Text, text
from fleet_tui.store import query


class Command(NamedTuple):
    """One command: its words, what follows them, and what the app does (`do_ACTION`)."""

    words: str
    argument: str
    action: str
    help: Text

    @property
    def usage(self) -> str:
        """As it is typed."""
        return f"{self.words} {self.argument}".strip()


class Call(NamedTuple):
    """A command that was understood."""

    action: str
    argument: str


COMMANDS: tuple[Command, ...] = (
    Command("status", "", "overview", text("the overview", "总览")),
    Command("devices", "[FILTER]", "devices", text("all devices", "全部设备")),
    Command("compound", "ID", "compound", text("one compound", "查看小区")),
    Command("device", "ID", "device", text("one device", "查看设备")),
    Command("explain", "DEVICE", "device", text("where its values come from", "值的来源")),
    Command(
        "rollout list",
        "",
        "rollout",
        text("the newest rollout; [ and ] step", "最近一次下发；[ ] 切换"),
    ),
    Command("rollout show", "[ID]", "rollout", text("one rollout", "查看下发")),
    Command("rollout watch", "[ID]", "rollout", text("the same", "同上")),
    Command("rollout approve", "[ID]", "approve", text("approve its next wave", "批准其下一批")),
    Command("rollout pause", "[ID]", "pause", text("pause it, at once", "立即暂停")),
    Command("rollout resume", "[ID]", "resume", text("resume it", "继续")),
    Command("rollout abort", "[ID]", "abort", text("abort it", "中止")),
    Command("rollout retry", "[ID]", "retry", text("retry its failed devices", "重试失败设备")),
    Command("rollout undo", "[ID]", "undo", text("put back what it replaced", "撤销")),
    Command("show", "FILE", "plan", text("review a sealed plan file", "审阅封存计划文件")),
    Command("journal tail", "[FILTER]", "events", text("events", "事件")),
    Command("validate", "", "findings", text("findings of the rules", "规则检查结果")),
    Command("lang", "zh|en", "lang", text("the language", "语言")),
    Command("help", "[WORD]", "help", text("keys, commands, states", "按键、命令、状态")),
    Command("quit", "", "quit", text("leave", "退出")),
)
_SHORT = {
    "q": "quit",
    "rollout": "rollout show",
    "journal": "journal tail",
    "watch": "status",
    "h": "help",
}
# Verbs that no screen has: they ask, run long, or write files.
ELSEWHERE = frozenset(
    {"plan", "apply", "drift", "stacks", "sim", "demo", "doctor", "rules", "observe"}
    | {"report", "alarms", "collector", "uplink", "health"}
)


# Of verbs that have a screen, those words that have none.
_SHELL = frozenset(
    {("device", v) for v in ("activate", "pin", "repower", "unlock")}
    | {("journal", v) for v in ("verify", "export")}
    | {("rollout", "serve")}
)


def understand(typed: str) -> Call | Text:
    """What is meant, or why it cannot be done."""
    try:
        words = shlex.split(query.narrow(typed))
    except ValueError:
        words = query.narrow(typed).split()
    words = words[1:] if words[:1] == ["fleet"] else words
    if tuple(words[:2]) in _SHELL:
        return _in_a_shell(words)
    if not words:
        return text("nothing typed", "未输入命令")
    if len(words) == 1 and words[0] in _SHORT:
        words = _SHORT[words[0]].split()
    for command in COMMANDS:
        named = command.words.split()
        if words[: len(named)] == named:
            rest = " ".join(words[len(named) :])
            if not rest and command.argument and command.argument[0] != "[":
                return text("what is missing: :{u}", "缺少参数：:{u}", u=command.usage)
            return Call(command.action, rest)
    if words[0] in ELSEWHERE:
        return _in_a_shell(words)
    known = [*(c.words for c in COMMANDS), *sorted(ELSEWHERE)]
    close = get_close_matches(" ".join(words[:2]), known, 1, 0.5)
    close = close or get_close_matches(words[0], known, 1, 0.6)
    if close:
        return text(
            "no such command; did you mean :{c}?", "没有这个命令；是否想用 :{c}？", c=close[0]
        )
    return text("no such command: {w}; ? lists them", "没有命令 {w}；按 ? 查看", w=words[0])


def nearest(name: str, known: Iterable[str]) -> Text:
    """`; did you mean X?` where something known is like a name, else nothing."""
    close = get_close_matches(name, list(known), 1, 0.6)
    return text("; did you mean {c}?", "；是否想用 {c}？", c=close[0]) if close else text("", "")


def _in_a_shell(words: list[str]) -> Text:
    return text(
        "no screen for it; in a shell: fleet {w}",
        "此处没有对应界面；请在终端运行：fleet {w}",
        w=" ".join(words),
    )
