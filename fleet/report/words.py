"""The report's words for the model's names, in both languages."""

from __future__ import annotations

from collections.abc import Mapping

from fleet.model.compound import Category, Lifecycle
from fleet.model.device import DeviceKind
from fleet.model.diagnostic import Severity
from fleet.model.text import Text, text

UNKNOWN = text("unknown", "未知")
YES, NO = text("yes", "是"), text("no", "否")
CATEGORY: Mapping[Category, Text] = {
    Category.NEW: text("new", "新建"),
    Category.EXISTING: text("existing (from 2001)", "既有（2001年后）"),
    Category.OLD: text("old, in the renovation plan", "老旧（纳入改造计划）"),
}
UNSTATED = "unstated"
STAGE: Mapping[str, Text] = {
    Lifecycle.PLANNED.value: text("planned", "规划"),
    Lifecycle.DESIGNED.value: text("designed", "设计"),
    Lifecycle.UNDER_CONSTRUCTION.value: text("under construction", "施工"),
    Lifecycle.ACCEPTED.value: text("accepted", "验收"),
    UNSTATED: text("not stated", "未填报"),
}
KIND: Mapping[DeviceKind, Text] = {
    DeviceKind.CAMERA: text("cameras", "摄像机"),
    DeviceKind.DOOR: text("door readers", "单元门禁"),
    DeviceKind.GATE: text("gate controllers", "出入口控制器"),
    DeviceKind.RECORDER: text("recorders", "录像机"),
    DeviceKind.SWITCH: text("switches", "交换机"),
    DeviceKind.ROUTER: text("edge routers", "出口路由器"),
}
SEVERITY: Mapping[Severity, Text] = {
    Severity.ERROR: text("error", "不符合"),
    Severity.WARNING: text("warning", "待完善"),
    Severity.INFO: text("info", "提示"),
}
# Clause 19: who follows a finding up.
OWNER: Mapping[str, Text] = {
    "police": text("police", "公安"),
    "housing": text("housing", "住建"),
    "civil_affairs": text("civil affairs", "民政（社区办）"),
}
CHANGE: Mapping[str, Text] = {
    "rollout_started": text("rollout started", "配置下发开始"),
    "rollout_ended": text("rollout ended", "配置下发结束"),
    "step": text("device setting written", "设备配置写入"),
    "compound_added": text("compound added", "新增小区"),
    "compound_removed": text("compound removed", "移出小区"),
    "compound_changed": text("compound changed", "小区类别或阶段变化"),
}
OUTCOME: Mapping[str, Text] = {
    "done": text("done, proved", "完成并已验证"),
    "partial": text("done, some devices failed", "部分设备失败"),
    "halted": text("halted by the threshold", "达到阈值停止"),
    "paused": text("paused", "暂停"),
    "waiting": text("waiting for an approval", "等待批准"),
    "aborted": text("aborted", "中止"),
    "interrupted": text("interrupted", "中断"),
    "failed": text("failed", "失败"),
    "stale": text("stale, untouched", "现场值已变，未写入"),
    "in_doubt": text("in doubt", "结果存疑"),
    "not_applied": text("not written", "未写入"),
}
SOURCE: Mapping[str, Text] = {
    "declared": text("declared (inventory)", "台账填报"),
    "measured": text("measured", "系统实测"),
    "told": text("several hands, named by row", "多方数据，逐行注明"),
    "journal": text("journal", "操作日志"),
}


def word(words: Mapping[str, Text], name: str) -> Text:
    """The word for a name, else the name itself: what a newer record says is shown as it is."""
    return words.get(name, Text(en=name, zh=name))
