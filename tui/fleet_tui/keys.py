"""Every key in one table: what the app binds, what the foot of a screen hints at, what help lists.

Lower case looks, upper case changes. Letters, arrows, Enter, Esc and paging only: a terminal inside
another one swallows the rest.
"""

from __future__ import annotations

from typing import NamedTuple

from fleet.model.text import Text, text


class Key(NamedTuple):
    """One key; `keys` are Textual's names, `on` the screens that have it (empty: all)."""

    keys: str
    shown: str
    action: str
    help: Text
    hint: Text | None = None
    on: tuple[str, ...] = ()


KEYS: tuple[Key, ...] = (
    Key("enter,right", "Enter", "enter", text("go in", "进入"), text("in", "进入")),
    Key("escape,left,backspace", "Esc", "back", text("go out", "返回"), text("out", "返回")),
    Key("up,k", "Up", "up", text("one row up", "上一行")),
    Key("down,j", "Down", "down", text("one row down", "下一行")),
    Key("pageup", "PgUp", "page_up", text("one page up", "上一页")),
    Key("pagedown,space", "PgDn", "page_down", text("one page down", "下一页")),
    Key("home,g", "Home", "first", text("first row", "首行")),
    Key("end,G", "End", "last", text("last row", "末行")),
    Key(
        "slash",
        "/",
        "filter",
        text(
            "filter: words, pinyin initials, state= kind= area= id=, ! for not",
            "过滤：词、拼音首字母、state= kind= area= id=，! 取反",
        ),
        text("filter", "过滤"),
    ),
    Key(
        "colon",
        ":",
        "command",
        text("command, as of fleet", "命令，与 fleet 相同"),
        text("command", "命令"),
    ),
    Key("n", "n", "next_problem", text("next problem", "下一处异常"), text("problem", "异常")),
    Key("b", "b", "previous_problem", text("previous problem", "上一处异常")),
    Key("z", "z", "problems", text("problems only, on and off", "只看异常，开/关")),
    Key(
        "s", "s", "sort", text("sort: by place, by state, by name", "排序：原序、状态、名称"), None
    ),
    Key("1", "1", "show('overview')", text("overview", "总览")),
    Key("2", "2", "show('compound')", text("the compound under the cursor", "光标处的小区")),
    Key("3", "3", "show('devices')", text("all devices", "全部设备")),
    Key("4", "4", "show('rollout')", text("newest rollout", "最近一次下发")),
    Key("5", "5", "show('events')", text("events", "事件")),
    Key("6", "6", "show('plan')", text("plan review", "计划审阅")),
    Key("7", "7", "show('findings')", text("findings of the rules", "规则检查结果")),
    Key(
        "left_square_bracket",
        "[",
        "older",
        text("the rollout before", "上一次下发"),
        None,
        ("rollout",),
    ),
    Key(
        "right_square_bracket",
        "]",
        "newer",
        text("the rollout after", "下一次下发"),
        None,
        ("rollout",),
    ),
    Key(
        "f",
        "f",
        "follow",
        text("follow the newest event", "跟随最新事件"),
        text("follow", "跟随"),
        ("events",),
    ),
    Key(
        "p",
        "p",
        "freeze",
        text("freeze, on and off", "冻结，开/关"),
        text("freeze", "冻结"),
        ("events",),
    ),
    Key(
        "P",
        "P",
        "act('pause')",
        text("pause the rollout, at once", "立即暂停下发"),
        text("pause", "暂停"),
        ("rollout",),
    ),
    Key(
        "R",
        "R",
        "act('resume')",
        text("resume it", "继续下发"),
        text("resume", "继续"),
        ("rollout",),
    ),
    Key(
        "Y",
        "Y",
        "act('approve')",
        text("approve the wave that waits (its id is typed)", "批准等待的批次（须键入编号）"),
        text("approve", "批准"),
        ("rollout",),
    ),
    Key(
        "A",
        "A",
        "act('abort')",
        text("abort it (its id is typed)", "中止下发（须键入编号）"),
        text("abort", "中止"),
        ("rollout",),
    ),
    Key(
        "T",
        "T",
        "act('retry')",
        text("retry its failed devices (its id is typed)", "重试失败设备（须键入编号）"),
        text("retry", "重试"),
        ("rollout",),
    ),
    Key(
        "B",
        "B",
        "act('undo')",
        text("put back what it replaced (its id is typed)", "撤销下发（须键入编号）"),
        text("undo", "撤销"),
        ("rollout",),
    ),
    Key("L", "L", "language", text("中文", "English")),
    Key("l,ctrl+l", "l", "redraw", text("draw the whole screen again", "重绘整个屏幕")),
    Key("question_mark", "?", "help", text("this help", "本帮助"), text("help", "帮助")),
    Key("q", "q", "quit", text("leave", "退出"), text("quit", "退出")),
)
# What a Chinese input method types for the keys above.
FULL_WIDTH = {"／": "filter", "：": "command", "？": "help", "、": "filter"}


def of(screen: str) -> list[Key]:
    """The keys of a screen: its own first, then those of all."""
    return [k for k in KEYS if screen in k.on] + [k for k in KEYS if not k.on]
