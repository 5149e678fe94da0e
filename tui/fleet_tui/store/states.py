"""The states of a device: glyph, word, colour and rank, so that none is told by colour alone.

The glyphs are ASCII: no terminal and no font draws them two cells wide. Colours are those of Okabe
and Ito, which people with any of the common colour blindnesses can tell apart.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from fleet.model.text import Text, text


class State(IntEnum):
    """From best known to worst; the number is the rank, and what a compound shows is its worst."""

    UNKNOWN = 0
    VERIFIED = 1
    WRITTEN = 2
    APPLYING = 3
    DIFFERS = 4
    OPEN = 5
    DEGRADED = 6
    OFFLINE = 7
    DOUBT = 8
    FAILED = 9


@dataclass(frozen=True)
class Face:
    """How a state looks and what it is called."""

    glyph: str
    word: Text
    colour: str
    means: Text


FACES: tuple[Face, ...] = (
    Face(
        "?",
        text("unknown", "未知"),
        "#9a9a9a",
        text("nothing is recorded of it yet", "尚无任何记录"),
    ),
    Face(
        ".",
        text("verified", "已核实"),
        "#3fbf95",
        text(
            "the last rollout read it back as declared",
            "最近一次下发后回读与声明一致",
        ),
    ),
    Face(
        "+",
        text("written", "已写入"),
        "#7fd4b4",
        text("written and read back, verify is still to come", "已写入并回读，尚待验证"),
    ),
    Face(
        ">",
        text("applying", "下发中"),
        "#56b4e9",
        text("a write is permitted at this moment", "此刻有已许可的写入"),
    ),
    Face(
        "~",
        text("differs", "不一致"),
        "#e69f00",
        text("the verify stage saw something else", "验证阶段发现与计划不符"),
    ),
    Face(
        "o",
        text("unsettled", "未结算"),
        "#f0e442",
        text(
            "permitted by a rollout whose process is gone; resume finds out",
            "许可后其进程已中断；继续下发即可查明",
        ),
    ),
    Face(
        "^",
        text("degraded", "降级"),
        "#f0e442",
        text("health: it works in part", "健康：部分功能异常"),
    ),
    Face(
        "X",
        text("offline", "离线"),
        "#e8743b",
        text("health or registrar: it is not there", "健康或注册服务：不在线"),
    ),
    Face(
        "*",
        text("in doubt", "存疑"),
        "#cc79a7",
        text(
            "nobody can tell whether a write arrived; untouched since",
            "无法判断写入是否到达；此后未改动",
        ),
    ),
    Face(
        "!",
        text("failed", "失败"),
        "#ff6b6b",
        text(
            "a write failed, or it was found changed and left alone", "写入失败，或现场已变化未改动"
        ),
    ),
)

PROBLEMS = frozenset(
    {State.DIFFERS, State.OPEN, State.DEGRADED, State.OFFLINE, State.DOUBT, State.FAILED}
)
WORDS: dict[str, State] = {state.name.lower(): state for state in State} | {
    form.lower(): state
    for state in State
    for form in (FACES[state].word.en, FACES[state].word.zh, FACES[state].glyph)
}


def face(state: int) -> Face:
    """The face of a state."""
    return FACES[state]
