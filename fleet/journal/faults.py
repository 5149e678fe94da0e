"""What the journal says when it stops or does not verify."""

from __future__ import annotations

from fleet.model.errors import StoreError
from fleet.model.text import Text, text

_HOW: dict[str, Text] = {
    "type": text("a column holds a value of the wrong type", "某列的值类型不对"),
    "digest": text("its content does not fit its digest", "内容与摘要不符"),
    "data": text("its data cannot be read", "数据无法读取"),
    "seq": text("it is missing or out of order", "缺失或次序错乱"),
    "prev": text("it does not follow the record before it", "与前一条记录衔接不上"),
    "anchor": text(
        "it is not the record that journal.head noted", "与 journal.head 所记的记录不一致"
    ),
}
_KEEP = text(
    "keep the state folder as evidence, and put back journal.db and journal.head from a backup; "
    "until then nothing is written to any device",
    "请保留状态目录作为证据，并从备份恢复 journal.db 与 journal.head；此前不会向任何设备写入",
)


def broken(seq: int, how: str) -> StoreError:
    """Record `seq` does not fit; `how` is a word of `chain.break_after`, or `anchor`."""
    return StoreError(
        text(
            "the journal does not verify: record {seq}: {how}",
            "日志校验失败：第 {seq} 条记录：{how}",
            seq=seq,
            how=_HOW[how],
        ),
        _KEEP,
    )


def cut(last: int, noted: int) -> StoreError:
    """The journal ends before the record that its anchor noted."""
    return StoreError(
        text(
            "the journal does not verify: record {first} is missing: it ends at {last}, and "
            "journal.head noted {noted}",
            "日志校验失败：缺少第 {first} 条记录：日志止于第 {last} 条，"
            "而 journal.head 记到第 {noted} 条",
            first=last + 1,
            last=last,
            noted=noted,
        ),
        _KEEP,
    )


def stopped(cause: StoreError | None) -> StoreError:
    """An append after one that failed; `cause` is that one's error, if it was the store's."""
    why = cause.summary if cause else text("it was broken off", "曾被中断")
    return StoreError(
        text(
            "the journal takes no more records since an append failed: {why}",
            "日志追加曾经失败，已停止接收记录：{why}",
            why=why,
        ),
        cause.fix if cause else text("start the command again", "请重新运行命令"),
    )
